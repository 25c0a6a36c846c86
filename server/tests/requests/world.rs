//! Requests that come to a channel of the server, read from bytes: for the fuzzer, and for a test that any bytes mean something.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tautline::MessageRef;
use tautline::channel::wire::{CONTENT_TYPE, Frame, Hello, Records, write_record};
use tautline_server::{Config, Server};
use tower::ServiceExt as _;

/// Two clients, each with its session.
const SESSIONS: [&str; 2] = ["session-of-client-one", "session-of-client-two"];

/// The most that an answer of so few messages may have.
const ANSWER: usize = 4 * 1024 * 1024;

/// A client: what it has sent in this life of its session.
#[derive(Debug, Default)]
struct Client {
    life: u64,
    begun: bool,
    sent: u64,
}

/// The server, whoever asks it, and what a reader has read.
struct World {
    router: Router,
    clients: [Client; SESSIONS.len()],
    /// Of the reader: epoch and offset, once it has been told.
    place: Option<(String, u64)>,
    /// The highest number of each client and life that has come.
    seen: BTreeMap<(usize, u64), u64>,
    /// A history, or the channel itself, was lost on purpose: not all that was accepted can be read.
    lost: bool,
    /// What was acknowledged.
    accepted: BTreeMap<(usize, u64), u64>,
}

/// Carries out what these bytes stand for, three and a payload for each operation, and checks every answer.
pub(crate) async fn run(data: &[u8]) {
    let config = Config { port: 0, ..Config::default() };
    let server = Server::bind(config).await.expect("loopback has a free port");
    let mut world = World {
        router: server.router(),
        clients: Default::default(),
        place: None,
        seen: BTreeMap::new(),
        lost: false,
        accepted: BTreeMap::new(),
    };
    world.read().await;
    let mut rest = data;
    while let [what, which, length, more @ ..] = rest {
        let (payload, after) = more.split_at(more.len().min(usize::from(length % 64)));
        rest = after;
        world.apply(*what, *which, payload).await;
    }
    world.read().await;
    if !world.lost {
        for (client, accepted) in &world.accepted {
            assert_eq!(world.seen.get(client), Some(accepted), "all that was accepted of {client:?} came");
        }
    }
}

impl World {
    async fn apply(&mut self, what: u8, which: u8, payload: &[u8]) {
        let client = usize::from(which) % SESSIONS.len();
        match what % 12 {
            0..3 => self.send(client, self.clients[client].sent + 1, u64::from(which / 2 % 4) + 1).await,
            3 => self.send(client, u64::from(which), 2).await,
            4 => self.post_raw(client, payload).await,
            5 => self.read().await,
            6 => _ = self.ask(&format!("tl_wait=0&{}", query(payload))).await,
            7 => self.begin(client).await,
            8 => _ = self.command(&format!("publish?text={}", query(payload))).await,
            9 if which >= 128 => {
                self.lost = true;
                let what = if which.is_multiple_of(2) { "epoch" } else { "trim" };
                _ = self.command(&format!("lose?what={what}")).await;
            }
            10 => {
                self.command("forget").await;
                self.clients.iter_mut().for_each(|client| client.begun = false);
            }
            11 => _ = self.ask(&query(payload)).await,
            _ => _ = self.ask(&format!("tl_wait=0&tl_epoch=e&tl_after={which}")).await,
        }
    }

    /// So many messages from this number on.
    async fn send(&mut self, client: usize, first: u64, count: u64) {
        let life = self.clients[client].life;
        let mut body = Vec::new();
        for sequence in first..first + count {
            let text = format!("{client} {life} {sequence}");
            let frame = Frame::Send { sequence, payload: MessageRef::Text(&text) };
            let Some(text) = frame.to_text() else { unreachable!("text is text") };
            write_record(&mut body, MessageRef::Text(&text));
        }
        let (status, frames) = self.post(client, body).await;
        let one = &mut self.clients[client];
        let in_order = one.begun && first >= 1 && first <= one.sent + 1;
        match status {
            StatusCode::OK => {
                assert!(in_order, "{first} after {}", one.sent);
                one.sent = one.sent.max(first + count - 1);
                assert_eq!(frames, [format!("a{}:", one.sent)]);
                self.accepted.insert((client, life), one.sent);
            }
            StatusCode::CONFLICT => assert!(!in_order, "{first} is no gap after {}", one.sent),
            StatusCode::BAD_REQUEST => assert_eq!(first, 0),
            other => panic!("{other}"),
        }
    }

    /// Whatever it is. Should it be messages, nobody knows what to expect of them.
    async fn post_raw(&mut self, client: usize, payload: &[u8]) {
        let (_, frames) = self.post(client, payload.to_vec()).await;
        let accepted = frames.first().map(|frame| Frame::read(MessageRef::Text(frame)));
        if let Some(Ok(Frame::Accepted { sequence })) = accepted
            && sequence > self.clients[client].sent
        {
            self.clients[client].sent = sequence;
            self.lost = true;
        }
    }

    async fn begin(&mut self, client: usize) {
        let query = format!("tl_wait=0&tl_session={}&tl_begin=1&tl_hello=1", SESSIONS[client]);
        let (status, _) = self.ask(&query).await;
        assert_eq!(status, StatusCode::OK);
        let one = &mut self.clients[client];
        if !one.begun {
            *one = Client { life: one.life + 1, begun: true, sent: 0 };
        }
    }

    /// Reads what has come since, and checks that it follows.
    async fn read(&mut self) {
        let query = match &self.place {
            Some((epoch, after)) => format!("tl_wait=0&tl_epoch={epoch}&tl_after={after}"),
            None => "tl_wait=0".to_owned(),
        };
        let (status, frames) = self.ask(&query).await;
        if status == StatusCode::NO_CONTENT {
            return;
        }
        assert_eq!(status, StatusCode::OK);
        for text in frames {
            match Frame::read(MessageRef::Text(&text)) {
                Ok(Frame::Hello { version, fields }) => self.welcome(&Hello::read(version, fields).expect("a hello")),
                Ok(Frame::Message { offset, payload: MessageRef::Text(payload) }) => self.take(offset, payload),
                other => panic!("{other:?}"),
            }
        }
    }

    fn welcome(&mut self, hello: &Hello) {
        if let Some((epoch, after)) = &self.place
            && *epoch == hello.epoch
        {
            let missed = hello.missed.map_or(0, |missed| missed.to + 1 - missed.from);
            assert_eq!(hello.after, after + missed, "it goes on where it was, or says what is missing");
        }
        self.place = Some((hello.epoch.clone(), hello.after));
    }

    fn take(&mut self, offset: u64, payload: &str) {
        let (_, after) = self.place.as_mut().expect("the hello comes first");
        assert_eq!(offset, *after + 1);
        *after = offset;
        let words: Vec<_> = payload.split(' ').map(str::parse::<u64>).collect();
        // Others are published by command.
        let [Ok(client), Ok(life), Ok(sequence)] = words[..] else { return };
        let Ok(client) = usize::try_from(client) else { return };
        let known = self.accepted.get(&(client, life)).is_some_and(|accepted| sequence <= *accepted);
        if !known {
            return;
        }
        let last = self.seen.insert((client, life), sequence).unwrap_or_default();
        assert!(sequence == last + 1 || self.lost && sequence > last, "{payload} after {last}");
    }

    async fn post(&self, client: usize, body: Vec<u8>) -> (StatusCode, Vec<String>) {
        let uri = format!("/channel/fuzz?tl_session={}", SESSIONS[client]);
        let request = Request::post(uri).header("content-type", CONTENT_TYPE).body(Body::from(body));
        self.answer(request.expect("a request")).await
    }

    async fn ask(&self, query: &str) -> (StatusCode, Vec<String>) {
        let request = Request::get(format!("/channel/fuzz?{query}")).body(Body::empty());
        self.answer(request.expect("a request")).await
    }

    async fn command(&self, command: &str) {
        let request = Request::post(format!("/channel/fuzz/dev/{command}")).body(Body::empty());
        let (status, _) = self.answer(request.expect("a request")).await;
        assert!(status.is_success() || status == StatusCode::BAD_REQUEST, "{command}: {status}");
    }

    /// The status, and the frames that are text. No answer is a failure of the server's.
    async fn answer(&self, request: Request<Body>) -> (StatusCode, Vec<String>) {
        let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = response.status();
        assert!(!status.is_server_error(), "{status}");
        let is_records = response.headers().get("content-type").is_some_and(|kind| kind == CONTENT_TYPE);
        let body = to_bytes(response.into_body(), ANSWER).await.expect("a body that ends");
        if !is_records {
            return (status, Vec::new());
        }
        let frames = Records::new(&body).map(|record| record.expect("a record"));
        let texts = frames.filter_map(|frame| match frame {
            MessageRef::Text(text) => Some(text.to_owned()),
            _ => None,
        });
        (status, texts.collect())
    }
}

/// Any bytes as a query: what a URL can't have is escaped.
fn query(bytes: &[u8]) -> String {
    // The clients' own sessions begin where it is written down.
    if bytes.windows(10).any(|some| some == b"session-of") {
        return String::new();
    }
    bytes.iter().fold(String::new(), |mut query, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~=&:+%".contains(byte) {
            query.push(char::from(*byte));
        } else {
            query.push_str(&format!("%{byte:02X}"));
        }
        query
    })
}
