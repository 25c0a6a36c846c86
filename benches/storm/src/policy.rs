//! The policies by name: ours and the peers'.

use crate::case::Case;
use crate::engine::{self, Outcome};
use crate::ours::{Ours, Tuning};
use crate::peers::{Formula, PEERS};

/// The name of ours.
pub const OURS: &str = "tautline";

/// One of the policies.
#[derive(Clone, Debug)]
pub enum Named {
    /// Our machine.
    Ours(Tuning),
    /// A peer.
    Peer(&'static Formula),
}

impl Named {
    /// All of them, ours first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        [Self::Ours(Tuning::default())].into_iter().chain(PEERS.iter().map(Self::Peer)).collect()
    }

    /// The policy of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|policy| policy.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ours(_) => OURS,
            Self::Peer(formula) => formula.name,
        }
    }

    /// Runs a case with it.
    #[must_use]
    pub fn run(&self, case: &Case, clients: u32, seed: u64) -> Outcome {
        match self {
            Self::Ours(tuning) => engine::run(&Ours::new(tuning), case, clients, seed),
            Self::Peer(formula) => engine::run(formula, case, clients, seed),
        }
    }
}
