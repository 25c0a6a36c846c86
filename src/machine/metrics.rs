//! What has been counted.

use std::collections::BTreeMap;
use std::time::Duration;

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
    pub closes: BTreeMap<u16, u64>,
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

impl Metrics {
    pub(super) fn count_close(&mut self, code: u16) {
        let count = self.closes.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn count_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = Some(round_trip);
        self.shortest_round_trip = Some(self.shortest_round_trip.map_or(round_trip, |least| least.min(round_trip)));
    }
}
