//! Who listens: for each kind of event any number of listeners and one handler, in the order in which they were added.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use crate::slot::Slot;

/// The listeners of one kind of event. No borrow is held while one of them runs, so that it may add and remove others.
pub(crate) struct HandlerList<F: ?Sized> {
    /// In ascending order of their ids.
    entries: Slot<Vec<(u64, Rc<F>)>>,
    next_id: Cell<u64>,
    /// The entry that belongs to the `on…` handler.
    handler: Cell<Option<u64>>,
    /// Whether there will be no more events: a listener that comes later is dropped at once.
    ended: Cell<bool>,
}

impl<F: ?Sized> Default for HandlerList<F> {
    fn default() -> Self {
        Self { entries: Slot::default(), next_id: Cell::new(0), handler: Cell::new(None), ended: Cell::new(false) }
    }
}

impl<F: ?Sized> HandlerList<F> {
    pub(crate) fn add(&self, listener: Rc<F>) -> u64 {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        if !self.ended.get() {
            self.entries.with(|entries| entries.push((id, listener)));
        }
        id
    }

    pub(crate) fn remove(&self, id: u64) {
        // The listener is dropped after the borrow: its captures may themselves be listeners of this list.
        let removed = self
            .entries
            .with(|entries| entries.binary_search_by_key(&id, |(id, _)| *id).ok().map(|at| entries.remove(at)));
        drop(removed);
    }

    /// Sets the `on…` handler. A new one takes the place of the old one in the order, as the HTML standard has it.
    pub(crate) fn set_handler(&self, handler: Rc<F>) {
        let replaced = self.handler.get().and_then(|id| {
            self.entries.with(|entries| {
                let entry = entries.iter_mut().find(|entry| entry.0 == id)?;
                Some(std::mem::replace(&mut entry.1, Rc::clone(&handler)))
            })
        });
        if replaced.is_none() {
            self.handler.set(Some(self.add(handler)));
        }
        drop(replaced);
    }

    pub(crate) fn remove_handler(&self) {
        if let Some(id) = self.handler.take() {
            self.remove(id);
        }
    }

    /// Calls those that are there now, but for those removed before their turn.
    pub(crate) fn dispatch(&self, call: impl Fn(&F)) {
        let end = self.next_id.get();
        let mut from = 0;
        while let Some((id, listener)) = self.next(from).filter(|(id, _)| *id < end) {
            call(&listener);
            from = id + 1;
        }
    }

    fn next(&self, from: u64) -> Option<(u64, Rc<F>)> {
        self.entries.with(|entries| {
            let at = entries.partition_point(|(id, _)| *id < from);
            entries.get(at).map(|(id, listener)| (*id, Rc::clone(listener)))
        })
    }

    /// Frees all listeners, for good.
    pub(crate) fn end(&self) {
        self.ended.set(true);
        self.handler.set(None);
        drop(self.entries.take());
    }
}

/// A listener that is attached. It detaches when this value is dropped; [`keep`](Self::keep) leaves it attached.
///
/// After the close event, and after the socket was dropped, all its listeners are detached and freed.
#[must_use = "the listener is detached when this value is dropped: hold it, or call keep()"]
pub struct EventListener(Option<Box<dyn FnOnce()>>);

impl EventListener {
    pub(crate) fn new<L: 'static>(lists: Weak<L>, detach: impl FnOnce(&L) + 'static) -> Self {
        Self(Some(Box::new(move || {
            if let Some(lists) = lists.upgrade() {
                detach(&lists);
            }
        })))
    }

    /// Leaves the listener attached for the rest of the socket's life. Nothing is leaked: the socket frees it.
    pub fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for EventListener {
    fn drop(&mut self) {
        if let Some(detach) = self.0.take() {
            detach();
        }
    }
}

impl std::fmt::Debug for EventListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventListener").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    type List = Rc<HandlerList<dyn Fn(&Log)>>;
    type Log = RefCell<Vec<&'static str>>;

    fn run(list: &List) -> Vec<&'static str> {
        let log = Log::default();
        list.dispatch(|listener| listener(&log));
        log.into_inner()
    }

    fn says(word: &'static str) -> Rc<dyn Fn(&Log)> {
        Rc::new(move |log| log.borrow_mut().push(word))
    }

    #[test]
    fn listeners_run_in_the_order_added_and_a_replaced_handler_keeps_its_place() {
        let list = List::default();
        list.add(says("a"));
        list.set_handler(says("on"));
        list.add(says("b"));
        list.set_handler(says("on again"));
        assert_eq!(run(&list), ["a", "on again", "b"]);
        list.remove_handler();
        list.set_handler(says("on at last"));
        assert_eq!(run(&list), ["a", "b", "on at last"]);
    }

    #[test]
    fn a_listener_added_by_a_listener_waits_for_the_next_event() {
        let list = List::default();
        let inner = Rc::downgrade(&list);
        list.add(Rc::new(move |log| {
            log.borrow_mut().push("first");
            if let Some(list) = inner.upgrade() {
                list.add(says("added"));
            }
        }));
        assert_eq!(run(&list), ["first"]);
        assert_eq!(run(&list), ["first", "added"]);
    }

    #[test]
    fn a_listener_removed_before_its_turn_is_not_called() {
        let list = List::default();
        let inner = Rc::downgrade(&list);
        list.add(Rc::new(move |log| {
            log.borrow_mut().push("remover");
            if let Some(list) = inner.upgrade() {
                list.remove(1);
            }
        }));
        list.add(says("removed"));
        list.add(says("last"));
        assert_eq!(run(&list), ["remover", "last"]);
    }

    #[test]
    fn a_listener_may_end_the_list_it_is_called_from() {
        let list = List::default();
        let inner = Rc::downgrade(&list);
        list.add(Rc::new(move |log| {
            if let Some(list) = inner.upgrade() {
                list.end();
            }
            log.borrow_mut().push("still here");
        }));
        list.add(says("gone"));
        assert_eq!(run(&list), ["still here"]);
        let late = says("late");
        list.add(Rc::clone(&late));
        list.set_handler(Rc::clone(&late));
        assert_eq!(run(&list), Vec::<&str>::new());
        assert_eq!(Rc::strong_count(&late), 1, "what comes after the end is not kept");
    }

    #[test]
    fn a_dropped_listener_detaches_and_a_kept_one_stays() {
        let list = List::default();
        let attach = |word| {
            let id = list.add(says(word));
            EventListener::new(Rc::downgrade(&list), move |list: &HandlerList<dyn Fn(&Log)>| list.remove(id))
        };
        attach("kept").keep();
        let held = attach("held");
        drop(attach("dropped"));
        assert_eq!(run(&list), ["kept", "held"]);
        drop(held);
        assert_eq!(run(&list), ["kept"]);
    }
}
