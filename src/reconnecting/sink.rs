//! The sink: sending that waits while there is enough to send.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::futures::Wait;
use super::{ReconnectingSendError, ReconnectingWebSocket};
use crate::browser::timer::Timer;
use crate::machine::Machine;
use crate::{Message, ReadyState, SendMarks};

/// How long to wait, in milliseconds, before `bufferedAmount` is looked at again: the browser has no event for it.
const LOOK_AGAIN_MS: [u32; 5] = [0, 1, 2, 4, 8];

impl ReconnectingWebSocket {
    /// A sink of messages with backpressure: it is not ready while [`buffered_amount`](Self::buffered_amount), outbox included, is at the
    /// high mark, nor while the outbox has no room for another message. The sink is a handle of the socket.
    pub fn sink(&self, marks: SendMarks) -> ReconnectingSink {
        ReconnectingSink {
            wait: Wait::new(self),
            marks,
            congested: false,
            look_again: None,
            looks: 0,
            sent: false,
            closing: false,
            ends: 0,
        }
    }
}

/// A sink of messages: see [`ReconnectingWebSocket::sink`].
///
/// - `poll_ready` waits from the high mark on until no more than the low one is buffered; without a connection the outbox takes messages
///   as long as that allows.
/// - `poll_flush` waits until nothing waits in the outbox or in the browser, and so for a connection.
/// - `poll_close` closes for good, which hands over what waits if there is a connection, and waits for the end.
///
/// They fail with [`ReconnectingSendError::NotOpen`] in CLOSING and CLOSED; `poll_close` if something was sent through this sink and the
/// closing handshake was not completed, so that it may be lost.
#[derive(Debug)]
#[must_use = "a sink does nothing unless it is used"]
pub struct ReconnectingSink {
    wait: Wait,
    marks: SendMarks,
    /// Whether the high mark was reached, and the low one not yet.
    congested: bool,
    look_again: Option<Timer>,
    /// How often it was looked at in vain.
    looks: usize,
    /// Whether anything was sent through this sink.
    sent: bool,
    closing: bool,
    /// How often the socket had ended when it was closed.
    ends: u64,
}

type Progress = Poll<Result<(), ReconnectingSendError>>;

impl ReconnectingSink {
    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &ReconnectingWebSocket {
        &self.wait.socket
    }

    fn wait_for_room(&mut self, context: &Context<'_>) -> Progress {
        self.wait.register(context);
        // Without a connection nothing moves until something changes.
        if self.socket().ready_state() == ReadyState::Open {
            let waker = context.waker().clone();
            let [.., longest] = LOOK_AGAIN_MS;
            let millis = LOOK_AGAIN_MS.get(self.looks).copied().unwrap_or(longest);
            self.looks = self.looks.saturating_add(1);
            self.look_again = Some(Timer::after(millis, move || waker.wake()));
        }
        Poll::Pending
    }

    fn found_room(&mut self) -> Progress {
        self.look_again = None;
        self.looks = 0;
        Poll::Ready(Ok(()))
    }

    fn not_open(&self) -> Option<ReconnectingSendError> {
        let state = self.socket().ready_state();
        let ended = state == ReadyState::Closing || self.socket().driver.host.closed().is_some();
        ended.then_some(ReconnectingSendError::NotOpen { state })
    }
}

impl Sink<Message> for ReconnectingSink {
    type Error = ReconnectingSendError;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Progress {
        if let Some(error) = self.not_open() {
            return Poll::Ready(Err(error));
        }
        let high = self.marks.high.max(1);
        let limit = if self.congested { self.marks.low.min(high - 1) } else { high - 1 };
        self.congested = self.socket().buffered_amount() > limit;
        let full = self.socket().driver.look(|machine: &Machine<_>| !machine.has_room(0));
        if self.congested || full { self.wait_for_room(context) } else { self.found_room() }
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), ReconnectingSendError> {
        self.socket().send(message)?;
        self.sent = true;
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Progress {
        if self.socket().buffered_amount() == 0 && self.socket().queued().0 == 0 {
            let lost = self.sent && self.socket().driver.host.closed().is_some_and(|closed| !closed.was_clean);
            return match self.not_open().filter(|_| lost) {
                Some(error) => Poll::Ready(Err(error)),
                None => self.found_room(),
            };
        }
        match self.not_open().filter(|_| self.socket().ready_state() == ReadyState::Closed) {
            Some(error) => Poll::Ready(Err(error)),
            None => self.wait_for_room(context),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Progress {
        if !self.closing {
            self.closing = true;
            self.ends = self.socket().driver.host.ends();
            self.socket().close();
        }
        match self.socket().driver.host.closed_since(self.ends) {
            None => {
                self.wait.register(context);
                Poll::Pending
            }
            Some(closed) if closed.was_clean || !self.sent => Poll::Ready(Ok(())),
            Some(_) => Poll::Ready(Err(ReconnectingSendError::NotOpen { state: ReadyState::Closed })),
        }
    }
}
