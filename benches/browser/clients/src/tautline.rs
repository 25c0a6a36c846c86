//! Ours: both sockets, and each way to receive. A way is such as `WebSocket/stream`.

use std::cell::RefCell;

use futures_util::StreamExt as _;
use tautline::{Message, MessageRef, ReceiveLimits, ReconnectingWebSocket, WebSocket};
use wasm_bindgen_futures::spawn_local;

use crate::TEXT;
use crate::tally::{Laps, Tally};

thread_local! {
    static HELD: RefCell<Vec<Sender>> = RefCell::default();
}

pub enum Sender {
    Plain(WebSocket),
    Reconnecting(ReconnectingWebSocket),
}

fn hold(sender: Sender) {
    HELD.with_borrow_mut(|held| held.push(sender));
}

fn limits() -> ReceiveLimits {
    ReceiveLimits::default()
}

fn touch(tally: &Tally, message: &Message) {
    match message {
        Message::Text(text) => tally.text(text),
        Message::Binary(bytes) => tally.binary(bytes),
        _ => {}
    }
}

/// The two sockets have the same interface, and no trait with all of it.
macro_rules! receive_by {
    ($socket:ident, $way:expr, $tally:ident) => {
        match $way {
            "callback" => $socket.set_onmessage(move |event| {
                if let Ok(message) = event.to_message() {
                    touch(&$tally, &message);
                }
            }),
            "borrowed" => $socket.set_onmessage(move |event| match event.data() {
                Ok(MessageRef::Text(text)) => $tally.text(text),
                Ok(MessageRef::Binary(bytes)) => $tally.binary(bytes),
                _ => {}
            }),
            "lazy" => $socket.set_onmessage(move |event| $tally.length(event.length())),
            _ => {
                let mut messages = $socket.messages();
                spawn_local(async move {
                    while let Some(message) = messages.next().await {
                        touch(&$tally, &message);
                    }
                });
            }
        }
    };
}

pub fn receive(way: &str, url: &str, tally: Tally) {
    match way.split_once('/') {
        Some(("WebSocket", way)) => {
            let socket = WebSocket::new(url).expect("it connects");
            receive_by!(socket, way, tally);
            hold(Sender::Plain(socket));
        }
        Some((_, "batch")) => {
            let socket = ReconnectingWebSocket::new(url).expect("it connects");
            let mut batches = socket.batches(limits());
            spawn_local(async move {
                while let Some(batch) = batches.next().await {
                    batch.iter().for_each(|message| touch(&tally, message));
                }
            });
            hold(Sender::Reconnecting(socket));
        }
        Some((_, way)) => {
            let socket = ReconnectingWebSocket::new(url).expect("it connects");
            receive_by!(socket, way, tally);
            hold(Sender::Reconnecting(socket));
        }
        None => {}
    }
}

macro_rules! echo_by {
    ($socket:ident, $laps:ident) => {
        let answering = $laps.clone();
        $socket.set_onopen(move |event| {
            $laps.start();
            event.target().send(TEXT).expect("it sends");
        });
        $socket.set_onmessage(move |event| {
            if answering.end() {
                answering.start();
                event.target().send(TEXT).expect("it sends");
            }
        });
    };
}

pub fn echo(way: &str, url: &str, laps: Laps) {
    if way.starts_with("WebSocket") {
        let socket = WebSocket::new(url).expect("it connects");
        echo_by!(socket, laps);
        hold(Sender::Plain(socket));
    } else {
        let socket = ReconnectingWebSocket::new(url).expect("it connects");
        echo_by!(socket, laps);
        hold(Sender::Reconnecting(socket));
    }
}

pub async fn open(way: &str, url: &str) -> Sender {
    if way.starts_with("WebSocket") {
        let socket = WebSocket::new(url).expect("it connects");
        socket.opened().await.expect("it opens");
        Sender::Plain(socket)
    } else {
        let socket = ReconnectingWebSocket::new(url).expect("it connects");
        socket.opened().await.expect("it opens");
        Sender::Reconnecting(socket)
    }
}

impl Sender {
    pub fn send(&mut self, text: &str) {
        match self {
            Self::Plain(socket) => socket.send(text).expect("it sends"),
            Self::Reconnecting(socket) => drop(socket.send(text).expect("it sends")),
        }
    }
}

pub async fn cycle(way: &str, url: &str) {
    match open(way, url).await {
        Sender::Plain(socket) => {
            socket.close();
            socket.closed().await;
        }
        Sender::Reconnecting(socket) => {
            socket.close();
            socket.closed().await;
        }
    }
}
