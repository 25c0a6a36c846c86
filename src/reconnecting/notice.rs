//! The events that only a reconnecting socket has.

use std::ops::Deref;
use std::time::Duration;

use super::ReconnectingWebSocket;
use crate::machine::{Ending, Event, Fate, GaveUp, MessageId, Phase};
use crate::{Closed, Message};

/// An event of a reconnecting socket as its handlers see it: what has happened (it derefs to that), and the socket.
#[derive(Debug)]
pub struct Notice<'a, T> {
    pub(super) target: &'a ReconnectingWebSocket,
    pub(super) what: &'a T,
}

impl<T> Notice<'_, T> {
    /// The socket. A handler takes it from here: one that captures a handle keeps the socket from being dropped.
    #[must_use]
    pub fn target(&self) -> &ReconnectingWebSocket {
        self.target
    }
}

impl<T> Deref for Notice<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.what
    }
}

/// An attempt begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connecting {
    /// How many retries came before it since the last connection that lasted.
    pub attempt: u32,
    /// Which endpoint, from 0.
    pub endpoint: usize,
}

/// An attempt follows after a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// How long the wait is.
    pub delay: Duration,
    /// How many retries come before that attempt.
    pub attempt: u32,
    /// Why the last attempt or connection ended.
    pub cause: Ending,
}

/// A connection that was to replace the live one did not come up. The live one stays.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplaceFailed {
    /// Why.
    pub cause: Ending,
    /// When another follows; `None` if none does.
    pub delay: Option<Duration>,
}

/// What became of accepted messages: of those with numbers from `first` to `last` that were at the step before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageFate {
    /// The first one.
    pub first: MessageId,
    /// The last one.
    pub last: MessageId,
    /// What became of them.
    pub fate: Fate,
    /// How many they are.
    pub messages: u64,
    /// The bytes of their payloads.
    pub bytes: u64,
}

// What the machine's event of its kind says, for those who listen to it.

impl Connecting {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Connecting { attempt, endpoint } = *event else { return None };
        Some(Self { attempt, endpoint })
    }
}

impl Retry {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Retry { delay, attempt, cause } = event else { return None };
        Some(Self { delay: *delay, attempt: *attempt, cause: cause.clone() })
    }
}

impl ReplaceFailed {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::ReplaceFailed { cause, delay } = event else { return None };
        Some(Self { cause: cause.clone(), delay: *delay })
    }
}

impl MessageFate {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Fate { first, last, fate, messages, bytes } = *event else { return None };
        Some(Self { first, last, fate, messages, bytes })
    }
}

pub(super) fn gave_up(event: &Event) -> Option<GaveUp> {
    if let Event::GaveUp { why } = event { Some(*why) } else { None }
}

pub(super) fn phase(event: &Event) -> Option<Phase> {
    if let Event::Phase(phase) = event { Some(*phase) } else { None }
}

/// One event of a reconnecting socket, owned, in its order: see [`ReconnectingWebSocket::events`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReconnectEvent {
    /// An attempt begins.
    Connecting(Connecting),
    /// A connection is up.
    Open,
    /// A message has arrived.
    Message(Message),
    /// An attempt or a connection failed; the browser does not say why.
    Error,
    /// A connection that was up has ended, and another attempt follows.
    Disconnected(Closed),
    /// An attempt follows after a wait.
    Retry(Retry),
    /// A connection that was to replace the live one did not come up.
    ReplaceFailed(ReplaceFailed),
    /// There will be no further attempt; the close follows.
    GaveUp(GaveUp),
    /// What became of accepted messages.
    Fate(MessageFate),
    /// The socket is in another phase.
    Phase(Phase),
    /// The socket has ended: the last event.
    Close(Closed),
}
