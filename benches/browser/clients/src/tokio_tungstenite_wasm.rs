//! tokio-tungstenite-wasm.

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio_tungstenite_wasm::{Message, WebSocketStream, connect};
use wasm_bindgen_futures::spawn_local;

use crate::TEXT;
use crate::tally::{Laps, Tally};

pub fn receive(_: &str, url: &str, tally: Tally) {
    let url = url.to_owned();
    spawn_local(async move {
        let mut socket = connect(url).await.expect("it connects");
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(text) => tally.text(text.as_str()),
                Message::Binary(bytes) => tally.binary(&bytes),
                Message::Close(_) => return,
            }
        }
    });
}

pub fn echo(_: &str, url: &str, laps: Laps) {
    let url = url.to_owned();
    spawn_local(async move {
        let mut socket = connect(url).await.expect("it connects");
        loop {
            laps.start();
            socket.send(Message::text(TEXT)).await.expect("it sends");
            socket.next().await.expect("it answers").expect("it stays up");
            if !laps.end() {
                break;
            }
        }
    });
}

pub async fn cycle(_: &str, url: &str) {
    let mut socket = connect(url).await.expect("it connects");
    socket.close().await.expect("it closes");
}

pub struct Sender(WebSocketStream);

pub async fn open(_: &str, url: &str) -> Sender {
    Sender(connect(url).await.expect("it connects"))
}

impl Sender {
    pub fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).now_or_never().expect("it is ready").expect("it sends");
    }
}
