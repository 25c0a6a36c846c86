//! `/wire/{id}`: what the server saw on the wire of the connections whose request has the query parameter `wire=ID`.
//!
//! ```text
//! bytes read and written → recorder → feed → the subscribers of /wire/{id}
//!                             ↳ frame, handshake, record: pure parsing and formatting
//! ```
//!
//! Each record is one JSON text message. All have `seq` (of the id, counting from 0), `at_ms` (since the TCP connection was accepted,
//! to the microsecond), `connection` (0 for the first connection that used the id) and `kind`:
//! - `request`: `text`, the head as it arrived. `…` stands for cookies, credentials and query values other than `wire`'s.
//! - `response`: `text`, and `accept` with each step from the request's key to the accept value, or null without a key.
//! - `frame`: `direction` (`up` is from the client), `header` (its bytes), `fin`, `rsv`, `opcode`, `name`, `masked`, `mask`, `length`,
//!   `payload_text` (of text messages in valid UTF-8, else null), `payload_hex` (unmasked), `truncated` (these two show less than the
//!   payload: at most 64 bytes), `complete` (false if the connection ended within the frame), `code` and `reason` (of a close frame).
//! - `end`: `direction` and `how`: `fin`, `reset` or `dropped` (the server let go of the connection before either).
//! - `over`: nothing more comes of this connection.
//!
//! Kept for replay: the last 1,000 records of an id (at most 512 KiB), for 1,000 ids; the id idle for longest makes room, never one
//! with a subscriber. The first request of a TCP connection decides whether it is recorded. A subscriber that takes nothing for 10
//! seconds is dropped; one that falls 10,000 records (or 8 MiB) behind gets a final `{"kind":"lagged","missed":n}`.

mod feed;
pub mod frame;
mod handshake;
mod record;
mod recorder;
mod subscribe;

use std::fmt;

pub(crate) use feed::Feeds;
pub(crate) use handshake::Accept;
pub(crate) use record::{Direction, End};
pub(crate) use recorder::{MAX_HEAD, Recorder};
pub(crate) use subscribe::subscribe;

/// The id of a feed: 1 to 64 of `A-Z a-z 0-9 _ -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct WireId(String);

/// The text is no [`WireId`].
#[derive(Debug, thiserror::Error)]
#[error("1 to 64 of the characters A-Z, a-z, 0-9, _ and -")]
pub(crate) struct InvalidWireId;

impl WireId {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidWireId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidWireId)
        }
    }
}

impl fmt::Display for WireId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
