//! What the machine is told.

use std::time::Duration;

use super::TransportId;
use crate::Closed;

/// Something that has happened. Any input is taken in any state; one about a transport that is no longer there is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// The answer to [`Output::Resolve`](super::Output::Resolve).
    Resolved {
        /// The attempt's id.
        id: TransportId,
        /// What the provider said.
        answer: Answer,
    },
    /// The browser's constructor threw: there is no transport.
    Rejected {
        /// The attempt's id.
        id: TransportId,
        /// Whether the next attempt would fail alike.
        for_good: bool,
    },
    /// The transport's `open` event.
    Opened {
        /// The transport.
        id: TransportId,
    },
    /// How the application's handshake ended: the answer to [`Output::Greet`](super::Output::Greet).
    Greeted {
        /// The transport.
        id: TransportId,
        /// Whether the connection may be used.
        accepted: bool,
    },
    /// The application has handled [`Event::Open`](super::Event::Open): what waits in the outbox may follow.
    Announced {
        /// The transport.
        id: TransportId,
    },
    /// The transport's `message` event.
    Received {
        /// The transport.
        id: TransportId,
        /// The payload's bytes.
        bytes: usize,
        /// Whether it is the answer to the heartbeat.
        reply: bool,
    },
    /// The transport's `error` event. A close follows.
    Failed {
        /// The transport.
        id: TransportId,
    },
    /// The transport's `close` event: the last one.
    Closed {
        /// The transport.
        id: TransportId,
        /// How it ended.
        closed: Closed,
        /// What `bufferedAmount` said then.
        buffered: u64,
    },
    /// The answer to [`Output::AskBuffered`](super::Output::AskBuffered).
    Buffered {
        /// The transport.
        id: TransportId,
        /// What `bufferedAmount` says.
        bytes: u64,
    },
    /// The answer to [`Output::Probe`](super::Output::Probe).
    Probed {
        /// The probe's id.
        id: TransportId,
        /// What is to be done.
        verdict: Verdict,
    },
    /// The page or the network has changed.
    Page(Page),
}

/// What the provider of URL and protocols said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// They are there, with the driver.
    Ready {
        /// How long the same ones may be used again. `None`: for this attempt only.
        valid_for: Option<Duration>,
    },
    /// It failed: a failed attempt.
    Failed,
    /// There is to be no further attempt.
    Stop,
}

/// What a probe says about further attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The way is free: connect now.
    Connect,
    /// Ask the provider anew, also where its last answer is still good, and connect.
    Refresh,
    /// No use now: count it as a failed attempt.
    Wait,
    /// The server wants to be left alone for this long.
    WaitFor(Duration),
    /// Of no use ever: give up.
    Stop {
        /// The HTTP status that said so, if one did.
        status: Option<u16>,
    },
}

/// What has become of the page or of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Page {
    /// The browser says it has a network: `online`.
    Online,
    /// The browser says it has none: `offline`. Only a hint.
    Offline,
    /// The page can be seen: `visibilitychange`.
    Visible,
    /// It can't: `visibilitychange`.
    Hidden,
    /// It is put away: `pagehide` or `freeze`.
    Frozen,
    /// It is back: `pageshow` or `resume`.
    Resumed,
}
