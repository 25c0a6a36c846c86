//! What is sent: limits, time to live, order, kinds of data, the sink, and a browser's socket that closes before it says so.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use js_sys::{ArrayBuffer, Function, JsString, Uint8Array};
use tautline::machine::{Config, Fate, OutboxError, OutboxLimits, OutboxOverflow};
use tautline::{
    Message, ReadyState, ReconnectingSendError, ReconnectingWebSocket, SendMarks, SendOptions, Typed, TypedSendError,
    codec::Json,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{connect, lose, opened, quick};
use crate::support::link::{Ledger, Link};
use crate::support::{log, ready, url, within};

fn on(url: &str, config: Config) -> ReconnectingWebSocket {
    ReconnectingWebSocket::builder(url).config(config).connect().unwrap()
}

#[wasm_bindgen_test]
async fn a_full_outbox_is_an_error_that_names_the_limits() {
    let link = Link::new().await;
    link.stop().await;
    let outbox = OutboxLimits { messages: 2, bytes: 10, overflow: OutboxOverflow::Reject };
    let socket = on(&link.url("/echo"), Config { outbox, ..quick() });
    socket.send("12345").unwrap();
    let full = OutboxError::Full { queued: 1, queued_bytes: 5, messages: 2, bytes: 10 };
    assert_eq!(socket.send("123456"), Err(ReconnectingSendError::Outbox(full)));
    let large = OutboxError::TooLarge { size: 11, bytes: 10 };
    assert_eq!(socket.send(vec![0; 11]), Err(ReconnectingSendError::Outbox(large)));
    assert_eq!(socket.send_now("x"), Err(ReconnectingSendError::NotOpen { state: ReadyState::Connecting }));
    assert_eq!(socket.queued(), (1, 5), "nothing else was disturbed");
}

#[wasm_bindgen_test]
async fn a_message_whose_time_is_up_is_never_sent() {
    let (link, ledger) = (Link::new().await, Ledger::new());
    link.stop().await;
    let socket = connect(&link.url(&ledger.path("")));
    let options = SendOptions::default().time_to_live(Duration::from_millis(30));
    let stale = socket.receipt(socket.send_with("m 1", options).unwrap());
    assert_eq!(within("its fate", stale.settled()).await, Some(Fate::Expired));
    socket.send("m 2").unwrap();
    link.start().await;
    assert_eq!(ledger.wait_messages(1).await.messages, [(0, "m 2".to_owned())]);
}

#[wasm_bindgen_test]
async fn what_an_open_handler_sends_now_goes_first_on_every_connection() {
    let (link, ledger) = (Link::new().await, Ledger::new());
    let socket = connect(&link.url(&ledger.path("")));
    socket.set_onopen(|event| _ = event.target().send_now("m subscribe").unwrap());
    socket.send("m one").unwrap();
    ledger.wait_messages(2).await;
    lose(&socket, link.stop()).await;
    link.start().await;
    socket.send("m two").unwrap();
    let texts: Vec<_> = ledger.wait_messages(4).await.messages.into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["m subscribe", "m one", "m subscribe", "m two"]);
}

#[wasm_bindgen_test]
async fn every_kind_of_data_waits_as_it_was_when_it_was_sent() {
    let link = Link::new().await;
    link.stop().await;
    let socket = connect(&link.url("/echo"));
    let mut messages = socket.messages();
    let bytes = Uint8Array::from(&[1, 2, 3][..]);
    let buffer: ArrayBuffer = Uint8Array::from(&[4, 5][..]).buffer();
    let blob = Function::new_no_args("return new Blob(['blob'])").call0(&JsValue::NULL).unwrap();
    socket.send(JsString::from("smörgås")).unwrap();
    socket.send(&bytes).unwrap();
    socket.send(&buffer).unwrap();
    socket.send(blob.unchecked_ref::<web_sys::Blob>()).unwrap();
    assert_eq!(socket.queued(), (4, 9 + 3 + 2 + 4), "bytes as they are on the wire");
    bytes.fill(9, 0, 3);
    Uint8Array::new(&buffer).fill(9, 0, 2);
    let detached = Uint8Array::from(&[1][..]).buffer();
    Function::new_with_args("it", "structuredClone(it, { transfer: [it] })").call1(&JsValue::NULL, &detached).unwrap();
    // The browsers send a detached buffer as an empty message; what can't be kept is an error.
    let kept = socket.send(&detached);
    assert!(matches!(kept, Err(ReconnectingSendError::Rejected { .. }) | Ok(_)), "{kept:?}");
    link.start().await;
    let mut next = async || within("a message", messages.next()).await.unwrap();
    assert_eq!(next().await, Message::from("smörgås"));
    for expected in [&[1, 2, 3][..], &[4, 5], b"blob"] {
        assert_eq!(next().await, Message::from(expected));
    }
}

#[wasm_bindgen_test]
async fn the_outbox_waits_while_the_browser_has_enough_to_send() {
    let config = Config { marks: SendMarks { high: 256 * 1024, low: 64 * 1024 }, ..quick() };
    let socket = on(&url("/slow-read?pause_ms=100&rate=33554432"), config);
    for _ in 0..64 {
        socket.send(vec![7_u8; 64 * 1024]).unwrap();
    }
    opened(&socket).await;
    let browser = socket.buffered_amount() - socket.queued().1 as u64;
    assert!(browser <= 256 * 1024 + 64 * 1024, "{browser}");
    socket.close();
    let closed = within("the end", socket.closed()).await;
    assert_eq!(closed.reason, format!("received 64 messages, {} bytes", 64 * 64 * 1024), "close() lets everything out");
}

#[wasm_bindgen_test]
async fn a_message_sent_to_a_browsers_socket_that_is_open_no_more_arrives_on_the_next_one() {
    let (link, ledger) = (Link::new().await, Ledger::new());
    let socket = connect(&link.url(&ledger.path("close_after=1&code=4000")));
    opened(&socket).await;
    let (tell, mut closes) = log();
    socket.add_close_listener(move |_| tell(())).keep();
    // The server closes after this one. The page is at work meanwhile, so that the browser can't fire the close event; what its
    // readyState is by then differs between engines, and what is sent must be safe either way.
    socket.send("m 1").unwrap();
    ledger.wait("messages=1&closed=1").await;
    Function::new_no_args("const end = Date.now() + 300; while (Date.now() < end);").call0(&JsValue::NULL).unwrap();
    let receipt = socket.receipt(socket.send("m 2").unwrap());
    closes.next().await;
    match receipt.fate() {
        // The browser took it in OPEN: nobody knows.
        Some(Fate::Unknown) => {}
        _ => {
            let texts: Vec<_> = ledger.wait_messages(2).await.messages.into_iter().map(|(_, text)| text).collect();
            assert_eq!(texts, ["m 1", "m 2"], "once, and not lost");
        }
    }
}

#[wasm_bindgen_test]
async fn the_sink_waits_for_connections_and_flushes_across_drops() {
    let (link, ledger) = (Link::new().await, Ledger::new());
    let socket = connect(&link.url(&ledger.path("")));
    let mut sink = socket.sink(SendMarks::default());
    within("flushed", sink.send("m 1".into())).await.unwrap();
    ledger.wait_messages(1).await;
    lose(&socket, link.stop()).await;
    assert_eq!(ready(sink.feed("m 2".into())), Some(Ok(())), "the outbox has room");
    assert_eq!(ready(sink.flush()), None, "but there is no connection");
    link.start().await;
    within("flushed", sink.flush()).await.unwrap();
    ledger.wait_messages(2).await;
    within("closed", sink.close()).await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    let late = sink.send("m 3".into()).await;
    assert_eq!(late, Err(ReconnectingSendError::NotOpen { state: ReadyState::Closed }));
}

#[wasm_bindgen_test]
async fn typed_messages_go_on_across_connections() {
    let link = Link::new().await;
    let mut typed = Typed::<u32, u32, _, _>::new(connect(&link.url("/echo")), Json);
    for number in 0..4 {
        typed.post(&number).unwrap();
        assert_eq!(within("a value", typed.next()).await.unwrap(), Ok(number));
        let socket = typed.socket().clone();
        lose(&socket, link.cut("reset")).await;
        let now = typed.send_now(&9);
        assert!(matches!(now, Err(TypedSendError::Send(ReconnectingSendError::NotOpen { .. }))), "{now:?}");
    }
}
