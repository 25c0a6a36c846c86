//! The next animation frame; where none comes, a timer.

use super::timer::Timer;

/// How long to wait for a frame: a hidden page gets none, and a worker may have none.
const NO_FRAME_MS: u32 = 100;

/// Waits for the next frame until it is dropped.
#[must_use = "a frame that is dropped never comes"]
pub(crate) struct Frame {
    _timer: Timer,
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    _request: Option<Request>,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").finish_non_exhaustive()
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
struct Request {
    id: f64,
    _callback: wasm_bindgen::closure::Closure<dyn Fn()>,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl Drop for Request {
    fn drop(&mut self) {
        call("cancelAnimationFrame", &self.id.into());
    }
}

impl Frame {
    /// Calls `then` with the next frame, or after a tenth of a second, whichever is first; perhaps with both.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    pub(crate) fn next(then: impl Fn() + 'static) -> Self {
        let then = std::rc::Rc::new(then);
        let late = std::rc::Rc::clone(&then);
        let callback = wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || then());
        let id = call("requestAnimationFrame", callback.as_ref()).and_then(|id| id.as_f64());
        let request = id.map(|id| Request { id, _callback: callback });
        Self { _timer: Timer::after(NO_FRAME_MS, move || late()), _request: request }
    }

    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub(crate) fn next(then: impl Fn() + 'static) -> Self {
        Self { _timer: Timer::after(NO_FRAME_MS, then) }
    }
}

/// Calls a global function, where there is one.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
fn call(name: &str, argument: &wasm_bindgen::JsValue) -> Option<wasm_bindgen::JsValue> {
    let scope = js_sys::global();
    let function = js_sys::Reflect::get(&scope, &name.into()).ok()?;
    wasm_bindgen::JsCast::dyn_ref::<js_sys::Function>(&function)?.call1(&scope, argument).ok()
}
