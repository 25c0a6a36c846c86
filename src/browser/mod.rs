//! What the browser offers beside sockets.

pub(crate) mod frame;
#[cfg(feature = "channel")]
pub(crate) mod memory;
pub(crate) mod page;
pub(crate) mod probe;
pub(crate) mod task;
pub(crate) mod timer;
pub(crate) mod turn;
