//! What every kind of socket can do: what streams and typed messages need of one.

use futures_sink::Sink;

use super::{EventListener, MessageEvent, MessageSink, SendData, WebSocket};
use crate::{CloseCode, CloseReason, Closed, Message, ReadyState, SendError, SendMarks};

/// What every kind of socket can do, for code that takes any of them: each method is the socket's own of the same name.
///
/// ```
/// use tautline::{CloseCode, CloseReason, Message, Socket};
///
/// fn farewell<S: Socket>(socket: &S) -> Result<(), S::SendError> {
///     socket.send(Message::from("bye"))?;
///     socket.close_with(CloseCode::NORMAL, &CloseReason::default());
///     Ok(())
/// }
/// ```
///
/// The trait is sealed: its sockets are Tautline's.
pub trait Socket: sealed::Sealed {
    /// Why nothing was sent.
    type SendError: std::error::Error + 'static;

    /// The sink, which waits while there is enough to send.
    type Sink: Sink<Message, Error = Self::SendError> + std::fmt::Debug + Unpin + 'static;

    /// Where the connection stands.
    fn ready_state(&self) -> ReadyState;

    /// Sends one message.
    ///
    /// # Errors
    /// As the socket's own `send`.
    fn send(&self, data: impl SendData) -> Result<(), Self::SendError>;

    /// Sends one message now or not at all: it is never queued.
    ///
    /// # Errors
    /// As the socket's own `send_now`; a [`WebSocket`] queues nothing, so that it is the same as `send`.
    fn send_now(&self, data: impl SendData) -> Result<(), Self::SendError>;

    /// Closes with a code and a reason.
    fn close_with(&self, code: CloseCode, reason: &CloseReason);

    /// A sink of messages.
    fn sink(&self, marks: SendMarks) -> Self::Sink;
}

pub(crate) mod sealed {
    use super::{Closed, EventListener, MessageEvent};

    /// What an inbox needs of its socket.
    pub trait Sealed: Clone + std::fmt::Debug + Unpin + 'static {
        fn add_message_listener(&self, listener: impl Fn(&MessageEvent<'_, Self>) + 'static) -> EventListener;

        /// Adds a listener for the end, after which no message comes.
        fn add_end_listener(&self, listener: impl Fn(Closed) + 'static) -> EventListener;

        /// Whether the end has come.
        fn has_ended(&self) -> bool;
    }
}

impl sealed::Sealed for WebSocket {
    fn add_message_listener(&self, listener: impl Fn(&MessageEvent<'_>) + 'static) -> EventListener {
        WebSocket::add_message_listener(self, listener)
    }

    fn add_end_listener(&self, listener: impl Fn(Closed) + 'static) -> EventListener {
        self.add_close_listener(move |event| listener(event.to_closed()))
    }

    fn has_ended(&self) -> bool {
        self.core.closed().is_some()
    }
}

impl Socket for WebSocket {
    type SendError = SendError;
    type Sink = MessageSink;

    fn ready_state(&self) -> ReadyState {
        WebSocket::ready_state(self)
    }

    fn send(&self, data: impl SendData) -> Result<(), SendError> {
        WebSocket::send(self, data)
    }

    fn send_now(&self, data: impl SendData) -> Result<(), SendError> {
        WebSocket::send(self, data)
    }

    fn close_with(&self, code: CloseCode, reason: &CloseReason) {
        WebSocket::close_with(self, code, reason);
    }

    fn sink(&self, marks: SendMarks) -> MessageSink {
        WebSocket::sink(self, marks)
    }
}
