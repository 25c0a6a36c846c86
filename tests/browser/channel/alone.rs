//! Each push technique alone, with the interface of a WebSocket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tautline::{Message, ReadyState, SendMarks, Technique, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::channel::Topic;
use crate::support::{Engine, engine, log, next, within};

const SOON: Duration = Duration::from_millis(40);

fn techniques() -> Vec<Technique> {
    let mut all = vec![
        Technique::PollingAtRate { every: SOON },
        Technique::PollingAfterDelay { every: SOON },
        Technique::LongPolling { wait: Duration::from_secs(20) },
        Technique::EventStream,
        Technique::FetchStream,
        Technique::Framed,
    ];
    if engine() == Engine::Chromium {
        all.push(Technique::Streamed);
    }
    all
}

#[wasm_bindgen_test]
async fn every_technique_has_the_events_and_streams_of_a_websocket() {
    for technique in techniques() {
        let topic = Topic::new();
        let socket = WebSocket::over(&topic.url(), technique).unwrap();
        assert_eq!(socket.ready_state(), ReadyState::Connecting);
        let (tell, mut told) = log();
        let opened = tell.clone();
        socket.set_onopen(move |_| opened("open".to_owned()));
        let closed = tell.clone();
        socket.set_onclose(move |event| closed(format!("close {} {}", event.code(), event.was_clean())));
        socket.set_onmessage(move |event| tell(format!("message {}", event.text().unwrap_or("binary"))));
        let mut messages = socket.messages();
        within("open", socket.opened()).await.unwrap();
        let mut sink = socket.sink(SendMarks::default());
        for text in ["one", "two \r\n three", ""] {
            within("send", sink.send(text.into())).await.unwrap();
            assert_eq!(next(&mut messages).await, text.into(), "{technique:?}");
        }
        let bytes = Message::Binary(vec![0, 13, 10, 255]);
        within("send", sink.send(bytes.clone())).await.unwrap();
        assert_eq!(next(&mut messages).await, bytes, "{technique:?}");
        within("close", sink.close()).await.unwrap();
        assert_eq!(within("the end", messages.next()).await, None);
        assert_eq!(socket.ready_state(), ReadyState::Closed);
        let expected = ["open", "message one", "message two \r\n three", "message ", "message binary"];
        let mut seen = told.rest();
        let last = seen.pop().unwrap();
        assert_eq!(seen, expected, "{technique:?}");
        assert!(last.starts_with("close 1000") || last.starts_with("close 1005"), "{technique:?}: {last}");
    }
}

#[wasm_bindgen_test]
async fn what_was_missed_closes_a_technique_alone_and_the_reason_says_what() {
    let topic = Topic::new();
    let socket = WebSocket::over(&topic.url(), Technique::PollingAfterDelay { every: SOON }).unwrap();
    let mut messages = socket.messages();
    within("open", socket.opened()).await.unwrap();
    topic.publish("seen").await;
    assert_eq!(next(&mut messages).await, "seen".into());
    topic.order("block?transport=poll&how=hang").await;
    topic.order("publish?count=3&size=9").await;
    topic.order("lose?what=trim").await;
    topic.order("heal").await;
    let closed = within("the close", socket.closed()).await;
    assert_eq!((closed.code.get(), closed.reason.as_str()), (4012, "messages were missed: from 2 to 4"));
}

#[wasm_bindgen_test]
async fn a_technique_that_is_dropped_asks_no_more() {
    for technique in techniques() {
        let topic = Topic::new();
        let socket = WebSocket::over(&topic.url(), technique).unwrap();
        within("open", socket.opened()).await.unwrap();
        drop(socket);
        topic.wait("websocket=0&events=0&poll=0&post=0").await;
        let before = topic.state().await.opened.poll;
        // Longer than several polls.
        gloo_timers::future::TimeoutFuture::new(200).await;
        assert_eq!(topic.state().await.opened.poll, before, "{technique:?}");
    }
}

#[wasm_bindgen_test]
async fn a_server_that_is_not_there_is_an_error_and_a_close() {
    for technique in techniques() {
        let socket = WebSocket::over("http://127.0.0.1:1/channel/none", technique).unwrap();
        let (tell, mut told) = log();
        socket.set_onerror(move |_| tell(()));
        let closed = within("the close", socket.closed()).await;
        assert_eq!((closed.code.get(), closed.was_clean), (1006, false), "{technique:?}");
        assert_eq!(told.rest().len(), 1, "{technique:?}");
    }
}
