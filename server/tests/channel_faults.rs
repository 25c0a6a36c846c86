//! What goes wrong on demand.

mod support;

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use support::channel::{Frames, SESSION, hello, number, place};
use support::{Ended, Running, next_text, refused, within};
use tautline::channel::wire::Hello;
use tokio_tungstenite::tungstenite::Message;

async fn fault(server: &Running, what: &str) {
    server.command(&format!("/channel/a/dev/fault?{what}")).await;
}

/// The place before the last `count` messages of the channel.
async fn before(server: &Running, count: u64) -> String {
    let state = server.json("/channel/a/dev").await;
    place(state["epoch"].as_str().unwrap(), state["offset"].as_u64().unwrap() - count)
}

/// The offsets of the messages.
fn offsets(frames: &Frames) -> Vec<u64> {
    frames.messages().iter().map(|frame| number(frame.to_text().unwrap())).collect()
}

#[tokio::test]
async fn a_status_is_answered_as_often_as_asked_and_only_to_its_transport() {
    let server = Running::start().await;
    fault(&server, "transport=poll&what=status&status=502&count=2&retry_after=3").await;
    assert_eq!(server.json("/channel/a/dev").await["faults"], 2);
    let (head, _) = server.get("/channel/a?tl_wait=0").await;
    assert!(head.starts_with("HTTP/1.1 502 ") && head.contains("\r\nretry-after: 3\r\n"), "{head}");
    let _ = server.channel("a", "").await;
    assert_eq!(server.bytes("GET", "/channel/a?tl_wait=0", "", b"").await.0, 502);
    server.poll("a", "?tl_wait=0").await.unwrap();
    fault(&server, "transport=websocket&what=status&status=500").await;
    assert_eq!(refused(server.try_channel("a", "", None).await), 500);
    server.json("/channel/a/dev/wait?faults=0").await;
}

#[tokio::test]
async fn a_post_that_fails_before_is_not_handled_and_one_whose_answer_is_cut_is() {
    let server = Running::start().await;
    server.begin("a", SESSION).await;
    let target = format!("/channel/a?tl_session={SESSION}");
    fault(&server, "transport=post&what=status").await;
    let kind = "Content-Type: application/vnd.tautline.frames\r\n";
    assert_eq!(server.bytes("POST", &target, kind, b"t4:s1:a").await.0, 503);
    assert_eq!(server.json("/channel/a/dev").await["offset"], 0);
    fault(&server, "transport=post&what=cut").await;
    let (status, body) = server.bytes("POST", &target, kind, b"t4:s1:a").await;
    assert_eq!((status, body.as_slice()), (200, &b"t3:a"[..]));
    let (status, frames) = server.records("a", &format!("?tl_session={SESSION}"), b"t4:s1:at4:s2:b").await;
    assert_eq!((status, frames.texts()), (200, vec!["a2:".to_owned()]));
    let state = server.json("/channel/a/dev").await;
    assert_eq!((&state["offset"], &state["repeated"]), (&2.into(), &1.into()));
}

#[tokio::test]
async fn an_answer_ends_in_the_middle_of_a_record_a_chunk_or_a_frame() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=2").await;
    let asked = before(&server, 2).await;
    fault(&server, "what=cut&count=3").await;
    let (status, body) = server.bytes("GET", &format!("/channel/a?{asked}&tl_wait=0"), "", b"").await;
    assert!(status == 200 && body.ends_with(b"xxx") && body.starts_with(b"t"), "{}", String::from_utf8_lossy(&body));
    let mut raw =
        server.send(&format!("GET /channel/a?{asked} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n")).await;
    let head = raw.head().await;
    assert!(head.contains("Transfer-Encoding: chunked"), "{head}");
    let (body, _) = raw.rest().await;
    assert!(body.ends_with(b"xxx"), "{}", String::from_utf8_lossy(&body));
    let mut client = server.channel("a", "").await;
    hello(&next_text(&mut client).await);
    assert!(!matches!(within(client.next()).await, Some(Ok(Message::Text(_) | Message::Close(_)))));
}

#[tokio::test]
async fn another_content_type_is_a_page() {
    let server = Running::start().await;
    fault(&server, "what=type&count=2").await;
    for headers in ["", "Accept: text/event-stream\r\n"] {
        let (head, body) = server.request("GET", "/channel/a?tl_wait=0", headers).await;
        assert!(head.contains("content-type: text/html; charset=utf-8\r\n") && body.contains("Sign in"), "{head}");
    }
}

#[tokio::test]
async fn messages_come_twice_offsets_jump_frames_are_none_and_hellos_are_missing() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=2").await;
    let asked = before(&server, 2).await;
    let poll = format!("?{asked}&tl_wait=0");
    let mut answers = Vec::new();
    for what in ["repeat", "jump", "malformed", "no_hello"] {
        fault(&server, &format!("what={what}&count=3")).await;
        let polled = server.poll("a", &poll).await.unwrap();
        let count = polled.texts().len();
        let streamed = server.events("a", &format!("?{asked}"), "").await.frames(count).await;
        let mut client = server.channel("a", &format!("?{asked}")).await;
        let mut framed = Vec::new();
        while framed.len() < count {
            framed.push(next_text(&mut client).await);
        }
        let after_hello =
            |texts: Vec<String>| texts.into_iter().filter(|text| !text.starts_with('h')).collect::<Vec<_>>();
        assert_eq!(after_hello(polled.texts()), after_hello(streamed.texts()), "{what}");
        assert_eq!(after_hello(polled.texts()), after_hello(framed), "{what}");
        answers.push(polled);
    }
    assert_eq!(offsets(&answers[0]), [1, 2, 1, 2]);
    assert_eq!(offsets(&answers[1]), [1, 2, 12]);
    assert_eq!(answers[2].texts()[3], "z1:malformed");
    assert!(answers[3].texts()[0].starts_with("m1:"));
}

#[tokio::test]
async fn a_fault_waits_for_an_answer_that_it_can_spoil() {
    let server = Running::start().await;
    fault(&server, "transport=poll&what=repeat").await;
    let here = before(&server, 0).await;
    assert!(server.poll("a", &format!("?{here}&tl_wait=0")).await.is_none());
    server.command("/channel/a/dev/publish?count=1").await;
    let polled = server.poll("a", &format!("?{here}&tl_wait=0")).await.unwrap();
    assert_eq!(offsets(&polled), [1, 1]);
    let here = before(&server, 0).await;
    let target = format!("?{here}&tl_wait=60000");
    let spoil = async {
        server.json("/channel/a/dev/wait?poll=1").await;
        fault(&server, "transport=poll&what=jump").await;
        server.command("/channel/a/dev/publish?count=1").await;
    };
    let (held, ()) = tokio::join!(server.poll("a", &target), spoil);
    assert_eq!(offsets(&held.unwrap()), [2, 12]);
}

#[tokio::test]
async fn a_late_answer_is_overtaken() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=1").await;
    let asked = before(&server, 1).await;
    let poll = format!("?{asked}&tl_wait=0");
    fault(&server, "transport=poll&what=held&ms=300").await;
    let start = Instant::now();
    let first = async { (server.poll("a", &poll).await.unwrap(), start.elapsed()) };
    let second = async {
        server.json("/channel/a/dev/wait?faults=0").await;
        server.command("/channel/a/dev/publish?count=1").await;
        (server.poll("a", &poll).await.unwrap(), start.elapsed())
    };
    let ((first, first_at), (second, second_at)) = tokio::join!(first, second);
    assert!(second_at < first_at && first_at >= Duration::from_millis(300));
    assert_eq!((offsets(&first), offsets(&second)), (vec![1], vec![1, 2]));
}

#[tokio::test]
async fn a_hanging_request_is_not_answered_and_others_are() {
    let server = Running::start().await;
    for transport in ["poll", "events", "websocket"] {
        fault(&server, &format!("transport={transport}&what=hang")).await;
    }
    let mut poll = server.send("GET /channel/a?tl_wait=0 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut events = server.send("GET /channel/a HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n").await;
    let mut socket = server.handshake("/channel/a", "Sec-WebSocket-Protocol: tautline.channel.v1\r\n").await;
    server.json("/channel/a/dev/wait?faults=0").await;
    server.poll("a", "?tl_wait=0").await.unwrap();
    server.stop().await;
    for hanging in [&mut poll, &mut events, &mut socket] {
        assert!(hanging.rest().await.0.is_empty());
    }
}

#[tokio::test]
async fn something_huge_is_as_large_as_asked_and_a_client_that_leaves_ends_it() {
    let server = Running::start().await;
    fault(&server, "what=huge&bytes=3000000&count=3").await;
    let (_, body) = server.get("/channel/a?tl_wait=0").await;
    assert!(body.len() > 3_000_000 && body.contains("t3000003:m1:"));
    let (_, body) = server.request("GET", "/channel/a", "Accept: text/event-stream\r\n").await;
    assert!(body.len() > 3_000_000 && body.contains("data: m1:"));
    let mut client = server.channel("a", "").await;
    hello(&next_text(&mut client).await);
    assert_eq!(next_text(&mut client).await.len(), 3_000_003);
    fault(&server, "transport=poll&what=huge").await;
    let mut raw = server.send("GET /channel/a?tl_wait=0 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    raw.head().await;
    drop(raw);
    server.poll("a", "?tl_wait=0").await.unwrap();
}

#[tokio::test]
async fn open_connections_are_dropped_ended_or_sent_a_frame() {
    let server = Running::start().await;
    let mut client = server.channel("a", "").await;
    let mut stream = server.events("a", "", "").await;
    hello(&next_text(&mut client).await);
    stream.frames(1).await;
    server.command("/channel/a/dev/inject?text=m7:jumped").await;
    assert_eq!(next_text(&mut client).await, "m7:jumped");
    assert_eq!(stream.frames(1).await.texts(), ["m7:jumped"]);
    server.command("/channel/a/dev/end?code=1013&reason=later").await;
    assert_eq!(next_text(&mut client).await, "x1013:later");
    assert_eq!(support::closed(&mut client).await, Some((1013, "later".to_owned())));
    assert_eq!(stream.frames(1).await.texts(), ["x1013:later"]);
    assert!(stream.event().await.is_none());
    server.json("/channel/a/dev/wait?websocket=0&events=0").await;

    let mut client = server.channel("a", "").await;
    let mut stream = server.events("a", "", "").await;
    let here = before(&server, 0).await;
    let mut held = server.send(&format!("GET /channel/a?{here}&tl_wait=60000 HTTP/1.1\r\nHost: a\r\n\r\n")).await;
    hello(&next_text(&mut client).await);
    stream.frames(1).await;
    server.json("/channel/a/dev/wait?poll=1").await;
    server.command("/channel/a/dev/drop").await;
    assert!(!matches!(within(client.next()).await, Some(Ok(_))));
    assert!(stream.event().await.is_none());
    assert_eq!(held.rest().await, (vec![], Ended::Reset));
    server.json("/channel/a/dev/wait?websocket=0&events=0&poll=0").await;
}

#[tokio::test]
async fn a_stream_of_messages_is_published_over_time_and_can_be_stopped() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=1000000&every_ms=1&stamp=yes").await;
    let state = server.json("/channel/a/dev/wait?published=5").await;
    assert!(state["offset"].as_u64().unwrap() >= 5);
    server.command("/channel/a/dev/stop").await;
    let stopped = server.json("/channel/a/dev").await["offset"].as_u64().unwrap();
    server.command("/channel/a/dev/publish?text=last").await;
    let polled = server.poll("a", &format!("?{}&tl_wait=0", before(&server, 2).await)).await.unwrap();
    let hello: Hello = polled.hello();
    assert!(hello.offset <= stopped + 2);
    assert_eq!(polled.texts()[2].split_once(':').unwrap().1, "last");
    let stamp: f64 = polled.texts()[1].split(':').nth(2).unwrap().parse().unwrap();
    assert!(stamp > 1.0e12, "{stamp}");
}

#[tokio::test]
async fn beats_come_as_often_as_set_in_each_stream_s_way() {
    let server = Running::start().await;
    server.command("/channel/a/dev/set?beat_ms=20").await;
    server.command("/channel/a/dev/publish?count=1").await;
    let mut client = server.channel("a", "").await;
    assert_eq!(hello(&next_text(&mut client).await).beat, 20);
    assert_eq!(next_text(&mut client).await, "b1:");
    client.send(Message::text("b0:")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "b1:");
    let mut events = server.events("a", "?tl_beat=event", "").await;
    assert_eq!(events.frames(2).await.texts()[1], "b1:");
    let mut comments = server.events("a", "", "").await;
    comments.frames(1).await;
    assert_eq!(comments.event().await.unwrap(), ":");
}
