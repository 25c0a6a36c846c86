//! What a client is to the simulation: it says when it tries, and hears how it went.

use tautline::StatusCode;

use crate::time::Micros;
use crate::ways::Way;

/// What a client does next, if nothing happens to it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It starts an attempt.
    Attempt {
        /// When.
        at: Micros,
        /// When it gives up on that attempt, unless it has an answer; `NEVER` where it has no connect timeout.
        deadline: Micros,
    },
    /// It has given up for good.
    GiveUp,
}

/// What the answer to an attempt means for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It is connected. Nothing more happens to it.
    Up,
    /// It is connected, or was already, and goes on: it wants a better way.
    UpAnd(Next),
    /// It was a question, and the client goes on.
    On(Next),
}

/// One client, whose connection was up. Its calls come in the order of time; each attempt it starts has one end: it is refused, it
/// reaches its deadline, or it opens.
pub trait Client {
    /// The connection was closed with this code: 1006 where it was cut.
    fn lose(&mut self, now: Micros, code: StatusCode) -> Next;

    /// The attempt was refused, or the system gave up on it.
    fn refused(&mut self, now: Micros) -> Next;

    /// The attempt has reached its deadline: the client aborts it.
    fn time_out(&mut self, now: Micros) -> Next;

    /// The attempt has its answer: of a handshake that the client is connected.
    fn open(&mut self, now: Micros) -> Answered;

    /// Over which way it is connected; `None` where it is not, or has but one.
    fn way(&self) -> Option<Way> {
        None
    }

    /// Whether it ever took a lower way than the best.
    fn has_stepped_down(&self) -> bool {
        false
    }
}

/// A way to reconnect: makes clients.
pub trait Policy {
    /// Its clients.
    type Client: Client;

    /// A client that was connected long before time zero.
    fn client(&self, seed: u64) -> Self::Client;
}
