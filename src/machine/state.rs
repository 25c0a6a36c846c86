//! Where the machine stands: one enum, with what belongs to a state inside of it.

use std::collections::VecDeque;

use super::outbox::Entry;
use super::pulse::Pulse;
use super::time::Instant;
use super::{MessageId, TransportId};
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
        carrier: Option<Carrier<M>>,
        was_up: bool,
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
    pub(super) carrier: Carrier<M>,
    pub(super) since: Instant,
    /// Whether the application has handled the `open` event.
    pub(super) announced: bool,
    pub(super) pulse: Pulse,
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
    /// What may have to be queued again, where that is wanted: the newest messages handed over, with no message for those that are never
    /// sent twice.
    pub(super) kept: VecDeque<Kept<M>>,
}

#[derive(Debug)]
pub(super) struct Kept<M> {
    pub(super) id: MessageId,
    pub(super) bytes: usize,
    pub(super) entry: Option<Entry<M>>,
}

impl<M> Carrier<M> {
    pub(super) fn new(id: TransportId) -> Self {
        Self { id, handed: Handed::default(), buffered: 0, looks: 0, stalled: false, kept: VecDeque::new() }
    }

    /// Takes note of what `bufferedAmount` says: what it no longer covers has left the browser.
    pub(super) fn note_buffered(&mut self, buffered: u64) {
        self.buffered = buffered;
        let mut kept: u64 = self.kept.iter().map(|kept| kept.bytes as u64).sum();
        while let Some(oldest) = self.kept.front()
            && kept.saturating_sub(oldest.bytes as u64) >= buffered
        {
            kept = kept.saturating_sub(oldest.bytes as u64);
            self.kept.pop_front();
        }
    }
}

/// What was handed over to one transport, as far as nobody has answered for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Handed {
    /// What was handed over before the oldest heartbeat without an answer.
    before: Range,
    /// The heartbeats without an answer, the oldest first.
    marks: VecDeque<Mark>,
    total: Sum,
    answered: Sum,
}

/// A heartbeat that was sent.
#[derive(Clone, Debug)]
struct Mark {
    at: Instant,
    total: Sum,
    /// What was handed over after it, and before the next one.
    since: Range,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

/// Between which numbers messages lie. What is sent in the `open` event goes before what was queued, so that numbers don't always grow.
#[derive(Clone, Copy, Debug, Default)]
struct Range(Option<(MessageId, MessageId)>);

impl Range {
    fn with(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (one, other) => one.or(other),
        })
    }
}

/// When more heartbeats than this wait for their answers, nobody can tell any more which answer belongs to which.
const MAX_MARKS: usize = 8;

impl Handed {
    pub(super) fn add(&mut self, id: MessageId, bytes: usize) {
        let range = self.marks.back_mut().map_or(&mut self.before, |mark| &mut mark.since);
        *range = range.with(Range(Some((id, id))));
        self.total.messages = self.total.messages.saturating_add(1);
        self.total.bytes = self.total.bytes.saturating_add(bytes as u64);
    }

    /// Takes back a message that the browser did not take.
    pub(super) fn take_back(&mut self, bytes: usize) {
        self.total.messages = self.total.messages.saturating_sub(1);
        self.total.bytes = self.total.bytes.saturating_sub(bytes as u64);
    }

    /// A heartbeat is sent.
    pub(super) fn mark(&mut self, at: Instant) {
        if self.marks.len() == MAX_MARKS {
            // From here on the answers are one behind: none answers for too much.
            self.before = self.range();
            self.marks.clear();
        }
        self.marks.push_back(Mark { at, total: self.total, since: Range::default() });
    }

    /// When the last heartbeat without an answer was sent.
    pub(super) fn last_mark(&self) -> Option<Instant> {
        self.marks.back().map(|mark| mark.at)
    }

    /// A heartbeat was answered: what was handed over before it has been read by whoever answered. Says when it was sent.
    pub(super) fn answer(&mut self) -> Option<Instant> {
        let mark = self.marks.pop_front()?;
        self.before = mark.since;
        self.answered = mark.total;
        Some(mark.at)
    }

    fn range(&self) -> Range {
        self.marks.iter().fold(self.before, |range, mark| range.with(mark.since))
    }

    pub(super) fn contains(&self, id: MessageId) -> bool {
        self.range().0.is_some_and(|(first, last)| (first..=last).contains(&id))
    }

    /// The messages that nobody has answered for: between which numbers they lie, and how many they are.
    pub(super) fn open(&self) -> Option<(MessageId, MessageId, Sum)> {
        let (first, last) = self.range().0?;
        let open = Sum {
            messages: self.total.messages.saturating_sub(self.answered.messages),
            bytes: self.total.bytes.saturating_sub(self.answered.bytes),
        };
        (open.messages > 0).then_some((first, last, open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(ids: &[u64]) -> Handed {
        let mut handed = Handed::default();
        ids.iter().for_each(|id| handed.add(MessageId(*id), 10));
        handed
    }

    fn open(handed: &Handed) -> Option<(u64, u64, u64, u64)> {
        handed.open().map(|(first, last, sum)| (first.0, last.0, sum.messages, sum.bytes))
    }

    #[test]
    fn what_came_before_an_answered_heartbeat_is_open_no_more() {
        let mut some = handed(&[3, 4, 7]);
        assert_eq!(open(&some), Some((3, 7, 3, 30)));
        some.mark(Instant::ZERO);
        some.add(MessageId(9), 10);
        some.mark(Instant::from_micros(1));
        // What was queued before comes after what was sent in the open event.
        some.add(MessageId(1), 10);
        assert_eq!(open(&some), Some((1, 9, 5, 50)));
        assert_eq!(some.answer(), Some(Instant::ZERO));
        assert_eq!(open(&some), Some((1, 9, 2, 20)));
        assert_eq!(some.answer(), Some(Instant::from_micros(1)));
        assert_eq!(open(&some), Some((1, 1, 1, 10)));
        assert_eq!(some.answer(), None, "an answer to nothing answers for nothing");
        some.mark(Instant::ZERO);
        some.answer();
        assert_eq!(open(&some), None);
        some.add(MessageId(11), 10);
        assert_eq!(open(&some), Some((11, 11, 1, 10)));
    }

    #[test]
    fn a_message_that_was_not_taken_is_none_that_was_handed_over() {
        let mut some = handed(&[3, 4, 7]);
        some.take_back(10);
        some.take_back(10);
        assert_eq!(open(&some).map(|(_, _, messages, bytes)| (messages, bytes)), Some((1, 10)));
        some.take_back(10);
        assert_eq!(open(&some), None);
    }

    #[test]
    fn answers_that_nobody_can_count_answer_for_nothing_too_much() {
        let mut some = handed(&[1]);
        for id in 2..30 {
            some.mark(Instant::ZERO);
            some.add(MessageId(id), 10);
        }
        // Whichever heartbeats these eight answer: the last messages may be on the way still.
        (0..8).for_each(|_| _ = some.answer());
        assert!(open(&some).is_some_and(|(_, last, ..)| last == 29));
    }

    #[test]
    fn only_what_the_browser_still_buffers_is_kept() {
        let mut carrier = Carrier::<()>::new(TransportId(0));
        for id in 0..4 {
            carrier.kept.push_back(Kept { id: MessageId(id), bytes: 10, entry: None });
        }
        let kept = |carrier: &Carrier<()>| carrier.kept.iter().map(|kept| kept.id.0).collect::<Vec<_>>();
        carrier.note_buffered(40);
        assert_eq!(kept(&carrier), [0, 1, 2, 3]);
        carrier.note_buffered(11);
        assert_eq!(kept(&carrier), [2, 3], "a message of which a part has left counts too");
        carrier.note_buffered(0);
        assert_eq!(kept(&carrier), [0; 0]);
    }
}
