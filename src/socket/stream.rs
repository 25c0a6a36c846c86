//! The streams: of messages, and of all events.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::inbox::{Inbox, Intake};
use super::{MessageEvent, MessageSink, WebSocket};
use crate::queue::Dropped;
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
        Messages { inbox: Inbox::new(self, limits, Owned), ended: false }
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
        Events { inbox, ended: false }
    }

    /// Both halves, with default limits: a sink to send with and a stream to receive from. The connection is dropped with the
    /// last of them. Read the stream, also where you only send, or drop it: a queue that nobody empties closes the connection when
    /// it is full.
    pub fn split(self) -> (MessageSink, Messages) {
        (self.sink(SendMarks::default()), self.messages())
    }
}

struct Owned;

impl Intake for Owned {
    type Item = Message;

    fn take(&self, event: &MessageEvent<'_>) -> Result<(Message, usize), PayloadError> {
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

fn sized(message: Message) -> (Message, usize) {
    let bytes = message.byte_len();
    (message, bytes)
}

macro_rules! stream {
    ($(#[$docs:meta])* $name:ident, $intake:ty, $item:ty) => {
        $(#[$docs])*
        #[derive(Debug)]
        #[must_use = "a stream does nothing unless it is polled"]
        pub struct $name {
            inbox: Inbox<$intake>,
            ended: bool,
        }

        impl $name {
            /// What was dropped so far, since the queue was full.
            #[must_use]
            pub fn dropped(&self) -> Dropped {
                self.inbox.dropped()
            }

            /// The socket.
            #[must_use]
            pub fn socket(&self) -> &WebSocket {
                &self.inbox.socket
            }
        }

        impl Stream for $name {
            type Item = $item;

            fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<$item>> {
                let next = self.inbox.poll_next(context);
                self.ended |= matches!(next, Poll::Ready(None));
                next
            }
        }

        impl FusedStream for $name {
            fn is_terminated(&self) -> bool {
                self.ended
            }
        }
    };
}

stream! {
    /// The messages of a socket: see [`WebSocket::messages`].
    Messages, Owned, Message
}

stream! {
    /// The events of a socket: see [`WebSocket::events`].
    Events, AsEvents, SocketEvent
}
