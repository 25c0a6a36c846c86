//! The sink: sending that waits while the browser has enough to send.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::WebSocket;
use super::futures::Wait;
use crate::browser::timer::Timer;
use crate::{Message, ReadyState, SendError, SendMarks};

/// How long to wait, in milliseconds, before `bufferedAmount` is looked at again: the browser has no event for it. At once after this
/// task, when what is small has gone out; then less and less often.
const LOOK_AGAIN_MS: [u32; 5] = [0, 1, 2, 4, 8];

impl WebSocket {
    /// A sink of messages with real backpressure: it is not ready while CONNECTING, nor while too much is buffered.
    ///
    /// Any number of sinks may send on one socket, and so may [`send`](WebSocket::send). The sink is a handle of the socket.
    pub fn sink(&self, marks: SendMarks) -> MessageSink {
        MessageSink {
            wait: Wait::new(self),
            marks,
            congested: false,
            look_again: None,
            looks: 0,
            sent: false,
            closing: false,
        }
    }
}

/// A sink of messages: see [`WebSocket::sink`].
///
/// - `poll_ready` waits for OPEN, and from the high mark on until `bufferedAmount` has fallen to the low one.
/// - `poll_flush` waits until nothing is buffered: the browser has handed everything to the network, also what others have
///   sent on the socket. Whether it arrived only the other side can tell. `SinkExt::send` flushes each message and so waits for one
///   turn of the event loop at the least; `feed` and `send_all` don't.
/// - `poll_close` starts the closing handshake, which lets everything out first, and waits for the close event. While CONNECTING it
///   fails the connection.
///
/// They fail with [`SendError::NotOpen`]: `poll_ready` in CLOSING and CLOSED; `poll_flush` in CLOSED if something is still buffered;
/// `poll_close` if something was sent through this sink and the closing handshake was not completed, so that it may be lost.
#[derive(Debug)]
#[must_use = "a sink sends nothing by itself"]
pub struct MessageSink {
    wait: Wait,
    marks: SendMarks,
    congested: bool,
    look_again: Option<Timer>,
    /// How often it was looked at in vain.
    looks: usize,
    /// Whether anything was sent through this sink.
    sent: bool,
    closing: bool,
}

impl MessageSink {
    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &WebSocket {
        &self.wait.socket
    }

    fn not_open<T>(&self, state: ReadyState) -> Poll<Result<T, SendError>> {
        Poll::Ready(Err(SendError::NotOpen { state }))
    }

    /// Waits for the connection to open or to close.
    fn wait_for_change<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        self.wait.register(context);
        Poll::Pending
    }

    /// Waits for `bufferedAmount` to fall: for a while, or until the connection closes.
    fn wait_for_room<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        self.wait.register(context);
        let waker = context.waker().clone();
        let [.., longest] = LOOK_AGAIN_MS;
        let millis = LOOK_AGAIN_MS.get(self.looks).copied().unwrap_or(longest);
        self.looks = self.looks.saturating_add(1);
        self.look_again = Some(Timer::after(millis, move || waker.wake()));
        Poll::Pending
    }

    fn found_room(&mut self) -> Poll<Result<(), SendError>> {
        self.look_again = None;
        self.looks = 0;
        Poll::Ready(Ok(()))
    }
}

impl Sink<Message> for MessageSink {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        match self.socket().ready_state() {
            ReadyState::Connecting => return self.wait_for_change(context),
            ReadyState::Open => {}
            state => return self.not_open(state),
        }
        let high = self.marks.high.max(1);
        let limit = if self.congested { self.marks.low.min(high - 1) } else { high - 1 };
        self.congested = self.socket().buffered_amount() > limit;
        if self.congested {
            return self.wait_for_room(context);
        }
        self.found_room()
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        self.socket().send(message)?;
        self.sent = true;
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if self.socket().buffered_amount() == 0 {
            return self.found_room();
        }
        match self.socket().ready_state() {
            ReadyState::Closed => self.not_open(ReadyState::Closed),
            _ => self.wait_for_room(context),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if !self.closing {
            self.closing = true;
            self.socket().close();
        }
        match self.socket().core.closed() {
            None => self.wait_for_change(context),
            Some(closed) if closed.was_clean || !self.sent => Poll::Ready(Ok(())),
            Some(_) => self.not_open(ReadyState::Closed),
        }
    }
}
