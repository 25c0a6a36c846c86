//! What the browser offers beside sockets.

pub(crate) mod frame;
pub(crate) mod page;
pub(crate) mod probe;
pub(crate) mod task;
pub(crate) mod timer;
pub(crate) mod turn;
