//! A server on a free port, a well-behaved client, and one that sees every byte.

// Each test file is a program of its own and uses only some of this.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod channel;
pub(crate) mod lab;
pub(crate) mod link;

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;
use tautline_server::{Config, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The key of RFC 6455, section 1.3, and its accept value.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Longer than anything here takes; what takes longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A running server, which stops when this is dropped.
pub(crate) struct Running {
    pub(crate) address: String,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let server = Server::bind(Config { port: 0, ..config }).await.unwrap();
        let address = server.address().to_string();
        let (stop, stopping) = oneshot::channel();
        let stopped = tokio::spawn(server.run(async {
            let _ = stopping.await;
        }));
        Self { address, stop, stopped }
    }

    /// Stops the server and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        within(self.stopped).await.unwrap();
    }

    pub(crate) async fn open(&self, target: &str) -> Client {
        self.try_open(target).await.unwrap()
    }

    pub(crate) async fn try_open(&self, target: &str) -> Result<Client, Error> {
        connect(&self.address, target).await
    }

    /// Sends a handshake by hand, with these header lines added.
    pub(crate) async fn handshake(&self, target: &str, headers: &str) -> Raw {
        let host = &self.address;
        self.send(&format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n\
             Sec-WebSocket-Version: 13\r\n{headers}\r\n"
        ))
        .await
    }

    /// Sends a plain GET by hand, and reads the whole answer.
    pub(crate) async fn get(&self, target: &str) -> (String, String) {
        self.request("GET", target, "").await
    }

    /// Sends a plain POST without a body.
    pub(crate) async fn post(&self, target: &str) -> (String, String) {
        self.request("POST", target, "Content-Length: 0\r\n").await
    }

    /// A plain GET, answered 200 with JSON.
    pub(crate) async fn json(&self, target: &str) -> Value {
        let (head, body) = self.get(target).await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{target}: {head}{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Sends a request by hand, with these header lines added, and reads the whole answer.
    pub(crate) async fn request(&self, method: &str, target: &str, headers: &str) -> (String, String) {
        let host = &self.address;
        let request = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
        let mut raw = self.send(&request).await;
        let head = raw.head().await;
        let (body, _) = raw.rest().await;
        (head, String::from_utf8(body).unwrap())
    }

    pub(crate) async fn send(&self, request: &str) -> Raw {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        Raw { stream }
    }
}

/// Opens a WebSocket at `host:port`.
pub(crate) async fn connect(address: &str, target: &str) -> Result<Client, Error> {
    let url = format!("ws://{address}{target}");
    let (client, _) = within(tokio_tungstenite::connect_async(url)).await?;
    Ok(client)
}

/// A TCP connection whose bytes the test reads itself.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
}

/// How the server ended a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Fin,
    Reset,
}

impl Raw {
    /// Reads an answer up to its empty line.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within(self.stream.read_u8()).await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// Reads until the server ends the connection.
    pub(crate) async fn rest(&mut self) -> (Vec<u8>, Ended) {
        let mut bytes = Vec::new();
        match within(self.stream.read_to_end(&mut bytes)).await {
            Ok(_) => (bytes, Ended::Fin),
            Err(_) => (bytes, Ended::Reset),
        }
    }

    pub(crate) async fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        within(self.stream.read_exact(&mut bytes)).await.unwrap();
        bytes
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        within(self.stream.write_all(bytes)).await.unwrap();
    }
}

/// A client's frame with a payload of less than 126 bytes.
pub(crate) fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![0x80 | opcode, 0x80 | u8::try_from(payload.len()).unwrap()];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
    frame
}

/// Waits, but not for ever.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this takes too long")
}

/// The next message.
pub(crate) async fn next(client: &mut Client) -> Message {
    within(client.next()).await.unwrap().unwrap()
}

/// The next message, which is text.
pub(crate) async fn next_text(client: &mut Client) -> String {
    match next(client).await {
        Message::Text(text) => text.to_string(),
        other => panic!("not a text message: {other:?}"),
    }
}

/// The code and reason of the next message, which is a close frame, and that the server then ends the connection.
pub(crate) async fn closed(client: &mut Client) -> Option<(u16, String)> {
    let Message::Close(frame) = next(client).await else {
        panic!("not a close frame");
    };
    let after = within(client.next()).await;
    assert!(!matches!(after, Some(Ok(_))), "after the close frame: {after:?}");
    frame.map(|frame| (frame.code.into(), frame.reason.to_string()))
}

/// The status of a refused handshake.
pub(crate) fn refused(result: Result<Client, Error>) -> u16 {
    match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("not refused: {other:?}"),
    }
}
