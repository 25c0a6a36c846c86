//! Links and ledgers of the test server, driven by `fetch`, which windows and workers have. The server's docs describe them.

use js_sys::{Object, Promise, Reflect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Response;

use super::{server, unique_id, within};

#[wasm_bindgen]
extern "C" {
    /// The one of the global scope, whichever it is.
    fn fetch(url: &str, options: &Object) -> Promise;
}

/// The URL of a plain HTTP endpoint, such as `/status?code=401`.
pub(crate) fn http(path: &str) -> String {
    format!("http://{}{path}", server())
}

/// Asks the server by plain HTTP.
pub(crate) async fn request(method: &str, path: &str) -> Response {
    let response = within(path, JsFuture::from(start(method, path))).await;
    response.unwrap_or_else(|error| panic!("{method} {path}: {error:?}")).unchecked_into()
}

fn start(method: &str, path: &str) -> Promise {
    let options = Object::new();
    // `keepalive`: it goes out even where the page ends with it.
    for (name, value) in [("method", JsValue::from(method)), ("keepalive", JsValue::TRUE)] {
        Reflect::set(&options, &name.into(), &value).unwrap();
    }
    fetch(&http(path), &options)
}

/// The text of an answer that must be a success.
pub(crate) async fn text(method: &str, path: &str) -> String {
    let response = request(method, path).await;
    let text = within(path, JsFuture::from(response.text().unwrap())).await.unwrap().as_string().unwrap();
    assert!(response.ok(), "{method} {path}: {} {text}", response.status());
    text
}

pub(crate) async fn json<T: DeserializeOwned>(method: &str, path: &str) -> T {
    let text = text(method, path).await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{method} {path}: {error} in {text}"))
}

/// A TCP proxy in front of the server. It ends when this is dropped.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    id: String,
    port: u16,
}

/// What a link says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LinkState {
    pub(crate) listening: bool,
    pub(crate) mode: String,
    pub(crate) open: u64,
    pub(crate) accepted: u64,
    pub(crate) closed: u64,
    pub(crate) closed_by_client: u64,
    pub(crate) most_open: u64,
    pub(crate) bytes_up: u64,
    pub(crate) bytes_down: u64,
}

impl Link {
    /// Makes one that listens.
    pub(crate) async fn new() -> Self {
        json("POST", "/link").await
    }

    /// The WebSocket URL of an endpoint through this link.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://127.0.0.1:{}{path}", self.port)
    }

    /// Its host and port.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// No byte passes any more; new connections are held.
    pub(crate) async fn freeze(&self) {
        self.command("freeze").await;
    }

    /// New connections are held.
    pub(crate) async fn hang(&self) {
        self.command("hang").await;
    }

    /// What was held back passes.
    pub(crate) async fn thaw(&self) {
        self.command("thaw").await;
    }

    /// Ends the connections there are, by `fin` or `reset`.
    pub(crate) async fn cut(&self, how: &str) {
        self.command(&format!("cut?how={how}")).await;
    }

    /// Refuses connects, and resets the connections there are.
    pub(crate) async fn stop(&self) {
        self.command("stop").await;
    }

    /// Listens again.
    pub(crate) async fn start(&self) {
        self.command("start").await;
    }

    /// Any command with its query, such as `drop-next?count=2`.
    pub(crate) async fn command(&self, command: &str) {
        text("POST", &format!("/link/{}/{command}", self.id)).await;
    }

    pub(crate) async fn stats(&self) -> LinkState {
        json("GET", &format!("/link/{}", self.id)).await
    }

    /// Waits until so many connections are open.
    pub(crate) async fn wait_open(&self, count: u64) -> LinkState {
        self.wait(&format!("open={count}")).await
    }

    /// Waits until so many connections were accepted.
    pub(crate) async fn wait_accepted(&self, count: u64) -> LinkState {
        self.wait(&format!("accepted={count}")).await
    }

    /// Waits until all of a query is so, such as `accepted=3&open=1`.
    pub(crate) async fn wait(&self, query: &str) -> LinkState {
        json("GET", &format!("/link/{}/wait?{query}", self.id)).await
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let ending = JsFuture::from(start("POST", &format!("/link/{}/end", self.id)));
        // If nobody hears of it, the link ends by itself.
        spawn_local(async { drop(ending.await) });
    }
}

/// What arrives on all connections to one of the server's ledgers.
#[derive(Debug)]
pub(crate) struct Ledger {
    id: String,
}

/// What stands in a ledger.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LedgerState {
    /// The number of the connection, and the text, in the order of arrival.
    pub(crate) messages: Vec<(u64, String)>,
    pub(crate) pushed: u64,
    pub(crate) open: u64,
    pub(crate) accepted: u64,
    pub(crate) closed: u64,
    pub(crate) closed_by_client: u64,
    pub(crate) most_open: u64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { id: unique_id() }
    }

    /// Its path with a query, such as `push_ms=5`, or without one.
    pub(crate) fn path(&self, query: &str) -> String {
        let separator = if query.is_empty() { "" } else { "?" };
        format!("/ledger/{}{separator}{query}", self.id)
    }

    pub(crate) async fn state(&self) -> LedgerState {
        json("GET", &self.path("")).await
    }

    /// Waits until so many messages have arrived.
    pub(crate) async fn wait_messages(&self, count: u64) -> LedgerState {
        self.wait(&format!("messages={count}")).await
    }

    /// Waits until so many connections are open.
    pub(crate) async fn wait_open(&self, count: u64) -> LedgerState {
        self.wait(&format!("open={count}")).await
    }

    /// Waits until all of a query is so, such as `closed=3&open=0`.
    pub(crate) async fn wait(&self, query: &str) -> LedgerState {
        json("GET", &format!("/ledger/{}/wait?{query}", self.id)).await
    }
}
