//! The browser's WebSocket.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::payload::{Bytes, Payload};
use super::shim::{self, Receiver};
use super::{Incoming, Outgoing};
use crate::endpoint::check_protocols;
use crate::{
    BinaryType, CloseCode, CloseReason, Closed, ConstructorError, ReadyState, RedactedUrl, SendError, StatusCode,
};

/// How many bytes the shim may write before it calls: text of up to a third of it, binary of all of it. What is larger is
/// left in JavaScript until it is asked for.
const SMALL: usize = 4096;

/// A buffer for large payloads that outgrew this is given back when the event is handled.
const LARGE_KEPT: usize = 1024 * 1024;

/// A socket that nobody listens to yet.
#[derive(Debug)]
pub(crate) struct Connection(web_sys::WebSocket);

impl Connection {
    pub(crate) fn new(url: &str, protocols: &[&str]) -> Result<Self, ConstructorError> {
        check_protocols(protocols)?;
        let made = match protocols {
            [] => web_sys::WebSocket::new(url),
            _ => {
                let list: js_sys::Array = protocols.iter().map(|protocol| JsValue::from_str(protocol)).collect();
                web_sys::WebSocket::new_with_str_sequence(url, &list)
            }
        };
        match made {
            Ok(socket) => {
                socket.set_binary_type(web_sys::BinaryType::Arraybuffer);
                Ok(Self(socket))
            }
            Err(exception) => Err(constructor_error(&exception, url)),
        }
    }

    /// Attaches all listeners. To be called before control returns to the event loop.
    pub(crate) fn listen(self, deliver: impl Fn(Incoming<'_>) + 'static) -> Transport {
        let Self(socket) = self;
        let mut small = vec![0; SMALL];
        // Taken mutably, since the shim writes there; from here on Rust only reads it, and only inside a call.
        let pointer = small.as_mut_ptr() as usize;
        let state = Rc::new(ReceiveState { receiver: OnceCell::new(), small, large: RefCell::default() });

        let received = Rc::clone(&state);
        let on_event = Closure::<dyn Fn(u32, u32, u32)>::new(move |kind: u32, written: u32, length: u32| {
            received.incoming(kind, written as usize, length as usize, &deliver);
        });
        let receiver =
            Receiver::new(&socket, &wasm_bindgen::memory(), pointer, SMALL, on_event.as_ref().unchecked_ref());
        let _ = state.receiver.set(receiver);
        let listeners = Listeners { state, _on_event: on_event };
        Transport { socket, listeners: RefCell::new(Some(listeners)) }
    }
}

/// A socket with its listeners. To drop it detaches them, closes the connection, then frees all, in this order.
pub(crate) struct Transport {
    socket: web_sys::WebSocket,
    listeners: RefCell<Option<Listeners>>,
}

struct Listeners {
    state: Rc<ReceiveState>,
    _on_event: Closure<dyn Fn(u32, u32, u32)>,
}

impl Drop for Listeners {
    fn drop(&mut self) {
        if let Some(receiver) = self.state.receiver.get() {
            receiver.stop();
        }
    }
}

/// Where payloads go. Apart from the listeners, so that it outlives a handler which drops them.
struct ReceiveState {
    receiver: OnceCell<Receiver>,
    /// Written by the shim, and only between two calls; never moved or resized.
    small: Vec<u8>,
    large: RefCell<Vec<u8>>,
}

impl ReceiveState {
    fn incoming(&self, kind: u32, written: usize, length: usize, deliver: &impl Fn(Incoming<'_>)) {
        let Some(receiver) = self.receiver.get() else { return };
        match kind {
            shim::OPENED => return deliver(Incoming::Open),
            shim::FAILED => return deliver(Incoming::Error),
            shim::CLOSED => {
                let code = StatusCode::received(u16::try_from(length).unwrap_or_default());
                let (reason, was_clean) = (receiver.reason(), written > 0);
                return deliver(Incoming::Close(Closed { code, reason, was_clean }));
            }
            _ => {}
        }
        let (kind, copied) = shim::delivered(kind);
        let bytes = OnceCell::new();
        if copied {
            let _ = bytes.set(Bytes::Small(self.small.get(..written).unwrap_or_default()));
        }
        deliver(Incoming::Message(Payload { kind, length, receiver, large: &self.large, bytes }));
        if let Ok(mut large) = self.large.try_borrow_mut()
            && large.capacity() > LARGE_KEPT
        {
            *large = Vec::new();
        }
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("ready_state", &self.ready_state()).finish_non_exhaustive()
    }
}

impl Transport {
    pub(crate) fn ready_state(&self) -> ReadyState {
        state(self.socket.ready_state())
    }

    pub(crate) fn url(&self) -> String {
        self.socket.url()
    }

    pub(crate) fn protocol(&self) -> String {
        self.socket.protocol()
    }

    pub(crate) fn extensions(&self) -> String {
        self.socket.extensions()
    }

    pub(crate) fn buffered_amount(&self) -> u64 {
        self.socket.buffered_amount().into()
    }

    pub(crate) fn binary_type(&self) -> BinaryType {
        match self.socket.binary_type() {
            web_sys::BinaryType::Blob => BinaryType::Blob,
            _ => BinaryType::ArrayBuffer,
        }
    }

    pub(crate) fn set_binary_type(&self, binary_type: BinaryType) {
        self.socket.set_binary_type(match binary_type {
            BinaryType::Blob => web_sys::BinaryType::Blob,
            BinaryType::ArrayBuffer => web_sys::BinaryType::Arraybuffer,
        });
    }

    pub(crate) fn send(&self, data: Outgoing<'_>) -> Result<(), SendError> {
        let found = match data {
            Outgoing::Text(text) => shim::send_text(&self.socket, text),
            Outgoing::Binary(bytes) => shim::send_bytes(&self.socket, bytes),
            Outgoing::Value(value) => shim::send_value(&self.socket, value),
        };
        match found.map(state) {
            Ok(ReadyState::Open) => Ok(()),
            Ok(state) => Err(SendError::NotOpen { state }),
            Err(exception) => Err(SendError::Rejected { name: exception_name(&exception) }),
        }
    }

    pub(crate) fn close(&self, code_and_reason: Option<(CloseCode, &CloseReason)>) {
        // Neither call throws: the code and the reason are checked values.
        let _ = match code_and_reason {
            None => self.socket.close(),
            Some((code, reason)) => self.socket.close_with_code_and_reason(code.get(), reason.as_str()),
        };
    }

    /// Detaches all listeners: nothing is delivered any more. Safe inside a handler.
    pub(crate) fn detach(&self) {
        let listeners = self.listeners.borrow_mut().take();
        drop(listeners);
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        self.detach();
        if self.ready_state() < ReadyState::Closing {
            self.close(None);
        }
    }
}

fn state(number: u16) -> ReadyState {
    // The attribute has no other values.
    ReadyState::try_from(number).unwrap_or(ReadyState::Closed)
}

fn constructor_error(exception: &JsValue, url: &str) -> ConstructorError {
    let url = RedactedUrl::new(url);
    let name = exception_name(exception);
    match name.as_str() {
        "SyntaxError" => ConstructorError::InvalidUrl { url },
        "SecurityError" => ConstructorError::Security { url },
        _ if !shim::is_supported() => ConstructorError::Unsupported,
        _ => ConstructorError::Other { name, url },
    }
}

/// The exception's name, never its message: that may hold the URL.
pub(super) fn exception_name(exception: &JsValue) -> String {
    shim::name_of(exception)
}
