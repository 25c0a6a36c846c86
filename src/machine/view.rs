//! What can be seen of a machine. Nothing here changes it.

use super::state::{Attempt, Candidate, Stage, State};
use super::{Config, Fate, Instant, Machine, MessageId, Metrics, Payload, Phase, Route, TransportId};
use crate::ReadyState;

/// Questions.
impl<M: Payload> Machine<M> {
    /// What `readyState` is: OPEN while there is a connection, CONNECTING while there is to be one.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.phase().ready_state()
    }

    /// The state by name.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Where a message belongs that this transport has received. To be asked before the machine is told of it.
    #[must_use]
    pub fn route(&self, id: TransportId) -> Route {
        let greets = |attempt: &Attempt| attempt.id == id && attempt.stage == Stage::Greeting;
        match &self.state {
            State::Up(live) if live.carrier.id == id => Route::Deliver,
            State::Up(live) => match &live.candidate {
                Some(Candidate::Trying { attempt, .. }) if greets(attempt) => Route::Greet,
                _ => Route::Ignore,
            },
            State::Connecting(attempt) if greets(attempt) => Route::Greet,
            _ => Route::Ignore,
        }
    }

    /// The transport that carries messages, if there is one.
    #[must_use]
    pub fn carrier(&self) -> Option<TransportId> {
        match &self.state {
            State::Up(live) => Some(live.carrier.id),
            State::Closing { carrier, .. } => carrier.as_ref().map(|carrier| carrier.id),
            _ => None,
        }
    }

    /// The transport that is opening or being greeted to replace a live one, if there is one.
    #[must_use]
    pub fn candidate(&self) -> Option<TransportId> {
        match &self.state {
            State::Up(live) => match live.candidate {
                Some(Candidate::Trying { attempt, .. }) if attempt.stage != Stage::Resolving => Some(attempt.id),
                _ => None,
            },
            _ => None,
        }
    }

    /// How many messages wait in the outbox, and their bytes.
    #[must_use]
    pub fn queued(&self) -> (usize, usize) {
        (self.outbox.len(), self.outbox.bytes())
    }

    /// Whether a message of this size would be accepted as things are, without another being dropped.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.outbox.has_room(bytes, &self.config.outbox)
    }

    /// What the machine knows of a message: `Queued`, or `HandedOver` to a transport that is still there. `None` for one that has met
    /// another end, or whose transport has ended.
    #[must_use]
    pub fn fate_of(&self, id: MessageId) -> Option<Fate> {
        if self.outbox.contains(id) {
            return Some(Fate::Queued);
        }
        let live = match &self.state {
            State::Up(live) => Some(&live.carrier),
            State::Closing { carrier, .. } => carrier.as_ref(),
            _ => None,
        };
        let mut carriers = live.into_iter().chain(&self.retiring);
        carriers.any(|carrier| carrier.handed.contains(id)).then_some(Fate::HandedOver)
    }

    /// What has been counted up to now.
    #[must_use]
    pub fn metrics(&self, now: Instant) -> Metrics {
        let mut metrics = self.metrics.clone();
        if let State::Up(live) = &self.state {
            metrics.connected = metrics.connected.saturating_add(now.since(live.since));
        }
        metrics
    }

    /// How it was configured.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}
