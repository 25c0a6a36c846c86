//! A hostile client of a channel: what it forges is refused with a reason, and what it can make the server keep is bounded.

mod support;

use std::time::Duration;

use futures_util::SinkExt as _;
use support::channel::{SESSION, beginning, hello, number, place};
use support::{Running, next_text};
use tautline::channel::wire::{CONTENT_TYPE, Known};
use tautline_server::Config;
use tautline_server::channel::{Limits, MemoryLimits, Settings};
use tokio_tungstenite::tungstenite::Message;

async fn with(channel: Settings) -> Running {
    Running::with(Config { channel, ..Config::default() }).await
}

/// The code of the `x` with which a connection ends after this frame; what comes before it is skipped.
async fn told(server: &Running, query: &str, frame: &str) -> u64 {
    let mut client = server.channel("a", query).await;
    hello(&next_text(&mut client).await);
    client.send(Message::text(frame)).await.unwrap();
    loop {
        let text = next_text(&mut client).await;
        if text.starts_with('x') {
            return number(&text);
        }
    }
}

#[tokio::test]
async fn names_and_queries_beyond_their_size_are_refused_with_a_reason() {
    let server = Running::start().await;
    for (length, status) in [(64, 204), (65, 404), (60_000, 404), (70_000, 414)] {
        let epoch = if status == 204 { server.json("/channel/a/dev").await["epoch"].clone() } else { "e".into() };
        // A channel that begins says its hello.
        let expected = if status == 204 { 200 } else { status };
        let target = format!("/channel/{}?tl_wait=0&{}", "n".repeat(length), place(epoch.as_str().unwrap(), 0));
        assert_eq!(server.bytes("GET", &target, "", b"").await.0, expected, "{length}");
    }
    let many: String = (0..5_000).map(|at| format!("&a{at}=b")).collect();
    for (query, status) in [
        (format!("tl_wait=0&tl_session={}", "s".repeat(65)), 400),
        (format!("tl_wait=0&tl_session={}", "s".repeat(60_000)), 400),
        (format!("tl_wait=0&tl_epoch={}&tl_after=0", "e".repeat(33)), 400),
        (format!("tl_wait=0&tl_epoch=e&tl_after={}", "9".repeat(60_000)), 400),
        ("tl_wait=0&tl_epoch=e&tl_after=18446744073709551616".to_owned(), 400),
        ("tl_wait=9007199254740992".to_owned(), 400),
        ("tl_wait=0".to_owned() + &"&tl_wait=0".repeat(5_000), 400),
        (format!("tl_wait=0&tl_{}=1", "x".repeat(60_000)), 400),
        // What is the application's is none of the server's business.
        (format!("tl_wait=0{many}"), 200),
        (format!("tl_wait=0&token={}", "t".repeat(60_000)), 200),
    ] {
        let (found, body) = server.bytes("GET", &format!("/channel/a?{query}"), "", b"").await;
        assert_eq!(found, status, "{query:.60}");
        assert!(body.len() < 1_000, "no answer repeats what it was sent");
    }
    for id in ["e:18446744073709551616", "e:9007199254740992", ":", "\u{7f}"] {
        let header = format!("Last-Event-ID: {id}\r\n");
        assert_eq!(server.bytes("GET", "/channel/a?tl_wait=0", &header, b"").await.0, 400, "{id}");
    }
}

#[tokio::test]
async fn what_a_client_forges_is_refused_and_nothing_is_published() {
    let server = Running::start().await;
    // Acknowledgements and other words of the server's.
    for frame in ["a0:", "a1:", "a9007199254740991:", "b1:", "h1:epoch=e", "m1:forged", "x1000:", "x4401:"] {
        assert_eq!(told(&server, &beginning(SESSION), frame).await, 4400, "{frame}");
    }
    // Numbers that were not reached, or that there are not.
    for (frame, code) in [
        ("s2:x", 4409),
        ("s9007199254740991:x", 4409),
        ("s0:x", 4400),
        ("s9007199254740992:x", 4400),
        ("s18446744073709551617:x", 4400),
        ("s-1:x", 4400),
        ("s01:x", 4400),
    ] {
        assert_eq!(told(&server, &beginning(SESSION), frame).await, code, "{frame}");
        let record = format!("t{}:{frame}", frame.len());
        let status = if code == 4409 { 409 } else { 400 };
        assert_eq!(
            server.records("a", &format!("?tl_session={SESSION}"), record.as_bytes()).await.0,
            status,
            "{frame}"
        );
    }
    // A place that the channel has not reached, and a session that nobody has begun, or that is another channel's.
    let epoch = server.json("/channel/a/dev").await["epoch"].as_str().unwrap().to_owned();
    for after in [1, 9_007_199_254_740_991] {
        let asked = place(&epoch, after);
        assert_eq!(server.bytes("GET", &format!("/channel/a?{asked}&tl_wait=0"), "", b"").await.0, 400);
    }
    for session in ["session-of-nobody", SESSION] {
        let query = format!("?tl_session={session}");
        let mut client = server.channel("b", &query).await;
        assert_eq!(hello(&next_text(&mut client).await).session, Known::New);
        client.send(Message::text("s1:x")).await.unwrap();
        assert!(next_text(&mut client).await.starts_with("x4409:"));
        assert_eq!(server.records("b", &query, b"t4:s1:x").await.0, 409);
    }
    for channel in ["a", "b"] {
        assert_eq!(server.json(&format!("/channel/{channel}/dev")).await["offset"], 0, "{channel}");
    }
}

#[tokio::test]
async fn sessions_and_channels_are_bounded_and_those_that_there_are_go_on() {
    let memory = MemoryLimits { sessions: 8, channels: 8, ..MemoryLimits::default() };
    let server = with(Settings { memory, ..Settings::default() }).await;
    server.begin("a", SESSION).await;
    let mut refused = 0;
    for number in 0..20 {
        let target = format!("/channel/a{}&tl_wait=0", beginning(&format!("session-of-a-flood-{number}")));
        let (status, _) = server.bytes("GET", &target, "", b"").await;
        assert!(matches!(status, 200 | 503), "{status}");
        refused += usize::from(status == 503);
    }
    assert_eq!(refused, 13);
    assert_eq!(server.records("a", &format!("?tl_session={SESSION}"), b"t4:s1:a").await.0, 200);
    let mut watching = Vec::new();
    for number in 0..20 {
        let mut client = server.channel(&format!("flood-{number}"), "").await;
        let first = next_text(&mut client).await;
        assert!(first.starts_with("h1:") || first.starts_with("x1013:"), "{first}");
        watching.push(client);
    }
    server.command("/channel/a/dev/publish?text=on").await;
    assert_eq!(server.json("/channel/a/dev").await["offset"], 2);
}

#[tokio::test]
async fn bodies_without_end_are_cut_off_and_do_not_add_up() {
    let limits = Limits { body: 50_000, bodies: 100_000, body_time: Duration::from_millis(400), ..Limits::default() };
    let server = with(Settings { limits, ..Settings::default() }).await;
    server.begin("a", SESSION).await;
    let head = format!(
        "POST /channel/a?tl_session={SESSION} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {CONTENT_TYPE}\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    let chunk = |size: usize| format!("{size:x}\r\n{}\r\n", "x".repeat(size));
    let mut endless = Vec::new();
    for size in [10_000, 30_000, 60_000] {
        for _ in 0..10 {
            let mut raw = server.send(&head).await;
            raw.write(chunk(size).as_bytes()).await;
            endless.push(raw);
        }
    }
    let mut refused = 0;
    for mut raw in endless {
        let answer = raw.head().await;
        assert!(["413", "503", "400"].iter().any(|status| answer[9..].starts_with(status)), "{answer}");
        refused += usize::from(answer[9..].starts_with("503"));
    }
    assert!(refused >= 10, "{refused}");
    // One that ends within a chunk, and chunks that are none.
    for body in ["10\r\nabc", "zz\r\nabc\r\n", "-1\r\n", "ffffffffffffffffff\r\nx\r\n"] {
        let mut raw = server.send(&format!("{head}{body}")).await;
        tokio::io::AsyncWriteExt::shutdown(&mut raw.stream).await.unwrap();
        let (bytes, _) = raw.rest().await;
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            text.is_empty() || text.starts_with("HTTP/1.1 4") || text.starts_with("HTTP/1.1 503"),
            "{body:?}: {text}"
        );
    }
    assert_eq!(server.records("a", &format!("?tl_session={SESSION}"), b"t4:s1:a").await.0, 200);
}
