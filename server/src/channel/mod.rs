//! `/channel/{name}`: a channel, as PROTOCOL.md has it, over WebSocket, Server-Sent Events, polling, and POST.
//!
//! Messages are kept by a [`Broker`]; the one in memory is [`MemoryBroker`]. A [`Gate`] says who may come in, a [`Handler`] what becomes of
//! a client's messages: by default each is published to the channel it was sent to. [`Settings`] has all that can be set.
//!
//! # Layout
//! ```text
//! routes: which transport → visit: origin, gate, clients, request → reader: from which offset on
//!                             ↳ websocket, events, poll: what is published → broker: memory::{history, sessions}
//!                             ↳ websocket, post: what is sent → service: each number once → handler → broker
//! end: why it is over; dev: what tests see of all this, and do to it
//! ```
//!
//! A reader has a place in the history and no queue of its own: what a slow client costs is the history, which is bounded. Frames are encoded once and
//! shared by all who read them.

mod broker;
mod clients;
pub mod dev;
mod end;
mod events;
mod gate;
mod handler;
mod inside;
mod memory;
mod origin;
mod paced;
mod poll;
mod post;
mod reader;
mod request;
mod routes;
mod service;
mod settings;
mod visit;
mod websocket;

pub use broker::{Batch, Broker, BrokerError, Budget, Claim, Data, Delivery, Met, Place, Position};
pub(crate) use dev::{command, state, wait};
pub use gate::{AllowAll, DevGate, Gate, Verdict};
pub use handler::{From, Handler, PublishAll};
pub(crate) use inside::Kept;
pub use memory::{Loss, MemoryBroker, MemoryLimits};
pub(crate) use routes::channel;
pub(crate) use service::Service;
pub use settings::{Limits, Origins, Settings};
