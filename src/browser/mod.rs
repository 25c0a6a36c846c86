//! What the browser offers beside sockets.

pub(crate) mod timer;
