//! The channel's core: no I/O, no clock, no browser. Every message is delivered once and in order, or its loss is told.
//!
//! It is driven like the machine of a reconnecting socket: time and what the transports bring go in, [`Output`]s come out, and
//! [`poll_timeout`](Machine::poll_timeout) says when to call [`handle_timeout`](Machine::handle_timeout).
//!
//! ```text
//!           connect              hello
//!   Idle ───────────▶ Opening ──────────▶ Up ──── close ──▶ Closing ──▶ Closed
//!                     ▲  │ ▲ failed        │ lost             (what was sent is
//!           wait over │  ▼ └────────┐      │                   acknowledged)
//!                     Waiting ──▶ Probing  │
//!                        ▲    unreachable: ├─▶ Waiting
//!                        └──────────────◀──┘
//! ```
//! In an outage, attempts and questions over HTTP take turns, one for each wait. A failed attempt steps down the
//! [ladder of transports](Kind) only where the server could be asked over HTTP before and after it: an outage is waited for. While it is up
//! on a lower one, a candidate of a better one is opened beside, and takes over with its hello.

mod attempts;
mod config;
mod ladder;
mod outbox;
mod output;
mod pipe;
mod receiving;
mod waiting;

use std::collections::VecDeque;

use fastrand::Rng;

pub use config::{Config, Kind};
use ladder::Ladder;
use outbox::Outbox;
pub use output::{Cause, Event, Fate, Gap, MessageId, Output, PipeId, Position, ProtocolError, SendError};
use pipe::Pipe;
pub use receiving::Received;

use crate::machine::{Instant, Payload};

/// Where a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Not told to connect yet.
    Idle,
    /// Waiting for the next attempt.
    Waiting,
    /// The server is asked over HTTP whether it is there.
    Probing,
    /// A transport is opening.
    Opening,
    /// Connected.
    Up,
    /// `close` was called, and what was sent is not acknowledged yet.
    Closing,
    /// The page was put away; its return connects again.
    Suspended,
    /// It has ended.
    Closed,
}

/// What the question over HTTP has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// There was an answer with this status.
    Status(u16),
    /// There was none.
    Nothing,
}

#[derive(Debug)]
enum State {
    Idle,
    Waiting {
        until: Instant,
        /// Whether the server is to be asked over HTTP first.
        doubtful: bool,
    },
    Probing {
        id: PipeId,
        until: Instant,
    },
    Opening(Pipe),
    Up(Pipe),
    Closing {
        pipe: Pipe,
        until: Instant,
    },
    Suspended,
    Closed,
}

/// The machine of one channel. It never looks inside a message that it keeps for sending.
pub struct Machine<M> {
    config: Config,
    rng: Rng,
    /// Makes the name of a session.
    sessions: Box<dyn FnMut() -> String>,
    session: String,
    /// Whether the server knows it.
    met: bool,
    state: State,
    /// A better transport that is to take over.
    candidate: Option<Pipe>,
    ladder: Ladder,
    /// The last message that was delivered.
    position: Option<Position>,
    outbox: Outbox<M>,
    /// The largest message that the server takes, once it has said so.
    limit: Option<u64>,
    /// How many retries there were since a connection that lasted.
    attempt: u32,
    /// When the connection counts as one that lasts.
    steady_at: Instant,
    /// Whether it does, or the last one did, or the server has said why it ended it: then the transport is not to blame.
    steady: bool,
    /// Whether a session was forgotten since a connection that lasted.
    forgotten: bool,
    /// Whether the page is put away.
    put_away: bool,
    /// Whether the application is behind.
    behind: bool,
    /// Whether it was ever up.
    was_up: bool,
    next_pipe: u64,
    repeated: u64,
    outputs: VecDeque<Output>,
}

impl<M: Payload> std::fmt::Debug for Machine<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the session, which is a secret.
        f.debug_struct("Machine")
            .field("phase", &self.phase())
            .field("position", &self.position)
            .field("unacknowledged", &self.outbox.len())
            .finish_non_exhaustive()
    }
}

impl<M: Payload> Machine<M> {
    /// A machine that waits for [`connect`](Self::connect). `sessions` makes names of sessions: 16 to 64 characters of
    /// `A-Z a-z 0-9 _ -`, which nobody can guess. `remembered`: what worked last time.
    pub fn new(
        config: Config,
        seed: u64,
        remembered: Option<Kind>,
        mut sessions: impl FnMut() -> String + 'static,
    ) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            session: sessions(),
            sessions: Box::new(sessions),
            met: false,
            state: State::Idle,
            candidate: None,
            ladder: Ladder::new(&config.transports, remembered),
            position: None,
            outbox: Outbox::new(config.max_messages, config.max_bytes),
            limit: None,
            attempt: 0,
            steady_at: Instant::NEVER,
            steady: false,
            forgotten: false,
            put_away: false,
            behind: false,
            was_up: false,
            next_pipe: 0,
            repeated: 0,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Goes on after this position rather than with what is new. Before [`connect`](Self::connect); later it changes nothing.
    pub fn start_at(&mut self, position: Position) {
        if matches!(self.state, State::Idle) {
            self.position = Some(position);
        }
    }

    /// Begins. Of no effect where it has begun.
    pub fn connect(&mut self, now: Instant) {
        if matches!(self.state, State::Idle) {
            self.open(now);
        }
    }

    /// Ends the wait for the next attempt, or begins again after the end.
    pub fn reconnect(&mut self, now: Instant) {
        match self.state {
            State::Waiting { .. } | State::Closed => {
                self.attempt = 0;
                if self.put_away || self.behind {
                    self.state = State::Suspended;
                } else {
                    self.open(now);
                }
            }
            _ => {}
        }
    }

    /// Accepts a message for sending.
    ///
    /// # Errors
    /// [`SendError`]: closed, too large, or no room.
    pub fn send(&mut self, message: M) -> Result<MessageId, SendError> {
        if matches!(self.state, State::Closing { .. } | State::Closed) {
            return Err(SendError::Closed);
        }
        let bytes = message.byte_len();
        if let Some(limit) = self.limit.filter(|limit| bytes as u64 > *limit) {
            return Err(SendError::TooLarge { bytes, limit });
        }
        let id = self.outbox.push(message)?;
        self.transmit();
        Ok(id)
    }

    /// Takes no more messages, waits until what was sent is acknowledged, for [`close_timeout`](Config::close_timeout) at most, and
    /// ends.
    pub fn close(&mut self, now: Instant) {
        if let State::Up(_) = &self.state
            && !self.outbox.is_empty()
        {
            self.drop_candidate();
            self.ladder.upgrade_at = Instant::NEVER;
            let until = now + self.config.close_timeout;
            if let State::Up(pipe) = std::mem::replace(&mut self.state, State::Closed) {
                self.state = State::Closing { pipe, until };
            }
        } else if !matches!(self.state, State::Closing { .. } | State::Closed) {
            self.end(Cause::Closed);
        }
    }

    /// What is to be done next; to be asked until there is nothing more, after every call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Idle => Phase::Idle,
            State::Waiting { .. } => Phase::Waiting,
            State::Probing { .. } => Phase::Probing,
            State::Opening(_) => Phase::Opening,
            State::Up(_) => Phase::Up,
            State::Closing { .. } => Phase::Closing,
            State::Suspended => Phase::Suspended,
            State::Closed => Phase::Closed,
        }
    }

    /// The message with this sequence number, while it is not acknowledged.
    #[must_use]
    pub fn outgoing(&self, sequence: u64) -> Option<&M> {
        self.outbox.get(sequence)
    }

    /// The last message that was delivered.
    #[must_use]
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// The transport that it runs over, or would.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.ladder.kind(self.ladder.rung)
    }

    /// How many messages, and bytes of them, are not acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> (usize, usize) {
        (self.outbox.len(), self.outbox.bytes())
    }

    /// How many messages came twice, which is no more than what two transports had in common while one took over from the other.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Tell(event));
    }

    fn tell_all(&mut self, events: impl IntoIterator<Item = Option<Event>>) {
        events.into_iter().flatten().for_each(|event| self.tell(event));
    }

    fn new_id(&mut self) -> PipeId {
        self.next_pipe += 1;
        PipeId(self.next_pipe)
    }

    /// Hands what was not handed yet to the live transport.
    fn transmit(&mut self) {
        let (State::Up(pipe) | State::Closing { pipe, .. }) = &mut self.state else { return };
        let id = pipe.id;
        let sequences = self.outbox.hand_over(pipe.handed);
        pipe.handed = self.outbox.last();
        self.outputs.extend(sequences.map(|sequence| Output::Transmit { id, sequence }));
    }

    fn drop_candidate(&mut self) {
        if let Some(candidate) = self.candidate.take() {
            self.outputs.push_back(Output::Abort { id: candidate.id });
        }
    }

    /// Gives up what is open, whatever it is.
    fn abandon(&mut self) {
        self.drop_candidate();
        let id = match &self.state {
            State::Opening(pipe) | State::Up(pipe) | State::Closing { pipe, .. } => Some(pipe.id),
            State::Probing { id, .. } => Some(*id),
            _ => None,
        };
        // What was not sent over it yet has numbers that may be another session's by then.
        self.outputs.retain(|output| !matches!(output, Output::Transmit { id: over, .. } if Some(*over) == id));
        self.outputs.extend(id.map(|id| Output::Abort { id }));
        self.steady_at = Instant::NEVER;
        self.ladder.upgrade_at = Instant::NEVER;
    }

    /// The end.
    fn end(&mut self, cause: Cause) {
        self.abandon();
        self.state = State::Closed;
        let events = self.outbox.give_up();
        self.tell_all(events);
        // What is sent after a reconnect is of another session: nobody knows what the server had of this one.
        self.begin_session();
        self.tell(Event::Closed { cause });
    }
}
