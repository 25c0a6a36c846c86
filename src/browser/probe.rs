//! One HTTP request that only wants to know the status.

use std::time::Duration;

/// What an HTTP server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// The header `Retry-After`.
    pub(crate) retry_after: Option<Duration>,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod shim {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/browser/browser.js")]
    extern "C" {
        pub(super) type Probe;

        #[wasm_bindgen(constructor)]
        pub(super) fn new(url: &str) -> Probe;

        #[wasm_bindgen(method)]
        pub(super) fn answer(this: &Probe) -> js_sys::Promise;

        #[wasm_bindgen(method)]
        pub(super) fn abort(this: &Probe);
    }
}

/// The numbers of an answer. The request is given up when the future is dropped.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
async fn answer(url: String) -> Option<impl Fn(u32) -> Option<f64>> {
    struct GivenUp(shim::Probe);
    impl Drop for GivenUp {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let probe = GivenUp(shim::Probe::new(&url));
    let answer = wasm_bindgen_futures::JsFuture::from(probe.0.answer()).await.ok()?;
    Some(move |at| js_sys::Reflect::get_u32(&answer, at).ok().and_then(|value| value.as_f64()))
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
fn status(number: impl Fn(u32) -> Option<f64>) -> Option<u16> {
    // A cast from floating point saturates.
    number(0).map(|status| status as u16).filter(|status| *status > 0)
}

/// Asks, and gives the request up when the future is dropped. `None`: there was no answer, or none that a page may see.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) async fn ask(url: String) -> Option<Answered> {
    let number = answer(url).await?;
    let status = status(&number)?;
    let retry_after = number(1).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Some(Answered { status, retry_after })
}

/// There is nobody to ask.
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) async fn ask(_url: String) -> Option<Answered> {
    None
}

/// Asks whether a channel's server is there. `None` also where a success is somebody else's, such as a page to sign in to a network.
#[cfg(all(feature = "channel", target_arch = "wasm32", target_os = "unknown"))]
pub(crate) async fn ask_channel(url: String) -> Option<u16> {
    let number = answer(url).await?;
    let is_channel = number(2) == Some(1.0);
    status(&number).filter(|status| is_channel || !(200..300).contains(status))
}

/// There is nobody to ask.
#[cfg(all(feature = "channel", not(all(target_arch = "wasm32", target_os = "unknown"))))]
pub(crate) async fn ask_channel(_url: String) -> Option<u16> {
    None
}
