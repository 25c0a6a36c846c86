//! `/flood`.

mod support;

use futures_util::SinkExt as _;
use support::{Running, closed, next, next_text};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread")]
async fn all_messages_arrive_in_order_then_the_server_closes() {
    let server = Running::start().await;
    let target = "/flood?count=5000&size=32&kind=mixed";
    let mut client = server.open(target).await;
    for number in 0u32..5_000 {
        let message = next(&mut client).await;
        assert_eq!(message.len(), 32);
        if number % 2 == 0 {
            let start = format!("{number} x");
            assert!(message.into_text().unwrap().starts_with(&start));
        } else {
            assert_eq!(message, Message::binary(number.to_le_bytes().repeat(8).to_vec()));
        }
    }
    assert_eq!(closed(&mut client).await, Some((1000, "flood done".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_close_it_echoes_afterwards() {
    let server = Running::start().await;
    let mut client = server.open("/flood?count=3&size=4&kind=text&close=no").await;
    for number in 0..3 {
        assert_eq!(next_text(&mut client).await, format!("{number} xx"));
    }
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_messages_and_none_at_all_are_floods_too() {
    let server = Running::start().await;
    let mut client = server.open("/flood?count=2&size=4194304&kind=binary").await;
    for _ in 0..2 {
        assert_eq!(next(&mut client).await.len(), 4 << 20);
    }
    closed(&mut client).await.unwrap();
    let mut client = server.open("/flood?count=0").await;
    closed(&mut client).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_closes_in_the_middle_is_let_go() {
    let server = Running::start().await;
    let mut client = server.open("/flood?count=1000000&size=1000").await;
    next(&mut client).await;
    client.close(None).await.unwrap();
    // Far less than a gigabyte later the server has ended the connection.
    let mut messages = 0u32;
    while let Some(Ok(message)) = support::within(futures_util::StreamExt::next(&mut client)).await {
        messages += u32::from(!message.is_close());
    }
    assert!(messages < 500_000, "{messages}");
}

#[tokio::test]
async fn a_sink_says_how_many_messages_it_has_read() {
    let server = Running::start().await;
    let mut client = server.open("/sink?every=2").await;
    for read in ["2", "4"] {
        client.send(Message::Text("a".into())).await.unwrap();
        client.send(Message::Binary(vec![1].into())).await.unwrap();
        assert_eq!(next_text(&mut client).await, read);
    }
}
