//! The Rust side of `shim.js`.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::MessageKind;

#[wasm_bindgen(module = "/src/transport/shim.js")]
extern "C" {
    pub(crate) type Receiver;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(
        socket: &web_sys::WebSocket,
        memory: &JsValue,
        pointer: usize,
        capacity: usize,
        deliver: &Function,
    ) -> Receiver;

    #[wasm_bindgen(method)]
    pub(crate) fn stop(this: &Receiver);

    #[wasm_bindgen(method)]
    pub(crate) fn reason(this: &Receiver) -> String;

    #[wasm_bindgen(method)]
    pub(crate) fn data(this: &Receiver) -> JsValue;

    #[wasm_bindgen(method)]
    pub(crate) fn encode(this: &Receiver, pointer: usize, capacity: usize, from: usize) -> usize;

    #[wasm_bindgen(method)]
    pub(crate) fn written(this: &Receiver) -> usize;

    #[wasm_bindgen(method)]
    pub(crate) fn copy(this: &Receiver, pointer: usize, capacity: usize);

    #[wasm_bindgen(js_name = nameOf)]
    pub(crate) fn name_of(exception: &JsValue) -> String;

    #[wasm_bindgen(js_name = isSupported)]
    pub(crate) fn is_supported() -> bool;

    #[wasm_bindgen(js_name = isWebSocketUrl)]
    pub(crate) fn is_websocket_url(url: &str) -> bool;

    #[wasm_bindgen(catch, js_name = sendText)]
    pub(crate) fn send_text(socket: &web_sys::WebSocket, text: &str) -> Result<u16, JsValue>;

    #[wasm_bindgen(catch, js_name = sendBytes)]
    pub(crate) fn send_bytes(socket: &web_sys::WebSocket, bytes: &[u8]) -> Result<u16, JsValue>;

    #[wasm_bindgen(catch, js_name = sendValue)]
    pub(crate) fn send_value(socket: &web_sys::WebSocket, data: &JsValue) -> Result<u16, JsValue>;

    #[wasm_bindgen(catch, js_name = byteLength)]
    pub(crate) fn byte_length(data: &JsValue) -> Result<f64, JsValue>;

    #[wasm_bindgen(catch, js_name = toKeep)]
    pub(crate) fn to_keep(data: &JsValue) -> Result<JsValue, JsValue>;
}

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
