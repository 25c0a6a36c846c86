//! A connection that goes silent: no byte comes through, and nothing closes.

use std::time::Duration;

use tautline::machine::{Ending, Heartbeat, Phase};
use tautline::{Builder, Endpoint, MessageRef, ReconnectingWebSocket, Target};
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::fire;
use super::{builder, causes, connect, echoes, opened, quick};
use crate::support::link::Link;
use crate::support::{Wire, log, url};

const RULE: Heartbeat =
    Heartbeat::new().interval(Duration::from_millis(200)).timeout(Duration::from_millis(400)).phase(Duration::ZERO);

/// A timer may fire this much too late while the machine has other things to do.
const SLACK: Duration = Duration::from_secs(5);

fn asking(builder: Builder, rule: Heartbeat) -> ReconnectingWebSocket {
    builder.heartbeat(rule, "ping", |message| message == MessageRef::Text("ping")).connect().unwrap()
}

/// The first connection through the link, all others past it.
fn then_directly(link: &Link) -> Builder {
    let first = link.url("/echo");
    let endpoint = Endpoint::from_fn(move |attempt| {
        Ok(Target::new(if attempt.last.is_none() { first.clone() } else { url("/echo") }))
    });
    ReconnectingWebSocket::builder(endpoint).config(quick())
}

async fn dead(socket: &ReconnectingWebSocket) -> Duration {
    match causes(socket).next().await {
        Ending::Dead { silence } => silence,
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
async fn a_silent_connection_is_replaced_in_time_while_the_old_one_is_still_frozen() {
    let link = Link::new().await;
    let socket = asking(then_directly(&link), RULE);
    opened(&socket).await;
    echoes(&socket).await;
    let (tell, mut closes) = log();
    socket.add_close_listener(move |event| tell((event.code().get(), event.was_clean()))).keep();
    link.freeze().await;
    let silence = dead(&socket).await;
    assert!(silence >= RULE.timeout && silence <= RULE.interval + RULE.timeout + SLACK, "{silence:?}");
    assert_eq!(closes.next().await, (1006, false));
    echoes(&socket).await;
    // The browser's own close of the old one is still to come: it takes 5 to 60 s.
    let old = link.stats().await;
    assert_eq!((old.open, old.closed_by_client), (1, 0));
    assert_eq!((socket.metrics().dead, socket.metrics().opens), (1, 2));
}

#[wasm_bindgen_test]
async fn what_a_connection_held_back_that_counted_as_dead_is_never_delivered() {
    let link = Link::new().await;
    let socket = asking(then_directly(&link), RULE);
    opened(&socket).await;
    let (tell, mut texts) = log();
    socket.add_message_listener(move |event| tell(event.text().unwrap().to_owned())).keep();
    link.freeze().await;
    socket.send("held back").unwrap();
    dead(&socket).await;
    opened(&socket).await;
    // The server answers now, to a socket whose listeners are detached.
    link.thaw().await;
    link.wait_open(0).await;
    echoes(&socket).await;
    assert_eq!(texts.rest(), ["still here"]);
    assert_eq!(socket.metrics().unknown, 1, "of what was held back nobody knows whether it has arrived");
}

#[wasm_bindgen_test]
async fn without_a_heartbeat_a_silent_connection_stays() {
    let link = Link::new().await;
    let (deaf, asking) = (connect(&link.url("/echo")), asking(then_directly(&link), RULE));
    opened(&deaf).await;
    opened(&asking).await;
    link.freeze().await;
    // By the time that one with a heartbeat has gone to another connection.
    dead(&asking).await;
    opened(&asking).await;
    assert_eq!((deaf.phase(), deaf.metrics().attempts), (Phase::Up, 1));
    link.thaw().await;
    echoes(&deaf).await;
    assert_eq!(deaf.metrics().attempts, 1);
}

#[wasm_bindgen_test]
async fn a_sign_of_trouble_asks_a_silent_connection_at_once() {
    let link = Link::new().await;
    let rule = RULE.interval(Duration::from_secs(3600));
    for sign in ["offline", "online"] {
        link.thaw().await;
        let socket = asking(then_directly(&link), rule);
        opened(&socket).await;
        link.freeze().await;
        // Synthetic: the browser's network is as it was.
        fire("window", sign);
        dead(&socket).await;
        fire("window", "online");
        opened(&socket).await;
        assert_eq!(socket.metrics().dead, 1, "{sign}");
    }
}

#[wasm_bindgen_test]
async fn a_heartbeat_is_one_frame_each_interval_and_no_other_is_added() {
    let mut wire = Wire::watch().await;
    let socket = asking(builder(&url(&wire.path("/echo"))), RULE);
    opened(&socket).await;
    for _ in 0..3 {
        let up = wire.find(|record| record.is_frame("up")).await;
        assert_eq!((up.opcode, up.payload_text.as_deref()), (1, Some("ping")));
    }
    assert_eq!((socket.phase(), socket.metrics().dead), (Phase::Up, 0));
    // Without one nothing is added, for as long as a watchdog takes.
    let mut wire = Wire::watch().await;
    let quiet = connect(&url(&wire.path("/echo")));
    opened(&quiet).await;
    dead(&builder(&url("/echo")).watchdog(RULE).connect().unwrap()).await;
    quiet.send("mine").unwrap();
    let up = wire.find(|record| record.is_frame("up")).await;
    assert_eq!(up.payload_text.as_deref(), Some("mine"));
}
