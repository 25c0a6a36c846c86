//! What has to work in every kind of worker.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tautline::machine::{Backoff, Config, Ending, Heartbeat};
use tautline::{
    Builder, Endpoint, Message, MessageRef, ReadyState, ReconnectingWebSocket, SendMarks, Target, WebSocket,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::link::Link;
use crate::support::{Wire, connect, log, next, open, url, within};

#[wasm_bindgen_test]
async fn messages_go_both_ways_and_the_connection_closes() {
    assert!(js_sys::global().dyn_into::<crate::Scope>().is_ok(), "this runs in the worker it is named after");
    let socket = connect("/echo");
    let mut messages = socket.messages();
    let mut sink = socket.sink(SendMarks::default());
    within("send", sink.send("from a worker".into())).await.unwrap();
    assert_eq!(next(&mut messages).await, "from a worker".into());
    let large = "ü".repeat(100_000);
    socket.send(&large).unwrap();
    assert_eq!(next(&mut messages).await, Message::from(large));
    within("close", sink.close()).await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert_eq!(within("the end", messages.next()).await, None);
}

#[wasm_bindgen_test]
async fn a_dropped_socket_closes() {
    let mut wire = Wire::watch().await;
    drop(open(&wire.path("/echo")).await);
    wire.client_close().await;
    wire.over().await;
}

#[wasm_bindgen_test]
async fn a_link_is_driven_from_a_worker() {
    let link = Link::new().await;
    let socket = WebSocket::new(&link.url("/echo")).unwrap();
    within("open", socket.opened()).await.unwrap();
    link.stop().await;
    assert_eq!(within("closed", socket.closed()).await.code.get(), 1006);
    assert_eq!(link.stats().await.open, 0);
}

/// Echoes through this socket, so that it is up.
async fn echoes(socket: &ReconnectingWebSocket, text: &str) {
    let mut messages = socket.messages();
    socket.send(text).unwrap();
    let message = within("the next message", messages.next()).await.expect("a message before the end");
    assert_eq!(message.as_text(), Some(text));
}

fn reconnecting(url: &str) -> Builder {
    let backoff = Backoff::Fixed { delay: Duration::from_millis(20), spread: Duration::from_millis(20) };
    ReconnectingWebSocket::builder(url).config(Config { backoff, ..Config::default() })
}

#[wasm_bindgen_test]
async fn a_reconnecting_socket_comes_back_after_a_cut_and_after_a_stop() {
    let link = Link::new().await;
    let socket = reconnecting(&link.url("/echo")).connect().unwrap();
    let (tell, mut closes) = log();
    socket.add_close_listener(move |event| tell((event.code().get(), event.target().ready_state()))).keep();
    echoes(&socket, "before").await;
    for how in ["reset", "fin"] {
        link.cut(how).await;
        assert_eq!(closes.next().await, (1006, ReadyState::Connecting));
        echoes(&socket, "queued meanwhile").await;
    }
    link.stop().await;
    assert_eq!(closes.next().await, (1006, ReadyState::Connecting));
    link.start().await;
    echoes(&socket, "again").await;
    let state = link.stats().await;
    assert_eq!((state.accepted, state.most_open), (4, 1), "never two sockets");
}

#[wasm_bindgen_test]
async fn a_reconnecting_socket_finds_a_silent_connection_dead() {
    let link = Link::new().await;
    let first = link.url("/echo");
    let endpoint = Endpoint::from_fn(move |attempt| {
        Ok(Target::new(if attempt.last.is_none() { first.clone() } else { url("/echo") }))
    });
    let millis = Duration::from_millis;
    let rule = Heartbeat::new().interval(millis(200)).timeout(millis(400)).phase(Duration::ZERO);
    let socket = ReconnectingWebSocket::builder(endpoint)
        .heartbeat(rule, "ping", |message| message == MessageRef::Text("ping"))
        .connect()
        .unwrap();
    let (tell, mut causes) = log();
    socket.add_retry_listener(move |retry| tell(retry.cause.clone())).keep();
    echoes(&socket, "before").await;
    link.freeze().await;
    assert!(matches!(causes.next().await, Ending::Dead { .. }));
    echoes(&socket, "after").await;
    assert_eq!(link.stats().await.open, 1, "the old one is still frozen");
}

#[wasm_bindgen_test]
async fn a_workers_online_event_ends_a_long_wait() {
    let link = Link::new().await;
    link.stop().await;
    let config = Config {
        backoff: Backoff::List(vec![Duration::from_secs(3600)]),
        wake_spread: Duration::from_millis(50),
        ..Config::default()
    };
    let socket = ReconnectingWebSocket::builder(link.url("/echo").as_str()).config(config).connect().unwrap();
    let (tell, mut causes) = log();
    socket.add_retry_listener(move |retry| tell(retry.cause.clone())).keep();
    assert!(matches!(causes.next().await, Ending::ConnectFailed(_)));
    link.start().await;
    // Synthetic: the browser's network was never gone.
    let fire = "globalThis.dispatchEvent(new Event('online'))";
    js_sys::Function::new_no_args(fire).call0(&wasm_bindgen::JsValue::UNDEFINED).unwrap();
    echoes(&socket, "after").await;
}
