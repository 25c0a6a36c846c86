//! `/welcome` and `/status`.

mod support;

use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use support::{Running, closed, next_text};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn the_right_token_is_welcomed_and_then_echoed() {
    let server = Running::start().await;
    for (target, token) in [("/welcome", "token secret"), ("/welcome?token=a%20b", "token a b")] {
        let mut client = server.open(target).await;
        for text in [token, "hello"] {
            client.send(Message::text(text)).await.unwrap();
        }
        assert_eq!(next_text(&mut client).await, "welcome");
        assert_eq!(next_text(&mut client).await, "hello");
    }
}

#[tokio::test]
async fn anything_else_is_closed_with_3000() {
    let server = Running::start().await;
    let messages = [Message::text("token other"), Message::text("hello"), Message::binary(b"token secret".to_vec())];
    for message in messages {
        let mut client = server.open("/welcome").await;
        client.send(message).await.unwrap();
        assert_eq!(closed(&mut client).await, Some((3000, "bad token".to_owned())));
    }
}

#[tokio::test]
async fn the_welcome_may_come_late_or_never() {
    let server = Running::start().await;
    let mut client = server.open("/welcome?delay_ms=50").await;
    let mut hanging = server.open("/welcome?hang=yes").await;
    let start = Instant::now();
    for client in [&mut client, &mut hanging] {
        client.send(Message::text("token secret")).await.unwrap();
    }
    assert_eq!(next_text(&mut client).await, "welcome");
    assert!(start.elapsed() >= Duration::from_millis(50));
    assert!(hanging.next().now_or_never().is_none());
    hanging.close(None).await.unwrap();
    assert_eq!(closed(&mut hanging).await, None);
}

#[tokio::test]
async fn a_stopping_server_closes_it_with_1001() {
    let server = Running::start().await;
    let mut client = server.open("/welcome").await;
    let stop = tokio::spawn(server.stop());
    assert_eq!(closed(&mut client).await, Some((1001, "the server is stopping".to_owned())));
    stop.await.unwrap();
}

#[tokio::test]
async fn a_status_is_answered_as_asked_for_any_origin() {
    let server = Running::start().await;
    for code in [200, 204, 401, 429, 503, 599] {
        let (head, _) = server.get(&format!("/status?code={code}")).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {code} ")), "{head}");
        assert!(head.contains("\r\naccess-control-allow-origin: *\r\n"), "{head}");
        assert!(!head.contains("retry-after"), "{head}");
    }
    let origin = "Origin: http://example.test\r\n";
    let (head, _) = server.request("GET", "/status?code=503&retry_after=7", origin).await;
    for line in [
        "retry-after: 7",
        "access-control-expose-headers: Retry-After",
        "access-control-allow-origin: http://example.test",
        "access-control-allow-credentials: true",
    ] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line}: {head}");
    }
}
