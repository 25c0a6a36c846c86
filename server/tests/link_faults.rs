//! `/link`: connections that break at a place that is told or drawn, one way only, or with bytes that are no frame's.

mod support;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::Value;
use support::link::{Link, echo, say};
use support::{Client, Ended, Raw, closed, masked, next_text, within};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};

/// The handshake by hand, so that each byte that comes after it can be counted.
async fn handshake(address: &str, target: &str) -> Raw {
    let mut raw = Raw { stream: TcpStream::connect(address).await.unwrap() };
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
    raw.write(format!("GET {target} HTTP/1.1\r\nHost: a\r\n{upgrade}\r\n\r\n").as_bytes()).await;
    assert!(raw.head().await.starts_with("HTTP/1.1 101 "));
    raw
}

async fn failure(client: &mut Client) -> Error {
    within(client.next()).await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_connection_is_cut_after_so_many_bytes_as_told() {
    for (how, expected) in [("fin", Ended::Fin), ("reset", Ended::Reset)] {
        let link = Link::open().await;
        let mut raw = handshake(&link.address, "/control").await;
        link.command(&format!("cut-after?bytes=9&how={how}")).await;
        raw.write(&masked(1, b"hello")).await;
        // The echo has 7 bytes; of the next one 2 are left.
        raw.write(&masked(1, b"world")).await;
        let (rest, ended) = raw.rest().await;
        assert_eq!((rest.as_slice(), ended), (&b"\x81\x05hello\x81\x05"[..], expected));
        assert_eq!(link.wait("struck=1&open=0").await["struck"], 1);
        echo(&mut link.connect("/echo").await, "once only").await;
    }
}

#[tokio::test]
async fn the_place_inside_of_a_frame_is_drawn_by_the_seed() {
    let server = support::Running::start().await;
    let mut places = Vec::new();
    for seed in [1, 1, 2, 3, 4] {
        let (_, made) = server.post(&format!("/link?seed={seed}")).await;
        let made: Value = serde_json::from_str(&made).unwrap();
        let id = made["id"].as_str().unwrap();
        assert_eq!(server.json(&format!("/link/{id}")).await["seed"], seed);
        let mut raw = handshake(&format!("127.0.0.1:{}", made["port"]), "/control").await;
        server.post(&format!("/link/{id}/cut-after")).await;
        raw.write(&masked(1, &[b'x'; 100])).await;
        let (rest, ended) = raw.rest().await;
        assert_eq!(ended, Ended::Reset);
        assert!((1..102).contains(&rest.len()), "{}", rest.len());
        places.push(rest.len());
    }
    assert_eq!(places[0], places[1]);
    assert!(places[1..].windows(2).any(|two| two[0] != two[1]), "{places:?}");
}

#[tokio::test]
async fn a_cut_of_what_goes_up_leaves_the_server_with_a_part_of_a_frame() {
    let link = Link::open().await;
    let mut feed = link.server.open("/wire/cut").await;
    let mut client = link.connect("/control?wire=cut").await;
    link.command("cut-after?way=up&how=fin").await;
    say(&mut client, "never arrives whole").await;
    assert!(matches!(failure(&mut client).await, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)));
    loop {
        let record: Value = serde_json::from_str(&next_text(&mut feed).await).unwrap();
        assert!(record["kind"] != "frame" || record["complete"] == false, "{record}");
        if record["kind"] == "over" {
            break;
        }
    }
}

#[tokio::test]
async fn a_corrupted_frame_is_none_and_its_payload_stays_as_it_was() {
    let link = Link::open().await;
    let mut raw = handshake(&link.address, "/control").await;
    link.command("corrupt").await;
    raw.write(&masked(1, b"hello")).await;
    raw.write(&masked(1, b"world")).await;
    assert_eq!(raw.read(14).await, b"\xff\x05hello\x81\x05world");
    let mut client = link.connect("/echo").await;
    link.command("corrupt?way=up").await;
    say(&mut client, "hello").await;
    assert_eq!(closed(&mut client).await.unwrap().0, 1002);
    assert_eq!(link.wait("struck=2").await["struck"], 2);
}

#[tokio::test]
async fn a_corrupted_head_of_http_is_none() {
    let link = Link::open().await;
    let mut plain = link.tcp().await;
    link.command("corrupt").await;
    plain.write(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let (answer, _) = plain.rest().await;
    assert!(answer.starts_with(b"\xffTTP/1.1 200 OK\r\n"), "{:?}", String::from_utf8_lossy(&answer));
    let mut plain = link.tcp().await;
    link.command("corrupt?way=up").await;
    plain.write(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(plain.head().await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn a_half_close_to_the_client_leaves_its_own_direction_open() {
    let link = Link::open().await;
    let mut feed = link.server.open("/wire/half").await;
    let mut raw = handshake(&link.address, "/control?wire=half").await;
    link.command("half-close?side=client").await;
    assert_eq!(raw.rest().await.1, Ended::Fin);
    raw.write(&masked(1, b"still goes up")).await;
    loop {
        let record: Value = serde_json::from_str(&next_text(&mut feed).await).unwrap();
        if record["kind"] == "frame" && record["direction"] == "up" {
            assert_eq!(record["payload_text"], "still goes up");
            break;
        }
    }
}

#[tokio::test]
async fn a_half_close_to_the_server_lets_its_last_words_pass() {
    let link = Link::open().await;
    let mut raw = link.tcp().await;
    raw.write(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(raw.head().await.starts_with("HTTP/1.1 200 "));
    assert_eq!(raw.read(2).await, b"ok");
    link.command("half-close?side=server").await;
    assert_eq!(raw.rest().await.1, Ended::Fin, "the server's own");
    // New ones are not shut.
    echo(&mut link.connect("/echo").await, "hello").await;
}

#[tokio::test]
async fn a_script_is_carried_out_at_its_times_and_answered_when_it_is_done() {
    let link = Link::open().await;
    let mut client = link.connect("/echo").await;
    let begin = Instant::now();
    say(&mut client, "before").await;
    assert_eq!(next_text(&mut client).await, "before");
    link.command("script?steps=0%20freeze;200%20thaw;200%20limit%20rate%3D5000").await;
    assert!(begin.elapsed() >= Duration::from_millis(200));
    let state = link.state().await;
    assert_eq!((&state["mode"], &state["rate"]), (&"forward".into(), &5000.into()));
    echo(&mut client, "after").await;
    link.command("script?steps=0%20stop;1%20start").await;
    match failure(&mut client).await {
        Error::Io(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        other => panic!("{other:?}"),
    }
    echo(&mut link.connect("/echo").await, "again").await;
    for bad in [
        "",
        "freeze",
        "0%20melt",
        "5%20freeze;4%20thaw",
        "60001%20thaw",
        "0%20freeze%20a%20b",
        "0%20freeze%20x=1",
        "0%20script%20steps=0",
    ] {
        let (head, _) = link.server.post(&format!("/link/{}/script?steps={bad}", link.id)).await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{bad}: {head}");
    }
}

#[tokio::test]
async fn a_link_listens_on_another_loopback_address_and_on_no_other() {
    let server = support::Running::start().await;
    let (_, made) = server.post("/link?address=127.0.0.9").await;
    let made: Value = serde_json::from_str(&made).unwrap();
    handshake(&format!("127.0.0.9:{}", made["port"]), "/control").await;
    assert!(TcpStream::connect(format!("127.0.0.1:{}", made["port"])).await.is_err());
    let (head, _) = server.post("/link?address=192.0.2.1").await;
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
}
