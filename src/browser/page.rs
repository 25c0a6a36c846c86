//! What becomes of the page and its network, and the time. In a worker only what exists there.

use crate::machine::{Instant, Page};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod shim {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/browser/browser.js")]
    extern "C" {
        #[derive(Debug)]
        pub(super) type PageWatch;

        // Methods of a class: functions of a module would be called by way of all that it exports.
        #[wasm_bindgen(static_method_of = PageWatch)]
        pub(super) fn now() -> f64;

        #[wasm_bindgen(static_method_of = PageWatch)]
        pub(super) fn seed() -> f64;

        #[wasm_bindgen(constructor)]
        pub(super) fn new(tell: &JsValue) -> PageWatch;

        #[wasm_bindgen(method)]
        pub(super) fn stop(this: &PageWatch);
    }
}

/// Watches until it is dropped.
#[must_use = "dropped, it watches no longer"]
#[derive(Debug)]
pub(crate) struct PageWatch {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    watch: shim::PageWatch,
    /// Of the type that the transport's has, so that one export calls both: the other numbers mean nothing.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    _tell: wasm_bindgen::closure::Closure<dyn Fn(u32, u32, u32)>,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl PageWatch {
    /// Tells of each change from now on, and before it returns of what is the case already.
    pub(crate) fn new(tell: impl Fn(Page) + 'static) -> Self {
        let pages = [Page::Online, Page::Offline, Page::Visible, Page::Hidden, Page::Frozen, Page::Resumed];
        let tell = wasm_bindgen::closure::Closure::<dyn Fn(u32, u32, u32)>::new(move |page: u32, _, _| {
            if let Some(page) = pages.get(page as usize) {
                tell(*page);
            }
        });
        Self { watch: shim::PageWatch::new(tell.as_ref()), _tell: tell }
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl Drop for PageWatch {
    fn drop(&mut self) {
        self.watch.stop();
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
impl PageWatch {
    /// Tells nothing: there is no page.
    pub(crate) fn new(_tell: impl Fn(Page) + 'static) -> Self {
        Self {}
    }
}

/// Time that never runs backwards, and that counts sleep where the browser does.
pub(crate) fn now() -> Instant {
    // A cast from floating point saturates.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    return Instant::from_micros(shim::PageWatch::now() as u64);
    // Time stands still: nothing happens here.
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    return Instant::ZERO;
}

/// A number that is another one each time, for the seed of what has to be random.
pub(crate) fn seed() -> u64 {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    return shim::PageWatch::seed() as u64;
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    return 0;
}
