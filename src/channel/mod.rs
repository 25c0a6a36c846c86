//! Messages that arrive once and in order, across dropped connections and across transports. PROTOCOL.md has what crosses the wire.

mod builder;
mod handle;
mod link;
mod listening;
pub mod machine;
mod messages;
mod sending;
pub mod wire;

pub use builder::Builder;
pub use handle::{Channel, Opened};
pub use listening::{Delivery, Events};
pub use machine::{Cause, Config, Event, Fate, Gap, Kind, MessageId, Phase, Position, ProtocolError, SendError};
pub use messages::{Item, Messages};
pub use sending::Confirmed;
