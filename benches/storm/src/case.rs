//! The cases: which outage, which server, which clients; and what our defaults have to reach in them.

use tautline::StatusCode;

use crate::network::Browser;
use crate::server::Full;
use crate::time::{Micros, NEVER, SECOND};

/// The number of clients that the sizes of the queues are given for. With another number of clients capacity and queue are scaled
/// with it.
pub const CLIENTS: u32 = 1_000_000;

/// What the server's machine answers while the server is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down {
    /// A reset, at once.
    Refuses,
    /// Nothing: a black hole.
    Silent,
}

/// What has to be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// With contention: nobody stranded, 99 % back within 1.40 times the ideal, at most 5 % wasted, and this peak.
    Storm {
        /// The highest peak, as a ratio to C.
        peak: f64,
    },
    /// Without contention: nobody stranded, and half of the clients back after this many seconds.
    Wait {
        /// The longest median wait, in seconds.
        median_s: f64,
    },
    /// Nothing: it is shown beside the others.
    None,
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name on the command line.
    pub name: &'static str,
    /// How long the server is down, in seconds.
    pub outage_s: u64,
    /// N/C: how many seconds the server takes to accept all clients. `None`: any number at once.
    pub drain_s: Option<u64>,
    /// The room in the accept queue, for a million clients.
    pub queue: u32,
    /// What a full queue does.
    pub full: Full,
    /// What is there while the server is down.
    pub down: Down,
    /// Within which time the clients notice the loss, in milliseconds.
    pub notice_ms: u64,
    /// The close code that the clients see: 1006 where the connection was cut.
    pub code: StatusCode,
    /// The browser the clients run in.
    pub browser: Browser,
    /// What our defaults have to reach.
    pub target: Target,
}

const SHORT: u32 = 65_536;
const LONG: u32 = 500_000;

/// What most cases have in common.
const BASE: Case = Case {
    name: "",
    outage_s: 60,
    drain_s: Some(20),
    queue: SHORT,
    full: Full::Refuse,
    down: Down::Refuses,
    notice_ms: 50,
    code: StatusCode::ABNORMAL_CLOSURE,
    browser: Browser::Prompt,
    target: Target::None,
};

const fn storm(name: &'static str, outage_s: u64, queue: u32, peak: f64) -> Case {
    Case { name, outage_s, queue, target: Target::Storm { peak }, ..BASE }
}

const fn beside(name: &'static str, outage_s: u64) -> Case {
    Case { name, outage_s, ..BASE }
}

/// The six cases that have targets, then those of short blips, which have targets of their own, then those that are shown beside them.
pub static CASES: [Case; 27] = [
    storm("5s-short", 5, SHORT, 3.0),
    storm("5s-long", 5, LONG, 3.0),
    storm("60s-short", 60, SHORT, 2.1),
    storm("60s-long", 60, LONG, 2.1),
    storm("600s-short", 600, SHORT, 2.1),
    storm("600s-long", 600, LONG, 2.1),
    Case { drain_s: None, target: Target::Wait { median_s: 2.0 }, ..beside("2s-free", 2) },
    Case { drain_s: None, target: Target::Wait { median_s: 5.0 }, ..beside("5s-free", 5) },
    beside("0s", 0),
    Case { queue: LONG, ..beside("0s-long", 0) },
    beside("1s", 1),
    beside("2s", 2),
    beside("15s", 15),
    beside("30s", 30),
    Case { drain_s: Some(4), ..beside("5s-quick", 5) },
    Case { drain_s: Some(4), ..beside("60s-quick", 60) },
    Case { drain_s: Some(60), ..beside("5s-slow", 5) },
    Case { drain_s: Some(60), ..beside("60s-slow", 60) },
    Case { full: Full::Drop, ..beside("5s-drop", 5) },
    Case { full: Full::Drop, ..beside("60s-drop", 60) },
    Case { notice_ms: 5000, ..beside("5s-spread", 5) },
    Case { notice_ms: 5000, ..beside("60s-spread", 60) },
    Case { code: StatusCode::GOING_AWAY, ..beside("close-1001", 0) },
    Case { code: StatusCode::SERVICE_RESTART, ..beside("close-1012", 5) },
    Case { browser: Browser::Firefox, ..beside("60s-firefox", 60) },
    Case { browser: Browser::Firefox, ..beside("600s-firefox", 600) },
    Case { down: Down::Silent, ..beside("60s-silent", 60) },
];

impl Case {
    /// Whether our defaults have to reach something in it.
    #[must_use]
    pub fn has_target(&self) -> bool {
        self.target != Target::None
    }

    /// Whether it is one of those that run if none is named.
    #[must_use]
    pub fn is_main(&self) -> bool {
        matches!(self.target, Target::Storm { .. })
    }

    /// When the server is back, counted from the loss.
    #[must_use]
    pub fn back(&self) -> Micros {
        self.outage_s * SECOND
    }

    /// When the simulation ends: at 20 times the ideal after the server is back, at half an hour if that is later.
    #[must_use]
    pub fn end(&self) -> Micros {
        let ideal_s = self.drain_s.unwrap_or(0) as f64 * 0.99;
        self.back() + ((20.0 * ideal_s) as Micros).max(1800) * SECOND
    }

    /// C for so many clients, in handshakes a second.
    #[must_use]
    pub fn capacity(&self, clients: u32) -> Option<f64> {
        self.drain_s.map(|drain_s| f64::from(clients) / drain_s as f64)
    }

    /// The time between two handshakes, for so many clients, in nanoseconds.
    #[must_use]
    pub fn interval_ns(&self, clients: u32) -> u64 {
        self.capacity(clients).map_or(0, |capacity| (1e9 / capacity).round() as u64)
    }

    /// The room in the accept queue for so many clients, or no limit without contention.
    #[must_use]
    pub fn queue(&self, clients: u32) -> u64 {
        match self.drain_s {
            None => NEVER,
            Some(_) => (u64::from(self.queue) * u64::from(clients) / u64::from(CLIENTS)).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let names: HashSet<_> = CASES.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), CASES.len());
    }

    #[test]
    fn capacity_and_queue_are_scaled_with_the_clients() {
        let case = &CASES[0];
        assert_eq!((case.interval_ns(1_000_000), case.queue(1_000_000)), (20_000, 65_536));
        assert_eq!((case.interval_ns(100_000), case.queue(100_000)), (200_000, 6553));
        assert_eq!(case.capacity(1_000_000), Some(50_000.0));
    }

    #[test]
    fn the_end_is_half_an_hour_or_twenty_times_the_ideal() {
        assert_eq!(CASES[0].end(), 1805 * SECOND);
        let slow = Case { drain_s: Some(600), ..CASES[0] };
        assert_eq!(slow.end(), (5 + 11_880) * SECOND);
    }
}
