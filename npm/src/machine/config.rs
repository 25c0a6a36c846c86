//! The settings as `machine.js` gives them: numbers, flat and in the order in which they are read here, with times in milliseconds. It is
//! the order of the tables in `settings.js`. NaN stands for what is not there: it has the default.

use std::time::Duration;

use tautline::machine::{Backoff, CloseAction, ClosePolicy, Config, Heartbeat, OutboxOverflow, ProbeRule};
use tautline::{CloseCode, CloseReason, Closed};
use wasm_bindgen::prelude::*;

use super::duration;

#[wasm_bindgen]
extern "C" {
    /// The application's own functions, wrapped by `settings.js`: they do not throw.
    pub type Policies;

    /// A wait in milliseconds.
    #[wasm_bindgen(method)]
    fn delay(this: &Policies, retry: u32, random: f64) -> f64;
    /// The number of an action; a negative one leaves it to the table.
    #[wasm_bindgen(method)]
    fn decide(this: &Policies, code: u16, reason: &str, was_clean: bool) -> f64;
}

struct Settings(std::vec::IntoIter<f64>);

impl Settings {
    #[inline(never)] // Here and below: smaller as calls, of which there are many.
    fn number(&mut self) -> Option<f64> {
        self.0.next().filter(|number| !number.is_nan())
    }

    fn is(&mut self) -> bool {
        self.number().is_some_and(|number| number != 0.0)
    }

    #[inline(never)]
    fn optional_time(&mut self) -> Option<Duration> {
        self.number().map(duration)
    }

    #[inline(never)]
    fn time(&mut self, into: &mut Duration) {
        if let Some(time) = self.optional_time() {
            *into = time;
        }
    }

    #[inline(never)]
    fn count(&mut self, into: &mut usize) {
        if let Some(number) = self.number() {
            *into = number as usize;
        }
    }

    fn size(&mut self, into: &mut u64) {
        if let Some(number) = self.number() {
            *into = number as u64;
        }
    }

    /// What stands between the numbers and is none: see `FIELDS` in `settings.js`.
    fn skip(&mut self, fields: usize) {
        for _ in 0..fields {
            self.0.next();
        }
    }

    /// A list begins with its length.
    fn times(&mut self) -> Option<Vec<Duration>> {
        let length = self.number()? as usize;
        let mut times = Vec::new();
        for _ in 0..length {
            times.push(self.optional_time().unwrap_or_default());
        }
        Some(times)
    }
}

pub(super) fn read(numbers: Vec<f64>, suspend_reason: &str, policies: Policies) -> Config {
    let mut config = Config::default();
    fill(&mut config, &mut Settings(numbers.into_iter()), suspend_reason, policies);
    config
}

fn fill(config: &mut Config, settings: &mut Settings, suspend_reason: &str, policies: Policies) {
    settings.time(&mut config.resolve_timeout);
    settings.time(&mut config.close_timeout);
    settings.time(&mut config.handshake_timeout);
    config.renew_before = settings.optional_time();
    config.max_retries = settings.number().map(|most| most as u32);
    config.max_elapsed = settings.optional_time();
    settings.time(&mut config.stable_after);
    settings.time(&mut config.hint_limit);
    let asks_action = settings.is();
    settings.skip(3);
    settings.count(&mut config.outbox.messages);
    settings.count(&mut config.outbox.bytes);
    config.outbox.overflow = match settings.number() {
        Some(1.0) => OutboxOverflow::DropOldest,
        Some(2.0) => OutboxOverflow::DropNewest,
        _ => OutboxOverflow::Reject,
    };
    config.requeue = settings.is();
    settings.size(&mut config.marks.high);
    settings.size(&mut config.marks.low);
    let mut heartbeat = Heartbeat::new();
    settings.time(&mut heartbeat.interval);
    settings.time(&mut heartbeat.timeout);
    settings.time(&mut heartbeat.phase);
    settings.skip(2);
    let mut probe = ProbeRule::default();
    if let Some(failures) = settings.number() {
        probe.after_failures = failures as u32;
    }
    settings.time(&mut probe.every);
    settings.skip(3);
    config.close_hidden_after = settings.optional_time();
    if let Some(code) = settings.number().and_then(|code| CloseCode::new(code as u16).ok()) {
        config.suspend_with = (code, CloseReason::new(suspend_reason).unwrap_or_default());
    }
    settings.time(&mut config.wake_spread);
    settings.time(&mut config.offline_delay);
    settings.skip(2);
    let (fixed, spread) = (settings.optional_time(), settings.optional_time());
    if let Backoff::Exponential { base, factor, cap } = &mut config.backoff {
        settings.time(base);
        *factor = settings.number().unwrap_or(*factor);
        settings.time(cap);
    }
    config.handshake = settings.is();
    settings.count(&mut config.endpoints);
    let beats = settings.is();
    heartbeat.ping = settings.is();
    config.heartbeat = beats.then_some(heartbeat);
    config.probe = settings.is().then_some(probe);
    let (age, age_spread) = (settings.optional_time(), settings.optional_time());
    config.max_age = age.map(|age| (age, age_spread.unwrap_or_default()));
    let asks_delay = settings.is();
    if let Some(timeouts) = settings.times() {
        config.connect_timeout = timeouts;
    }
    let listed = settings.times();
    let mut policy = ClosePolicy::default();
    // First, last and action of each rule, until there are no more.
    while let Some(first) = settings.number() {
        let codes = first as u16..=settings.number().unwrap_or_default() as u16;
        if let Some(action) = action(settings.number().unwrap_or(-1.0)) {
            policy = policy.with(codes, action);
        }
    }
    let policies = std::rc::Rc::new(policies);
    if asks_delay {
        let policies = std::rc::Rc::clone(&policies);
        config.backoff = Backoff::custom(move |retry, random| duration(policies.delay(retry, random)));
    } else if let Some(delays) = listed {
        config.backoff = Backoff::List(delays);
    } else if let Some(delay) = fixed {
        config.backoff = Backoff::Fixed { delay, spread: spread.unwrap_or_default() };
    }
    config.close_policy = if asks_action {
        policy.decided_by(move |closed: &Closed| {
            action(policies.decide(closed.code.get(), &closed.reason, closed.was_clean))
        })
    } else {
        policy
    };
}

fn action(number: f64) -> Option<CloseAction> {
    [CloseAction::Never, CloseAction::Now, CloseAction::Wide, CloseAction::Backoff]
        .into_iter()
        .nth(number as usize)
        .filter(|_| number >= 0.0)
}
