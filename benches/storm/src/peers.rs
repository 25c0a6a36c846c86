//! The peers, by their formulas: how long each waits before a retry, and when it gives up on an attempt.
//!
//! Times are in milliseconds here, as in the peers' sources. `k` is the number of the retry, from 0; `r` is drawn anew for each, and
//! uniform in [0, 1).

use fastrand::Rng;
use tautline::StatusCode;

use crate::client::{Answered, Client, Next, Policy};
use crate::time::{Micros, NEVER, SECOND};

/// The way one peer reconnects.
#[derive(Clone, Copy)]
pub struct Formula {
    /// Its name on the command line and in the tables.
    pub name: &'static str,
    /// What it does, in words.
    pub rule: &'static str,
    /// The wait before retry `k` in ms; `None` where it has given up. The second number is drawn once for each client.
    pub delay: fn(k: u32, constant: f64, rng: &mut Rng) -> Option<f64>,
    /// Its connect timeout.
    pub connect_timeout_s: Option<u64>,
}

impl std::fmt::Debug for Formula {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Formula").field("name", &self.name).field("rule", &self.rule).finish_non_exhaustive()
    }
}

/// All of them.
pub static PEERS: [Formula; 9] = [
    Formula {
        name: "reconnecting-websocket",
        rule: "(1 s + 4 s · r) · 1.3ᵏ up to 10 s, r drawn once a page; connect timeout 4 s",
        delay: |k, constant, _| Some(grown(1000.0 + 4000.0 * constant, 1.3, k).min(10_000.0)),
        connect_timeout_s: Some(4),
    },
    Formula {
        name: "partysocket",
        rule: "3 s · 1.3ᵏ up to 10 s, no jitter; connect timeout 4 s",
        delay: |k, _, _| Some(grown(3000.0, 1.3, k).min(10_000.0)),
        connect_timeout_s: Some(4),
    },
    Formula {
        name: "socket.io",
        rule: "1 s · 2ᵏ ± up to 50 %, then cut to 5 s; connect timeout 20 s. From k = 1014 on, after 85 minutes, the power has \
               overflowed, and half of the waits are 0",
        delay: |k, _, rng| Some(socket_io(k, rng)),
        connect_timeout_s: Some(20),
    },
    Formula {
        name: "signalr",
        rule: "0, 2, 10, 30 s, no jitter, then gives up; connect timeout 100 s",
        delay: |k, _, _| listed(&[0.0, 2000.0, 10_000.0, 30_000.0], k),
        connect_timeout_s: Some(100),
    },
    Formula {
        name: "centrifuge",
        rule: "0.5 s + full jitter up to 0.5 s · 2ᵏ, up to 20 s; connect timeout 5 s",
        delay: |k, _, rng| Some((500.0 + rng.f64() * grown(500.0, 2.0, k).min(20_000.0)).min(20_000.0)),
        connect_timeout_s: Some(5),
    },
    Formula {
        name: "phoenix",
        rule: "10, 50, 100, 150, 200, 250, 500 ms, 1, 2, then 5 s, no jitter; no connect timeout",
        delay: |k, _, _| {
            let list = [10.0, 50.0, 100.0, 150.0, 200.0, 250.0, 500.0, 1000.0, 2000.0];
            Some(listed(&list, k).unwrap_or(5000.0))
        },
        connect_timeout_s: None,
    },
    Formula {
        name: "graphql-ws",
        rule: "1 s · 2ᵏ + 0.3 to 3 s, gives up after 5 attempts; no connect timeout",
        delay: |k, _, rng| (k < 5).then(|| grown(1000.0, 2.0, k) + 300.0 + 2700.0 * rng.f64()),
        connect_timeout_s: None,
    },
    Formula {
        name: "nats",
        rule: "2 s + up to 0.1 s, gives up after 10 attempts (one server); connect timeout 20 s",
        delay: |k, _, rng| (k < 10).then(|| 2000.0 + 100.0 * rng.f64()),
        connect_timeout_s: Some(20),
    },
    Formula {
        name: "sockette",
        rule: "always 1 s (sockette, vueuse); no connect timeout",
        delay: |_, _, _| Some(1000.0),
        connect_timeout_s: None,
    },
];

/// `base · factorᵏ`; infinite beyond the range, as in JavaScript.
fn grown(base: f64, factor: f64, k: u32) -> f64 {
    base * factor.powi(i32::try_from(k).unwrap_or(i32::MAX))
}

fn listed(delays: &[f64], k: u32) -> Option<f64> {
    delays.get(usize::try_from(k).ok()?).copied()
}

/// With its overflow: ∞ − ∞ is no number, and `| 0` makes 0 of it.
fn socket_io(k: u32, rng: &mut Rng) -> f64 {
    let middle = grown(1000.0, 2.0, k);
    let deviation = (rng.f64() * 0.5 * middle).floor();
    let delay = if rng.bool() { middle + deviation } else { middle - deviation };
    if delay.is_nan() { 0.0 } else { delay.min(5000.0) }
}

/// A client of a peer.
#[derive(Clone, Debug)]
pub struct FormulaClient {
    formula: &'static Formula,
    rng: Rng,
    constant: f64,
    retries: u32,
}

impl FormulaClient {
    fn next(&mut self, now: Micros) -> Next {
        let Some(ms) = (self.formula.delay)(self.retries, self.constant, &mut self.rng) else { return Next::GiveUp };
        self.retries = self.retries.saturating_add(1);
        // Not negative, and at most some days.
        let at = now + (ms * 1000.0) as Micros;
        Next::Attempt { at, deadline: self.formula.connect_timeout_s.map_or(NEVER, |s| at + s * SECOND) }
    }
}

impl Client for FormulaClient {
    fn lose(&mut self, now: Micros, _code: StatusCode) -> Next {
        self.next(now)
    }

    fn refused(&mut self, now: Micros) -> Next {
        self.next(now)
    }

    fn time_out(&mut self, now: Micros) -> Next {
        self.next(now)
    }

    fn open(&mut self, _now: Micros) -> Answered {
        self.retries = 0;
        Answered::Up
    }
}

impl Policy for &'static Formula {
    type Client = FormulaClient;

    fn client(&self, seed: u64) -> FormulaClient {
        let mut rng = Rng::with_seed(seed);
        FormulaClient { formula: self, constant: rng.f64(), rng, retries: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shortest and longest wait before retry `k`, in ms, of many clients; `None` where all have given up.
    fn range(name: &str, k: u32) -> Option<(u64, u64)> {
        let formula = PEERS.iter().find(|formula| formula.name == name).unwrap();
        let mut rng = Rng::with_seed(1);
        let waits: Vec<_> = (0..10_000).filter_map(|_| (formula.delay)(k, rng.f64(), &mut rng)).collect();
        let least = waits.iter().copied().min_by(f64::total_cmp)?;
        let most = waits.iter().copied().max_by(f64::total_cmp)?;
        Some((least.round() as u64, most.round() as u64))
    }

    /// The range of many draws comes close to what the formula allows, and never leaves it.
    fn assert_range(name: &str, k: u32, least: u64, most: u64) {
        let (drawn_least, drawn_most) = range(name, k).unwrap();
        let slack = 1 + (most - least) / 100;
        assert!((least..=least + slack).contains(&drawn_least), "{name}, retry {k}: {drawn_least} for {least}");
        assert!(
            (most.saturating_sub(slack)..=most).contains(&drawn_most),
            "{name}, retry {k}: {drawn_most} for {most}"
        );
    }

    #[test]
    fn the_peers_wait_as_their_sources_say() {
        for (name, k, least, most) in [
            ("reconnecting-websocket", 0, 1000, 5000),
            ("reconnecting-websocket", 1, 1300, 6500),
            ("reconnecting-websocket", 4, 2856, 10_000),
            ("reconnecting-websocket", 9, 10_000, 10_000),
            ("partysocket", 0, 3000, 3000),
            ("partysocket", 2, 5070, 5070),
            ("partysocket", 5, 10_000, 10_000),
            ("socket.io", 0, 500, 1500),
            ("socket.io", 1, 1000, 3000),
            ("socket.io", 3, 4000, 5000),
            ("socket.io", 4, 5000, 5000),
            ("signalr", 0, 0, 0),
            ("signalr", 3, 30_000, 30_000),
            ("centrifuge", 0, 500, 1000),
            ("centrifuge", 3, 500, 4500),
            ("centrifuge", 9, 500, 20_000),
            ("phoenix", 0, 10, 10),
            ("phoenix", 8, 2000, 2000),
            ("phoenix", 9, 5000, 5000),
            ("phoenix", 9999, 5000, 5000),
            ("graphql-ws", 0, 1300, 4000),
            ("graphql-ws", 4, 16_300, 19_000),
            ("nats", 0, 2000, 2100),
            ("nats", 9, 2000, 2100),
            ("sockette", 99, 1000, 1000),
        ] {
            assert_range(name, k, least, most);
        }
    }

    #[test]
    fn some_peers_give_up() {
        for (name, last) in [("signalr", 3), ("graphql-ws", 4), ("nats", 9)] {
            assert!(range(name, last).is_some());
            assert_eq!(range(name, last + 1), None, "{name}");
        }
    }

    #[test]
    fn no_number_of_retries_is_too_large() {
        for formula in &PEERS {
            let mut rng = Rng::with_seed(1);
            for k in [1013, 1024, 3000, u32::MAX] {
                assert!(
                    (formula.delay)(k, 0.5, &mut rng).is_none_or(|ms| (0.0..=20_000.0).contains(&ms)),
                    "{}",
                    formula.name
                );
            }
        }
        let mut rng = Rng::with_seed(1);
        let zeros = (0..10_000).filter(|_| socket_io(1024, &mut rng) == 0.0).count();
        assert!((4500..5500).contains(&zeros), "half of socket.io's waits are 0 by then");
    }

    #[test]
    fn reconnecting_websocket_draws_once_a_client() {
        let policy = &PEERS[0];
        let mut client = policy.client(7);
        let mut wait = |now| match client.refused(now) {
            Next::Attempt { at, deadline } => {
                assert_eq!(deadline, at + 4 * SECOND);
                at - now
            }
            Next::GiveUp => panic!("it never does"),
        };
        let (first, second) = (wait(0), wait(5));
        assert!(second.abs_diff(first * 13 / 10) <= 1);
    }
}
