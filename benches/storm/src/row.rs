//! One row of the results, and whether it reaches its targets.

use serde::Serialize;

use crate::case::{Case, Target};
use crate::engine::Outcome;
use crate::time::{SECOND, seconds};
use crate::ways::Way;

/// The most that 99 % may take, as a ratio to the ideal.
const MOST_T99: f64 = 1.40;
/// The same of the channel: its questions cost the server a handshake each, and it asks every other time.
const MOST_T99_ASKED: f64 = 2.10;
/// By how much its peak may be higher: where a question is answered an attempt follows at once.
const PEAK_ASKED: f64 = 1.20;
/// The most clients that may have stepped down, as a share.
const MOST_STEPPED: f64 = 0.03;
/// The most that may be wasted, as a share of the handshakes.
const MOST_WASTED: f64 = 0.05;

/// What came of one policy in one case. What can't be said is none: a time that never comes, a ratio to a capacity without limit.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The policy.
    pub policy: String,
    /// The case.
    pub case: &'static str,
    /// How long the server was down.
    pub outage_s: u64,
    /// The room in its accept queue, none without a limit.
    pub queue: Option<u64>,
    /// N, the number of clients.
    pub clients: u32,
    /// C, in handshakes a second.
    pub capacity: Option<f64>,
    /// The seed of the run.
    pub seed: u64,
    /// Clients that are not connected at the end.
    pub stranded: u32,
    /// Those of them that gave up for good.
    pub gave_up: u32,
    /// When 99 % were back, after the server was.
    pub t99_s: Option<f64>,
    /// The same as a ratio to the ideal, 0.99·N/C.
    pub t99_ratio: Option<f64>,
    /// The most SYNs in a second after the server was back, as a ratio to C.
    pub peak_ratio: Option<f64>,
    /// The share of the handshakes whose client had given up.
    pub wasted: f64,
    /// Attempts a client.
    pub attempts: f64,
    /// When half of the clients were back, after the server was.
    pub median_wait_s: Option<f64>,
    /// Where the clients have several ways to be connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ways: Option<WaysRow>,
}

/// Over which ways clients are connected at the end, and what that costs.
#[derive(Clone, Debug, Serialize)]
pub struct WaysRow {
    /// Over WebSocket.
    pub websocket: u32,
    /// Over Server-Sent Events.
    pub event_stream: u32,
    /// By long polling.
    pub long_polling: u32,
    /// By polling.
    pub polling: u32,
    /// Those that were not over WebSocket when they were connected again.
    pub stepped_down: u32,
    /// The requests a second in the last ten seconds, or all, of the outage.
    pub requests_down: f64,
    /// The most requests in a second after the server was back: SYNs and polls.
    pub most_requests: f64,
    /// The polls a second at the end.
    pub polls: f64,
}

impl Row {
    /// Reads an outcome.
    #[must_use]
    pub fn new(policy: &str, case: &Case, clients: u32, seed: u64, outcome: &Outcome) -> Self {
        let capacity = case.capacity(clients);
        let back = u32::try_from(outcome.waits.len()).unwrap_or(u32::MAX);
        let t99_s = quantile_s(outcome, clients, 99);
        Self {
            policy: policy.to_owned(),
            case: case.name,
            outage_s: case.outage_s,
            queue: capacity.map(|_| case.queue(clients)),
            clients,
            capacity,
            seed,
            stranded: clients.saturating_sub(back),
            gave_up: outcome.gave_up,
            t99_s,
            t99_ratio: t99_s.zip(capacity).map(|(t99_s, capacity)| t99_s / (0.99 * f64::from(clients) / capacity)),
            peak_ratio: capacity.map(|capacity| outcome.load.peak(case.back()) as f64 / capacity),
            wasted: outcome.wasted as f64 / outcome.handshakes.max(1) as f64,
            attempts: outcome.attempts as f64 / f64::from(clients.max(1)),
            median_wait_s: quantile_s(outcome, clients, 50),
            ways: outcome.ways.is_used().then(|| WaysRow::new(case, outcome)),
        }
    }

    /// What it misses of a target, in words.
    #[must_use]
    pub fn misses(&self, target: Target) -> Vec<String> {
        let mut misses = Vec::new();
        let mut at_most = |what: &str, value: Option<f64>, most: f64| match value {
            Some(value) if value <= most => {}
            Some(value) => misses.push(format!("{what} {value:.3}, at most {most:.2} allowed")),
            None => misses.push(format!("{what} never reached")),
        };
        let (most_t99, peak_by) = limits(self.ways.is_some());
        match target {
            Target::None => return misses,
            Target::Storm { peak } => {
                at_most("99 % back, as a ratio to the ideal:", self.t99_ratio, most_t99);
                at_most("peak, as a ratio to C:", self.peak_ratio, peak * peak_by);
                at_most("wasted:", Some(self.wasted), MOST_WASTED);
            }
            Target::Wait { median_s } => at_most("median wait in s:", self.median_wait_s, median_s),
        }
        if let Some(ways) = &self.ways {
            let clients = f64::from(self.clients.max(1));
            at_most("stepped down:", Some(f64::from(ways.stepped_down) / clients), MOST_STEPPED);
            let below = self.clients.saturating_sub(self.stranded + ways.websocket);
            if below > 0 {
                misses.push(format!("{below} clients are back, and not over WebSocket"));
            }
        }
        if self.stranded > 0 {
            misses.push(format!("{} clients stranded", self.stranded));
        }
        misses
    }
}

impl WaysRow {
    fn new(case: &Case, outcome: &Outcome) -> Self {
        let ways = &outcome.ways;
        let [websocket, event_stream, long_polling, polling] = Way::ALL.map(|way| ways.over(way));
        let (stepped_down, polls) = (ways.stepped_down(), ways.polls());
        let most_requests = ways.most_requests(&outcome.load, case.back());
        let down = case.back().min(10 * SECOND);
        let asked = outcome.load.between(case.back() - down, case.back());
        let requests_down = asked as f64 / seconds(down).max(1.0);
        Self { requests_down, websocket, event_stream, long_polling, polling, stepped_down, most_requests, polls }
    }
}

/// The most that 99 % may take, and by how much the peak may be higher than the case says; of clients with several ways, or of others.
#[must_use]
pub fn limits(ways: bool) -> (f64, f64) {
    if ways { (MOST_T99_ASKED, PEAK_ASKED) } else { (MOST_T99, 1.0) }
}

/// When so many percent of all clients were back, in seconds.
fn quantile_s(outcome: &Outcome, clients: u32, percent: u64) -> Option<f64> {
    let count = (u64::from(clients) * percent).div_ceil(100);
    let index = usize::try_from(count.checked_sub(1)?).ok()?;
    outcome.waits.get(index).map(|wait| seconds(*wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;
    use crate::time::SECOND;

    /// 100 clients, C = 5 a second: one is back each 0.2 s.
    fn ideal() -> Outcome {
        let waits = (1..=100).map(|n| n * SECOND / 5).collect();
        Outcome { waits, attempts: 250, handshakes: 100, wasted: 5, ..Outcome::default() }
    }

    #[test]
    fn a_server_that_never_idles_has_the_ideal() {
        let row = Row::new("any", &CASES[0], 100, 1, &ideal());
        assert_eq!((row.t99_s, row.t99_ratio), (Some(19.8), Some(1.0)));
        assert_eq!((row.median_wait_s, row.stranded, row.attempts, row.wasted), (Some(10.0), 0, 2.5, 0.05));
        assert!(row.misses(CASES[0].target).is_empty());
    }

    #[test]
    fn every_target_that_is_missed_is_named() {
        let mut outcome = ideal();
        outcome.waits.truncate(98);
        outcome.wasted = 6;
        (0..16).for_each(|_| outcome.load.count(CASES[0].back()));
        let row = Row::new("any", &CASES[0], 100, 1, &outcome);
        assert_eq!((row.stranded, row.t99_ratio), (2, None));
        assert_eq!(row.misses(CASES[0].target).len(), 4, "{:?}", row.misses(CASES[0].target));
        assert!(row.misses(Target::None).is_empty());
        assert_eq!(row.misses(Target::Wait { median_s: 2.0 }).len(), 2);
    }

    #[test]
    fn json_has_the_fields_of_the_table_and_null_for_what_never_comes() {
        let row = Row::new("any", &CASES[0], 100, 1, &Outcome::default());
        let json = serde_json::to_value(&row).unwrap();
        for field in [
            "policy",
            "outage_s",
            "queue",
            "stranded",
            "t99_ratio",
            "peak_ratio",
            "wasted",
            "attempts",
            "median_wait_s",
        ] {
            assert!(json.get(field).is_some(), "{field}");
        }
        assert!(json["t99_ratio"].is_null() && json["stranded"] == 100 && json["wasted"] == 0.0);
    }
}
