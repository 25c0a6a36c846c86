//! What has to work in every kind of worker.

use futures_util::{SinkExt, StreamExt};
use tautline::{Message, ReadyState, SendMarks, WebSocket};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::link::Link;
use crate::support::{Wire, connect, next, open, within};

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
