//! gloo-net.

use futures_util::stream::SplitSink;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use gloo_net::websocket::{Message, futures::WebSocket};
use wasm_bindgen_futures::spawn_local;

use crate::TEXT;
use crate::tally::{Laps, Tally};

pub fn receive(_: &str, url: &str, tally: Tally) {
    let mut socket = WebSocket::open(url).expect("it connects");
    spawn_local(async move {
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(text) => tally.text(&text),
                Message::Bytes(bytes) => tally.binary(&bytes),
            }
        }
    });
}

pub fn echo(_: &str, url: &str, laps: Laps) {
    let mut socket = WebSocket::open(url).expect("it connects");
    spawn_local(async move {
        loop {
            laps.start();
            socket.send(Message::Text(TEXT.to_owned())).await.expect("it sends");
            socket.next().await.expect("it answers").expect("it stays up");
            if !laps.end() {
                break;
            }
        }
    });
}

pub async fn cycle(_: &str, url: &str) {
    let mut socket = WebSocket::open(url).expect("it connects");
    // The only way to learn that it is open: the sink is ready then.
    std::future::poll_fn(|context| socket.poll_ready_unpin(context)).await.expect("it opens");
    socket.close(None, None).expect("it closes");
}

pub struct Sender(SplitSink<WebSocket, Message>);

pub async fn open(_: &str, url: &str) -> Sender {
    let mut socket = WebSocket::open(url).expect("it connects");
    std::future::poll_fn(|context| socket.poll_ready_unpin(context)).await.expect("it opens");
    Sender(socket.split().0)
}

impl Sender {
    pub fn send(&mut self, text: &str) {
        self.0.send(Message::Text(text.to_owned())).now_or_never().expect("it is ready").expect("it sends");
    }
}
