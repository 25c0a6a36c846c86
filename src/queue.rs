//! What waits for a slow consumer: a queue bounded in messages and in bytes.

use std::collections::VecDeque;

use crate::{Overflow, ReceiveLimits};

/// What a bounded queue has dropped so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// How many messages.
    pub messages: u64,
    /// How many bytes of payload they had. Of a text that was never copied out of JavaScript, its UTF-16 code units.
    pub bytes: u64,
}

/// What became of a message offered to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// There is room: push it.
    Admitted,
    /// It was counted as dropped.
    Refused,
    /// It was counted as dropped, and the policy says to close.
    CloseNow,
}

/// A queue of things with a size. What has no size (an `open` event) always fits.
#[derive(Debug)]
pub(crate) struct BoundedQueue<T> {
    items: VecDeque<(T, Option<usize>)>,
    messages: usize,
    bytes: usize,
    limits: ReceiveLimits,
    dropped: Dropped,
}

impl<T> BoundedQueue<T> {
    pub(crate) fn new(limits: ReceiveLimits) -> Self {
        Self { items: VecDeque::new(), messages: 0, bytes: 0, limits, dropped: Dropped::default() }
    }

    /// Asks for room for a message, before it is copied. `CloseNow` is answered each time: closing twice is harmless.
    ///
    /// What had to go for it is put into `evicted`, for the caller to drop once it holds no borrow.
    pub(crate) fn admit(&mut self, bytes: usize, evicted: &mut Vec<T>) -> Admission {
        if self.fits_alone(bytes) && self.limits.overflow == Overflow::DropOldest {
            while !self.fits(bytes)
                && let Some(oldest) = self.drop_oldest()
            {
                evicted.push(oldest);
            }
        }
        if self.fits(bytes) {
            return Admission::Admitted;
        }
        self.count_dropped(bytes);
        match self.limits.overflow {
            Overflow::Close => Admission::CloseNow,
            Overflow::DropOldest | Overflow::DropNewest => Admission::Refused,
        }
    }

    /// Whether a message of this size, or of a larger one, can't be admitted now.
    pub(crate) fn is_hopeless(&self, bytes: usize) -> bool {
        match self.limits.overflow {
            Overflow::DropOldest => !self.fits_alone(bytes),
            Overflow::Close | Overflow::DropNewest => !self.fits(bytes),
        }
    }

    fn fits_alone(&self, bytes: usize) -> bool {
        self.limits.messages > 0 && bytes <= self.limits.bytes
    }

    fn fits(&self, bytes: usize) -> bool {
        self.messages < self.limits.messages && bytes <= self.limits.bytes.saturating_sub(self.bytes)
    }

    /// Queues an admitted message.
    pub(crate) fn push(&mut self, item: T, bytes: usize) {
        self.messages += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.items.push_back((item, Some(bytes)));
    }

    /// Queues what is no message and has no size.
    pub(crate) fn push_unsized(&mut self, item: T) {
        self.items.push_back((item, None));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes the next item out, with its size.
    pub(crate) fn pop(&mut self) -> Option<(T, usize)> {
        let (item, bytes) = self.items.pop_front()?;
        self.release(bytes);
        Some((item, bytes.unwrap_or(0)))
    }

    fn release(&mut self, bytes: Option<usize>) {
        if let Some(bytes) = bytes {
            self.messages -= 1;
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    fn drop_oldest(&mut self) -> Option<T> {
        let at = self.items.iter().position(|(_, bytes)| bytes.is_some())?;
        let (item, bytes) = self.items.remove(at)?;
        self.release(bytes);
        self.count_dropped(bytes.unwrap_or(0));
        Some(item)
    }

    pub(crate) fn count_dropped(&mut self, bytes: usize) {
        self.dropped.messages += 1;
        self.dropped.bytes = self.dropped.bytes.saturating_add(bytes as u64);
    }

    pub(crate) fn dropped(&self) -> Dropped {
        self.dropped
    }

    pub(crate) fn limits(&self) -> ReceiveLimits {
        self.limits
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn queue(messages: usize, bytes: usize, overflow: Overflow) -> BoundedQueue<usize> {
        BoundedQueue::new(ReceiveLimits { messages, bytes, overflow })
    }

    fn offer(queue: &mut BoundedQueue<usize>, bytes: usize) -> Admission {
        let admission = queue.admit(bytes, &mut Vec::new());
        if admission == Admission::Admitted {
            queue.push(bytes, bytes);
        }
        admission
    }

    #[test]
    fn a_full_queue_that_closes_keeps_what_it_has_and_counts_the_rest() {
        let mut queue = queue(2, 100, Overflow::Close);
        assert_eq!(offer(&mut queue, 10), Admission::Admitted);
        assert_eq!(offer(&mut queue, 91), Admission::CloseNow, "too many bytes");
        assert_eq!(offer(&mut queue, 20), Admission::Admitted);
        assert_eq!(offer(&mut queue, 1), Admission::CloseNow, "too many messages");
        assert_eq!(queue.dropped(), Dropped { messages: 2, bytes: 92 });
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some((10, 10)), Some((20, 20)), None));
    }

    #[test]
    fn what_fits_exactly_is_admitted_and_one_byte_more_is_not() {
        for overflow in [Overflow::Close, Overflow::DropOldest, Overflow::DropNewest] {
            let mut queue = queue(2, 10, overflow);
            assert!(queue.is_hopeless(11) && !queue.is_hopeless(10), "{overflow:?}");
            assert_eq!(offer(&mut queue, 4), Admission::Admitted);
            assert_eq!(offer(&mut queue, 6), Admission::Admitted, "{overflow:?}: ten bytes of ten");
            assert_eq!((queue.messages, queue.dropped().messages), (2, 0));
        }
    }

    #[test]
    fn a_queue_that_drops_the_oldest_makes_room_but_not_for_what_can_never_fit() {
        let mut queue = queue(3, 10, Overflow::DropOldest);
        for bytes in [1, 2, 3, 8] {
            assert_eq!(offer(&mut queue, bytes), Admission::Admitted);
        }
        assert_eq!(offer(&mut queue, 11), Admission::Refused, "larger than the whole queue");
        assert_eq!(queue.dropped(), Dropped { messages: 4, bytes: 17 });
        assert_eq!((queue.pop(), queue.pop()), (Some((8, 8)), None));
    }

    #[test]
    fn events_without_a_size_are_never_dropped() {
        let mut queue = queue(1, 10, Overflow::DropOldest);
        queue.push_unsized(0);
        offer(&mut queue, 5);
        offer(&mut queue, 6);
        queue.push_unsized(99);
        assert_eq!(std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>(), [(0, 0), (6, 6), (99, 0)]);
        assert_eq!(queue.dropped().messages, 1);
    }

    #[test]
    fn a_queue_that_has_grown_allocates_nothing_more() {
        for overflow in [Overflow::Close, Overflow::DropOldest] {
            let (mut queue, mut evicted) = (queue(64, 10_000, overflow), Vec::with_capacity(1));
            (0..64).for_each(|_| assert_eq!(offer(&mut queue, 10), Admission::Admitted));
            let counted = allocation_counter::measure(|| {
                for _ in 0..1000 {
                    // With Close there is room first; otherwise the oldest goes.
                    let popped = if overflow == Overflow::Close { queue.pop() } else { None };
                    assert_eq!(queue.admit(10, &mut evicted), Admission::Admitted, "{popped:?}");
                    queue.push(10, 10);
                    evicted.clear();
                }
            });
            assert_eq!(counted.count_total, 0, "{overflow:?}");
        }
    }

    proptest! {
        #[test]
        fn bounds_hold_and_every_message_is_delivered_or_counted(
            steps in prop::collection::vec(prop::option::weighted(0.7, 0_usize..20), 0..200),
            messages in 0_usize..8, bytes in 0_usize..40,
            overflow in prop::sample::select(vec![Overflow::Close, Overflow::DropOldest, Overflow::DropNewest]),
        ) {
            let mut queue = queue(messages, bytes, overflow);
            let (mut offered, mut delivered) = (0, 0);
            for step in steps {
                match step {
                    Some(size) => {
                        offered += 1;
                        let hopeless = queue.is_hopeless(size);
                        prop_assert_eq!(offer(&mut queue, size) == Admission::Admitted, !hopeless);
                    }
                    None => delivered += u64::from(queue.pop().is_some()),
                }
                prop_assert!(queue.messages <= messages && queue.bytes <= bytes);
                prop_assert_eq!(queue.bytes, queue.items.iter().filter_map(|(_, size)| *size).sum::<usize>());
            }
            let waiting = queue.items.len() as u64;
            prop_assert_eq!(offered, delivered + waiting + queue.dropped().messages);
        }
    }
}
