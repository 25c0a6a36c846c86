//! `/ledger/{id}`: what arrived on all connections with one id, in the order of arrival, so that a test can account for each message.
//!
//! As a WebSocket it writes down each text message and sends it back. Its parameters, each with its default:
//! - `push_ms` (none, from 1 to 60,000): sends `p N` each so many milliseconds. N counts from 0, and goes on across the ledger's
//!   connections. A push that is lost with its connection is not sent again.
//! - `close_after` (none): after so many text messages of this connection the server ends it, once it has sent the last one back.
//! - `how` = `close`, `fin` or `reset` (`close`): in which way. `close` sends a close frame with `code` (1000, from 1000 to 4999) and
//!   `reason` (empty, at most 123 bytes).
//!
//! As plain HTTP it answers
//! - `messages`: an array of `[connection, text]`. Connections are numbered from 0,
//! - `pushed`: how many pushes were sent,
//! - `open`: connections between their handshake and the first close frame, either side's, or their end, `accepted`: how many there were,
//!   `closed`: how many of them are not open any more, `closed_by_client`: how many of these the client ended first, `most_open`: the
//!   most that were open at once, for 20 ms or longer.
//!
//! `GET /ledger/{id}/wait` answers the same, once all that is asked for is so: `messages`, `pushed`, `accepted`, `closed`, `most_open` = at
//! least so many, `open` = exactly. After `ms` (20,000, which is also the most) it answers 504.
//!
//! A ledger has at most 100,000 messages and 16 MiB: one more is not written down, and its connection is closed with 1013. There are 64
//! ledgers: the one idle for longest makes room, never one with an open connection (503). One that was idle for 10 minutes is forgotten.

mod book;
mod routes;
mod serve;

pub(crate) use book::Ledgers;
pub(crate) use routes::{ledger, wait};
