//! A server that breaks the protocol: a clear error, another connection, and nothing lost.

use tautline::channel::{Cause, Event, Kind, Position};
use wasm_bindgen_test::wasm_bindgen_test;

use super::kinds;
use crate::support::channel::{Topic, build, find, next};
use crate::support::within;

/// The name that the server's commands have for the transport.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::WebSocket | Kind::WebSocketStream => "websocket",
        Kind::EventStream | Kind::FetchStream => "events",
        _ => "poll",
    }
}

#[wasm_bindgen_test]
async fn whatever_is_wrong_with_an_answer_the_channel_comes_back_and_misses_nothing() {
    let faults = ["malformed", "jump", "no_hello", "repeat", "cut", "type", "status&status=500", "huge&bytes=20000000"];
    for kind in kinds() {
        for fault in faults {
            if (kind, fault) == (Kind::WebSocketStream, "cut") {
                // Chromium 156 itself crashes the tab when a connection ends inside of a frame after something was written, also with
                // nothing of ours on the page.
                continue;
            }
            let topic = Topic::new();
            let channel = topic.open(&[kind]);
            let (mut messages, mut events) = (channel.messages(), channel.events());
            within("open", channel.opened()).await.unwrap();
            channel.send("1").unwrap();
            assert_eq!(next(&mut messages).await.0, 1);
            topic.order(&format!("fault?transport={}&what={fault}", name(kind))).await;
            if name(kind) != "poll" {
                // The next connection is spoilt; of polls the next answer.
                topic.order("drop").await;
            }
            topic.publish("2").await;
            channel.send("3").unwrap();
            if name(kind) != "poll" {
                find(&mut events, |event| matches!(event, Event::Lost { .. })).await;
            }
            topic.wait("faults=0").await;
            let mut rest = [next(&mut messages).await, next(&mut messages).await];
            assert_eq!([rest[0].0, rest[1].0], [2, 3], "{kind:?} after {fault}");
            rest.sort_by(|a, b| a.1.cmp(&b.1));
            assert_eq!([rest[0].1.as_str(), rest[1].1.as_str()], ["2", "3"], "{kind:?} after {fault}");
            let state = topic.state().await;
            assert_eq!((state.accepted, state.offset), (2, 3), "{kind:?} after {fault}");
        }
    }
}

#[wasm_bindgen_test]
async fn what_is_injected_into_a_live_connection_is_named() {
    for kind in [Kind::WebSocket, Kind::EventStream, Kind::FetchStream] {
        for frame in ["nonsense", "m99:jump", "a7:", "s1:x", "h1:epoch=e"] {
            let topic = Topic::new();
            let channel = topic.open(&[kind]);
            let mut events = channel.events();
            within("open", channel.opened()).await.unwrap();
            topic.order(&format!("inject?text={}", String::from(js_sys::encode_uri_component(frame)))).await;
            let lost = find(&mut events, |event| matches!(event, Event::Lost { .. })).await;
            // The transports of ours look at frames too, and say 4400 for what is none.
            let Event::Lost { cause } = lost else { unreachable!() };
            assert!(
                matches!(&cause, Cause::Protocol(_))
                    || matches!(&cause, Cause::Ended(closed) if closed.code.get() == 4400),
                "{kind:?}, {frame}: {cause:?}"
            );
            within("open again", channel.opened()).await.unwrap();
        }
    }
}

#[wasm_bindgen_test]
async fn what_the_server_refuses_for_good_ends_it_over_every_transport() {
    for kind in kinds() {
        let topic = Topic::new();
        topic.publish("1").await;
        let ahead = Position { epoch: topic.state().await.epoch, offset: 99 };
        let channel = build(&topic.url(), &[kind]).start_at(ahead).open().unwrap();
        let ended = within("the end", channel.opened()).await.unwrap_err();
        let Cause::Ended(closed) = ended else { panic!("{kind:?}: {ended}") };
        assert_eq!(closed.code.get(), 4400, "{kind:?}");
    }
}
