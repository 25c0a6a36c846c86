//! Short ways through the world, for tests that want to be somewhere.

use std::time::Duration;

use tautline::machine::{Answer, Config, Ending, Event, Fate, Input, Instant, MessageId, Output, Phase, TransportId};
use tautline::{CloseCode, CloseReason, Closed, StatusCode};

use crate::world::{Load, Wire, World};

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn closed(code: u16, reason: &str) -> Closed {
    Closed::new(StatusCode::new(code).expect("a status code"), reason, true)
}

pub(crate) fn broken() -> Closed {
    Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false)
}

/// `close(1000)`, or with another code.
pub(crate) fn with(code: u16) -> Option<(CloseCode, CloseReason)> {
    Some((CloseCode::new(code).expect("a code for pages"), CloseReason::default()))
}

impl World {
    pub(crate) fn of(config: Config) -> Self {
        Self::new(config, 1)
    }

    /// Connected, announced, with nothing under way.
    pub(crate) fn connected(config: Config) -> Self {
        let mut world = Self::of(config);
        world.connect();
        world.up();
        world
    }

    pub(crate) fn phase(&self) -> Phase {
        self.machine.phase()
    }

    /// The provider answers.
    pub(crate) fn answer(&mut self, answer: Answer) {
        let id = *self.resolving.first().expect("a question");
        self.input(Input::Resolved { id, answer });
    }

    /// The provider answers, if it was asked.
    pub(crate) fn resolve(&mut self) {
        if !self.resolving.is_empty() {
            self.answer(Answer::Ready { valid_for: None });
        }
    }

    pub(crate) fn opening(&self) -> Option<TransportId> {
        self.wires.iter().find(|(_, wire)| **wire == Wire::Opening).map(|(id, _)| *id)
    }

    /// The transport opens.
    pub(crate) fn open(&mut self) -> TransportId {
        let id = self.opening().expect("a transport that opens");
        self.input(Input::Opened { id });
        id
    }

    pub(crate) fn greet(&mut self, accepted: bool) {
        if let Some(id) = self.greeting.first().copied() {
            self.input(Input::Greeted { id, accepted });
        }
    }

    pub(crate) fn announce(&mut self) {
        if let Some(id) = self.unannounced {
            self.input(Input::Announced { id });
        }
    }

    /// From an attempt, or a wait, to a connection that the application knows of.
    pub(crate) fn up(&mut self) -> TransportId {
        if self.phase() == Phase::Waiting {
            self.retry();
        }
        self.resolve();
        let id = self.open();
        self.greet(true);
        self.announce();
        assert_eq!(self.machine.carrier(), Some(id));
        id
    }

    /// From an attempt that opens to a connection.
    pub(crate) fn up_now(&mut self) {
        self.open();
        self.announce();
    }

    /// The wait is over.
    pub(crate) fn retry(&mut self) {
        assert_eq!(self.phase(), Phase::Waiting);
        self.fire(self.machine.poll_timeout().expect("a wait has an end").max(self.now));
        assert_ne!(self.phase(), Phase::Waiting);
    }

    /// The attempt under way is refused, as browsers tell it.
    pub(crate) fn refuse(&mut self) {
        self.resolve();
        let id = self.opening().expect("a transport that opens");
        self.input(Input::Failed { id });
        self.input(Input::Closed { id, closed: broken(), buffered: 0 });
    }

    /// Waits for the next attempt, which is refused. Says how long the wait was.
    pub(crate) fn refused_again(&mut self) -> Duration {
        let before = self.now;
        self.retry();
        let waited = self.now.since(before);
        self.refuse();
        waited
    }

    /// The live connection ends.
    pub(crate) fn end(&mut self, closed: Closed) {
        self.end_with(closed, 0);
    }

    pub(crate) fn end_with(&mut self, closed: Closed, buffered: u64) {
        let id = self.carrier();
        self.input(Input::Closed { id, closed, buffered });
    }

    /// Something arrives.
    pub(crate) fn hear(&mut self, reply: bool) {
        let id = self.carrier();
        self.input(Input::Received { id, bytes: 1, reply });
    }

    /// Messages of these sizes are accepted.
    pub(crate) fn send_all(&mut self, sizes: &[usize]) -> Vec<MessageId> {
        sizes.iter().map(|bytes| self.send(*bytes, None).expect("accepted")).collect()
    }

    pub(crate) fn fates(&self, ids: &[MessageId]) -> Vec<Fate> {
        ids.iter().map(|id| self.ledger.fate(*id).expect("accepted")).collect()
    }

    /// How long until the next timer.
    pub(crate) fn until_timer(&self) -> Option<Duration> {
        self.machine.poll_timeout().map(|at: Instant| at.since(self.now))
    }

    /// The wait that was told last.
    pub(crate) fn delay(&self) -> Duration {
        let delays = self.events.iter().rev().find_map(|event| match event {
            Event::Retry { delay, .. } => Some(*delay),
            _ => None,
        });
        delays.expect("a retry")
    }

    /// Takes what was done since it was last asked for.
    pub(crate) fn take_done(&mut self) -> Vec<Output<Load>> {
        std::mem::take(&mut self.done)
    }

    /// Takes what was told since it was last asked for.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The numbers of the messages handed over since outputs were last taken, in their order.
    pub(crate) fn take_sent(&mut self) -> Vec<MessageId> {
        let sent = self.take_done().into_iter().filter_map(|output| match output {
            Output::Send { message_id, .. } => Some(message_id),
            _ => None,
        });
        sent.collect()
    }

    /// How often the provider was asked, and why the last attempt had ended.
    pub(crate) fn questions(&self) -> Vec<(u32, Option<Ending>)> {
        let asked = self.done.iter().filter_map(|output| match output {
            Output::Resolve { attempt, last, .. } => Some((*attempt, last.clone())),
            _ => None,
        });
        asked.collect()
    }

    /// The final close events.
    pub(crate) fn final_closes(&self) -> Vec<Closed> {
        let closes = self.events.iter().filter_map(|event| match event {
            Event::Close { closed, retrying: false } => Some(closed.clone()),
            _ => None,
        });
        closes.collect()
    }
}
