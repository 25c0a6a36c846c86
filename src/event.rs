//! Events as values, for streams and futures.

use crate::{Message, StatusCode};

/// How a connection ended: the fields of the standard's [`CloseEvent`](https://websockets.spec.whatwg.org/#the-closeevent-interface).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// The status code: what the server's close frame said; 1005 if it said none; 1006 if none came.
    pub code: StatusCode,
    /// The reason the server gave, at most 123 bytes of UTF-8; empty if it gave none.
    pub reason: String,
    /// Whether the closing handshake was completed.
    pub was_clean: bool,
}

impl Closed {
    /// Makes the value, for tests of code that handles it.
    #[must_use]
    pub fn new(code: StatusCode, reason: impl Into<String>, was_clean: bool) -> Self {
        Self { code, reason: reason.into(), was_clean }
    }
}

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = if self.was_clean { "cleanly" } else { "not cleanly" };
        write!(f, "closed {how} with {}", self.code)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, ": {}", self.reason) }
    }
}

/// One event of a socket, owned, in the order in which the browser fired them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketEvent {
    /// `open`: the connection is established.
    Open,
    /// `message`: a message has arrived.
    Message(Message),
    /// `error`: the connection failed. It carries nothing, since a page may not learn why; a close event follows.
    Error,
    /// `close`: the connection has ended. The last event.
    Close(Closed),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_says_how_it_ended() {
        let closed = Closed::new(StatusCode::GOING_AWAY, "restart", true);
        assert_eq!(closed.to_string(), "closed cleanly with 1001 Going Away: restart");
        let failed = Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false);
        assert_eq!(failed.to_string(), "closed not cleanly with 1006 Abnormal Closure");
    }
}
