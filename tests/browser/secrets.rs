//! No error, no `Debug` text and no event of `tracing` shows user-info, query or fragment of a URL, nor a subprotocol, which may be a token.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt;
use tautline::channel::{Channel, Config as ChannelConfig, Kind};
use tautline::machine::{Backoff, Config};
use tautline::{ConstructorError, Endpoint, ReconnectEvent, ReconnectingWebSocket, Target, WebSocket};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{url, within};

const SECRET: &str = "SECRET7f3a";

thread_local! {
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Writes down all that is traced.
struct Log(AtomicU64);

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        LOG.with_borrow_mut(|log| attributes.record(&mut Fields(log)));
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        LOG.with_borrow_mut(|log| values.record(&mut Fields(log)));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        LOG.with_borrow_mut(|log| {
            event.record(&mut Fields(log));
            log.push('\n');
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn check(what: &str, shown: &str) {
    assert!(!shown.is_empty() && !shown.contains(SECRET), "{what}: {shown}");
}

fn check_error<T>(what: &str, result: Result<T, ConstructorError>) {
    if let Err(error) = result {
        check(what, &format!("{error} {error:?} {error:#?}"));
    }
}

#[wasm_bindgen_test]
fn urls_and_subprotocols_that_are_refused_are_shown_without_what_is_secret() {
    for bad in [
        format!("nonsense://ann:{SECRET}@127.0.0.1/x?token={SECRET}#{SECRET}"),
        format!("ws://ann:{SECRET}@127.0.0.1:99999/?{SECRET}"),
        format!("ws://ann:{SECRET}@exa mple/?{SECRET}#{SECRET}"),
        format!("//ann:{SECRET}@[::1/?{SECRET}"),
    ] {
        assert!(WebSocket::new(&bad).is_err(), "{bad}");
        check_error("a socket", WebSocket::new(&bad));
        check_error("a reconnecting socket", ReconnectingWebSocket::new(bad.as_str()));
        check_error("a channel", Channel::new(&bad));
        let target = Target::new(bad.clone()).protocol(format!("token.{SECRET}"));
        check("a target", &format!("{target:?}"));
        check("an endpoint", &format!("{:?}", Endpoint::from(target)));
    }
    let token = format!("{SECRET} x");
    check_error("a subprotocol", WebSocket::with_protocol("/echo", &token));
    check_error("a subprotocol twice", WebSocket::with_protocols("/echo", &[SECRET, SECRET]));
    assert!(WebSocket::with_protocol("/echo", &token).is_err());
}

#[wasm_bindgen_test]
async fn what_a_socket_and_a_channel_tell_and_trace_has_nothing_that_is_secret() {
    // The only one in this program: nobody else sets it.
    tracing::subscriber::set_global_default(Log(AtomicU64::new(1))).unwrap();
    // Chromium makes a page wait for seconds, most of whose handshakes have failed: the tests after this one would be too slow for their limits.
    for _ in 0..10 {
        let socket = WebSocket::new(&url("/echo")).unwrap();
        within("a connection", socket.opened()).await.unwrap();
        socket.close();
        within("its end", socket.closed()).await;
    }
    let secret = format!("{}?token={SECRET}", url("/nowhere"));
    let target = Target::new(secret.clone()).protocol(format!("token.{SECRET}"));
    let config =
        Config { backoff: Backoff::List(vec![std::time::Duration::ZERO]), max_retries: Some(2), ..Config::default() };
    let builder = ReconnectingWebSocket::builder(target).config(config);
    check("a builder", &format!("{builder:?}"));
    let socket = builder.connect().unwrap();
    check("a reconnecting socket", &format!("{socket:?} {:?} {:?}", socket.sender(), socket.messages()));
    let mut events = socket.events();
    loop {
        let event = within("an event", events.next()).await.unwrap();
        check("an event", &format!("{event:?}"));
        if matches!(event, ReconnectEvent::GaveUp(_)) {
            break;
        }
    }
    let error = socket.opened().await.unwrap_err();
    check("what never opened", &format!("{error} {error:?}"));
    let error = socket.send("x").unwrap_err();
    check("what can't be sent", &format!("{error} {error:?}"));

    let plain = WebSocket::new(&secret).unwrap();
    check("a socket", &format!("{plain:?}"));
    let error = within("the end", plain.opened()).await.unwrap_err();
    check("a socket that never opened", &format!("{error} {error:?} {plain:?}"));

    let refused = format!("{}?token={SECRET}", url("/channel/private-secrets").replace("ws", "http"));
    let config = ChannelConfig { transports: vec![Kind::WebSocket], ..ChannelConfig::default() };
    let channel = Channel::builder(&refused).config(config).open().unwrap();
    check("a channel", &format!("{channel:?}"));
    let cause = within("the end", channel.opened()).await.unwrap_err();
    check("why a channel has ended", &format!("{cause} {cause:?} {channel:?}"));

    LOG.with_borrow(|log| {
        assert!(log.contains("retry") || log.contains("gave up"), "{log}");
        check("the log", log);
    });
}
