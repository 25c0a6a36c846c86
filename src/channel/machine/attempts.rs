//! Attempts, and how connections end.

use std::time::Duration;

use super::output::{Cause, Event, Output, PipeId};
use super::{Answer, Machine, Pipe, State};
use crate::Closed;
use crate::machine::{Instant, Payload};

/// What a connection's end says about the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sequel {
    /// It would end the same way.
    Never,
    /// The server has no room, or has sent everybody away.
    Later,
    /// The usual wait.
    Retry,
}

impl Sequel {
    /// PROTOCOL.md, "Codes of x". `told`: the server has said so, in a frame. Where it has not, 4400 and 4413 are what a transport found
    /// wrong with an answer, which may not even be the server's.
    fn of(code: u16, told: bool) -> Self {
        match code {
            4401 | 4403 | 4404 => Self::Never,
            4400 | 4413 if told => Self::Never,
            1001 | 1012 | 1013 | 4429 => Self::Later,
            _ => Self::Retry,
        }
    }
}

impl<M: Payload> Machine<M> {
    /// Opens the transport on which the ladder stands.
    pub(super) fn open(&mut self, now: Instant) {
        if self.met && !self.outbox.is_in_doubt() {
            // Nothing depends on what the server remembers of the old one.
            self.begin_session();
        }
        let rung = self.ladder.rung;
        let pipe = self.open_pipe(now, rung);
        self.state = State::Opening(pipe);
    }

    fn open_pipe(&mut self, now: Instant, rung: usize) -> Pipe {
        let (id, kind) = (self.new_id(), self.ladder.kind(rung));
        let position = self.position.clone();
        let pipe = Pipe::new(id, kind, rung, now + self.patience(self.config.connect_timeout));
        let (session, begin) = (self.session.clone(), !self.met);
        self.outputs.push_back(Output::Open { id, kind, session, begin, position });
        pipe
    }

    /// Another session, of which the server knows nothing yet.
    pub(super) fn begin_session(&mut self) {
        let event = self.outbox.start_anew();
        self.tell_all([event]);
        self.session = (self.sessions)();
        self.met = false;
    }

    /// A transport has ended.
    pub fn ended(&mut self, now: Instant, id: PipeId, closed: Closed) {
        if self.candidate.as_ref().is_some_and(|candidate| candidate.id == id) {
            // It is gone already: nothing to abort.
            self.candidate = None;
            return self.upgrade_failed(now);
        }
        let (State::Opening(pipe) | State::Up(pipe) | State::Closing { pipe, .. }) = &self.state else { return };
        if pipe.id != id {
            return;
        }
        let sequel = Sequel::of(closed.code.get(), pipe.told);
        // A server that says why it ends it has the transport to blame for nothing.
        self.steady |= pipe.told;
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Opening(_) => self.failed(now, Cause::Ended(closed), sequel),
            State::Closing { .. } => self.end(Cause::Closed),
            _ => {
                self.abandon();
                self.lost(now, Cause::Ended(closed), sequel);
            }
        }
    }

    /// A transport could not be made.
    pub fn not_made(&mut self, now: Instant, id: PipeId) {
        if self.candidate.as_ref().is_some_and(|candidate| candidate.id == id) {
            self.candidate = None;
            return self.upgrade_failed(now);
        }
        if !matches!(&self.state, State::Opening(pipe) if pipe.id == id) {
            return;
        }
        if self.ladder.is_last() {
            self.state = State::Idle;
            return self.end(Cause::NotMade);
        }
        self.step_down(now);
    }

    /// An answer to the question over HTTP.
    pub fn probed(&mut self, now: Instant, id: PipeId, answer: Answer) {
        if !matches!(&self.state, State::Probing { id: asked, .. } if *asked == id) {
            return;
        }
        self.state = State::Idle;
        match answer {
            Answer::Status(status @ (400 | 401 | 403 | 404)) => self.end(Cause::Refused { status }),
            Answer::Status(200..=299) => {
                if self.ladder.suspect(&self.config) {
                    self.step_down(now);
                } else {
                    // The server is there: what has failed may have been chance.
                    self.open(now);
                }
            }
            Answer::Status(_) | Answer::Nothing => {
                self.ladder.acquit();
                // An attempt asks as well, and needs no second request of a server that is back.
                self.wait(now, Sequel::Retry, false);
            }
        }
    }

    fn step_down(&mut self, now: Instant) {
        let from = self.kind();
        self.ladder.step_down();
        let to = self.kind();
        self.tell(Event::SteppedDown { from, to });
        self.open(now);
    }

    /// An attempt has failed before its hello.
    pub(super) fn failed(&mut self, now: Instant, cause: Cause, sequel: Sequel) {
        if sequel == Sequel::Never {
            return self.end(cause);
        }
        self.tell(Event::Lost { cause });
        let doubtful = !self.ladder.is_last() && sequel == Sequel::Retry;
        if doubtful && !self.was_up && self.attempt == 0 && self.ladder.may_hurry() {
            // Nobody was cut off at the same time.
            return self.probe(now);
        }
        self.wait(now, sequel, doubtful);
    }

    /// A connection that was up is lost.
    pub(super) fn lost(&mut self, now: Instant, cause: Cause, sequel: Sequel) {
        if sequel == Sequel::Never {
            return self.end(cause);
        }
        self.tell(Event::Lost { cause });
        // A transport over which no connection lasts may be to blame.
        let doubtful = !self.steady && self.ladder.count_short_life(&self.config);
        self.wait(now, sequel, doubtful);
    }

    /// Asks over HTTP whether the server is there.
    pub(super) fn probe(&mut self, now: Instant) {
        let id = self.new_id();
        self.outputs.push_back(Output::Probe { id });
        self.state = State::Probing { id, until: now + self.patience(self.config.probe_timeout) };
    }

    /// A timeout for what is begun now. It grows: a server with a long queue must not be kept down by clients that gave up.
    fn patience(&self, timeout: Duration) -> Duration {
        timeout.saturating_mul(self.attempt.min(2) + 1)
    }

    /// `doubtful`: the question over HTTP takes the place of the next attempt. One request for each wait: an outage is no reason to ask
    /// more.
    pub(super) fn wait(&mut self, now: Instant, sequel: Sequel, doubtful: bool) {
        let backoff = &self.config.backoff;
        let delay = match sequel {
            Sequel::Later => backoff.wide_wait(self.attempt, &mut self.rng),
            _ => backoff.wait(self.attempt, &mut self.rng),
        };
        self.attempt = self.attempt.saturating_add(1);
        self.state = State::Waiting { until: now + delay, doubtful };
        self.tell(Event::Retry { delay, attempt: self.attempt });
    }

    /// Tries a better transport beside the live one.
    pub(super) fn try_better(&mut self, now: Instant) {
        let rung = self.ladder.better();
        self.candidate = Some(self.open_pipe(now, rung));
    }

    pub(super) fn candidate_failed(&mut self, now: Instant) {
        self.drop_candidate();
        self.upgrade_failed(now);
    }

    fn upgrade_failed(&mut self, now: Instant) {
        self.ladder.upgrade_failed();
        self.ladder.plan_upgrade(now, &self.config, &mut self.rng);
    }
}
