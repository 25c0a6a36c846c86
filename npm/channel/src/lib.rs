//! The channel's machine for a driver in JavaScript: the wasm-bindgen exports, conversions only.
//!
//! A module of its own, so that only those load it who have a channel. Native targets have nothing of it.
#![warn(missing_docs)]
// Nothing that ships may panic on run-time data.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::panic_in_result_fn,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_in_result,
        clippy::unwrap_used
    )
)]

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod config;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod host;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod machine;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[path = "../../src/memory.rs"]
mod memory;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod output;
