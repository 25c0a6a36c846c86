//! Handlers that do anything, streams for screens, the sender, and what is left behind: nothing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use js_sys::{ArrayBuffer, Function, WebAssembly::Memory};
use tautline::machine::{Backoff, CloseAction, ClosePolicy, Config, Phase};
use tautline::{BinaryType, ReadyState, ReceiveLimits, ReconnectingSendError, ReconnectingWebSocket};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{connect, next_text, opened, quick};
use crate::support::link::{Ledger, Link};
use crate::support::{log, turn, url, within};

type Slot = Rc<RefCell<Option<ReconnectingWebSocket>>>;

/// Installs a handler that drops the socket it belongs to, on each kind of event; then waits for the connection to be gone.
async fn dropped_in(install: impl FnOnce(&ReconnectingWebSocket, Box<dyn Fn()>), link: &Link, path: &str) {
    let socket = connect(&link.url(path));
    let slot: Slot = Rc::default();
    let (tell, mut told) = log();
    let inner = Rc::clone(&slot);
    install(
        &socket,
        Box::new(move || {
            if let Some(socket) = inner.take() {
                drop(socket);
                tell(());
            }
        }),
    );
    *slot.borrow_mut() = Some(socket);
    told.next().await;
    let before = link.wait("open=0").await.accepted;
    turn().await;
    assert_eq!(link.stats().await.accepted, before, "no further attempt");
}

#[wasm_bindgen_test]
async fn every_handler_may_drop_its_socket() {
    let link = Link::new().await;
    dropped_in(|socket, act| socket.set_onopen(move |_| act()), &link, "/echo").await;
    dropped_in(|socket, act| socket.set_onmessage(move |_| act()), &link, "/flood?count=9&close=no").await;
    dropped_in(|socket, act| socket.set_onclose(move |_| act()), &link, "/close?code=4000").await;
    dropped_in(|socket, act| socket.set_onretry(move |_| act()), &link, "/close?code=4000").await;
    dropped_in(|socket, act| socket.set_ongaveup(move |_| act()), &link, "/close?code=1008").await;
    dropped_in(|socket, act| socket.set_onphase(move |_| act()), &link, "/echo").await;
    dropped_in(|socket, act| socket.set_onerror(move |_| act()), &link, "/refuse?status=500").await;
    dropped_in(|socket, act| socket.set_onconnecting(move |_| act()), &link, "/close?code=4000").await;
    let sends = |socket: &ReconnectingWebSocket, act: Box<dyn Fn()>| {
        socket.send("queued").unwrap();
        socket.set_onfate(move |_| act());
    };
    dropped_in(sends, &link, "/echo").await;
}

#[wasm_bindgen_test]
async fn every_handler_may_close_reconnect_and_send() {
    let socket = connect(&url("/close?code=4000"));
    let (tell, mut told) = log();
    let rounds = Rc::new(Cell::new(0));
    let count = Rc::clone(&rounds);
    socket.set_onopen(|event| drop(event.target().send("in the open handler")));
    socket.set_onclose(move |event| {
        count.set(count.get() + 1);
        if count.get() < 3 {
            event.target().reconnect();
        } else if count.get() == 3 {
            event.target().close();
            assert_eq!(event.target().ready_state(), ReadyState::Closing);
        } else {
            tell(event.target().ready_state());
        }
    });
    assert_eq!(told.next().await, ReadyState::Closed);
    assert_eq!(rounds.get(), 4, "the final close comes after close(), in a task of its own");
}

#[wasm_bindgen_test]
async fn a_policy_and_a_backoff_of_the_applications_may_ask_and_order_what_they_like() {
    let slot: Slot = Rc::default();
    let (deciding, waiting) = (Rc::clone(&slot), Rc::clone(&slot));
    let (tell, mut told) = log();
    let heard = tell.clone();
    let config = Config {
        close_policy: ClosePolicy::default().decided_by(move |_| {
            let socket = deciding.borrow().clone()?;
            tell(format!("{:?} {:?}", socket.send("x"), socket.queued()));
            Some(CloseAction::Backoff)
        }),
        backoff: Backoff::custom(move |_, _| {
            if let Some(socket) = waiting.borrow().clone() {
                socket.close();
                heard(format!("{:?}", socket.replace()));
            }
            Duration::ZERO
        }),
        ..Config::default()
    };
    let socket = ReconnectingWebSocket::builder(url("/close?code=4000")).config(config).connect().unwrap();
    *slot.borrow_mut() = Some(socket.clone());
    assert_eq!(told.next().await, format!("{:?} (0, 0)", Err::<(), _>(ReconnectingSendError::Busy)));
    assert_eq!(told.next().await, "false");
    within("the end", socket.closed()).await;
    slot.take();
}

#[wasm_bindgen_test]
async fn batches_come_with_frames_and_hold_all_that_has_arrived() {
    let socket = connect(&url("/flood?count=3000&size=20&close=no"));
    let mut batches = socket.batches(ReceiveLimits::default());
    let (mut count, mut items) = (0, 0);
    while count < 3000 {
        count += within("a batch", batches.next()).await.unwrap().len();
        items += 1;
    }
    assert!(items < 300, "{items} batches of 3,000 messages");
    socket.close();
    assert_eq!(within("the end", batches.next()).await, None);
}

#[wasm_bindgen_test]
async fn a_page_without_frames_gets_its_batches_by_a_timer() {
    let stub = "const own = globalThis.requestAnimationFrame;
        globalThis.requestAnimationFrame = () => 0;
        return () => { globalThis.requestAnimationFrame = own; };";
    let restore: Function = Function::new_no_args(stub).call0(&JsValue::NULL).unwrap().unchecked_into();
    let socket = connect(&url("/flood?count=10&close=no"));
    let mut batches = socket.batches(ReceiveLimits::default());
    let mut count = 0;
    while count < 10 {
        count += within("a batch", batches.next()).await.unwrap().len();
    }
    restore.call0(&JsValue::NULL).unwrap();
}

#[wasm_bindgen_test]
async fn of_each_key_the_latest_is_kept_and_what_was_left_out_is_counted() {
    let ledger = Ledger::new();
    let socket = connect(&url(&ledger.path("push_ms=1")));
    let mut latest =
        socket.latest_by(ReceiveLimits::default(), |message| message.as_text().is_some_and(|text| text.len() > 4));
    let (mut seen, mut last) = (0, 0);
    while seen < 200 {
        let latest = within("the latest", latest.next()).await.unwrap();
        assert!(latest.values.len() <= 2);
        seen += latest.values.len() as u64 + latest.left_out;
        for (_, message) in &latest.values {
            let number = message.as_text().unwrap()[2..].parse::<u64>().unwrap();
            assert!(number >= last);
            last = number;
        }
    }
    assert!(last + 1 >= seen, "every message was counted: {seen} of {}", last + 1);
}

#[wasm_bindgen_test]
async fn the_sender_works_wherever_the_socket_is_and_keeps_nothing() {
    let socket = connect(&url("/echo"));
    let sender = socket.sender();
    assert_eq!(sender, socket.sender());
    let mut messages = socket.messages();
    std::thread_local!(static KEPT: RefCell<Option<tautline::Sender>> = const { RefCell::new(None) });
    KEPT.set(Some(sender.clone()));
    KEPT.with_borrow(|kept| kept.as_ref().unwrap().send("from anywhere").unwrap());
    assert_eq!(next_text(&mut messages).await, "from anywhere");
    assert_eq!(sender.ready_state(), ReadyState::Open);
    drop((socket, messages));
    assert_eq!(sender.send("late"), Err(ReconnectingSendError::Unreachable));
    assert_eq!(sender.ready_state(), ReadyState::Closed);
}

#[wasm_bindgen_test]
async fn the_binary_type_stays_on_every_connection_and_blobs_keep_their_order() {
    let link = Link::new().await;
    let socket = ReconnectingWebSocket::builder(link.url("/echo"))
        .config(quick())
        .binary_type(BinaryType::Blob)
        .connect()
        .unwrap();
    let mut messages = socket.messages();
    for round in 0..3_u8 {
        opened(&socket).await;
        socket.send(vec![round; 100_000]).unwrap();
        socket.send("text").unwrap();
        let blob = within("a blob", messages.next()).await.unwrap();
        assert_eq!(blob.as_binary().map(|bytes| (bytes.len(), bytes[0])), Some((100_000, round)));
        assert_eq!(next_text(&mut messages).await, "text");
        let (tell, mut closes) = log();
        let _listener = socket.add_close_listener(move |_| tell(()));
        link.cut("reset").await;
        closes.next().await;
    }
}

/// Counts listeners that were added and not removed, on sockets and on the page, from now on.
fn count_listeners() -> impl Fn() -> f64 {
    let install = "
        let count = 0;
        const { addEventListener, removeEventListener } = EventTarget.prototype;
        EventTarget.prototype.addEventListener = function (type, listener, ...rest) {
            if (this instanceof WebSocket || this === window || this === document) count++;
            return addEventListener.call(this, type, listener, ...rest);
        };
        EventTarget.prototype.removeEventListener = function (type, listener, ...rest) {
            if (this instanceof WebSocket || this === window || this === document) count--;
            return removeEventListener.call(this, type, listener, ...rest);
        };
        return () => count;";
    let count: Function = Function::new_no_args(install).call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
    move || count.call0(&JsValue::UNDEFINED).unwrap().as_f64().unwrap()
}

fn wasm_bytes() -> u32 {
    Memory::from(wasm_bindgen::memory()).buffer().unchecked_into::<ArrayBuffer>().byte_length()
}

#[wasm_bindgen_test]
async fn three_hundred_connections_and_a_hundred_sockets_leave_nothing_behind() {
    // The tests' own listener on the window is there from here on.
    turn().await;
    let listeners = count_listeners();
    let before = listeners();
    let socket = connect(&url("/echo"));
    let mut messages = socket.messages();
    let mut warm = 0;
    for round in 0..300 {
        opened(&socket).await;
        socket.send("x".repeat(3000)).unwrap();
        within("the echo", messages.next()).await.unwrap();
        socket.reconnect();
        if round == 50 {
            warm = wasm_bytes();
        }
    }
    assert_eq!(wasm_bytes(), warm, "wasm memory, after fifty");
    opened(&socket).await;
    drop((messages, socket));
    for round in 0..100 {
        let socket = connect(&url("/echo"));
        if round % 3 != 0 {
            opened(&socket).await;
        }
    }
    turn().await;
    // What a closing handshake still needs is there until it is over, by `reconnect()`; what was dropped has nothing left.
    assert_eq!(listeners() - before, 0.0, "listeners on sockets, window and document");
}

#[wasm_bindgen_test]
async fn a_stream_that_has_ended_stays_so_and_a_close_handler_that_connects_anew_ends_none() {
    let socket = connect(&url("/echo"));
    let mut ended = socket.messages();
    opened(&socket).await;
    socket.close();
    within("the end", socket.closed()).await;
    assert_eq!(within("the end", ended.next()).await, None);
    socket.reconnect();
    let mut messages = socket.messages();
    socket.send("again").unwrap();
    assert_eq!(next_text(&mut messages).await, "again");
    assert_eq!(within("still the end", ended.next()).await, None);

    let waiting = socket.closed();
    socket.set_onclose(|event| {
        if event.target().ready_state() == ReadyState::Closed {
            event.target().reconnect();
        }
    });
    socket.close();
    within("whoever waited for the end learns of it", waiting).await;
    socket.send("once more").unwrap();
    assert_eq!(next_text(&mut messages).await, "once more");
}

#[wasm_bindgen_test]
async fn a_receipt_is_settled_when_the_socket_is_dropped() {
    let link = Link::new().await;
    link.stop().await;
    let socket = connect(&link.url("/echo"));
    let receipt = socket.receipt(socket.send("never sent").unwrap());
    let settled = receipt.settled();
    drop(socket);
    assert_eq!(within("its fate", settled).await, Some(tautline::machine::Fate::Failed));
}

#[wasm_bindgen_test]
async fn phases_tell_the_whole_way() {
    let socket = connect(&url("/echo"));
    let (tell, mut phases) = log();
    socket.add_phase_listener(move |phase| tell(**phase)).keep();
    opened(&socket).await;
    socket.close();
    within("the end", socket.closed()).await;
    assert_eq!(phases.rest(), [Phase::Up, Phase::Closing, Phase::Closed]);
}
