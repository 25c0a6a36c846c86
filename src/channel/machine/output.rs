//! What the machine wants done, and what it tells.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::Kind;
use crate::Closed;
use crate::channel::wire::{FrameError, HelloError};

/// Names one transport that was opened, or one probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PipeId(pub(super) u64);

impl PipeId {
    /// The one with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Names one message that was accepted for sending, in their order from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub(super) u64);

impl MessageId {
    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A place in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// Names the channel's life.
    pub epoch: String,
    /// The offset of the last message that was seen.
    pub offset: u64,
}

/// What the machine wants done.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Open a transport of this kind.
    Open {
        /// Its name from now on.
        id: PipeId,
        /// What to open.
        kind: Kind,
        /// The session: a secret.
        session: String,
        /// Whether the session begins here.
        begin: bool,
        /// From where on; `None` for only what is new.
        position: Option<Position>,
    },
    /// Send a message over a transport.
    Transmit {
        /// Which.
        id: PipeId,
        /// Its sequence number; [`outgoing`](super::Machine::outgoing) has the message. One that is acknowledged meanwhile is gone.
        sequence: u64,
    },
    /// Ask the server for a beat.
    Ask {
        /// Over which transport.
        id: PipeId,
    },
    /// Give a transport, or a probe, up: detach, close, drop.
    Abort {
        /// Which.
        id: PipeId,
    },
    /// Ask over HTTP whether the server is there.
    Probe {
        /// The question's name.
        id: PipeId,
    },
    /// Remember that this kind works here.
    Remember {
        /// Which.
        kind: Kind,
    },
    /// Tell the application.
    Tell(Event),
}

impl fmt::Debug for Output {
    /// Without the session, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { id, kind, session: _, begin, position } => f
                .debug_struct("Open")
                .field("id", id)
                .field("kind", kind)
                .field("begin", begin)
                .field("position", position)
                .finish_non_exhaustive(),
            Self::Transmit { id, sequence } => {
                f.debug_struct("Transmit").field("id", id).field("sequence", sequence).finish()
            }
            Self::Ask { id } => f.debug_struct("Ask").field("id", id).finish(),
            Self::Abort { id } => f.debug_struct("Abort").field("id", id).finish(),
            Self::Probe { id } => f.debug_struct("Probe").field("id", id).finish(),
            Self::Remember { kind } => f.debug_struct("Remember").field("kind", kind).finish(),
            Self::Tell(event) => f.debug_tuple("Tell").field(event).finish(),
        }
    }
}

/// What happened to a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The channel is up.
    Opened {
        /// Over which transport.
        kind: Kind,
        /// Whether it goes on exactly where it was; of the first time `true`.
        recovered: bool,
    },
    /// Messages were missed; a gap in the sequence.
    Missed(Gap),
    /// Another transport has taken over, without a loss.
    Moved {
        /// From this one.
        from: Kind,
        /// To this one.
        to: Kind,
    },
    /// The connection is lost.
    Lost {
        /// Why.
        cause: Cause,
    },
    /// An attempt follows after a wait.
    Retry {
        /// How long the wait is.
        delay: Duration,
        /// How many retries come before that attempt.
        attempt: u32,
    },
    /// This transport seems to be blocked; a lower one is used.
    SteppedDown {
        /// From this one.
        from: Kind,
        /// To this one.
        to: Kind,
    },
    /// What became of messages that were to be sent: of those from `first` to `last`.
    Fate {
        /// The first one.
        first: MessageId,
        /// The last one.
        last: MessageId,
        /// What became of them.
        fate: Fate,
    },
    /// The channel has ended.
    Closed {
        /// Why.
        cause: Cause,
    },
}

/// Which messages are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// The history did not reach back far enough: these offsets, both included, are missed.
    Trimmed {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// The channel began anew: what came after `before` in its old life is missed, if anything did, and of its new life all up to `after`.
    NewEpoch {
        /// What was seen last.
        before: Position,
        /// The new life, and the offset after which it is seen.
        after: Position,
    },
}

/// What became of a message that was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// The server has it.
    Accepted,
    /// It was handed over, and the server that might have had it remembers nothing: it was handled once, or not at all.
    Unknown,
    /// It was never handed over.
    NotSent,
}

/// Why something ended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Cause {
    /// `close()` was called.
    #[error("it was closed")]
    Closed,
    /// What was received has not been taken; it goes on from there once it is.
    #[error("what was received has not been taken")]
    Behind,
    /// The page was put away; its return connects again.
    #[error("the page was put away")]
    PutAway,
    /// The transport ended.
    #[error("the connection ended with {}", .0.code.get())]
    Ended(Closed),
    /// There was no hello in time.
    #[error("there was no answer within {0:?}")]
    Timeout(Duration),
    /// Nothing was heard of the server.
    #[error("nothing was heard for {0:?}")]
    Silent(Duration),
    /// The browser has no such transport, or does not make one for this URL.
    #[error("the browser makes no such transport for this URL")]
    NotMade,
    /// The server broke the protocol.
    #[error("the server broke the protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// The server does not want this client: asked over HTTP it said so.
    #[error("the server answered {status}")]
    Refused {
        /// The status.
        status: u16,
    },
    /// The server has forgotten the session; another one begins.
    #[error("the server has forgotten the session")]
    Forgotten,
}

/// How the server broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Something that is no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A hello that is none.
    #[error(transparent)]
    Hello(#[from] HelloError),
    /// A frame that is larger than this side takes.
    #[error("a frame of {bytes} bytes; at most {limit} are taken")]
    TooLarge {
        /// Its size; of text that was not copied, in UTF-16 code units.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A frame before the hello.
    #[error("a frame came before the hello")]
    NoHello,
    /// A frame that only clients send.
    #[error("the server sent a frame that only clients send")]
    Misplaced,
    /// An offset that leaves others out.
    #[error("offset {found} came instead of {expected}")]
    Jumped {
        /// The one that was to come.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// An offset that was there already.
    #[error("offset {found} came again, after {last}")]
    Repeated {
        /// The last one.
        last: u64,
        /// The one that came.
        found: u64,
    },
    /// An acknowledgement of what was not sent.
    #[error("{found} was acknowledged, and only {sent} were sent")]
    Accepted {
        /// The highest that was sent.
        sent: u64,
        /// The one that was acknowledged.
        found: u64,
    },
    /// The hello begins elsewhere than it was asked to.
    #[error("the hello begins after {found}, and was asked for what comes after {asked}")]
    Elsewhere {
        /// Where it was to begin.
        asked: u64,
        /// Where it begins.
        found: u64,
    },
}

/// Why a message was not accepted for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The channel was closed, or has ended.
    #[error("the channel is closed")]
    Closed,
    /// The message is larger than the server takes.
    #[error("a message of {bytes} bytes; the server takes {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: u64,
    },
    /// As many messages wait for their acknowledgement as may.
    #[error("{limit} messages wait for their acknowledgement")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The messages that wait have as many bytes as they may.
    #[error("{bytes} more bytes; those that wait for their acknowledgement may have {limit}")]
    NoRoom {
        /// The message's.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
}
