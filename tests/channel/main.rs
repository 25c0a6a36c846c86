//! The channel without a browser: what crosses the wire, and the machine in virtual time.
#![cfg(not(target_arch = "wasm32"))]

mod candidates;
mod closing;
mod ending;
mod hour;
mod lasting;
mod once;
mod operations;
mod outage;
mod reading;
mod scripted;
mod server;
mod wire;
mod world;
