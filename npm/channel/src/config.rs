//! The settings as `machine.js` gives them: numbers in the order in which they are read here, with times in milliseconds. It is the order of
//! `NUMBERS` in `settings.js`. NaN stands for what is not there: it has the default.

use std::rc::Rc;
use std::time::Duration;

use tautline::channel::{Config, Kind};
use tautline::machine::Backoff;

use super::host::Policies;
use super::machine::duration;

struct Settings(std::vec::IntoIter<f64>);

impl Settings {
    #[inline(never)] // Here and below: smaller as calls, of which there are many.
    fn number(&mut self) -> Option<f64> {
        self.0.next().filter(|number| !number.is_nan())
    }

    #[inline(never)]
    fn time(&mut self, into: &mut Duration) {
        if let Some(time) = self.number() {
            *into = duration(time);
        }
    }

    fn count(&mut self, into: &mut usize) {
        if let Some(number) = self.number() {
            *into = number as usize;
        }
    }
}

pub(super) fn read(numbers: Vec<f64>, policies: Policies) -> Config {
    let mut settings = Settings(numbers.into_iter());
    let mut config = Config::default();
    for time in [
        &mut config.connect_timeout,
        &mut config.stable_after,
        &mut config.probe_timeout,
        &mut config.upgrade_after,
        &mut config.upgrade_cap,
        &mut config.beat_timeout,
        &mut config.close_timeout,
    ] {
        settings.time(time);
    }
    if let Some(times) = settings.number() {
        config.blocked_after = times as u32;
    }
    settings.count(&mut config.max_messages);
    settings.count(&mut config.max_bytes);
    let (fixed, spread) = (settings.number(), settings.number());
    if let Backoff::Exponential { base, factor, cap } = &mut config.backoff {
        settings.time(base);
        *factor = settings.number().unwrap_or(*factor);
        settings.time(cap);
    }
    if let Some(delay) = fixed {
        config.backoff = Backoff::Fixed { delay: duration(delay), spread: duration(spread.unwrap_or_default()) };
    }
    if settings.number().is_some() {
        let policies = Rc::new(policies);
        config.backoff = Backoff::custom(move |retry, random| duration(policies.delay(retry, random)));
    }
    // Two lists: the first begins with its length.
    let delays = settings.number().unwrap_or_default() as usize;
    let delays: Vec<Duration> = settings.0.by_ref().take(delays).map(duration).collect();
    if !delays.is_empty() {
        config.backoff = Backoff::List(delays);
    }
    config.transports = settings.0.filter_map(|at| Kind::ALL.get(at as usize).copied()).collect();
    config
}
