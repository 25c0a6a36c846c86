//! `/lab`: what is published arrives by every lane, and is counted to the byte.

mod support;

use std::time::Instant;

use futures_util::StreamExt as _;
use serde_json::Value;
use support::channel::hello;
use support::lab::{Run, lane};
use support::{next_text, within};
use tokio::io::AsyncReadExt as _;

/// The number and the time of a message, from its payload.
fn parse(payload: &str) -> (u64, f64) {
    let mut words = payload.split(' ');
    (words.next().unwrap().parse().unwrap(), words.next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn every_lane_brings_the_same_messages_as_many_as_were_published() {
    let run = Run::start("rate=200&count=20&size=64").await;
    let mut socket = run.socket().await;
    let greeting = hello(&next_text(&mut socket).await);
    let (_, mut events) = run.ask("event-stream", &run.target(), "Accept: text/event-stream\r\n").await;
    run.until(|state| lane(state, "event-stream")["requests"] == 1).await;
    run.command("go").await;
    for number in 1..=20u64 {
        let frame = next_text(&mut socket).await;
        let payload = frame.strip_prefix(&format!("m{number}:")).unwrap();
        assert_eq!((payload.len(), parse(payload).0), (64, number));
    }
    let state = run.until(|state| state["published"] == 20).await;
    assert_eq!(state["stage"], "going", "it is to be watched for as long as was asked");
    assert_eq!((&state["history"]["messages"], &state["history"]["bytes"]), (&20.into(), &1_280.into()));
    let mut streamed = String::new();
    while !streamed.contains("m20:20 ") {
        let mut chunk = vec![0; 4_096];
        let read = within(events.read(&mut chunk)).await.unwrap();
        streamed.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
    }
    assert!((1..=20).all(|number| streamed.contains(&format!("m{number}:{number} "))), "{streamed}");
    let place = format!("tl_epoch={}&tl_after=0", greeting.epoch);
    for technique in ["polling-rate", "polling-delay", "long-polling"] {
        let answer = run.poll(technique, &format!("?tl_wait=0&{place}")).await;
        for number in 1..=20 {
            assert!(answer.contains(&format!(":m{number}:{number} ")), "{technique}: {number}");
        }
    }
}

#[tokio::test]
async fn a_websocket_message_costs_its_frames_and_nothing_else() {
    let run = Run::start("rate=100&count=12&size=100").await;
    let mut socket = run.socket().await;
    next_text(&mut socket).await;
    let before = run.state().await;
    run.command("go").await;
    for _ in 0..12 {
        next_text(&mut socket).await;
    }
    let after = run.state().await;
    let bytes = |state: &Value, key: &str| lane(state, "websocket")[key].as_u64().unwrap();
    // Two bytes of WebSocket's frame; letter, digits and colon of the channel's.
    let expected: u64 = (1..=12u64).map(|number| 2 + 2 + number.to_string().len() as u64 + 100).sum();
    assert_eq!(bytes(&after, "bytes_down") - bytes(&before, "bytes_down"), expected);
    assert_eq!(bytes(&after, "bytes_up"), bytes(&before, "bytes_up"));
    assert_eq!((bytes(&after, "requests"), bytes(&after, "most_open")), (1, 1));
}

#[tokio::test]
async fn a_message_bears_the_time_of_the_runs_clock_and_comes_a_delay_later() {
    let run = Run::start("rate=20&count=5&delay_ms=120&technique=websocket").await;
    let mut socket = run.socket().await;
    next_text(&mut socket).await;
    // The server's clock is read at some time within this.
    let asked = Instant::now();
    let there = run.server.json(&format!("{}/clock", run.path())).await["now_ms"].as_f64().unwrap();
    let took_ms = asked.elapsed().as_secs_f64() * 1_000.0;
    run.command("go").await;
    for _ in 0..5 {
        let frame = next_text(&mut socket).await;
        let now_ms = there + asked.elapsed().as_secs_f64() * 1_000.0;
        let (_, published_ms) = parse(frame.split_once(':').unwrap().1);
        let latency = now_ms - published_ms;
        // The upper bound leaves a busy machine its time.
        assert!(latency >= 119.0 && latency < 400.0 + took_ms, "{latency}");
    }
}

#[tokio::test]
async fn a_burst_is_published_at_once_and_the_rate_is_kept() {
    let run = Run::start("rate=100&burst=10&count=20&technique=websocket").await;
    let mut socket = run.socket().await;
    next_text(&mut socket).await;
    run.command("go").await;
    let mut times = Vec::new();
    for _ in 0..20 {
        times.push(parse(next_text(&mut socket).await.split_once(':').unwrap().1).1);
    }
    let pause = times[10] - times[9];
    assert!(pause > 50.0 && times[9] - times[0] < pause && times[19] - times[10] < pause, "{times:?}");
}

#[tokio::test]
async fn an_idle_run_publishes_nothing_and_ends_in_time() {
    let run = Run::start("rate=0&seconds=1").await;
    run.command("go").await;
    let state = run.until(|state| state["stage"] == "done").await;
    assert_eq!((&state["published"], &state["history"]["messages"]), (&0.into(), &0.into()));
    assert!(state["now_ms"].as_f64().unwrap() >= 1_000.0);
    // As a test runs on Linux, the process's memory is known.
    assert!(state["resident"].as_u64().is_none_or(|bytes| bytes > 1_000_000));
}

#[tokio::test]
async fn a_lost_history_is_another_epoch_for_all_lanes() {
    let run = Run::start("rate=100&count=5").await;
    let mut socket = run.socket().await;
    let greeting = hello(&next_text(&mut socket).await);
    run.command("go").await;
    for _ in 0..5 {
        next_text(&mut socket).await;
    }
    run.command("lose-history").await;
    let place = format!("tl_epoch={}&tl_after=5", greeting.epoch);
    let answer = run.poll("polling-delay", &format!("?tl_wait=0&{place}")).await;
    let (_, frame) = answer.split_once(':').unwrap();
    assert_ne!(hello(frame).epoch, greeting.epoch);
    assert_eq!(run.state().await["history"]["messages"], 0);
}

#[tokio::test]
async fn nothing_is_published_before_it_is_told_to_nor_twice() {
    let run = Run::start("rate=200&count=3").await;
    assert_eq!(run.state().await["stage"], "ready");
    run.command("go").await;
    run.command("go").await;
    run.until(|state| state["published"] == 3).await;
    let mut socket = run.socket().await;
    assert_eq!(hello(&next_text(&mut socket).await).offset, 3);
    run.command("end").await;
    assert!(!matches!(within(socket.next()).await, Some(Ok(message)) if message.is_text()));
}
