//! The policies by name: ours and the peers'.

use crate::case::Case;
use crate::channel::Channel;
use crate::engine::{self, Outcome};
use crate::ours::{Ours, Tuning};
use crate::peers::{Formula, PEERS};
use crate::stepping::{STEPPING, Stepping};

/// The name of ours.
pub const OURS: &str = "tautline";

/// The name of the channel.
pub const CHANNEL: &str = "channel";

/// Whether the targets of the cases are for the policy of this name.
#[must_use]
pub fn is_held_to_targets(name: &str) -> bool {
    [OURS, CHANNEL].contains(&name)
}

/// One of the policies.
#[derive(Clone, Debug)]
pub enum Named {
    /// Our machine.
    Ours(Tuning),
    /// A peer.
    Peer(&'static Formula),
    /// Our channel.
    Channel,
    /// A client that steps down whenever a handshake fails.
    Stepping(&'static Stepping),
}

impl Named {
    /// All of those that have one way to be connected, ours first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        [Self::Ours(Tuning::default())].into_iter().chain(PEERS.iter().map(Self::Peer)).collect()
    }

    /// All of those that have several, ours first.
    #[must_use]
    pub fn with_ways() -> Vec<Self> {
        [Self::Channel].into_iter().chain(STEPPING.iter().map(Self::Stepping)).collect()
    }

    /// The policy of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::all().into_iter().chain(Self::with_ways()).find(|policy| policy.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ours(_) => OURS,
            Self::Peer(formula) => formula.name,
            Self::Channel => CHANNEL,
            Self::Stepping(stepping) => stepping.name,
        }
    }

    /// Runs a case with it.
    #[must_use]
    pub fn run(&self, case: &Case, clients: u32, seed: u64) -> Outcome {
        match self {
            Self::Ours(tuning) => engine::run(&Ours::new(tuning), case, clients, seed),
            Self::Peer(formula) => engine::run(formula, case, clients, seed),
            Self::Channel => engine::run(&Channel, case, clients, seed),
            Self::Stepping(stepping) => engine::run(stepping, case, clients, seed),
        }
    }
}
