//! What `npm/js/lib/channel/machine.js` gives the module. It knows what the numbers mean.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The driver of one channel.
    pub type Host;

    /// A text that belongs to the next output, or to what was asked.
    #[wasm_bindgen(method)]
    pub(super) fn text(this: &Host, text: &str);
    /// An output by its number, with up to four more.
    #[wasm_bindgen(method)]
    pub(super) fn output(this: &Host, kind: u32, a: f64, b: f64, c: f64, d: f64);

    /// The application's own function, wrapped by `settings.js`: it does not throw.
    pub type Policies;

    /// A wait in milliseconds.
    #[wasm_bindgen(method)]
    pub(super) fn delay(this: &Policies, retry: u32, random: f64) -> f64;

    /// Milliseconds since an origin.
    pub(super) fn now() -> f64;

    /// 53 bits that nobody can guess, as a whole number.
    pub(super) fn chance() -> f64;
}
