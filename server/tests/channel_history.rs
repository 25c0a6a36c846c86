//! What a channel keeps, and what a client is told when it is gone.

mod support;

use std::time::Duration;

use support::channel::{SESSION, hello, place};
use support::{Running, closed, next_text};
use tautline::channel::wire::{Known, Missed};
use tautline_server::Config;
use tautline_server::channel::{MemoryLimits, Settings};

async fn with(memory: MemoryLimits) -> Running {
    let channel = Settings { memory, ..Settings::default() };
    Running::with(Config { channel, ..Config::default() }).await
}

async fn epoch(server: &Running, name: &str) -> String {
    server.json(&format!("/channel/{name}/dev")).await["epoch"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_the_history_has_not_is_named_over_each_transport() {
    let server = with(MemoryLimits { history_messages: 3, ..MemoryLimits::default() }).await;
    server.command("/channel/a/dev/publish?count=10").await;
    let asked = place(&epoch(&server, "a").await, 4);
    let mut client = server.channel("a", &format!("?{asked}")).await;
    let mut stream = server.events("a", &format!("?{asked}"), "").await;
    let polled = server.poll("a", &format!("?{asked}&tl_wait=0")).await.unwrap();
    let hellos = [hello(&next_text(&mut client).await), stream.frames(1).await.hello(), polled.hello()];
    for hello in hellos {
        assert_eq!((hello.missed, hello.after, hello.offset), (Some(Missed { from: 5, to: 7 }), 7, 10));
    }
    assert_eq!(polled.messages().len(), 3);
    assert!(next_text(&mut client).await.starts_with("m8:8:"));
}

#[tokio::test]
async fn bytes_and_age_bound_a_history_too() {
    let server = with(MemoryLimits { history_bytes: 100, ..MemoryLimits::default() }).await;
    server.command("/channel/a/dev/publish?count=10&size=40").await;
    let state = server.json("/channel/a/dev").await;
    assert_eq!((&state["history"]["messages"], &state["history"]["bytes"]), (&2.into(), &80.into()));
    let server = with(MemoryLimits { history_age: Duration::ZERO, ..MemoryLimits::default() }).await;
    server.command("/channel/a/dev/publish?count=10").await;
    let state = server.json("/channel/a/dev").await;
    assert_eq!((&state["history"]["first"], &state["offset"]), (&11.into(), &10.into()));
    let missed = server.poll("a", &format!("?{}&tl_wait=0", place(&epoch(&server, "a").await, 2))).await.unwrap();
    assert_eq!(missed.hello().missed, Some(Missed { from: 3, to: 10 }));
}

#[tokio::test]
async fn a_channel_that_begins_anew_ends_its_connections_and_its_next_hello_says_so() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=3").await;
    let old = epoch(&server, "a").await;
    let mut client = server.channel("a", "").await;
    next_text(&mut client).await;
    let mut stream = server.events("a", "", "").await;
    stream.frames(1).await;
    let target = format!("?{}&tl_wait=60000", place(&old, 3));
    let lose = async {
        server.json("/channel/a/dev/wait?poll=1").await;
        server.command("/channel/a/dev/lose").await;
    };
    let (held, ()) = tokio::join!(server.poll("a", &target), lose);
    let told = held.unwrap().hello();
    assert_ne!(told.epoch, old);
    assert_eq!((told.offset, told.after, told.missed), (0, 0, None));
    assert_eq!(next_text(&mut client).await, "x1012:the channel begins anew");
    assert_eq!(closed(&mut client).await.unwrap().0, 1012);
    assert_eq!(stream.frames(1).await.texts(), ["x1012:the channel begins anew"]);
    assert!(stream.event().await.is_none());
    server.command("/channel/a/dev/publish?text=new").await;
    let mut client = server.channel("a", &format!("?{}", place(&old, 3))).await;
    let greeted = hello(&next_text(&mut client).await);
    assert_eq!((greeted.epoch, greeted.after, greeted.missed), (told.epoch, 0, None));
    assert_eq!(next_text(&mut client).await, "m1:new");
}

#[tokio::test]
async fn a_trimmed_history_is_missed_and_the_offsets_go_on() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=3").await;
    let asked = place(&epoch(&server, "a").await, 1);
    server.command("/channel/a/dev/lose?what=trim").await;
    server.command("/channel/a/dev/publish?text=4").await;
    let polled = server.poll("a", &format!("?{asked}&tl_wait=0")).await.unwrap();
    assert_eq!(polled.hello().missed, Some(Missed { from: 2, to: 3 }));
    assert_eq!(polled.messages()[0].to_text().unwrap(), "m4:4");
}

#[tokio::test]
async fn a_place_ahead_of_the_channel_is_refused() {
    let server = Running::start().await;
    let asked = place(&epoch(&server, "a").await, 1);
    let (status, body) = server.bytes("GET", &format!("/channel/a?{asked}&tl_wait=0"), "", b"").await;
    assert_eq!((status, body), (400, b"t38:x4400:tl_after is ahead of the channel".to_vec()));
}

#[tokio::test]
async fn a_forgotten_session_is_new_for_the_next_poll_and_a_gap_for_the_next_message() {
    let server = Running::start().await;
    let asked = format!("?tl_session={SESSION}");
    let (status, _) = server.records("a", &asked, b"t4:s1:at4:s2:b").await;
    assert_eq!(status, 200);
    let poll = format!("{asked}&{}&tl_wait=0", place(&epoch(&server, "a").await, 2));
    assert!(server.poll("a", &poll).await.is_none(), "it is known, and there is nothing new");
    server.command("/channel/a/dev/forget").await;
    let (status, frames) = server.records("a", &asked, b"t4:s3:c").await;
    assert_eq!((status, frames.texts()[0].as_str()), (409, "a0:"));
    assert_eq!(server.poll("a", &poll).await.unwrap().hello().session, Known::New);
    assert!(server.poll("a", &poll).await.is_none());
    assert_eq!(server.json("/channel/a/dev").await["offset"], 2);
}

#[tokio::test]
async fn what_does_not_fit_an_answer_comes_with_the_next() {
    let server = Running::start().await;
    server.command("/channel/a/dev/publish?count=3&size=500000").await;
    let epoch = epoch(&server, "a").await;
    let first = server.poll("a", &format!("?{}&tl_wait=0", place(&epoch, 0))).await.unwrap();
    assert_eq!((first.messages().len(), first.hello().offset), (2, 3));
    let second = server.poll("a", &format!("?{}&tl_wait=60000", place(&epoch, 2))).await.unwrap();
    assert_eq!((second.messages().len(), second.hello().after), (1, 2));
}
