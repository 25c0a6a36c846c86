//! What `host.js` is told. It knows what the numbers mean: names and objects are made there, where they cost less.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    pub type Host;

    /// The reason of the close that the next output is about.
    #[wasm_bindgen(method)]
    pub(super) fn reason(this: &Host, text: &str);
    /// An output by its number, with up to six more.
    #[wasm_bindgen(method)]
    pub(super) fn output(this: &Host, kind: u32, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64);
    /// `expires` is infinite where the message has all the time.
    #[wasm_bindgen(method, js_name = handOver)]
    pub(super) fn hand_over(this: &Host, id: f64, message_id: f64, value: JsValue, bytes: usize, expires: f64);
}
