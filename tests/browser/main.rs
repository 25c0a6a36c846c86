//! `WebSocket` in a real browser against the real server: run by `cargo xtask test browser`.
//!
//! The server is the one of `server/`; its address comes from `TAUTLINE_TEST_SERVER` when the tests are compiled, or is
//! 127.0.0.1:8080, where `cargo xtask serve` listens.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod attributes;
mod channel;
mod close;
mod codecs;
mod constructor;
mod drop;
mod leaks;
mod links;
mod listeners;
mod payloads;
mod reconnecting;
mod secrets;
mod send;
mod sink;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod typed;
mod vectors;
