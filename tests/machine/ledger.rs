//! What became of every message, as the world sees it, and whether that is what was told.

use std::collections::{BTreeMap, BTreeSet};

use tautline::machine::{Fate, Machine, MessageId, Metrics};

use crate::world::Load;

/// The book of all accepted messages.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What became of each, and its size.
    messages: BTreeMap<MessageId, (Fate, usize)>,
    /// The last message handed over in its turn.
    last_sent: Option<MessageId>,
    /// The one before it.
    sent_before: Option<MessageId>,
    /// Those that are sent now or never.
    pub(crate) once: BTreeSet<MessageId>,
    /// Every fate that was told.
    pub(crate) reached: BTreeSet<String>,
    /// Whether messages may be sent twice, and so out of their order.
    requeue: bool,
    /// Whether the message being sent may go before its turn.
    pub(crate) urgent: bool,
}

impl Ledger {
    pub(crate) fn new(requeue: bool) -> Self {
        Self { requeue, ..Self::default() }
    }

    pub(crate) fn accepted(&mut self, id: MessageId, bytes: usize) {
        let newest = self.messages.last_key_value().map(|(id, _)| *id);
        assert!(newest < Some(id), "numbers grow");
        self.messages.insert(id, (Fate::Queued, bytes));
    }

    pub(crate) fn handed_over(&mut self, id: MessageId) {
        let (fate, _) = self.messages.get_mut(&id).expect("an accepted message");
        assert_eq!(*fate, Fate::Queued, "{id} is handed over once");
        *fate = Fate::HandedOver;
        self.sent_before = self.last_sent;
        if !self.urgent {
            assert!(self.requeue || self.last_sent < Some(id), "{id} in its turn, after {:?}", self.last_sent);
            self.last_sent = Some(id);
        }
    }

    /// The browser did not take the message that was just handed over: it may be handed over again.
    pub(crate) fn not_taken(&mut self) {
        self.last_sent = self.sent_before;
    }

    pub(crate) fn size(&self, id: MessageId) -> Option<usize> {
        self.messages.get(&id).map(|(_, bytes)| *bytes)
    }

    pub(crate) fn fate(&self, id: MessageId) -> Option<Fate> {
        self.messages.get(&id).map(|(fate, _)| *fate)
    }

    /// The machine tells what became of messages.
    pub(crate) fn note(&mut self, first: MessageId, last: MessageId, new: Fate, told: (u64, u64)) {
        self.reached.insert(format!("{new:?}"));
        assert!(new != Fate::Queued || !self.once.contains(&first), "{first} is never queued");
        let (mut sum, one) = ((0, 0), first == last);
        for (id, (fate, bytes)) in self.messages.range_mut(first..=last) {
            let fits = match new {
                // What was queued again may have arrived the first time.
                Fate::Unknown if self.requeue && one => matches!(*fate, Fate::HandedOver | Fate::Queued),
                // It was noted with the output before.
                Fate::HandedOver | Fate::Unknown | Fate::Queued => *fate == Fate::HandedOver,
                Fate::Dropped | Fate::Expired => *fate == Fate::Queued,
                Fate::Failed => matches!(*fate, Fate::Queued | Fate::HandedOver),
                _ => false,
            };
            if fits && (one || new == Fate::Unknown) {
                *fate = new;
                sum = (sum.0 + 1, sum.1 + *bytes as u64);
            }
            assert!(fits || !one, "{id} was {fate:?}, and is to be {new:?}");
        }
        assert_eq!(sum, told, "{new:?}, {first} to {last}: messages and bytes");
    }

    /// What was counted has to be what was told.
    pub(crate) fn check_metrics(&self, metrics: &Metrics) {
        let count = |wanted| self.messages.values().filter(|(fate, _)| *fate == wanted).count() as u64;
        let told = [Fate::Dropped, Fate::Expired, Fate::Failed, Fate::Unknown].map(count);
        assert_eq!([metrics.dropped, metrics.expired, metrics.failed, metrics.unknown], told);
    }

    /// The machine's own account has to be the same.
    pub(crate) fn check(&self, machine: &Machine<Load>) {
        let queued: Vec<_> = self.messages.values().filter(|(fate, _)| *fate == Fate::Queued).collect();
        let bytes = queued.iter().map(|(_, bytes)| bytes).sum::<usize>();
        assert_eq!(machine.queued(), (queued.len(), bytes), "every accepted message is queued, or its end was told");
        if let Some((id, (fate, _))) = self.messages.last_key_value()
            && *fate == Fate::Queued
        {
            assert_eq!(machine.fate_of(*id), Some(Fate::Queued));
        }
    }
}
