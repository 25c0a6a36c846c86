//! `WebSocket` in a service worker.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_service_worker);

mod scenario;
#[path = "../support/mod.rs"]
mod support;

#[wasm_bindgen::prelude::wasm_bindgen]
extern "C" {
    /// The global object of this kind of worker.
    #[wasm_bindgen(extends = js_sys::Object, js_name = ServiceWorkerGlobalScope)]
    type Scope;
}
