//! The streams: of messages, and of all events.

use std::task::Context;

use super::any::Socket;
use super::inbox::{Inbox, Intake};
use super::inbox_stream::inbox_stream;
use super::{MessageEvent, MessageSink, WebSocket};
use crate::{Closed, Message, PayloadError, ReceiveLimits, SendMarks, SocketEvent};

impl WebSocket {
    /// The messages as a stream, from now on: the recommended way to receive. It ends when the connection has.
    ///
    /// What waits for its consumer is bounded by the default [`ReceiveLimits`]: a stream that is kept and never read closes the
    /// connection once it is full. Each call makes a stream of its own, which gets every message. The stream is a handle of the
    /// socket.
    pub fn messages(&self) -> Messages {
        self.messages_with(ReceiveLimits::default())
    }

    /// The messages as a stream, with limits of your own.
    pub fn messages_with(&self, limits: ReceiveLimits) -> Messages {
        Messages::new(self, limits)
    }

    /// All events as a stream, from now on. The last one is [`SocketEvent::Close`]. Its limits are the default ones, as for
    /// [`messages`](WebSocket::messages).
    pub fn events(&self) -> Events {
        self.events_with(ReceiveLimits::default())
    }

    /// All events as a stream, with limits of your own. They bound messages; other events are never dropped.
    pub fn events_with(&self, limits: ReceiveLimits) -> Events {
        let mut inbox = Inbox::new(self, limits, AsEvents);
        let (open, error) = (inbox.feed(), inbox.feed());
        inbox.listen(self.add_open_listener(move |_| open.push(SocketEvent::Open)));
        inbox.listen(self.add_error_listener(move |_| error.push(SocketEvent::Error)));
        Events { inbox }
    }

    /// Both halves, with default limits: a sink to send with and a stream to receive from. The connection is dropped with the
    /// last of them. Read the stream, also where you only send, or drop it: a queue that nobody empties closes the connection when
    /// it is full.
    pub fn split(self) -> (MessageSink, Messages) {
        (self.sink(SendMarks::default()), self.messages())
    }
}

struct Owned;

impl<S: Socket> Intake<S> for Owned {
    type Item = Message;

    fn take(&self, event: &MessageEvent<'_, S>) -> Result<(Message, usize), PayloadError> {
        event.to_message().map(sized)
    }

    fn take_read(&self, message: Message) -> Message {
        message
    }
}

struct AsEvents;

impl Intake for AsEvents {
    type Item = SocketEvent;

    fn take(&self, event: &MessageEvent<'_>) -> Result<(SocketEvent, usize), PayloadError> {
        let (message, bytes) = event.to_message().map(sized)?;
        Ok((SocketEvent::Message(message), bytes))
    }

    fn take_read(&self, message: Message) -> SocketEvent {
        SocketEvent::Message(message)
    }

    fn take_close(&self, closed: Closed) -> Option<SocketEvent> {
        Some(SocketEvent::Close(closed))
    }
}

impl<S: Socket> Messages<S> {
    pub(crate) fn new(socket: &S, limits: ReceiveLimits) -> Self {
        Self { inbox: Inbox::new(socket, limits, Owned) }
    }
}

impl<S: Socket> Messages<S> {
    /// Whether there is a message, or the end. If not, the consumer is woken when there is.
    pub(crate) fn poll_waiting(&mut self, context: &Context<'_>) -> bool {
        self.inbox.poll_waiting(context)
    }
}

fn sized(message: Message) -> (Message, usize) {
    let bytes = message.byte_len();
    (message, bytes)
}

inbox_stream! {
    /// The messages of a socket: see [`WebSocket::messages`].
    Messages<S: Socket = WebSocket>, S, Owned, Message
}

inbox_stream! {
    /// The events of a socket: see [`WebSocket::events`].
    Events, WebSocket, AsEvents, SocketEvent
}
