//! What passed through a link and when, for those who want to draw it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::time::Instant;

/// How many hops are kept; later ones are not.
const MAX_HOPS: usize = 2_000;

/// How much of a portion is read to say what it is.
const LOOKED_AT: usize = 2_048;

/// Off, until it is told to begin.
#[derive(Debug, Default)]
pub(crate) struct Trail(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    begin: Instant,
    hops: Vec<Hop>,
}

/// Something that entered the link on one side and leaves it on the other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Hop {
    /// Which connection, counting from 0.
    connection: u64,
    what: What,
    bytes: usize,
    /// When it entered, in milliseconds since the trail began.
    at_ms: f64,
    /// When it leaves.
    due_ms: f64,
}

/// What a portion of bytes is, by how it begins. Neither a URL nor a header is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum What {
    /// The client connected.
    Open,
    /// The connection is over.
    Close,
    /// The head of a request.
    Request { handshake: bool },
    /// The head of an answer.
    Answer { status: u16 },
    /// Anything else.
    Data { up: bool },
}

impl What {
    /// What was read from the client, or from the server.
    pub(super) fn of(up: bool, bytes: &[u8]) -> Self {
        let begin = &bytes[..bytes.len().min(LOOKED_AT)];
        if up && [&b"GET "[..], b"POST ", b"OPTIONS "].iter().any(|method| begin.starts_with(method)) {
            let head = begin.to_ascii_lowercase();
            let upgrade = b"\r\nupgrade: websocket\r\n";
            return Self::Request { handshake: head.windows(upgrade.len()).any(|window| window == upgrade) };
        }
        let status = begin.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
        match status.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()) {
            Some(status) if !up => Self::Answer { status },
            _ => Self::Data { up },
        }
    }
}

impl Trail {
    /// Keeps what passes from now on.
    pub(crate) fn begin(&self, begin: Instant) {
        *self.kept() = Some(Kept { begin, hops: Vec::new() });
    }

    /// What was kept so far; None if it never began.
    pub(crate) fn hops(&self) -> Option<Vec<Hop>> {
        self.kept().as_ref().map(|kept| kept.hops.clone())
    }

    /// Bytes that were read, and when they will be written.
    pub(super) fn carried(&self, connection: u64, up: bool, bytes: &[u8], at: Instant, due: Instant) {
        self.keep(connection, at, due, || (What::of(up, bytes), bytes.len()));
    }

    pub(super) fn opened(&self, connection: u64) {
        let now = Instant::now();
        self.keep(connection, now, now, || (What::Open, 0));
    }

    pub(super) fn closed(&self, connection: u64) {
        let now = Instant::now();
        self.keep(connection, now, now, || (What::Close, 0));
    }

    fn keep(&self, connection: u64, at: Instant, due: Instant, what: impl FnOnce() -> (What, usize)) {
        if let Some(Kept { begin, hops }) = &mut *self.kept()
            && hops.len() < MAX_HOPS
        {
            let (what, bytes) = what();
            let ms = |time: Instant| time.saturating_duration_since(*begin).as_secs_f64() * 1_000.0;
            hops.push(Hop { connection, what, bytes, at_ms: ms(at), due_ms: ms(due) });
        }
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        // Nothing panics while it holds this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_known_by_how_they_begin() {
        let up = |text: &str| What::of(true, text.as_bytes());
        let down = |text: &str| What::of(false, text.as_bytes());
        assert_eq!(up("GET /secret?a=1 HTTP/1.1\r\nHost: a\r\n\r\n"), What::Request { handshake: false });
        assert_eq!(up("GET / HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n"), What::Request { handshake: true });
        assert_eq!(down("HTTP/1.1 204 No Content\r\n\r\n"), What::Answer { status: 204 });
        assert_eq!(down("HTTP/1.1 2x4"), What::Data { up: false });
        assert_eq!(up("HTTP/1.1 204 "), What::Data { up: true });
        assert_eq!(up("GE"), What::Data { up: true });
    }

    #[test]
    fn only_so_much_is_kept_and_only_once_it_began() {
        let trail = Trail::default();
        trail.opened(0);
        assert_eq!(trail.hops(), None);
        trail.begin(Instant::now());
        for connection in 0..3_000 {
            trail.opened(connection);
        }
        assert_eq!(trail.hops().map(|hops| hops.len()), Some(MAX_HOPS));
    }
}
