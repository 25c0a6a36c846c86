//! Bad clients, and those that want too much.

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use support::channel::{Frames, SESSION, hello, number, place};
use support::{Client, Running, closed, next, next_text, within};
use tautline::MessageRef;
use tautline::channel::wire::{CONTENT_TYPE, Frame, Records, write_record};
use tautline_server::Config;
use tautline_server::channel::{Limits, Settings};
use tokio_tungstenite::tungstenite::Message;

async fn with(limits: Limits) -> Running {
    let channel = Settings { limits, ..Settings::default() };
    Running::with(Config { channel, ..Config::default() }).await
}

async fn greeted(server: &Running, session: &str) -> Client {
    let mut client = server.channel("a", &format!("?tl_session={session}")).await;
    hello(&next_text(&mut client).await);
    client
}

/// The `x` with which a connection ends, and that the Close frame has the same code.
async fn end(client: &mut Client) -> (u16, Vec<String>) {
    let mut before = Vec::new();
    loop {
        let text = next_text(client).await;
        if text.starts_with('x') {
            let code = u16::try_from(number(&text)).unwrap();
            assert_eq!(closed(client).await.unwrap().0, code);
            return (code, before);
        }
        before.push(text);
    }
}

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/channel.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn frame(vector: &Value) -> Message {
    match (vector["text"].as_str(), vector["hex"].as_str()) {
        (Some(text), _) => Message::text(text),
        (_, Some(hex)) => Message::binary(hex::decode(hex).unwrap()),
        _ => panic!("{vector}"),
    }
}

fn borrow(frame: &Message) -> MessageRef<'_> {
    match frame {
        Message::Text(text) => MessageRef::Text(text),
        Message::Binary(bytes) => MessageRef::Binary(bytes),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn frames_of_the_vectors_that_no_client_may_send_are_answered_4400() {
    let server = Running::start().await;
    let mut bad = 0;
    for (index, vector) in vectors()["frames"].as_array().unwrap().iter().enumerate() {
        let sent = frame(vector);
        let session = format!("session-vectors-{index}");
        let read = Frame::read(borrow(&sent));
        let fine = matches!(read, Ok(Frame::Send { sequence: 1, .. } | Frame::Beat { offset: 0 }));
        let gap = matches!(read, Ok(Frame::Send { sequence: 2.., .. }));
        let mut body = Vec::new();
        write_record(&mut body, borrow(&sent));
        let posted = server.records("a", &format!("?tl_session={session}"), &body).await.0;
        let mut client = greeted(&server, &session).await;
        client.send(sent.clone()).await.unwrap();
        if fine {
            assert!(next(&mut client).await.to_text().unwrap().starts_with(['a', 'b', 'm']), "{vector}");
            assert_eq!(posted, if matches!(read, Ok(Frame::Beat { .. })) { 400 } else { 200 }, "{vector}");
        } else {
            let (code, status) = if gap { (4409, 409) } else { (4400, 400) };
            assert_eq!((end(&mut client).await.0, posted), (code, status), "{vector}");
            bad += 1;
        }
    }
    assert!(bad > 40, "{bad}");
}

#[tokio::test]
async fn bodies_of_the_vectors_that_are_no_records_are_refused_whole() {
    let server = Running::start().await;
    for vector in vectors()["records"].as_array().unwrap() {
        let body = hex::decode(vector["hex"].as_str().unwrap()).unwrap();
        let (status, _) = server.records("a", &format!("?tl_session={SESSION}"), &body).await;
        let all_good = Records::new(&body).all(|record| matches!(record.map(Frame::read), Ok(Ok(Frame::Send { .. }))));
        assert_eq!(status, if all_good { 200 } else { 400 }, "{vector}");
    }
    let start = b"t4:s1:at4:s2:bt4:s4:d";
    assert_eq!(server.records("a", &format!("?tl_session={SESSION}"), start).await.0, 400);
    assert_eq!(server.json("/channel/a/dev").await["offset"], 0, "nothing of them is handled");
}

#[tokio::test]
async fn a_gap_ends_the_connection_and_what_was_before_it_is_acknowledged() {
    let server = Running::start().await;
    let mut client = greeted(&server, SESSION).await;
    for frame in ["s1:a", "s3:c"] {
        client.send(Message::text(frame)).await.unwrap();
    }
    let (code, before) = end(&mut client).await;
    assert_eq!(code, 4409);
    assert!(before.contains(&"a1:".to_owned()), "{before:?}");
    let mut client = server.channel("a", "").await;
    hello(&next_text(&mut client).await);
    client.send(Message::text("s1:a")).await.unwrap();
    assert_eq!(end(&mut client).await.0, 4400, "a client without a session does not send");
}

#[tokio::test]
async fn a_message_or_body_that_is_too_large_is_answered_4413() {
    let server = with(Limits { message: 1_000, body: 5_000, ..Limits::default() }).await;
    let largest = format!("s1:{}", "x".repeat(1_000));
    let mut client = greeted(&server, SESSION).await;
    client.send(Message::text(largest.clone())).await.unwrap();
    assert_eq!(next_text(&mut client).await.len(), 1_003);
    for too_large in [format!("s2:{}", "x".repeat(1_001)), format!("s2:{}", "x".repeat(100_000))] {
        let mut client = greeted(&server, SESSION).await;
        client.send(Message::text(too_large.clone())).await.unwrap();
        assert_eq!(end(&mut client).await.0, 4413);
        let mut body = Vec::new();
        write_record(&mut body, MessageRef::Text(&too_large));
        assert_eq!(server.records("a", &format!("?tl_session={SESSION}"), &body).await.0, 413);
    }
    let endless = vec![b'x'; 100_000];
    assert_eq!(server.records("a", &format!("?tl_session={SESSION}"), &endless).await.0, 413);
    let chunked = format!(
        "POST /channel/a?tl_session={SESSION} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {CONTENT_TYPE}\r\n\
         Transfer-Encoding: chunked\r\n\r\n1800\r\n{}\r\n0\r\n\r\n",
        "x".repeat(0x1800)
    );
    let head = server.send(&chunked).await.head().await;
    assert!(head.starts_with("HTTP/1.1 413 "), "{head}");
    assert_eq!(server.json("/channel/a/dev").await["offset"], 1);
}

#[tokio::test]
async fn a_body_without_a_session_or_of_another_type_is_refused() {
    let server = Running::start().await;
    assert_eq!(server.records("a", "", b"t4:s1:a").await.0, 400);
    let target = format!("/channel/a?tl_session={SESSION}");
    for kind in ["", "Content-Type: text/plain\r\n", "Content-Type: application/vnd.tautline.framesx\r\n"] {
        assert_eq!(server.bytes("POST", &target, kind, b"t4:s1:a").await.0, 400, "{kind}");
    }
    let kind = "Content-Type: Application/vnd.tautline.frames; charset=utf-8\r\n";
    assert_eq!(server.bytes("POST", &target, kind, b"t4:s1:a").await.0, 200);
    let (status, frames) = server.records("a", &format!("?tl_session={SESSION}"), b"").await;
    assert_eq!((status, frames.texts()), (200, vec!["a1:".to_owned()]), "an empty body asks what is accepted");
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_given_up_and_none_of_it_handled() {
    let server = with(Limits { body_time: Duration::from_millis(100), ..Limits::default() }).await;
    let request = format!(
        "POST /channel/a?tl_session={SESSION} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {CONTENT_TYPE}\r\n\
         Content-Length: 14\r\n\r\nt4:s1:at4:s2"
    );
    let mut slow = server.send(&request).await;
    let head = slow.head().await;
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("\r\nretry-after: 1\r\n"), "{head}");
    assert_eq!(server.json("/channel/a/dev").await["offset"], 0);
}

#[tokio::test]
async fn bodies_have_a_limit_together() {
    let server = with(Limits { bodies: 20, ..Limits::default() }).await;
    let start = format!(
        "POST /channel/a?tl_session={SESSION} HTTP/1.1\r\nHost: a\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: 16\r\n\r\nt13:s1:45678"
    );
    let mut waiting = server.send(&start).await;
    server.json("/channel/a/dev/wait?post=1").await;
    // Once the first part has arrived, there is no room for another.
    let asked = format!("?tl_session={SESSION}-2");
    while server.records("a", &asked, b"t12:s1:123456789").await.0 != 503 {}
    waiting.write(b"9012").await;
    let head = waiting.head().await;
    assert!(head.starts_with("HTTP/1.1 400 ") || head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(
        server.records("a", &format!("?tl_session={SESSION}-3"), b"t4:s1:a").await.0,
        200,
        "the room is free again"
    );
}

#[tokio::test]
async fn a_client_has_so_many_connections_sessions_and_messages() {
    let server = with(Limits { client_connections: 2, ..Limits::default() }).await;
    let mut first = server.channel("a", "").await;
    hello(&next_text(&mut first).await);
    let second = server.events("a", "", "").await;
    let mut third = server.channel("a", "").await;
    assert_eq!(end(&mut third).await.0, 4429);
    assert_eq!(server.bytes("GET", "/channel/a?tl_wait=0", "", b"").await.0, 429);
    drop(second);
    server.json("/channel/a/dev/wait?events=0").await;
    server.poll("a", "?tl_wait=0").await.unwrap();

    let server = with(Limits { client_sessions: 1, ..Limits::default() }).await;
    let _ = greeted(&server, SESSION).await;
    let _ = greeted(&server, SESSION).await;
    let mut other = server.channel("a", &format!("?tl_session={SESSION}-2")).await;
    assert_eq!(end(&mut other).await.0, 4429);
    assert_eq!(server.records("a", &format!("?tl_session={SESSION}-2"), b"t4:s1:a").await.0, 429);

    let server = with(Limits { client_messages: 1, ..Limits::default() }).await;
    let mut flooding = greeted(&server, SESSION).await;
    for number in 1..=50 {
        flooding.feed(Message::text(format!("s{number}:"))).await.unwrap();
    }
    flooding.flush().await.unwrap();
    let (code, before) = end(&mut flooding).await;
    assert_eq!(code, 4429);
    let accepted = server.json("/channel/a/dev").await["accepted"].as_u64().unwrap();
    assert!((4..10).contains(&accepted), "{accepted}");
    assert_eq!(before.iter().filter(|frame| frame.starts_with('a')).map(|frame| number(frame)).max(), Some(accepted));
}

#[tokio::test]
async fn acknowledgements_come_together_but_soon() {
    let server = Running::start().await;
    let mut client = greeted(&server, SESSION).await;
    for number in 1..=160 {
        client.feed(Message::text(format!("s{number}:x"))).await.unwrap();
    }
    client.flush().await.unwrap();
    let mut kinds = BTreeMap::new();
    loop {
        let frame = next_text(&mut client).await;
        *kinds.entry(frame.as_bytes()[0]).or_insert(0) += 1;
        if frame == "a160:" {
            break;
        }
    }
    assert!(kinds[&b'a'] <= 160 / 8, "{kinds:?}");
    client.send(Message::text("s161:x")).await.unwrap();
    let mut frames = Vec::new();
    while !frames.contains(&"a161:".to_owned()) {
        frames.push(next_text(&mut client).await);
    }
}

/// Publishes until the channel has ended a connection for being too slow.
async fn outrun(server: &Running) {
    for _ in 0..200 {
        server.command("/channel/a/dev/publish?count=32&size=32000").await;
        if server.json("/channel/a/dev").await["ended"] != 0 {
            return;
        }
    }
    server.json("/channel/a/dev/wait?ended=1").await;
}

#[tokio::test]
async fn who_reads_too_slowly_is_cut_off_and_finds_the_rest_in_the_history() {
    let server = with(Limits { backlog_time: Duration::from_millis(100), ..Limits::default() }).await;
    let mut slow = greeted(&server, SESSION).await;
    let mut quick = server.channel("a", "").await;
    hello(&next_text(&mut quick).await);
    let reading = tokio::spawn(async move {
        let mut last = 0;
        while let Some(Ok(Message::Text(frame))) = quick.next().await {
            if frame.starts_with('x') {
                break;
            }
            assert_eq!(number(&frame), last + 1);
            last += 1;
        }
        last
    });
    outrun(&server).await;
    let mut last = 0;
    let code = loop {
        match within(slow.next()).await {
            Some(Ok(Message::Text(frame))) if frame.starts_with('x') => break Some(number(&frame)),
            Some(Ok(Message::Text(frame))) => last = number(&frame),
            _ => break None,
        }
    };
    assert!(code.is_none_or(|code| code == 4408), "{code:?}");
    let state = server.json("/channel/a/dev/wait?websocket=1").await;
    let offset = state["offset"].as_u64().unwrap();
    assert!(last < offset);
    let back =
        server.poll("a", &format!("?{}&tl_wait=0", place(state["epoch"].as_str().unwrap(), last))).await.unwrap();
    let hello = back.hello();
    let first: Frames = back;
    assert_eq!(hello.missed.map_or(last, |missed| missed.to), hello.after);
    assert_eq!(number(first.messages()[0].to_text().unwrap()), hello.after + 1);
    server.stop().await;
    assert_eq!(reading.await.unwrap(), offset, "one that is slow holds up no other");
}

#[tokio::test]
async fn an_event_stream_that_nobody_reads_is_cut_off_too() {
    let server = with(Limits { backlog_time: Duration::from_millis(100), ..Limits::default() }).await;
    let mut slow = server.events("a", "", "").await;
    slow.frames(1).await;
    outrun(&server).await;
    server.json("/channel/a/dev/wait?events=0").await;
}

#[tokio::test]
async fn an_answer_to_a_poll_that_nobody_takes_is_given_up() {
    let server =
        with(Limits { stall: Duration::from_millis(100), answer: 32 * 1024 * 1024, ..Limits::default() }).await;
    server.command("/channel/a/dev/publish?count=4&size=1000000").await;
    let epoch = server.json("/channel/a/dev").await["epoch"].as_str().unwrap().to_owned();
    let query = format!("?{}&tl_wait=0", place(&epoch, 0));
    assert_eq!(server.poll("a", &query).await.unwrap().messages().len(), 4);
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&server.address.parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    let mut stream = std::net::TcpStream::from(socket);
    // Several answers, of which none is read: more than the system keeps for them.
    let request = format!("GET /channel/a{query} HTTP/1.1\r\nHost: a\r\n\r\n");
    std::io::Write::write_all(&mut stream, request.repeat(4).as_bytes()).unwrap();
    let mut broken = false;
    let mut tries = 0;
    while !broken && tries < 2_000 {
        tries += 1;
        server.poll("a", &format!("?{}&tl_wait=5", place(&epoch, 4))).await;
        broken = std::io::Write::write_all(&mut stream, b"G").is_err();
    }
    assert!(broken, "the connection is over");
}

#[tokio::test]
async fn a_held_poll_or_a_stream_whose_client_has_left_is_over() {
    let server = Running::start().await;
    let epoch = server.poll("a", "?tl_wait=0").await.unwrap().hello().epoch;
    let held =
        server.send(&format!("GET /channel/a?{}&tl_wait=60000 HTTP/1.1\r\nHost: a\r\n\r\n", place(&epoch, 0))).await;
    let mut stream = server.events("a", "", "").await;
    stream.frames(1).await;
    let client = greeted(&server, SESSION).await;
    server.json("/channel/a/dev/wait?poll=1&events=1&websocket=1").await;
    drop((held, stream, client));
    server.json("/channel/a/dev/wait?poll=0&events=0&websocket=0").await;
}
