//! How the server ends connections that are up, and what follows.

use std::time::Duration;

use tautline::ReconnectingWebSocket;
use tautline::machine::{Backoff, CloseAction, ClosePolicy, Config, Ending, GaveUp, Phase};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{causes, connect, echoes, opened, quick};
use crate::support::link::{Ledger, Link};
use crate::support::{Engine, engine, log, url, within};

fn closed_with(code: u16, reason: &str, config: Config) -> ReconnectingWebSocket {
    let path = format!("/close?code={code}&reason={reason}");
    ReconnectingWebSocket::builder(url(&path).as_str()).config(config).connect().unwrap()
}

fn gave_up(socket: &ReconnectingWebSocket) -> crate::support::Log<GaveUp> {
    let (tell, why) = log();
    socket.add_gave_up_listener(move |why| tell(**why)).keep();
    why
}

#[wasm_bindgen_test]
async fn every_registered_code_stops_or_comes_back_as_the_table_says() {
    let stops = [1000, 1003, 1007, 1008, 1009, 1010, 3000, 3003];
    let retries = [1001, 1002, 1011, 1012, 1013, 1014, 3001, 3008, 4000, 4999];
    for code in stops {
        let socket = closed_with(code, "bye", quick());
        assert!(matches!(gave_up(&socket).next().await, GaveUp::ClosePolicy(why) if why.get() == code), "{code}");
        let closed = within("the end", socket.closed()).await;
        assert_eq!((closed.code.get(), closed.reason.as_str(), closed.was_clean), (code, "bye", true));
        assert_eq!((socket.phase(), socket.metrics().attempts), (Phase::Closed, 1), "{code}");
    }
    for code in retries {
        let socket = closed_with(code, "bye", quick());
        let Ending::Closed(closed) = causes(&socket).next().await else { panic!("{code}: another cause") };
        // WebKit fails connections that are closed with a code registered after the RFC.
        let failed = engine() == Engine::WebKit && (1012..=1014).contains(&code);
        let seen = if failed { (1006, "", false) } else { (code, "bye", true) };
        assert_eq!((closed.code.get(), closed.reason.as_str(), closed.was_clean), seen, "{code}");
        assert_ne!(socket.phase(), Phase::Closed, "{code}");
    }
}

#[wasm_bindgen_test]
async fn a_server_that_greets_and_closes_at_once_is_backed_off_and_not_hammered() {
    let link = Link::new().await;
    let backoff = Backoff::List([20, 60, 180, 3_600_000].map(Duration::from_millis).to_vec());
    let config = Config { backoff, ..Config::default() };
    let socket = ReconnectingWebSocket::builder(link.url("/close?code=4000&after_ms=0").as_str());
    let socket = socket.config(config).connect().unwrap();
    let (tell, mut waits) = log();
    socket.add_retry_listener(move |retry| tell((retry.attempt, retry.delay.as_millis()))).keep();
    for wait in [(0, 20), (1, 60), (2, 180), (3, 3_600_000)] {
        assert_eq!(waits.next().await, wait);
    }
    let state = link.wait_open(0).await;
    assert_eq!(state.accepted, 4, "one for each attempt");
    assert!(state.most_open <= 1, "one at a time");
    assert_eq!((socket.metrics().opens, socket.metrics().closes.get(4000)), (4, 4));
    assert_eq!(socket.phase(), Phase::Waiting);
}

#[wasm_bindgen_test]
async fn a_server_that_sends_everybody_away_is_come_back_to_over_the_whole_range() {
    // Twenty clients at once: with the ordinary backoff all would come back within 20 ms.
    let backoff = Backoff::Exponential { base: Duration::from_millis(20), factor: 2.0, cap: Duration::from_secs(3600) };
    let config = Config { backoff, ..Config::default() };
    let sockets: Vec<_> = (0..20).map(|_| closed_with(1001, "bye", config.clone())).collect();
    let (tell, mut delays) = log();
    for socket in &sockets {
        let tell = tell.clone();
        socket.add_retry_listener(move |retry| tell(retry.delay)).keep();
    }
    let mut waits = Vec::new();
    for _ in &sockets {
        waits.push(delays.next().await);
    }
    waits.sort();
    assert!(waits[19] > Duration::from_secs(60) && waits[19] <= Duration::from_secs(3600), "{waits:?}");
    waits.dedup();
    assert_eq!(waits.len(), 20, "each at a time of its own");
}

#[wasm_bindgen_test]
async fn the_servers_hint_goes_before_the_backoff_and_is_waited_for() {
    let ledger = Ledger::new();
    let backoff = Backoff::List(vec![Duration::from_secs(3600)]);
    let config = Config { backoff, ..Config::default() };
    let path = ledger.path("close_after=1&code=4000&reason=busy%20retry-in%3D300%2B100");
    let socket = ReconnectingWebSocket::builder(url(&path).as_str()).config(config).connect().unwrap();
    opened(&socket).await;
    let (tell, mut delays) = log();
    socket.add_retry_listener(move |retry| tell(retry.delay)).keep();
    socket.send("and close").unwrap();
    let delay = delays.next().await;
    let start = js_sys::Date::now();
    assert!((300..=400).contains(&delay.as_millis()), "{delay:?}");
    opened(&socket).await;
    // The clocks of timers and dates differ by a millisecond or two.
    assert!(js_sys::Date::now() - start >= 290.0, "not before");
    assert_eq!(ledger.state().await.accepted, 2);
}

#[wasm_bindgen_test]
async fn a_hint_does_not_bring_back_who_is_to_stop() {
    let socket = closed_with(1008, "no%20retry-in%3D10", quick());
    assert!(matches!(gave_up(&socket).next().await, GaveUp::ClosePolicy(_)));
    let policy = ClosePolicy::default().decided_by(|closed| (closed.reason == "sign in").then_some(CloseAction::Never));
    let config = Config { close_policy: policy, ..quick() };
    let socket = closed_with(4000, "sign%20in", config);
    assert!(matches!(gave_up(&socket).next().await, GaveUp::ClosePolicy(_)));
}

#[wasm_bindgen_test]
async fn what_breaks_the_protocol_is_a_lost_connection() {
    // A reserved bit, an unknown opcode, a text that is none, and a masked frame, which Firefox takes: the browser fails the connection.
    let masked = (engine() != Engine::Firefox).then_some("818000000000");
    for hex in ["f100", "8300", "8101ff"].into_iter().chain(masked) {
        let socket = connect(&url("/control"));
        opened(&socket).await;
        let mut causes = causes(&socket);
        socket.send(format!("raw {hex}")).unwrap();
        let Ending::Closed(closed) = causes.next().await else { panic!("{hex}: another cause") };
        assert!(matches!(closed.code.get(), 1002 | 1006 | 1007), "{hex}: {closed:?}");
        echoes(&socket).await;
    }
}

#[wasm_bindgen_test]
async fn an_end_of_each_kind_leads_to_the_next_connection() {
    let ledger = Ledger::new();
    for query in ["close_after=1&code=4000", "close_after=1&how=fin", "close_after=1&how=reset"] {
        let socket = ReconnectingWebSocket::builder(url(&ledger.path(query)).as_str()).config(quick());
        let socket = socket.connect().unwrap();
        for text in ["one", "two", "three"] {
            opened(&socket).await;
            let mut ends = causes(&socket);
            socket.send(text).unwrap();
            assert!(matches!(ends.next().await, Ending::Closed(_)), "{query}");
        }
    }
    let state = ledger.wait_messages(9).await;
    assert_eq!((state.messages.len(), state.closed_by_client), (9, 0));
    let socket = ReconnectingWebSocket::builder(url(&ledger.path("")).as_str()).config(quick()).connect().unwrap();
    echoes(&socket).await;
}
