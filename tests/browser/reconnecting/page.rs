//! The page and its network. The events are dispatched by the test: what the browser does then is its own. Real ones are in
//! tests/e2e/page.test.mjs.

use std::time::Duration;

use futures_util::StreamExt;
use js_sys::Function;
use tautline::machine::{Config, Ending, Heartbeat, Phase};
use tautline::{MessageRef, ReconnectingWebSocket};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{builder, connect, next_text, opened, quick};
use crate::support::link::{Ledger, Link};
use crate::support::{Wire, log, turn, url, within};

fn run(script: &str) {
    Function::new_no_args(script).call0(&JsValue::UNDEFINED).unwrap();
}

/// Fires an event as the browser would.
pub(super) fn fire(target: &str, name: &str) {
    run(&format!("{target}.dispatchEvent(new Event('{name}'))"));
}

/// Makes the page hidden or visible, for whoever asks.
fn show(visible: bool) {
    run(&format!(
        "Object.defineProperty(document, 'hidden', {{ configurable: true, get: () => {} }});
         document.dispatchEvent(new Event('visibilitychange'));",
        !visible
    ));
}

fn on(url: &str, config: Config) -> ReconnectingWebSocket {
    ReconnectingWebSocket::builder(url).config(config).connect().unwrap()
}

async fn until(socket: &ReconnectingWebSocket, wanted: Phase) {
    let (tell, mut phases) = log();
    let _listener = socket.add_phase_listener(move |phase| tell(**phase));
    while socket.phase() != wanted {
        phases.next().await;
    }
}

#[wasm_bindgen_test]
async fn a_page_that_is_put_away_closes_with_4010_and_comes_back_with_what_waits() {
    for (target, away, back) in [("window", "pagehide", "pageshow"), ("document", "freeze", "resume")] {
        let mut wire = Wire::watch().await;
        let socket = connect(&url(&wire.path("/echo")));
        opened(&socket).await;
        fire(target, away);
        assert_eq!(socket.phase(), Phase::Suspended);
        socket.send("meanwhile").unwrap();
        let frame = wire.client_close().await;
        assert_eq!((frame.code, frame.reason.as_deref()), (Some(4010), Some("page suspended")));
        let mut messages = socket.messages();
        fire(target, back);
        assert_eq!(next_text(&mut messages).await, "meanwhile");
    }
}

#[wasm_bindgen_test]
async fn a_pageshow_without_a_pagehide_is_no_return() {
    let socket = connect(&url("/echo"));
    opened(&socket).await;
    fire("window", "pageshow");
    turn().await;
    assert_eq!((socket.phase(), socket.metrics().attempts), (Phase::Up, 1));
}

#[wasm_bindgen_test]
async fn a_page_that_is_hidden_for_a_while_closes_if_asked_to_and_comes_back_when_it_is_shown() {
    let config = Config { close_hidden_after: Some(Duration::from_millis(50)), ..quick() };
    let socket = on(&url("/echo"), config);
    opened(&socket).await;
    show(false);
    until(&socket, Phase::Suspended).await;
    show(true);
    opened(&socket).await;
}

#[wasm_bindgen_test]
async fn offline_asks_an_open_connection_and_does_not_end_it() {
    let rule = Heartbeat::new().interval(Duration::from_secs(3600));
    let socket = builder(&url("/echo"))
        .heartbeat(rule, "ping", |message| message == MessageRef::Text("ping"))
        .connect()
        .unwrap();
    opened(&socket).await;
    let mut messages = socket.messages();
    fire("window", "offline");
    socket.send("after").unwrap();
    assert_eq!(
        next_text(&mut messages).await,
        "after",
        "the answer to the heartbeat came before, and is not handed on"
    );
    assert!(socket.metrics().round_trip.is_some());
    assert_eq!((socket.phase(), socket.metrics().opens), (Phase::Up, 1));
    fire("window", "online");
}

#[wasm_bindgen_test]
async fn a_network_that_is_back_ends_a_long_wait() {
    let link = Link::new().await;
    link.stop().await;
    let config = Config {
        backoff: tautline::machine::Backoff::List(vec![Duration::from_secs(3600)]),
        wake_spread: Duration::from_millis(50),
        ..Config::default()
    };
    let socket = on(&link.url("/echo"), config);
    until(&socket, Phase::Waiting).await;
    link.start().await;
    fire("window", "online");
    opened(&socket).await;
}

#[wasm_bindgen_test]
async fn what_came_back_says_why_it_had_ended() {
    let socket = connect(&url("/echo"));
    let mut events = socket.events();
    opened(&socket).await;
    fire("document", "freeze");
    fire("document", "resume");
    within("the retry", async {
        while let Some(event) = events.next().await {
            if let tautline::ReconnectEvent::Retry(retry) = event {
                assert_eq!(retry.cause, Ending::Suspended);
                return;
            }
        }
        panic!("the end");
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_page_that_is_put_away_while_it_connects_or_waits_does_neither_until_it_is_back() {
    let link = Link::new().await;
    link.hang().await;
    let socket = connect(&link.url("/echo"));
    link.wait_accepted(1).await;
    socket.send("meanwhile").unwrap();
    fire("window", "pagehide");
    assert_eq!((socket.phase(), socket.queued().0), (Phase::Suspended, 1));
    fire("window", "pageshow");
    link.wait_accepted(2).await;
    link.stop().await;
    until(&socket, Phase::Waiting).await;
    fire("document", "freeze");
    assert_eq!(socket.phase(), Phase::Suspended);
    link.thaw().await;
    link.start().await;
    let mut messages = socket.messages();
    fire("document", "resume");
    assert_eq!(next_text(&mut messages).await, "meanwhile");
}

#[wasm_bindgen_test]
async fn a_page_that_is_frozen_and_hidden_at_once_closes_once_and_comes_back_once() {
    let ledger = Ledger::new();
    let socket = connect(&url(&ledger.path("")));
    opened(&socket).await;
    let (tell, mut closes) = log();
    socket.add_close_listener(move |event| tell((event.code().get(), event.target().phase()))).keep();
    // The order of a page that goes into the back-forward cache.
    for (target, name) in [("window", "pagehide"), ("document", "visibilitychange"), ("document", "freeze")] {
        fire(target, name);
    }
    ledger.wait("open=0&closed=1").await;
    for (target, name) in [("document", "resume"), ("window", "pageshow"), ("document", "visibilitychange")] {
        fire(target, name);
    }
    opened(&socket).await;
    assert_eq!(closes.rest(), [(4010, Phase::Suspended)]);
    let state = ledger.wait_open(1).await;
    assert_eq!((state.accepted, state.closed_by_client, state.most_open), (2, 1, 1));
}

#[wasm_bindgen_test]
async fn close_and_reconnect_work_while_the_page_is_put_away() {
    let socket = connect(&url("/echo"));
    opened(&socket).await;
    fire("window", "pagehide");
    socket.reconnect();
    opened(&socket).await;
    fire("window", "pagehide");
    socket.close();
    within("the end", socket.closed()).await;
    fire("window", "pageshow");
    turn().await;
    assert_eq!(socket.phase(), Phase::Closed, "closed is closed");
}

#[wasm_bindgen_test]
async fn offline_slows_retries_down_and_does_not_end_them() {
    let link = Link::new().await;
    link.stop().await;
    let config = Config { offline_delay: Duration::from_secs(3600), wake_spread: Duration::from_millis(50), ..quick() };
    let socket = on(&link.url("/echo"), config);
    let (tell, mut delays) = log();
    socket.add_retry_listener(move |retry| tell(retry.delay)).keep();
    assert!(delays.next().await < Duration::from_secs(1));
    fire("window", "offline");
    // One attempt may have been under way; what follows it is slow.
    socket.reconnect();
    while delays.next().await < Duration::from_secs(1800) {}
    assert_eq!(socket.phase(), Phase::Waiting);
    link.start().await;
    fire("window", "online");
    opened(&socket).await;
}
