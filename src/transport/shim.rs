//! The Rust side of `shim.js`.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::MessageKind;
use crate::close::MAX_CLOSE_REASON;

#[wasm_bindgen(module = "/src/transport/shim.js")]
extern "C" {
    pub(crate) type Receiver;

    /// Whether it was made its `state` says.
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(url: &str, protocols: &str) -> Receiver;

    /// The same with what makes the socket.
    #[cfg(feature = "channel")]
    #[wasm_bindgen(constructor)]
    pub(crate) fn opened(url: &str, protocols: &str, opener: &JsValue) -> Receiver;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn socket(this: &Receiver) -> web_sys::WebSocket;

    #[wasm_bindgen(method)]
    pub(crate) fn state(this: &Receiver) -> u16;

    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Receiver, code: u16, reason: &str);

    #[wasm_bindgen(method)]
    pub(crate) fn listen(this: &Receiver, memory: &JsValue, pointer: usize, capacity: usize, deliver: &Function);

    #[wasm_bindgen(method)]
    pub(crate) fn stop(this: &Receiver);

    #[wasm_bindgen(method)]
    pub(crate) fn data(this: &Receiver) -> JsValue;

    #[wasm_bindgen(method)]
    pub(crate) fn encode(this: &Receiver, pointer: usize, capacity: usize, from: usize) -> usize;

    #[wasm_bindgen(method)]
    pub(crate) fn written(this: &Receiver) -> usize;

    #[wasm_bindgen(method)]
    pub(crate) fn copy(this: &Receiver, pointer: usize, capacity: usize);

    #[wasm_bindgen(js_name = takeWords)]
    fn take_words(into: &mut [u8]) -> usize;

    #[wasm_bindgen(js_name = isWebSocketUrl)]
    pub(crate) fn is_websocket_url(url: &str) -> bool;

    #[wasm_bindgen(js_name = sendText)]
    pub(crate) fn send_text(receiver: &Receiver, text: &str) -> u16;

    #[wasm_bindgen(js_name = sendBytes)]
    pub(crate) fn send_bytes(receiver: &Receiver, bytes: &[u8]) -> u16;

    pub(crate) type Values;

    #[wasm_bindgen(static_method_of = Values, js_name = send)]
    pub(crate) fn send_value(receiver: &Receiver, data: &JsValue) -> u16;

    #[wasm_bindgen(static_method_of = Values, js_name = byteLength)]
    pub(crate) fn byte_length(data: &JsValue) -> f64;

    #[wasm_bindgen(static_method_of = Values)]
    pub(crate) fn keep(data: &JsValue) -> JsValue;
}

/// What the browser said last: the reason of the close event that is delivered now, or the name of what it threw. Short, and so taken by way
/// of the stack: a string that JavaScript gives needs glue of its own.
#[inline(never)]
pub(crate) fn words() -> String {
    let mut words = [0; MAX_CLOSE_REASON * 3];
    let written = take_words(&mut words);
    let words = words.get(..written).unwrap_or_default();
    std::str::from_utf8(words).unwrap_or_default().to_owned()
}

/// What `state` and the senders say where the browser threw.
pub(crate) const SYNTAX: u16 = 4;
pub(crate) const SECURITY: u16 = 5;
pub(crate) const UNSUPPORTED: u16 = 6;
pub(crate) const OTHER: u16 = 7;

/// What else `deliver` may be told: the events that bring no message. Of a close event, whether it was clean and its code follow.
pub(crate) const OPENED: u32 = 5;
pub(crate) const FAILED: u32 = 6;
pub(crate) const CLOSED: u32 = 7;

/// What `deliver` is told of a payload: its kind, and whether it was copied or left in JavaScript.
pub(crate) fn delivered(kind: u32) -> (MessageKind, bool) {
    match kind {
        0 => (MessageKind::Text, true),
        1 => (MessageKind::Binary, true),
        2 => (MessageKind::Text, false),
        3 => (MessageKind::Binary, false),
        _ => (MessageKind::Blob, false),
    }
}
