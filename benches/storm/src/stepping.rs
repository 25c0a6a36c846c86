//! Clients that step down whenever a handshake fails, without asking why: WebSocket, Server-Sent Events, long polling, polling. What
//! worked is what they stay with.
//!
//! Their waits and timeouts are the channel's own, so that what tells them from it is the stepping down alone.

use fastrand::Rng;
use tautline::StatusCode;

use crate::client::{Answered, Client, Next, Policy};
use crate::time::{Micros, SECOND};
use crate::ways::Way;

/// One way to step down.
#[derive(Clone, Copy, Debug)]
pub struct Stepping {
    /// Its name on the command line and in the tables.
    pub name: &'static str,
    /// What it does, in words.
    pub rule: &'static str,
    /// Whether it waits longer and longer; else it goes down at once, and polls at its fixed rate from then on.
    pub patient: bool,
}

/// Both of them.
pub static STEPPING: [Stepping; 2] = [
    Stepping {
        name: "steps-down",
        rule: "full jitter up to 1 s · 3ᵏ, up to 20 s; connect timeout 20, then 30 s; each failure is a step down",
        patient: true,
    },
    Stepping {
        name: "polls-on",
        rule: "the first wait as above; each failure is a step down, at once; then a poll each 2 s, whatever comes of it",
        patient: false,
    },
];

/// One such client.
#[derive(Clone, Debug)]
pub struct SteppingClient {
    rule: &'static Stepping,
    rng: Rng,
    /// The way it tries, or has.
    way: Way,
    connected: bool,
    retries: u32,
}

impl SteppingClient {
    fn next(&mut self, now: Micros) -> Next {
        let k = self.retries;
        self.retries += 1;
        let longest = SECOND.saturating_mul(3_u64.saturating_pow(k)).min(20 * SECOND);
        let wait = match (self.rule.patient || k == 0, self.way) {
            (true, _) => (self.rng.f64() * longest as f64) as Micros,
            (false, Way::Polling) if k > 3 => Way::Polling.period().unwrap_or(SECOND),
            (false, _) => 0,
        };
        let at = now + wait;
        Next::Attempt { at, deadline: at + 10 * SECOND * (u64::from(k.min(1)) + 2) }
    }

    fn failed(&mut self, now: Micros) -> Next {
        self.way = self.way.lower();
        self.next(now)
    }
}

impl Client for SteppingClient {
    fn lose(&mut self, now: Micros, _code: StatusCode) -> Next {
        self.connected = false;
        self.next(now)
    }

    fn refused(&mut self, now: Micros) -> Next {
        self.failed(now)
    }

    fn time_out(&mut self, now: Micros) -> Next {
        self.failed(now)
    }

    fn open(&mut self, _now: Micros) -> Answered {
        self.connected = true;
        Answered::Up
    }

    fn way(&self) -> Option<Way> {
        self.connected.then_some(self.way)
    }

    fn has_stepped_down(&self) -> bool {
        self.way != Way::WebSocket
    }
}

impl Policy for &'static Stepping {
    type Client = SteppingClient;

    fn client(&self, seed: u64) -> SteppingClient {
        SteppingClient { rule: self, rng: Rng::with_seed(seed), way: Way::WebSocket, connected: true, retries: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_a_step_down_and_polls_go_on_at_their_rate() {
        let policy = &STEPPING[1];
        let mut client = policy.client(1);
        let mut next = client.lose(0, StatusCode::ABNORMAL_CLOSURE);
        let mut seen = vec![];
        for _ in 0..6 {
            let Next::Attempt { at, .. } = next else { panic!("it never gives up") };
            seen.push((client.way, at));
            next = client.refused(at);
        }
        let ways: Vec<_> = seen.iter().map(|(way, _)| *way).collect();
        assert_eq!(ways, [&Way::ALL[..], &[Way::Polling; 2]].concat());
        let waits: Vec<_> = seen.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
        assert_eq!(waits, [0, 0, 0, 2_050_000, 2_050_000]);
        assert_eq!(client.way(), None);
        client.open(1);
        assert_eq!((client.way(), client.has_stepped_down()), (Some(Way::Polling), true));
    }
}
