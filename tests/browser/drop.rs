//! Dropping: at any time, everything is detached, the connection is closed, and all is freed.

use std::rc::Rc;

use futures_util::{FutureExt, StreamExt};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Wire, connect, hanging, log, open};

#[wasm_bindgen_test]
async fn dropping_an_open_socket_closes_it_with_the_handshake() {
    let mut wire = Wire::watch().await;
    let socket = open(&wire.path("/echo")).await;
    let (tell, mut told) = log();
    socket.set_onclose(move |_| tell("close"));
    drop(socket);
    let frame = wire.client_close().await;
    assert_eq!((frame.length, frame.code), (0, None));
    wire.over().await;
    assert_eq!(told.rest(), Vec::<&str>::new(), "nobody listens any more");
}

#[wasm_bindgen_test]
async fn dropping_a_connecting_socket_ends_its_connection() {
    let mut wire = Wire::watch().await;
    let socket = connect(&wire.path(hanging()));
    wire.find(|record| record.kind == "request").await;
    drop(socket);
    wire.over().await;
}

#[wasm_bindgen_test]
async fn dropping_frees_what_the_listeners_captured() {
    let socket = open("/echo").await;
    let captured = Rc::new(());
    let (one, two, three) = (Rc::clone(&captured), Rc::clone(&captured), Rc::clone(&captured));
    socket.set_onmessage(move |_| drop(Rc::clone(&one)));
    socket.add_close_listener(move |_| drop(Rc::clone(&two))).keep();
    let held = socket.add_error_listener(move |_| drop(Rc::clone(&three)));
    assert_eq!(Rc::strong_count(&captured), 4);
    drop(socket);
    assert_eq!(Rc::strong_count(&captured), 1);
    drop(held);
}

#[wasm_bindgen_test]
async fn the_last_of_several_handles_closes() {
    let mut wire = Wire::watch().await;
    let socket = open(&wire.path("/echo")).await;
    let clone = socket.clone();
    let stream = clone.messages();
    let mut sink = clone.sink(tautline::SendMarks::default());
    let closed = clone.closed();
    drop((socket, clone, stream));
    futures_util::SinkExt::send(&mut sink, "still here".into()).await.unwrap();
    let frame = wire.find(|record| record.is_frame("up")).await;
    assert_eq!(frame.payload_text.as_deref(), Some("still here"));
    drop(sink);
    crate::support::turn().await;
    drop(closed);
    wire.client_close().await;
}

#[wasm_bindgen_test]
async fn a_cancelled_future_takes_its_socket_with_it() {
    let mut wire = Wire::watch().await;
    let path = wire.path("/echo");
    let mut task = Box::pin(async move {
        let socket = connect(&path);
        let mut messages = socket.messages();
        socket.opened().await.unwrap();
        socket.send("started").unwrap();
        while messages.next().await.is_some() {}
    });
    assert_eq!((&mut task).now_or_never(), None);
    let seen = {
        let down = Box::pin(wire.find(|record| record.is_frame("down")));
        let first = futures_util::future::select(&mut task, down).await;
        matches!(first, futures_util::future::Either::Right(_))
    };
    assert!(seen, "the task has no end");
    drop(task);
    wire.client_close().await;
    wire.over().await;
}

#[wasm_bindgen_test]
async fn cancelled_waits_leave_nothing_behind() {
    let socket = open("/echo").await;
    let shared = Rc::new(());
    for _ in 0..100 {
        let inner = Rc::clone(&shared);
        let wait = socket.closed();
        assert!(async move { (wait.await, inner) }.now_or_never().is_none());
    }
    assert_eq!(Rc::strong_count(&shared), 1);
    socket.send("goes on").unwrap();
}
