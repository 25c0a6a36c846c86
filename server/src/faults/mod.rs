//! Endpoints that do what a client must survive. One file for each stage of a connection.

mod closing;
mod frames;
mod handshake;
mod slow_read;

pub(crate) use closing::{abort, close};
pub(crate) use frames::raw;
pub(crate) use handshake::{bad_accept, hang, no_accept, refuse, slow_handshake};
pub(crate) use slow_read::slow_read;

use std::time::Duration;

/// No fault lasts longer than this: 60 s.
const LONGEST: Duration = Duration::from_secs(60);

/// [`LONGEST`] in milliseconds.
const LONGEST_MS: u64 = 60_000;
