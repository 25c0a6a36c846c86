//! Tautline: a WebSocket for the browser that stays up.
//!
//! Three things: [`WebSocket`], the browser's own, with typed events, streams and a sink; [`ReconnectingWebSocket`], the same interface, which
//! stays up; both add nothing to the wire. And, with the feature of that name, `channel`: messages that arrive once and in order, across
//! connections and transports, with a server that speaks its protocol.
//!
//! # Layout
//! Data flows one way: browser event → `transport` → `socket`, or `driver` → [`machine`] → `driver` → `reconnecting` → your handler, stream
//! or future; and imports go one way too.
//!
//! | module | what it has |
//! | --- | --- |
//! | `ready_state`, `close`, `message`, `event`, `endpoint`, `config`, `error`, `queue` | values, without a browser |
//! | `codec` | typed messages: JSON, MessagePack, JavaScript values |
//! | `transport` | a web object in, events out: the browser's WebSocket and the little JavaScript its receive path needs |
//! | [`machine`] | the reconnecting core, without I/O, a clock or a browser |
//! | `browser` | timers, the clock, the page and its network |
//! | `driver` | the loop between browser and machine |
//! | `socket` | [`WebSocket`], its handlers and listeners, streams, sink, and `Typed` |
//! | `reconnecting` | [`ReconnectingWebSocket`] and what it is made with |
//! | `channel` | `Channel`: its protocol, its machine, its loop |
//!
//! # Features
//! - `json`, `msgpack`, `js`: `Typed` sockets with one codec each. None is on by default.
//! - `typed`: `Typed` for a codec of your own.
//! - `tracing`: what a reconnecting socket does, as events of that crate.
//! - `channel`: `Channel`, and the techniques that it chooses from.
//!
//! Native targets have the same types, inert: see [`WebSocket`].
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs)]
// Nothing that ships may panic on run-time data.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::panic_in_result_fn,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_in_result,
        clippy::unwrap_used
    )
)]

mod close;
mod config;
mod endpoint;
mod error;
mod event;
mod message;
mod queue;
mod ready_state;
mod slot;
mod table;

#[cfg(feature = "typed")]
pub mod codec;

pub mod machine;

#[cfg(feature = "channel")]
pub mod channel;

mod browser;
mod driver;
mod reconnecting;
mod socket;
mod transport;

pub use close::{
    CloseCode, CloseReason, InvalidCloseCode, InvalidCloseReason, InvalidStatusCode, MAX_CLOSE_REASON, StatusCode,
};
pub use config::{BinaryType, Overflow, ReceiveLimits, SendMarks};
pub use driver::Target;
pub use endpoint::{InvalidProtocol, RedactedUrl};
pub use error::{ConstructorError, PayloadError, SendError};
pub use event::{Closed, SocketEvent};
pub use message::{Message, MessageKind, MessageRef};
pub use queue::Dropped;
pub use ready_state::{InvalidReadyState, ReadyState};
pub use reconnecting::{
    Attempt, Batches, Builder, ClosedForGood, Connected, Connecting, Endpoint, Greeting, Latest, LatestBy, MessageFate,
    NotConnected, Notice, Probe, Receipt, ReconnectEvent, ReconnectEvents, ReconnectingSendError, ReconnectingSink,
    ReconnectingWebSocket, ReplaceFailed, Retry, SendOptions, Sender, Unavailable,
};
#[cfg(feature = "channel")]
pub use socket::Technique;
pub use socket::{CloseEvent, Event, EventListener, MessageEvent, SendData, Socket, WebSocket};
pub use socket::{ClosedFuture, Events, MessageSink, Messages, NotOpened, OpenedFuture};
#[cfg(feature = "typed")]
pub use socket::{Typed, TypedSendError};

/// The examples of the README compile.
#[cfg(all(doctest, feature = "json", feature = "channel"))]
#[doc = include_str!("../README.md")]
struct Readme;
