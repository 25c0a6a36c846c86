//! gloo-net.

use futures_util::{SinkExt as _, StreamExt as _};
use gloo_net::websocket::{Message, futures::WebSocket};
use wasm_bindgen::prelude::*;

use crate::{URL, log};

#[wasm_bindgen(start)]
fn start() {
    wasm_bindgen_futures::spawn_local(async {
        let Ok(mut socket) = WebSocket::open(URL) else { return };
        if socket.send(Message::Text("hello".to_owned())).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            log(text.len());
            if text.is_empty() {
                drop(socket.close(None, None));
                return;
            }
        }
    });
}
