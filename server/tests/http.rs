//! Plain HTTP: files, headers, parameters, limits.

mod support;

use std::time::{Duration, Instant};

use futures_util::SinkExt as _;
use support::{Running, next_text, refused};
use tautline_server::{BindError, Config, Server};
use tokio_tungstenite::tungstenite::Message;

fn has(head: &str, line: &str) -> bool {
    head.to_ascii_lowercase().contains(&format!("\r\n{}\r\n", line.to_ascii_lowercase()))
}

async fn with_files(files: &[(&str, &str)]) -> (Running, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let config = Config { static_dir: Some(folder.path().to_owned()), ..Config::default() };
    (Running::with(config).await, folder)
}

#[tokio::test]
async fn files_have_their_mime_type_and_headers() {
    let files = [
        ("index.html", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("main.js", "text/javascript; charset=utf-8"),
        ("sub/module.mjs", "text/javascript; charset=utf-8"),
        ("module.wasm", "application/wasm"),
        ("icon.svg", "image/svg+xml"),
        ("data.json", "application/json"),
    ];
    let contents: Vec<_> = files.iter().map(|(name, _)| (*name, *name)).collect();
    let (server, _folder) = with_files(&contents).await;
    for (name, mime) in files {
        let (head, body) = server.get(&format!("/{name}?v=1")).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(has(&head, &format!("content-type: {mime}")), "{head}");
        assert!(has(&head, "cache-control: no-cache"), "{head}");
        assert!(has(&head, "access-control-allow-origin: *"), "{head}");
        assert!(has(&head, "cross-origin-resource-policy: cross-origin"), "{head}");
        assert_eq!(body, name);
    }
    for (query, isolated) in [("", false), ("?isolated", true)] {
        let (head, _) = server.get(&format!("/index.html{query}")).await;
        assert_eq!(has(&head, "cross-origin-opener-policy: same-origin"), isolated, "{head}");
        assert_eq!(has(&head, "cross-origin-embedder-policy: require-corp"), isolated, "{head}");
    }
    let (head, _) = server.get("/missing.js").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert!(has(&head, "access-control-allow-origin: *"), "{head}");
    let (head, _) = server.get("/../Cargo.toml").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
}

#[tokio::test]
async fn the_root_is_the_page_and_an_echo() {
    let (server, _folder) = with_files(&[("index.html", "<title>page</title>")]).await;
    let (_, body) = server.get("/").await;
    assert_eq!(body, "<title>page</title>");
    let mut client = server.open("/").await;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "hello");
}

#[tokio::test]
async fn without_a_folder_the_root_is_a_short_text() {
    let server = Running::start().await;
    let (head, body) = server.get("/").await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(has(&head, "content-type: text/plain; charset=utf-8"), "{head}");
    assert!(body.contains("WebSocket"));
    let (head, _) = server.get("/index.html").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
}

#[tokio::test]
async fn health_is_ok() {
    let server = Running::start().await;
    assert_eq!(server.get("/health").await.1, "ok");
}

#[tokio::test]
async fn a_wrong_parameter_is_named_with_its_value_and_limit() {
    let server = Running::start().await;
    let long = "r".repeat(124);
    let cases = [
        ("/echo?wire=a%20b", "\"wire\" is \"a b\"; expected 1 to 64"),
        ("/wire/a.b", "\"id\" is \"a.b\"; expected 1 to 64"),
        ("/close?code=65536", "\"code\" is \"65536\"; expected a whole number from 0 to 65535"),
        ("/close?code=none&reason=x", "\"reason\""),
        (&format!("/close?reason={long}"), "at most 123 bytes"),
        ("/close?after_ms=60001", "from 0 to 60000"),
        ("/close?delay=1", "unknown parameter \"delay\"; this endpoint has: wire, code, reason, after_ms"),
        ("/abort?how=softly", "\"how\" is \"softly\"; expected one of: fin, reset"),
        ("/flood?count=1000001", "from 0 to 1000000"),
        ("/flood?size=67108865", "from 0 to 67108864"),
        ("/flood?count=1000000&size=3000", "at most 2147483648 bytes"),
        ("/flood?kind=blob", "one of: text, wide, binary, mixed"),
        ("/flood?close=maybe", "one of: yes, no"),
        ("/slow-read?rate=0", "from 1 to 1073741824"),
        ("/slow-handshake?ms=-1", "from 0 to 60000"),
        ("/refuse?status=101", "from 200 to 599"),
        ("/refuse?status=600", "from 200 to 599"),
        ("/raw?hex=8", "\"hex\" is \"8\"; expected bytes in hexadecimal, 32000 at most"),
        ("/raw?then=wait", "one of: hang, fin, reset, close, control"),
        ("/raw?protocol=a%0ab", "\"protocol\""),
        ("/raw?extensions=a%0db", "\"extensions\""),
        ("/protocol?choose=a&force=b", "\"choose\""),
        ("/hang?ms=1", "unknown parameter \"ms\""),
        ("/welcome?delay_ms=60001", "from 0 to 60000"),
        ("/ledger/a.b", "\"id\" is \"a.b\"; expected 1 to 64"),
    ];
    for (target, text) in cases {
        let (head, body) = server.get(target).await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{target}: {head}");
        assert!(body.contains(text), "{target}: {body}");
        assert_eq!(refused(server.try_open(target).await), 400, "{target}");
    }
}

#[tokio::test]
async fn an_endpoint_asked_without_a_handshake_says_so() {
    let server = Running::start().await;
    for target in ["/echo", "/control", "/wire/a", "/flood", "/close"] {
        let (head, body) = server.get(target).await;
        assert!(head.starts_with("HTTP/1.1 400 ") || head.starts_with("HTTP/1.1 426 "), "{target}: {head}");
        assert!(!body.is_empty(), "{target}");
    }
}

#[tokio::test]
async fn one_connection_too_many_is_answered_503_and_the_others_go_on() {
    let server = Running::with(Config { max_connections: 2, ..Config::default() }).await;
    let mut first = server.open("/").await;
    let second = server.open("/").await;
    let (head, body) = server.get("/health").await;
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert!(body.contains("2 connections"), "{body}");
    assert_eq!(refused(server.try_open("/").await), 503);
    first.send(Message::text("hello")).await.unwrap();
    assert_eq!(next_text(&mut first).await, "hello");
    drop(second);
    // Its place is free as soon as the server has seen it go.
    let start = Instant::now();
    while !server.get("/health").await.0.starts_with("HTTP/1.1 200 ") {
        assert!(start.elapsed() < support::PATIENCE);
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let server = Running::start().await;
    let request = format!("GET / HTTP/1.1\r\nCookie: {}", "c".repeat(200_000));
    let mut raw = server.send(&request).await;
    assert!(raw.head().await.starts_with("HTTP/1.1 431 "));
    let mut raw = server.send(&format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000))).await;
    assert!(raw.head().await.starts_with("HTTP/1.1 414 "));
}

#[tokio::test]
async fn a_head_that_takes_too_long_is_given_up_and_the_others_go_on() {
    let config = Config { head_timeout: Duration::from_millis(100), ..Config::default() };
    let server = Running::with(config).await;
    let mut client = server.open("/").await;
    let mut slow = server.send("GET / HTTP/1.1\r\nHost: ").await;
    let (bytes, _) = slow.rest().await;
    assert!(bytes.is_empty() || bytes.starts_with(b"HTTP/1.1 408 "));
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "hello");
}

#[tokio::test]
async fn a_port_in_use_and_a_missing_folder_are_errors_that_say_so() {
    let running = Running::start().await;
    let port = running.address.rsplit(':').next().unwrap().parse().unwrap();
    let config = Config { port, ..Config::default() };
    let error = Server::bind(config).await.unwrap_err();
    assert!(matches!(error, BindError::InUse(_)));
    assert_eq!(error.to_string(), format!("port {port} of 127.0.0.1 is already in use; choose another with --port"));
    let config = Config { static_dir: Some("no/such/folder".into()), ..Config::default() };
    let error = Server::bind(config).await.unwrap_err();
    assert!(matches!(error, BindError::StaticDir(_)));
}

#[tokio::test]
async fn localhost_works_over_ipv6_where_there_is_any() {
    let server = Running::start().await;
    let port: u16 = server.address.rsplit(':').next().unwrap().parse().unwrap();
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        tokio::net::TcpStream::connect(("::1", port)).await.unwrap();
    }
}
