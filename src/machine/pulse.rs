//! The heartbeat: whether a live connection is alive, judged by the clock.

use std::fmt::Debug;

use fastrand::Rng;

use super::backoff::uniform;
use super::config::Heartbeat;
use super::handed::Handed;
use super::time::{Instant, Span};

/// A timer that fires this much too late belongs to a page that slept or is throttled: what has arrived may still wait behind it.
const LATE: Span = Span::SECOND;
/// How long such a page gets to handle what has arrived.
const GRACE: Span = Span::SECOND;
/// How often in a row, if it keeps on being late.
const MAX_GRACES: u32 = 3;

/// Begins to look after a connection.
pub(super) type Start = fn(Heartbeat, Instant, &mut Rng) -> Box<dyn Pulse>;

/// The heartbeat of one connection. Behind a `dyn`, so that an application without one has no code of it.
pub(super) trait Pulse {
    /// When to look for the first time.
    fn first_look(&self) -> Instant;
    /// Something has arrived. Says when to look next, if that has changed.
    fn hear(&mut self, now: Instant, rng: &mut Rng) -> Option<Instant>;
    /// The timer has fired, which was to do so at `deadline`.
    fn look(&mut self, now: Instant, deadline: Instant, handed: &mut Handed) -> Finding;
    /// There was a sign that the connection may be gone: ask at once, if asking is allowed and was not just done. While an answer is
    /// awaited, signs in a row put nothing off.
    fn probe(&mut self, now: Instant, handed: &mut Handed) -> Option<Finding>;
    /// What has arrived is the answer. Says how long it took, if that is known.
    fn answer(&self, now: Instant, handed: &mut Handed) -> Option<Span>;
}

pub(super) struct Beats {
    rule: Heartbeat,
    heard: Instant,
    wait: Span,
    beat: Beat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    /// It may be quiet for a while.
    Quiet,
    /// Something has to come now; nothing has.
    Awaiting,
    /// The timer was late: it is looked at again.
    Grace { round: u32 },
}

/// What follows from a look at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// Look again then.
    Look(Instant),
    /// Send the heartbeat's message, and look again then.
    Ping(Instant),
    /// Nothing came for so long.
    Dead(Span),
}

impl Beats {
    pub(super) fn start(rule: Heartbeat, now: Instant, rng: &mut Rng) -> Box<dyn Pulse> {
        // Clients that came back together must not all send at the same time.
        let wait = if rule.ping { uniform(rng, Span::ZERO, rule.interval.into()) } else { wait(&rule, rng) };
        Box::new(Self { rule, heard: now, wait, beat: Beat::Quiet })
    }

    fn ping(&mut self, now: Instant, handed: &mut Handed) -> Finding {
        handed.mark(now);
        self.beat = Beat::Awaiting;
        Finding::Ping(now + self.rule.timeout)
    }

    fn grace(&mut self, now: Instant, round: u32) -> Finding {
        self.beat = Beat::Grace { round };
        Finding::Look(now + GRACE)
    }
}

impl Pulse for Beats {
    fn first_look(&self) -> Instant {
        self.heard + self.wait
    }

    fn hear(&mut self, now: Instant, rng: &mut Rng) -> Option<Instant> {
        self.heard = now;
        // The timer stays where it is, and finds out when it fires: no cost for each message.
        if self.beat == Beat::Quiet {
            return None;
        }
        self.beat = Beat::Quiet;
        self.wait = wait(&self.rule, rng);
        Some(now + self.wait)
    }

    fn look(&mut self, now: Instant, deadline: Instant, handed: &mut Handed) -> Finding {
        let late = now.past(deadline) > LATE;
        let silence = now.past(self.heard);
        match self.beat {
            Beat::Quiet if silence < self.wait => Finding::Look(self.heard + self.wait),
            Beat::Quiet if self.rule.ping => self.ping(now, handed),
            // It only listens, and has heard nothing for the whole time, or awaits an answer: the page may have slept.
            Beat::Quiet | Beat::Awaiting if late => self.grace(now, 1),
            Beat::Grace { round } if late && round < MAX_GRACES => self.grace(now, round.saturating_add(1)),
            _ => Finding::Dead(silence),
        }
    }

    fn probe(&mut self, now: Instant, handed: &mut Handed) -> Option<Finding> {
        if !self.rule.ping {
            return None;
        }
        let rest = if self.beat == Beat::Awaiting { LATE.max(self.rule.timeout.into()) } else { LATE };
        let just_asked = handed.last_mark().is_some_and(|at| now.past(at) < rest);
        (!just_asked).then(|| self.ping(now, handed))
    }

    fn answer(&self, now: Instant, handed: &mut Handed) -> Option<Span> {
        handed.answer().map(|sent| now.past(sent))
    }
}

/// Not one of its methods, which would be linked wherever there is a heartbeat.
impl Debug for dyn Pulse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pulse")
    }
}

fn wait(rule: &Heartbeat, rng: &mut Rng) -> Span {
    if rule.ping {
        uniform(rng, rule.interval.into(), rule.phase.into())
    } else {
        Span::from(rule.interval).plus(rule.timeout.into())
    }
}
