//! ws_stream_wasm.

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use wasm_bindgen_futures::spawn_local;
use ws_stream_wasm::{WsMessage, WsMeta, WsStream};

use crate::TEXT;
use crate::tally::{Laps, Tally};

pub fn receive(_: &str, url: &str, tally: Tally) {
    let url = url.to_owned();
    spawn_local(async move {
        let (_meta, mut stream) = WsMeta::connect(url, None).await.expect("it connects");
        while let Some(message) = stream.next().await {
            match message {
                WsMessage::Text(text) => tally.text(&text),
                WsMessage::Binary(bytes) => tally.binary(&bytes),
            }
        }
    });
}

pub fn echo(_: &str, url: &str, laps: Laps) {
    let url = url.to_owned();
    spawn_local(async move {
        let (_meta, mut stream) = WsMeta::connect(url, None).await.expect("it connects");
        loop {
            laps.start();
            stream.send(WsMessage::Text(TEXT.to_owned())).await.expect("it sends");
            stream.next().await.expect("it answers");
            if !laps.end() {
                break;
            }
        }
    });
}

pub async fn cycle(_: &str, url: &str) {
    let (meta, _stream) = WsMeta::connect(url, None).await.expect("it connects");
    meta.close().await.expect("it closes");
}

pub struct Sender(WsStream);

pub async fn open(_: &str, url: &str) -> Sender {
    let (_, stream) = WsMeta::connect(url, None).await.expect("it connects");
    Sender(stream)
}

impl Sender {
    pub fn send(&mut self, text: &str) {
        self.0.send(WsMessage::Text(text.to_owned())).now_or_never().expect("it is ready").expect("it sends");
    }
}
