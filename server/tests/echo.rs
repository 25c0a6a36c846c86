//! `/`, `/echo` and `/protocol`.

mod support;

use futures_util::SinkExt as _;
use support::{ACCEPT, Ended, Running, closed, masked, next, next_text};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

const MAX_MESSAGE: usize = 64 * 1024 * 1024;

#[tokio::test]
async fn text_and_binary_come_back_in_order() {
    let server = Running::start().await;
    for target in ["/", "/echo", "/?any=thing&at=all"] {
        let mut client = server.open(target).await;
        let messages = [
            Message::text("语"),
            Message::binary(vec![0, 255]),
            Message::text(""),
            Message::binary(vec![]),
            Message::text("x".repeat(70_000)),
        ];
        for message in &messages {
            client.send(message.clone()).await.unwrap();
        }
        for message in messages {
            assert_eq!(next(&mut client).await, message);
        }
    }
}

#[tokio::test]
async fn the_clients_close_is_answered_and_the_server_ends_the_connection() {
    let server = Running::start().await;
    let mut client = server.open("/echo").await;
    let frame = CloseFrame { code: 3000.into(), reason: "bye".into() };
    client.close(Some(frame)).await.unwrap();
    assert_eq!(closed(&mut client).await, Some((3000, "bye".to_owned())));
}

#[tokio::test]
async fn a_ping_is_answered() {
    let server = Running::start().await;
    let mut client = server.open("/echo").await;
    client.send(Message::Ping(b"p"[..].to_owned().into())).await.unwrap();
    assert_eq!(next(&mut client).await, Message::Pong(b"p"[..].to_owned().into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_64_mib_comes_back_and_a_longer_one_is_refused_with_1009() {
    let server = Running::start().await;
    let mut raw = server.handshake("/echo", "").await;
    raw.head().await;
    // The mask is zero, so that the test needn't mask.
    let header = |length: usize| {
        let mut header = vec![0x82, 0xff];
        header.extend((length as u64).to_be_bytes());
        header.extend([0; 4]);
        header
    };
    raw.write(&header(MAX_MESSAGE)).await;
    raw.write(&vec![7; MAX_MESSAGE]).await;
    assert_eq!(raw.read(10).await, [0x82, 127, 0, 0, 0, 0, 4, 0, 0, 0]);
    assert!(raw.read(MAX_MESSAGE).await.iter().all(|&byte| byte == 7));
    raw.write(&header(MAX_MESSAGE + 1)).await;
    assert_eq!(raw.read(4).await[2..], 1009u16.to_be_bytes());
}

#[tokio::test]
async fn broken_frames_are_answered_with_the_code_for_them() {
    let server = Running::start().await;
    let cases = [
        ("invalid UTF-8", masked(1, &[0xff]), 1007u16),
        ("a reserved opcode", masked(3, b""), 1002),
        ("no mask", vec![0x81, 0x00], 1002),
    ];
    for (name, frame, code) in cases {
        let mut raw = server.handshake("/echo", "").await;
        raw.head().await;
        raw.write(&frame).await;
        let (bytes, ended) = raw.rest().await;
        assert_eq!(bytes[0], 0x88, "{name}");
        assert_eq!(bytes[2..4], code.to_be_bytes(), "{name}");
        assert_eq!(ended, Ended::Fin, "{name}");
    }
}

#[tokio::test]
async fn the_accept_value_is_the_one_of_the_rfc() {
    let server = Running::start().await;
    for target in ["/echo", "/control"] {
        let head = server.handshake(target, "").await.head().await;
        assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
        let accept = format!("sec-websocket-accept: {ACCEPT}\r\n");
        assert!(head.to_ascii_lowercase().contains(&accept.to_lowercase()));
    }
}

#[tokio::test]
async fn a_stopping_server_closes_with_1001() {
    let server = Running::start().await;
    let mut client = server.open("/echo").await;
    let stop = tokio::spawn(server.stop());
    let (code, _) = closed(&mut client).await.unwrap();
    assert_eq!(code, 1001);
    stop.await.unwrap();
}

/// Opens `/protocol` with offers; gives the chosen protocol and the list the server saw.
async fn negotiate(server: &Running, query: &str, offers: &str) -> (Option<String>, String) {
    let offers = match offers {
        "" => String::new(),
        offers => format!("Sec-WebSocket-Protocol: {offers}\r\n"),
    };
    let mut raw = server.handshake(&format!("/protocol?{query}"), &offers).await;
    let head = raw.head().await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let chosen = head.lines().find_map(|line| line.strip_prefix("sec-websocket-protocol: ")).map(str::to_owned);
    let header = raw.read(2).await;
    let list = raw.read(header[1].into()).await;
    (chosen, String::from_utf8(list).unwrap())
}

#[tokio::test]
async fn the_subprotocol_is_chosen_as_asked() {
    let server = Running::start().await;
    let offers = "chat.v1, chat.v2";
    let list = r#"["chat.v1","chat.v2"]"#;
    for (query, chosen) in [
        ("", Some("chat.v1")),
        ("choose=first", Some("chat.v1")),
        ("choose=chat.v2", Some("chat.v2")),
        ("choose=chat.v3", None),
        ("choose=none", None),
        ("force=chat.v3", Some("chat.v3")),
    ] {
        let answer = negotiate(&server, query, offers).await;
        assert_eq!(answer, (chosen.map(str::to_owned), list.to_owned()), "{query}");
    }
    let answer = negotiate(&server, "choose=first", "").await;
    assert_eq!(answer, (None, "[]".to_owned()));
    let answer = negotiate(&server, "force=odd", "").await;
    assert_eq!(answer, (Some("odd".to_owned()), "[]".to_owned()));
}

#[tokio::test]
async fn a_client_with_subprotocols_is_served_and_echoed() {
    let server = Running::start().await;
    let url = format!("ws://{}/protocol?choose=b", server.address);
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "a, b".parse().unwrap());
    let (mut client, answer) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "b");
    assert_eq!(next_text(&mut client).await, r#"["a","b"]"#);
    client.send(Message::text("still here")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "still here");
}
