//! Who may come in, from where, and how a client finds out whether the server is there.

mod support;

use support::channel::{EventStream, SESSION};
use support::{Running, closed, next_text, refused};
use tautline_server::Config;
use tautline_server::channel::{Origins, Settings};

fn has(head: &str, line: &str) -> bool {
    head.to_ascii_lowercase().contains(&format!("\r\n{}\r\n", line.to_ascii_lowercase()))
}

/// The `x` with which a WebSocket ends.
async fn told(server: &Running, name: &str, query: &str, origin: Option<&str>) -> String {
    let mut client = server.try_channel(name, query, origin).await.unwrap();
    let frame = next_text(&mut client).await;
    let code: u16 = frame[1..5].parse().unwrap();
    assert_eq!(closed(&mut client).await.unwrap().0, code);
    frame
}

#[tokio::test]
async fn who_is_not_let_in_is_told_in_a_way_that_each_transport_shows() {
    let server = Running::start().await;
    let cases = [
        ("private-a", "", 4401, 401),
        ("private-a", "token=guess", 4403, 403),
        ("missing-a", "", 4404, 404),
        ("a", "tl_session=short", 4400, 400),
        ("a", "tl_other=1", 4400, 400),
        ("a.b", "", 4404, 404),
    ];
    for (name, query, code, status) in cases {
        let start = format!("x{code}:");
        assert!(told(&server, name, &format!("?{query}"), None).await.starts_with(&start), "{name} {query}");
        let (answered, body) = server.bytes("GET", &format!("/channel/{name}?{query}&tl_wait=0"), "", b"").await;
        assert_eq!(answered, status, "{name} {query}");
        assert!(String::from_utf8(body).unwrap().contains(&start), "{name} {query}");
        let (answered, _) = server.records(name, &format!("?{query}"), b"").await;
        assert_eq!(answered, status, "{name} {query}");
        let stream = server.events(name, &format!("?{query}"), "").await;
        assert!(stream.head.starts_with(&format!("HTTP/1.1 {status} ")), "{}", stream.head);
        let target = format!("/channel/{name}?{query}&tl_beat=event");
        let (answered, body) = server.bytes("GET", &target, "Accept: text/event-stream\r\n", b"").await;
        assert_eq!(answered, 200);
        assert!(body.starts_with(format!("data: {start}").as_bytes()), "{}", String::from_utf8_lossy(&body));
    }
}

#[tokio::test]
async fn a_token_in_the_query_or_in_a_header_opens_a_private_channel() {
    let server = Running::start().await;
    let mut client = server.channel("private-a", "?token=secret").await;
    assert!(next_text(&mut client).await.starts_with("h1:"));
    let mut stream: EventStream = server.events("private-a", "", "Authorization: Bearer secret\r\n").await;
    stream.frames(1).await.hello();
    server.poll("private-a", "?tl_wait=0&token=secret").await.unwrap();
    let (status, _) = server.records("private-a", &format!("?token=secret&tl_session={SESSION}"), b"t4:s1:a").await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_unless_they_are_listed() {
    let origins = Origins { listed: vec!["https://friend.example".to_owned()], loopback: false };
    let channel = Settings { origins, ..Settings::default() };
    let server = Running::with(Config { channel, ..Config::default() }).await;
    for origin in ["http://evil.example", "http://localhost:1", "null"] {
        assert!(told(&server, "a", "", Some(origin)).await.starts_with("x4403:"), "{origin}");
        let (status, _) = server.bytes("GET", "/channel/a?tl_wait=0", &format!("Origin: {origin}\r\n"), b"").await;
        assert_eq!(status, 403, "{origin}");
    }
    let same = format!("http://{}", server.address);
    for origin in [same.as_str(), "https://friend.example"] {
        let mut client = server.try_channel("a", "", Some(origin)).await.unwrap();
        assert!(next_text(&mut client).await.starts_with("h1:"));
        let (head, _) = server.request("GET", "/channel/a?tl_wait=0", &format!("Origin: {origin}\r\n")).await;
        assert!(has(&head, &format!("access-control-allow-origin: {origin}")), "{head}");
        assert!(has(&head, "access-control-allow-credentials: true"), "{head}");
    }
}

#[tokio::test]
async fn a_preflight_allows_what_a_page_of_this_machine_asks_for() {
    let server = Running::start().await;
    let headers = "Origin: http://localhost:1\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n";
    let (head, _) = server.request("OPTIONS", "/channel/private-a", headers).await;
    assert!(head.starts_with("HTTP/1.1 204 "), "{head}");
    for line in [
        "access-control-allow-origin: http://localhost:1",
        "access-control-allow-credentials: true",
        "access-control-allow-headers: authorization,content-type",
        "access-control-allow-methods: GET, HEAD, POST",
    ] {
        assert!(has(&head, line), "{line}: {head}");
    }
}

#[tokio::test]
async fn the_answer_to_a_probe_can_be_read_by_a_page_and_asks_for_no_token() {
    let server = Running::start().await;
    for method in ["HEAD", "GET"] {
        let (head, _) = server.request(method, "/channel/private-a", "Origin: http://localhost:1\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(has(&head, "tautline-channel: 1"), "{head}");
        assert!(has(&head, "access-control-expose-headers: Retry-After, Tautline-Channel"), "{head}");
        assert!(has(&head, "cache-control: no-store"), "{head}");
    }
}

#[tokio::test]
async fn a_handshake_without_the_subprotocol_and_other_methods_are_refused() {
    let server = Running::start().await;
    assert_eq!(refused(server.try_open("/channel/a").await), 400);
    let mut raw = server.handshake("/channel/a", "Sec-WebSocket-Protocol: other, tautline.channel.v1\r\n").await;
    let head = raw.head().await;
    assert!(head.starts_with("HTTP/1.1 101 ") && has(&head, "sec-websocket-protocol: tautline.channel.v1"), "{head}");
    let (head, _) = server.request("PUT", "/channel/a", "Content-Length: 0\r\n").await;
    assert!(head.starts_with("HTTP/1.1 405 "), "{head}");
}

#[tokio::test]
async fn a_blocked_websocket_is_refused_left_hanging_or_reset_and_the_rest_goes_on() {
    let server = Running::start().await;
    server.command("/channel/a/dev/block").await;
    assert_eq!(refused(server.try_channel("a", "", None).await), 403);
    server.poll("a", "?tl_wait=0").await.unwrap();
    server.command("/channel/a/dev/block?how=reset").await;
    server.try_channel("a", "", None).await.unwrap_err();
    server.command("/channel/a/dev/block?how=off").await;
    let _ = server.channel("a", "").await;
    server.command("/channel/a/dev/block?transport=all").await;
    let (status, _) = server.bytes("GET", "/channel/a?tl_wait=0", "", b"").await;
    assert_eq!(status, 403);
    server.command("/channel/a/dev/heal").await;
    server.poll("a", "?tl_wait=0").await.unwrap();
}

#[tokio::test]
async fn without_dev_there_are_no_commands() {
    let channel = Settings { dev: false, ..Settings::default() };
    let server = Running::with(Config { channel, ..Config::default() }).await;
    assert!(server.get("/channel/a/dev").await.0.starts_with("HTTP/1.1 404 "));
    assert!(server.post("/channel/a/dev/publish").await.0.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn epochs_and_sessions_of_the_vectors_are_taken_or_refused() {
    let server = Running::start().await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/channel.json");
    let vectors: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (kind, parameter) in [("epochs", "tl_after=0&tl_epoch"), ("sessions", "tl_session")] {
        for (which, status) in [("good", 200), ("bad", 400)] {
            for value in vectors[kind][which].as_array().unwrap() {
                let escaped: String = value.as_str().unwrap().bytes().map(|byte| format!("%{byte:02x}")).collect();
                let target = format!("/channel/a?tl_wait=0&{parameter}={escaped}");
                assert_eq!(server.bytes("GET", &target, "", b"").await.0, status, "{kind} {value}");
            }
        }
    }
}
