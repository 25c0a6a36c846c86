//! A run of the lab, on a server of its own.

use serde_json::Value;
use tautline::channel::wire::SUBPROTOCOL;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

use super::{Client, Running, within};

pub(crate) struct Run {
    pub(crate) server: Running,
    /// Its state when it began.
    pub(crate) first: Value,
}

impl Run {
    pub(crate) async fn start(query: &str) -> Self {
        let server = Running::start().await;
        let first = start(&server, query).await;
        Self { server, first }
    }

    pub(crate) fn path(&self) -> String {
        format!("/lab/{}", self.first["id"].as_str().unwrap())
    }

    /// Its channel.
    pub(crate) fn target(&self) -> String {
        format!("/channel/{}", self.first["channel"].as_str().unwrap())
    }

    pub(crate) fn address(&self, technique: &str) -> String {
        format!("127.0.0.1:{}", lane(&self.first, technique)["port"])
    }

    pub(crate) async fn command(&self, command: &str) {
        let (head, body) = self.server.post(&format!("{}/{command}", self.path())).await;
        assert!(head.starts_with("HTTP/1.1 204 "), "{command}: {head}{body}");
    }

    pub(crate) async fn state(&self) -> Value {
        self.server.json(&self.path()).await
    }

    /// Asks until it is so.
    pub(crate) async fn until(&self, fits: impl Fn(&Value) -> bool) -> Value {
        within(async {
            loop {
                let state = self.state().await;
                if fits(&state) {
                    return state;
                }
            }
        })
        .await
    }

    /// The channel over WebSocket, by its lane.
    pub(crate) async fn socket(&self) -> Client {
        let mut request = format!("ws://{}{}", self.address("websocket"), self.target()).into_client_request().unwrap();
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        within(tokio_tungstenite::connect_async(request)).await.unwrap().0
    }

    /// Sends a request by a lane: what was sent, and the connection that its answer comes by.
    pub(crate) async fn ask(&self, technique: &str, target: &str, headers: &str) -> (String, TcpStream) {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        let mut stream = TcpStream::connect(self.address(technique)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        (request, stream)
    }

    /// A plain GET by a lane: what was sent, and what came back.
    pub(crate) async fn get(&self, technique: &str, target: &str) -> (String, String) {
        let (request, mut stream) = self.ask(technique, target, "Connection: close\r\n").await;
        let mut answer = String::new();
        within(stream.read_to_string(&mut answer)).await.unwrap();
        (request, answer)
    }

    /// Polls the channel, and gives the body of the answer.
    pub(crate) async fn poll(&self, technique: &str, query: &str) -> String {
        let (_, answer) = self.get(technique, &format!("{}{query}", self.target())).await;
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

pub(crate) async fn start(server: &Running, query: &str) -> Value {
    let (head, body) = server.post(&format!("/lab?{query}")).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}{body}");
    serde_json::from_str(&body).unwrap()
}

pub(crate) fn lane<'a>(state: &'a Value, technique: &str) -> &'a Value {
    let mut lanes = state["lanes"].as_array().unwrap().iter();
    lanes.find(|lane| lane["technique"] == technique).unwrap()
}
