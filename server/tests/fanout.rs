//! `/fanout`.

mod support;

use futures_util::{SinkExt as _, StreamExt as _};
use support::{Running, closed, next, next_text, refused, within};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn what_a_member_says_goes_to_all_others_of_its_group_in_order() {
    let server = Running::start().await;
    let [mut first, mut second, mut third] =
        [server.open("/fanout?group=a").await, server.open("/fanout?group=a").await, server.open("/fanout").await];
    let mut fourth = server.open("/fanout?group=all").await;
    first.send(Message::text("1")).await.unwrap();
    first.send(Message::binary(vec![2])).await.unwrap();
    assert_eq!(next_text(&mut second).await, "1");
    assert_eq!(next(&mut second).await, Message::binary(vec![2]));
    // What comes first is not what the member said itself, nor what another group did.
    third.send(Message::text("3")).await.unwrap();
    assert_eq!(next_text(&mut fourth).await, "3");
    second.send(Message::text("4")).await.unwrap();
    assert_eq!(next_text(&mut first).await, "4");
    fourth.send(Message::text("5")).await.unwrap();
    assert_eq!(next_text(&mut third).await, "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_reaches_every_member_whole() {
    let server = Running::start().await;
    let mut members = Vec::new();
    for _ in 0..20 {
        members.push(server.open("/fanout").await);
    }
    let mut publisher = server.open("/fanout").await;
    for number in 0..1_000 {
        publisher.feed(Message::text(number.to_string())).await.unwrap();
    }
    publisher.flush().await.unwrap();
    for member in &mut members {
        for number in 0..1_000 {
            assert_eq!(next_text(member).await, number.to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_falls_behind_is_closed_with_1013_and_the_others_miss_nothing() {
    let server = Running::start().await;
    let mut slow = server.open("/fanout").await;
    let mut quick = server.open("/fanout").await;
    let mut publisher = server.open("/fanout").await;
    // More than the system's buffers and the group's queue hold together.
    let text = "x".repeat(16 * 1024);
    for _ in 0..2_000 {
        publisher.send(Message::text(&*text)).await.unwrap();
        assert_eq!(next(&mut quick).await.len(), text.len());
    }
    loop {
        match within(slow.next()).await {
            Some(Ok(Message::Text(_))) => {}
            Some(Ok(Message::Close(Some(frame)))) => {
                assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1013, "too slow"));
                break;
            }
            other => panic!("not a close frame: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_message_of_64_kib_is_passed_on_and_a_longer_one_is_refused_with_1009() {
    let server = Running::start().await;
    let mut publisher = server.open("/fanout").await;
    let mut member = server.open("/fanout").await;
    publisher.send(Message::binary(vec![7; 64 * 1024])).await.unwrap();
    assert_eq!(next(&mut member).await.len(), 64 * 1024);
    publisher.send(Message::binary(vec![7; 64 * 1024 + 1])).await.unwrap();
    assert_eq!(closed(&mut publisher).await.unwrap().0, 1009);
}

#[tokio::test]
async fn a_group_has_a_name_and_there_are_64_at_once() {
    let server = Running::start().await;
    for query in ["group=", "group=a%20b", "group=a&group=b", "room=a"] {
        assert_eq!(refused(server.try_open(&format!("/fanout?{query}")).await), 400, "{query}");
    }
    let mut members = Vec::new();
    for number in 0..64 {
        members.push(server.open(&format!("/fanout?group={number}")).await);
    }
    assert_eq!(refused(server.try_open("/fanout?group=one-more").await), 503);
}

#[tokio::test]
async fn a_stopping_server_closes_members_with_1001() {
    let server = Running::start().await;
    let mut member = server.open("/fanout").await;
    let stop = tokio::spawn(server.stop());
    assert_eq!(closed(&mut member).await.unwrap().0, 1001);
    stop.await.unwrap();
}
