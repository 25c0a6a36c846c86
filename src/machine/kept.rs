//! What may have to be queued again, where that is wanted: the newest messages handed over to a transport.

use super::handed::Handed;
use super::metrics::count;
use super::outbox::Entry;
use super::{Fate, Machine, MessageId, Payload};

/// Of one transport. Behind a `dyn`, so that an application which queues nothing again has no code of it.
pub(super) trait Keep<M> {
    /// A message is handed over. Without an entry for one that is never sent twice.
    fn add(&mut self, id: MessageId, bytes: usize, entry: Option<&Entry<M>>);
    /// Takes note of what `bufferedAmount` says: what it no longer covers has left the browser.
    fn note_buffered(&mut self, buffered: u64);
    fn remove(&mut self, id: MessageId);
    /// The transport has ended: queues again what is left, if that may be, and takes it out of what was handed over.
    fn settle(self: Box<Self>, machine: &mut Machine<M>, handed: &mut Handed, requeue: bool);
}

/// What makes one for a transport.
pub(super) type StartKeeping<M> = fn() -> Box<dyn Keep<M>>;

pub(super) struct Kept<M>(Vec<One<M>>);

struct One<M> {
    id: MessageId,
    bytes: usize,
    entry: Option<Entry<M>>,
}

impl<M: Payload> Kept<M> {
    pub(super) fn start() -> Box<dyn Keep<M>> {
        Box::new(Self(Vec::new()))
    }

    /// Once for all that may have to go.
    fn retain(&mut self, keep: &mut dyn FnMut(&One<M>) -> bool) {
        self.0.retain(|kept| keep(kept));
    }
}

impl<M: Payload> Keep<M> for Kept<M> {
    fn add(&mut self, id: MessageId, bytes: usize, entry: Option<&Entry<M>>) {
        self.0.push(One { id, bytes, entry: entry.cloned() });
    }

    fn note_buffered(&mut self, buffered: u64) {
        let mut left: u64 = self.0.iter().map(|kept| kept.bytes as u64).sum();
        let mut leaving = true;
        self.retain(&mut |oldest| {
            let rest = left.saturating_sub(oldest.bytes as u64);
            leaving = leaving && rest >= buffered;
            if leaving {
                left = rest;
            }
            !leaving
        });
    }

    fn remove(&mut self, id: MessageId) {
        self.retain(&mut |kept| kept.id != id);
    }

    fn settle(self: Box<Self>, machine: &mut Machine<M>, handed: &mut Handed, requeue: bool) {
        // The newest first: each is the last one then.
        for kept in self.0.iter().rev() {
            handed.take_back(kept.id, kept.bytes);
        }
        for kept in self.0 {
            match kept.entry.filter(|_| requeue) {
                Some(entry) => {
                    machine.outbox.put_back(Entry { tried: true, ..entry });
                    machine.fate(kept.id, kept.bytes, Fate::Queued);
                }
                None => {
                    count(&mut machine.metrics.unknown, 1);
                    machine.fate(kept.id, kept.bytes, Fate::Unknown);
                }
            }
        }
    }
}

impl<M> std::fmt::Debug for dyn Keep<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keep")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_browser_still_buffers_is_kept() {
        let mut kept = Kept::<()>(Vec::new());
        (0..4).for_each(|id| kept.add(MessageId(id), 10, None));
        let ids = |kept: &Kept<()>| kept.0.iter().map(|kept| kept.id.0).collect::<Vec<_>>();
        kept.note_buffered(40);
        assert_eq!(ids(&kept), [0, 1, 2, 3]);
        kept.note_buffered(11);
        assert_eq!(ids(&kept), [2, 3], "a message of which a part has left counts too");
        kept.note_buffered(0);
        assert_eq!(ids(&kept), [0; 0]);
    }
}
