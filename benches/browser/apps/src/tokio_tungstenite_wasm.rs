//! tokio-tungstenite-wasm.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite_wasm::Message;
use wasm_bindgen::prelude::*;

use crate::{URL, log};

#[wasm_bindgen(start)]
fn start() {
    wasm_bindgen_futures::spawn_local(async {
        let Ok(mut socket) = tokio_tungstenite_wasm::connect(URL).await else { return };
        if socket.send(Message::text("hello")).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            log(text.len());
            if text.is_empty() {
                drop(socket.close().await);
                return;
            }
        }
    });
}
