//! The endpoints that misbehave.

mod support;

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use support::{ACCEPT, Ended, Raw, Running, closed, masked, next_text, refused, within};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};

/// Opens by hand and reads the head of the answer.
async fn open(server: &Running, target: &str) -> Raw {
    let mut raw = server.handshake(target, "").await;
    let head = raw.head().await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    raw
}

#[tokio::test]
async fn close_sends_any_code_and_reason() {
    let server = Running::start().await;
    for code in [0u16, 999, 1000, 1004, 1005, 1006, 1015, 4999, 5000, 65535] {
        let mut raw = open(&server, &format!("/close?code={code}&reason=%E8%AF%AD")).await;
        let mut frame = vec![0x88, 5];
        frame.extend(code.to_be_bytes());
        frame.extend("语".bytes());
        assert_eq!(raw.read(7).await, frame);
        raw.write(&masked(8, &code.to_be_bytes())).await;
        assert_eq!(raw.rest().await, (vec![], Ended::Fin));
    }
    let mut raw = open(&server, "/close?code=none").await;
    assert_eq!(raw.read(2).await, [0x88, 0]);
}

#[tokio::test]
async fn close_ends_the_connection_even_if_the_client_never_answers() {
    let server = Running::start().await;
    let mut raw = open(&server, "/close?code=1000").await;
    assert_eq!(raw.rest().await, (vec![0x88, 2, 0x03, 0xe8], Ended::Fin));
}

#[tokio::test]
async fn close_waits_as_long_as_asked_unless_the_client_closes_first() {
    let server = Running::start().await;
    let start = Instant::now();
    let mut client = server.open("/close?code=3001&reason=r&after_ms=150").await;
    assert_eq!(closed(&mut client).await, Some((3001, "r".to_owned())));
    assert!(start.elapsed() >= Duration::from_millis(150));
    let mut client = server.open("/close?code=3001&after_ms=60000").await;
    client.close(None).await.unwrap();
    assert_eq!(closed(&mut client).await, Some((3001, String::new())));
}

#[tokio::test]
async fn abort_ends_the_connection_without_a_close_frame() {
    let server = Running::start().await;
    let mut raw = open(&server, "/abort").await;
    assert_eq!(raw.rest().await, (vec![], Ended::Fin));
    let start = Instant::now();
    let mut raw = open(&server, "/abort?how=reset&after_ms=100").await;
    assert_eq!(raw.rest().await, (vec![], Ended::Reset));
    assert!(start.elapsed() >= Duration::from_millis(100));
    let mut client = server.open("/abort?how=fin").await;
    let error = within(client.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)));
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_read_lets_bytes_pile_up_and_counts_them() {
    let server = Running::start().await;
    let start = Instant::now();
    let target = "/slow-read?pause_ms=200&rate=8388608";
    let mut client = server.open(target).await;
    let message = Message::binary(vec![0; 1 << 20]);
    for _ in 0..4 {
        within(client.send(message.clone())).await.unwrap();
    }
    within(client.send(Message::text("four"))).await.unwrap();
    client.close(None).await.unwrap();
    let close = closed(&mut client).await;
    let reason = "received 5 messages, 4194308 bytes".to_owned();
    assert_eq!(close, Some((1000, reason)));
    // 4 MiB at 8 MiB a second, after the pause.
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(600), "{took:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn slow_handshake_answers_late_and_then_echoes() {
    let server = Running::start().await;
    let start = Instant::now();
    let mut client = server.open("/slow-handshake?ms=150").await;
    assert!(start.elapsed() >= Duration::from_millis(150));
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "hello");
}

#[tokio::test]
async fn hang_does_not_answer_and_lets_go_when_the_client_does() {
    let server = Running::start().await;
    let mut feed = server.open("/wire/hang").await;
    let raw = server.handshake("/hang?wire=hang", "").await;
    assert!(next_text(&mut feed).await.contains("\"request\""));
    drop(raw);
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|kind| kind != "over") {
        let record: serde_json::Value = serde_json::from_str(&next_text(&mut feed).await).unwrap();
        kinds.push(record["kind"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ["end", "end", "over"], "no response among them");
}

#[tokio::test]
async fn refuse_answers_any_status() {
    let server = Running::start().await;
    for status in [200, 204, 299, 301, 304, 400, 401, 403, 404, 429, 500, 503, 599] {
        let target = format!("/refuse?status={status}");
        assert_eq!(refused(server.try_open(&target).await), status);
        let (head, _) = server.get(&target).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert_eq!(head.contains("\r\nlocation: /echo\r\n"), status / 100 == 3);
    }
}

#[tokio::test]
async fn the_accept_value_can_be_wrong_or_missing() {
    let server = Running::start().await;
    let head = server.handshake("/bad-accept", "").await.head().await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("sec-websocket-accept: "), "{head}");
    assert!(!head.contains(ACCEPT), "{head}");
    let head = server.handshake("/no-accept", "").await.head().await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(!head.contains("sec-websocket-accept"), "{head}");
    for target in ["/bad-accept", "/no-accept"] {
        let error = server.try_open(target).await.unwrap_err();
        assert!(matches!(error, Error::Protocol(ProtocolError::SecWebSocketAcceptKeyMismatch)));
    }
}

#[tokio::test]
async fn raw_writes_the_bytes_as_they_are() {
    let server = Running::start().await;
    let mut raw = open(&server, "/raw?hex=81+02+c3%2028&then=fin").await;
    let bytes = vec![0x81, 2, 0xc3, 0x28];
    assert_eq!(raw.rest().await, (bytes.clone(), Ended::Fin));

    let mut raw = open(&server, "/raw?hex=8102c328&then=close").await;
    assert_eq!(raw.read(8).await[4..], [0x88, 2, 0x03, 0xe8]);
    raw.write(&masked(8, b"")).await;
    assert_eq!(raw.rest().await, (vec![], Ended::Fin));

    let mut raw = open(&server, "/raw?then=reset").await;
    assert_eq!(raw.rest().await, (vec![], Ended::Reset));

    let mut raw = open(&server, "/raw?hex=8102c328").await;
    assert_eq!(raw.read(4).await, bytes);
    raw.stream.shutdown().await.unwrap();
    assert_eq!(raw.rest().await, (vec![], Ended::Fin));

    let mut raw = open(&server, "/raw?hex=8102c328").await;
    raw.write(&masked(8, b"")).await;
    assert_eq!(raw.rest().await, (bytes, Ended::Fin), "no close frame");

    let mut client = server.open("/raw?hex=010161800162&then=control").await;
    assert_eq!(next_text(&mut client).await, "ab");
    client.send(Message::text("text more")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "more");
    client.close(None).await.unwrap();
    assert_eq!(closed(&mut client).await, None);

    let hex = "00".repeat(32_000);
    let mut raw = open(&server, &format!("/raw?hex={hex}&then=fin")).await;
    assert_eq!(raw.rest().await, (vec![0; 32_000], Ended::Fin));
}

#[tokio::test]
async fn raw_answers_with_the_headers_asked_for() {
    let server = Running::start().await;
    let target = "/raw?extensions=permessage-deflate;%20x&protocol=odd";
    let head = server.handshake(target, "").await.head().await;
    assert!(head.contains("\r\nsec-websocket-extensions: permessage-deflate; x\r\n"), "{head}");
    assert!(head.contains("\r\nsec-websocket-protocol: odd\r\n"), "{head}");
    let lower = head.to_ascii_lowercase();
    assert!(lower.contains(&ACCEPT.to_ascii_lowercase()), "{head}");
}
