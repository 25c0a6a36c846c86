//! A better transport that is tried beside the live one: nothing of it counts before its hello, and not every hello will do.

use std::time::Duration;

use tautline::channel::machine::{Machine, Output, PipeId};
use tautline::channel::{Cause, Config, Event, Fate, Kind, Phase};
use tautline::machine::Instant;
use tautline::{Closed, Message, MessageRef, StatusCode};

fn hello(epoch: &str, session: &str) -> String {
    format!("h1:epoch={epoch}&offset=0&after=0&session={session}&beat=0&limit=100")
}

/// A channel that is up over Server-Sent Events, with a candidate beside it.
struct Client {
    now: Instant,
    machine: Machine<Message>,
    live: PipeId,
    candidate: PipeId,
}

impl Client {
    fn with_candidate() -> Self {
        let mut number = 0;
        let sessions = move || {
            number += 1;
            format!("session-number-{number:04}")
        };
        let mut machine = Machine::new(Config::default(), 1, Some(Kind::EventStream), sessions);
        machine.connect(Instant::ZERO);
        let live = opened(&mut machine).expect("an attempt").0;
        machine.received(|| Instant::ZERO, live, MessageRef::Text(&hello("e1", "known&ack=0")));
        let mut client = Self { now: Instant::ZERO, machine, live, candidate: live };
        client.candidate = client.next_candidate();
        client
    }

    /// Lets timers fire until there is another one.
    fn next_candidate(&mut self) -> PipeId {
        loop {
            self.now = self.machine.poll_timeout().expect("a timer");
            self.machine.handle_timeout(self.now);
            if let Some((id, _)) = opened(&mut self.machine) {
                return id;
            }
        }
    }

    fn frame(&mut self, id: PipeId, frame: &str) -> Option<u64> {
        let now = self.now;
        self.machine.received(|| now, id, MessageRef::Text(frame)).map(|received| received.offset)
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.machine.poll_output()).collect()
    }

    fn assert_given_up(&mut self, why: &str) {
        assert_eq!(self.outputs(), [Output::Abort { id: self.candidate }], "{why}");
        assert_eq!((self.machine.phase(), self.machine.kind()), (Phase::Up, Kind::EventStream));
        assert_eq!(self.frame(self.live, "m1:a"), Some(1), "the live one goes on");
    }
}

fn opened(machine: &mut Machine<Message>) -> Option<(PipeId, String)> {
    let outputs: Vec<_> = std::iter::from_fn(|| machine.poll_output()).collect();
    outputs.into_iter().find_map(|output| match output {
        Output::Open { id, session, .. } => Some((id, session)),
        _ => None,
    })
}

#[test]
fn what_a_candidate_says_before_its_hello_is_not_delivered_and_ends_it() {
    for frame in ["m1:x", "b0:", "a0:", "s1:x", "x1013:", "h1:epoch=", "nothing"] {
        let mut client = Client::with_candidate();
        assert_eq!(client.frame(client.candidate, frame), None, "{frame}");
        client.assert_given_up(frame);
        assert_eq!(client.frame(client.candidate, &hello("e1", "known&ack=0")), None);
        assert_eq!(client.outputs(), [], "it is too late for a hello");
    }
    let mut client = Client::with_candidate();
    assert!(!client.machine.received_message(|| Instant::ZERO, client.candidate, 1));
    client.assert_given_up("a message of which the offset was read");
}

#[test]
fn a_candidate_of_another_life_is_left_to_the_live_transport_to_tell() {
    let mut client = Client::with_candidate();
    client.frame(client.candidate, &hello("e2", "known&ack=0"));
    client.assert_given_up("another epoch");
}

#[test]
fn a_candidate_whose_server_has_forgotten_the_session_ends_both() {
    let mut client = Client::with_candidate();
    let first = client.machine.send(Message::from("in doubt")).unwrap();
    client.outputs();
    client.frame(client.candidate, &hello("e1", "new"));
    let outputs = client.outputs();
    for id in [client.live, client.candidate] {
        assert!(outputs.contains(&Output::Abort { id }));
    }
    let told: Vec<_> = outputs
        .iter()
        .filter_map(|output| if let Output::Tell(event) = output { Some(event.clone()) } else { None })
        .collect();
    let fate = Event::Fate { first, last: first, fate: Fate::Unknown };
    assert_eq!(told, [fate, Event::Lost { cause: Cause::Forgotten }], "nothing has moved");
    let again = outputs.iter().find_map(|output| match output {
        Output::Open { session, begin, .. } => Some((session.as_str(), *begin)),
        _ => None,
    });
    assert_eq!(again, Some(("session-number-0002", true)));
}

#[test]
fn a_candidate_that_says_nothing_is_given_up_in_time() {
    let mut client = Client::with_candidate();
    let begun = client.now;
    client.now = client.machine.poll_timeout().expect("a timer");
    client.machine.handle_timeout(client.now);
    assert_eq!(client.now.since(begun), Duration::from_secs(10));
    client.assert_given_up("silence");
}

#[test]
fn candidates_that_fail_follow_each_other_at_growing_distances() {
    let mut client = Client::with_candidate();
    let mut distances = vec![];
    for _ in 0..8 {
        let before = client.now;
        let closed = Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false);
        client.machine.ended(client.now, client.candidate, closed);
        client.candidate = client.next_candidate();
        distances.push(client.now.since(before).as_secs());
    }
    for (failed, distance) in distances.iter().enumerate() {
        let middle = (30 << (failed + 1)).min(600);
        assert!((middle / 2..=middle * 3 / 2).contains(distance), "{distances:?}");
    }
}
