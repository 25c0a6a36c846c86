//! `/wire/{id}`.

mod support;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use support::{ACCEPT, Client, KEY, Running, closed, masked, next, next_text, within};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;

async fn record(feed: &mut Client) -> Value {
    serde_json::from_str(&next_text(feed).await).unwrap()
}

/// All records up to the end of the connection.
async fn records(feed: &mut Client) -> Vec<Value> {
    let mut records = Vec::new();
    while records.last().is_none_or(|record: &Value| record["kind"] != "over") {
        records.push(record(feed).await);
    }
    records
}

fn kinds(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_echo_is_seen_from_the_request_to_the_end() {
    let server = Running::start().await;
    let mut feed = server.open("/wire/one").await;
    let headers = "Cookie: session=secret\r\nAuthorization: Basic c2VjcmV0\r\n";
    let mut raw = server.handshake("/?token=secret&wire=one", headers).await;
    let answer = raw.head().await;
    raw.write(&masked(1, b"Hello")).await;
    raw.read(7).await;
    raw.write(&masked(8, b"\x0b\xb8bye")).await;
    raw.rest().await;
    drop(raw);

    let records = records(&mut feed).await;
    for (number, record) in records.iter().enumerate() {
        assert_eq!(record["seq"], number);
        assert_eq!(record["connection"], 0);
        assert!(record["at_ms"].as_f64().unwrap() >= 0.0);
    }
    assert_eq!(kinds(&records), ["request", "response", "frame", "frame", "frame", "frame", "end", "end", "over"]);
    let request = records[0]["text"].as_str().unwrap();
    assert!(request.starts_with("GET /?token=…&wire=one HTTP/1.1\r\nHost: "), "{request}");
    assert!(request.ends_with("\r\nCookie: …\r\nAuthorization: …\r\n\r\n"), "{request}");
    assert_eq!(records[1]["text"], answer);
    assert_eq!(
        records[1]["accept"],
        json!({
            "key": KEY,
            "guid": "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
            "sha1_hex": "b37a4f2cc0624f1690f64606cf385945b2bec4ea",
            "base64": ACCEPT,
        })
    );
    let mut hello = records[2].clone();
    hello.as_object_mut().unwrap().remove("at_ms");
    assert_eq!(
        hello,
        json!({
            "seq": 2, "connection": 0, "kind": "frame", "direction": "up",
            "header": "81 85 37 fa 21 3d", "fin": true, "rsv": 0, "opcode": 1, "name": "text",
            "masked": true, "mask": "37 fa 21 3d", "length": 5, "payload_text": "Hello",
            "payload_hex": "48 65 6c 6c 6f", "truncated": false, "complete": true,
            "code": null, "reason": null,
        })
    );
    let back = &records[3];
    assert_eq!((&back["direction"], &back["header"], &back["mask"]), (&json!("down"), &json!("81 05"), &json!(null)));
    for (record, direction) in [(&records[4], "up"), (&records[5], "down")] {
        assert_eq!(record["direction"], direction);
        assert_eq!(record["name"], "close");
        assert_eq!(record["code"], 3000);
        assert_eq!(record["reason"], "bye");
    }
    let end = |record: &Value| {
        let text = |key: &str| record[key].as_str().unwrap().to_owned();
        (text("direction"), text("how"))
    };
    assert_eq!(end(&records[6]), ("down".to_owned(), "fin".to_owned()));
    assert_eq!(end(&records[7]), ("up".to_owned(), "fin".to_owned()));
}

#[tokio::test]
async fn what_came_before_the_subscriber_is_replayed_with_each_connections_number() {
    let server = Running::start().await;
    for text in ["first", "second"] {
        let mut client = server.open("/echo?wire=late").await;
        client.send(Message::text(text)).await.unwrap();
        next(&mut client).await;
        client.close(None).await.unwrap();
        closed(&mut client).await;
    }
    let mut feed = server.open("/wire/late").await;
    let mut texts = Vec::new();
    while texts.len() < 4 {
        let record = record(&mut feed).await;
        if record["name"] == "text" {
            texts.push((record["connection"].clone(), record["payload_text"].clone()));
        }
    }
    let expected = [(0, "first"), (0, "first"), (1, "second"), (1, "second")];
    assert_eq!(texts, expected.map(|(n, text)| (json!(n), json!(text))));
}

#[tokio::test]
async fn a_refused_handshake_is_seen_too() {
    let server = Running::start().await;
    let mut feed = server.open("/wire/no").await;
    server.try_open("/refuse?status=503&wire=no").await.unwrap_err();
    let records = records(&mut feed).await;
    let seen = kinds(&records);
    assert_eq!(seen[..2], ["request", "response"]);
    assert!(!seen.contains(&"frame"), "{seen:?}");
    let text = records[1]["text"].as_str().unwrap();
    assert!(text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    let (head, _) = server.get("/refuse?status=404&wire=no").await;
    assert!(head.starts_with("HTTP/1.1 404 "));
    record(&mut feed).await;
    let response = record(&mut feed).await;
    assert_eq!(response["accept"], Value::Null, "no key, no accept value");
}

#[tokio::test]
async fn a_client_that_vanishes_is_noticed() {
    let server = Running::start().await;
    let mut feed = server.open("/wire/gone").await;
    let mut raw = server.handshake("/echo?wire=gone", "").await;
    raw.head().await;
    drop(raw);
    let ends: Vec<_> = records(&mut feed).await.split_off(2);
    assert_eq!(ends[0]["direction"], "up");
    assert_eq!(ends[0]["how"], "fin");
    assert_eq!(ends[1]["direction"], "down");

    let mut raw = server.handshake("/echo?wire=gone", "").await;
    raw.head().await;
    raw.stream.set_zero_linger().unwrap();
    drop(raw);
    let ends: Vec<_> = records(&mut feed).await.split_off(2);
    assert_eq!(ends[0]["direction"], "up");
    assert_eq!(ends[0]["how"], "reset");
}

#[tokio::test]
async fn aborts_by_the_server_are_told_apart() {
    let server = Running::start().await;
    let mut feed = server.open("/wire/abort").await;
    for how in ["fin", "reset"] {
        let target = format!("/abort?how={how}&wire=abort");
        let mut raw = server.handshake(&target, "").await;
        raw.rest().await;
        drop(raw);
        let records = records(&mut feed).await;
        let down = records.iter().find(|record| record["kind"] == "end" && record["direction"] == "down");
        assert_eq!(down.unwrap()["how"], how);
        assert!(records.iter().all(|record| record["kind"] != "frame"));
    }
}

#[tokio::test]
async fn broken_frames_are_shown_as_they_are() {
    let server = Running::start().await;
    let mut feed = server.open("/wire/raw").await;
    // A text frame that isn't UTF-8, a reserved opcode with reserved bits, and a frame that lacks its end.
    let target = "/raw?hex=8102c328f3008105616263&then=fin&wire=raw";
    let mut raw = server.handshake(target, "").await;
    raw.rest().await;
    drop(raw);
    let records = records(&mut feed).await;
    let frames: Vec<_> = records.iter().filter(|record| record["kind"] == "frame").collect();
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[0]["payload_text"], Value::Null);
    assert_eq!(frames[0]["payload_hex"], "c3 28");
    assert_eq!(frames[1]["name"], "reserved");
    assert_eq!((&frames[1]["rsv"], &frames[1]["opcode"]), (&json!(7), &json!(3)));
    assert_eq!(frames[2]["complete"], false);
    assert_eq!(frames[2]["length"], 5);
    assert_eq!(frames[2]["payload_text"], "abc");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_payloads_are_cut() {
    let server = Running::start().await;
    let mut feed = server.open("/wire/large").await;
    let mut client = server.open("/echo?wire=large").await;
    client.send(Message::binary(vec![0xab; 1 << 20])).await.unwrap();
    next(&mut client).await;
    let mut frames = Vec::new();
    while frames.len() < 2 {
        let record = record(&mut feed).await;
        if record["kind"] == "frame" {
            frames.push(record);
        }
    }
    for (frame, direction) in frames.iter().zip(["up", "down"]) {
        assert_eq!(frame["direction"], direction);
        assert_eq!(frame["length"], 1 << 20);
        assert_eq!(frame["truncated"], true);
        assert_eq!(frame["payload_hex"], ["ab"; 64].join(" "));
        assert_eq!(frame["payload_text"], Value::Null);
    }
}

#[tokio::test]
async fn a_feed_does_not_record_itself_nor_connections_that_name_none() {
    let server = Running::start().await;
    let mut feed = server.open("/wire/self").await;
    let mut other = server.open("/wire/self?wire=self").await;
    server.open("/echo").await.close(None).await.unwrap();
    server.open("/echo?wire=self").await.close(None).await.unwrap();
    for feed in [&mut feed, &mut other] {
        let request = record(feed).await;
        let text = request["text"].as_str().unwrap();
        assert!(text.starts_with("GET /echo?wire=self "), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_that_never_reads_is_told_what_it_missed() {
    let server = Running::start().await;
    // With a small buffer, so that little fits on the way.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(server.address.parse().unwrap()).await.unwrap();
    let url = format!("ws://{}/wire/busy", server.address);
    let (mut feed, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let mut client = server.open("/flood?count=40000&size=60&kind=text&wire=busy").await;
    for _ in 0..40_000 {
        next(&mut client).await;
    }
    closed(&mut client).await;
    let mut last = String::new();
    while let Some(Ok(message)) = within(feed.next()).await {
        if let Message::Text(text) = message {
            last = text.to_string();
        }
    }
    let last: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last["kind"], "lagged");
    assert!(last["missed"].as_u64().unwrap() > 0);
}
