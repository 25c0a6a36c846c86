//! `/ledger/{id}`.

mod support;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use support::{Client, Running, closed, next, next_text, within};
use tokio_tungstenite::tungstenite::Message;

async fn say(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.unwrap();
}

#[tokio::test]
async fn messages_are_written_down_in_order_and_sent_back() {
    let server = Running::start().await;
    let mut first = server.open("/ledger/a").await;
    let mut second = server.open("/ledger/a").await;
    for (client, text) in [(&mut first, "m 0"), (&mut second, "m 1")] {
        say(client, text).await;
        assert_eq!(next_text(client).await, text);
    }
    second.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(next(&mut second).await, Message::binary(vec![1]));
    say(&mut first, "m 2").await;
    let state = server.json("/ledger/a/wait?messages=3").await;
    assert_eq!(state["messages"], json!([[0, "m 0"], [1, "m 1"], [0, "m 2"]]));
    assert_eq!((&state["open"], &state["accepted"]), (&json!(2), &json!(2)));
    let other = server.json("/ledger/b").await;
    assert_eq!((&other["messages"], &other["accepted"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn a_connection_is_open_until_the_first_close_frame_or_its_end() {
    let server = Running::start().await;
    let mut client = server.open("/ledger/a").await;
    assert_eq!(server.json("/ledger/a").await["open"], 1, "as soon as the client is");
    client.close(None).await.unwrap();
    let state = server.json("/ledger/a/wait?closed=1").await;
    assert_eq!((&state["open"], &state["closed_by_client"]), (&json!(0), &json!(1)));
    drop(server.open("/ledger/a").await);
    server.json("/ledger/a/wait?closed=2&open=0").await;
    let mut client = server.open("/ledger/a?close_after=1").await;
    say(&mut client, "m 0").await;
    assert_eq!(next_text(&mut client).await, "m 0");
    let state = server.json("/ledger/a/wait?closed=3&open=0").await;
    assert_eq!((&state["closed_by_client"], &state["most_open"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn two_at_once_are_noticed() {
    let server = Running::start().await;
    let _both = [server.open("/ledger/a").await, server.open("/ledger/a").await];
    assert_eq!(server.json("/ledger/a/wait?most_open=2").await["most_open"], 2);
}

#[tokio::test]
async fn the_server_closes_after_so_many_messages_as_told() {
    let server = Running::start().await;
    let mut client = server.open("/ledger/a?close_after=2&code=1012&reason=so%20long").await;
    for text in ["m 0", "m 1", "m 2"] {
        say(&mut client, text).await;
    }
    assert_eq!(next_text(&mut client).await, "m 0");
    assert_eq!(next_text(&mut client).await, "m 1");
    assert_eq!(closed(&mut client).await, Some((1012, "so long".to_owned())));
    assert_eq!(server.json("/ledger/a").await["messages"], json!([[0, "m 0"], [0, "m 1"]]));
    for how in ["fin", "reset"] {
        let mut client = server.open(&format!("/ledger/{how}?close_after=1&how={how}")).await;
        say(&mut client, "m 0").await;
        // A reset may overtake what was sent before it.
        let rest = within(client.collect::<Vec<_>>()).await;
        assert!(rest.last().unwrap().is_err(), "{rest:?}");
        assert_eq!(server.json(&format!("/ledger/{how}")).await["messages"], json!([[0, "m 0"]]));
    }
}

#[tokio::test]
async fn pushes_are_counted_across_connections() {
    let server = Running::start().await;
    for from in [0, 3] {
        let mut client = server.open("/ledger/a?push_ms=5&close_after=1").await;
        for number in from..from + 3 {
            assert_eq!(next_text(&mut client).await, format!("p {number}"));
        }
        say(&mut client, "enough").await;
        let last = server.json("/ledger/a/wait?open=0").await["pushed"].as_u64().unwrap();
        if last != from + 3 {
            // This machine was slow: one more was sent before the message arrived.
            return;
        }
    }
}

#[tokio::test]
async fn a_ledger_takes_no_message_beyond_its_bytes() {
    let server = Running::start().await;
    let mut client = server.open("/ledger/a").await;
    let long = "x".repeat(9 * 1024 * 1024);
    say(&mut client, &long).await;
    assert_eq!(next_text(&mut client).await, long);
    say(&mut client, &long).await;
    assert_eq!(closed(&mut client).await, Some((1013, "the ledger is full".to_owned())));
    let state: Value = server.json("/ledger/a").await;
    assert_eq!(state["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_wait_that_takes_too_long_says_how_it_is() {
    let server = Running::start().await;
    let (head, body) = server.get("/ledger/a/wait?messages=1&ms=1").await;
    assert!(head.starts_with("HTTP/1.1 504 ") && body.contains("messages: 0"), "{head}{body}");
}

#[tokio::test]
async fn a_stopping_server_closes_it_with_1001() {
    let server = Running::start().await;
    let mut client = server.open("/ledger/a?push_ms=60000").await;
    let stop = tokio::spawn(server.stop());
    assert_eq!(closed(&mut client).await, Some((1001, "the server is stopping".to_owned())));
    stop.await.unwrap();
}
