//! What is to come, in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Micros;

/// The width of a slot.
const SLOT: Micros = 10_000;

/// Clients by time; of one time, the lower index first. One slot at a time is kept in order, and what is later only by slot: most
/// of it is a million entries that need not be sorted yet.
#[derive(Debug, Default)]
pub struct Agenda {
    /// The slot that `due` is of; nothing is earlier.
    current: usize,
    due: BinaryHeap<Reverse<(Micros, u32)>>,
    later: Vec<Vec<(Micros, u32)>>,
}

impl Agenda {
    /// Adds a client. A time before what was taken last counts as that slot's.
    pub fn add(&mut self, at: Micros, client: u32) {
        let slot = usize::try_from(at / SLOT).unwrap_or(usize::MAX);
        if slot <= self.current {
            self.due.push(Reverse((at, client)));
            return;
        }
        if slot >= self.later.len() {
            self.later.resize_with(slot + 1, Vec::new);
        }
        if let Some(entries) = self.later.get_mut(slot) {
            entries.push((at, client));
        }
    }

    /// Takes the earliest one.
    pub fn take(&mut self) -> Option<(Micros, u32)> {
        while self.due.is_empty() {
            self.current += 1;
            let entries = std::mem::take(self.later.get_mut(self.current)?);
            self.due = entries.into_iter().map(Reverse).collect();
        }
        self.due.pop().map(|Reverse(entry)| entry)
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    #[test]
    fn all_come_in_the_order_of_time_also_what_is_added_meanwhile() {
        let (mut agenda, mut rng) = (Agenda::default(), Rng::with_seed(1));
        (0..5000).for_each(|client| agenda.add(rng.u64(0..10_000_000), client));
        let (mut taken, mut last) = (0, (0, 0));
        while let Some(entry) = agenda.take() {
            assert!(entry >= last, "{entry:?} after {last:?}");
            last = entry;
            taken += 1;
            if taken <= 5000 {
                agenda.add(entry.0 + rng.u64(1..100_000), 5000 + taken);
            }
        }
        assert_eq!(taken, 10_000);
    }
}
