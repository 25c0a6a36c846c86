//! Which transport is used: a block is stepped around, an outage is waited for, and a better one takes over.

use std::time::Duration;

use tautline::channel::{Cause, Channel, Event, Kind};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::channel::{Topic, build, config, find, next};
use crate::support::link::Link;
use crate::support::within;

const ALL: [Kind; 4] = [Kind::WebSocket, Kind::EventStream, Kind::LongPolling, Kind::Polling];

#[wasm_bindgen_test]
async fn a_blocked_websocket_is_stepped_around_and_taken_up_again_without_a_loss() {
    let topic = Topic::new();
    topic.order("block?transport=websocket&how=refuse").await;
    let config = tautline::channel::Config { upgrade_after: Duration::from_millis(300), ..config(&ALL) };
    let channel = Channel::builder(&topic.url()).config(config).remember(false).open().unwrap();
    let (mut messages, mut events) = (channel.messages(), channel.events());
    assert_eq!(within("open", channel.opened()).await, Ok(Kind::EventStream));
    topic.order("publish?count=1000&size=20&every_ms=2").await;
    assert_eq!(next(&mut messages).await.0, 1);
    topic.order("heal").await;
    let moved = find(&mut events, |event| matches!(event, Event::Moved { .. })).await;
    assert_eq!(moved, Event::Moved { from: Kind::EventStream, to: Kind::WebSocket });
    for offset in 2..=1000 {
        assert_eq!(next(&mut messages).await.0, offset);
    }
    assert_eq!(channel.kind(), Kind::WebSocket);
    let open = topic.wait("events=0&websocket=1").await.open;
    assert_eq!((open.events, open.websocket), (0, 1), "the old one is closed");
}

#[wasm_bindgen_test]
async fn each_blocked_transport_leads_to_the_next() {
    let topic = Topic::new();
    topic.order("block?transport=websocket&how=reset").await;
    topic.order("block?transport=events&how=refuse").await;
    let channel = topic.open(&ALL);
    let mut messages = channel.messages();
    assert_eq!(within("open", channel.opened()).await, Ok(Kind::LongPolling));
    channel.send("over a poll").unwrap();
    assert_eq!(next(&mut messages).await, (1, "over a poll".to_owned()));
}

#[wasm_bindgen_test]
async fn an_outage_is_no_block() {
    let (topic, link) = (Topic::new(), Link::new().await);
    let channel = build(&topic.url_through(&link), &ALL).open().unwrap();
    let (mut messages, mut events) = (channel.messages(), channel.events());
    assert_eq!(within("open", channel.opened()).await, Ok(Kind::WebSocket));
    link.stop().await;
    for _ in 0..6 {
        find(&mut events, |event| matches!(event, Event::Retry { .. })).await;
    }
    topic.publish("during the outage").await;
    link.start().await;
    assert_eq!(next(&mut messages).await, (1, "during the outage".to_owned()));
    assert_eq!(channel.kind(), Kind::WebSocket);
    let state = topic.state().await;
    assert_eq!((state.opened.events, state.opened.poll), (0, 0), "nothing lower was tried");
}

#[wasm_bindgen_test]
async fn what_worked_is_remembered_for_the_next_visit() {
    // Remembered by the host with its port: a link is one that no other test uses.
    let (topic, link) = (Topic::new(), Link::new().await);
    topic.order("block?transport=websocket&how=refuse").await;
    let config = || tautline::channel::Config {
        stable_after: Duration::from_millis(50),
        ..config(&[Kind::WebSocket, Kind::EventStream])
    };
    let open = || Channel::builder(&topic.url_through(&link)).config(config()).open().unwrap();
    let first = open();
    assert_eq!(within("open", first.opened()).await, Ok(Kind::EventStream));
    let key = format!("tautline:transport:{}", link.host());
    within("what is remembered", async {
        while js_sys::Reflect::get(&storage(), &key.as_str().into()).unwrap().is_undefined() {
            crate::support::turn().await;
        }
    })
    .await;
    drop(first);
    let before = topic.state().await.opened;
    let second = open();
    assert_eq!(within("open", second.opened()).await, Ok(Kind::EventStream));
    let after = topic.state().await.opened;
    assert_eq!((after.websocket, after.events), (before.websocket, before.events + 1));
}

fn storage() -> wasm_bindgen::JsValue {
    js_sys::Reflect::get(&js_sys::global(), &"localStorage".into()).unwrap()
}

#[wasm_bindgen_test]
async fn a_server_that_wants_nobody_ends_it() {
    let channel = build(&crate::support::link::http("/status?code=403"), &ALL).open().unwrap();
    let ended = within("the end", channel.opened()).await;
    assert_eq!(ended, Err(Cause::Refused { status: 403 }));
}
