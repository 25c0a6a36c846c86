//! What each Rust client does in the browser benchmark: the same jobs, written as a user of that client would.
#![cfg(target_arch = "wasm32")]

#[cfg_attr(feature = "bare", path = "bare.rs")]
#[cfg_attr(feature = "ewebsock", path = "ewebsock.rs")]
#[cfg_attr(feature = "gloo_net", path = "gloo_net.rs")]
#[cfg_attr(feature = "tautline", path = "tautline.rs")]
#[cfg_attr(feature = "tautline_channel", path = "tautline_channel.rs")]
#[cfg_attr(feature = "tokio_tungstenite_wasm", path = "tokio_tungstenite_wasm.rs")]
#[cfg_attr(feature = "ws_stream_wasm", path = "ws_stream_wasm.rs")]
mod client;
mod tally;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use tally::{Laps, Tally};

/// What is sent in the sending jobs: 32 bytes.
const TEXT: &str = "a message that has 32 bytes, yes";

/// Receives so many messages, touching each in Rust; resolves to the sum of what was seen.
#[wasm_bindgen]
pub fn receive(way: &str, url: &str, count: u32) -> Promise {
    Promise::new(&mut |resolve, _| client::receive(way, url, Tally::new(count, resolve)))
}

/// Sends so many messages and waits for the echo of each; resolves to the times in milliseconds.
#[wasm_bindgen]
pub fn echo(way: &str, url: &str, count: u32) -> Promise {
    Promise::new(&mut |resolve, _| client::echo(way, url, Laps::new(count, resolve)))
}

/// Connects, waits until it is open, closes, waits for the end, and drops all.
#[wasm_bindgen]
pub async fn cycle(way: String, url: String) {
    client::cycle(&way, &url).await;
}

/// A connection to send on.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "most clients have none")]
pub struct Sending(client::Sender);

#[wasm_bindgen]
impl Sending {
    /// Connects, and waits until it is open.
    pub async fn open(way: String, url: String) -> Self {
        Self(client::open(&way, &url).await)
    }

    /// Sends so many messages.
    pub fn send(&mut self, count: u32) {
        for _ in 0..count {
            self.0.send(TEXT);
        }
    }
}
