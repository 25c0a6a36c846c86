//! Tautline for JavaScript: the wasm-bindgen exports, conversions only.
//!
//! A crate of its own, since the exports of a library would leak into every application that links it. Native targets
//! have nothing of it.
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

#[cfg(all(target_arch = "wasm32", target_os = "unknown", feature = "typed-web-socket"))]
mod convert;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod machine;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(feature = "typed-web-socket")))]
mod memory;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", feature = "typed-web-socket"))]
mod typed_web_socket;
