//! One timer, which ends when it is dropped.

/// A timer that is running. In a window and in every kind of worker.
#[must_use = "a timer that is dropped never fires"]
#[derive(Debug)]
pub(crate) struct Timer {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    _timeout: gloo_timers::callback::Timeout,
}

impl Timer {
    /// Calls `then` after `millis` milliseconds or, as browsers do it in hidden pages, later.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    pub(crate) fn after(millis: u32, then: impl FnOnce() + 'static) -> Self {
        Self { _timeout: gloo_timers::callback::Timeout::new(millis, then) }
    }

    /// Never calls `then`: there is nothing here to wait for.
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub(crate) fn after(_millis: u32, _then: impl FnOnce() + 'static) -> Self {
        Self {}
    }
}
