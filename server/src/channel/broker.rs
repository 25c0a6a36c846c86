//! What keeps the messages of channels, and the sequence numbers of sessions. In memory it is [`MemoryBroker`](super::MemoryBroker); a
//! message broker can take its place.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::future::BoxFuture;
use tautline::MessageRef;
use tautline::channel::wire::{Frame, Known, Missed};
use thiserror::Error;
use tokio::sync::watch;

/// Keeps channels and sessions. A channel is there as soon as somebody asks for it.
pub trait Broker: fmt::Debug + Send + Sync + 'static {
    /// Where the channel is now, and each time it moves. The channel is kept while somebody has this.
    fn watch<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<watch::Receiver<Position>, BrokerError>>;

    /// What comes after `place`: at most as much as `budget` allows, but one message if there is any. Without a place it is only told
    /// where the channel is.
    fn read<'a>(
        &'a self,
        channel: &'a str,
        place: Option<Place<'a>>,
        budget: Budget,
    ) -> BoxFuture<'a, Result<Batch, BrokerError>>;

    /// Adds a message, and gives its offset.
    fn publish<'a>(&'a self, channel: &'a str, payload: MessageRef<'a>) -> BoxFuture<'a, Result<u64, BrokerError>>;

    /// What is known of a session; with `begin` one that is not known is from now on.
    fn meet<'a>(&'a self, channel: &'a str, session: &'a str, begin: bool) -> BoxFuture<'a, Result<Met, BrokerError>>;

    /// The session, for one at a time, so that nothing is handled twice; `None` where it is not known. Others wait until it is dropped.
    fn claim<'a>(
        &'a self,
        channel: &'a str,
        session: &'a str,
    ) -> BoxFuture<'a, Result<Option<Box<dyn Claim>>, BrokerError>>;
}

/// A session that nobody else can move meanwhile.
pub trait Claim: Send {
    /// The highest sequence number that is accepted.
    fn accepted(&self) -> u64;

    /// All up to this one is.
    fn advance(&mut self, sequence: u64) -> BoxFuture<'_, Result<(), BrokerError>>;
}

/// Why a broker does not do it. The client may try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// There are as many channels as there may be.
    #[error("no room for another channel")]
    NoRoomForChannel,
    /// There are as many sessions as there may be.
    #[error("no room for another session")]
    NoRoomForSession,
    /// The broker can't be reached.
    #[error("the broker is away")]
    Away,
}

/// Where a channel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// This life of the channel.
    pub epoch: Arc<str>,
    /// The newest offset.
    pub newest: u64,
    /// How many bytes the payloads had up to it, in this epoch.
    pub bytes: u64,
}

/// Where a reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Of which life.
    pub epoch: &'a str,
    /// The last offset it has.
    pub after: u64,
}

/// How much to read at once.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// How many messages.
    pub messages: usize,
    /// How many bytes of payload, unless the first has more.
    pub bytes: usize,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The channel's epoch.
    pub epoch: Arc<str>,
    /// The channel's newest offset.
    pub newest: u64,
    /// The first of `messages` has the offset after this one.
    pub after: u64,
    /// What the reader has not, and cannot get any more.
    pub missed: Option<Missed>,
    /// The messages, in order and without gaps.
    pub messages: Vec<Delivery>,
}

/// One message of a channel.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its offset.
    pub offset: u64,
    /// As [`Position::bytes`], up to and with this one.
    pub bytes: u64,
    /// The frame that carries it; all readers share it.
    pub frame: Data,
}

/// What is known of a session.
#[derive(Clone)]
pub struct Met {
    /// As a hello says it: known or new.
    pub known: Known,
    /// The session is not forgotten as long as this is there.
    pub hold: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Met").field("known", &self.known).finish_non_exhaustive()
    }
}

/// A frame, or a payload, that can be shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Text.
    Text(Utf8Bytes),
    /// Bytes.
    Binary(Bytes),
}

impl Data {
    /// This frame.
    #[must_use]
    pub fn frame(frame: &Frame<'_>) -> Self {
        match frame.to_text() {
            Some(text) => Self::Text(text.into()),
            None => Self::Binary(frame.to_bytes().into()),
        }
    }

    /// The same, borrowed.
    #[must_use]
    pub fn borrow(&self) -> MessageRef<'_> {
        match self {
            Self::Text(text) => MessageRef::Text(text),
            Self::Binary(bytes) => MessageRef::Binary(bytes),
        }
    }
}

impl From<Data> for Message {
    fn from(data: Data) -> Self {
        match data {
            Data::Text(text) => Self::Text(text),
            Data::Binary(bytes) => Self::Binary(bytes),
        }
    }
}
