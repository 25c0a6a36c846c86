//! What a link does with what passes through it.

use std::num::NonZeroU64;
use std::time::Duration;

use serde::Serialize;

/// Whether bytes pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// They do.
    #[default]
    Forward,
    /// None do, either way. New connections are taken in and held.
    Freeze,
    /// Those of the connections there are. New ones are taken in and held.
    Hang,
}

/// What applies to every connection of a link.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Conduct {
    pub(super) mode: Mode,
    /// How much later each byte goes on.
    pub(crate) delay: Duration,
    /// By how much more, at most: drawn for each portion that arrives. What a connection carries stays in order.
    pub(crate) jitter: Duration,
    /// Bytes a second, for each connection and direction.
    pub(super) rate: Option<NonZeroU64>,
    /// The connections with lower numbers are shut one way: up, and down. The next one's number is at least this.
    pub(super) shut_up: u64,
    pub(super) shut_down: u64,
    /// Handshakes of WebSockets are answered 403.
    pub(crate) blocks_websockets: bool,
}

impl Conduct {
    /// Whether the bytes of a connection that was let through may pass.
    pub(super) fn flows(&self) -> bool {
        self.mode != Mode::Freeze
    }

    /// Whether nothing more goes this way on the connection with this number.
    pub(super) fn shuts(&self, up: bool, connection: u64) -> bool {
        connection < if up { self.shut_up } else { self.shut_down }
    }

    /// Whether a new connection is let through.
    pub(super) fn admits(&self) -> bool {
        self.mode == Mode::Forward
    }
}
