//! The streams, and what makes this socket one of the kinds of sockets.

use std::rc::Rc;

use super::notice::ReconnectEvent;
use super::{ReconnectingSendError, ReconnectingSink, ReconnectingWebSocket};
use crate::socket::any::{Socket, sealed::Sealed};
use crate::socket::inbox::{Inbox, Intake};
use crate::socket::inbox_stream::inbox_stream;
use crate::socket::{EventListener, MessageEvent, Messages};
use crate::{CloseCode, CloseReason, Closed, Message, PayloadError, ReadyState, ReceiveLimits, SendData, SendMarks};

impl ReconnectingWebSocket {
    /// The messages of all connections as a stream, from now on. It ends when the socket has.
    ///
    /// What waits for its consumer is bounded by the default [`ReceiveLimits`]: a stream that is kept and never read closes the socket with
    /// 4009 once it is full. The stream is a handle of the socket.
    pub fn messages(&self) -> Messages<Self> {
        self.messages_with(ReceiveLimits::default())
    }

    /// The messages as a stream, with limits of your own.
    pub fn messages_with(&self, limits: ReceiveLimits) -> Messages<Self> {
        Messages::new(self, limits)
    }

    /// All events as a stream, from now on. The last one is [`ReconnectEvent::Close`].
    pub fn events(&self) -> ReconnectEvents {
        self.events_with(ReceiveLimits::default())
    }

    /// All events as a stream, with limits of your own. They bound messages; other events are never dropped.
    pub fn events_with(&self, limits: ReceiveLimits) -> ReconnectEvents {
        let mut inbox = Inbox::new(self, limits, AsEvents);
        let feed = Rc::new(inbox.feed());
        macro_rules! feed {
            ($add:ident, |$event:ident| $item:expr) => {{
                let feed = Rc::clone(&feed);
                inbox.listen(self.$add(move |$event| feed.push($item)));
            }};
        }
        feed!(add_open_listener, |_event| ReconnectEvent::Open);
        feed!(add_error_listener, |_event| ReconnectEvent::Error);
        feed!(add_connecting_listener, |event| ReconnectEvent::Connecting(**event));
        feed!(add_retry_listener, |event| ReconnectEvent::Retry((**event).clone()));
        feed!(add_replace_failed_listener, |event| ReconnectEvent::ReplaceFailed((**event).clone()));
        feed!(add_gave_up_listener, |event| ReconnectEvent::GaveUp(**event));
        feed!(add_fate_listener, |event| ReconnectEvent::Fate(**event));
        feed!(add_phase_listener, |event| ReconnectEvent::Phase(**event));
        let lost = Rc::clone(&feed);
        inbox.listen(self.add_close_listener(move |event| {
            // Of the last one the end tells.
            if event.target().driver.host.closed().is_none() {
                lost.push(ReconnectEvent::Disconnected(event.to_closed()));
            }
        }));
        ReconnectEvents { inbox }
    }

    /// Both halves, with default limits: a sink to send with and a stream to receive from. The connection is dropped with the last of them.
    pub fn split(self) -> (ReconnectingSink, Messages<Self>) {
        (self.sink(SendMarks::default()), self.messages())
    }
}

struct AsEvents;

impl Intake<ReconnectingWebSocket> for AsEvents {
    type Item = ReconnectEvent;

    fn take(&self, event: &MessageEvent<'_, ReconnectingWebSocket>) -> Result<(ReconnectEvent, usize), PayloadError> {
        let message = event.to_message()?;
        let bytes = message.byte_len();
        Ok((ReconnectEvent::Message(message), bytes))
    }

    fn take_read(&self, message: Message) -> ReconnectEvent {
        ReconnectEvent::Message(message)
    }

    fn take_close(&self, closed: Closed) -> Option<ReconnectEvent> {
        Some(ReconnectEvent::Close(closed))
    }
}

inbox_stream! {
    /// The events of a reconnecting socket: see [`ReconnectingWebSocket::events`].
    ReconnectEvents, ReconnectingWebSocket, AsEvents, ReconnectEvent
}

impl Sealed for ReconnectingWebSocket {
    fn add_message_listener(&self, listener: impl Fn(&MessageEvent<'_, Self>) + 'static) -> EventListener {
        ReconnectingWebSocket::add_message_listener(self, listener)
    }

    fn add_end_listener(&self, listener: impl Fn(Closed) + 'static) -> EventListener {
        self.on_end(listener)
    }

    fn has_ended(&self) -> bool {
        self.driver.host.closed().is_some()
    }
}

impl Socket for ReconnectingWebSocket {
    type SendError = ReconnectingSendError;
    type Sink = ReconnectingSink;

    fn ready_state(&self) -> ReadyState {
        ReconnectingWebSocket::ready_state(self)
    }

    fn send(&self, data: impl SendData) -> Result<(), ReconnectingSendError> {
        ReconnectingWebSocket::send(self, data).map(|_| ())
    }

    fn send_now(&self, data: impl SendData) -> Result<(), ReconnectingSendError> {
        ReconnectingWebSocket::send_now(self, data).map(|_| ())
    }

    fn close_with(&self, code: CloseCode, reason: &CloseReason) {
        ReconnectingWebSocket::close_with(self, code, reason);
    }

    fn sink(&self, marks: SendMarks) -> ReconnectingSink {
        ReconnectingWebSocket::sink(self, marks)
    }
}
