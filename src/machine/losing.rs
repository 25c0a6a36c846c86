//! Messages that leave the outbox without being handed over.

use std::collections::VecDeque;

use super::metrics::count;
use super::outbox::Entry;
use super::time::Instant;
use super::timer::Timer;
use super::{Fate, Machine, Payload};

impl<M: Payload> Machine<M> {
    /// Drops what has waited for too long.
    pub(super) fn expire(&mut self, now: Instant) {
        if let Some(expire) = self.expire {
            expire(self, now);
        }
    }

    pub(super) fn drop_expired(&mut self, now: Instant) {
        if self.outbox.next_expiry() <= now {
            let expired = self.outbox.take_expired(now);
            self.lose_all(expired, Fate::Expired);
        }
        self.set_expiry();
    }

    pub(super) fn set_expiry(&mut self) {
        self.timers.set(Timer::Expiry, self.outbox.next_expiry());
    }

    /// What waits can't be sent any more.
    pub(super) fn fail_outbox(&mut self) {
        let all = self.outbox.take_all();
        self.lose_all(all, Fate::Failed);
        self.timers.clear(Timer::Expiry);
    }

    fn lose_all(&mut self, mut entries: VecDeque<Entry<M>>, fate: Fate) {
        while let Some(entry) = entries.pop_front() {
            self.lose(&entry, fate);
        }
    }

    /// A message leaves the outbox without being handed over. One that was handed over before may have arrived all the same.
    pub(super) fn lose(&mut self, entry: &Entry<M>, fate: Fate) {
        let fate = if entry.tried { Fate::Unknown } else { fate };
        let counter = match fate {
            Fate::Dropped => &mut self.metrics.dropped,
            Fate::Expired => &mut self.metrics.expired,
            Fate::Unknown => &mut self.metrics.unknown,
            _ => &mut self.metrics.failed,
        };
        count(counter, 1);
        self.fate(entry.id, entry.bytes, fate);
    }
}
