//! Events as a handler sees them: they lend what they carry, and know their socket.

use super::WebSocket;
use super::received::Received;
use crate::{Closed, Message, MessageKind, MessageRef, PayloadError, StatusCode};

/// Who listens to plain events.
pub(crate) type OnEvent<S = WebSocket> = dyn Fn(&Event<'_, S>);
/// Who listens to messages.
pub(crate) type OnMessage<S = WebSocket> = dyn Fn(&MessageEvent<'_, S>);
/// Who listens to the close.
pub(crate) type OnClose<S = WebSocket> = dyn Fn(&CloseEvent<'_, S>);

/// An `open` or an `error` event: the standard's plain `Event`.
///
/// An error carries nothing, since a page may not learn why a connection failed; a close event follows it. `S` is the type of the
/// socket.
#[derive(Debug)]
pub struct Event<'a, S = WebSocket> {
    pub(crate) target: &'a S,
}

impl<S> Event<'_, S> {
    /// The socket that fired the event. A handler that needs its socket takes it from here: a handler which captures
    /// a clone keeps its socket from being dropped until the connection has closed.
    #[must_use]
    pub fn target(&self) -> &S {
        self.target
    }
}

/// A `message` event.
///
/// Its payload can be had in three ways: borrowed for as long as the handler runs ([`text`](Self::text),
/// [`binary`](Self::binary), [`data`](Self::data)), owned ([`to_message`](Self::to_message)), or left in JavaScript
/// (`js_data`, where there is JavaScript). A small payload, up to about 1 KiB of text or 4 KiB of binary, was copied into
/// wasm memory already; a larger one is copied when it is first asked for. `S` is the type of the socket.
#[derive(Debug)]
pub struct MessageEvent<'a, S = WebSocket> {
    pub(crate) target: S,
    pub(crate) payload: Received<'a>,
}

impl<S> MessageEvent<'_, S> {
    /// The socket that fired the event.
    #[must_use]
    pub fn target(&self) -> &S {
        &self.target
    }

    /// What kind of message it is.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.payload.kind()
    }

    /// The payload's length as JavaScript counts it: UTF-16 code units of text, bytes of binary. Costs no copy.
    #[must_use]
    pub fn length(&self) -> usize {
        self.payload.length()
    }

    /// Lends the text; `None` if it is no text message, or there is no memory for it.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self.payload.data() {
            Ok(MessageRef::Text(text)) if self.kind() == MessageKind::Text => Some(text),
            _ => None,
        }
    }

    /// Lends the bytes; `None` if it is no binary message, its `binaryType` is Blob, or there is no memory for it.
    #[must_use]
    pub fn binary(&self) -> Option<&[u8]> {
        match self.payload.data() {
            Ok(MessageRef::Binary(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Lends the payload.
    ///
    /// # Errors
    /// [`PayloadError::Blob`] for a Blob, and [`PayloadError::OutOfMemory`] where a copy found no room.
    pub fn data(&self) -> Result<MessageRef<'_>, PayloadError> {
        self.payload.data()
    }

    /// Copies the payload into a message of its own.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    pub fn to_message(&self) -> Result<Message, PayloadError> {
        self.payload.to_message()
    }

    /// Reads the payload whatever its form, a Blob too. The future may be awaited after the handler has returned; of
    /// several Blobs the one read first need not be there first (a [`Messages`](crate::Messages) stream keeps the order).
    ///
    /// # Errors
    /// As [`data`](Self::data), and [`PayloadError::Unreadable`] when the browser can't read the Blob.
    pub fn read(&self) -> impl Future<Output = Result<Message, PayloadError>> + 'static {
        let source = self.payload.blob().ok_or_else(|| self.to_message());
        async move {
            match source {
                Ok(blob) => blob.read().await,
                Err(message) => message,
            }
        }
    }

    /// The payload as JavaScript's own value: a string, an ArrayBuffer or a Blob. A large one is not copied.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    #[must_use]
    pub fn js_data(&self) -> wasm_bindgen::JsValue {
        self.payload.js_data()
    }
}

/// A `close` event: the last of its socket. `S` is the type of the socket.
#[derive(Debug)]
pub struct CloseEvent<'a, S = WebSocket> {
    pub(crate) target: &'a S,
    pub(crate) closed: &'a Closed,
}

impl<S> CloseEvent<'_, S> {
    /// The socket that fired the event.
    #[must_use]
    pub fn target(&self) -> &S {
        self.target
    }

    /// The status code: what the server's close frame said; 1005 if it said none; 1006 if none came.
    #[must_use]
    pub fn code(&self) -> StatusCode {
        self.closed.code
    }

    /// The reason the server gave, at most 123 bytes of UTF-8; empty if it gave none.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.closed.reason
    }

    /// Whether the closing handshake was completed.
    #[must_use]
    pub fn was_clean(&self) -> bool {
        self.closed.was_clean
    }

    /// The event's fields as a value.
    #[must_use]
    pub fn to_closed(&self) -> Closed {
        self.closed.clone()
    }
}
