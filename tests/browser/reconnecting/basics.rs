//! What every user does: connect, send, receive, lose the connection, get it back, close.

use futures_util::StreamExt;
use tautline::machine::{Fate, Phase};
use tautline::{
    CloseCode, CloseReason, ConstructorError, ReadyState, ReconnectEvent, ReconnectingSendError, ReconnectingWebSocket,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{connect, next_text, opened};
use crate::support::link::Link;
use crate::support::{Wire, log, url, within};

#[wasm_bindgen_test]
async fn what_is_sent_before_there_is_a_connection_goes_out_in_order() {
    let socket = connect(&url("/echo"));
    let mut messages = socket.messages();
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    for number in 0..10 {
        socket.send(format!("{number}")).unwrap();
    }
    assert_eq!((socket.queued(), socket.buffered_amount()), ((10, 10), 10));
    for number in 0..10 {
        assert_eq!(next_text(&mut messages).await, number.to_string());
    }
    assert_eq!((socket.ready_state(), socket.queued()), (ReadyState::Open, (0, 0)));
    assert_eq!(socket.url(), url("/echo"));
}

#[wasm_bindgen_test]
async fn a_connection_that_is_cut_comes_back_and_the_streams_go_on() {
    let link = Link::new().await;
    let socket = connect(&link.url("/echo"));
    let mut messages = socket.messages();
    let (tell, mut closes) = log();
    socket.add_close_listener(move |event| tell((event.code().get(), event.target().ready_state()))).keep();
    for how in ["reset", "fin", "reset"] {
        opened(&socket).await;
        socket.send("before").unwrap();
        assert_eq!(next_text(&mut messages).await, "before");
        link.cut(how).await;
        assert_eq!(closes.next().await, (1006, ReadyState::Connecting));
    }
    socket.send("after").unwrap();
    assert_eq!(next_text(&mut messages).await, "after");
    let state = link.stats().await;
    assert_eq!((state.accepted, state.most_open), (4, 1), "never two sockets");
    assert_eq!(socket.metrics().closes.get(1006), 3);
}

#[wasm_bindgen_test]
async fn close_ends_it_once_and_for_good() {
    let mut wire = Wire::watch().await;
    let socket = connect(&url(&wire.path("/echo")));
    let mut events = socket.events();
    let mut messages = socket.messages();
    opened(&socket).await;
    socket.close_with(CloseCode::new(4001).unwrap(), &CloseReason::new("enough").unwrap());
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    assert_eq!(socket.send("late"), Err(ReconnectingSendError::NotOpen { state: ReadyState::Closing }));
    let frame = wire.client_close().await;
    assert_eq!((frame.code, frame.reason.as_deref()), (Some(4001), Some("enough")));
    let closed = within("the end", socket.closed()).await;
    assert_eq!((closed.code.get(), closed.was_clean), (4001, true));
    assert_eq!(socket.send("late"), Err(ReconnectingSendError::NotOpen { state: ReadyState::Closed }));
    assert_eq!(within("the end of the stream", messages.next()).await, None);
    let events: Vec<_> = within("the events", events.by_ref().collect::<Vec<_>>()).await;
    let closes =
        events.iter().filter(|event| matches!(event, ReconnectEvent::Close(_) | ReconnectEvent::Disconnected(_)));
    assert_eq!(closes.count(), 1);
    assert_eq!(events.last(), Some(&ReconnectEvent::Close(closed)));
}

#[wasm_bindgen_test]
async fn reconnect_takes_up_again_what_was_closed() {
    let socket = connect(&url("/echo"));
    opened(&socket).await;
    socket.close();
    within("the end", socket.closed()).await;
    socket.reconnect();
    let mut messages = socket.messages();
    socket.send("again").unwrap();
    assert_eq!(next_text(&mut messages).await, "again");
}

#[wasm_bindgen_test]
async fn a_url_that_is_none_is_an_error_at_once() {
    for bad in ["ftp://127.0.0.1/", "ws://127.0.0.1/#there", "ws://"] {
        let error = ReconnectingWebSocket::new(bad).unwrap_err();
        assert!(matches!(error, ConstructorError::InvalidUrl { .. }), "{bad}: {error}");
    }
    let error = ReconnectingWebSocket::with_protocols(&url("/echo"), &["a", "a"]).unwrap_err();
    assert!(matches!(error, ConstructorError::InvalidProtocol(_)), "{error}");
}

#[wasm_bindgen_test]
async fn the_fate_of_a_message_can_be_awaited() {
    let link = Link::new().await;
    link.stop().await;
    let socket = connect(&link.url("/echo"));
    let receipt = socket.receipt(socket.send("waits").unwrap());
    assert_eq!(receipt.fate(), Some(Fate::Queued));
    link.start().await;
    assert_eq!(within("its fate", receipt.settled()).await, Some(Fate::HandedOver));
    let mut messages = socket.messages();
    assert_eq!(next_text(&mut messages).await, "waits");
    let (tell, mut fates) = log();
    socket.add_fate_listener(move |fate| tell((fate.fate, fate.messages))).keep();
    link.cut("reset").await;
    assert_eq!(fates.next().await, (Fate::Unknown, 1));
    assert_eq!(receipt.fate(), Some(Fate::Unknown), "the connection has ended, and nobody has answered");
}

#[wasm_bindgen_test]
async fn dropping_the_last_handle_closes_and_frees_at_any_time() {
    let link = Link::new().await;
    let socket = connect(&link.url("/echo"));
    opened(&socket).await;
    let sender = socket.sender();
    drop(socket);
    assert_eq!(sender.send("late"), Err(ReconnectingSendError::Unreachable));
    link.wait_open(0).await;
    // While it waits for the next attempt, too.
    link.stop().await;
    let waiting = connect(&link.url("/echo"));
    let (tell, mut phases) = log();
    waiting.add_phase_listener(move |phase| tell(**phase)).keep();
    while phases.next().await != Phase::Waiting {}
    drop(waiting);
    let before = link.stats().await.accepted;
    link.start().await;
    // And inside of its own handler.
    let own = connect(&link.url("/echo"));
    let (tell, mut told) = log();
    let slot = std::rc::Rc::new(std::cell::RefCell::new(Some(own)));
    let inner = std::rc::Rc::clone(&slot);
    slot.borrow().as_ref().unwrap().set_onopen(move |_| {
        drop(inner.take());
        tell(());
    });
    told.next().await;
    let state = link.wait("open=0").await;
    assert_eq!(state.accepted, before + 1, "the one that was dropped made no further attempt");
}
