//! What the browser tests share: the server's address, and what the server saw on the wire.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod channel;
pub(crate) mod link;

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::{
    FutureExt, StreamExt,
    future::{Either, select},
};
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use serde::Deserialize;
use tautline::codec::Json;
use tautline::{Message, Messages, Typed, WebSocket};
use wasm_bindgen::JsCast;

/// Longer than any browser takes for one step here, shorter than the runner's patience.
const PATIENCE_MS: u32 = 30_000;

/// The server's address, `host:port`.
pub(crate) fn server() -> &'static str {
    option_env!("TAUTLINE_TEST_SERVER").unwrap_or("127.0.0.1:8080")
}

/// The URL of an endpoint, such as `/echo`.
pub(crate) fn url(path: &str) -> String {
    format!("ws://{}{path}", server())
}

/// An id that no other test uses.
pub(crate) fn unique_id() -> String {
    thread_local!(static COUNT: Cell<u32> = const { Cell::new(0) });
    let count = COUNT.replace(COUNT.get() + 1);
    format!("{:x}-{count}", (js_sys::Math::random() * 2_f64.powi(52)) as u64)
}

/// Connects to an endpoint.
pub(crate) fn connect(path: &str) -> WebSocket {
    WebSocket::new(&url(path)).unwrap()
}

/// Connects to an endpoint and waits until it is open.
pub(crate) async fn open(path: &str) -> WebSocket {
    let socket = connect(path);
    within("open", socket.opened()).await.unwrap();
    socket
}

/// Fails if a handler has panicked: in a handler a failed assertion ends in the page's `error` event, where no test would see it.
fn no_handler_has_panicked() {
    thread_local! {
        static PANICS: Rc<Cell<u32>> = Rc::default();
        static WATCH: EventListener = PANICS.with(|panics| {
            let panics = Rc::clone(panics);
            let scope: web_sys::EventTarget = js_sys::global().unchecked_into();
            EventListener::new(&scope, "error", move |_| panics.set(panics.get() + 1))
        });
    }
    WATCH.with(|_| {});
    assert_eq!(PANICS.with(|panics| panics.take()), 0, "panics inside of handlers; the console has them");
}

/// Awaits with an end: a test that waits for ever would name nothing.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    no_handler_has_panicked();
    let start = js_sys::Date::now();
    let outcome = select(Box::pin(future), TimeoutFuture::new(PATIENCE_MS)).await;
    no_handler_has_panicked();
    match outcome {
        // Ready, but only found so since the timer has woken this task: nobody else did.
        Either::Left(_) if js_sys::Date::now() - start >= f64::from(PATIENCE_MS) => {
            panic!("nobody was woken for: {what}")
        }
        Either::Left((value, _)) => value,
        Either::Right(_) => panic!("waited {PATIENCE_MS} ms for: {what}"),
    }
}

/// The next message.
pub(crate) async fn next(messages: &mut Messages) -> Message {
    within("the next message", messages.next()).await.expect("a message before the end")
}

/// What handlers tell and the test awaits.
pub(crate) struct Log<T>(UnboundedReceiver<T>);

impl<T> Log<T> {
    pub(crate) async fn next(&mut self) -> T {
        within("the next thing a handler tells", self.0.next()).await.expect("a handler that can tell")
    }

    /// What was told and not yet taken.
    pub(crate) fn rest(&mut self) -> Vec<T> {
        no_handler_has_panicked();
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

/// A function for handlers to tell with, and what they told.
pub(crate) fn log<T>() -> (impl Fn(T) + Clone, Log<T>) {
    let (sender, receiver) = unbounded();
    (move |value| drop(sender.unbounded_send(value)), Log(receiver))
}

/// Lets the event loop turn, so that what is queued in it happens.
pub(crate) async fn turn() {
    TimeoutFuture::new(0).await;
    no_handler_has_panicked();
}

/// Whether the future is ready now.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    future.now_or_never()
}

/// The engine the test runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

pub(crate) fn engine() -> Engine {
    let navigator = js_sys::Reflect::get(&js_sys::global(), &"navigator".into()).unwrap();
    let agent = js_sys::Reflect::get(&navigator, &"userAgent".into()).unwrap().as_string().unwrap();
    if agent.contains("Firefox/") {
        Engine::Firefox
    } else if agent.contains("Chrome/") {
        Engine::Chromium
    } else {
        Engine::WebKit
    }
}

/// An endpoint that leaves the handshake unanswered.
///
/// Firefox doesn't end the TCP connection of a handshake that was given up (not within 30 s), and makes no other connection to the
/// same address meanwhile. There the answer comes after a second, and it must end the connection then.
pub(crate) fn hanging() -> &'static str {
    if engine() == Engine::Firefox { "/slow-handshake?ms=1000" } else { "/hang" }
}

/// One thing that the server saw on the wire of a connection.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) direction: String,
    pub(crate) opcode: u8,
    pub(crate) length: u64,
    pub(crate) payload_text: Option<String>,
    pub(crate) payload_hex: String,
    pub(crate) code: Option<u16>,
    pub(crate) reason: Option<String>,
    pub(crate) how: String,
    pub(crate) connection: u64,
}

/// What the server sees of the connections whose URL has this wire's id.
pub(crate) struct Wire {
    id: String,
    feed: Typed<(), Record, Json>,
}

impl Wire {
    /// Starts to watch, before the connection is made.
    pub(crate) async fn watch() -> Self {
        let id = unique_id();
        let feed = Typed::new(connect(&format!("/wire/{id}")), Json);
        within("the wire feed", feed.socket().opened()).await.unwrap();
        Self { id, feed }
    }

    /// An endpoint's path with this wire's id.
    pub(crate) fn path(&self, path: &str) -> String {
        let separator = if path.contains('?') { '&' } else { '?' };
        format!("{path}{separator}wire={}", self.id)
    }

    /// The next record.
    pub(crate) async fn next(&mut self) -> Record {
        within("the next wire record", self.feed.next()).await.expect("the feed goes on").expect("a record")
    }

    /// The next record that fits; the others are passed over.
    pub(crate) async fn find(&mut self, fits: impl Fn(&Record) -> bool) -> Record {
        loop {
            let record = self.next().await;
            if fits(&record) {
                return record;
            }
        }
    }

    /// The close frame that the client sends; fails if the connection ends without one.
    pub(crate) async fn client_close(&mut self) -> Record {
        let record = self.find(|record| record.is_close("up") || record.kind == "over").await;
        assert_eq!(record.kind, "frame", "the connection ended without a close frame of the client's");
        record
    }

    /// Waits until the connection is over.
    pub(crate) async fn over(&mut self) {
        within("the server to see the connection's end", async {
            while self.feed.next().await.expect("the feed goes on").expect("a record").kind != "over" {}
        })
        .await;
    }
}

impl Record {
    pub(crate) fn is_close(&self, direction: &str) -> bool {
        self.kind == "frame" && self.opcode == 8 && self.direction == direction
    }

    pub(crate) fn is_frame(&self, direction: &str) -> bool {
        self.kind == "frame" && self.direction == direction
    }
}
