//! Messages that arrive once and in order, across dropped connections and across transports. PROTOCOL.md has what crosses the wire.

pub mod machine;
pub mod wire;

pub use machine::{Cause, Config, Event, Fate, Gap, Kind, MessageId, Phase, Position, ProtocolError, SendError};
