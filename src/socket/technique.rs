//! The push techniques besides WebSocket, each alone.

use std::time::Duration;

use super::WebSocket;
use crate::ConstructorError;
use crate::transport::{Connection, Opening, held_millis, timer_millis};

/// A way to get messages pushed, of which WebSocket is the last. The server has to speak the protocol of PROTOCOL.md; what crosses the wire
/// with all but the last two are plain HTTP requests, and what is sent is a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Technique {
    /// Asks again and again at a fixed rate (`setInterval`). Requests may overlap, and an answer overtake an earlier one; the order is
    /// restored by the offset of each message.
    PollingAtRate {
        /// The time between the starts of two requests.
        every: Duration,
    },
    /// Asks again a delay after the last answer (`setTimeout`).
    PollingAfterDelay {
        /// The delay.
        every: Duration,
    },
    /// Asks, and the server answers when it has something; then asks again at once.
    LongPolling {
        /// How long the server may hold a request.
        wait: Duration,
    },
    /// Server-Sent Events by the browser's `EventSource`.
    EventStream,
    /// Server-Sent Events by `fetch`.
    FetchStream,
    /// The protocol over a WebSocket.
    Framed,
    /// The same over a `WebSocketStream`, where the browser has it: the server waits while the page is behind. Chromium 156 crashes the tab
    /// when such a connection breaks while the page writes.
    Streamed,
}

impl WebSocket {
    /// Opens another push technique with the interface of a WebSocket: the same states, events, streams and sinks. `url` is a channel's.
    ///
    /// It does not connect again: an end is an `error` and a `close` event. Only what is new is received. Messages that the server's history
    /// lost in between close it with 4012, and the reason says which: nothing is missed in silence. [`Channel`](crate::channel::Channel)
    /// goes on after an end, and chooses the technique.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use tautline::{Technique, WebSocket};
    ///
    /// let wait = Duration::from_secs(25);
    /// let socket = WebSocket::over("https://example.com/channel/news", Technique::LongPolling { wait })?;
    /// # Ok::<(), tautline::ConstructorError>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new); [`ConstructorError::Other`] where the browser lacks the technique.
    pub fn over(url: &str, technique: Technique) -> Result<Self, ConstructorError> {
        let (kind, time, rate) = match technique {
            Technique::Framed => (0, Duration::ZERO, false),
            Technique::Streamed => (1, Duration::ZERO, false),
            Technique::EventStream => (2, Duration::ZERO, false),
            Technique::FetchStream => (3, Duration::ZERO, false),
            Technique::LongPolling { wait } => (4, wait, false),
            Technique::PollingAfterDelay { every } => (5, every, false),
            Technique::PollingAtRate { every } => (5, every, true),
        };
        let (wait, every) = (held_millis(time), timer_millis(time));
        let opening = Opening { kind, session: "", begin: true, position: None, wait, every, rate, opening: 0 };
        Ok(Self::first_handle(Connection::push(url, &opening)?))
    }
}
