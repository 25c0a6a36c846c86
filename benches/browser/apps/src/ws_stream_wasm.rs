//! ws_stream_wasm.

use futures_util::{SinkExt as _, StreamExt as _};
use wasm_bindgen::prelude::*;
use ws_stream_wasm::{WsMessage, WsMeta};

use crate::{URL, log};

#[wasm_bindgen(start)]
fn start() {
    wasm_bindgen_futures::spawn_local(async {
        let Ok((meta, mut stream)) = WsMeta::connect(URL, None).await else { return };
        if stream.send(WsMessage::Text("hello".to_owned())).await.is_err() {
            return;
        }
        while let Some(message) = stream.next().await {
            let WsMessage::Text(text) = message else { continue };
            log(text.len());
            if text.is_empty() {
                drop(meta.close().await);
                return;
            }
        }
    });
}
