//! The channel's core: bytes are operations, and the world of its property tests checks what has to hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/channel/operations.rs"]
mod operations;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/channel/server.rs"]
mod server;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/channel/world.rs"]
mod world;

fuzz_target!(|data: &[u8]| operations::run(data));
