//! `Channel` over each of its transports, against the real server and its faults.

mod alone;
mod faults;
mod ladder;
mod soak;
mod ways;

use tautline::channel::Kind;

use crate::support::{Engine, engine};

/// The transports that this browser has.
fn kinds() -> Vec<Kind> {
    Kind::ALL.into_iter().filter(|kind| *kind != Kind::WebSocketStream || engine() == Engine::Chromium).collect()
}
