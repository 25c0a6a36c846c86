//! Another connection in the place of a live one: begun, tried again, and given up.

use std::fmt;

use super::attempts::{Pace, Role};
use super::backoff::uniform;
use super::metrics::count;
use super::state::{Candidate, Live, State};
use super::time::{Instant, Span};
use super::timer::Timer;
use super::{CloseAction, Ending, Event, Machine, Payload};

/// Behind a `dyn`, so that an application which replaces no connection has no code of it.
pub(super) trait Replacing<M> {
    /// Begins to replace the live connection; `false` if there is none, or it is being replaced.
    ///
    /// `spread`: everybody may have been asked at the same time.
    fn begin(&self, machine: &mut Machine<M>, now: Instant, spread: bool) -> bool;
    /// The wait for the next candidate is over.
    fn try_again(&self, machine: &mut Machine<M>, now: Instant, retries: u32);
    /// A candidate did not come up: the live connection stays, and another follows unless the server wants none.
    fn failed(&self, machine: &mut Machine<M>, now: Instant, cause: Ending, pace: Pace);
    /// The live connection is not replaced after all.
    fn give_up(&self, machine: &mut Machine<M>, now: Instant, cause: Ending);
    /// When this connection is to be replaced: at its age, or before what the provider gave out expires.
    fn set_renewal(&self, machine: &mut Machine<M>, now: Instant, endpoint: usize);
    /// A candidate has come up.
    fn replaced(&self, machine: &mut Machine<M>, now: Instant, old: Live<M>);
}

pub(super) struct Replacer;

impl<M: Payload> Replacing<M> for Replacer {
    fn begin(&self, machine: &mut Machine<M>, now: Instant, spread: bool) -> bool {
        let State::Up(live) = &mut machine.state else { return false };
        if live.candidate.is_some() {
            return false;
        }
        let lasted = now.past(live.since) >= machine.config.stable_after.into();
        // A connection that is to be replaced as soon as it is there is backed off like one that ends.
        let delay = match machine.swaps.checked_sub(1).filter(|_| !lasted) {
            Some(swaps) => machine.config.backoff.draw(swaps, &mut machine.rng),
            None if spread => uniform(&mut machine.rng, Span::ZERO, machine.config.wake_spread.into()),
            None => Span::ZERO,
        };
        if delay == Span::ZERO {
            self.try_again(machine, now, 0);
        } else {
            live.candidate = Some(Candidate::Waiting { retries: 0 });
            machine.timers.set(Timer::Candidate, now + delay);
        }
        true
    }

    fn try_again(&self, machine: &mut Machine<M>, now: Instant, retries: u32) {
        if !matches!(machine.state, State::Up(_)) {
            return;
        }
        let attempt = machine.start(now, Role::Candidate, retries);
        if let State::Up(live) = &mut machine.state {
            live.candidate = Some(Candidate::Trying { attempt, retries });
        }
    }

    fn failed(&self, machine: &mut Machine<M>, now: Instant, cause: Ending, pace: Pace) {
        let State::Up(live) = &mut machine.state else { return };
        let Some(Candidate::Trying { retries, .. }) = live.candidate else { return };
        machine.last = Some(cause.clone());
        if pace.action == CloseAction::Never || machine.config.max_retries.is_some_and(|most| retries >= most) {
            return self.give_up(machine, now, cause);
        }
        live.candidate = Some(Candidate::Waiting { retries: retries.saturating_add(1) });
        machine.rotate();
        let delay = machine.delay(pace, retries, false);
        machine.timers.set(Timer::Candidate, now + delay);
        machine.event(Event::ReplaceFailed { cause, delay: Some(delay.duration()) });
    }

    fn give_up(&self, machine: &mut Machine<M>, now: Instant, cause: Ending) {
        if let State::Up(live) = &mut machine.state {
            live.candidate = None;
            let endpoint = live.endpoint;
            machine.timers.clear(Timer::Candidate);
            self.set_renewal(machine, now, endpoint);
            machine.event(Event::ReplaceFailed { cause, delay: None });
        }
    }

    fn set_renewal(&self, machine: &mut Machine<M>, now: Instant, endpoint: usize) {
        let Machine { config, rng, answers, timers, .. } = machine;
        let mut at = Instant::NEVER;
        if let Some((age, jitter)) = config.max_age {
            at = now + uniform(rng, age.into(), jitter.into());
        }
        if let (Some(before), Some(until)) = (config.renew_before, answers.get(endpoint)) {
            let left = until.past(now + before);
            // What has too little time left already would be replaced again and again.
            if left > Span::ZERO {
                at = at.min(now + left);
            }
        }
        timers.set(Timer::Renewal, at);
    }

    fn replaced(&self, machine: &mut Machine<M>, now: Instant, old: Live<M>) {
        count(&mut machine.metrics.replaced, 1);
        machine.metrics.count_connected(now.past(old.since));
        machine.swaps = if machine.has_lasted(now, old.since) { 0 } else { machine.swaps.saturating_add(1) };
        machine.retire(now, old.carrier);
    }
}

impl<M> fmt::Debug for dyn Replacing<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replacing")
    }
}
