//! The heartbeat: whether a live connection is alive, judged by the clock.

use std::time::Duration;

use fastrand::Rng;

use super::backoff::uniform;
use super::config::Heartbeat;
use super::handed::Handed;
use super::time::Instant;

/// A timer that fires this much too late belongs to a page that slept or is throttled: what has arrived may still wait behind it.
const LATE: Duration = Duration::from_secs(1);
/// How long such a page gets to handle what has arrived.
const GRACE: Duration = Duration::from_secs(1);
/// How often in a row, if it keeps on being late.
const MAX_GRACES: u32 = 3;

#[derive(Debug)]
pub(super) struct Pulse {
    rule: Option<Heartbeat>,
    heard: Instant,
    beat: Beat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    /// It may be quiet for as long as `wait`.
    Quiet { wait: Duration },
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
    Dead(Duration),
}

impl Pulse {
    pub(super) fn new(rule: Option<Heartbeat>, now: Instant, rng: &mut Rng) -> Self {
        // Clients that came back together must not all send at the same time.
        let wait = rule.map_or(Duration::ZERO, |rule| first_wait(&rule, rng));
        Self { rule, heard: now, beat: Beat::Quiet { wait } }
    }

    /// When to look for the first time.
    pub(super) fn first_look(&self) -> Option<Instant> {
        match self.beat {
            Beat::Quiet { wait } if self.rule.is_some() => Some(self.heard + wait),
            _ => None,
        }
    }

    /// Something has arrived. Says when to look next, if that has changed.
    pub(super) fn hear(&mut self, now: Instant, rng: &mut Rng) -> Option<Instant> {
        self.heard = now;
        let rule = self.rule?;
        match self.beat {
            // The timer stays where it is, and finds out when it fires: no cost for each message.
            Beat::Quiet { .. } => None,
            Beat::Awaiting | Beat::Grace { .. } => {
                let wait = wait(&rule, rng);
                self.beat = Beat::Quiet { wait };
                Some(now + wait)
            }
        }
    }

    /// The timer has fired, which was to do so at `deadline`.
    pub(super) fn look(&mut self, now: Instant, deadline: Instant, handed: &mut Handed) -> Option<Finding> {
        let rule = self.rule?;
        let late = now.since(deadline) > LATE;
        let silence = now.since(self.heard);
        Some(match self.beat {
            Beat::Quiet { wait } if silence < wait => Finding::Look(self.heard + wait),
            Beat::Quiet { .. } if rule.ping => self.ping(now, &rule, handed),
            // It only listens, and has heard nothing for the whole time: the page may have slept.
            Beat::Quiet { .. } if late => self.grace(now, 1),
            Beat::Quiet { .. } => Finding::Dead(silence),
            Beat::Awaiting if late => self.grace(now, 1),
            Beat::Grace { round } if late && round < MAX_GRACES => self.grace(now, round.saturating_add(1)),
            Beat::Awaiting | Beat::Grace { .. } => Finding::Dead(silence),
        })
    }

    /// There was a sign that the connection may be gone: ask at once, if asking is allowed and was not just done. While an answer is
    /// awaited, signs in a row put nothing off.
    pub(super) fn probe(&mut self, now: Instant, handed: &mut Handed) -> Option<Finding> {
        let rule = self.rule.filter(|rule| rule.ping)?;
        let rest = if self.beat == Beat::Awaiting { LATE.max(rule.timeout) } else { LATE };
        let just_asked = handed.last_mark().is_some_and(|at| now.since(at) < rest);
        (!just_asked).then(|| self.ping(now, &rule, handed))
    }

    fn ping(&mut self, now: Instant, rule: &Heartbeat, handed: &mut Handed) -> Finding {
        handed.mark(now);
        self.beat = Beat::Awaiting;
        Finding::Ping(now + rule.timeout)
    }

    fn grace(&mut self, now: Instant, round: u32) -> Finding {
        self.beat = Beat::Grace { round };
        Finding::Look(now + GRACE)
    }
}

fn first_wait(rule: &Heartbeat, rng: &mut Rng) -> Duration {
    if rule.ping { uniform(rng, Duration::ZERO, rule.interval) } else { wait(rule, rng) }
}

fn wait(rule: &Heartbeat, rng: &mut Rng) -> Duration {
    if rule.ping { uniform(rng, rule.interval, rule.phase) } else { rule.interval.saturating_add(rule.timeout) }
}
