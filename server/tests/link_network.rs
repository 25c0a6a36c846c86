//! `/link`: what a network does that is not quite well, and what is counted of it.

mod support;

use std::time::{Duration, Instant};

use support::link::{Link, echo, say};
use support::{connect, next_text, refused};

#[tokio::test]
async fn a_blocked_link_refuses_handshakes_counts_them_and_lets_all_else_pass() {
    let link = Link::open().await;
    let mut open = link.connect("/echo").await;
    link.command("block").await;
    echo(&mut open, "what is open goes on").await;
    assert_eq!(refused(connect(&link.address, "/echo").await), 403);
    let mut plain = link.tcp().await;
    plain.write(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(plain.head().await.starts_with("HTTP/1.1 200 "));
    let state = link.state().await;
    assert_eq!((&state["blocks_websockets"], &state["requests"]), (&true.into(), &3.into()));
    // Only this link is: the server itself answers.
    link.server.open("/echo").await;
    link.command("unblock").await;
    echo(&mut link.connect("/echo").await, "hello").await;
}

#[tokio::test]
async fn jitter_varies_the_delay_and_keeps_the_order_of_a_connection() {
    let link = Link::open().await;
    let mut client = link.connect("/echo").await;
    link.command("delay?ms=20&jitter_ms=30").await;
    let state = link.state().await;
    assert_eq!((&state["delay_ms"], &state["jitter_ms"]), (&20.into(), &30.into()));
    let mut took = Vec::new();
    for number in 0..10 {
        let begin = Instant::now();
        echo(&mut client, &number.to_string()).await;
        took.push(begin.elapsed());
    }
    assert!(took.iter().all(|took| *took >= Duration::from_millis(40)), "{took:?}");
    assert!(took.iter().max() > took.iter().min(), "{took:?}");
    for number in 0..20 {
        say(&mut client, &number.to_string()).await;
    }
    for number in 0..20 {
        assert_eq!(next_text(&mut client).await, number.to_string());
    }
}
