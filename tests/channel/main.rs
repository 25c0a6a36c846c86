//! The channel without a browser: what crosses the wire, and the machine in virtual time.
#![cfg(not(target_arch = "wasm32"))]

mod closing;
mod once;
mod scripted;
mod server;
mod wire;
mod world;
