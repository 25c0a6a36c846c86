//! What a run is asked to do.

use std::time::Duration;

use super::technique::{CHOICES, Technique};
use crate::query::{BadParameter, Query};

/// The longest that messages are published, in seconds.
pub(super) const MAX_SECONDS: u64 = 120;

/// The most messages a second.
const MAX_RATE: u64 = 200;

/// The most messages at once.
const MAX_BURST: u64 = 200;

/// The sizes of a message, in bytes. The smallest has room for its number and its time.
const SIZES: std::ops::RangeInclusive<u64> = 32..=16_384;

/// The longest delay, and the most jitter, in milliseconds.
const MAX_DELAY_MS: u64 = 5_000;

/// The network between the page and the server: one way, each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) delay: Duration,
    pub(super) jitter: Duration,
}

impl Network {
    pub(super) fn take_from(query: &mut Query) -> Result<Self, BadParameter> {
        Ok(Self {
            delay: Duration::from_millis(query.number("delay_ms", 0, 0..=MAX_DELAY_MS)?),
            jitter: Duration::from_millis(query.number("jitter_ms", 0, 0..=MAX_DELAY_MS)?),
        })
    }
}

/// The stream of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// One of the techniques, or all.
    pub(super) only: Option<Technique>,
    pub(super) size: usize,
    /// How many are published at once.
    pub(super) burst: u64,
    /// How often that many are; never, where the rate is 0.
    pub(super) every: Option<Duration>,
    /// How many in all.
    pub(super) count: u64,
    /// How long it is watched.
    pub(super) length: Duration,
    pub(super) network: Network,
    /// Whether what passes is kept, to be drawn.
    pub(super) trail: bool,
}

impl Plan {
    pub(super) fn take_from(query: &mut Query) -> Result<Self, BadParameter> {
        let rate = query.number("rate", 10, 0..=MAX_RATE)?;
        let burst = query.number("burst", 1, 1..=MAX_BURST)?;
        let size = query.number("size", 100, SIZES)?;
        let seconds = query.number("seconds", 20, 1..=MAX_SECONDS)?;
        let most = query.number("count", MAX_RATE * MAX_SECONDS, 0..=MAX_RATE * MAX_SECONDS)?;
        Ok(Self {
            only: query.choice("technique", &CHOICES, None)?,
            size: usize::try_from(size).unwrap_or(usize::MAX),
            burst,
            every: (rate > 0).then(|| Duration::from_secs_f64(burst as f64 / rate as f64)),
            count: most.min(rate * seconds),
            length: Duration::from_secs(seconds),
            network: Network::take_from(query)?,
            trail: query.choice("trail", &[("no", false), ("yes", true)], false)?,
        })
    }

    /// The lanes, in the order of history.
    pub(super) fn techniques(&self) -> impl Iterator<Item = Technique> {
        let only = self.only;
        Technique::ALL.into_iter().filter(move |technique| only.is_none_or(|only| only == *technique))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn plan(query: &str) -> Result<Plan, BadParameter> {
        let request = Request::get(format!("/lab?{query}")).body(()).unwrap();
        let mut query = Query::parse(&request.into_parts().0)?;
        let plan = Plan::take_from(&mut query)?;
        query.finish()?;
        Ok(plan)
    }

    #[test]
    fn a_burst_comes_so_often_that_the_rate_is_kept() {
        assert_eq!(plan("").unwrap().every, Some(Duration::from_millis(100)));
        assert_eq!(plan("rate=20&burst=40").unwrap().every, Some(Duration::from_secs(2)));
        assert_eq!(plan("rate=0").unwrap().every, None);
    }

    #[test]
    fn the_count_is_what_the_rate_gives_in_the_time_or_less() {
        assert_eq!(plan("").unwrap().count, 200);
        assert_eq!(plan("rate=0").unwrap().count, 0);
        assert_eq!(plan("rate=5&seconds=8&count=3").unwrap().count, 3);
    }

    #[test]
    fn everything_is_bounded() {
        for bad in [
            "rate=201",
            "burst=0",
            "burst=201",
            "size=31",
            "size=16385",
            "seconds=0",
            "seconds=121",
            "count=24001",
            "delay_ms=5001",
            "jitter_ms=5001",
            "technique=pigeon",
            "trail=maybe",
            "more=1",
        ] {
            assert!(plan(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_technique_may_run_alone() {
        let names = |query| plan(query).unwrap().techniques().map(Technique::name).collect::<Vec<_>>();
        assert_eq!(
            names(""),
            ["polling-rate", "polling-delay", "long-polling", "event-stream", "websocket", "channel"]
        );
        assert_eq!(names("technique=long-polling"), ["long-polling"]);
    }
}
