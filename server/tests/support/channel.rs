//! Clients of a channel, by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tautline::MessageRef;
use tautline::channel::wire::{CONTENT_TYPE, Frame, Hello, Records, SUBPROTOCOL};
use tokio::io::AsyncReadExt as _;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Client, Raw, Running, within};

pub(crate) const SESSION: &str = "session-0123456789";

/// The query of a client that has all up to `after`.
pub(crate) fn place(epoch: &str, after: u64) -> String {
    format!("tl_epoch={epoch}&tl_after={after}")
}

pub(crate) fn hello(frame: &str) -> Hello {
    match Frame::read(MessageRef::Text(frame)) {
        Ok(Frame::Hello { version, fields }) => Hello::read(version, fields).unwrap(),
        other => panic!("no hello: {other:?}"),
    }
}

/// The number of a frame.
pub(crate) fn number(frame: &str) -> u64 {
    frame[1..].split(':').next().unwrap().parse().unwrap()
}

/// Frames as they came.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Frames(Vec<Message>);

impl Frames {
    pub(crate) fn push(&mut self, frame: Message) {
        self.0.push(frame);
    }

    pub(crate) fn of_records(body: &[u8]) -> Self {
        let frame = |frame| match frame {
            MessageRef::Text(text) => Message::text(text),
            MessageRef::Binary(bytes) => Message::binary(bytes.to_vec()),
            other => panic!("{other:?}"),
        };
        Self(Records::new(body).map(|record| frame(record.unwrap())).collect())
    }

    pub(crate) fn hello(&self) -> Hello {
        hello(self.0[0].to_text().unwrap())
    }

    /// The frames `m`.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let is_message = |frame: &&Message| match frame {
            Message::Text(text) => text.starts_with('m'),
            Message::Binary(bytes) => bytes.starts_with(b"m"),
            _ => false,
        };
        self.0.iter().filter(is_message).cloned().collect()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.iter().map(|frame| frame.to_text().unwrap().to_owned()).collect()
    }
}

impl Running {
    /// Opens a channel over WebSocket.
    pub(crate) async fn channel(&self, name: &str, query: &str) -> Client {
        self.try_channel(name, query, None).await.unwrap()
    }

    pub(crate) async fn try_channel(&self, name: &str, query: &str, origin: Option<&str>) -> Result<Client, Error> {
        let mut request = format!("ws://{}/channel/{name}{query}", self.address).into_client_request()?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        if let Some(origin) = origin {
            request.headers_mut().insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        let (client, _) = within(tokio_tungstenite::connect_async(request)).await?;
        Ok(client)
    }

    pub(crate) async fn events(&self, name: &str, query: &str, headers: &str) -> EventStream {
        let request = format!(
            "GET /channel/{name}{query} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n{headers}\r\n",
            self.address
        );
        let mut raw = self.send(&request).await;
        let head = raw.head().await;
        EventStream { raw, head, text: String::new(), ids: Vec::new() }
    }

    /// Polls; nothing is 204.
    pub(crate) async fn poll(&self, name: &str, query: &str) -> Option<Frames> {
        let (status, body) = self.bytes("GET", &format!("/channel/{name}{query}"), "", b"").await;
        match status {
            200 => Some(Frames::of_records(&body)),
            204 => None,
            other => panic!("{other}: {}", String::from_utf8_lossy(&body)),
        }
    }

    /// Posts records.
    pub(crate) async fn records(&self, name: &str, query: &str, body: &[u8]) -> (u16, Frames) {
        let headers = format!("Content-Type: {CONTENT_TYPE}\r\n");
        let (status, body) = self.bytes("POST", &format!("/channel/{name}{query}"), &headers, body).await;
        (status, Frames::of_records(&body))
    }

    /// Carries out a command.
    pub(crate) async fn command(&self, target: &str) {
        let (head, body) = self.post(target).await;
        assert!(head.starts_with("HTTP/1.1 20"), "{target}: {head}{body}");
    }

    /// A request with a body, and the status and body of the answer, which ends with the connection.
    pub(crate) async fn bytes(&self, method: &str, target: &str, headers: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut raw = self
            .send(&format!(
                "{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
                self.address,
                body.len()
            ))
            .await;
        raw.write(body).await;
        let head = raw.head().await;
        let status = head[9..12].parse().unwrap();
        (status, raw.rest().await.0)
    }
}

/// An event stream that is read by hand.
pub(crate) struct EventStream {
    raw: Raw,
    pub(crate) head: String,
    /// What is not read yet.
    text: String,
    /// Of all events so far.
    pub(crate) ids: Vec<String>,
}

impl EventStream {
    /// The next frames.
    pub(crate) async fn frames(&mut self, count: usize) -> Frames {
        let mut frames = Frames::default();
        while frames.0.len() < count {
            let event = self.event().await.expect("an event");
            frames.0.extend(self.frame(&event));
        }
        frames
    }

    /// The next event or comment, as it is; `None` at the end of the body.
    pub(crate) async fn event(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event = self.text[..end].to_owned();
                self.text.drain(..end + 2);
                return Some(event);
            }
            let chunk = self.chunk().await?;
            self.text.push_str(&chunk);
        }
    }

    /// The next chunk of the body.
    async fn chunk(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(within(self.raw.stream.read_u8()).await.ok()?);
        }
        let length = std::str::from_utf8(&line).unwrap().trim_end();
        let length = usize::from_str_radix(length, 16).unwrap();
        let chunk = self.raw.read(length + 2).await;
        (length > 0).then(|| String::from_utf8(chunk[..length].to_vec()).unwrap())
    }

    fn frame(&mut self, event: &str) -> Option<Message> {
        let mut data: Vec<&str> = Vec::new();
        let mut kind = "";
        for line in event.split('\n') {
            match line.split_once(": ") {
                Some(("data", line)) => data.push(line),
                Some(("event", name)) => kind = name,
                Some(("id", id)) => self.ids.push(id.to_owned()),
                _ => assert!(line.starts_with(':'), "{line:?}"),
            }
        }
        let data = data.join("\n");
        match kind {
            "" if data.is_empty() => None,
            "" => Some(Message::text(data)),
            "t" => Some(Message::text(String::from_utf8(STANDARD.decode(data).unwrap()).unwrap())),
            "b" => Some(Message::binary(STANDARD.decode(data).unwrap())),
            other => panic!("{other:?}"),
        }
    }
}
