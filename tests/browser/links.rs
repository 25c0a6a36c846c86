//! Faults of the network, by the server's links: what a plain `WebSocket` sees of them.

use futures_util::StreamExt;
use tautline::{Messages, ReadyState, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::link::{Ledger, Link, request};
use crate::support::{Wire, next, ready, within};

fn connect(link: &Link, path: &str) -> WebSocket {
    WebSocket::new(&link.url(path)).unwrap()
}

async fn open(link: &Link, path: &str) -> WebSocket {
    let socket = connect(link, path);
    within("open", socket.opened()).await.unwrap();
    socket
}

async fn next_text(messages: &mut Messages) -> String {
    next(messages).await.as_text().expect("text").to_owned()
}

/// The connection is lost, as the browser tells it.
async fn lost(socket: &WebSocket) {
    let closed = within("closed", socket.closed()).await;
    assert_eq!((closed.code.get(), closed.was_clean), (1006, false));
}

#[wasm_bindgen_test]
async fn a_frozen_link_delivers_in_order_after_the_thaw() {
    let link = Link::new().await;
    let socket = open(&link, "/echo").await;
    let mut messages = socket.messages();
    socket.send("before").unwrap();
    assert_eq!(next_text(&mut messages).await, "before");
    link.freeze().await;
    let before = link.stats().await;
    for number in 0..100 {
        socket.send(format!("{number}").as_str()).unwrap();
    }
    let after = link.stats().await;
    assert_eq!((after.mode.as_str(), after.bytes_up, after.bytes_down), ("freeze", before.bytes_up, before.bytes_down));
    assert_eq!(ready(messages.next()), None);
    assert_eq!(socket.ready_state(), ReadyState::Open, "nothing tells the page");
    link.thaw().await;
    for number in 0..100 {
        assert_eq!(next_text(&mut messages).await, number.to_string());
    }
}

#[wasm_bindgen_test]
async fn a_cut_link_ends_the_connection_and_takes_the_next() {
    let link = Link::new().await;
    for how in ["reset", "fin"] {
        let socket = open(&link, "/echo").await;
        link.cut(how).await;
        lost(&socket).await;
    }
    let socket = open(&link, "/echo").await;
    let state = link.wait("accepted=3&open=1").await;
    assert_eq!((state.closed, state.most_open), (2, 1));
    drop(socket);
    link.wait_open(0).await;
}

#[wasm_bindgen_test]
async fn a_stopped_link_refuses_and_takes_connections_again_once_it_starts() {
    let link = Link::new().await;
    let socket = open(&link, "/echo").await;
    link.stop().await;
    lost(&socket).await;
    assert!(!link.stats().await.listening);
    let refused = connect(&link, "/echo");
    assert!(within("not open", refused.opened()).await.is_err());
    lost(&refused).await;
    link.start().await;
    let socket = open(&link, "/echo").await;
    let mut messages = socket.messages();
    socket.send("again").unwrap();
    assert_eq!(next_text(&mut messages).await, "again");
}

#[wasm_bindgen_test]
async fn a_hanging_link_answers_the_handshake_after_the_thaw() {
    let link = Link::new().await;
    link.hang().await;
    let socket = connect(&link, "/echo");
    link.wait_open(1).await;
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    link.thaw().await;
    within("open", socket.opened()).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_link_drops_the_next_connection() {
    let link = Link::new().await;
    link.command("drop-next").await;
    let dropped = connect(&link, "/echo");
    assert!(within("not open", dropped.opened()).await.is_err());
    open(&link, "/echo").await;
}

#[wasm_bindgen_test]
async fn the_wire_feed_sees_through_a_link() {
    let link = Link::new().await;
    let mut wire = Wire::watch().await;
    let socket = open(&link, &wire.path("/echo")).await;
    socket.send("hello").unwrap();
    let frame = wire.find(|record| record.is_frame("up")).await;
    assert_eq!(frame.payload_text.as_deref(), Some("hello"));
    link.cut("reset").await;
    let end = wire.find(|record| record.kind == "end").await;
    assert_eq!((end.direction.as_str(), end.how.as_str()), ("up", "reset"));
    wire.over().await;
}

#[wasm_bindgen_test]
async fn a_ledger_accounts_for_what_arrived_across_connections() {
    let (link, ledger) = (Link::new().await, Ledger::new());
    for number in 0..10 {
        let socket = open(&link, &ledger.path("")).await;
        let mut messages = socket.messages();
        let text = format!("m {number}");
        socket.send(text.as_str()).unwrap();
        assert_eq!(next_text(&mut messages).await, text);
        link.cut(if number % 2 == 0 { "reset" } else { "fin" }).await;
        lost(&socket).await;
    }
    let state = ledger.wait("closed=10").await;
    let expected: Vec<_> = (0..10).map(|number| (number, format!("m {number}"))).collect();
    assert_eq!((state.messages, state.most_open, state.open), (expected, 1, 0));
    assert_eq!(link.stats().await.most_open, 1);
}

#[wasm_bindgen_test]
async fn a_ledger_pushes_on_across_connections_and_closes_when_told() {
    let ledger = Ledger::new();
    let mut pushes = Vec::new();
    for _ in 0..2 {
        let path = ledger.path("push_ms=1&close_after=1&code=3001&reason=restart");
        let socket = crate::support::open(&path).await;
        let mut messages = socket.messages();
        pushes.push(next_text(&mut messages).await);
        socket.send("enough").unwrap();
        while let Some(message) = within("the end", messages.next()).await {
            pushes.extend(message.as_text().filter(|text| text.starts_with("p ")).map(str::to_owned));
        }
        let closed = within("closed", socket.closed()).await;
        assert_eq!((closed.code.get(), closed.reason.as_str(), closed.was_clean), (3001, "restart", true));
    }
    let pushed = ledger.wait("messages=2&closed=2").await.pushed;
    assert_eq!(pushes, (0..pushed).map(|number| format!("p {number}")).collect::<Vec<_>>());
}

#[wasm_bindgen_test]
async fn a_probe_reads_the_status_and_when_to_come_back() {
    for code in [200, 401, 429, 503] {
        let response = request("GET", &format!("/status?code={code}&retry_after=7")).await;
        assert_eq!(response.status(), code);
        assert_eq!(response.headers().get("retry-after").unwrap().as_deref(), Some("7"));
    }
}
