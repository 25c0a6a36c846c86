//! A probe in the place of an attempt.

use std::fmt;
use std::time::Duration;

use super::attempts::{BACKOFF, Pace, abnormal};
use super::state::State;
use super::time::Instant;
use super::timer::Timer;
use super::{Ending, GaveUp, Machine, Output, Payload, RetryHint, TransportId, Verdict};

/// Behind a `dyn`, so that an application without a probe has no code of it.
pub(super) trait Probing<M> {
    /// Begins a probe if one is due; `false` if an attempt is to be made.
    fn begin(&self, machine: &mut Machine<M>, now: Instant) -> bool;
    /// There is an answer.
    fn probed(&self, machine: &mut Machine<M>, now: Instant, id: TransportId, verdict: Verdict);
    /// There was none in time.
    fn timed_out(&self, machine: &mut Machine<M>, now: Instant, id: TransportId);
}

pub(super) struct Prober;

impl<M: Payload> Probing<M> for Prober {
    fn begin(&self, machine: &mut Machine<M>, now: Instant) -> bool {
        let due = machine.config.probe.is_some_and(|rule| {
            let rested = machine.last_probe.is_none_or(|last| now.past(last) >= rule.every.into());
            rested && machine.unopened >= rule.after_failures.max(1)
        });
        if due {
            let (id, endpoint) = (machine.new_id(), machine.endpoint);
            machine.last_probe = Some(now);
            machine.timers.set(Timer::Attempt, now + machine.config.resolve_timeout);
            machine.out.push_back(Output::Probe { id, endpoint });
            machine.enter(State::Probing { id });
        }
        due
    }

    fn probed(&self, machine: &mut Machine<M>, now: Instant, id: TransportId, verdict: Verdict) {
        if !matches!(&machine.state, State::Probing { id: probe } if *probe == id) {
            return;
        }
        machine.timers.clear(Timer::Attempt);
        match verdict {
            Verdict::Connect => machine.connect_now(now),
            Verdict::Refresh => {
                _ = machine.answers.remove(machine.endpoint);
                machine.connect_now(now);
            }
            Verdict::Wait => failed(machine, now, BACKOFF, Ending::Probed),
            Verdict::WaitFor(delay) => {
                let hint = Some(RetryHint { delay, spread: delay.max(Duration::from_secs(1)) });
                failed(machine, now, Pace { hint, ..BACKOFF }, Ending::Probed);
            }
            Verdict::Stop { status } => machine.give_up(now, GaveUp::Probe { status }, abnormal()),
        }
    }

    fn timed_out(&self, machine: &mut Machine<M>, now: Instant, id: TransportId) {
        machine.out.push_back(Output::CancelProbe { id });
        failed(machine, now, BACKOFF, Ending::ResolveTimedOut);
    }
}

/// A probe counts as the attempt that it took the place of.
fn failed<M: Payload>(machine: &mut Machine<M>, now: Instant, pace: Pace, ending: Ending) {
    machine.failed = machine.failed.saturating_add(1);
    machine.rotate();
    machine.schedule(now, pace, ending, abnormal(), false);
}

impl<M> fmt::Debug for dyn Probing<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probing")
    }
}
