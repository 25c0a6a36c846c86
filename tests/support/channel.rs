//! Channels of the test server, and the commands that make them misbehave. The server's docs describe them.

use serde::Deserialize;
use tautline::channel::{Builder, Channel, Config, Event, Events, Item, Kind, Messages};
use tautline::machine::Backoff;

use super::link::{Link, http, json, text};
use super::{unique_id, within};

/// A channel that no other test uses.
#[derive(Clone, Debug)]
pub(crate) struct Topic {
    pub(crate) name: String,
}

/// What the server says of one.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TopicState {
    pub(crate) epoch: String,
    pub(crate) offset: u64,
    pub(crate) accepted: u64,
    pub(crate) repeated: u64,
    pub(crate) gaps: u64,
    pub(crate) open: Counts,
    pub(crate) opened: Counts,
}

/// Connections or requests by their transport.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Counts {
    pub(crate) websocket: u64,
    pub(crate) events: u64,
    pub(crate) poll: u64,
    pub(crate) post: u64,
}

impl Topic {
    pub(crate) fn new() -> Self {
        Self { name: format!("rust-{}", unique_id()) }
    }

    pub(crate) fn path(&self) -> String {
        format!("/channel/{}", self.name)
    }

    pub(crate) fn url(&self) -> String {
        http(&self.path())
    }

    /// Its URL through a link.
    pub(crate) fn url_through(&self, link: &Link) -> String {
        link.url(&self.path())
    }

    /// A channel in the page, with these transports and no long waits.
    pub(crate) fn open(&self, kinds: &[Kind]) -> Channel {
        build(&self.url(), kinds).open().unwrap()
    }

    /// A command with its query, such as `drop?how=fin`.
    pub(crate) async fn order(&self, command: &str) -> String {
        text("POST", &format!("{}/dev/{command}", self.path())).await
    }

    /// Publishes one text.
    pub(crate) async fn publish(&self, message: &str) {
        let text: String = js_sys::encode_uri_component(message).into();
        self.order(&format!("publish?text={text}")).await;
    }

    pub(crate) async fn state(&self) -> TopicState {
        json("GET", &format!("{}/dev", self.path())).await
    }

    /// Waits until all of a query is so, such as `accepted=3`.
    pub(crate) async fn wait(&self, query: &str) -> TopicState {
        json("GET", &format!("{}/dev/wait?{query}", self.path())).await
    }
}

/// Short waits, so that a test takes no longer than what it tests.
pub(crate) fn config(kinds: &[Kind]) -> Config {
    use std::time::Duration;
    Config {
        transports: kinds.to_vec(),
        backoff: Backoff::Fixed { delay: Duration::from_millis(20), spread: Duration::from_millis(20) },
        poll_every: Duration::from_millis(50),
        ..Config::default()
    }
}

pub(crate) fn build(url: &str, kinds: &[Kind]) -> Builder {
    Channel::builder(url).config(config(kinds)).remember(false)
}

/// The next message's offset and text.
pub(crate) async fn next(messages: &mut Messages) -> (u64, String) {
    match within("the next message", messages.next()).await {
        Some(Item::Message { offset, message }) => (offset, message.as_text().unwrap_or("binary").to_owned()),
        other => panic!("{other:?} in the place of a message"),
    }
}

/// The next event that fits; others are passed over.
pub(crate) async fn find(events: &mut Events, fits: impl Fn(&Event) -> bool) -> Event {
    within("the next event", async {
        loop {
            let event = events.next().await.expect("events have no end");
            if fits(&event) {
                return event;
            }
        }
    })
    .await
}
