//! The messages of one channel.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tautline::MessageRef;
use tautline::channel::wire::{Frame, MAX_NUMBER, Missed};
use tokio::time::Instant;

use super::MemoryLimits;
use crate::channel::broker::{Batch, Budget, Data, Delivery, Place, Position};

/// Bounded by count, bytes and age.
#[derive(Debug)]
pub(super) struct History {
    epoch: Arc<str>,
    newest: u64,
    /// Of all payloads of this epoch.
    written: u64,
    entries: VecDeque<Entry>,
    /// Of the payloads of `entries`.
    bytes: u64,
    total: Arc<AtomicU64>,
    most: usize,
    most_bytes: u64,
    age: Duration,
}

#[derive(Debug)]
struct Entry {
    length: u64,
    at: Instant,
    delivery: Delivery,
}

/// How much of a channel is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel) struct HistorySize {
    pub(in crate::channel) messages: usize,
    pub(in crate::channel) bytes: u64,
    /// The first offset that is there; the one after the newest where none is.
    pub(in crate::channel) first: u64,
}

impl History {
    pub(super) fn new(limits: &MemoryLimits, total: Arc<AtomicU64>) -> Self {
        Self {
            epoch: new_epoch(),
            newest: 0,
            written: 0,
            entries: VecDeque::new(),
            bytes: 0,
            total,
            most: limits.history_messages,
            most_bytes: limits.history_bytes as u64,
            age: limits.history_age,
        }
    }

    pub(super) fn position(&self) -> Position {
        Position { epoch: self.epoch.clone(), newest: self.newest, bytes: self.written }
    }

    pub(super) fn size(&self) -> HistorySize {
        HistorySize { messages: self.entries.len(), bytes: self.bytes, first: self.first() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a message, and drops what there is no room for any more. The newest message is always kept, for those who watch.
    pub(super) fn push(&mut self, payload: MessageRef<'_>, now: Instant) -> u64 {
        if self.newest >= MAX_NUMBER {
            self.begin_anew();
        }
        let length = payload.byte_len() as u64;
        self.newest += 1;
        self.written += length;
        self.bytes += length;
        self.total.fetch_add(length, Ordering::Relaxed);
        let frame = Data::frame(&Frame::Message { offset: self.newest, payload });
        let delivery = Delivery { offset: self.newest, bytes: self.written, frame };
        self.entries.push_back(Entry { length, at: now, delivery });
        while self.entries.len() > 1 && (self.entries.len() > self.most || self.bytes > self.most_bytes) {
            self.drop_first();
        }
        self.expire(now);
        self.newest
    }

    pub(super) fn expire(&mut self, now: Instant) {
        while self.entries.front().is_some_and(|entry| now.saturating_duration_since(entry.at) > self.age) {
            self.drop_first();
        }
    }

    pub(super) fn keep_newest(&mut self) {
        while self.entries.len() > 1 {
            self.drop_first();
        }
    }

    pub(super) fn clear(&mut self) {
        while !self.entries.is_empty() {
            self.drop_first();
        }
    }

    pub(super) fn begin_anew(&mut self) {
        self.clear();
        self.epoch = new_epoch();
        self.newest = 0;
        self.written = 0;
    }

    pub(super) fn read(&self, place: Option<Place<'_>>, budget: Budget) -> Batch {
        let first = self.first();
        let asked = match place {
            None => self.newest,
            // One that is ahead of the channel has nothing to come.
            Some(place) if place.epoch == &*self.epoch => place.after.min(self.newest),
            Some(_) => 0,
        };
        let after = asked.max(first - 1);
        let missed = (asked < after).then_some(Missed { from: asked + 1, to: after });
        let skipped = usize::try_from(after + 1 - first).unwrap_or(usize::MAX);
        let mut messages = Vec::new();
        let mut bytes = 0;
        for entry in self.entries.iter().skip(skipped).take(budget.messages) {
            bytes += entry.length;
            if !messages.is_empty() && bytes > budget.bytes as u64 {
                break;
            }
            messages.push(entry.delivery.clone());
        }
        Batch { epoch: self.epoch.clone(), newest: self.newest, after, missed, messages }
    }

    fn first(&self) -> u64 {
        self.newest + 1 - self.entries.len() as u64
    }

    fn drop_first(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.bytes -= entry.length;
            self.total.fetch_sub(entry.length, Ordering::Relaxed);
        }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.clear();
    }
}

fn new_epoch() -> Arc<str> {
    format!("{:016x}", fastrand::u64(..)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Budget = Budget { messages: usize::MAX, bytes: usize::MAX };

    fn history(messages: usize, bytes: usize) -> History {
        let limits = MemoryLimits { history_messages: messages, history_bytes: bytes, ..MemoryLimits::default() };
        History::new(&limits, Arc::default())
    }

    fn filled(history: &mut History, count: usize) {
        for number in 1..=count {
            history.push(MessageRef::Text(&format!("{number:04}")), Instant::now());
        }
    }

    fn offsets(batch: &Batch) -> Vec<u64> {
        batch.messages.iter().map(|message| message.offset).collect()
    }

    #[test]
    fn offsets_begin_with_1_and_grow_by_one() {
        let mut history = history(10, 100);
        assert_eq!((history.position().newest, history.size().first), (0, 1));
        filled(&mut history, 3);
        let epoch = history.epoch.clone();
        let batch = history.read(Some(Place { epoch: &epoch, after: 1 }), ALL);
        assert_eq!((offsets(&batch), batch.after, batch.missed), (vec![2, 3], 1, None));
        assert_eq!(batch.messages[0].frame, Data::Text("m2:0002".into()));
        let batch = history.read(None, ALL);
        assert_eq!((offsets(&batch), batch.after, batch.missed), (vec![], 3, None));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_or_they_are_too_large_or_too_old() {
        let mut few = history(2, 100);
        filled(&mut few, 5);
        assert_eq!((few.size().first, few.size().messages), (4, 2));
        let mut small = history(100, 9);
        filled(&mut small, 5);
        assert_eq!((small.size().first, small.size().bytes), (4, 8));
        small.push(MessageRef::Text(&"x".repeat(50)), Instant::now());
        assert_eq!((small.size().first, small.size().messages), (6, 1), "the newest is kept though it is too large");
        let later = Instant::now() + Duration::from_secs(301);
        small.expire(later);
        assert!(small.is_empty());
        assert_eq!((small.position().newest, small.total.load(Ordering::Relaxed)), (6, 0));
    }

    #[test]
    fn what_is_gone_is_named_and_what_is_left_is_read() {
        let mut history = history(2, 100);
        filled(&mut history, 5);
        let epoch = history.epoch.clone();
        let read = |epoch: &str, after| {
            let batch = history.read(Some(Place { epoch, after }), ALL);
            (offsets(&batch), batch.after, batch.missed)
        };
        assert_eq!(read(&epoch, 1), (vec![4, 5], 3, Some(Missed { from: 2, to: 3 })));
        assert_eq!(read(&epoch, 3), (vec![4, 5], 3, None));
        assert_eq!(read(&epoch, 5), (vec![], 5, None));
        assert_eq!(read("another", 4), (vec![4, 5], 3, Some(Missed { from: 1, to: 3 })));
    }

    #[test]
    fn a_new_epoch_begins_at_0() {
        let mut history = history(10, 100);
        filled(&mut history, 3);
        let epoch = history.epoch.clone();
        history.begin_anew();
        assert_ne!(history.epoch, epoch);
        let batch = history.read(Some(Place { epoch: &epoch, after: 3 }), ALL);
        assert_eq!((offsets(&batch), batch.after, batch.missed, batch.newest), (vec![], 0, None, 0));
    }

    #[test]
    fn the_last_number_of_all_begins_a_new_epoch() {
        let mut history = history(10, 100);
        history.newest = MAX_NUMBER - 1;
        let epoch = history.epoch.clone();
        assert_eq!(history.push(MessageRef::Text(""), Instant::now()), MAX_NUMBER);
        assert_eq!(history.epoch, epoch);
        assert_eq!(history.push(MessageRef::Text(""), Instant::now()), 1);
        assert_ne!(history.epoch, epoch);
    }

    #[test]
    fn no_more_is_read_than_the_budget_allows_but_always_one() {
        let mut history = history(10, 100);
        filled(&mut history, 5);
        let epoch = history.epoch.clone();
        let read = |messages, bytes| {
            offsets(&history.read(Some(Place { epoch: &epoch, after: 1 }), Budget { messages, bytes }))
        };
        assert_eq!(read(2, 100), [2, 3]);
        assert_eq!(read(9, 8), [2, 3]);
        assert_eq!(read(9, 1), [2]);
    }
}
