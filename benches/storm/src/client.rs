//! What a client is to the simulation: it says when it tries, and hears how it went.

use tautline::StatusCode;

use crate::time::Micros;

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

/// One client, whose connection was up. Its calls come in the order of time; each attempt it starts has one end: it is refused, it
/// reaches its deadline, or it opens.
pub trait Client {
    /// The connection was closed with this code: 1006 where it was cut.
    fn lose(&mut self, now: Micros, code: StatusCode) -> Next;

    /// The attempt was refused, or the system gave up on it.
    fn refused(&mut self, now: Micros) -> Next;

    /// The attempt has reached its deadline: the client aborts it.
    fn time_out(&mut self, now: Micros) -> Next;

    /// The attempt has opened. Nothing more happens to this client.
    fn open(&mut self, now: Micros);
}

/// A way to reconnect: makes clients.
pub trait Policy {
    /// Its clients.
    type Client: Client;

    /// A client that was connected long before time zero.
    fn client(&self, seed: u64) -> Self::Client;
}
