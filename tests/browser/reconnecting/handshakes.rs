//! Handshakes that hang, that are wrong, and that hang beside a connection that is up.

use std::cell::Cell;
use std::time::Duration;

use tautline::machine::{Config, Ending, Phase};
use tautline::{Endpoint, ReconnectingWebSocket, Target};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{causes, connect, echoes, opened, quick};
use crate::support::link::Link;
use crate::support::{Engine, engine, log, url, within};

const PATIENCE: Duration = Duration::from_millis(500);

/// Leads to these one after the other, and to the last one again and again.
fn in_turn(urls: Vec<String>) -> Endpoint {
    let asked = Cell::new(0);
    Endpoint::from_fn(move |_| {
        let at = asked.replace(asked.get() + 1).min(urls.len() - 1);
        Ok(Target::new(urls[at].clone()))
    })
}

fn impatient(endpoint: Endpoint) -> ReconnectingWebSocket {
    let config = Config { connect_timeout: vec![PATIENCE], ..quick() };
    ReconnectingWebSocket::builder(endpoint).config(config).connect().unwrap()
}

impl From<Ending> for Failure {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::ConnectFailed(closed) => Self::Failed(closed.code.get(), closed.was_clean),
            Ending::ConnectTimedOut(after) => Self::TimedOut(after),
            other => panic!("no end of an attempt: {other:?}"),
        }
    }
}

/// How an attempt ended, without the reason, which is each browser's own.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Failed(u16, bool),
    TimedOut(Duration),
}

#[wasm_bindgen_test]
async fn wrong_answers_one_after_the_other_are_passed_over_until_one_is_right() {
    let mut wrong = vec!["/bad-accept", "/no-accept"];
    wrong.extend(["/refuse?status=200", "/refuse?status=401", "/refuse?status=404", "/refuse?status=503"]);
    if engine() != Engine::Firefox {
        // A subprotocol, though none was asked for: Firefox opens the connection, without it.
        wrong.push("/protocol?force=other");
    }
    if engine() != Engine::WebKit {
        // WebKit follows a redirect, which the standard forbids.
        wrong.extend(["/refuse?status=302", "/refuse?status=307"]);
    }
    // Firefox waits longer and longer before it connects to a port where it failed: each answer comes from a link of its own.
    let mut links = Vec::new();
    for _ in &wrong {
        links.push(Link::new().await);
    }
    let mut urls: Vec<_> = links.iter().zip(&wrong).map(|(link, path)| link.url(path)).collect();
    urls.push(url("/echo"));
    let socket = ReconnectingWebSocket::builder(in_turn(urls)).config(quick()).connect().unwrap();
    let mut causes = causes(&socket);
    for path in &wrong {
        assert_eq!(Failure::from(causes.next().await), Failure::Failed(1006, false), "{path}");
    }
    echoes(&socket).await;
    assert_eq!(socket.metrics().attempts, wrong.len() as u64 + 1);
    assert_eq!(socket.metrics().opens, 1);
}

#[wasm_bindgen_test]
async fn a_subprotocol_that_was_not_asked_for_is_a_failed_attempt_and_so_is_none_in_chromium() {
    // The standard fails a connection without any of the subprotocols asked for; Firefox and WebKit open it.
    for (path, taken) in [("/protocol?force=other", false), ("/protocol?choose=none", engine() != Engine::Chromium)] {
        let socket = connect_with(path, "wanted");
        if taken {
            opened(&socket).await;
            assert_eq!(socket.protocol(), "");
        } else {
            assert_eq!(Failure::from(causes(&socket).next().await), Failure::Failed(1006, false), "{path}");
        }
    }
    let socket = connect_with("/protocol?choose=first", "wanted");
    opened(&socket).await;
    assert_eq!(socket.protocol(), "wanted");
}

fn connect_with(path: &str, protocol: &str) -> ReconnectingWebSocket {
    ReconnectingWebSocket::builder(Target::new(url(path)).protocol(protocol)).config(quick()).connect().unwrap()
}

#[wasm_bindgen_test]
async fn a_handshake_that_was_given_up_keeps_nobody_from_the_next_one() {
    let link = Link::new().await;
    link.hang().await;
    let socket = impatient(in_turn(vec![link.url("/echo"), url("/echo")]));
    assert_eq!(Failure::from(causes(&socket).next().await), Failure::TimedOut(PATIENCE));
    echoes(&socket).await;
    // Firefox leaves the TCP connection as it is until the server answers.
    let ended = u64::from(engine() != Engine::Firefox);
    let state = link.wait(&format!("closed={ended}")).await;
    assert_eq!((state.accepted, state.closed_by_client), (1, ended));
}

#[wasm_bindgen_test]
async fn a_handshake_that_hangs_keeps_only_firefox_from_another_one() {
    let link = Link::new().await;
    link.hang().await;
    let hanging = connect(&link.url("/echo"));
    link.wait_accepted(1).await;
    let socket = impatient(in_turn(vec![url("/echo")]));
    if engine() == Engine::Firefox {
        // It makes one connection at a time to an address, whatever the port.
        assert_eq!(Failure::from(causes(&socket).next().await), Failure::TimedOut(PATIENCE));
        hanging.close();
    }
    echoes(&socket).await;
    assert_eq!(link.stats().await.accepted, 1);
}

#[wasm_bindgen_test]
async fn a_server_that_hangs_for_long_is_found_again_when_it_is_back() {
    const ATTEMPTS: u64 = 8;
    let link = Link::new().await;
    link.hang().await;
    let socket = impatient(in_turn(vec![link.url("/echo")]));
    let mut causes = causes(&socket);
    for _ in 0..ATTEMPTS {
        assert_eq!(Failure::from(causes.next().await), Failure::TimedOut(PATIENCE));
    }
    // Six connections are all that Firefox makes to a server, and those that were given up count.
    let reached = if engine() == Engine::Firefox { 6 } else { ATTEMPTS };
    assert_eq!(link.stats().await.accepted, reached);
    link.thaw().await;
    echoes(&socket).await;
    assert_eq!(link.wait_open(1).await.open, 1, "the others have ended");
}

#[wasm_bindgen_test]
async fn a_handshake_that_hangs_is_ended_by_close_and_by_dropping() {
    let link = Link::new().await;
    link.hang().await;
    let closed = connect(&link.url("/echo"));
    link.wait_accepted(1).await;
    closed.close();
    let ended = within("the end", closed.closed()).await;
    assert_eq!((ended.code.get(), ended.was_clean), (1006, false));
    if engine() == Engine::Firefox {
        link.cut("reset").await;
    }
    let dropped = connect(&link.url("/echo"));
    link.wait_accepted(2).await;
    drop(dropped);
    if engine() == Engine::Firefox {
        link.cut("reset").await;
    }
    link.wait("closed=2&open=0").await;
    link.thaw().await;
    // Nobody tries again.
    let next = connect(&link.url("/echo"));
    opened(&next).await;
    assert_eq!(link.stats().await.accepted, 3);
}

#[wasm_bindgen_test]
async fn a_replacement_that_hangs_leaves_the_connection_that_is_up_at_work() {
    let link = Link::new().await;
    link.hang().await;
    let socket = impatient(in_turn(vec![url("/echo"), link.url("/echo")]));
    opened(&socket).await;
    let (tell, mut failures) = log();
    socket.add_replace_failed_listener(move |failed| tell(failed.cause.clone())).keep();
    let (tell, mut closes) = log();
    socket.add_close_listener(move |event| tell(event.code().get())).keep();
    assert!(socket.replace());
    link.wait_accepted(1).await;
    echoes(&socket).await;
    assert_eq!(Failure::from(failures.next().await), Failure::TimedOut(PATIENCE));
    echoes(&socket).await;
    assert_eq!((socket.phase(), socket.metrics().opens), (Phase::Up, 1));
    // The next candidate gets through.
    let (tell, mut opens) = log();
    socket.add_open_listener(move |event| tell(event.target().url())).keep();
    link.thaw().await;
    link.cut("reset").await;
    assert_eq!(opens.next().await, link.url("/echo"));
    echoes(&socket).await;
    assert_eq!((socket.metrics().replaced, closes.rest()), (1, vec![]), "without a gap");
}

#[wasm_bindgen_test]
async fn a_connection_that_is_lost_while_its_replacement_hangs_waits_for_that_one() {
    let (first, second) = (Link::new().await, Link::new().await);
    second.hang().await;
    let endpoint = in_turn(vec![first.url("/echo"), second.url("/echo")]);
    let config = Config { connect_timeout: vec![Duration::from_secs(20)], ..quick() };
    let socket = ReconnectingWebSocket::builder(endpoint).config(config).connect().unwrap();
    opened(&socket).await;
    assert!(socket.replace());
    second.wait_accepted(1).await;
    let (tell, mut closes) = log();
    socket.add_close_listener(move |event| tell(event.code().get())).keep();
    first.cut("reset").await;
    assert_eq!(closes.next().await, 1006);
    assert_eq!(socket.phase(), Phase::Opening);
    second.thaw().await;
    echoes(&socket).await;
    let accepted = second.stats().await.accepted;
    assert_eq!((accepted, socket.metrics().attempts), (1, 2), "the candidate has become the connection");
}
