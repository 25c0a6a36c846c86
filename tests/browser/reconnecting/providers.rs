//! What the application provides: URLs and tokens, a handshake, a probe; and replacing a connection without a gap.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use tautline::machine::{Backoff, Config, Ending, Fate, GaveUp, Phase, ProbeRule, Verdict};
use tautline::{
    Builder, Endpoint, Greeting, Probe, ReadyState, ReconnectEvent, ReconnectingWebSocket, Target, Unavailable,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{connect, next_text, opened, quick};
use crate::support::link::{Ledger, Link, http};
use crate::support::{Wire, log, turn, url, within};

fn with(endpoint: impl Into<Endpoint>) -> Builder {
    ReconnectingWebSocket::builder(endpoint).config(quick())
}

async fn gave_up(socket: &ReconnectingWebSocket) -> GaveUp {
    let mut events = socket.events();
    within("giving up", async {
        loop {
            if let ReconnectEvent::GaveUp(why) = events.next().await.expect("giving up comes first") {
                return why;
            }
        }
    })
    .await
}

#[wasm_bindgen_test]
async fn a_provider_is_asked_before_each_attempt_with_its_number_and_the_reason() {
    let link = Link::new().await;
    let (tell, mut asked) = log();
    let target = link.url("/echo");
    let socket = with(Endpoint::from_async(move |attempt| {
        tell((attempt.retry, attempt.last.clone()));
        let target = target.clone();
        async move {
            turn().await;
            // The first answer is a failure.
            if attempt.retry == 0 && attempt.last.is_none() {
                Err(Unavailable::Retry)
            } else {
                Ok(Target::from(target))
            }
        }
    }))
    .connect()
    .unwrap();
    assert_eq!(asked.next().await, (0, None));
    assert_eq!(asked.next().await, (1, Some(Ending::ResolveFailed)));
    opened(&socket).await;
    link.cut("fin").await;
    let (retry, last) = asked.next().await;
    assert!(retry == 2 && matches!(last, Some(Ending::Closed(_))), "{retry} {last:?}");
    opened(&socket).await;
}

/// Tells when it is dropped.
struct Dropped(Rc<Cell<u32>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn never(dropped: &Rc<Cell<u32>>) -> Endpoint {
    let dropped = Rc::clone(dropped);
    Endpoint::from_async(move |_| {
        let dropped = Dropped(Rc::clone(&dropped));
        async move {
            std::future::pending::<()>().await;
            drop(dropped);
            Err(Unavailable::Stop)
        }
    })
}

#[wasm_bindgen_test]
async fn a_provider_that_hangs_is_a_failed_attempt_and_its_future_is_dropped() {
    let dropped = Rc::default();
    let config = Config { resolve_timeout: Duration::from_millis(30), ..quick() };
    let socket = ReconnectingWebSocket::builder(never(&dropped)).config(config).connect().unwrap();
    let (tell, mut causes) = log();
    socket.add_retry_listener(move |retry| tell(retry.cause.clone())).keep();
    assert_eq!(causes.next().await, Ending::ResolveTimedOut);
    assert_eq!(dropped.get(), 1);
    drop(socket);

    let socket = with(never(&dropped)).connect().unwrap();
    socket.close();
    within("the end", socket.closed()).await;
    let waiting = with(never(&dropped)).connect().unwrap();
    drop(waiting);
    turn().await;
    assert!(dropped.get() >= 3, "after close(), and with the last handle: {}", dropped.get());
}

#[wasm_bindgen_test]
async fn a_provider_that_says_stop_ends_it_and_one_that_drops_the_socket_is_survived() {
    let stopped = with(Endpoint::from_async(|_| async { Err(Unavailable::Stop) })).connect().unwrap();
    assert_eq!(gave_up(&stopped).await, GaveUp::Provider);
    let slot = Rc::new(std::cell::RefCell::new(None::<ReconnectingWebSocket>));
    let inner = Rc::clone(&slot);
    let (tell, mut told) = log();
    let own = with(Endpoint::from_async(move |_| {
        let (inner, tell) = (Rc::clone(&inner), tell.clone());
        async move {
            turn().await;
            drop(inner.take());
            tell(());
            Ok(Target::from(url("/echo")))
        }
    }));
    *slot.borrow_mut() = Some(own.connect().unwrap());
    told.next().await;
    turn().await;
}

#[wasm_bindgen_test]
async fn an_answer_that_stays_good_is_not_asked_for_again() {
    let link = Link::new().await;
    let (asked, target) = (Rc::new(Cell::new(0)), link.url("/echo"));
    let count = Rc::clone(&asked);
    let socket = with(Endpoint::from_fn(move |_| {
        count.set(count.get() + 1);
        Ok(Target::new(target.clone()).valid_for(Duration::from_secs(3600)))
    }))
    .connect()
    .unwrap();
    for _ in 0..3 {
        opened(&socket).await;
        let (tell, mut closes) = log();
        let _listener = socket.add_close_listener(move |_| tell(()));
        link.cut("reset").await;
        closes.next().await;
    }
    opened(&socket).await;
    assert_eq!(asked.get(), 1);
    socket.reconnect();
    opened(&socket).await;
    assert_eq!(asked.get(), 2, "reconnect() asks anew");
}

#[wasm_bindgen_test]
async fn of_several_endpoints_the_next_one_is_tried() {
    let (down, up) = (Link::new().await, Link::new().await);
    down.stop().await;
    for _ in 0..4 {
        let socket = with(down.url("/echo")).endpoint(up.url("/echo")).connect().unwrap();
        opened(&socket).await;
        assert_eq!(socket.url(), up.url("/echo"));
    }
}

fn greeting(path: &str, token: &'static str) -> Builder {
    with(url(path)).handshake(move |mut greeting: Greeting| async move {
        greeting.send(format!("token {token}")).map_err(|_| ())?;
        if greeting.next().await.as_text() == Some("welcome") { Ok(()) } else { Err(()) }
    })
}

#[wasm_bindgen_test]
async fn the_handshake_of_the_application_comes_before_all_else() {
    let socket = greeting("/welcome?token=good&delay_ms=100", "good").connect().unwrap();
    let mut messages = socket.messages();
    socket.send("queued").unwrap();
    let (tell, mut phases) = log();
    socket.add_phase_listener(move |phase| tell((**phase, phase.target().ready_state()))).keep();
    while phases.next().await != (Phase::Greeting, ReadyState::Connecting) {}
    opened(&socket).await;
    assert_eq!(next_text(&mut messages).await, "queued", "the welcome is the handshake's");
}

#[wasm_bindgen_test]
async fn a_bad_token_is_not_tried_for_ever() {
    let socket = greeting("/welcome?token=good", "bad").connect().unwrap();
    assert!(matches!(gave_up(&socket).await, GaveUp::ClosePolicy(code) if code.get() == 3000));
}

#[wasm_bindgen_test]
async fn a_handshake_that_hangs_is_a_failed_attempt() {
    let config = Config { handshake_timeout: Duration::from_millis(100), ..quick() };
    let socket = ReconnectingWebSocket::builder(url("/welcome?hang=yes"))
        .config(config)
        .handshake(|mut greeting: Greeting| async move {
            greeting.next().await;
            Ok::<(), ()>(())
        })
        .connect()
        .unwrap();
    let (tell, mut causes) = log();
    socket.add_retry_listener(move |retry| tell(retry.cause.clone())).keep();
    assert_eq!(causes.next().await, Ending::HandshakeTimedOut);
}

#[wasm_bindgen_test]
async fn what_comes_right_after_the_welcome_is_handed_on_in_order() {
    let ledger = Ledger::new();
    let socket = with(url(&ledger.path("push_ms=1")))
        .handshake(|mut greeting: Greeting| async move {
            let first = greeting.next().await;
            // Some arrive while it thinks.
            gloo_timers::future::TimeoutFuture::new(50).await;
            if first.as_text() == Some("p 0") { Ok(()) } else { Err(()) }
        })
        .connect()
        .unwrap();
    let mut messages = socket.messages();
    for number in 1..40 {
        assert_eq!(next_text(&mut messages).await, format!("p {number}"));
    }
}

/// On a port of its own, since Firefox waits longer and longer before it connects to one where it failed.
fn probed(link: &Link, path: &str, probe: Probe) -> ReconnectingWebSocket {
    let config = Config { backoff: Backoff::List(vec![Duration::ZERO]), ..quick() };
    let rule = ProbeRule { after_failures: 1, every: Duration::ZERO };
    ReconnectingWebSocket::builder(link.url(path)).config(config).probe(rule, probe).connect().unwrap()
}

#[wasm_bindgen_test]
async fn a_probe_tells_a_bad_token_from_a_server_that_is_down() {
    let link = Link::new().await;
    let refused = probed(&link, "/refuse?status=401", Probe::http());
    assert_eq!(gave_up(&refused).await, GaveUp::Probe { status: Some(401) });
    let elsewhere = probed(&link, "/refuse?status=500", Probe::http_at(http("/status?code=403")));
    assert_eq!(gave_up(&elsewhere).await, GaveUp::Probe { status: Some(403) });
    let hook = probed(
        &Link::new().await,
        "/refuse?status=500",
        Probe::from_async(|| async { Verdict::Stop { status: None } }),
    );
    assert_eq!(gave_up(&hook).await, GaveUp::Probe { status: None });
    let busy = probed(&link, "/refuse?status=500", Probe::http_at(http("/status?code=503&retry_after=70")));
    let (tell, mut delays) = log();
    busy.add_retry_listener(move |retry| tell((retry.cause.clone(), retry.delay))).keep();
    loop {
        let (cause, delay) = delays.next().await;
        if cause == Ending::Probed {
            assert!((Duration::from_secs(70)..=Duration::from_secs(140)).contains(&delay), "{delay:?}");
            return;
        }
    }
}

#[wasm_bindgen_test]
async fn another_connection_takes_over_without_a_gap() {
    let (mut wire, link) = (Wire::watch().await, Link::new().await);
    let socket = connect(&link.url(&wire.path("/echo")));
    opened(&socket).await;
    let mut messages = socket.messages();
    let (tell, mut told) = log();
    let (closes, phases) = (tell.clone(), tell.clone());
    socket.add_open_listener(move |_| tell("open".to_owned())).keep();
    socket.add_close_listener(move |_| closes("close".to_owned())).keep();
    socket.add_phase_listener(move |phase| phases(format!("{:?}", **phase))).keep();
    assert!(socket.replace());
    assert_eq!(socket.ready_state(), ReadyState::Open);
    for number in 0..20 {
        socket.send(format!("{number}")).unwrap();
    }
    assert_eq!(told.next().await, "open");
    let receipt = socket.receipt(socket.send("after").unwrap());
    assert_eq!(within("its fate", receipt.settled()).await, Some(Fate::HandedOver));
    while next_text(&mut messages).await != "after" {}
    assert_eq!(wire.client_close().await.code, Some(1000), "the old one");
    let state = link.wait("open=1").await;
    assert_eq!((state.accepted, socket.metrics().replaced), (2, 1));
    assert!(state.most_open <= 2);
    assert_eq!(told.rest(), Vec::<String>::new(), "no close, no other phase");
}

#[wasm_bindgen_test]
async fn a_server_that_is_about_to_go_asks_to_be_replaced() {
    let link = Link::new().await;
    let socket = with(link.url("/control"))
        .drain_on(|message| message == tautline::MessageRef::Text("drain"))
        .connect()
        .unwrap();
    opened(&socket).await;
    let mut messages = socket.messages();
    let (tell, mut opens) = log();
    socket.add_open_listener(move |_| tell(())).keep();
    socket.send("text drain").unwrap();
    assert_eq!(next_text(&mut messages).await, "drain");
    opens.next().await;
    assert_eq!(link.wait("open=1").await.accepted, 2);
}

#[wasm_bindgen_test]
async fn a_candidate_that_does_not_come_up_leaves_the_connection_alone() {
    let link = Link::new().await;
    let socket = connect(&link.url("/echo"));
    opened(&socket).await;
    link.command("drop-next?count=1").await;
    let (tell, mut failed) = log();
    socket.add_replace_failed_listener(move |failed| tell(failed.delay)).keep();
    assert!(socket.replace());
    assert!(failed.next().await.is_some(), "another follows");
    let mut messages = socket.messages();
    socket.send("still here").unwrap();
    assert_eq!(next_text(&mut messages).await, "still here");
    assert_eq!(socket.phase(), Phase::Up);
}
