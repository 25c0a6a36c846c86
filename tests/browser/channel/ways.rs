//! What every transport does.

use std::cell::Cell;
use std::rc::Rc;

use tautline::channel::{Cause, Channel, Event, Fate, Gap, Item, Kind, Phase, SendError};
use tautline::{Message, ReceiveLimits};
use wasm_bindgen_test::wasm_bindgen_test;

use super::kinds;
use crate::support::channel::{Topic, build, find, next};
use crate::support::{Engine, engine, within};

/// What is hard on one wire or another: line ends, no letters at all, and what takes four bytes.
const TEXTS: [&str; 6] = ["a", "", "one\ntwo\n", "\r\n and \r", " \u{0}é🦀", "m1:m2:"];

#[wasm_bindgen_test]
async fn messages_go_both_ways_over_every_transport_once_and_in_order() {
    for kind in kinds() {
        let topic = Topic::new();
        let channel = topic.open(&[kind]);
        let mut messages = channel.messages();
        assert_eq!(within("open", channel.opened()).await, Ok(kind));
        for text in TEXTS {
            channel.send(text).unwrap();
        }
        let bytes: Vec<u8> = (0..=255).collect();
        let confirmed = channel.send_confirmed(bytes.clone()).unwrap();
        for (at, text) in TEXTS.iter().enumerate() {
            assert_eq!(next(&mut messages).await, (at as u64 + 1, (*text).to_owned()), "{kind:?}");
        }
        let binary = within("binary", messages.next()).await;
        assert_eq!(binary, Some(Item::Message { offset: 7, message: Message::Binary(bytes) }), "{kind:?}");
        assert_eq!(within("its acknowledgement", confirmed).await, Fate::Accepted);
        topic.order("publish?count=300&size=50").await;
        for offset in 8..308 {
            assert_eq!(next(&mut messages).await.0, offset, "{kind:?}");
        }
        let large = "ü".repeat(150_000);
        channel.send(large.as_str()).unwrap();
        assert_eq!(next(&mut messages).await, (308, large), "{kind:?}");
        let state = topic.state().await;
        assert_eq!((state.accepted, state.repeated, state.gaps), (8, 0, 0), "{kind:?}");
        channel.close();
        assert_eq!(within("the end", messages.next()).await, None);
    }
}

#[wasm_bindgen_test]
async fn what_was_published_while_nobody_was_connected_comes_after_a_cut_on_every_transport() {
    for kind in kinds() {
        let topic = Topic::new();
        let channel = topic.open(&[kind]);
        let (mut messages, mut events) = (channel.messages(), channel.events());
        within("open", channel.opened()).await.unwrap();
        topic.publish("before").await;
        assert_eq!(next(&mut messages).await.0, 1);
        topic.order("block?transport=all&how=reset").await;
        topic.order("drop").await;
        find(&mut events, |event| matches!(event, Event::Lost { .. })).await;
        for text in ["while", "it", "was", "away"] {
            topic.publish(text).await;
        }
        channel.send("kept").unwrap();
        topic.order("heal").await;
        for expected in ["while", "it", "was", "away", "kept"] {
            assert_eq!(next(&mut messages).await.1, expected, "{kind:?}");
        }
        let opened = find(&mut events, |event| matches!(event, Event::Opened { .. })).await;
        assert_eq!(opened, Event::Opened { kind, recovered: true });
    }
}

#[wasm_bindgen_test]
async fn what_the_server_has_no_more_is_told_at_its_place() {
    for kind in kinds() {
        let topic = Topic::new();
        let channel = topic.open(&[kind]);
        let (mut messages, mut events) = (channel.messages(), channel.events());
        within("open", channel.opened()).await.unwrap();
        topic.publish("1").await;
        assert_eq!(next(&mut messages).await.0, 1);
        topic.order("block?transport=all&how=reset").await;
        topic.order("drop").await;
        find(&mut events, |event| matches!(event, Event::Lost { .. })).await;
        topic.order("publish?count=4&size=9").await;
        topic.order("lose?what=trim").await;
        topic.publish("6").await;
        topic.order("heal").await;
        let missed = within("the gap", messages.next()).await;
        assert_eq!(missed, Some(Item::Missed(Gap::Trimmed { from: 2, to: 5 })), "{kind:?}");
        assert_eq!(next(&mut messages).await, (6, "6".to_owned()));
        // Another life of the channel, with the connection up.
        topic.order("lose?what=epoch").await;
        topic.publish("1").await;
        let missed = within("the gap", messages.next()).await;
        let Some(Item::Missed(Gap::NewEpoch { before, after })) = missed else { panic!("{missed:?} of {kind:?}") };
        assert_eq!(before.offset, 6);
        assert_eq!(next(&mut messages).await, (after.offset + 1, "1".to_owned()));
    }
}

#[wasm_bindgen_test]
async fn a_position_of_an_earlier_visit_goes_on_where_that_ended() {
    for kind in kinds() {
        let topic = Topic::new();
        let first = topic.open(&[kind]);
        let mut messages = first.messages();
        within("open", first.opened()).await.unwrap();
        topic.publish("1").await;
        assert_eq!(next(&mut messages).await.0, 1);
        let position = first.position().unwrap();
        drop((first, messages));
        topic.publish("2").await;
        let second = build(&topic.url(), &[kind]).start_at(position).open().unwrap();
        let mut messages = second.messages();
        assert_eq!(next(&mut messages).await, (2, "2".to_owned()), "{kind:?}");
    }
}

#[wasm_bindgen_test]
async fn an_application_that_is_behind_lets_the_server_keep_what_comes() {
    for kind in kinds() {
        let topic = Topic::new();
        let channel = topic.open(&[kind]);
        let limits = ReceiveLimits { messages: 10, ..ReceiveLimits::default() };
        let (mut messages, mut events) = (channel.messages_with(limits), channel.events());
        within("open", channel.opened()).await.unwrap();
        topic.order("publish?count=100&size=20").await;
        let lost = find(&mut events, |event| matches!(event, Event::Lost { .. })).await;
        assert_eq!(lost, Event::Lost { cause: Cause::Behind }, "{kind:?}");
        assert_eq!(channel.phase(), Phase::Suspended);
        assert!(channel.position().unwrap().offset < 20, "{kind:?}: it stops when the stream is full");
        for offset in 1..=100 {
            assert_eq!(next(&mut messages).await.0, offset, "{kind:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn closing_hands_over_what_was_sent_and_dropping_leaves_nothing_open() {
    for kind in kinds() {
        let topic = Topic::new();
        let channel = topic.open(&[kind]);
        let mut events = channel.events();
        within("open", channel.opened()).await.unwrap();
        for number in 0..50 {
            channel.send(number.to_string()).unwrap();
        }
        channel.close();
        assert_eq!(channel.send("late"), Err(SendError::Closed));
        find(&mut events, |event| *event == Event::Closed { cause: Cause::Closed }).await;
        assert_eq!(topic.state().await.accepted, 50, "{kind:?}");
        channel.reconnect();
        within("open again", channel.opened()).await.unwrap();
        drop((channel, events));
        topic.wait("websocket=0&events=0&poll=0&post=0").await;
    }
}

#[wasm_bindgen_test]
async fn the_url_is_asked_for_before_each_connection() {
    let topic = Topic { name: format!("private-{}", Topic::new().name) };
    let asked = Rc::new(Cell::new(0));
    let (count, url) = (Rc::clone(&asked), topic.url());
    let token = move || {
        count.set(count.get() + 1);
        format!("{url}?token=secret")
    };
    let channel = build(&topic.url(), &[Kind::WebSocket]).url(token).open().unwrap();
    let mut events = channel.events();
    assert_eq!(within("open", channel.opened()).await, Ok(Kind::WebSocket));
    assert_eq!(asked.get(), 1);
    topic.order("drop").await;
    find(&mut events, |event| matches!(event, Event::Lost { .. })).await;
    within("open again", channel.opened()).await.unwrap();
    assert_eq!(asked.get(), 2);
    // Without the token it is let in by no transport, and the answer to the question ends it.
    let stranger = build(&topic.url(), &[Kind::WebSocket, Kind::EventStream]).open().unwrap();
    let refused = within("the end", stranger.opened()).await.unwrap_err();
    let Cause::Ended(closed) = refused else { panic!("{refused}") };
    assert_eq!(closed.code.get(), 4401);
}

#[wasm_bindgen_test]
async fn a_url_that_is_none_is_an_error_at_once_and_shows_no_secret() {
    let error = Channel::new("nonsense://user:secret@example.com/?token=secret").unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
    let topic = Topic::new();
    let channel = topic.open(&[Kind::WebSocket]);
    assert!(!format!("{channel:?}").contains(&topic.name));
}

#[wasm_bindgen_test]
async fn where_the_browser_lacks_a_transport_the_next_one_is_used() {
    let topic = Topic::new();
    let channel = topic.open(&[Kind::WebSocketStream, Kind::EventStream]);
    let expected = if engine() == Engine::Chromium { Kind::WebSocketStream } else { Kind::EventStream };
    assert_eq!(within("open", channel.opened()).await, Ok(expected));
}
