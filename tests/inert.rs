//! On a native target the types are there, and inert: nothing connects and nothing panics.
#![cfg(not(target_arch = "wasm32"))]

use tautline::{ConstructorError, WebSocket};

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

#[test]
fn a_component_that_uses_everything_runs_on_a_server() {
    let error = futures_util::FutureExt::now_or_never(component("wss://example.com/")).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "there is no WebSocket in this environment");
}
