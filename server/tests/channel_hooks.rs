//! What an application may put in the place of the gate, the handler and the broker.

mod support;

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use futures_util::{FutureExt as _, SinkExt as _};
use support::channel::{SESSION, hello};
use support::{Running, closed, next_text};
use tautline::MessageRef;
use tautline_server::Config;
use tautline_server::channel::{
    Batch, Broker, BrokerError, Budget, Claim, From, Gate, Handler, Limits, Met, Place, Position, Settings, Verdict,
};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http;

async fn with(channel: Settings) -> Running {
    Running::with(Config { channel, ..Config::default() }).await
}

/// Answers to a channel of the client's own, and refuses to handle `fail`.
#[derive(Debug)]
struct Shout;

impl Handler for Shout {
    fn handle<'a>(
        &'a self,
        broker: &'a dyn Broker,
        from: From<'a>,
        message: MessageRef<'a>,
    ) -> BoxFuture<'a, Result<(), BrokerError>> {
        async move {
            let MessageRef::Text(text) = message else { return Ok(()) };
            if text == "fail" {
                return Err(BrokerError::Away);
            }
            let shout = format!("{} {} {}", from.client, from.sequence, text.to_uppercase());
            broker.publish("shouts", MessageRef::Text(&shout)).await?;
            Ok(())
        }
        .boxed()
    }
}

/// Takes the query for the client's name.
#[derive(Debug)]
struct ByName;

impl Gate for ByName {
    fn admit<'a>(&'a self, request: &'a http::request::Parts, _: &'a str) -> BoxFuture<'a, Verdict> {
        let query = request.uri.query().unwrap_or_default();
        let name = query.split('&').find_map(|pair| pair.strip_prefix("name="));
        ready(name.map_or(Verdict::Forbidden, |name| Verdict::Allow { client: Some(name.to_owned()) })).boxed()
    }
}

#[tokio::test]
async fn a_handler_decides_what_becomes_of_a_message_and_knows_who_sent_it() {
    let channel = Settings { handler: Arc::new(Shout), gate: Arc::new(ByName), ..Settings::default() };
    let server = with(channel).await;
    let mut listener = server.channel("shouts", "?name=listener").await;
    hello(&next_text(&mut listener).await);
    let mut client = server.channel("a", &format!("?name=ann&tl_session={SESSION}")).await;
    hello(&next_text(&mut client).await);
    client.send(Message::text("s1:hey")).await.unwrap();
    assert_eq!(next_text(&mut listener).await, "m1:ann 1 HEY");
    assert_eq!(next_text(&mut client).await, "a1:");
    client.send(Message::text("s2:fail")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "x1013:the broker is away");
    assert_eq!(closed(&mut client).await.unwrap().0, 1013);
    let (status, frames) = server.records("a", &format!("?name=ann&tl_session={SESSION}"), b"t7:s2:failt4:s3:x").await;
    assert_eq!((status, frames.texts()), (503, vec!["a1:".to_owned(), "x1013:the broker is away".to_owned()]));
    let (status, frames) = server.records("a", &format!("?name=ann&tl_session={SESSION}"), b"t4:s2:xt4:s3:y").await;
    assert_eq!((status, frames.texts()), (200, vec!["a3:".to_owned()]), "what was not handled is sent again");
}

#[tokio::test]
async fn what_a_client_has_is_counted_by_the_name_that_the_gate_gives_it() {
    let limits = Limits { client_connections: 1, ..Limits::default() };
    let server = with(Settings { gate: Arc::new(ByName), limits, ..Settings::default() }).await;
    let mut ann = server.channel("a", "?name=ann").await;
    hello(&next_text(&mut ann).await);
    let mut again = server.channel("a", "?name=ann").await;
    assert!(next_text(&mut again).await.starts_with("x4429:"));
    let mut bob = server.channel("a", "?name=bob").await;
    hello(&next_text(&mut bob).await);
    let mut nobody = server.channel("a", "").await;
    assert!(next_text(&mut nobody).await.starts_with("x4403:"));
}

/// A broker that can't be reached.
#[derive(Debug)]
struct Away;

impl Broker for Away {
    fn watch<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<watch::Receiver<Position>, BrokerError>> {
        ready(Err(BrokerError::Away)).boxed()
    }

    fn read<'a>(&'a self, _: &'a str, _: Option<Place<'a>>, _: Budget) -> BoxFuture<'a, Result<Batch, BrokerError>> {
        ready(Err(BrokerError::Away)).boxed()
    }

    fn publish<'a>(&'a self, _: &'a str, _: MessageRef<'a>) -> BoxFuture<'a, Result<u64, BrokerError>> {
        ready(Err(BrokerError::Away)).boxed()
    }

    fn meet<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<Met, BrokerError>> {
        ready(Err(BrokerError::Away)).boxed()
    }

    fn claim<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<Option<Box<dyn Claim>>, BrokerError>> {
        ready(Err(BrokerError::Away)).boxed()
    }
}

#[tokio::test]
async fn a_broker_that_is_away_is_a_reason_to_come_back_later() {
    let server = with(Settings { broker: Some(Arc::new(Away)), ..Settings::default() }).await;
    let mut client = server.channel("a", "").await;
    assert_eq!(next_text(&mut client).await, "x1013:the broker is away");
    let (head, body) = server.get("/channel/a?tl_wait=0").await;
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("\r\nretry-after: 1\r\n"), "{head}");
    assert_eq!(body, "t24:x1013:the broker is away");
    let stream = server.events("a", "", "").await;
    assert!(stream.head.starts_with("HTTP/1.1 503 "), "{}", stream.head);
    assert_eq!(server.records("a", &format!("?tl_session={SESSION}"), b"t4:s1:a").await.0, 503);
    assert!(server.post("/channel/a/dev/publish").await.0.starts_with("HTTP/1.1 503 "));
}
