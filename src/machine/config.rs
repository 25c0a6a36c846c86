//! What can be chosen about staying connected, with every default.

use std::time::Duration;

use super::pulse::{Beats, Start};
use super::{Backoff, ClosePolicy};
use crate::{CloseCode, CloseReason, SendMarks};

/// How a connection is kept up. Every field has a default; the struct can be written with `..Config::default()`.
///
/// ```
/// use std::time::Duration;
/// use tautline::machine::{Config, OutboxLimits};
///
/// let config = Config {
///     max_retries: Some(20),
///     outbox: OutboxLimits { messages: 100, ..OutboxLimits::default() },
///     ..Config::default()
/// };
/// assert_eq!(config.stable_after, Duration::from_secs(5));
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The wait before each retry. Default: exponential with full jitter, 1 s · 3ⁿ, 20 s at the most.
    pub backoff: Backoff,
    /// How many retries may follow each other without a connection that lasted; one more gives up. Default: any number. 0 turns retries off.
    pub max_retries: Option<u32>,
    /// How long to go on trying since the connection was lost. Default: for ever.
    pub max_elapsed: Option<Duration>,
    /// How long a connection may take to open: the first attempt the first of them, each failed attempt the next, and the last again
    /// and again. It grows, so that a server with a long accept queue is not kept down by clients that have given up, and since Firefox
    /// delays reconnects by itself. Default: 10, 20, 40, 60 s. Empty: 60 s.
    pub connect_timeout: Vec<Duration>,
    /// How long URL and protocols, or a probe's answer, may take to be there. Default: 15 s.
    pub resolve_timeout: Duration,
    /// Whether the application has a handshake of its own, after which the connection counts as up. Default: no.
    pub handshake: bool,
    /// How long that handshake may take. Default: 15 s.
    pub handshake_timeout: Duration,
    /// How long a connection has to last until failed attempts are forgotten. A server that accepts and closes at once is backed off
    /// like one that refuses. Default: 5 s.
    pub stable_after: Duration,
    /// How long the closing handshake may take; then the connection is dropped. Default: 10 s.
    pub close_timeout: Duration,
    /// Which close codes stop, and which come back when.
    pub close_policy: ClosePolicy,
    /// The longest delay, and the longest spread, that a server's hint can ask for (see [`RetryHint`](super::RetryHint)). Default: 5 min.
    pub hint_limit: Duration,
    /// How many endpoints there are to rotate through. 0 counts as 1. Default: 1.
    pub endpoints: usize,
    /// What may wait in the outbox.
    pub outbox: OutboxLimits,
    /// Queue again what `bufferedAmount` still covered when a connection ended. The browser updates that number late, so that such a
    /// message may arrive twice. Default: no; then its fate is unknown.
    pub requeue: bool,
    /// While this much is buffered in the browser, the outbox waits.
    pub marks: SendMarks,
    /// Looks for dead connections. It adds to the wire. Default: none.
    pub heartbeat: Option<Heartbeat>,
    /// Replaces a connection that has become this old, as load balancers like it: after the first, plus a random part of the second.
    /// Default: never.
    pub max_age: Option<(Duration, Duration)>,
    /// Replaces the connection this long before what the provider gave out expires. Default: it does not.
    pub renew_before: Option<Duration>,
    /// Asks before some attempts, over another way, whether it is of any use. Default: no.
    pub probe: Option<ProbeRule>,
    /// Closes after the page has been hidden for this long, and comes back when it is shown. Default: never.
    pub close_hidden_after: Option<Duration>,
    /// What to close with when the page is put away: 1000, 3000 to 4999. Default: 4010 "page suspended".
    pub suspend_with: (CloseCode, CloseReason),
    /// After a sign that the network or the page is back, the next attempt comes at a random time up to this. Default: 1 s.
    pub wake_spread: Duration,
    /// The shortest wait while the browser says it is offline, half of it random. Default: 30 s.
    pub offline_delay: Duration,
}

impl Default for Config {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            backoff: Backoff::default(),
            max_retries: None,
            max_elapsed: None,
            connect_timeout: [10, 20, 40, 60].map(seconds).to_vec(),
            resolve_timeout: seconds(15),
            handshake: false,
            handshake_timeout: seconds(15),
            stable_after: seconds(5),
            close_timeout: seconds(10),
            close_policy: ClosePolicy::default(),
            hint_limit: seconds(300),
            endpoints: 1,
            outbox: OutboxLimits::default(),
            requeue: false,
            marks: SendMarks::default(),
            heartbeat: None,
            max_age: None,
            renew_before: None,
            probe: None,
            close_hidden_after: None,
            suspend_with: (CloseCode::PAGE_SUSPENDED, CloseReason::new("page suspended").unwrap_or_default()),
            wake_spread: seconds(1),
            offline_delay: seconds(30),
        }
    }
}

/// What happens to a message while the outbox is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutboxOverflow {
    /// `send` is an error. The default: a loss that can't be overlooked.
    #[default]
    Reject,
    /// The oldest messages are dropped until the new one fits, each with its fate.
    DropOldest,
    /// The new message is dropped, with its fate.
    DropNewest,
}

/// How much may wait to be sent. A message is queued only while both bounds hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxLimits {
    /// The most messages that wait. Default: 10,000.
    pub messages: usize,
    /// The most bytes of payload that wait, and so the largest message that can wait. Default: 16 MiB.
    pub bytes: usize,
    /// What happens when a message doesn't fit. Default: [`OutboxOverflow::Reject`].
    pub overflow: OutboxOverflow,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self { messages: 10_000, bytes: 16 * 1024 * 1024, overflow: OutboxOverflow::Reject }
    }
}

/// How a dead connection is found. Any traffic counts as life.
///
/// ```
/// use std::time::Duration;
/// use tautline::machine::Heartbeat;
///
/// let often = Heartbeat::new().interval(Duration::from_secs(15)).timeout(Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Heartbeat {
    /// See [`ping`](Self::ping()).
    pub ping: bool,
    /// See [`interval`](Self::interval()).
    pub interval: Duration,
    /// See [`timeout`](Self::timeout()).
    pub timeout: Duration,
    /// See [`phase`](Self::phase()).
    pub phase: Duration,
    /// Here, so that whoever makes no heartbeat has no code of it.
    pub(super) start: Start,
}

impl Heartbeat {
    /// Sends a message when it has been quiet for 30 s, and waits 10 s for anything to arrive.
    #[must_use]
    pub const fn new() -> Self {
        let seconds = Duration::from_secs;
        let (interval, timeout, phase) = (seconds(30), seconds(10), seconds(5));
        Self { ping: true, interval, timeout, phase, start: Beats::start }
    }

    /// Whether to send a message when it has been quiet. Without, it only listens: nothing is added to the wire, and the server has to send
    /// something within the interval and the timeout together. Default: it does.
    #[must_use]
    pub const fn ping(mut self, ping: bool) -> Self {
        self.ping = ping;
        self
    }

    /// How long it has to be quiet. Default: 30 s.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long the answer may take, or anything else that arrives. Default: 10 s.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Each wait is longer by a random part of this, so that clients to which the same message was sent don't answer it with a wave of
    /// heartbeats; the first wait is uniform in [0, interval]. Default: 5 s.
    #[must_use]
    pub const fn phase(mut self, phase: Duration) -> Self {
        self.phase = phase;
        self
    }
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self::new()
    }
}

/// When to probe in the place of an attempt. A page can't tell a handshake refused with 401 from a server that is down; a plain HTTP
/// request can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeRule {
    /// After so many attempts that failed before they opened. Default: 2.
    pub after_failures: u32,
    /// At most one in this time. Default: 30 s.
    pub every: Duration,
}

impl Default for ProbeRule {
    fn default() -> Self {
        Self { after_failures: 2, every: Duration::from_secs(30) }
    }
}
