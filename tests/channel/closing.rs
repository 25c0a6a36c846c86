//! What ends stays ended, and what goes on does so in good time.

use std::time::Duration;

use tautline::Message;
use tautline::channel::machine::{Answer, Machine, Output, PipeId};
use tautline::channel::{Cause, Config, Event, Fate, Kind, Phase};
use tautline::machine::{Instant, Page};

use crate::scripted::{Client, hello};

fn by(kind: Kind) -> Client {
    let mut number = 0;
    let sessions = move || {
        number += 1;
        format!("session-number-{number:04}")
    };
    let mut client = Client { now: Instant::ZERO, machine: Machine::new(Config::default(), 1, Some(kind), sessions) };
    client.machine.connect(client.now);
    client
}

/// Waits until a better transport is tried.
fn candidate(client: &mut Client, live: PipeId) -> PipeId {
    loop {
        client.time_out();
        let opened = client.outputs().into_iter().find_map(|output| match output {
            Output::Open { id, .. } => Some(id),
            _ => None,
        });
        if let Some(id) = opened {
            return id;
        }
        client.frame(live, "b0:");
    }
}

#[test]
fn a_channel_that_closes_does_not_connect_again() {
    for frame in ["m9:x", "nonsense", &hello(0, 0, "new")] {
        let mut client = by(Kind::Polling);
        let (id, _) = client.asked();
        client.frame(id, &hello(0, 0, "known&ack=0"));
        let first = client.machine.send(Message::from("x")).unwrap();
        client.machine.close(client.now);
        client.frame(id, frame);
        assert_eq!(client.machine.phase(), Phase::Closed, "{frame}");
        let events = client.events();
        assert!(events.contains(&Event::Fate { first, last: first, fate: Fate::Unknown }), "{events:?}");
        assert_eq!(events.last(), Some(&Event::Closed { cause: Cause::Closed }));
    }
}

#[test]
fn a_channel_that_closes_sets_no_timer_that_has_passed() {
    let mut client = by(Kind::Polling);
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "known&ack=0"));
    // Until a moment before the better one is due.
    client.time_out();
    client.now = client.machine.poll_timeout().expect("the better one's time");
    client.machine.send(Message::from("x")).unwrap();
    client.machine.close(client.now);
    client.machine.handle_timeout(client.now);
    assert!(client.machine.poll_timeout().is_some_and(|next| next > client.now));
}

#[test]
fn a_hello_that_was_overtaken_by_an_acknowledgement_forgets_nothing() {
    let mut client = by(Kind::EventStream);
    let (live, _) = client.asked();
    client.frame(live, &hello(0, 0, "known&ack=0"));
    let better = candidate(&mut client, live);
    client.machine.send(Message::from("a")).unwrap();
    client.machine.send(Message::from("b")).unwrap();
    // The server has written the hello before it got the POST whose answer comes first.
    client.frame(live, "a1:");
    client.frame(better, &hello(0, 0, "known&ack=0"));
    let outputs = client.outputs();
    assert!(outputs.contains(&Output::Transmit { id: better, sequence: 2 }), "{outputs:?}");
    assert!(!outputs.iter().any(|output| matches!(output, Output::Tell(Event::Fate { fate: Fate::Unknown, .. }))));
    assert_eq!(client.machine.kind(), Kind::WebSocket);
}

#[test]
fn a_server_that_keeps_no_session_is_not_asked_without_end() {
    let mut client = by(Kind::LongPolling);
    let mut opened = 0;
    while client.now < Instant::ZERO + Duration::from_secs(60) {
        // What the next poll meets does not know what the last one has begun.
        while client.machine.phase() == Phase::Opening {
            let (id, _) = client.asked();
            client.frame(id, &hello(0, 0, "known&ack=0"));
            client.frame(id, &hello(0, 0, "new"));
            opened += 1;
            assert!(opened < 60, "{opened} connections in {:?}", client.now);
        }
        client.time_out();
    }
}

#[test]
fn a_stream_that_is_full_keeps_a_channel_from_opening_again() {
    let mut client = by(Kind::WebSocket);
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "known&ack=0"));
    client.machine.fall_behind();
    client.machine.close(client.now);
    client.machine.reconnect(client.now);
    assert_eq!(client.machine.phase(), Phase::Suspended);
    client.machine.page(client.now, Page::Frozen);
    client.machine.catch_up(client.now);
    assert_eq!(client.machine.phase(), Phase::Suspended);
    client.machine.page(client.now, Page::Resumed);
    assert_eq!(client.machine.phase(), Phase::Opening);
}

#[test]
fn a_better_transport_that_never_lasts_is_tried_less_and_less() {
    let mut client = by(Kind::EventStream);
    let (mut live, _) = client.asked();
    let mut waits = vec![];
    for _ in 0..4 {
        client.frame(live, &hello(0, 0, "known&ack=0"));
        let begun = client.now;
        let better = candidate(&mut client, live);
        waits.push(client.now.since(begun));
        client.frame(better, &hello(0, 0, "known&ack=0"));
        client.end(better, 1006);
        // It breaks off at once, until it is left.
        loop {
            client.time_out();
            let Some(output) = client
                .outputs()
                .into_iter()
                .rev()
                .find(|output| matches!(output, Output::Open { .. } | Output::Probe { .. }))
            else {
                continue;
            };
            match output {
                Output::Open { id, kind: Kind::WebSocket, .. } => {
                    client.frame(id, &hello(0, 0, "known&ack=0"));
                    client.end(id, 1006);
                }
                Output::Open { id, .. } => {
                    live = id;
                    break;
                }
                Output::Probe { id } => {
                    client.machine.probed(client.now, id, Answer::Status(200));
                    (live, _) = client.asked();
                    break;
                }
                _ => {}
            }
        }
    }
    assert!(waits[3] >= Duration::from_secs(120), "{waits:?}");
}

#[test]
fn a_first_visit_that_is_to_be_patient_is_not_in_a_hurry() {
    let mut client = Client::new(Config { blocked_after: 1000, ..Config::default() });
    let mut failures = 0;
    while client.machine.phase() != Phase::Waiting {
        let (id, kind) = client.asked();
        if kind.is_some() {
            failures += 1;
            assert!(failures < 9, "without a wait");
            client.end(id, 1006);
        } else {
            client.machine.probed(client.now, id, Answer::Status(200));
        }
    }
}

#[test]
fn what_was_to_be_sent_is_not_sent_over_a_connection_that_is_given_up() {
    let mut client = by(Kind::WebSocket);
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "known&ack=0"));
    client.outputs();
    // All of it in one turn, as a listener may: the numbers after it are another session's.
    client.machine.send(Message::from("old")).unwrap();
    client.machine.close(client.now);
    client.machine.fall_behind();
    client.machine.catch_up(client.now);
    client.machine.reconnect(client.now);
    client.machine.send(Message::from("new")).unwrap();
    let outputs = client.outputs();
    assert!(!outputs.iter().any(|output| matches!(output, Output::Transmit { .. })), "{outputs:?}");
}
