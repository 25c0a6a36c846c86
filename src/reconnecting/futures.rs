//! Waiting for a connection, and for the end.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::ReconnectingWebSocket;
use crate::Closed;
use crate::machine::Phase;

impl ReconnectingWebSocket {
    /// Waits until there is a connection: `Ok` at once if there is one. `Err` when the socket has ended.
    ///
    /// The future is a handle of the socket.
    pub fn opened(&self) -> Connected {
        Connected(Wait::new(self))
    }

    /// Waits until the socket has ended for good.
    ///
    /// The future is a handle of the socket. It starts nothing.
    pub fn closed(&self) -> ClosedForGood {
        ClosedForGood { wait: Wait::new(self), ends: self.driver.host.ends() }
    }
}

/// A handle that waits. Dropped, it waits no longer.
#[derive(Debug)]
pub(super) struct Wait {
    pub(super) socket: ReconnectingWebSocket,
    id: Option<u64>,
}

impl Wait {
    pub(super) fn new(socket: &ReconnectingWebSocket) -> Self {
        Self { socket: socket.clone(), id: None }
    }

    /// Asks to be woken when anything changes.
    pub(super) fn register(&mut self, context: &Context<'_>) {
        self.socket.driver.host.wait(&mut self.id, context.waker());
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.socket.driver.host.stop_waiting(self.id);
    }
}

/// There is a connection, or there will be none: see [`ReconnectingWebSocket::opened`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Connected(Wait);

impl Future for Connected {
    type Output = Result<(), NotConnected>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let socket = &self.0.socket;
        if socket.phase() == Phase::Up {
            Poll::Ready(Ok(()))
        } else if let Some(closed) = socket.driver.host.closed() {
            Poll::Ready(Err(NotConnected(closed)))
        } else {
            self.0.register(context);
            Poll::Pending
        }
    }
}

/// The socket has ended, and there will be no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there will be no connection: the socket {0}")]
pub struct NotConnected(
    /// How it ended.
    pub Closed,
);

/// How the socket ended: see [`ReconnectingWebSocket::closed`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct ClosedForGood {
    wait: Wait,
    /// How often it had ended before.
    ends: u64,
}

impl Future for ClosedForGood {
    type Output = Closed;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(closed) = self.wait.socket.driver.host.closed_since(self.ends) {
            return Poll::Ready(closed);
        }
        self.wait.register(context);
        Poll::Pending
    }
}
