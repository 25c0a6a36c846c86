//! The same small application with each client: it connects, sends once, logs the length of each text message,
//! and closes on an empty one.
#![cfg(target_arch = "wasm32")]

#[cfg(all(feature = "bare", not(feature = "gloo_events")))]
mod bare;
#[cfg(feature = "ewebsock")]
mod ewebsock;
#[cfg(feature = "gloo_events")]
mod gloo_events;
#[cfg(feature = "gloo_net")]
mod gloo_net;
#[cfg(feature = "tautline")]
mod tautline;
#[cfg(feature = "tautline_reconnecting")]
mod tautline_reconnecting;
#[cfg(feature = "tokio_tungstenite_wasm")]
mod tokio_tungstenite_wasm;
#[cfg(feature = "ws_stream_wasm")]
mod ws_stream_wasm;

use wasm_bindgen::prelude::*;

const URL: &str = "wss://example.com/";

#[wasm_bindgen]
extern "C" {
    /// Takes a number, so that no client pays for formatting one.
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn log(length: usize);
}
