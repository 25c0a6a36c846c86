//! Messages that arrive once and in order, across dropped connections and across transports. PROTOCOL.md has what crosses the wire.

pub mod wire;
