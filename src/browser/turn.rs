//! Wakes tasks at once, but while one message follows the other, only once for all those of a turn: browsers run microtasks after each event,
//! and so each message alone would run the task that waits for it.

use std::task::Waker;

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) fn wake(waker: Waker) {
    waker.wake();
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) fn wake(waker: Waker) {
    TURN.with(|turn| turn.wake(waker));
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
thread_local! {
    static TURN: imp::Turn = imp::Turn::default();
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod imp {
    use std::cell::{Cell, OnceCell, RefCell};
    use std::task::Waker;

    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/browser/browser.js")]
    extern "C" {
        // A class: functions of a module would be called by way of all that it exports.
        #[wasm_bindgen(js_name = Turn)]
        type Task;

        #[wasm_bindgen(static_method_of = Task, js_class = "Turn")]
        fn post(then: &JsValue);
    }

    type Callback = Closure<dyn Fn(u32, u32, u32)>;

    #[derive(Default)]
    pub(super) struct Turn {
        /// Whether the end of the turn is on its way.
        posted: Cell<bool>,
        waiting: RefCell<Vec<Waker>>,
        end: OnceCell<Callback>,
    }

    impl Turn {
        pub(super) fn wake(&self, waker: Waker) {
            if self.posted.get() {
                self.waiting.borrow_mut().push(waker);
            } else {
                self.post();
                waker.wake();
            }
        }

        fn post(&self) {
            self.posted.set(true);
            let end = self.end.get_or_init(|| Closure::new(|_, _, _| super::TURN.with(Self::end)));
            Task::post(end.as_ref());
        }

        fn end(&self) {
            self.posted.set(false);
            let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
            if !waiting.is_empty() {
                // What comes while they run waits for the end of the next turn.
                self.post();
            }
            for waker in waiting {
                waker.wake();
            }
        }
    }
}
