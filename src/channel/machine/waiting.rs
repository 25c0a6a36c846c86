//! Time, and the page.

use super::attempts::Sequel;
use super::output::{Cause, Event, Output};
use super::{Answer, Machine, State};
use crate::machine::{Instant, Page, Payload};

/// A timer that fires so much later than it was to did not run: the page slept, or was throttled.
const LATE: std::time::Duration = std::time::Duration::from_secs(2);

/// How far those are spread who take a sign of the page or the network for a reason to try at once.
const SPREAD: std::time::Duration = std::time::Duration::from_secs(1);

impl<M: Payload> Machine<M> {
    /// When [`handle_timeout`](Self::handle_timeout) is to be called, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let state = match &self.state {
            State::Waiting { until, .. } | State::Probing { until, .. } => *until,
            State::Opening(pipe) | State::Up(pipe) => pipe.deadline,
            State::Closing { pipe, until } => pipe.deadline.min(*until),
            State::Idle | State::Suspended | State::Closed => Instant::NEVER,
        };
        let candidate = self.candidate.as_ref().map_or(Instant::NEVER, |candidate| candidate.deadline);
        let next = state.min(candidate).min(self.steady_at).min(self.ladder.upgrade_at);
        (next != Instant::NEVER).then_some(next)
    }

    /// Time has passed. Early or late: harmless.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.candidate.as_ref().is_some_and(|candidate| candidate.deadline <= now) {
            self.candidate_failed(now);
        }
        if self.steady_at <= now {
            self.steady_at = Instant::NEVER;
            self.steady = true;
            self.forgotten = false;
            self.attempt = 0;
            if self.ladder.settle() && self.candidate.is_none() && matches!(self.state, State::Up(_)) {
                self.ladder.plan_upgrade(now, &self.config, &mut self.rng);
            }
            let kind = self.kind();
            self.outputs.push_back(Output::Remember { kind });
        }
        match &self.state {
            State::Waiting { until, doubtful } if *until <= now => {
                let doubtful = *doubtful;
                if doubtful { self.probe(now) } else { self.open(now) }
            }
            State::Probing { id, until } if *until <= now => {
                let id = *id;
                self.outputs.push_back(Output::Abort { id });
                self.probed(now, id, Answer::Nothing);
            }
            State::Opening(pipe) if pipe.deadline <= now => {
                self.abandon();
                self.state = State::Idle;
                self.failed(now, Cause::Timeout(self.config.connect_timeout), Sequel::Retry);
            }
            State::Closing { until, .. } if *until <= now => self.end(Cause::Closed),
            State::Up(pipe) | State::Closing { pipe, .. } if pipe.deadline <= now => self.listen_for_silence(now),
            _ => {}
        }
        if self.ladder.upgrade_at <= now && matches!(self.state, State::Up(_)) {
            self.try_better(now);
        }
    }

    fn listen_for_silence(&mut self, now: Instant) {
        let (State::Up(pipe) | State::Closing { pipe, .. }) = &mut self.state else { return };
        let Some(silence) = pipe.silence else { return };
        let late = now.since(pipe.deadline) > LATE;
        if std::mem::take(&mut pipe.heard) {
            pipe.deadline = now + silence;
        } else if !pipe.doubted && pipe.kind.asks() {
            pipe.doubted = true;
            pipe.deadline = now + self.config.beat_timeout;
            let id = pipe.id;
            self.outputs.push_back(Output::Ask { id });
        } else if late {
            // Nobody can be asked. What came meanwhile may not have been looked at yet.
            pipe.deadline = now + self.config.beat_timeout;
        } else {
            self.abandon();
            if matches!(self.state, State::Closing { .. }) {
                return self.end(Cause::Closed);
            }
            self.lost(now, Cause::Silent(silence), Sequel::Retry);
        }
    }

    /// Something of the page or its network has changed.
    pub fn page(&mut self, now: Instant, page: Page) {
        match (page, &mut self.state) {
            (Page::Online | Page::Visible, State::Waiting { until, .. }) => {
                let soon = now + SPREAD.mul_f64(self.rng.f64());
                *until = soon.min(*until);
            }
            (Page::Frozen, _) => {
                self.put_away = true;
                self.suspend(Cause::PutAway);
            }
            (Page::Resumed, _) => {
                self.put_away = false;
                self.resume(now);
            }
            _ => {}
        }
    }

    /// The application has not taken what it got: the connection is given up, and the server's history keeps what comes meanwhile.
    pub fn fall_behind(&mut self) {
        self.behind = true;
        self.suspend(Cause::Behind);
    }

    /// It has.
    pub fn catch_up(&mut self, now: Instant) {
        self.behind = false;
        self.resume(now);
    }

    fn suspend(&mut self, cause: Cause) {
        match self.state {
            State::Idle | State::Closed | State::Suspended => {}
            State::Closing { .. } => self.end(Cause::Closed),
            State::Waiting { .. } | State::Probing { .. } | State::Opening(_) | State::Up(_) => {
                let was_up = matches!(self.state, State::Up(_));
                self.abandon();
                self.state = State::Suspended;
                if was_up {
                    self.tell(Event::Lost { cause });
                }
            }
        }
    }

    fn resume(&mut self, now: Instant) {
        if matches!(self.state, State::Suspended) && !self.put_away && !self.behind {
            self.open(now);
        }
    }
}
