//! `/link`.

mod support;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::Value;
use support::link::{Link, echo, say};
use support::{Client, Ended, Raw, connect, next_text, within};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};

/// How a connection ended that had no closing handshake: by a FIN or not.
async fn ended(client: &mut Client) -> Ended {
    match within(client.next()).await {
        Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => Ended::Fin,
        Some(Err(Error::Io(error))) if error.kind() == ErrorKind::ConnectionReset => Ended::Reset,
        other => panic!("not ended: {other:?}"),
    }
}

#[tokio::test]
async fn bytes_pass_and_are_counted() {
    let link = Link::open().await;
    let mut first = link.connect("/echo").await;
    echo(&mut first, "hello").await;
    let second = link.connect("/echo").await;
    let state = link.wait("open=2").await;
    assert_eq!((&state["mode"], &state["listening"]), (&"forward".into(), &true.into()));
    let up = state["bytes_up"].as_u64().unwrap();
    let long = "x".repeat(1_000_000);
    echo(&mut first, &long).await;
    let state = link.state().await;
    assert_eq!(state["bytes_up"], up + 1_000_014);
    assert!(state["bytes_down"].as_u64().unwrap() > 1_000_000);
    drop((first, second));
    let state = link.wait("open=0").await;
    assert_eq!((&state["accepted"], &state["closed"], &state["closed_by_client"]), (&2.into(), &2.into(), &2.into()));
}

#[tokio::test]
async fn who_was_there_together_was_there_at_once() {
    let link = Link::open().await;
    for _ in 0..50 {
        link.connect("/echo").await;
    }
    let state = link.wait("open=0&accepted=50&closed=50").await;
    assert_eq!(state["most_open"], 1, "one after the other");
    let mut both = [link.connect("/echo").await, link.connect("/echo").await];
    for client in &mut both {
        echo(client, "hello").await;
    }
    assert_eq!(link.wait("most_open=2").await["most_open"], 2);
}

#[tokio::test]
async fn a_frozen_link_holds_back_what_is_sent_and_delivers_it_after_the_thaw() {
    let link = Link::open().await;
    let mut client = link.connect("/control").await;
    echo(&mut client, "before").await;
    link.command("freeze").await;
    let before = link.state().await;
    assert_eq!(before["mode"], "freeze");
    for number in 0..100 {
        say(&mut client, &format!("m {number}")).await;
    }
    let after = link.state().await;
    assert_eq!((&before["bytes_up"], &before["bytes_down"]), (&after["bytes_up"], &after["bytes_down"]));
    assert_eq!(client.next().now_or_never().map(|_| ()), None);
    link.command("thaw").await;
    for number in 0..100 {
        assert_eq!(next_text(&mut client).await, format!("m {number}"));
    }
}

#[tokio::test]
async fn a_frozen_link_accepts_connections_and_lets_them_through_after_the_thaw() {
    for mode in ["freeze", "hang"] {
        let link = Link::open().await;
        link.command(mode).await;
        let connecting = tokio::spawn({
            let address = link.address.clone();
            async move { connect(&address, "/echo").await }
        });
        let state = link.wait("open=1").await;
        assert_eq!((&state["mode"], &state["bytes_up"]), (&mode.into(), &0.into()));
        assert!(!connecting.is_finished());
        link.command("thaw").await;
        echo(&mut connecting.await.unwrap().unwrap(), mode).await;
    }
}

#[tokio::test]
async fn a_hanging_link_carries_the_connections_there_were() {
    let link = Link::open().await;
    let mut client = link.connect("/echo").await;
    link.command("hang").await;
    echo(&mut client, "hello").await;
}

#[tokio::test]
async fn who_leaves_a_frozen_link_is_seen_to_at_once_and_the_server_hears_of_it_after_the_thaw() {
    let link = Link::open().await;
    let mut feed = link.server.open("/wire/left").await;
    let mut client = link.connect("/echo?wire=left").await;
    echo(&mut client, "hello").await;
    link.command("freeze").await;
    say(&mut client, "more").await;
    drop(client);
    let mut held = link.tcp().await;
    held.write(b"GET / HTTP/1.1\r\n").await;
    link.wait("accepted=2").await;
    drop(held);
    let state = link.wait("open=0&accepted=2").await;
    assert_eq!(state["closed_by_client"], 2);
    link.command("thaw").await;
    let mut texts = Vec::new();
    loop {
        let record: Value = serde_json::from_str(&next_text(&mut feed).await).unwrap();
        match record["kind"].as_str().unwrap() {
            "over" => break,
            "frame" if record["direction"] == "up" => texts.push(record["payload_text"].as_str().unwrap().to_owned()),
            _ => {}
        }
    }
    assert_eq!(texts, ["hello", "more"]);
}

#[tokio::test]
async fn a_cut_ends_the_connections_there_are_as_told_and_new_ones_go_on() {
    let link = Link::open().await;
    for (how, expected) in [("cut", Ended::Reset), ("cut?how=reset", Ended::Reset), ("cut?how=fin", Ended::Fin)] {
        let mut clients = [link.connect("/echo").await, link.connect("/echo").await];
        link.command(how).await;
        assert_eq!(link.state().await["open"], 0, "{how}");
        for client in &mut clients {
            assert_eq!(ended(client).await, expected, "{how}");
        }
        echo(&mut link.connect("/echo").await, how).await;
        link.wait("open=0").await;
    }
}

#[tokio::test]
async fn a_cut_reaches_the_server_and_connections_that_are_frozen_or_held() {
    let link = Link::open().await;
    let mut feed = link.server.open("/wire/cut").await;
    let mut client = link.connect("/echo?wire=cut").await;
    link.command("freeze").await;
    let mut held = link.tcp().await;
    link.wait("open=2").await;
    link.command("cut").await;
    assert_eq!(ended(&mut client).await, Ended::Reset);
    assert_eq!(held.rest().await.1, Ended::Reset);
    loop {
        let record: Value = serde_json::from_str(&next_text(&mut feed).await).unwrap();
        if record["kind"] == "end" {
            assert_eq!((&record["direction"], &record["how"]), (&"up".into(), &"reset".into()));
            break;
        }
    }
}

#[tokio::test]
async fn a_stopped_link_refuses_connects_until_it_starts() {
    let link = Link::open().await;
    for _ in 0..20 {
        let mut client = link.connect("/echo").await;
        link.command("stop").await;
        assert_eq!(ended(&mut client).await, Ended::Reset);
        assert_eq!(link.state().await["listening"], false);
        for _ in 0..3 {
            let refused = TcpStream::connect(&link.address).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        }
        link.command("start").await;
        echo(&mut link.connect("/echo").await, "again").await;
    }
    assert_eq!(link.state().await["listening"], true);
}

#[tokio::test]
async fn a_link_may_be_frozen_before_it_starts() {
    let link = Link::open().await;
    link.command("stop").await;
    link.command("stop").await;
    link.command("freeze").await;
    link.command("start").await;
    link.command("start").await;
    let _held = link.tcp().await;
    link.wait("open=1").await;
    assert_eq!(link.state().await["mode"], "freeze");
}

#[tokio::test]
async fn the_next_connections_are_dropped_as_told() {
    let link = Link::open().await;
    link.command("drop-next?count=2").await;
    assert!(connect(&link.address, "/echo").await.is_err());
    assert!(connect(&link.address, "/echo").await.is_err());
    echo(&mut link.connect("/echo").await, "third").await;
    let state = link.state().await;
    assert_eq!((&state["accepted"], &state["drop_next"], &state["most_open"]), (&3.into(), &0.into(), &1.into()));
}

#[tokio::test]
async fn a_delay_keeps_the_order() {
    let link = Link::open().await;
    let mut client = link.connect("/echo").await;
    link.command("delay?ms=60").await;
    let start = Instant::now();
    for number in 0..10 {
        say(&mut client, &number.to_string()).await;
    }
    link.command("delay").await;
    for number in 0..10 {
        assert_eq!(next_text(&mut client).await, number.to_string());
    }
    assert!(start.elapsed() >= Duration::from_millis(60));
    let state = link.state().await;
    assert_eq!(state["delay_ms"], 0);
}

#[tokio::test]
async fn a_limit_slows_bytes_down() {
    let link = Link::open().await;
    let mut client = link.connect("/echo").await;
    link.command("limit?rate=1000000").await;
    let start = Instant::now();
    // 200 ms up, and the same down again.
    echo(&mut client, &"x".repeat(200_000)).await;
    assert!(start.elapsed() >= Duration::from_millis(150), "{:?}", start.elapsed());
    link.command("limit").await;
    assert_eq!(link.state().await["rate"], 0);
}

#[tokio::test]
async fn a_closing_handshake_of_the_server_passes() {
    let link = Link::open().await;
    let mut client = link.connect("/control").await;
    say(&mut client, "close 1012 later").await;
    assert_eq!(support::closed(&mut client).await, Some((1012, "later".to_owned())));
    link.wait("open=0").await;
}

#[tokio::test]
async fn a_wait_that_takes_too_long_says_how_it_is() {
    let link = Link::open().await;
    let (head, body) = link.server.get(&format!("/link/{}/wait?open=1&ms=1", link.id)).await;
    assert!(head.starts_with("HTTP/1.1 504 "), "{head}");
    assert!(body.contains("\"open\":0"), "{body}");
}

#[tokio::test]
async fn a_link_ends_when_told_or_after_its_life() {
    let link = Link::open().await;
    let mut client = link.connect("/echo").await;
    link.command("end").await;
    assert_eq!(ended(&mut client).await, Ended::Reset);
    assert!(TcpStream::connect(&link.address).await.is_err());
    assert!(link.server.get(&format!("/link/{}", link.id)).await.0.starts_with("HTTP/1.1 404 "));
    let (_, body) = link.server.post("/link?life_ms=1").await;
    let made: Value = serde_json::from_str(&body).unwrap();
    let target = format!("/link/{}", made["id"].as_str().unwrap());
    let start = Instant::now();
    while !link.server.get(&target).await.0.starts_with("HTTP/1.1 404 ") {
        assert!(start.elapsed() < support::PATIENCE);
    }
}

#[tokio::test]
async fn links_are_bounded_and_a_port_is_one_links_own() {
    let link = Link::open().await;
    link.command("stop").await;
    let port = link.state().await["port"].as_u64().unwrap();
    let (head, body) = link.server.post(&format!("/link?port={port}")).await;
    assert!(head.starts_with("HTTP/1.1 409 "), "{head}");
    assert_eq!(body, format!("port {port} is in use\n"));
    for _ in 1..256 {
        assert!(link.server.post("/link").await.0.starts_with("HTTP/1.1 200 "));
    }
    let (head, body) = link.server.post("/link").await;
    assert!(head.starts_with("HTTP/1.1 503 ") && body.contains("256 links"), "{head}{body}");
    link.command("end").await;
    let (head, body) = link.server.post(&format!("/link?port={port}")).await;
    assert!(head.starts_with("HTTP/1.1 200 ") && body.contains(&port.to_string()), "{head}{body}");
}

#[tokio::test]
async fn what_a_page_of_another_origin_asks_it_may_read() {
    let link = Link::open().await;
    for (method, target, status) in [
        ("POST", "/link".to_owned(), 200),
        ("POST", format!("/link/{}/freeze", link.id), 204),
        ("POST", format!("/link/{}/melt", link.id), 400),
        ("POST", format!("/link/{}/cut?how=softly", link.id), 400),
        ("GET", format!("/link/{}", link.id), 200),
        ("GET", "/link/x".to_owned(), 404),
        ("POST", "/link/1000/thaw".to_owned(), 404),
    ] {
        let (head, body) = link.server.request(method, &target, "Origin: http://127.0.0.1:1\r\n").await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {head}{body}");
        assert!(head.contains("\r\naccess-control-allow-origin: *\r\n"), "{target}: {head}");
    }
}

#[tokio::test]
async fn a_stopping_server_ends_its_links() {
    let link = Link::open().await;
    let mut client = link.connect("/echo").await;
    echo(&mut client, "hello").await;
    let frozen = link.server.post("/link").await.1;
    let frozen: Value = serde_json::from_str(&frozen).unwrap();
    link.server.post(&format!("/link/{}/freeze", frozen["id"].as_str().unwrap())).await;
    let mut held = TcpStream::connect(format!("127.0.0.1:{}", frozen["port"])).await.unwrap();
    held.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let Link { server, address, .. } = link;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(support::closed(&mut client).await, Some((1001, "the server is stopping".to_owned())));
    stopping.await.unwrap();
    assert!(TcpStream::connect(&address).await.is_err());
    Raw { stream: held }.rest().await;
}
