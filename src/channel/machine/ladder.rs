//! Which transport to use: the best one that works here.

use std::time::Duration;

use fastrand::Rng;

use super::{Config, Kind};
use crate::machine::{Instant, micros};

/// The transports, best first, and where on them the channel stands.
#[derive(Debug)]
pub(super) struct Ladder {
    kinds: Vec<Kind>,
    pub(super) rung: usize,
    /// How often the transport has failed while the server could be asked otherwise.
    suspicions: u32,
    /// Whether nothing has said that the server was away when the last attempt was made.
    vouched: bool,
    /// How many connections one after the other did not last.
    short_lives: u32,
    /// When a better one is tried in the background.
    pub(super) upgrade_at: Instant,
    /// How many such tries have failed.
    upgrades_failed: u32,
    /// Whether a better one has taken over that has not lasted yet.
    climbed: bool,
    /// The rung that the next try is of.
    next_better: usize,
}

/// So many connections in a row that did not last are too many.
const SHORT_LIVES: u32 = 3;

impl Ladder {
    pub(super) fn new(kinds: &[Kind], remembered: Option<Kind>) -> Self {
        let mut kinds: Vec<Kind> = kinds.to_vec();
        if kinds.is_empty() {
            kinds.push(Kind::WebSocket);
        }
        let rung = kinds.iter().position(|kind| Some(*kind) == remembered).unwrap_or(0);
        Self {
            kinds,
            rung,
            suspicions: 0,
            vouched: true,
            short_lives: 0,
            upgrade_at: Instant::NEVER,
            upgrades_failed: 0,
            climbed: false,
            next_better: 0,
        }
    }

    pub(super) fn kind(&self, rung: usize) -> Kind {
        self.kinds.get(rung).copied().unwrap_or(Kind::WebSocket)
    }

    pub(super) fn is_last(&self) -> bool {
        self.rung + 1 >= self.kinds.len()
    }

    /// The transport failed, and the server was there when it was asked otherwise. `true`: it counts as blocked.
    pub(super) fn suspect(&mut self, config: &Config) -> bool {
        // What failed before the server was back says nothing.
        if std::mem::replace(&mut self.vouched, true) {
            self.suspicions += 1;
        }
        self.suspicions >= config.blocked_after.max(1) && !self.is_last()
    }

    /// Whether the question may follow a failure at once; where more than two are asked for, the others wait.
    pub(super) fn may_hurry(&self) -> bool {
        self.suspicions < 2
    }

    /// An outage proves nothing against a transport.
    pub(super) fn acquit(&mut self) {
        (self.suspicions, self.vouched) = (0, false);
    }

    /// The next lower one.
    pub(super) fn step_down(&mut self) {
        self.rung = (self.rung + 1).min(self.kinds.len().saturating_sub(1));
        (self.suspicions, self.short_lives, self.vouched) = (0, 0, true);
        if std::mem::take(&mut self.climbed) {
            // It said its hello and no more: no better than one that fails.
            self.upgrade_failed();
        }
    }

    /// A connection has lasted. `true`: that of a better one which had taken over.
    pub(super) fn settle(&mut self) -> bool {
        (self.suspicions, self.short_lives, self.vouched) = (0, 0, true);
        let climbed = std::mem::take(&mut self.climbed);
        if climbed {
            (self.upgrades_failed, self.next_better) = (0, 0);
        }
        climbed
    }

    /// A connection did not last. `true`: several in a row. If the server can be asked otherwise, this transport is to blame.
    pub(super) fn count_short_life(&mut self, config: &Config) -> bool {
        self.short_lives += 1;
        let many = self.short_lives >= SHORT_LIVES && !self.is_last();
        if many {
            // The server was there each time.
            (self.suspicions, self.vouched) = (config.blocked_after.max(1) - 1, true);
        }
        many
    }

    /// Plans the next try of a better one, if there is a better one.
    pub(super) fn plan_upgrade(&mut self, now: Instant, config: &Config, rng: &mut Rng) {
        if self.rung == 0 {
            self.upgrade_at = Instant::NEVER;
            return;
        }
        let doubled = config.upgrade_after.saturating_mul(1 << self.upgrades_failed.min(16));
        let wait = doubled.min(config.upgrade_cap);
        // Between half of it and one and a half: many clients may have stepped down together.
        self.upgrade_at = now + half(wait) + scaled(wait, rng.f64());
    }

    /// The rung to try now.
    pub(super) fn better(&mut self) -> usize {
        self.upgrade_at = Instant::NEVER;
        if self.next_better >= self.rung {
            self.next_better = 0;
        }
        self.next_better
    }

    /// The try has failed: the next one is of the next better one.
    pub(super) fn upgrade_failed(&mut self) {
        self.upgrades_failed = self.upgrades_failed.saturating_add(1);
        self.next_better += 1;
    }

    /// The better one has taken over.
    pub(super) fn climb(&mut self, rung: usize) {
        self.rung = rung;
        self.climbed = true;
        (self.suspicions, self.short_lives, self.vouched) = (0, 0, true);
    }
}

fn half(duration: Duration) -> Duration {
    Duration::from_micros(micros(duration) / 2)
}

fn scaled(duration: Duration, by: f64) -> Duration {
    // A cast from floating point saturates.
    Duration::from_micros((micros(duration) as f64 * by) as u64)
}
