//! The browser's WebSocket.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use wasm_bindgen::{JsCast, closure::Closure};

use super::payload::{Bytes, Payload};
use super::shim::{self, Receiver};
use super::{Incoming, Outgoing};
use crate::slot::Slot;
use crate::{
    BinaryType, CloseCode, CloseReason, Closed, ConstructorError, ReadyState, RedactedUrl, SendError, StatusCode,
};

/// How many bytes the shim may write before it calls: text of up to a third of it, binary of all of it. What is larger is
/// left in JavaScript until it is asked for.
const SMALL: usize = 4096;

/// A buffer for large payloads that outgrew this is given back when the event is handled.
const LARGE_KEPT: usize = 1024 * 1024;

/// A socket that nobody listens to yet.
pub(crate) struct Connection(Receiver);

impl Connection {
    /// The subprotocols are checked, with commas between them.
    pub(crate) fn new(url: &str, protocols: &str) -> Result<Self, ConstructorError> {
        Self::made(Receiver::new(url, protocols), url)
    }

    /// Says what was thrown, if anything was.
    pub(super) fn made(receiver: Receiver, url: &str) -> Result<Self, ConstructorError> {
        let failed = receiver.state();
        if failed < shim::SYNTAX {
            return Ok(Self(receiver));
        }
        let url = RedactedUrl::new(url);
        Err(match failed {
            shim::SYNTAX => ConstructorError::InvalidUrl { url },
            shim::SECURITY => ConstructorError::Security { url },
            shim::UNSUPPORTED => ConstructorError::Unsupported,
            _ => ConstructorError::Other { name: shim::words(), url },
        })
    }

    /// Attaches all listeners. To be called before control returns to the event loop.
    pub(crate) fn listen(self, deliver: impl Fn(Incoming<'_>) + 'static) -> Transport {
        let Self(receiver) = self;
        let mut small = vec![0; SMALL];
        // Taken mutably, since the shim writes there; from here on Rust only reads it, and only inside a call.
        let pointer = small.as_mut_ptr() as usize;
        let state = Rc::new(ReceiveState { receiver, small, large: RefCell::default() });

        let received = Rc::clone(&state);
        let on_event = OnEvent::new(move |kind: u32, written: u32, length: u32| {
            received.incoming(kind, written as usize, length as usize, &deliver);
        });
        state.receiver.listen(&wasm_bindgen::memory(), pointer, SMALL, on_event.as_ref().unchecked_ref());
        let transport = Transport { state, on_event: Slot::default() };
        transport.on_event.set(Some(on_event));
        transport
    }
}

type OnEvent = Closure<dyn Fn(u32, u32, u32)>;

/// A socket with its listeners. To drop it detaches them, closes the connection, then frees all, in this order.
pub(crate) struct Transport {
    state: Rc<ReceiveState>,
    /// While it listens.
    on_event: Slot<Option<OnEvent>>,
}

/// Where payloads go. Apart from the listeners, so that it outlives a handler which drops them.
struct ReceiveState {
    receiver: Receiver,
    /// Written by the shim, and only between two calls; never moved or resized.
    small: Vec<u8>,
    large: RefCell<Vec<u8>>,
}

impl ReceiveState {
    fn incoming(&self, kind: u32, written: usize, length: usize, deliver: &impl Fn(Incoming<'_>)) {
        let receiver = &self.receiver;
        match kind {
            shim::OPENED => return deliver(Incoming::Open),
            shim::FAILED => return deliver(Incoming::Error),
            shim::CLOSED => {
                let code = StatusCode::received(u16::try_from(length).unwrap_or_default());
                let (reason, was_clean) = (shim::words(), written > 0);
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
        state(self.state.receiver.state())
    }

    pub(crate) fn url(&self) -> String {
        self.state.receiver.socket().url()
    }

    pub(crate) fn protocol(&self) -> String {
        self.state.receiver.socket().protocol()
    }

    pub(crate) fn extensions(&self) -> String {
        self.state.receiver.socket().extensions()
    }

    pub(crate) fn buffered_amount(&self) -> u64 {
        self.state.receiver.socket().buffered_amount().into()
    }

    pub(crate) fn binary_type(&self) -> BinaryType {
        match self.state.receiver.socket().binary_type() {
            web_sys::BinaryType::Blob => BinaryType::Blob,
            _ => BinaryType::ArrayBuffer,
        }
    }

    pub(crate) fn set_binary_type(&self, binary_type: BinaryType) {
        self.state.receiver.socket().set_binary_type(match binary_type {
            BinaryType::Blob => web_sys::BinaryType::Blob,
            BinaryType::ArrayBuffer => web_sys::BinaryType::Arraybuffer,
        });
    }

    pub(crate) fn send(&self, data: Outgoing<'_>) -> Result<(), SendError> {
        let receiver = &self.state.receiver;
        let found = match data {
            Outgoing::Text(text) => shim::send_text(receiver, text),
            Outgoing::Binary(bytes) => shim::send_bytes(receiver, bytes),
            Outgoing::Value(value, values) => values.send(receiver, value),
        };
        match found {
            shim::OTHER => Err(SendError::Rejected { name: shim::words() }),
            found => match state(found) {
                ReadyState::Open => Ok(()),
                state => Err(SendError::NotOpen { state }),
            },
        }
    }

    pub(crate) fn close(&self, code_and_reason: Option<(CloseCode, &CloseReason)>) {
        // It does not throw: the code and the reason are checked values.
        let (code, reason) = code_and_reason.map_or((0, ""), |(code, reason)| (code.get(), reason.as_str()));
        self.state.receiver.close(code, reason);
    }

    /// Detaches all listeners: nothing is delivered any more. Safe inside a handler.
    pub(crate) fn detach(&self) {
        let on_event = self.on_event.take();
        if on_event.is_some() {
            self.state.receiver.stop();
        }
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
