//! A future of the application's that runs, and ends when it is dropped.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    task::{Poll, Waker},
};

/// A running future. Dropped, the future is dropped too, at once, or when it returns from the poll that drops its task.
#[must_use = "a task that is dropped ends"]
#[derive(Debug)]
pub(crate) struct Task {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    shared: Rc<Shared>,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[derive(Default)]
struct Shared {
    future: RefCell<Option<std::pin::Pin<Box<dyn Future<Output = ()>>>>>,
    waker: RefCell<Option<Waker>>,
    ended: Cell<bool>,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("ended", &self.ended).finish_non_exhaustive()
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl Task {
    /// Runs a future.
    pub(crate) fn run(future: impl Future<Output = ()> + 'static) -> Self {
        let shared = Rc::new(Shared::default());
        *shared.future.borrow_mut() = Some(Box::pin(future));
        let running = Rc::clone(&shared);
        wasm_bindgen_futures::spawn_local(std::future::poll_fn(move |context| {
            // Taken out, so that no borrow is held while the application's code runs, which may drop its own task.
            let taken = running.future.borrow_mut().take();
            let Some(mut future) = taken else { return Poll::Ready(()) };
            if running.ended.get() || future.as_mut().poll(context).is_ready() || running.ended.get() {
                return Poll::Ready(());
            }
            *running.future.borrow_mut() = Some(future);
            let replaced = running.waker.borrow_mut().replace(context.waker().clone());
            drop(replaced);
            Poll::Pending
        }));
        Self { shared }
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl Drop for Task {
    fn drop(&mut self) {
        self.shared.ended.set(true);
        let future = self.shared.future.borrow_mut().take();
        drop(future);
        let waker = self.shared.waker.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
impl Task {
    /// Drops the future: there is nothing here to run it.
    pub(crate) fn run(_future: impl Future<Output = ()> + 'static) -> Self {
        Self {}
    }
}
