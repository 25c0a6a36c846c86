//! `/control`.

mod support;

use futures_util::{SinkExt as _, StreamExt as _};
use support::{Client, Ended, Running, closed, masked, next, next_text, within};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;

async fn command(server: &Running, text: &str) -> Client {
    let mut client = server.open("/control").await;
    client.send(Message::text(text)).await.unwrap();
    client
}

#[tokio::test]
async fn close_sends_the_code_and_reason_given() {
    let server = Running::start().await;
    let mut client = command(&server, "close 3456 so long").await;
    assert_eq!(closed(&mut client).await, Some((3456, "so long".to_owned())));
    let mut client = command(&server, "close").await;
    assert_eq!(closed(&mut client).await, None);
    // Codes that may not be sent are sent too.
    let mut raw = server.handshake("/control", "").await;
    raw.head().await;
    raw.write(&masked(1, b"close 1006")).await;
    assert_eq!(raw.read(4).await, [0x88, 2, 0x03, 0xee]);
}

#[tokio::test]
async fn abort_ends_the_connection() {
    let server = Running::start().await;
    for (text, ended) in [("abort fin", Ended::Fin), ("abort reset", Ended::Reset)] {
        let mut raw = server.handshake("/control", "").await;
        raw.head().await;
        raw.write(&masked(1, text.as_bytes())).await;
        assert_eq!(raw.rest().await, (vec![], ended), "{text}");
    }
}

#[tokio::test]
async fn messages_are_sent_on_command() {
    let server = Running::start().await;
    let mut client = command(&server, "text close 1000").await;
    assert_eq!(next_text(&mut client).await, "close 1000");
    client.send(Message::text("binary 00 ff")).await.unwrap();
    assert_eq!(next(&mut client).await, Message::binary(vec![0, 255]));
    client.send(Message::text("ping 70")).await.unwrap();
    assert_eq!(next(&mut client).await, Message::Ping(vec![0x70].into()));
    client.send(Message::text("raw 8102 6869")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "hi");
    client.send(Message::text("blank 10000")).await.unwrap();
    for _ in 0..10_000 {
        assert_eq!(next_text(&mut client).await, "");
    }
    client.send(Message::text("close 65536")).await.unwrap();
    assert!(next_text(&mut client).await.starts_with("error: close"));
}

#[tokio::test]
async fn everything_else_is_echoed() {
    let server = Running::start().await;
    let mut client = command(&server, "hello").await;
    assert_eq!(next_text(&mut client).await, "hello");
    let long = Message::text("语".repeat(50_000));
    client.send(long.clone()).await.unwrap();
    assert_eq!(next(&mut client).await, long);
    client.send(Message::binary(b"close".to_vec())).await.unwrap();
    assert_eq!(next(&mut client).await, Message::binary(b"close".to_vec()));
    client.send(Message::Ping(vec![1].into())).await.unwrap();
    assert_eq!(next(&mut client).await, Message::Pong(vec![1].into()));
}

#[tokio::test]
async fn fragments_are_put_together_around_control_frames() {
    let server = Running::start().await;
    let mut raw = server.handshake("/control", "").await;
    raw.head().await;
    let mut first = masked(1, b"text on");
    first[0] &= 0x7f;
    raw.write(&first).await;
    raw.write(&masked(9, b"p")).await;
    assert_eq!(raw.read(3).await, [0x8a, 1, b'p']);
    raw.write(&masked(0, b"e")).await;
    assert_eq!(raw.read(5).await, [0x81, 3, b'o', b'n', b'e']);
}

#[tokio::test]
async fn the_clients_close_is_answered() {
    let server = Running::start().await;
    let mut client = server.open("/control").await;
    client.close(None).await.unwrap();
    assert_eq!(closed(&mut client).await, None);
}

#[tokio::test]
async fn invalid_utf_8_is_answered_with_1007() {
    let server = Running::start().await;
    let mut raw = server.handshake("/control", "").await;
    raw.head().await;
    raw.write(&masked(1, &[0xff])).await;
    assert_eq!(raw.read(4).await, [0x88, 2, 0x03, 0xef]);
}

#[tokio::test]
async fn silent_answers_nothing_and_ends_with_the_connection() {
    let server = Running::start().await;
    let mut raw = server.handshake("/control", "").await;
    raw.head().await;
    raw.write(&masked(1, b"silent")).await;
    raw.write(&masked(1, b"hello")).await;
    raw.write(&masked(8, b"")).await;
    raw.stream.shutdown().await.unwrap();
    assert_eq!(raw.rest().await, (vec![], Ended::Fin));
}

#[tokio::test]
async fn a_stopping_server_closes_it_with_1001() {
    let server = Running::start().await;
    let mut client = command(&server, "hello").await;
    next_text(&mut client).await;
    let stop = tokio::spawn(server.stop());
    assert_eq!(closed(&mut client).await, Some((1001, String::new())));
    assert!(within(client.next()).await.is_none());
    stop.await.unwrap();
}
