//! `/lab`: the runs, their lanes and what is counted.

mod support;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use support::lab::{Run, lane, start};
use support::{connect, next_text, refused, within};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn each_technique_has_a_port_of_its_own_until_the_run_ends() {
    let run = Run::start("").await;
    let ports: std::collections::BTreeSet<_> =
        run.first["lanes"].as_array().unwrap().iter().map(|lane| lane["port"].as_u64().unwrap()).collect();
    assert_eq!(ports.len(), 6);
    assert_eq!((&run.first["stage"], &run.first["published"]), (&"ready".into(), &0.into()));
    run.command("end").await;
    for port in ports {
        let refused = TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap())).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    assert!(run.server.get(&run.path()).await.0.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn runs_are_bounded_and_one_that_ends_makes_room() {
    let run = Run::start("technique=websocket").await;
    for _ in 1..16 {
        start(&run.server, "technique=websocket").await;
    }
    let (head, body) = run.server.post("/lab").await;
    assert!(head.starts_with("HTTP/1.1 503 ") && body.contains("16 runs"), "{head}{body}");
    run.command("end").await;
    start(&run.server, "").await;
    let (head, body) = run.server.post("/lab?rate=1000").await;
    assert!(head.starts_with("HTTP/1.1 400 ") && body.contains("0 to 200"), "{head}{body}");
    assert!(run.server.post("/lab/99/go").await.0.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn bytes_and_requests_of_a_lane_are_exactly_what_was_sent() {
    let run = Run::start("").await;
    let (request, answer) = run.get("long-polling", "/health").await;
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
    let state = run.until(|state| lane(state, "long-polling")["open"] == 0).await;
    let counted = lane(&state, "long-polling");
    assert_eq!(counted["bytes_up"], request.len());
    assert_eq!(counted["bytes_down"], answer.len());
    assert_eq!((&counted["requests"], &counted["accepted"]), (&1.into(), &1.into()));
    for other in ["polling-rate", "polling-delay", "event-stream", "websocket", "channel"] {
        let lane = lane(&state, other);
        assert_eq!((&lane["bytes_up"], &lane["requests"]), (&0.into(), &0.into()), "{other}");
    }
}

#[tokio::test]
async fn requests_are_counted_also_where_they_share_a_connection() {
    let run = Run::start("technique=polling-delay").await;
    let mut stream = TcpStream::connect(run.address("polling-delay")).await.unwrap();
    for number in 1..=5 {
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let state = run.until(|state| lane(state, "polling-delay")["requests"] == number).await;
        assert_eq!(lane(&state, "polling-delay")["accepted"], 1);
    }
}

#[tokio::test]
async fn the_delay_is_what_was_asked_each_way() {
    let run = Run::start("delay_ms=150&jitter_ms=50&technique=polling-rate").await;
    for _ in 0..3 {
        let begin = Instant::now();
        run.get("polling-rate", "/health").await;
        let took = begin.elapsed();
        // There and back. The upper bound leaves a busy machine its time.
        assert!(took >= Duration::from_millis(300) && took < Duration::from_millis(900), "{took:?}");
    }
    run.command("network").await;
    let begin = Instant::now();
    run.get("polling-rate", "/health").await;
    assert!(begin.elapsed() < Duration::from_millis(250), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn one_connection_stays_in_order_whatever_the_jitter() {
    let run = Run::start("jitter_ms=40&technique=websocket").await;
    let mut client = connect(&run.address("websocket"), "/echo").await.unwrap();
    for number in 0..50 {
        client.send(Message::text(number.to_string())).await.unwrap();
        tokio::task::yield_now().await;
    }
    for number in 0..50 {
        assert_eq!(next_text(&mut client).await, number.to_string());
    }
}

#[tokio::test]
async fn answers_of_two_connections_overtake_each_other_where_the_jitter_allows() {
    let run = Run::start("jitter_ms=100&technique=polling-rate").await;
    let mut overtaken = 0;
    for _ in 0..10 {
        let (first, second) = (run.get("polling-rate", "/health"), run.get("polling-rate", "/health"));
        tokio::pin!(first, second);
        // Biased: the first is asked first.
        let first_came = tokio::select! {
            biased;
            _ = &mut first => true,
            _ = &mut second => false,
        };
        overtaken += i32::from(!first_came);
        if first_came {
            second.await
        } else {
            first.await
        };
    }
    assert!(overtaken > 0, "ten pairs, and all in order");
}

#[tokio::test]
async fn a_blocked_lane_refuses_handshakes_and_nothing_else() {
    let run = Run::start("").await;
    let address = run.address("websocket");
    let mut open = connect(&address, "/echo").await.unwrap();
    run.command("block?technique=websocket").await;
    assert!(!matches!(within(open.next()).await, Some(Ok(_))), "what was open is cut");
    assert_eq!(refused(connect(&address, "/echo").await), 403);
    assert!(run.get("websocket", "/health").await.1.ends_with("ok"));
    connect(&run.address("event-stream"), "/echo").await.unwrap();
    let state = run.state().await;
    assert_eq!(lane(&state, "websocket")["blocked"], true);
    assert_eq!(lane(&state, "websocket")["requests"], 3);
    run.command("unblock").await;
    connect(&address, "/echo").await.unwrap();
}

#[tokio::test]
async fn dropped_connections_are_reset_and_a_restarted_listener_comes_back() {
    let run = Run::start("").await;
    let address = run.address("websocket");
    let mut client = connect(&address, "/echo").await.unwrap();
    run.command("drop").await;
    assert!(!matches!(within(client.next()).await, Some(Ok(_))));
    connect(&address, "/echo").await.unwrap();
    run.command("restart?down_ms=300").await;
    assert_eq!(TcpStream::connect(&address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    run.until(|state| state["lanes"].as_array().unwrap().iter().all(|lane| lane["listening"] == true)).await;
    connect(&address, "/echo").await.unwrap();
}

#[tokio::test]
async fn the_trail_has_each_portion_with_the_time_it_takes() {
    let run = Run::start("technique=long-polling&delay_ms=50&trail=yes").await;
    let (request, answer) = run.get("long-polling", "/health").await;
    let hops = within(async {
        loop {
            let trail = run.server.json(&format!("{}/trail", run.path())).await;
            let hops = trail["lanes"][0]["hops"].as_array().unwrap();
            if hops.last().is_some_and(|hop| hop["what"]["kind"] == "close") {
                return hops.clone();
            }
        }
    })
    .await;
    let kinds: Vec<_> = hops.iter().map(|hop| hop["what"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["open", "request", "answer", "close"]);
    assert_eq!(hops[1]["bytes"], request.len());
    assert_eq!((&hops[2]["bytes"], &hops[2]["what"]["status"]), (&answer.len().into(), &200.into()));
    for hop in &hops[1..3] {
        let took = hop["due_ms"].as_f64().unwrap() - hop["at_ms"].as_f64().unwrap();
        assert!((took - 50.0).abs() < 0.001, "{took}");
    }
}
