//! The transports of a channel: objects with the interface of the browser's WebSocket, whose messages are whole frames. Their JavaScript
//! is in `push/`; `push.js` is made of it, so that it is one request.

use wasm_bindgen::prelude::*;

use super::Opening;
use super::shim::Receiver;
use super::websocket::Connection;
use crate::ConstructorError;

#[wasm_bindgen(module = "/src/transport/push.js")]
extern "C" {
    type Opener;

    #[wasm_bindgen(constructor)]
    fn new(
        kind: u8,
        session: &str,
        begin: bool,
        epoch: &str,
        after: f64,
        wait: u32,
        every: u32,
        fixed: &str,
        opening: u32,
    ) -> Opener;
}

impl Connection {
    /// One of a channel's transports.
    pub(crate) fn push(url: &str, with: &Opening<'_>) -> Result<Self, ConstructorError> {
        let (epoch, after) = with.position.unwrap_or(("", 0));
        // Offsets are at most 2^53 - 1.
        let fixed = if with.rate { "rate" } else { "delay" };
        let (kind, session, begin) = (with.kind, with.session, with.begin);
        let opener = Opener::new(kind, session, begin, epoch, after as f64, with.wait, with.every, fixed, with.opening);
        Self::made(Receiver::opened(url, "", &opener), url)
    }
}
