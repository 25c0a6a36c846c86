//! What the machine wants done, and what it tells the application.

use std::time::Duration;

use super::{Instant, MessageId, Phase, TransportId};
use crate::{CloseCode, CloseReason, Closed, StatusCode};

/// Something to be done, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output<M> {
    /// Ask the provider for URL and protocols. Answer with [`Input::Resolved`](super::Input::Resolved).
    Resolve {
        /// The attempt's id, and that of the transport it may lead to.
        id: TransportId,
        /// Which endpoint, from 0.
        endpoint: usize,
        /// How many retries came before it since the last connection that lasted.
        attempt: u32,
        /// Why the last attempt or connection ended; `None` for the first.
        last: Option<Ending>,
    },
    /// Nobody waits for this answer any more.
    CancelResolve {
        /// The attempt's id.
        id: TransportId,
    },
    /// Ask over another way whether an attempt is of use. Answer with [`Input::Probed`](super::Input::Probed).
    Probe {
        /// The probe's id.
        id: TransportId,
        /// Which endpoint, from 0.
        endpoint: usize,
    },
    /// Nobody waits for this probe any more.
    CancelProbe {
        /// The probe's id.
        id: TransportId,
    },
    /// Open a transport to what was resolved last for this endpoint, and attach all its listeners.
    Open {
        /// The transport's id.
        id: TransportId,
        /// Which endpoint, from 0.
        endpoint: usize,
    },
    /// Run the application's handshake. Answer with [`Input::Greeted`](super::Input::Greeted).
    Greet {
        /// The transport.
        id: TransportId,
    },
    /// Hand a message over to the browser.
    Send {
        /// The transport.
        id: TransportId,
        /// The message's number.
        message_id: MessageId,
        /// The message.
        message: M,
        /// When its time to live ends, if it has one: for [`Machine::put_back`](super::Machine::put_back).
        expires: Option<Instant>,
    },
    /// Send the heartbeat's message.
    Ping {
        /// The transport.
        id: TransportId,
    },
    /// Look at `bufferedAmount`. Answer with [`Input::Buffered`](super::Input::Buffered).
    AskBuffered {
        /// The transport.
        id: TransportId,
    },
    /// Start the closing handshake. The listeners stay.
    Close {
        /// The transport.
        id: TransportId,
        /// Code and reason, if there are any.
        with: Option<(CloseCode, CloseReason)>,
    },
    /// Detach all listeners, then close, then drop it: nothing more is heard of it.
    Abort {
        /// The transport.
        id: TransportId,
        /// Code and reason, if there are any.
        with: Option<(CloseCode, CloseReason)>,
    },
    /// Tell the application.
    Event(Event),
}

/// Something the application may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The machine is in another phase.
    Phase(Phase),
    /// An attempt begins.
    Connecting {
        /// How many retries came before it since the last connection that lasted.
        attempt: u32,
        /// Which endpoint, from 0.
        endpoint: usize,
    },
    /// A connection is up: opened, and greeted where the application has a handshake. Answer with
    /// [`Input::Announced`](super::Input::Announced) once it is handled.
    Open {
        /// The transport.
        id: TransportId,
        /// Which endpoint, from 0.
        endpoint: usize,
        /// Whether it has replaced a connection that was still up.
        replaced: bool,
    },
    /// An attempt or a connection failed, as the browser's `error` event says, which gives no reason.
    Error,
    /// A connection that was up has ended, or the socket for good.
    Close {
        /// How.
        closed: Closed,
        /// Whether another attempt follows. If not, it is the last event.
        retrying: bool,
    },
    /// An attempt follows after a wait.
    Retry {
        /// How long the wait is.
        delay: Duration,
        /// How many retries come before that attempt.
        attempt: u32,
        /// Why the last attempt or connection ended.
        cause: Ending,
    },
    /// A connection that was to replace the live one did not come up. The live one stays; another follows after the wait, if there is one.
    ReplaceFailed {
        /// Why.
        cause: Ending,
        /// The wait.
        delay: Option<Duration>,
    },
    /// There will be no further attempt. A close follows.
    GaveUp {
        /// Why.
        why: GaveUp,
    },
    /// What became of accepted messages: all those with numbers from `first` to `last`, but for such that had met another end before.
    Fate {
        /// The first one.
        first: MessageId,
        /// The last one.
        last: MessageId,
        /// What became of them.
        fate: Fate,
        /// How many they are.
        messages: u64,
        /// The bytes of their payloads.
        bytes: u64,
    },
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fate {
    /// It waits in the outbox.
    Queued,
    /// The browser has it. Whether it arrives nobody can tell without an answer from the server.
    HandedOver,
    /// The outbox was full, and it was the one to go.
    Dropped,
    /// Its time to live ran out before it could be sent.
    Expired,
    /// The socket was closed, or gave up, before it could be sent; or the browser refused it.
    Failed,
    /// It was handed over, and then the connection ended: it may or may not have arrived.
    Unknown,
}

/// Why an attempt or a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// The provider of URL and protocols failed.
    ResolveFailed,
    /// The provider, or the probe, did not answer in time.
    ResolveTimedOut,
    /// The probe in the place of an attempt said: not now.
    Probed,
    /// The browser's constructor threw.
    Rejected,
    /// The connection did not open. A page may not learn why.
    ConnectFailed(Closed),
    /// The connection did not open in time.
    ConnectTimedOut(Duration),
    /// The application's handshake said no.
    HandshakeFailed,
    /// The application's handshake took too long.
    HandshakeTimedOut,
    /// The connection was up, and has ended.
    Closed(Closed),
    /// The connection was up, and nothing came for so long that it counts as dead.
    Dead {
        /// For how long nothing came.
        silence: Duration,
    },
    /// `reconnect()` was called.
    Reconnect,
    /// The page was put away.
    Suspended,
}

/// Why there will be no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GaveUp {
    /// The close code stops, by the policy.
    ClosePolicy(StatusCode),
    /// So many retries were made.
    Retries(u32),
    /// It has taken so long.
    Elapsed(Duration),
    /// The provider of URL and protocols said stop.
    Provider,
    /// The probe said stop.
    Probe {
        /// The HTTP status that said so, if one did.
        status: Option<u16>,
    },
    /// The browser's constructor threw, and would again.
    Rejected,
}
