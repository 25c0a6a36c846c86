//! `/channel/{name}`: the same messages over WebSocket, Server-Sent Events, polling and POST.

mod support;

use futures_util::SinkExt as _;
use support::channel::{Frames, SESSION, hello, number, place};
use support::{Running, closed, next_text};
use tautline::channel::wire::Known;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn a_websocket_is_greeted_and_gets_what_is_published_from_then_on() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=2").await;
    let mut client = server.channel("a", "").await;
    let greeted = hello(&next_text(&mut client).await);
    assert_eq!((greeted.offset, greeted.after, greeted.session), (2, 2, Known::None));
    assert_eq!((greeted.missed, greeted.beat, greeted.limit), (None, 15_000, 1024 * 1024));
    server.command("/channel/a/dev/publish?text=hello").await;
    server.command("/channel/a/dev/publish?hex=00ff").await;
    assert_eq!(next_text(&mut client).await, "m3:hello");
    assert_eq!(support::next(&mut client).await, Message::binary(b"m4:\0\xff".to_vec()));
    client.send(Message::text("b0:")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "b4:");
}

#[tokio::test]
async fn what_a_client_sends_all_get_once_and_in_order_and_it_is_acknowledged() {
    let server = Running::start().await;
    let mut other = server.channel("a", "").await;
    hello(&next_text(&mut other).await);
    let mut client = server.channel("a", &format!("?tl_session={SESSION}")).await;
    assert_eq!(hello(&next_text(&mut client).await).session, Known::New);
    for frame in ["s1:a", "s2:b", "s1:a", "s3:c"] {
        client.send(Message::text(frame)).await.unwrap();
    }
    let mut got = Vec::new();
    let mut accepted = 0;
    while got.len() < 3 || accepted < 3 {
        let text = next_text(&mut client).await;
        match text.strip_prefix('a') {
            Some(_) => accepted = number(&text),
            None => got.push(text),
        }
    }
    assert_eq!(got, ["m1:a", "m2:b", "m3:c"]);
    for expected in got {
        assert_eq!(next_text(&mut other).await, expected);
    }
    let state = server.json("/channel/a/dev/wait?repeated=1").await;
    assert_eq!((&state["accepted"], &state["repeated"]), (&3.into(), &1.into()));
    assert_eq!(state["sessions"][SESSION], 3);
    drop(client);
    let mut client = server.channel("a", &format!("?tl_session={SESSION}")).await;
    assert_eq!(hello(&next_text(&mut client).await).session, Known::Known { accepted: 3 });
}

#[tokio::test]
async fn a_client_comes_back_over_any_transport_and_gets_what_it_has_not() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=5&kind=mixed&size=12").await;
    let epoch = server.json("/channel/a/dev").await["epoch"].as_str().unwrap().to_owned();
    let asked = place(&epoch, 2);
    let mut client = server.channel("a", &format!("?{asked}")).await;
    let mut websocket = Frames::default();
    for _ in 0..4 {
        websocket.push(support::next(&mut client).await);
    }
    let mut stream = server.events("a", &format!("?{asked}"), "").await;
    let events = stream.frames(4).await;
    let polled = server.poll("a", &format!("?{asked}&tl_wait=0")).await.unwrap();
    assert_eq!(websocket.messages(), events.messages());
    assert_eq!(websocket.messages(), polled.messages());
    assert_eq!(websocket.messages().len(), 3);
    let hello = polled.hello();
    assert_eq!((hello.after, hello.offset, hello.missed, hello.beat), (2, 5, None, 0));
    assert_eq!(stream.ids, [format!("{epoch}:3"), format!("{epoch}:4"), format!("{epoch}:5")]);
}

#[tokio::test]
async fn an_event_stream_goes_on_and_last_event_id_counts_before_the_query() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=5").await;
    let epoch = server.json("/channel/a/dev").await["epoch"].as_str().unwrap().to_owned();
    let mut stream =
        server.events("a", &format!("?{}", place(&epoch, 1)), &format!("Last-Event-ID: {epoch}:4\r\n")).await;
    assert!(stream.head.contains("content-type: text/event-stream\r\n"), "{}", stream.head);
    let frames = stream.frames(2).await;
    assert_eq!((frames.hello().after, frames.texts()[1].as_str()), (4, "m5:5:xxxxxxxxxxxxxxxxxx"));
    server.command("/channel/a/dev/publish?text=6").await;
    assert_eq!(stream.frames(1).await.texts(), ["m6:6"]);
}

#[tokio::test]
async fn a_poll_is_answered_at_once_when_there_is_news_and_204_when_there_is_none() {
    let server = Running::start().await;
    let first = server.poll("a", "?tl_wait=60000").await.unwrap();
    let hello = first.hello();
    assert_eq!((hello.after, first.messages().len()), (0, 0), "a client without a place is told where it is");
    assert!(server.poll("a", &format!("?{}&tl_wait=0", place(&hello.epoch, 0))).await.is_none());
    assert!(server.poll("a", &format!("?{}&tl_wait=20", place(&hello.epoch, 0))).await.is_none());
}

#[tokio::test]
async fn a_held_poll_is_answered_with_the_first_message() {
    let server = Running::start().await;
    let epoch = server.poll("a", "?tl_wait=0").await.unwrap().hello().epoch;
    let target = format!("?{}&tl_wait=60000", place(&epoch, 0));
    let held = server.poll("a", &target);
    let publish = async {
        server.json("/channel/a/dev/wait?poll=1").await;
        server.command("/channel/a/dev/publish?text=news").await;
    };
    let (polled, ()) = tokio::join!(held, publish);
    assert_eq!(polled.unwrap().messages(), [Message::text("m1:news")]);
}

#[tokio::test]
async fn a_post_is_acknowledged_skips_what_is_known_and_refuses_a_gap() {
    let server = Running::start().await;
    let post = async |body: &[u8]| server.records("a", &format!("?tl_session={SESSION}"), body).await;
    let (status, frames) = post(b"t4:s1:at4:s2:bb4:s3:\xff").await;
    assert_eq!((status, frames.texts()), (200, vec!["a3:".to_owned()]));
    let (status, frames) = post(b"t4:s2:bb4:s3:\xfft4:s4:d").await;
    assert_eq!((status, frames.texts()), (200, vec!["a4:".to_owned()]));
    let (status, frames) = post(b"t4:s6:f").await;
    assert_eq!(status, 409);
    assert_eq!(frames.texts()[0], "a4:");
    assert!(frames.texts()[1].starts_with("x4409:"), "{frames:?}");
    let state = server.json("/channel/a/dev").await;
    let counted = ["offset", "accepted", "repeated", "gaps"].map(|name| state[name].as_u64().unwrap());
    assert_eq!(counted, [4, 4, 2, 1]);
}

#[tokio::test]
async fn a_head_or_a_plain_get_tells_that_the_server_is_there() {
    let server = Running::start().await;
    for method in ["HEAD", "GET"] {
        let (head, _) = server.request(method, "/channel/a", "").await;
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("\r\ntautline-channel: 1\r\n"), "{head}");
    }
}

#[tokio::test]
async fn a_server_that_stops_says_so_over_each_transport() {
    let server = Running::start().await;
    let epoch = server.poll("a", "?tl_wait=0").await.unwrap().hello().epoch;
    let mut client = server.channel("a", "").await;
    hello(&next_text(&mut client).await);
    let mut stream = server.events("a", "", "").await;
    stream.frames(1).await;
    let mut held =
        server.send(&format!("GET /channel/a?{}&tl_wait=60000 HTTP/1.1\r\nHost: a\r\n\r\n", place(&epoch, 0))).await;
    server.json("/channel/a/dev/wait?poll=1&websocket=1&events=1").await;
    server.stop().await;
    assert!(next_text(&mut client).await.starts_with("x1001:"));
    assert_eq!(closed(&mut client).await.unwrap().0, 1001);
    assert!(stream.frames(1).await.texts()[0].starts_with("x1001:"));
    assert!(held.head().await.starts_with("HTTP/1.1 503 "));
}
