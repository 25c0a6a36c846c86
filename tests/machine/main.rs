//! The reconnecting core, in a world that checks at each step what has to hold.
#![cfg(not(target_arch = "wasm32"))]

mod counting;
mod driving;
mod flushing;
mod hour;
mod ledger;
mod living;
mod messages;
mod operations;
mod properties;
mod replacing;
mod retrying;
mod returning;
mod sizes;
mod staying;
mod walk;
mod world;
