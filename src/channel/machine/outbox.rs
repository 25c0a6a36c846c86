//! What was accepted for sending and is not acknowledged yet.

use std::collections::VecDeque;

use super::output::{Event, Fate, MessageId, ProtocolError, SendError};
use crate::machine::Payload;

/// The messages of one session, numbered without a gap from `accepted + 1`.
#[derive(Debug)]
pub(super) struct Outbox<M> {
    kept: VecDeque<M>,
    bytes: usize,
    /// The highest sequence number that is acknowledged.
    accepted: u64,
    /// The highest sequence number that any transport of this session was handed.
    handed: u64,
    /// The number of the first message that is kept.
    first: u64,
    max_messages: usize,
    max_bytes: usize,
}

impl<M: Payload> Outbox<M> {
    pub(super) fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self { kept: VecDeque::new(), bytes: 0, accepted: 0, handed: 0, first: 1, max_messages, max_bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, message: M) -> Result<MessageId, SendError> {
        let bytes = message.byte_len();
        if self.kept.len() >= self.max_messages {
            return Err(SendError::TooMany { limit: self.max_messages });
        }
        if self.bytes.saturating_add(bytes) > self.max_bytes {
            return Err(SendError::NoRoom { bytes, limit: self.max_bytes });
        }
        let id = MessageId(self.first + self.kept.len() as u64);
        self.bytes += bytes;
        self.kept.push_back(message);
        Ok(id)
    }

    /// The sequence numbers after `after`, which a transport has had; they count as handed over from now on.
    pub(super) fn hand_over(&mut self, after: u64) -> std::ops::RangeInclusive<u64> {
        self.handed = self.handed.max(self.last());
        after.max(self.accepted) + 1..=self.last()
    }

    /// The message with this sequence number, while it is not acknowledged.
    pub(super) fn get(&self, sequence: u64) -> Option<&M> {
        let at = sequence.checked_sub(self.accepted + 1)?;
        self.kept.get(usize::try_from(at).ok()?)
    }

    /// The highest sequence number there is.
    pub(super) fn last(&self) -> u64 {
        self.accepted + self.kept.len() as u64
    }

    /// Everything up to this number is acknowledged.
    pub(super) fn accept(&mut self, sequence: u64) -> Result<Option<Event>, ProtocolError> {
        if sequence > self.handed {
            return Err(ProtocolError::Accepted { sent: self.handed, found: sequence });
        }
        // A late one says nothing new.
        let count = sequence.saturating_sub(self.accepted);
        self.accepted += count;
        Ok(self.take(count, Fate::Accepted))
    }

    /// Whether something was handed over that is not acknowledged.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.handed > self.accepted
    }

    /// Whether a server that has accepted so much has forgotten that there was more.
    pub(super) fn is_beyond(&self, accepted: u64) -> bool {
        accepted < self.accepted
    }

    /// Another session: what was handed over is unknown, the rest is numbered from 1.
    pub(super) fn start_anew(&mut self) -> Option<Event> {
        let handed = self.handed - self.accepted;
        let event = self.take(handed, Fate::Unknown);
        (self.accepted, self.handed) = (0, 0);
        event
    }

    /// The end: nothing is kept any more.
    pub(super) fn give_up(&mut self) -> [Option<Event>; 2] {
        let handed = self.start_anew();
        [handed, self.take(self.kept.len() as u64, Fate::NotSent)]
    }

    fn take(&mut self, count: u64, fate: Fate) -> Option<Event> {
        if count == 0 {
            return None;
        }
        for _ in 0..count {
            if let Some(message) = self.kept.pop_front() {
                self.bytes -= message.byte_len();
            }
        }
        let first = MessageId(self.first);
        self.first += count;
        Some(Event::Fate { first, last: MessageId(self.first - 1), fate })
    }
}
