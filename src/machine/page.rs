//! The page and its network: hints that are believed as far as they deserve.

use super::attempts::abnormal;
use super::backoff::uniform;
use super::state::{Stage, State};
use super::time::{Instant, Span};
use super::timer::Timer;
use super::{Ending, Event, Machine, Output, Page, Payload};
use crate::Closed;
use crate::table::Table;

/// An attempt that has been opening for this long when the network or the page comes back is given up for a new one: its packets may
/// have gone to a network that is no more.
const STUCK: Span = Span(3_000_000);

impl<M: Payload> Machine<M> {
    pub(super) fn page(&mut self, now: Instant, page: Page) {
        match page {
            Page::Online => {
                self.offline = false;
                self.wake(now);
            }
            Page::Offline => {
                self.offline = true;
                self.slow_down(now);
            }
            Page::Visible => {
                self.hidden = false;
                self.timers.clear(Timer::Hidden);
                self.come_back(now);
            }
            Page::Resumed => {
                self.come_back(now);
                self.watch_hidden(now);
            }
            Page::Hidden => {
                self.hidden = true;
                self.watch_hidden(now);
            }
            Page::Frozen => self.suspend(now),
        }
    }

    /// While the page is hidden there is an end to what is connected, or is to be, if that was asked for.
    pub(super) fn watch_hidden(&mut self, now: Instant) {
        let rests = matches!(self.state, State::Idle | State::Closing { .. } | State::Suspended { .. } | State::Closed);
        if let Some(after) = self.config.close_hidden_after.filter(|_| self.hidden && !rests)
            && self.timers.get(Timer::Hidden).is_none()
        {
            self.timers.set(Timer::Hidden, now + after);
        }
    }

    /// `offline` is only a hint: an open connection is asked, not ended, and retries go on, if slowly.
    fn slow_down(&mut self, now: Instant) {
        self.check_life(now);
        if let (State::Waiting { .. }, Some(deadline)) = (&self.state, self.timers.get(Timer::Retry)) {
            let slow = now + self.offline_delay();
            self.timers.set(Timer::Retry, deadline.max(slow));
        }
    }

    fn come_back(&mut self, now: Instant) {
        let State::Suspended { until } = self.state else { return self.wake(now) };
        let delay = uniform(&mut self.rng, Span::ZERO, self.config.wake_spread.into()).max(until.past(now));
        self.down_since = now;
        self.wait(now, delay, true);
        self.event(Event::Retry { delay: delay.duration(), attempt: self.retries, cause: Ending::Suspended });
    }

    /// The network or the page may be back: look whether the connection lives, or try soon, at a time of one's own.
    fn wake(&mut self, now: Instant) {
        let spread = self.config.wake_spread.into();
        match &self.state {
            State::Up(_) => self.check_life(now),
            State::Waiting { fixed: false } => {
                // Such signs may come in a row, and must not become attempts in a row.
                let rested = self.last_attempt.map_or(now, |last| now.max(last + spread));
                let soon = rested + uniform(&mut self.rng, Span::ZERO, spread);
                if let Some(deadline) = self.timers.get(Timer::Retry) {
                    self.timers.set(Timer::Retry, deadline.min(soon));
                    self.state = State::Waiting { fixed: true };
                }
            }
            State::Connecting(attempt) if attempt.stage == Stage::Opening => {
                let attempt = *attempt;
                let took = self.last_attempt.map_or(Span::ZERO, |last| now.past(last));
                if took >= STUCK.max(spread) {
                    self.abandon(attempt);
                    self.timers.clear(Timer::Attempt);
                    let delay = uniform(&mut self.rng, Span::ZERO, spread);
                    self.wait(now, delay, true);
                    let cause = Ending::ConnectTimedOut(took.duration());
                    self.event(Event::Retry { delay: delay.duration(), attempt: self.retries, cause });
                }
            }
            _ => {}
        }
    }

    /// The page is put away: what is open would keep it out of the back-forward cache, or be closed without a word.
    pub(super) fn suspend(&mut self, now: Instant) {
        match std::mem::replace(&mut self.state, State::Idle) {
            state @ (State::Idle | State::Closed | State::Suspended { .. }) => return self.state = state,
            // The close event that is awaited might come after the page is gone.
            state @ State::Closing { .. } => {
                self.state = state;
                return self.closing_timed_out(now);
            }
            State::Up(live) => {
                let (code, reason) = self.config.suspend_with.clone();
                self.out.push_back(Output::Abort { id: live.carrier.id, with: Some((code, reason.clone())) });
                self.metrics.count_close(code.get());
                self.has_lasted(now, live.since);
                self.end_up(now, *live);
                self.clear_timers();
                self.set_expiry();
                self.enter(State::Suspended { until: now });
                let reason = reason.as_str().to_owned();
                self.event(Event::Close {
                    closed: Closed { code: code.into(), reason, was_clean: false },
                    retrying: true,
                });
            }
            other => {
                let fixed = matches!(other, State::Waiting { fixed: true });
                let until = self.timers.get(Timer::Retry).filter(|_| fixed).unwrap_or(now);
                self.state = other;
                self.cancel();
                self.clear_timers();
                self.set_expiry();
                self.enter(State::Suspended { until });
            }
        }
        self.drop_retiring(now);
        self.down_since = now;
        self.last = Some(Ending::Suspended);
    }

    /// `reconnect()`: from every state.
    pub(super) fn start_anew(&mut self, now: Instant) {
        let closed = match std::mem::replace(&mut self.state, State::Idle) {
            State::Up(mut live) => {
                let spare = super::state::Carrier::new(self.new_id(), None);
                let carrier = std::mem::replace(&mut live.carrier, spare);
                self.end_up(now, *live);
                self.retire(now, carrier);
                Some(Closed { code: crate::StatusCode::NORMAL_CLOSURE, reason: String::new(), was_clean: false })
            }
            State::Closing { carrier, was_up, .. } => {
                if let Some(carrier) = carrier {
                    // It was told to close already.
                    self.drop_retiring(now);
                    self.timers.set(Timer::Retiring, now + self.config.close_timeout);
                    self.retiring = Some(carrier);
                }
                was_up.then(abnormal)
            }
            other => {
                self.state = other;
                self.cancel();
                None
            }
        };
        self.clear_timers();
        self.set_expiry();
        (self.retries, self.failed, self.unopened) = (0, 0, 0);
        self.answers = Table::new();
        self.down_since = now;
        self.last = Some(Ending::Reconnect);
        if let Some(closed) = closed {
            self.event(Event::Close { closed, retrying: true });
        }
        self.begin(now);
        self.watch_hidden(now);
    }
}
