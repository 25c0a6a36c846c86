//! From "connect" to "up": the provider, the transport, the application's handshake, and the wait when one of them fails.

use std::rc::Rc;
use std::time::Duration;

use super::backoff::uniform;
use super::metrics::count;
use super::state::{Attempt, Candidate, Carrier, Live, Stage, State};
use super::time::{Instant, Span};
use super::timer::Timer;
use super::{Answer, CloseAction, Ending, Event, GaveUp, Machine, Output, Payload, RetryHint, TransportId};
use crate::{Closed, StatusCode};

/// Whose attempt it is: that of a socket without a connection, or that of a candidate for a live one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Main,
    Candidate,
}

impl Role {
    fn timer(self) -> Timer {
        match self {
            Self::Main => Timer::Attempt,
            Self::Candidate => Timer::Candidate,
        }
    }
}

/// How soon to come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) action: CloseAction,
    /// Goes before the backoff, unless the action is to stop.
    pub(super) hint: Option<RetryHint>,
}

pub(super) const BACKOFF: Pace = Pace { action: CloseAction::Backoff, hint: None };

/// The end of an attempt or a connection for which there is no close event.
pub(super) fn abnormal() -> Closed {
    Closed { code: StatusCode::ABNORMAL_CLOSURE, reason: String::new(), was_clean: false }
}

impl<M: Payload> Machine<M> {
    /// Begins an attempt, or a probe in its place.
    pub(super) fn begin(&mut self, now: Instant) {
        self.timers.clear(Timer::Retry);
        if !self.probing.is_some_and(|probing| probing.begin(self, now)) {
            self.connect_now(now);
        }
    }

    pub(super) fn connect_now(&mut self, now: Instant) {
        let attempt = self.start(now, Role::Main, self.retries);
        self.enter(State::Connecting(attempt));
    }

    /// Starts an attempt. A candidate never uses an answer again: it may be what is to be replaced.
    pub(super) fn start(&mut self, now: Instant, role: Role, retries: u32) -> Attempt {
        let (id, endpoint) = (self.new_id(), self.endpoint);
        count(&mut self.metrics.attempts, 1);
        self.last_attempt = Some(now);
        self.event(Event::Connecting { attempt: retries, endpoint });
        // One that is to be renewed by now is not good enough to begin with.
        let needed = now + self.config.renew_before.unwrap_or_default();
        let good = self.answers.get(endpoint).is_some_and(|until| needed < *until);
        let stage = if good && role == Role::Main {
            self.open(now, role, id, endpoint)
        } else {
            self.timers.set(role.timer(), now + self.config.resolve_timeout);
            self.out.push_back(Output::Resolve { id, endpoint, attempt: retries, last: self.last.clone() });
            Stage::Resolving
        };
        Attempt { id, endpoint, stage }
    }

    fn open(&mut self, now: Instant, role: Role, id: TransportId, endpoint: usize) -> Stage {
        self.timers.set(role.timer(), now + self.connect_timeout(role));
        self.out.push_back(Output::Open { id, endpoint });
        Stage::Opening
    }

    /// How long this attempt may take to open.
    fn connect_timeout(&self, role: Role) -> Duration {
        let failed = match (role, &self.state) {
            (Role::Candidate, State::Up(live)) => live.candidate.map_or(0, |candidate| candidate.retries()),
            _ => self.failed,
        };
        let timeouts = &self.config.connect_timeout;
        let at = usize::try_from(failed).unwrap_or(usize::MAX).min(timeouts.len().saturating_sub(1));
        timeouts.get(at).copied().unwrap_or(Duration::from_secs(60))
    }

    /// The attempt with this id, if it is at this stage.
    pub(super) fn attempt(&mut self, id: TransportId, stage: Stage) -> Option<(Role, Attempt)> {
        let (role, attempt) = match &self.state {
            State::Connecting(attempt) => (Role::Main, *attempt),
            State::Up(live) => match live.candidate {
                Some(Candidate::Trying { attempt, .. }) => (Role::Candidate, attempt),
                _ => return None,
            },
            _ => return None,
        };
        (attempt.id == id && attempt.stage == stage).then_some((role, attempt))
    }

    fn set_stage(&mut self, role: Role, stage: Stage) {
        match &mut self.state {
            State::Connecting(attempt) if role == Role::Main => {
                let attempt = Attempt { stage, ..*attempt };
                self.enter(State::Connecting(attempt));
            }
            State::Up(live) => {
                if let Some(Candidate::Trying { attempt, .. }) = &mut live.candidate {
                    attempt.stage = stage;
                }
            }
            _ => {}
        }
    }

    pub(super) fn resolved(&mut self, now: Instant, id: TransportId, answer: Answer) {
        let Some((role, attempt)) = self.attempt(id, Stage::Resolving) else { return };
        match answer {
            Answer::Ready { valid_for } => {
                _ = match valid_for {
                    Some(valid) => self.answers.insert(attempt.endpoint, now + valid),
                    None => self.answers.remove(attempt.endpoint),
                };
                let stage = self.open(now, role, id, attempt.endpoint);
                self.set_stage(role, stage);
            }
            Answer::Failed => self.attempt_failed(now, role, Ending::ResolveFailed, abnormal()),
            Answer::Stop if role == Role::Main => self.give_up(now, GaveUp::Provider, abnormal()),
            // The live connection stays for as long as it lasts.
            Answer::Stop => self.drop_candidate(now, Ending::ResolveFailed),
        }
    }

    pub(super) fn rejected(&mut self, now: Instant, id: TransportId, for_good: bool) {
        let Some((role, _)) = self.attempt(id, Stage::Opening) else { return };
        match role {
            Role::Main if for_good => self.give_up(now, GaveUp::Rejected, abnormal()),
            Role::Candidate if for_good => self.drop_candidate(now, Ending::Rejected),
            _ => self.attempt_failed(now, role, Ending::Rejected, abnormal()),
        }
    }

    pub(super) fn opened(&mut self, now: Instant, id: TransportId) {
        let Some((role, _)) = self.attempt(id, Stage::Opening) else { return };
        if role == Role::Main {
            self.unopened = 0;
        }
        if !self.config.handshake {
            return self.up(now, role);
        }
        self.timers.set(role.timer(), now + self.config.handshake_timeout);
        self.out.push_back(Output::Greet { id });
        self.set_stage(role, Stage::Greeting);
    }

    pub(super) fn greeted(&mut self, now: Instant, id: TransportId, accepted: bool) {
        let Some((role, _)) = self.attempt(id, Stage::Greeting) else { return };
        if accepted {
            self.up(now, role);
        } else {
            self.out.push_back(Output::Abort { id, with: None });
            self.attempt_failed(now, role, Ending::HandshakeFailed, abnormal());
        }
    }

    /// The attempt has led to a connection: it carries from now on.
    fn up(&mut self, now: Instant, role: Role) {
        let (attempt, replaced) = match (role, std::mem::replace(&mut self.state, State::Idle)) {
            (Role::Main, State::Connecting(attempt)) => (attempt, None),
            (Role::Candidate, State::Up(live)) => match live.candidate {
                Some(Candidate::Trying { attempt, .. }) => (attempt, Some(live)),
                _ => return self.state = State::Up(live),
            },
            (_, other) => return self.state = other,
        };
        self.timers.clear(role.timer());
        let was_up = replaced.is_some();
        if let (Some(old), Some(replacing)) = (replaced, self.replacing) {
            replacing.replaced(self, now, *old);
        }
        count(&mut self.metrics.opens, 1);
        let pulse = self.config.heartbeat.map(|rule| (rule.start)(rule, now, &mut self.rng));
        let look = pulse.as_ref().map_or(Instant::NEVER, |pulse| pulse.first_look());
        self.timers.set(Timer::Heartbeat, look);
        self.timers.clear(Timer::Flush);
        if let Some(replacing) = self.replacing {
            replacing.set_renewal(self, now, attempt.endpoint);
        }
        let live = Live {
            endpoint: attempt.endpoint,
            carrier: self.new_carrier(attempt.id),
            since: now,
            announced: false,
            pulse,
            candidate: None,
        };
        self.enter(State::Up(Box::new(live)));
        self.event(Event::Open { id: attempt.id, endpoint: attempt.endpoint, replaced: was_up });
    }

    pub(super) fn new_carrier(&self, id: TransportId) -> Box<Carrier<M>> {
        Carrier::new(id, self.keep.map(|start| start()))
    }

    /// The live connection stays for as long as it lasts.
    fn drop_candidate(&mut self, now: Instant, cause: Ending) {
        if let Some(replacing) = self.replacing {
            replacing.give_up(self, now, cause);
        }
    }

    /// The timer of an attempt or of a probe.
    pub(super) fn attempt_timed_out(&mut self, now: Instant, role: Role) {
        let attempt = match (&self.state, role) {
            (State::Probing { id }, Role::Main) => {
                let id = *id;
                return self.probing.map_or((), |probing| probing.timed_out(self, now, id));
            }
            (State::Connecting(attempt), Role::Main) => *attempt,
            (State::Up(live), Role::Candidate) => match live.candidate {
                Some(Candidate::Trying { attempt, .. }) => attempt,
                Some(Candidate::Waiting { retries }) => {
                    return self.replacing.map_or((), |replacing| replacing.try_again(self, now, retries));
                }
                None => return,
            },
            _ => return,
        };
        let ending = match attempt.stage {
            Stage::Resolving => Ending::ResolveTimedOut,
            Stage::Opening => Ending::ConnectTimedOut(self.connect_timeout(role)),
            Stage::Greeting => Ending::HandshakeTimedOut,
        };
        self.abandon(attempt);
        self.attempt_failed(now, role, ending, abnormal());
    }

    /// Ends an attempt that is not wanted any more.
    pub(super) fn abandon(&mut self, attempt: Attempt) {
        let id = attempt.id;
        self.out.push_back(match attempt.stage {
            Stage::Resolving => Output::CancelResolve { id },
            Stage::Opening | Stage::Greeting => Output::Abort { id, with: None },
        });
    }

    /// An attempt is over, and its transport is gone.
    pub(super) fn attempt_failed(&mut self, now: Instant, role: Role, ending: Ending, closed: Closed) {
        if matches!(ending, Ending::HandshakeFailed | Ending::HandshakeTimedOut) {
            // What the provider gave out may be the reason.
            _ = self.answers.remove(self.endpoint);
        }
        let pace = self.pace(&closed);
        if role == Role::Candidate {
            return self.replacing.map_or((), |replacing| replacing.failed(self, now, ending, pace));
        }
        self.failed = self.failed.saturating_add(1);
        if matches!(ending, Ending::ConnectFailed(_) | Ending::ConnectTimedOut(_)) {
            self.unopened = self.unopened.saturating_add(1);
        }
        self.rotate();
        self.schedule(now, pace, ending, closed, false);
    }

    pub(super) fn rotate(&mut self) {
        let next = self.endpoint.saturating_add(1);
        self.endpoint = if next < self.config.endpoints { next } else { 0 };
    }

    /// Waits for the next attempt, or gives up.
    pub(super) fn schedule(&mut self, now: Instant, pace: Pace, cause: Ending, closed: Closed, was_up: bool) {
        self.timers.clear(Timer::Attempt);
        let retry = self.retries;
        if pace.action == CloseAction::Never {
            return self.give_up(now, GaveUp::ClosePolicy(closed.code), closed);
        }
        if self.config.max_retries.is_some_and(|most| retry >= most) {
            return self.give_up(now, GaveUp::Retries(retry), closed);
        }
        let delay = self.delay(pace, retry, self.failed == 0);
        let down_for = (now + delay).past(self.down_since);
        if self.config.max_elapsed.is_some_and(|most| down_for > most.into()) {
            return self.give_up(now, GaveUp::Elapsed(now.since(self.down_since)), closed);
        }
        self.retries = retry.saturating_add(1);
        self.last = Some(cause.clone());
        self.wait(now, delay, pace.hint.is_some());
        if was_up {
            self.event(Event::Close { closed, retrying: true });
        }
        self.event(Event::Retry { delay: delay.duration(), attempt: retry, cause });
    }

    /// Waits for the next attempt for this long.
    pub(super) fn wait(&mut self, now: Instant, delay: Span, fixed: bool) {
        self.timers.set(Timer::Retry, now + delay);
        self.enter(State::Waiting { fixed });
    }

    /// What the policy, and the server's hint, make of this end.
    pub(super) fn pace(&self, closed: &Closed) -> Pace {
        Pace { action: self.config.close_policy.action(closed), hint: RetryHint::parse(&closed.reason) }
    }

    pub(super) fn delay(&mut self, pace: Pace, retry: u32, lasted: bool) -> Span {
        let config = Rc::clone(&self.config);
        let delay = match (pace.hint, pace.action) {
            (Some(hint), _) => {
                let limit = Span::from(config.hint_limit);
                let (delay, spread) = (Span::from(hint.delay).min(limit), Span::from(hint.spread).min(limit));
                let asked = uniform(&mut self.rng, delay, spread);
                // No hint turns the backoff off: a server that sends everybody back at once is not hammered.
                if retry == 0 { asked } else { asked.max(config.backoff.draw(retry, &mut self.rng)) }
            }
            (None, CloseAction::Now) if retry == 0 && lasted => Span::ZERO,
            (None, CloseAction::Wide) => config.backoff.draw_wide(retry, &mut self.rng),
            (None, _) => config.backoff.draw(retry, &mut self.rng),
        };
        if self.offline { delay.max(self.offline_delay()) } else { delay }
    }

    pub(super) fn offline_delay(&mut self) -> Span {
        let half = Span(Span::from(self.config.offline_delay).0 / 2);
        uniform(&mut self.rng, half, half)
    }
}
