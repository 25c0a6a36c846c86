//! Waiting for the connection to open, and for it to close.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::WebSocket;
use crate::Closed;

impl WebSocket {
    /// Waits until the connection is open: `Ok` from then on for ever; `Err` with how it ended when it never opened.
    ///
    /// The future is a handle of the socket.
    pub fn opened(&self) -> OpenedFuture {
        OpenedFuture(Wait::new(self))
    }

    /// Waits until the connection has ended.
    ///
    /// The future is a handle of the socket. It starts nothing: call [`close`](WebSocket::close) to close.
    pub fn closed(&self) -> ClosedFuture {
        ClosedFuture(Wait::new(self))
    }
}

/// A handle that waits. Dropped, it waits no longer.
#[derive(Debug)]
pub(super) struct Wait {
    pub(super) socket: WebSocket,
    id: Option<u64>,
}

impl Wait {
    pub(super) fn new(socket: &WebSocket) -> Self {
        Self { socket: socket.clone(), id: None }
    }

    /// Asks to be woken when the connection opens or closes.
    pub(super) fn register(&mut self, context: &Context<'_>) {
        self.socket.core.wait(&mut self.id, context.waker());
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.socket.core.stop_waiting(self.id);
    }
}

/// The connection opened, or ended before it did: see [`WebSocket::opened`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct OpenedFuture(Wait);

impl Future for OpenedFuture {
    type Output = Result<(), NotOpened>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let core = &self.0.socket.core;
        if core.opened() {
            Poll::Ready(Ok(()))
        } else if let Some(closed) = core.closed() {
            Poll::Ready(Err(NotOpened(closed.clone())))
        } else {
            self.0.register(context);
            Poll::Pending
        }
    }
}

/// The connection ended before it opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection never opened: it {0}")]
pub struct NotOpened(
    /// How it ended.
    pub Closed,
);

/// How the connection ended: see [`WebSocket::closed`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct ClosedFuture(Wait);

impl Future for ClosedFuture {
    type Output = Closed;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(closed) = self.0.socket.core.closed() {
            return Poll::Ready(closed.clone());
        }
        self.0.register(context);
        Poll::Pending
    }
}
