//! A connection that is up: how it ends, how it is replaced, and how it is closed.

use std::time::Duration;

use super::attempts::{Pace, abnormal};
use super::handed::Run;
use super::metrics::count;
use super::pulse::Finding;
use super::state::{Attempt, Candidate, Carrier, Live, Stage, State};
use super::time::Instant;
use super::timer::Timer;
use super::{CloseAction, Ending, Event, Fate, GaveUp, Machine, Output, Payload, TransportId};
use crate::table::Table;
use crate::{CloseCode, CloseReason, Closed, StatusCode};

impl<M: Payload> Machine<M> {
    /// A transport's close event, whatever it was to the machine.
    pub(super) fn closed(&mut self, now: Instant, id: TransportId, closed: Closed, buffered: u64) {
        match &self.state {
            State::Up(live) if live.carrier.id == id => {
                let pace = self.pace(&closed);
                return self.lost(now, Ending::Closed(closed.clone()), closed, pace, buffered);
            }
            State::Closing { carrier: Some(carrier), .. } if carrier.id == id => {
                return self.finish(now, closed, buffered);
            }
            _ => {}
        }
        if let Some((role, _)) = self.attempt(id, Stage::Opening) {
            return self.attempt_failed(now, role, Ending::ConnectFailed(closed.clone()), closed);
        }
        if let Some((role, _)) = self.attempt(id, Stage::Greeting) {
            self.metrics.count_close(closed.code.get());
            return self.attempt_failed(now, role, Ending::HandshakeFailed, closed);
        }
        if let Some(mut carrier) = self.retiring.take_if(|carrier| carrier.id == id) {
            self.timers.clear(Timer::Retiring);
            self.metrics.count_close(closed.code.get());
            self.settle(&mut carrier, Some(buffered), closed.was_clean && closed.code == StatusCode::NORMAL_CLOSURE);
            self.flush(now);
        }
    }

    /// The live connection is no more.
    fn lost(&mut self, now: Instant, ending: Ending, closed: Closed, pace: Pace, buffered: u64) {
        let State::Up(live) = std::mem::replace(&mut self.state, State::Idle) else { return };
        self.metrics.count_close(closed.code.get());
        let lasted = self.has_lasted(now, live.since);
        if !lasted {
            self.failed = self.failed.saturating_add(1);
        }
        let replacing = live.candidate.is_some();
        let candidate = self.end_live(now, *live, Some(buffered));
        // The server may well close with 1000 what it has asked to be replaced.
        let replaced = replacing && pace.action == CloseAction::Never && closed.code == StatusCode::NORMAL_CLOSURE;
        let pace = if replaced { super::attempts::BACKOFF } else { pace };
        if pace.action == CloseAction::Never || matches!(closed.code.get(), 3000..=4999) {
            // What the provider gave out may be the reason.
            self.answers = Table::new();
        }
        match candidate {
            Some(attempt) if pace.action != CloseAction::Never => {
                self.last = Some(ending);
                self.enter(State::Connecting(attempt));
                self.event(Event::Close { closed, retrying: true });
            }
            other => {
                if let Some(attempt) = other {
                    self.abandon(attempt);
                }
                self.timers.clear(Timer::Attempt);
                if pace.action == CloseAction::Wide || !lasted {
                    self.rotate();
                }
                self.schedule(now, pace, ending, closed, true);
            }
        }
    }

    /// Whether a connection that ends now has lasted. Then what failed before it is forgotten.
    pub(super) fn has_lasted(&mut self, now: Instant, since: Instant) -> bool {
        let lasted = now.past(since) >= self.config.stable_after.into();
        if lasted {
            (self.retries, self.failed) = (0, 0);
            self.down_since = now;
        }
        lasted
    }

    /// Takes a live connection apart that has ended. If a candidate was on its way, it is the attempt from now on, and keeps its time.
    fn end_live(&mut self, now: Instant, mut live: Live<M>, buffered: Option<u64>) -> Option<Attempt> {
        self.metrics.count_connected(now.past(live.since));
        let deadline = self.timers.get(Timer::Candidate);
        for timer in [Timer::Heartbeat, Timer::Renewal, Timer::Flush, Timer::Candidate, Timer::Closing] {
            self.timers.clear(timer);
        }
        self.settle(&mut live.carrier, buffered, false);
        let Some(Candidate::Trying { attempt, .. }) = live.candidate else { return None };
        self.timers.set(Timer::Attempt, deadline.unwrap_or(now));
        Some(attempt)
    }

    /// Says what became of what was handed over to a transport that has ended.
    pub(super) fn settle(&mut self, carrier: &mut Carrier<M>, buffered: Option<u64>, answered: bool) {
        if answered {
            return;
        }
        let requeue = !matches!(self.state, State::Closing { .. } | State::Closed);
        if let Some(buffered) = buffered {
            carrier.note_buffered(buffered);
        }
        if let Some(kept) = carrier.kept.take() {
            kept.settle(self, &mut carrier.handed, requeue);
        }
        carrier.handed.fold();
        for run in carrier.handed.open() {
            let Run { first, last, messages, bytes } = *run;
            count(&mut self.metrics.unknown, messages);
            self.event(Event::Fate { first, last, fate: Fate::Unknown, messages, bytes });
        }
        self.set_expiry();
    }

    /// Closes a connection in order that is not the one any more.
    pub(super) fn retire(&mut self, now: Instant, carrier: Box<Carrier<M>>) {
        self.drop_retiring(now);
        let with = Some((CloseCode::NORMAL, CloseReason::default()));
        self.out.push_back(Output::Close { id: carrier.id, with });
        self.timers.set(Timer::Retiring, now + self.config.close_timeout);
        self.retiring = Some(carrier);
    }

    /// Drops a replaced connection whose closing handshake takes too long, or is not waited for.
    pub(super) fn drop_retiring(&mut self, now: Instant) {
        self.timers.clear(Timer::Retiring);
        if let Some(mut carrier) = self.retiring.take() {
            self.out.push_back(Output::Abort { id: carrier.id, with: None });
            self.metrics.count_close(abnormal().code.get());
            self.settle(&mut carrier, None, false);
            // What is to be sent again may have a connection that it can go to.
            self.flush(now);
        }
    }

    pub(super) fn heard(&mut self, now: Instant, id: TransportId, bytes: usize, reply: bool) {
        let greeting = self.attempt(id, Stage::Greeting).is_some();
        let State::Up(live) = &mut self.state else {
            return self.count_received(greeting, bytes);
        };
        if live.carrier.id != id {
            return self.count_received(greeting, bytes);
        }
        if let Some(pulse) = &mut live.pulse {
            if let Some(look) = pulse.hear(now, &mut self.rng) {
                self.timers.set(Timer::Heartbeat, look);
            }
            if reply && let Some(took) = pulse.answer(now, &mut live.carrier.handed) {
                self.metrics.count_round_trip(took.duration());
            }
        }
        self.count_received(true, bytes);
    }

    pub(super) fn count_received(&mut self, taken: bool, bytes: usize) {
        if taken {
            count(&mut self.metrics.messages_received, 1);
            count(&mut self.metrics.bytes_received, bytes as u64);
        }
    }

    pub(super) fn heartbeat_due(&mut self, now: Instant, deadline: Instant) {
        let State::Up(live) = &mut self.state else { return };
        let handed = &mut live.carrier.handed;
        let found = live.pulse.as_mut().map(|pulse| pulse.look(now, deadline, handed));
        self.act_on(now, found);
    }

    /// There was a sign that the live connection may be gone.
    pub(super) fn check_life(&mut self, now: Instant) {
        let State::Up(live) = &mut self.state else { return };
        let handed = &mut live.carrier.handed;
        let found = live.pulse.as_mut().and_then(|pulse| pulse.probe(now, handed));
        self.act_on(now, found);
    }

    fn act_on(&mut self, now: Instant, found: Option<Finding>) {
        let State::Up(live) = &self.state else { return };
        let id = live.carrier.id;
        match found {
            None => {}
            Some(Finding::Look(at)) => self.timers.set(Timer::Heartbeat, at),
            Some(Finding::Ping(at)) => {
                self.out.push_back(Output::Ping { id });
                self.timers.set(Timer::Heartbeat, at);
            }
            Some(Finding::Dead(silence)) => {
                let buffered = live.carrier.buffered;
                count(&mut self.metrics.dead, 1);
                // The browser's own close can take a minute.
                self.out.push_back(Output::Abort { id, with: None });
                let pace = super::attempts::BACKOFF;
                self.lost(now, Ending::Dead { silence: silence.duration() }, abnormal(), pace, buffered);
            }
        }
    }

    /// `close()`.
    pub(super) fn begin_closing(&mut self, now: Instant, with: Option<(CloseCode, CloseReason)>) {
        let was_up = matches!(self.state, State::Up(_));
        let carrier = match std::mem::replace(&mut self.state, State::Idle) {
            state @ (State::Closing { .. } | State::Closed) => return self.state = state,
            State::Up(mut live) => {
                self.hand_over_all(now, &mut live);
                if let Some(Candidate::Trying { attempt, .. }) = live.candidate {
                    self.abandon(attempt);
                }
                self.metrics.count_connected(now.past(live.since));
                Some(live.carrier)
            }
            State::Connecting(attempt) if attempt.stage != Stage::Resolving => Some(self.new_carrier(attempt.id)),
            other => {
                self.state = other;
                self.cancel();
                None
            }
        };
        self.clear_timers();
        // What an answer to our close frame has: the same code, or none.
        let code = with.as_ref().map_or(StatusCode::NO_STATUS_RECEIVED, |(code, _)| (*code).into()).get();
        let timeout = match &carrier {
            Some(carrier) => {
                self.out.push_back(Output::Close { id: carrier.id, with });
                self.config.close_timeout
            }
            // The close event comes in a task of its own, as the standard has it.
            None => Duration::ZERO,
        };
        self.timers.set(Timer::Closing, now + timeout);
        self.enter(State::Closing { carrier, was_up, code });
        self.fail_outbox();
    }

    /// The closing handshake takes too long, or there was nothing to close.
    /// Or a transport that the browser is closing has not told so in time.
    pub(super) fn closing_timed_out(&mut self, now: Instant) {
        if let State::Up(live) = &self.state {
            let (id, buffered) = (live.carrier.id, live.carrier.buffered);
            self.out.push_back(Output::Abort { id, with: None });
            let pace = super::attempts::BACKOFF;
            return self.lost(now, Ending::Closed(abnormal()), abnormal(), pace, buffered);
        }
        let State::Closing { carrier, .. } = &self.state else { return };
        let buffered = carrier.as_ref().map_or(0, |carrier| carrier.buffered);
        if let Some(carrier) = carrier {
            self.out.push_back(Output::Abort { id: carrier.id, with: None });
        }
        self.finish(now, abnormal(), buffered);
    }

    /// The end after `close()`.
    fn finish(&mut self, now: Instant, closed: Closed, buffered: u64) {
        let State::Closing { carrier, was_up, code } = std::mem::replace(&mut self.state, State::Closed) else {
            return;
        };
        self.enter(State::Closed);
        self.timers.clear(Timer::Closing);
        if let Some(mut carrier) = carrier {
            if was_up {
                self.metrics.count_close(closed.code.get());
            }
            // The server's close frame answers ours, which came after all that was sent; unless the two have crossed.
            let answered = closed.was_clean && closed.code.get() == code;
            self.settle(&mut carrier, Some(buffered), answered);
        }
        // The close event is the last one.
        self.drop_retiring(now);
        self.event(Event::Close { closed, retrying: false });
    }

    /// There will be no further attempt.
    pub(super) fn give_up(&mut self, now: Instant, why: GaveUp, closed: Closed) {
        self.clear_timers();
        self.enter(State::Closed);
        self.fail_outbox();
        self.drop_retiring(now);
        self.event(Event::GaveUp { why });
        self.event(Event::Close { closed, retrying: false });
    }

    /// Ends whatever is going on without a connection.
    pub(super) fn cancel(&mut self) {
        match &self.state {
            State::Probing { id } => self.out.push_back(Output::CancelProbe { id: *id }),
            State::Connecting(attempt) => self.abandon(*attempt),
            _ => {}
        }
    }

    /// Ends the live connection in favour of `reconnect()`, or because the page is put away.
    pub(super) fn end_up(&mut self, now: Instant, live: Live<M>) {
        if let Some(attempt) = self.end_live(now, live, None) {
            self.abandon(attempt);
            self.timers.clear(Timer::Attempt);
        }
    }
}
