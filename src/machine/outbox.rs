//! Messages that wait to be sent: bounded, in order, each with its number and perhaps its time.

use std::collections::VecDeque;

use super::config::{OutboxLimits, OutboxOverflow};
use super::time::Instant;
use super::{MessageId, Payload};

/// A message that waits.
#[derive(Clone, Debug)]
pub(super) struct Entry<M> {
    pub(super) id: MessageId,
    pub(super) message: M,
    pub(super) bytes: usize,
    /// `Instant::NEVER` if it has all the time.
    pub(super) expires: Instant,
    /// Whether it was handed over once: then it may have arrived, whatever becomes of it now.
    pub(super) tried: bool,
}

/// Why a message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// There is no room for it now.
    #[error(
        "the outbox is full: {queued} messages of {queued_bytes} bytes wait, it takes {messages} and {bytes} bytes"
    )]
    Full {
        /// How many wait.
        queued: usize,
        /// Their bytes.
        queued_bytes: usize,
        /// How many may.
        messages: usize,
        /// How many bytes may.
        bytes: usize,
    },
    /// There will never be room for it.
    #[error("a message of {size} bytes can't wait in the outbox, which takes {bytes} bytes")]
    TooLarge {
        /// The message's bytes.
        size: usize,
        /// How many bytes may wait.
        bytes: usize,
    },
}

/// What became of a message that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    Queued,
    /// The outbox is full, and it is the one to go.
    Dropped,
}

#[derive(Debug)]
pub(super) struct Outbox<M> {
    entries: VecDeque<Entry<M>>,
    bytes: usize,
    /// No message expires before this. It may be too early by what has left since: then nothing is found expired.
    earliest: Instant,
}

impl<M: Payload> Outbox<M> {
    pub(super) fn new() -> Self {
        Self { entries: VecDeque::new(), bytes: 0, earliest: Instant::NEVER }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn contains(&self, id: MessageId) -> bool {
        self.entries.binary_search_by_key(&id, |entry| entry.id).is_ok()
    }

    /// Whether a message of this size would be queued as things are.
    pub(super) fn has_room(&self, bytes: usize, limits: &OutboxLimits) -> bool {
        self.entries.len() < limits.messages && bytes <= limits.bytes.saturating_sub(self.bytes)
    }

    /// Takes out the oldest message, if that is the way to get room for one of this size. To be called until there is none.
    pub(super) fn make_room(&mut self, bytes: usize, limits: &OutboxLimits) -> Option<Entry<M>> {
        let may_fit = limits.messages > 0 && bytes <= limits.bytes;
        let drops = may_fit && limits.overflow == OutboxOverflow::DropOldest && !self.has_room(bytes, limits);
        if drops { self.pop() } else { None }
    }

    pub(super) fn offer(&mut self, entry: Entry<M>, limits: &OutboxLimits) -> Result<Offered, OutboxError> {
        if entry.bytes > limits.bytes {
            return Err(OutboxError::TooLarge { size: entry.bytes, bytes: limits.bytes });
        }
        if !self.has_room(entry.bytes, limits) {
            return match limits.overflow {
                OutboxOverflow::DropNewest => Ok(Offered::Dropped),
                _ => Err(self.full(limits)),
            };
        }
        self.bytes = self.bytes.saturating_add(entry.bytes);
        self.earliest = self.earliest.min(entry.expires);
        self.entries.push_back(entry);
        Ok(Offered::Queued)
    }

    fn full(&self, limits: &OutboxLimits) -> OutboxError {
        OutboxError::Full {
            queued: self.entries.len(),
            queued_bytes: self.bytes,
            messages: limits.messages,
            bytes: limits.bytes,
        }
    }

    pub(super) fn pop(&mut self) -> Option<Entry<M>> {
        let entry = self.entries.pop_front()?;
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        if self.entries.is_empty() {
            self.earliest = Instant::NEVER;
        }
        Some(entry)
    }

    /// Puts a message back where it was, by its number. It was accepted before, so that no limit applies.
    pub(super) fn put_back(&mut self, entry: Entry<M>) {
        self.bytes = self.bytes.saturating_add(entry.bytes);
        self.earliest = self.earliest.min(entry.expires);
        // By swaps from the nearer end: `VecDeque::insert` is a lot of code.
        let at = self.entries.partition_point(|other| other.id < entry.id);
        let count = self.entries.len();
        if at < count - at {
            self.entries.push_front(entry);
            (0..at).for_each(|place| self.entries.swap(place, place + 1));
        } else {
            self.entries.push_back(entry);
            (at..count).rev().for_each(|place| self.entries.swap(place, place + 1));
        }
    }

    /// When to look for messages that have expired; `NEVER` if there can be none.
    pub(super) fn next_expiry(&self) -> Instant {
        self.earliest
    }

    /// Takes out what has expired.
    pub(super) fn take_expired(&mut self, now: Instant) -> VecDeque<Entry<M>> {
        let (count, mut expired) = (self.entries.len(), VecDeque::new());
        self.earliest = Instant::NEVER;
        // Once around: what stays is behind the others again, in its order.
        for _ in 0..count {
            let Some(entry) = self.entries.pop_front() else { break };
            if entry.expires <= now {
                self.bytes = self.bytes.saturating_sub(entry.bytes);
                expired.push_back(entry);
            } else {
                self.earliest = self.earliest.min(entry.expires);
                self.entries.push_back(entry);
            }
        }
        expired
    }

    /// Takes out everything.
    pub(super) fn take_all(&mut self) -> VecDeque<Entry<M>> {
        self.bytes = 0;
        self.earliest = Instant::NEVER;
        std::mem::take(&mut self.entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u64, bytes: usize) -> Entry<()> {
        Entry { id: MessageId(id), message: (), bytes, expires: Instant::from_micros(id), tried: false }
    }

    fn limits(messages: usize, bytes: usize, overflow: OutboxOverflow) -> OutboxLimits {
        OutboxLimits { messages, bytes, overflow }
    }

    fn ids(outbox: &Outbox<()>) -> Vec<u64> {
        outbox.entries.iter().map(|entry| entry.id.0).collect()
    }

    #[test]
    fn a_full_outbox_rejects_and_names_both_limits() {
        let limits = limits(2, 10, OutboxOverflow::Reject);
        let mut outbox = Outbox::new();
        assert!(outbox.offer(entry(0, 4), &limits).is_ok());
        assert!(outbox.offer(entry(1, 6), &limits).is_ok(), "an exact fit");
        let full = outbox.offer(entry(2, 0), &limits).unwrap_err();
        assert_eq!(full, OutboxError::Full { queued: 2, queued_bytes: 10, messages: 2, bytes: 10 });
        outbox.pop();
        assert!(outbox.offer(entry(3, 5), &limits).is_err(), "room for one more, but not for its bytes");
        assert!(outbox.offer(entry(4, 4), &limits).is_ok());
        assert_eq!(ids(&outbox), [1, 4]);
    }

    #[test]
    fn what_can_never_fit_is_an_error_whatever_the_policy() {
        for overflow in [OutboxOverflow::Reject, OutboxOverflow::DropOldest, OutboxOverflow::DropNewest] {
            let mut outbox = Outbox::new();
            let limits = limits(5, 10, overflow);
            assert!(outbox.make_room(11, &limits).is_none());
            let offered = outbox.offer(entry(0, 11), &limits);
            assert_eq!(offered.unwrap_err(), OutboxError::TooLarge { size: 11, bytes: 10 });
        }
        let mut outbox = Outbox::new();
        let limits = limits(0, 10, OutboxOverflow::DropOldest);
        assert!(outbox.make_room(0, &limits).is_none() && outbox.offer(entry(0, 0), &limits).is_err());
    }

    #[test]
    fn dropping_the_oldest_makes_just_enough_room_and_gives_them_back() {
        let limits = limits(3, 10, OutboxOverflow::DropOldest);
        let mut outbox = Outbox::new();
        for id in 0..3 {
            assert!(outbox.offer(entry(id, 3), &limits).is_ok());
        }
        let dropped: Vec<_> = std::iter::from_fn(|| outbox.make_room(5, &limits)).map(|entry| entry.id.0).collect();
        assert_eq!(dropped, [0, 1]);
        assert_eq!(outbox.offer(entry(3, 5), &limits), Ok(Offered::Queued));
        assert_eq!((ids(&outbox), outbox.bytes()), (vec![2, 3], 8));
    }

    #[test]
    fn dropping_the_newest_leaves_the_queue_as_it_is() {
        let limits = limits(1, 10, OutboxOverflow::DropNewest);
        let mut outbox = Outbox::new();
        assert!(outbox.offer(entry(0, 3), &limits).is_ok());
        assert!(outbox.make_room(3, &limits).is_none());
        assert_eq!(outbox.offer(entry(1, 3), &limits), Ok(Offered::Dropped));
        assert_eq!(ids(&outbox), [0]);
    }

    #[test]
    fn expired_messages_are_taken_from_anywhere_and_the_rest_keeps_its_order() {
        let limits = OutboxLimits::default();
        let mut outbox = Outbox::new();
        for id in [5, 9, 1, 7] {
            assert!(outbox.offer(entry(id, 1), &limits).is_ok());
        }
        assert_eq!(outbox.next_expiry(), Instant::from_micros(1));
        let expired = outbox.take_expired(Instant::from_micros(5));
        assert_eq!(expired.iter().map(|entry| entry.id.0).collect::<Vec<_>>(), [5, 1]);
        assert_eq!((ids(&outbox), outbox.bytes()), (vec![9, 7], 2));
    }
}
