//! One timer, which ends when it is dropped.

/// A timer that is running. In a window and in every kind of worker.
#[must_use = "a timer that is dropped never fires"]
#[derive(Debug)]
pub(crate) struct Timer {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    handle: wasm_bindgen::JsValue,
    /// Of the type that all closures of this crate have, so that one export calls them: the numbers mean nothing.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    _then: wasm_bindgen::closure::Closure<dyn Fn(u32, u32, u32)>,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod shim {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = setTimeout)]
        pub(super) fn set_timeout(then: &JsValue, millis: u32, a: u32, b: u32, c: u32) -> JsValue;

        #[wasm_bindgen(js_name = clearTimeout)]
        pub(super) fn clear_timeout(handle: &JsValue);
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl Timer {
    /// Calls `then` after `millis` milliseconds or, as browsers do it in hidden pages, later.
    pub(crate) fn after(millis: u32, then: impl FnOnce() + 'static) -> Self {
        let then = std::cell::Cell::new(Some(then));
        let then = wasm_bindgen::closure::Closure::<dyn Fn(u32, u32, u32)>::new(move |_, _, _| {
            if let Some(then) = then.take() {
                then();
            }
        });
        Self { handle: shim::set_timeout(then.as_ref(), millis, 0, 0, 0), _then: then }
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl Drop for Timer {
    fn drop(&mut self) {
        shim::clear_timeout(&self.handle);
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
impl Timer {
    /// Never calls `then`: there is nothing here to wait for.
    pub(crate) fn after(_millis: u32, _then: impl FnOnce() + 'static) -> Self {
        Self {}
    }
}
