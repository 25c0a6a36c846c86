//! `ReconnectingWebSocket` against real faults: see `support/link.rs` for how they are made.

mod basics;
mod closes;
mod drops;
mod faults;
mod handles;
mod handshakes;
mod heartbeat;
mod page;
mod providers;
mod sending;

use std::time::Duration;

use tautline::machine::{Backoff, Config, Ending};
use tautline::{Builder, Messages, ReconnectingWebSocket};

use crate::support::{Log, log, within};

/// Retries that follow soon, so that a test need not wait.
pub(crate) fn quick() -> Config {
    Config {
        backoff: Backoff::Fixed { delay: Duration::from_millis(20), spread: Duration::from_millis(20) },
        ..Config::default()
    }
}

/// A builder whose retries follow soon.
pub(crate) fn builder(url: &str) -> Builder {
    ReconnectingWebSocket::builder(url).config(quick())
}

/// Connects, with retries that follow soon.
pub(crate) fn connect(url: &str) -> ReconnectingWebSocket {
    builder(url).connect().unwrap()
}

pub(crate) async fn opened(socket: &ReconnectingWebSocket) {
    within("a connection", socket.opened()).await.unwrap();
}

pub(crate) async fn next_text(messages: &mut Messages<ReconnectingWebSocket>) -> String {
    let message = within("the next message", futures_util::StreamExt::next(messages)).await;
    message.expect("a message before the end").into_text().expect("text")
}

/// Why each retry follows.
pub(crate) fn causes(socket: &ReconnectingWebSocket) -> Log<Ending> {
    let (tell, causes) = log();
    socket.add_retry_listener(move |retry| tell(retry.cause.clone())).keep();
    causes
}

/// Sends a message, which comes back.
pub(crate) async fn echoes(socket: &ReconnectingWebSocket) {
    let mut messages = socket.messages();
    socket.send("still here").unwrap();
    assert_eq!(next_text(&mut messages).await, "still here");
}

/// Does something that ends the connection, and waits until the page is told so: what is sent before that may be lost with it.
pub(crate) async fn lose(socket: &ReconnectingWebSocket, act: impl Future<Output = ()>) {
    let (tell, mut closes) = log();
    let _listener = socket.add_close_listener(move |_| tell(()));
    act.await;
    closes.next().await;
}
