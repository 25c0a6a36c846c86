//! On a native target the types are there, and inert: nothing connects and nothing panics.
#![cfg(not(target_arch = "wasm32"))]

use tautline::codec::{Codec, DecodeError, EncodeError, Js, Json};
use tautline::{Closed, ConstructorError, Message, NotOpened, PayloadError, SendError, SocketEvent, Typed, WebSocket};

#[test]
fn an_attempt_to_connect_is_a_typed_error() {
    for url in ["ws://127.0.0.1:8080", "wss://example.com/", "/relative", "not a url", ""] {
        assert_eq!(WebSocket::new(url).unwrap_err(), ConstructorError::Unsupported, "{url}");
        assert_eq!(WebSocket::with_protocol(url, "chat").unwrap_err(), ConstructorError::Unsupported);
        assert_eq!(WebSocket::with_protocols(url, &["a", "a"]).unwrap_err(), ConstructorError::Unsupported);
    }
}

/// A component as a server-rendered application has it: it compiles here with all that it uses in the browser.
async fn component(url: &str) -> Result<usize, Box<dyn std::error::Error>> {
    use futures_util::{SinkExt, StreamExt};
    let socket = WebSocket::new(url)?;
    socket.set_onopen(|event| drop(event.target().send("hello")));
    let _listener = socket.add_message_listener(|event| drop(event.to_message()));
    let (mut sink, mut messages) = socket.clone().split();
    socket.opened().await?;
    sink.send("hello".into()).await?;
    let length = messages.next().await.map_or(0, |message| message.byte_len());
    socket.close();
    socket.closed().await;
    Ok(length)
}

/// The same with typed messages and all events.
async fn typed_component(url: &str) -> Result<usize, Box<dyn std::error::Error>> {
    use futures_util::StreamExt;
    let socket = WebSocket::new(url)?;
    let mut events = socket.events();
    socket.set_onmessage(|event| drop((event.read(), event.text().is_some(), event.binary().is_some())));
    let mut typed = Typed::<u32, u32, _>::new(socket, Js);
    typed.send_now(&1)?;
    let value = typed.next().await.transpose()?;
    Ok(value.map_or(0, |value| value as usize) + events.by_ref().count().await)
}

#[test]
fn typed_sockets_are_inert_too() {
    let error = futures_util::FutureExt::now_or_never(typed_component("/x")).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "there is no WebSocket in this environment");
}

#[test]
fn the_codec_of_javascript_says_that_there_is_none() {
    let encoded = Js.encode(&1).unwrap_err();
    assert_eq!(encoded.reason, "there is no JavaScript in this environment");
    let decoded = Js.decode::<u8>(Message::from("1").borrow()).unwrap_err();
    assert!(decoded.to_string().ends_with("there is no JavaScript in this environment"), "{decoded}");
    assert_eq!(Json.decode::<u8>(Message::from("1").borrow()), Ok(1));
}

#[test]
fn values_and_errors_may_go_to_other_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<(Message, SocketEvent, Closed)>();
    check::<(ConstructorError, SendError, PayloadError, NotOpened, EncodeError, DecodeError)>();
}

#[test]
fn a_component_that_uses_everything_runs_on_a_server() {
    let error = futures_util::FutureExt::now_or_never(component("wss://example.com/")).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "there is no WebSocket in this environment");
}

/// The reconnecting socket with all that a component may use of it.
async fn reconnecting_component(url: &str) -> Result<usize, Box<dyn std::error::Error>> {
    use futures_util::{SinkExt, StreamExt};
    use tautline::{MessageRef, ReceiveLimits, ReconnectingWebSocket, machine::Heartbeat};
    let socket = ReconnectingWebSocket::builder(url)
        .heartbeat(Heartbeat::default(), "ping", |message| message == MessageRef::Text("pong"))
        .handshake(|mut greeting: tautline::Greeting| async move {
            greeting.send("token").map_err(|_| ())?;
            if greeting.next().await.byte_len() > 0 { Ok(()) } else { Err(()) }
        })
        .connect()?;
    socket.set_onopen(|event| _ = event.target().send_now("subscribe"));
    let sender = socket.sender();
    let (mut sink, mut messages) = socket.clone().split();
    let mut latest = socket.latest_by(ReceiveLimits::default(), |message| message.byte_len());
    socket.opened().await?;
    socket.receipt(sender.send("hello")?).settled().await;
    sink.send("hello".into()).await?;
    let count = messages.next().await.map_or(0, |message| message.byte_len());
    let count = count + latest.next().await.map_or(0, |latest| latest.values.len());
    socket.close();
    socket.closed().await;
    Ok(count)
}

#[test]
fn a_component_with_a_reconnecting_socket_runs_on_a_server() {
    for url in ["wss://example.com/", "/relative", "not a url"] {
        let error = futures_util::FutureExt::now_or_never(reconnecting_component(url)).unwrap().unwrap_err();
        assert_eq!(error.to_string(), "there is no WebSocket in this environment");
    }
}
