//! Who waits for the connection to change, such as to open or to close.

use std::task::Waker;

/// The tasks that wait, each under a number of its own, so that one which no longer waits leaves nothing behind.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    wakers: Vec<(u64, Waker)>,
    next_id: u64,
}

impl Waits {
    /// Waits, or goes on waiting, under the number in `id`. What it gives back is the caller's to drop, once it holds no borrow: the
    /// last waker of a task takes the task with it.
    #[must_use]
    pub(crate) fn wait(&mut self, id: &mut Option<u64>, waker: &Waker) -> Option<Waker> {
        if let Some((_, known)) = self.wakers.iter_mut().find(|(known, _)| Some(*known) == *id) {
            return Some(std::mem::replace(known, waker.clone()));
        }
        *id = Some(self.next_id);
        self.wakers.push((self.next_id, waker.clone()));
        self.next_id += 1;
        None
    }

    /// Takes one out. It is the caller's to drop, once it holds no borrow.
    pub(crate) fn remove(&mut self, id: Option<u64>) -> Option<Waker> {
        let at = self.wakers.iter().position(|(known, _)| Some(*known) == id)?;
        Some(self.wakers.swap_remove(at).1)
    }

    /// Takes all of them out, to be woken once there is no borrow.
    pub(crate) fn take(&mut self) -> Vec<(u64, Waker)> {
        std::mem::take(&mut self.wakers)
    }
}
