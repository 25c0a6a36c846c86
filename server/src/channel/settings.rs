//! What the channels of a server are told when it starts.

use std::sync::Arc;
use std::time::Duration;

use super::broker::Broker;
use super::gate::{DevGate, Gate};
use super::handler::{Handler, PublishAll};
use super::memory::MemoryLimits;

/// How channels are served.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who keeps the messages. Default: none, which is a [`MemoryBroker`](super::MemoryBroker) with the limits of `memory`.
    pub broker: Option<Arc<dyn Broker>>,
    /// The limits of the broker in memory.
    pub memory: MemoryLimits,
    /// Who may come in. Default: [`DevGate`].
    pub gate: Arc<dyn Gate>,
    /// What becomes of a client's messages. Default: [`PublishAll`].
    pub handler: Arc<dyn Handler>,
    /// The pages that may ask.
    pub origins: Origins,
    /// What a client may make the server keep.
    pub limits: Limits,
    /// Whether `/channel/{name}/dev` is there. Default: true, since this is a server for tests and demonstrations.
    pub dev: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            broker: None,
            memory: MemoryLimits::default(),
            gate: Arc::new(DevGate),
            handler: Arc::new(PublishAll),
            origins: Origins::default(),
            limits: Limits::default(),
            dev: true,
        }
    }
}

/// Which pages may ask. WebSocket has no same-origin rule, so that the server has to look at `Origin`. A request without it is no page's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// These, beside the one whose host the request is for. Default: none.
    pub listed: Vec<String>,
    /// All of this machine: `localhost`, 127.0.0.1 and `[::1]`, any port. Default: true.
    pub loopback: bool,
}

impl Default for Origins {
    fn default() -> Self {
        Self { listed: Vec::new(), loopback: true }
    }
}

/// What a client may make the server keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A message, in bytes of its payload. Default: 1 MiB.
    pub message: usize,
    /// The body of a POST, in bytes. Default: 4 MiB.
    pub body: usize,
    /// All such bodies at once, in bytes. Default: 64 MiB.
    pub bodies: usize,
    /// How long such a body may take to arrive. Default: 30 seconds.
    pub body_time: Duration,
    /// The answer to a poll, in bytes, unless a single message is larger. Default: 1 MiB.
    pub answer: usize,
    /// How long a poll may be held. Default: 60 seconds.
    pub wait: Duration,
    /// After how much silence a beat is sent. Default: 15 seconds.
    pub beat: Duration,
    /// By how many messages a reader may be behind. Default: 256.
    pub backlog_messages: u64,
    /// By how many bytes. Default: 1 MiB.
    pub backlog_bytes: u64,
    /// For how long, while what it was sent last is not on its way yet. Default: 1 second.
    pub backlog_time: Duration,
    /// How long a reader may take nothing at all while there is something for it. Default: 30 seconds.
    pub stall: Duration,
    /// After how long an accepted message is acknowledged. Default: 20 milliseconds.
    pub ack_delay: Duration,
    /// After how many accepted messages they are acknowledged at once. Default: 16.
    pub ack_after: u64,
    /// How many requests and connections a client may have at once. Default: 1,000.
    pub client_connections: usize,
    /// How many sessions a client may begin in two minutes. Default: 5,000.
    pub client_sessions: u32,
    /// How many messages a client may send in a second, and four times as many at once. Default: 25,000.
    pub client_messages: u32,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            message: MIB,
            body: 4 * MIB,
            bodies: 64 * MIB,
            body_time: Duration::from_secs(30),
            answer: MIB,
            wait: Duration::from_secs(60),
            beat: Duration::from_secs(15),
            backlog_messages: 256,
            backlog_bytes: MIB as u64,
            backlog_time: Duration::from_secs(1),
            stall: Duration::from_secs(30),
            ack_delay: Duration::from_millis(20),
            ack_after: 16,
            client_connections: 1_000,
            client_sessions: 5_000,
            client_messages: 25_000,
        }
    }
}
