//! The browser's own WebSocket, typed.

mod core;
pub(crate) mod event;
pub(crate) mod handlers;
pub(crate) mod received;
mod send_data;
pub(crate) mod waits;

pub(crate) mod any;
#[cfg(test)]
mod fake;
mod futures;
pub(crate) mod inbox;
pub(crate) mod inbox_stream;
mod sink;
mod stream;
#[cfg(feature = "channel")]
mod technique;
#[cfg(feature = "typed")]
mod typed;

use std::rc::Rc;

pub use any::Socket;
pub use event::{CloseEvent, Event, MessageEvent};
pub use handlers::EventListener;
pub use send_data::SendData;
#[cfg(feature = "channel")]
pub use technique::Technique;

#[cfg(feature = "typed")]
pub use typed::{Typed, TypedSendError};
pub use {
    futures::{ClosedFuture, NotOpened, OpenedFuture},
    sink::MessageSink,
    stream::{Events, Messages},
};

use self::core::Core;
use crate::endpoint::join_protocols;
use crate::transport::Connection;
use crate::{BinaryType, CloseCode, CloseReason, ConstructorError, ReadyState, RedactedUrl, SendError};

/// The browser's [`WebSocket`](https://websockets.spec.whatwg.org/#the-websocket-interface), typed: one to one with the
/// WHATWG interface, and nothing added to the wire.
///
/// # Receiving
/// The recommended way is the stream of messages. Take it in the task that made the socket, and nothing can be missed:
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::StreamExt;
/// use tautline::{Message, WebSocket};
///
/// let socket = WebSocket::new("wss://example.com/chat")?;
/// let mut messages = socket.messages();
/// socket.opened().await?;
/// socket.send("hello")?;
/// while let Some(message) = messages.next().await {
///     if let Message::Text(text) = message {
///         // …
///     }
/// }
/// let closed = socket.closed().await;
/// # Ok(())
/// # }
/// ```
///
/// The other ways are for who needs them: [`set_onmessage`](Self::set_onmessage) and
/// [`add_message_listener`](Self::add_message_listener) for code without async, and to look at a payload without owning it;
/// [`events`](Self::events) for all events in one stream; `Typed` for messages that are values (with one of the features `json`, `msgpack`, `js`
/// or `typed`).
///
/// # Handles
/// A `WebSocket` is a handle: a clone is another handle of the same socket. When the last handle is dropped, at any time
/// and also inside a handler, all listeners are detached, then the connection is closed, then everything is freed.
/// A future, stream or sink of the socket is a handle too. A listener that captures a handle keeps the socket until the
/// connection has closed; it takes the socket from the event's `target()` instead.
///
/// Sockets, listeners, streams and sinks stay on the thread that made them: they are neither `Send` nor `Sync`, in the browser as natively.
/// Where a framework asks for that, give it a local container (in Leptos `StoredValue::new_local`). Messages, events as values and
/// errors are both.
///
/// # Where it works
/// In windows and in dedicated, shared and service workers. On native targets, and in JavaScript hosts that have no
/// WebSocket, the constructor answers [`ConstructorError::Unsupported`] and nothing else can be reached: a server-rendered
/// application builds and runs without flags of its own.
pub struct WebSocket {
    core: Rc<Core>,
    /// Whether this handle keeps the connection. The target of an event does not: the handler may drop the last handle.
    keeps: bool,
}

impl WebSocket {
    /// Connects: the standard's [constructor](https://websockets.spec.whatwg.org/#dom-websocket-websocket).
    ///
    /// The URL may be `ws`, `wss`, `http` (means `ws`), `https` (means `wss`) or relative to the page's base URL. The socket is
    /// CONNECTING; an `open` event follows, or `error` and `close`. Listeners attached before control returns to the
    /// event loop miss nothing. `binaryType` is ArrayBuffer (the standard's default is Blob).
    ///
    /// # Errors
    /// [`ConstructorError::InvalidUrl`], [`ConstructorError::Security`], [`ConstructorError::Unsupported`].
    pub fn new(url: &str) -> Result<Self, ConstructorError> {
        Self::connect(url, "")
    }

    /// Connects and asks for a subprotocol.
    ///
    /// If the server does not choose it, the connection fails.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`ConstructorError::InvalidProtocol`] when it is no token.
    pub fn with_protocol(url: &str, protocol: &str) -> Result<Self, ConstructorError> {
        Self::with_protocols(url, &[protocol])
    }

    /// Connects and asks for one of several subprotocols, the best first. An empty list asks for none.
    ///
    /// [`protocol`](Self::protocol) tells which the server has chosen.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`ConstructorError::InvalidProtocol`] when one is no token or stands there twice.
    pub fn with_protocols(url: &str, protocols: &[&str]) -> Result<Self, ConstructorError> {
        // Where there is no socket that is what to say, whatever is asked for.
        let here = cfg!(all(target_arch = "wasm32", target_os = "unknown"));
        let protocols = if here { join_protocols(protocols)? } else { String::new() };
        Self::connect(url, &protocols)
    }

    fn connect(url: &str, protocols: &str) -> Result<Self, ConstructorError> {
        Ok(Self::first_handle(Connection::new(url, protocols)?))
    }

    fn first_handle(connection: Connection) -> Self {
        let core = Core::new(connection);
        core.add_owner();
        Self { core, keeps: true }
    }

    /// The handle that an event has: it does not keep the connection.
    fn target_of_event(core: Rc<Core>) -> Self {
        Self { core, keeps: false }
    }

    /// Where the connection stands: the `readyState` attribute.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.core.transport.ready_state()
    }

    /// The URL that was resolved, with the scheme `ws` or `wss`: the `url` attribute. It may hold secrets; to show it, use
    /// [`RedactedUrl`].
    #[must_use]
    pub fn url(&self) -> String {
        self.core.transport.url()
    }

    /// The subprotocol that the server has chosen: the `protocol` attribute. Empty until OPEN, and when there is none.
    #[must_use]
    pub fn protocol(&self) -> String {
        self.core.transport.protocol()
    }

    /// The extensions that the server has chosen: the `extensions` attribute. Empty until OPEN, and when there are none.
    #[must_use]
    pub fn extensions(&self) -> String {
        self.core.transport.extensions()
    }

    /// How many bytes of payload wait to be handed to the network: the `bufferedAmount` attribute.
    ///
    /// The browser updates it between tasks. It does not fall to zero when the connection closes.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        self.core.transport.buffered_amount()
    }

    /// In which form binary messages arrive: the `binaryType` attribute.
    #[must_use]
    pub fn binary_type(&self) -> BinaryType {
        self.core.transport.binary_type()
    }

    /// Sets in which form binary messages arrive, from the next one on.
    pub fn set_binary_type(&self, binary_type: BinaryType) {
        self.core.transport.set_binary_type(binary_type);
    }

    /// Sends one message: the standard's [`send()`](https://websockets.spec.whatwg.org/#dom-websocket-send).
    ///
    /// Text (`&str`, `String`) or binary (`&[u8]`, `Vec<u8>`), a [`Message`](crate::Message), and, where there is JavaScript, its
    /// strings, buffers, typed arrays and Blobs. `Ok` means that the browser has taken it, not that it has arrived.
    ///
    /// # Errors
    /// [`SendError::NotOpen`] in any state but OPEN: the browser itself would say nothing. [`SendError::Rejected`] when the
    /// browser throws.
    pub fn send(&self, data: impl SendData) -> Result<(), SendError> {
        self.core.transport.send(data.outgoing())
    }

    /// Starts the closing handshake, without a code: the standard's
    /// [`close()`](https://websockets.spec.whatwg.org/#dom-websocket-close).
    ///
    /// What was sent goes out first. While CONNECTING it fails the connection. The close event follows; in CLOSING and
    /// CLOSED nothing happens.
    pub fn close(&self) {
        self.core.transport.close(None);
    }

    /// Starts the closing handshake with a code and a reason. Both are checked values, so the browser's call can't throw.
    ///
    /// ```no_run
    /// # fn run(socket: tautline::WebSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// use tautline::{CloseCode, CloseReason};
    ///
    /// socket.close_with(CloseCode::new(4001)?, &CloseReason::new("signed out")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn close_with(&self, code: CloseCode, reason: &CloseReason) {
        self.core.transport.close(Some((code, reason)));
    }
}

/// Makes the methods of one event: the `on…` handler and the listeners.
macro_rules! listening {
    ($list:ident, $event:ty, $name:literal, $set:ident, $remove:ident, $add:ident) => {
        #[doc = concat!("Sets the `on", $name, "` handler, in the place of the one there was.")]
        ///
        /// It may send, close, set or remove handlers and listeners, and drop the socket.
        pub fn $set(&self, handler: impl Fn(&$event) + 'static) {
            self.core.$list.set_handler(Rc::new(handler));
        }

        #[doc = concat!("Removes the `on", $name, "` handler, if there is one.")]
        pub fn $remove(&self) {
            self.core.$list.remove_handler();
        }

        #[doc = concat!("Adds a listener for `", $name, "` events: the standard's `addEventListener`.")]
        ///
        /// Any number of them, called in the order in which they were added. It is detached when the value returned
        /// is dropped; [`EventListener::keep`] leaves it attached for the socket's life.
        pub fn $add(&self, listener: impl Fn(&$event) + 'static) -> EventListener {
            let id = self.core.$list.add(Rc::new(listener));
            EventListener::new(Rc::downgrade(&self.core), move |core: &Core| core.$list.remove(id))
        }
    };
}

/// Events. Every handler and listener is freed after the close event.
impl WebSocket {
    listening!(on_open, Event<'_>, "open", set_onopen, remove_onopen, add_open_listener);
    listening!(on_message, MessageEvent<'_>, "message", set_onmessage, remove_onmessage, add_message_listener);
    listening!(on_error, Event<'_>, "error", set_onerror, remove_onerror, add_error_listener);
    listening!(on_close, CloseEvent<'_>, "close", set_onclose, remove_onclose, add_close_listener);
}

impl Clone for WebSocket {
    /// Another handle of the same socket.
    fn clone(&self) -> Self {
        self.core.add_owner();
        Self { core: Rc::clone(&self.core), keeps: true }
    }
}

impl PartialEq for WebSocket {
    /// Whether both are handles of the same socket.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.core, &other.core)
    }
}

impl Eq for WebSocket {}

impl Drop for WebSocket {
    fn drop(&mut self) {
        if self.keeps {
            self.core.remove_owner();
        }
    }
}

impl std::fmt::Debug for WebSocket {
    /// Writes the redacted URL and the state.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebSocket")
            .field("url", &RedactedUrl::new(&self.url()))
            .field("ready_state", &self.ready_state())
            .finish_non_exhaustive()
    }
}
