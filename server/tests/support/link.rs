//! A link, and what is said through it.

use futures_util::SinkExt as _;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::{Client, Raw, Running, connect, next_text};

/// A link to a server of its own.
pub(crate) struct Link {
    pub(crate) server: Running,
    pub(crate) id: String,
    pub(crate) address: String,
}

impl Link {
    pub(crate) async fn open() -> Self {
        let server = Running::start().await;
        let (head, body) = server.post("/link").await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}{body}");
        let made: Value = serde_json::from_str(&body).unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        Self { server, id, address: format!("127.0.0.1:{}", made["port"]) }
    }

    pub(crate) async fn command(&self, command: &str) {
        let (head, body) = self.server.post(&format!("/link/{}/{command}", self.id)).await;
        assert!(head.starts_with("HTTP/1.1 204 "), "{command}: {head}{body}");
    }

    pub(crate) async fn state(&self) -> Value {
        self.server.json(&format!("/link/{}", self.id)).await
    }

    pub(crate) async fn wait(&self, what: &str) -> Value {
        self.server.json(&format!("/link/{}/wait?{what}", self.id)).await
    }

    pub(crate) async fn connect(&self, target: &str) -> Client {
        connect(&self.address, target).await.unwrap()
    }

    pub(crate) async fn tcp(&self) -> Raw {
        Raw { stream: TcpStream::connect(&self.address).await.unwrap() }
    }
}

pub(crate) async fn say(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.unwrap();
}

pub(crate) async fn echo(client: &mut Client, text: &str) {
    say(client, text).await;
    assert_eq!(next_text(client).await, text);
}
