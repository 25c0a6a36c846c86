//! Where the machine stands: one enum, with what belongs to a state inside of it.

use super::TransportId;
use super::handed::Handed;
use super::kept::Keep;
use super::pulse::Pulse;
use super::time::Instant;
use crate::ReadyState;

/// The machine's states by name. The diagram is in the docs of [`machine`](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Not told to connect yet.
    Idle,
    /// Waiting for the next attempt.
    Waiting,
    /// A probe runs in the place of an attempt.
    Probing,
    /// URL and protocols are being asked for.
    Resolving,
    /// A transport is opening.
    Opening,
    /// The transport is open, and the application's handshake runs.
    Greeting,
    /// Connected.
    Up,
    /// `close()` was called, and the end is not there yet.
    Closing,
    /// The page was put away; its return connects again.
    Suspended,
    /// Closed or given up. Only `reconnect()` leads out of here.
    Closed,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Idle,
        Self::Waiting,
        Self::Probing,
        Self::Resolving,
        Self::Opening,
        Self::Greeting,
        Self::Up,
        Self::Closing,
        Self::Suspended,
        Self::Closed,
    ];

    /// What `readyState` is in this phase: OPEN while a connection is up, CONNECTING while one is sought. In `Idle` it is CLOSED.
    #[must_use]
    pub const fn ready_state(self) -> ReadyState {
        match self {
            Self::Waiting | Self::Probing | Self::Resolving | Self::Opening | Self::Greeting | Self::Suspended => {
                ReadyState::Connecting
            }
            Self::Up => ReadyState::Open,
            Self::Closing => ReadyState::Closing,
            Self::Idle | Self::Closed => ReadyState::Closed,
        }
    }
}

#[derive(Debug)]
pub(super) enum State<M> {
    Idle,
    /// Whether no sign of the page or the network may cut the wait short: it is what the server has asked for, or was cut before.
    Waiting {
        fixed: bool,
    },
    Probing {
        id: TransportId,
    },
    Connecting(Attempt),
    Up(Box<Live<M>>),
    /// With the transport whose close event is awaited, if there is one, and whether it was up.
    Closing {
        carrier: Option<Box<Carrier<M>>>,
        was_up: bool,
        /// The code that an answer to our close frame has.
        code: u16,
    },
    /// Until when it was to wait in any case, as the server has asked.
    Suspended {
        until: Instant,
    },
    Closed,
}

impl<M> State<M> {
    pub(super) fn phase(&self) -> Phase {
        match self {
            Self::Idle => Phase::Idle,
            Self::Waiting { .. } => Phase::Waiting,
            Self::Probing { .. } => Phase::Probing,
            Self::Connecting(attempt) => match attempt.stage {
                Stage::Resolving => Phase::Resolving,
                Stage::Opening => Phase::Opening,
                Stage::Greeting => Phase::Greeting,
            },
            Self::Up(_) => Phase::Up,
            Self::Closing { .. } => Phase::Closing,
            Self::Suspended { .. } => Phase::Suspended,
            Self::Closed => Phase::Closed,
        }
    }
}

/// One attempt to connect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) id: TransportId,
    pub(super) endpoint: usize,
    pub(super) stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Resolving,
    Opening,
    Greeting,
}

/// A connection that is up.
#[derive(Debug)]
pub(super) struct Live<M> {
    pub(super) endpoint: usize,
    pub(super) carrier: Box<Carrier<M>>,
    pub(super) since: Instant,
    /// Whether the application has handled the `open` event.
    pub(super) announced: bool,
    /// The heartbeat, where there is one.
    pub(super) pulse: Option<Box<dyn Pulse>>,
    pub(super) candidate: Option<Candidate>,
}

/// What is to take the place of a live connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Candidate {
    Waiting { retries: u32 },
    Trying { attempt: Attempt, retries: u32 },
}

impl Candidate {
    /// How many came before it.
    pub(super) fn retries(self) -> u32 {
        match self {
            Self::Waiting { retries } | Self::Trying { retries, .. } => retries,
        }
    }
}

/// A transport that carries messages, or has.
#[derive(Debug)]
pub(super) struct Carrier<M> {
    pub(super) id: TransportId,
    pub(super) handed: Handed,
    /// What the browser has buffered, as far as is known: what it said last, and what was handed over since.
    pub(super) buffered: u64,
    /// How often it was looked at in vain.
    pub(super) looks: u32,
    /// The browser took a message no more: its close event is on the way.
    pub(super) stalled: bool,
    /// What may have to be queued again, where that is wanted.
    pub(super) kept: Option<Box<dyn Keep<M>>>,
}

impl<M> Carrier<M> {
    pub(super) fn new(id: TransportId, kept: Option<Box<dyn Keep<M>>>) -> Box<Self> {
        Box::new(Self { id, handed: Handed::default(), buffered: 0, looks: 0, stalled: false, kept })
    }

    /// Takes note of what `bufferedAmount` says.
    pub(super) fn note_buffered(&mut self, buffered: u64) {
        self.buffered = buffered;
        if let Some(kept) = &mut self.kept {
            kept.note_buffered(buffered);
        }
    }
}
