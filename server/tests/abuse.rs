//! A hostile client below the channels: handshakes that never end, floods, frames that are none, and more connections than there is room for.

mod support;

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use support::{Client, Ended, Raw, Running, masked, next_text, within};
use tautline_server::Config;
use tautline_server::channel::{Limits, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

const MIB: usize = 1024 * 1024;

/// The first bytes of a client's frame, with a mask of zeros: the payload follows as it is.
fn header(first: u8, length: u64) -> Vec<u8> {
    let mut header = vec![first, 0x80 | 127];
    header.extend(length.to_be_bytes());
    header.extend([0; 4]);
    header
}

/// A frame with whatever is in its first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [header(first, payload.len() as u64), payload.to_vec()].concat()
}

async fn opened(server: &Running, target: &str, headers: &str) -> Raw {
    let mut raw = server.handshake(target, headers).await;
    assert!(raw.head().await.starts_with("HTTP/1.1 101 "));
    raw
}

async fn echoes(client: &mut Client) {
    within(client.send(Message::text("still there"))).await.unwrap();
    assert_eq!(next_text(client).await, "still there");
}

/// The code of the Close frame with which the server ends a connection; None: it ended without one.
async fn end(raw: &mut Raw) -> Option<u16> {
    let (bytes, _) = raw.rest().await;
    let at = bytes.iter().rposition(|&byte| byte == 0x88)?;
    Some(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]))
}

/// Sends a byte at a time for as long as the server takes them, and then what it has said.
fn drip(mut raw: Raw, drips: &'static str) -> JoinHandle<Vec<u8>> {
    tokio::spawn(async move {
        let start = Instant::now();
        for byte in drips.bytes().cycle() {
            if raw.stream.write_u8(byte).await.is_err() || start.elapsed() > support::PATIENCE {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        raw.rest().await.0
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_never_end_are_given_up_and_keep_nobody_out() {
    let config = Config { head_timeout: Duration::from_millis(600), ..Config::default() };
    let server = Running::with(config).await;
    let mut there = server.open("/").await;
    let start = Instant::now();
    let mut slow = Vec::new();
    for _ in 0..100 {
        slow.push(drip(server.send("").await, "GET /echo HTTP/1.1\r\nHost: a\r\nX: y\r\nX: "));
        slow.push(drip(server.send("").await, "POST /channel/a?tl_session=session-0123456789 HTTP/1.1\r\nX: "));
    }
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(server.send("").await);
    }
    echoes(&mut there).await;
    echoes(&mut server.open("/echo").await).await;
    for raw in &mut silent {
        assert!(raw.rest().await.0.is_empty());
    }
    for one in slow {
        let bytes = within(one).await.unwrap();
        assert!(bytes.is_empty() || bytes.starts_with(b"HTTP/1.1 4"), "{bytes:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    echoes(&mut there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fills_all_places_with_silence_loses_them_again() {
    let config = Config { max_connections: 40, head_timeout: Duration::from_millis(500), ..Config::default() };
    let server = Running::with(config).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(server.send("G").await);
    }
    let start = Instant::now();
    while !server.get("/health").await.0.starts_with("HTTP/1.1 503 ") {
        assert!(start.elapsed() < Duration::from_millis(400), "the places were taken");
    }
    for raw in &mut silent {
        raw.rest().await;
    }
    assert!(server.get("/health").await.0.starts_with("HTTP/1.1 200 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_2001st_connection_is_refused_with_a_reason_and_its_place_is_free_again() {
    rlimit::increase_nofile_limit(10_000).unwrap();
    let server = Running::start().await;
    let mut there = Vec::new();
    for _ in 0..1_999 {
        there.push(TcpStream::connect(&server.address).await.unwrap());
    }
    let mut client = server.open("/").await;
    let mut more = Vec::new();
    for _ in 0..200 {
        more.push(TcpStream::connect(&server.address).await.unwrap());
    }
    let mut refused = 0;
    for mut tcp in more {
        let mut bytes = Vec::new();
        // The first are told why; those beyond a bound are closed, and may be reset.
        let _ = within(tcp.read_to_end(&mut bytes)).await;
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 503 ") && text.contains("2000 connections"), "{text}");
        refused += usize::from(!text.is_empty());
    }
    assert!(refused >= 64, "{refused}");
    echoes(&mut client).await;
    drop(there);
    let start = Instant::now();
    while !server.get("/health").await.0.starts_with("HTTP/1.1 200 ") {
        assert!(start.elapsed() < support::PATIENCE);
    }
}

/// Sends pings, and reads nothing until the server takes no more; then reads all pongs up to the last. How many bytes of pongs were
/// kept for it, by the server and by the system.
async fn pings_unread(raw: Raw, count: usize) -> (usize, Raw) {
    let mut flood = frame(0x89, &[b'p'; 125]).repeat(count);
    flood.extend(masked(9, b"the last"));
    let last = [&[0x8a, 8][..], b"the last"].concat();
    let (mut reading, mut writing) = raw.stream.into_split();
    let mut taken = 0;
    while taken < flood.len() {
        let write = writing.write(&flood[taken..]);
        let Ok(written) = tokio::time::timeout(Duration::from_secs(1), write).await else { break };
        taken += written.unwrap();
    }
    let rest = flood.split_off(taken);
    let writes = tokio::spawn(async move {
        writing.write_all(&rest).await.unwrap();
        writing
    });
    let (mut buffer, mut end, mut total) = (vec![0; MIB], Vec::new(), 0);
    while end != last {
        let read = within(reading.read(&mut buffer)).await.unwrap();
        assert_ne!(read, 0, "the connection lives");
        total += read;
        end.extend_from_slice(&buffer[..read]);
        end.drain(..end.len().saturating_sub(last.len()));
    }
    let stream = reading.reunite(within(writes).await.unwrap()).unwrap();
    (total.min(taken), Raw { stream })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pings_whose_answers_nobody_reads_is_not_kept() {
    const PINGS: usize = 300_000;
    let server = Running::start().await;
    let subprotocol = "Sec-WebSocket-Protocol: tautline.channel.v1\r\n";
    for (target, headers) in [("/fanout?group=pings", ""), ("/channel/pings", subprotocol)] {
        let (kept, mut raw) = pings_unread(opened(&server, target, headers).await, PINGS).await;
        // What the system holds for both sides, and what the server does. All answers would be 38 MB.
        assert!(kept < 20 * MIB, "{target}: {kept}");
        raw.write(&masked(9, b"again")).await;
        assert_eq!(raw.read(7).await[2..], *b"again", "{target}");
    }
    let mut raw = opened(&server, "/echo", "").await;
    for _ in 0..50 {
        raw.write(&masked(9, b"").repeat(1_000)).await;
        let mut answers = vec![0; 64 * 1024];
        assert!(within(raw.stream.read(&mut answers)).await.unwrap() >= 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_none_end_a_connection_with_1002() {
    let server = Running::start().await;
    let cases = [
        ("no mask", vec![0x81, 5, b'h', b'e', b'l', b'l', b'o']),
        ("no mask on a binary frame", vec![0x82, 0]),
        ("the first reserved bit, without an extension", frame(0xc1, b"x")),
        ("the second", frame(0xa1, b"x")),
        ("the third", frame(0x91, b"x")),
        ("a reserved opcode", frame(0x83, b"x")),
        ("a reserved opcode of control frames", frame(0x8b, b"x")),
        ("the last opcode", frame(0x8f, b"x")),
        ("a ping in fragments", frame(0x09, b"x")),
        ("a ping of 126 bytes", frame(0x89, &[0; 126])),
        ("a close of 126 bytes", frame(0x88, &[3; 126])),
        ("a close of one byte", frame(0x88, &[3])),
        ("a continuation of nothing", frame(0x80, b"x")),
        ("a message within a message", [frame(0x01, b"a"), frame(0x81, b"b")].concat()),
    ];
    for (name, bytes) in cases {
        let mut raw = opened(&server, "/echo", "").await;
        raw.write(&bytes).await;
        assert_eq!(end(&mut raw).await, Some(1002), "{name}");
        let mut raw = opened(&server, "/channel/a", "Sec-WebSocket-Protocol: tautline.channel.v1\r\n").await;
        raw.write(&bytes).await;
        assert_eq!(end(&mut raw).await, Some(1002), "{name}, by a channel");
    }
    echoes(&mut server.open("/").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fragments_without_end_and_lengths_beyond_all_bounds_are_refused_with_a_reason() {
    let limits = Limits { message: MIB, ..Limits::default() };
    let channel = Settings { limits, ..Settings::default() };
    let server = Running::with(Config { channel, ..Config::default() }).await;
    let subprotocol = "Sec-WebSocket-Protocol: tautline.channel.v1\r\n";
    let session = "/channel/a?tl_session=session-0123456789&tl_begin=1";
    for (target, headers, code) in [("/fanout?group=a", "", 1009), (session, subprotocol, 4413)] {
        for length in [2 * MIB as u64, 1 << 40, (1 << 63) - 1] {
            let mut raw = opened(&server, target, headers).await;
            raw.write(&header(0x82, length)).await;
            assert_eq!(end(&mut raw).await, Some(code), "{target} {length}");
        }
        let mut raw = opened(&server, target, headers).await;
        raw.write(&frame(0x01, b"s1:")).await;
        // Not reset while they are on their way, so that what the server says arrives.
        raw.write(&frame(0x00, &[b'x'; 10_000]).repeat(200)).await;
        assert_eq!(end(&mut raw).await, Some(code), "{target}: a fragment after the other");
        // Empty ones keep nothing, and all else goes on.
        let mut raw = opened(&server, target, headers).await;
        raw.write(&frame(0x01, b"")).await;
        raw.write(&frame(0x00, b"").repeat(50_000)).await;
        raw.write(&masked(9, b"alive")).await;
        let (mut seen, mut buffer) = (Vec::new(), [0; 1024]);
        while !seen.ends_with(b"alive") {
            let read = within(raw.stream.read(&mut buffer)).await.unwrap();
            assert_ne!(read, 0, "{target}");
            seen.extend_from_slice(&buffer[..read]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_none_are_refused_and_the_others_go_on() {
    let server = Running::start().await;
    let mut there = server.open("/").await;
    let headers: String = (0..200).map(|number| format!("X-{number}: y\r\n")).collect();
    for request in [
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n"),
        "POST /channel/a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "POST /channel/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".to_owned(),
        "POST /channel/a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n".to_owned(),
        "POST /channel/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(),
    ] {
        let mut raw = server.send(&request).await;
        raw.stream.shutdown().await.unwrap();
        let (bytes, _) = raw.rest().await;
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{request:?}: {text}");
    }
    echoes(&mut there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_holds_up_nobody_and_its_echoes_wait_for_it() {
    let server = Running::start().await;
    let mut raw = opened(&server, "/echo", "").await;
    let part = frame(0x82, &vec![7; MIB]);
    // The server takes no more than it can send back.
    let mut taken = 0;
    while taken < 512 && tokio::time::timeout(Duration::from_secs(1), raw.stream.write_all(&part)).await.is_ok() {
        taken += 1;
    }
    assert!(taken < 200, "{taken} MiB");
    echoes(&mut server.open("/echo").await).await;
    drop(raw);
    let mut client = server.open("/echo").await;
    client.close(None).await.unwrap();
    while let Some(Ok(_)) = within(client.next()).await {}
    let mut raw = opened(&server, "/echo", "").await;
    raw.stream.shutdown().await.unwrap();
    assert_eq!(raw.rest().await.1, Ended::Fin);
}
