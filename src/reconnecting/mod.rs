//! A WebSocket that stays up.

mod batches;
mod builder;
mod endpoint;
mod error;
mod futures;
mod greeting;
mod hub;
mod listening;
mod notice;
mod probe;
mod receipt;
mod sender;
mod sink;
mod stream;
mod trace;

use std::rc::Rc;
use std::time::Duration;

pub use batches::{Batches, Latest, LatestBy};
pub use builder::Builder;
pub use endpoint::{Attempt, Endpoint, Unavailable};
pub use error::ReconnectingSendError;
pub use futures::{ClosedForGood, Connected, NotConnected};
pub use greeting::Greeting;
pub use notice::{Connecting, MessageFate, Notice, ReconnectEvent, ReplaceFailed, Retry};
pub use probe::Probe;
pub use receipt::Receipt;
pub use sender::Sender;
pub use sink::ReconnectingSink;
pub use stream::ReconnectEvents;

use self::hub::Hub;
use crate::browser::page::now;
use crate::driver::{Driver, Target};
use crate::machine::{Instant, Machine, MessageId, Metrics, NotAccepted, Phase};
use crate::transport::{Outgoing, OwnedData};
use crate::{
    BinaryType, CloseCode, CloseReason, Closed, ConstructorError, ReadyState, RedactedUrl, SendData, StatusCode,
};

/// A WebSocket that stays up: the interface of [`WebSocket`](crate::WebSocket), and behind it one connection after another. Nothing is added
/// to the wire, unless a heartbeat is asked for. Any server will do.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::StreamExt;
/// use tautline::{Message, ReconnectingWebSocket};
///
/// let socket = ReconnectingWebSocket::new("wss://example.com/chat")?;
/// let mut messages = socket.messages();
/// socket.send("queued until there is a connection")?;
/// while let Some(message) = messages.next().await {
///     if let Message::Text(text) = message {
///         // …
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// # What is another than with `WebSocket`
/// - `readyState` is CONNECTING as long as a connection is sought, also between two attempts, and may become OPEN again and again. CLOSED
///   is the end, after [`close`](Self::close) or giving up; only [`reconnect`](Self::reconnect) leads out of it.
/// - `open` fires each time a connection is up. `close` fires each time one that was up has ended, and at the end; whether another follows
///   tells the `readyState` in the handler. `error` fires whenever the browser fires one.
/// - [`send`](Self::send) queues in CONNECTING, up to the limits of the outbox, and is an error in CLOSING and CLOSED. Each message gets a
///   number, and its [`Fate`](crate::machine::Fate) is told. [`send_now`](Self::send_now) sends in OPEN or is an error.
/// - `bufferedAmount` counts what waits in the outbox too.
/// - `url`, `protocol` and `extensions` are those of the present connection, or of the last attempt.
///
/// # Which connections end for good
/// The close code decides, by [`ClosePolicy`](crate::machine::ClosePolicy). A server that closes with 1000 is done, unless told otherwise.
///
/// # Handles
/// As of [`WebSocket`](crate::WebSocket): a clone is another handle, and with the last one goes the connection. Handlers and listeners
/// stay for all connections, so one that captures a handle keeps the socket for ever: it takes `target()` instead.
/// A [`Sender`] is `Send` and `Sync`, keeps nothing, and fits into the signals and contexts of frameworks.
///
/// # The page
/// `offline` is a hint: an open connection is asked by the heartbeat, if there is one, and retries go on slowly. `online` and a page that is
/// seen again try at once, each at a time of its own. `pagehide` and `freeze` close with 4010, so that the page fits into the back-forward
/// cache, and its return connects again; what waits in the outbox stays there.
///
/// A page in Firefox can only make one connection at a time to an address: a handshake that hangs there delays every other one.
pub struct ReconnectingWebSocket {
    driver: Rc<Driver<Hub>>,
    /// Whether this handle keeps the connection. The target of an event does not: the handler may drop the last handle.
    keeps: bool,
}

/// How one message is sent: see [`ReconnectingWebSocket::send_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// For how long it may wait in the outbox; then its fate is `Expired`. Default: for ever.
    pub time_to_live: Option<Duration>,
}

impl SendOptions {
    /// For how long the message may wait in the outbox.
    #[must_use]
    pub fn time_to_live(mut self, duration: Duration) -> Self {
        self.time_to_live = Some(duration);
        self
    }
}

impl ReconnectingWebSocket {
    /// Connects, with every default, and stays connected. The URL is as for [`WebSocket::new`](crate::WebSocket::new).
    ///
    /// # Errors
    /// As [`WebSocket::new`](crate::WebSocket::new). That there is no connection is no error.
    pub fn new(url: &str) -> Result<Self, ConstructorError> {
        Self::builder(url).connect()
    }

    /// The same, asking for one of several subprotocols, the best first.
    ///
    /// # Errors
    /// As [`WebSocket::with_protocols`](crate::WebSocket::with_protocols).
    pub fn with_protocols(url: &str, protocols: &[&str]) -> Result<Self, ConstructorError> {
        let target = protocols.iter().fold(Target::new(url), |target, protocol| target.protocol(*protocol));
        Self::builder(target).connect()
    }

    /// Everything that can be chosen. The endpoint is a URL, a [`Target`] with subprotocols, or a function that is asked before each
    /// attempt: see [`Endpoint`].
    pub fn builder(endpoint: impl Into<Endpoint>) -> Builder {
        Builder::new(endpoint.into())
    }

    fn owner(driver: Rc<Driver<Hub>>) -> Self {
        driver.host.add_owner();
        Self { driver, keeps: true }
    }

    /// The handle that an event has: it does not keep the connection.
    fn target_of_event(driver: Rc<Driver<Hub>>) -> Self {
        Self { driver, keeps: false }
    }

    /// OPEN while there is a connection, CONNECTING while there is to be one: the `readyState` attribute.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.phase().ready_state()
    }

    /// The state in more detail.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.driver.phase()
    }

    /// The URL that was resolved for the present connection, or the last attempt: the `url` attribute. Empty before the first one. It may
    /// hold secrets; to show it, use [`RedactedUrl`].
    #[must_use]
    pub fn url(&self) -> String {
        let carrier = self.driver.carrier().map(|transport| transport.url());
        carrier.or_else(|| self.driver.target().map(|target| target.url.clone())).unwrap_or_default()
    }

    /// The subprotocol that the server has chosen for the present connection: the `protocol` attribute.
    #[must_use]
    pub fn protocol(&self) -> String {
        self.driver.carrier().map(|transport| transport.protocol()).unwrap_or_default()
    }

    /// The extensions of the present connection: the `extensions` attribute.
    #[must_use]
    pub fn extensions(&self) -> String {
        self.driver.carrier().map(|transport| transport.extensions()).unwrap_or_default()
    }

    /// How many bytes of payload wait: in the outbox, and in the browser for the network.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        let (_, queued) = self.queued();
        let browser = self.driver.carrier().map_or(0, |transport| transport.buffered_amount());
        browser.saturating_add(queued as u64)
    }

    /// How many messages wait in the outbox, and their bytes.
    #[must_use]
    pub fn queued(&self) -> (usize, usize) {
        self.driver.look(Machine::queued)
    }

    /// In which form binary messages arrive: the `binaryType` attribute.
    #[must_use]
    pub fn binary_type(&self) -> BinaryType {
        self.driver.binary_type()
    }

    /// Sets in which form binary messages arrive, on this connection and all later ones.
    pub fn set_binary_type(&self, binary_type: BinaryType) {
        self.driver.set_binary_type(binary_type);
    }

    /// Sends a message, or queues it until there is a connection. The number is for [`receipt`](Self::receipt) and the `fate` events.
    ///
    /// # Errors
    /// [`ReconnectingSendError`]: nothing was sent or queued.
    pub fn send(&self, data: impl SendData) -> Result<MessageId, ReconnectingSendError> {
        self.send_outgoing(data.outgoing(), false, None, |machine, now, message, _| {
            machine.accept(now, message, Instant::NEVER)
        })
    }

    /// Sends a message, or queues it for as long as it may live.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_with(&self, data: impl SendData, options: SendOptions) -> Result<MessageId, ReconnectingSendError> {
        self.send_outgoing(data.outgoing(), false, options.time_to_live, Machine::send)
    }

    /// Sends a message if the socket is OPEN: it is never queued, and never sent again. What is in the outbox goes first, but in an `open`
    /// handler, where it is the first thing that the connection carries.
    ///
    /// # Errors
    /// [`ReconnectingSendError::NotOpen`] in any state but OPEN, and [`ReconnectingSendError::Rejected`].
    pub fn send_now(&self, data: impl SendData) -> Result<MessageId, ReconnectingSendError> {
        self.send_outgoing(data.outgoing(), true, None, |machine, now, message, _| machine.send_now(now, message))
    }

    /// Once for all kinds of data. Where it has to wait, `queue` takes it: the one of the caller alone is linked.
    fn send_outgoing(
        &self,
        outgoing: Outgoing<'_>,
        urgent: bool,
        time_to_live: Option<Duration>,
        queue: impl FnOnce(&mut Machine<OwnedData>, Instant, OwnedData, Option<Duration>) -> Result<MessageId, NotAccepted>,
    ) -> Result<MessageId, ReconnectingSendError> {
        let bytes = outgoing.byte_len()?;
        self.driver.send(outgoing, bytes, urgent, |machine, now| {
            Ok(queue(machine, now, outgoing.to_owned_data()?, time_to_live)?)
        })
    }

    /// Closes for good, without a code. What waits in the outbox goes out first if there is a connection, and fails otherwise. A `close`
    /// event follows, in a task of its own.
    pub fn close(&self) {
        self.driver.act(|machine, now| machine.close(now, None));
    }

    /// Closes for good, with a code and a reason.
    pub fn close_with(&self, code: CloseCode, reason: &CloseReason) {
        let with = (code, reason.clone());
        self.driver.act(|machine, now| machine.close(now, Some(with)));
    }

    /// Connects anew, from every state, also after giving up and after `close()`: a live connection is closed with 1000, a wait ends, and
    /// retries count from 0. Streams that have ended stay so; handlers and listeners go on.
    pub fn reconnect(&self) {
        self.driver.act(Machine::reconnect);
    }

    /// Replaces the live connection without a gap, since a token is about to expire, for one: another is opened beside it, takes over when it
    /// is up, and then the old one is closed with 1000. `open` fires again. `false` where there is none, or it is being replaced.
    ///
    /// What the server has sent on the old connection, and the browser has not delivered when the new one takes over, is lost: browsers
    /// deliver nothing after `close()`. A server that hands over should let the old connection rest once the new one is there.
    #[must_use = "whether it has begun"]
    pub fn replace(&self) -> bool {
        self.driver.try_act(Machine::replace).unwrap_or(false)
    }

    /// What has been counted up to now.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let now = now();
        self.driver.look(|machine| machine.metrics(now))
    }
}

impl Clone for ReconnectingWebSocket {
    /// Another handle of the same socket.
    fn clone(&self) -> Self {
        Self::owner(Rc::clone(&self.driver))
    }
}

impl PartialEq for ReconnectingWebSocket {
    /// Whether both are handles of the same socket.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.driver, &other.driver)
    }
}

impl Eq for ReconnectingWebSocket {}

impl Drop for ReconnectingWebSocket {
    fn drop(&mut self) {
        if self.keeps && self.driver.host.remove_owner() {
            self.driver.end();
            self.driver.host.end(&Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false));
        }
    }
}

impl std::fmt::Debug for ReconnectingWebSocket {
    /// Writes the redacted URL and the phase.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReconnectingWebSocket")
            .field("url", &RedactedUrl::new(&self.url()))
            .field("phase", &self.phase())
            .finish_non_exhaustive()
    }
}
