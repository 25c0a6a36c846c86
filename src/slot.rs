//! A value that handles share, and that is borrowed for one step at a time.

use std::cell::RefCell;

/// As a `RefCell`, but for the way it is borrowed: a step that ran inside of another would do nothing. There is none, since no borrow is held
/// while other code runs; and so there is no message for a panic either, nor what writes one.
#[derive(Debug, Default)]
pub(crate) struct Slot<T>(RefCell<T>);

impl<T> Slot<T> {
    /// Takes a step. What was taken out is returned, so that it is dropped after the borrow: it may be anything of the application's.
    pub(crate) fn with<R: Default>(&self, step: impl FnOnce(&mut T) -> R) -> R {
        let value = self.0.try_borrow_mut();
        debug_assert!(value.is_ok(), "a borrow is held while other code runs");
        value.map_or_else(|_| R::default(), |mut value| step(&mut value))
    }

    /// Puts another value there.
    pub(crate) fn set(&self, value: T) {
        let replaced = self.with(|place| Some(std::mem::replace(place, value)));
        drop(replaced);
    }
}

impl<T: Default> Slot<T> {
    pub(crate) fn take(&self) -> T {
        self.with(std::mem::take)
    }
}

impl<T: Clone + Default> Slot<T> {
    pub(crate) fn get(&self) -> T {
        self.with(|value| value.clone())
    }
}
