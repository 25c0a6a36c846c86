//! What a channel is told about how to behave.

use std::time::Duration;

use crate::machine::Backoff;

/// A way over which a channel can run, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The browser's WebSocket: both ways over one connection.
    WebSocket,
    /// WebSocketStream, where the browser has it: the server waits while the page is behind. Not among the defaults: Chromium 156 crashes the
    /// tab when such a connection breaks while the page writes.
    WebSocketStream,
    /// Server-Sent Events, by `EventSource`; what is sent is a POST.
    EventStream,
    /// The same by `fetch`, which can have headers.
    FetchStream,
    /// A request that the server holds until there is news; what is sent is a POST.
    LongPolling,
    /// A request now and then, the next one a delay after the last answer; what is sent is a POST.
    Polling,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::WebSocket,
        Self::WebSocketStream,
        Self::EventStream,
        Self::FetchStream,
        Self::LongPolling,
        Self::Polling,
    ];

    /// Its name, as it is remembered.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::WebSocketStream => "websocket-stream",
            Self::EventStream => "event-stream",
            Self::FetchStream => "fetch-stream",
            Self::LongPolling => "long-polling",
            Self::Polling => "polling",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the client can ask for a beat on it.
    pub(super) const fn asks(self) -> bool {
        matches!(self, Self::WebSocket | Self::WebSocketStream)
    }

    /// Whether the server is heard at least once in each of its beats.
    pub(super) const fn beats(self) -> bool {
        !matches!(self, Self::LongPolling | Self::Polling)
    }
}

/// How a channel behaves. Every value has a default.
///
/// ```
/// use std::time::Duration;
/// use tautline::channel::{Config, Kind};
///
/// let config = Config { transports: vec![Kind::WebSocket, Kind::LongPolling], ..Config::default() };
/// assert_eq!(config.connect_timeout, Duration::from_secs(10));
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The transports to use, best first. Empty counts as WebSocket alone. Default: WebSocket, `EventSource`, long polling, polling.
    pub transports: Vec<Kind>,
    /// The wait before an attempt.
    pub backoff: Backoff,
    /// How long an attempt may take until the server's hello. Default: 10 s.
    pub connect_timeout: Duration,
    /// How long a connection has to last until the count of retries begins anew. Default: 5 s.
    pub stable_after: Duration,
    /// How often a transport has to fail, while the server can be asked over HTTP, until the next one is tried. At least 1. Default: 2.
    pub blocked_after: u32,
    /// How long the question over HTTP may take; twice and three times as long after one retry and more, as `connect_timeout` too. Default: 5 s.
    pub probe_timeout: Duration,
    /// After how long on a lower transport a better one is tried in the background; then after twice as long, and so on up to
    /// `upgrade_cap`. Default: 30 s.
    pub upgrade_after: Duration,
    /// The longest wait between two such tries. Default: 10 minutes.
    pub upgrade_cap: Duration,
    /// How long a server that was asked for a beat may take to answer. Default: 5 s.
    pub beat_timeout: Duration,
    /// How long `close` waits for what was sent to be acknowledged. Default: 5 s.
    pub close_timeout: Duration,
    /// How many messages may wait for their acknowledgement. Default: 1,000.
    pub max_messages: usize,
    /// How many bytes they may have together. Default: 4 MiB.
    pub max_bytes: usize,
    /// The largest frame that is taken of the server. Default: 16 MiB.
    pub max_frame: usize,
    /// How long the server may hold a long poll. Default: 25 s.
    pub poll_wait: Duration,
    /// The wait between an answer and the next poll. Default: 2 s.
    pub poll_every: Duration,
}

impl Config {
    /// The most that an attempt may take, and so much more that it is the machine that gives it up.
    pub(crate) fn longest_attempt(&self) -> Duration {
        self.connect_timeout.saturating_mul(3).saturating_add(Duration::from_secs(1))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            transports: vec![Kind::WebSocket, Kind::EventStream, Kind::LongPolling, Kind::Polling],
            backoff: Backoff::default(),
            connect_timeout: Duration::from_secs(10),
            stable_after: Duration::from_secs(5),
            blocked_after: 2,
            probe_timeout: Duration::from_secs(5),
            upgrade_after: Duration::from_secs(30),
            upgrade_cap: Duration::from_secs(600),
            beat_timeout: Duration::from_secs(5),
            close_timeout: Duration::from_secs(5),
            max_messages: 1000,
            max_bytes: 4 * 1024 * 1024,
            max_frame: 16 * 1024 * 1024,
            poll_wait: Duration::from_secs(25),
            poll_every: Duration::from_secs(2),
        }
    }
}
