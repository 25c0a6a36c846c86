//! What the driver in JavaScript does for the machine.

use js_sys::Object;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The driver. Each method is one output.
    pub type Host;

    #[wasm_bindgen(method)]
    pub(super) fn resolve(this: &Host, id: f64, endpoint: u32, attempt: u32, last: JsValue);
    /// Nobody waits for this provider or probe any more.
    #[wasm_bindgen(method)]
    pub(super) fn cancel(this: &Host, id: f64);
    #[wasm_bindgen(method)]
    pub(super) fn probe(this: &Host, id: f64, endpoint: u32);
    #[wasm_bindgen(method)]
    pub(super) fn open(this: &Host, id: f64, endpoint: u32);
    #[wasm_bindgen(method)]
    pub(super) fn greet(this: &Host, id: f64);
    /// `expires` is infinite where the message has all the time.
    #[wasm_bindgen(method, js_name = handOver)]
    pub(super) fn hand_over(this: &Host, id: f64, message_id: f64, value: JsValue, bytes: usize, expires: f64);
    #[wasm_bindgen(method)]
    pub(super) fn ping(this: &Host, id: f64);
    #[wasm_bindgen(method, js_name = askBuffered)]
    pub(super) fn ask_buffered(this: &Host, id: f64);
    #[wasm_bindgen(method, js_name = closeWire)]
    pub(super) fn close(this: &Host, id: f64, code: Option<u16>, reason: Option<String>);
    #[wasm_bindgen(method)]
    pub(super) fn abort(this: &Host, id: f64, code: Option<u16>, reason: Option<String>);
    /// An event by its name in `types.d.ts`, with its attributes.
    #[wasm_bindgen(method)]
    pub(super) fn tell(this: &Host, name: &str, detail: Object);
}
