//! What the code of an ended connection means for the next one.

use std::time::Duration;

use tautline::channel::machine::{Answer, Machine, Output, PipeId};
use tautline::channel::{Cause, Config, Event, Kind, Phase};
use tautline::machine::Instant;
use tautline::{Closed, Message, MessageRef, StatusCode};

const HELLO: &str = "h1:epoch=e1&offset=0&after=0&session=known&ack=0&beat=0&limit=100";

fn closed(code: u16) -> Closed {
    Closed::new(StatusCode::try_from(code).unwrap(), "", true)
}

fn opening(seed: u64) -> (Machine<Message>, PipeId) {
    let mut machine = Machine::new(Config::default(), seed, None, || "s".repeat(16));
    machine.connect(Instant::ZERO);
    let Some(Output::Open { id, .. }) = machine.poll_output() else { panic!("an attempt") };
    (machine, id)
}

/// One that has lasted, or has not said hello yet.
fn ended(seed: u64, up: bool, code: u16) -> (Machine<Message>, Vec<Event>) {
    let (mut machine, id) = opening(seed);
    if up {
        machine.received(|| Instant::ZERO, id, MessageRef::Text(HELLO));
        machine.handle_timeout(Instant::ZERO + Duration::from_secs(10));
        while machine.poll_output().is_some() {}
    }
    if code >= 4000 {
        // Said by the server itself, and so for good where it is.
        machine.received(|| Instant::ZERO, id, MessageRef::Text(&format!("x{code}:")));
    }
    machine.ended(Instant::ZERO + Duration::from_secs(10), id, closed(code));
    let outputs: Vec<_> = std::iter::from_fn(|| machine.poll_output()).collect();
    let events =
        outputs.into_iter().filter_map(|output| if let Output::Tell(event) = output { Some(event) } else { None });
    let events = events.collect();
    (machine, events)
}

#[test]
fn what_would_end_the_same_way_again_ends_it() {
    for code in [4400, 4401, 4403, 4404, 4413] {
        for up in [true, false] {
            let (machine, events) = ended(1, up, code);
            assert_eq!(events, [Event::Closed { cause: Cause::Ended(closed(code)) }], "{code}");
            assert_eq!((machine.phase(), machine.poll_timeout()), (Phase::Closed, None));
        }
    }
}

#[test]
fn what_only_a_transport_says_of_an_answer_is_tried_again() {
    for code in [4400, 4413] {
        let (mut machine, id) = opening(1);
        machine.ended(Instant::ZERO, id, closed(code));
        assert_ne!(machine.phase(), Phase::Closed, "{code}: the answer may have been somebody else's");
    }
}

#[test]
fn a_server_that_has_no_room_or_sends_everybody_away_is_left_alone_for_longer_and_asked_no_question() {
    for code in [1001, 1012, 1013, 4429] {
        for up in [true, false] {
            let mut longest = Duration::ZERO;
            for seed in 0..100 {
                let (mut machine, events) = ended(seed, up, code);
                let Some(Event::Retry { delay, .. }) = events.last() else { panic!("{events:?}") };
                longest = longest.max(*delay);
                machine.handle_timeout(machine.poll_timeout().unwrap());
                assert_eq!(machine.phase(), Phase::Opening, "{code}");
            }
            assert!(longest > Duration::from_secs(15), "{code}: {longest:?}");
        }
    }
}

#[test]
fn any_other_end_of_what_was_up_is_followed_by_an_attempt_within_a_second() {
    for code in [1000, 1006, 4408, 4409] {
        for seed in 0..20 {
            let (machine, events) = ended(seed, true, code);
            assert!(matches!(&*events, [Event::Lost { .. }, Event::Retry { delay, .. }] if delay.as_secs_f64() <= 1.0));
            assert_eq!(machine.phase(), Phase::Waiting);
        }
    }
}

#[test]
fn a_transport_over_which_no_connection_lasts_is_left_where_the_server_can_be_asked() {
    let (mut machine, mut id) = opening(1);
    let mut now = Instant::ZERO;
    for life in 1..=3 {
        machine.received(|| now, id, MessageRef::Text(HELLO));
        now = now + Duration::from_secs(1);
        machine.ended(now, id, closed(1006));
        now = machine.poll_timeout().unwrap();
        machine.handle_timeout(now);
        let asked = std::iter::from_fn(|| machine.poll_output()).find_map(|output| match output {
            Output::Open { id, kind: Kind::WebSocket, .. } => Some((id, false)),
            Output::Probe { id } => Some((id, true)),
            _ => None,
        });
        let question;
        (id, question) = asked.unwrap();
        assert_eq!(question, life == 3);
    }
    machine.probed(now, id, Answer::Status(200));
    assert_eq!((machine.phase(), machine.kind()), (Phase::Opening, Kind::EventStream));
}
