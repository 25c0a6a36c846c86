//! What has been counted.

use std::time::Duration;

use super::time::Span;

/// Counts of one socket, from its beginning on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Attempts to connect, candidates to replace a connection included.
    pub attempts: u64,
    /// Connections that were up.
    pub opens: u64,
    /// Connections that were up and were replaced by a newer one without a gap.
    pub replaced: u64,
    /// How connections that were up, and failed attempts that opened, ended: how many by each close code. 1006 is a connection that broke.
    pub closes: Closes,
    /// Connections given up since nothing came.
    pub dead: u64,
    /// Messages handed to the browser, without heartbeats.
    pub messages_sent: u64,
    /// Bytes of their payloads.
    pub bytes_sent: u64,
    /// Messages received, answers to heartbeats included.
    pub messages_received: u64,
    /// Bytes of their payloads.
    pub bytes_received: u64,
    /// Messages dropped since the outbox was full.
    pub dropped: u64,
    /// Messages that expired in the outbox.
    pub expired: u64,
    /// Messages that were accepted and could never be handed over.
    pub failed: u64,
    /// Messages handed over to a connection that then ended.
    pub unknown: u64,
    /// The last round trip of the heartbeat.
    pub round_trip: Option<Duration>,
    /// The shortest one.
    pub shortest_round_trip: Option<Duration>,
    /// For how long there was a connection.
    pub connected: Duration,
}

/// Counts. Smaller as a call, of which there are many.
#[inline(never)]
pub(super) fn count(counter: &mut u64, more: u64) {
    *counter = counter.saturating_add(more);
}

impl Metrics {
    #[inline(never)] // As above.
    pub(super) fn count_connected(&mut self, more: Span) {
        self.connected = Span::from(self.connected).plus(more).duration();
    }

    pub(super) fn count_close(&mut self, code: u16) {
        self.closes.count(code);
    }

    pub(super) fn count_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = Some(round_trip);
        self.shortest_round_trip = Some(self.shortest_round_trip.map_or(round_trip, |least| least.min(round_trip)));
    }
}

/// How often each close code was seen.
#[derive(Clone, Debug, Default)]
pub struct Closes(Vec<(u16, u64)>);

impl Closes {
    /// How often this code was seen.
    #[must_use]
    pub fn get(&self, code: u16) -> u64 {
        self.0.iter().find(|(known, _)| *known == code).map_or(0, |(_, count)| *count)
    }

    /// Each code that was seen, and how often, in the order of the codes.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u64)> {
        // They are few, and asked for seldom.
        let mut from = 0_u32;
        std::iter::from_fn(move || {
            let left = self.0.iter().filter(|(code, _)| u32::from(*code) >= from);
            let next = left.min_by_key(|(code, _)| *code)?;
            from = u32::from(next.0) + 1;
            Some(*next)
        })
    }

    fn count(&mut self, code: u16) {
        match self.0.iter_mut().find(|(known, _)| *known == code) {
            Some((_, counter)) => count(counter, 1),
            None => self.0.push((code, 1)),
        }
    }
}

impl PartialEq for Closes {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Closes {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_counted_and_told_in_their_order() {
        let mut closes = Closes::default();
        [1006, 1000, 4000, 1006].into_iter().for_each(|code| closes.count(code));
        assert_eq!(closes.iter().collect::<Vec<_>>(), [(1000, 1), (1006, 2), (4000, 1)]);
        assert_eq!([closes.get(1006), closes.get(1001)], [2, 0]);
    }
}
