//! An outage is waited for, and what fails because of it is held against no transport.

use std::time::Duration;

use tautline::channel::machine::{Answer, Machine, Output, PipeId};
use tautline::channel::{Config, Event, Kind, Phase};
use tautline::machine::Instant;
use tautline::{Closed, Message, MessageRef, StatusCode};

const HELLO: &str = "h1:epoch=e1&offset=0&after=0&session=known&ack=0&beat=0&limit=100";

/// A channel that has lasted, and has just lost its connection.
struct Client {
    now: Instant,
    machine: Machine<Message>,
}

impl Client {
    fn cut_off(config: Config) -> Self {
        let mut client = Self { now: Instant::ZERO, machine: Machine::new(config, 1, None, || "s".repeat(16)) };
        client.machine.connect(client.now);
        let (id, _, _) = client.asked();
        client.machine.received(|| Instant::ZERO, id, MessageRef::Text(HELLO));
        client.time_out();
        client.end(id);
        client
    }

    /// What is asked for after the wait, if there is one: a transport of this kind, or whether the server is there. And the events.
    fn asked(&mut self) -> (PipeId, Option<Kind>, Vec<Event>) {
        if self.machine.phase() == Phase::Waiting {
            self.time_out();
        }
        let (mut asked, mut events) = (None, vec![]);
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Open { id, kind, .. } => asked = Some((id, Some(kind))),
                Output::Probe { id } => asked = Some((id, None)),
                Output::Tell(event) => events.push(event),
                _ => {}
            }
        }
        let (id, kind) = asked.expect("an attempt, or a question");
        (id, kind, events)
    }

    fn time_out(&mut self) {
        self.now = self.machine.poll_timeout().expect("a timer");
        self.machine.handle_timeout(self.now);
    }

    fn end(&mut self, id: PipeId) {
        self.machine.ended(self.now, id, Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false));
    }

    /// It fails, whatever it is. `true`: it was a question.
    fn refuse(&mut self) -> bool {
        let (id, kind, _) = self.asked();
        match kind {
            Some(_) => self.end(id),
            None => self.machine.probed(self.now, id, Answer::Nothing),
        }
        kind.is_none()
    }

    /// A question, which the server answers.
    fn answer(&mut self) {
        let (id, kind, _) = self.asked();
        assert_eq!(kind, None, "a question");
        self.machine.probed(self.now, id, Answer::Status(200));
    }
}

#[test]
fn in_an_outage_attempts_and_questions_take_turns() {
    let mut client = Client::cut_off(Config::default());
    let questions: Vec<bool> = (0..6).map(|_| client.refuse()).collect();
    assert_eq!(questions, [false, true, false, true, false, true]);
    assert_eq!(client.machine.kind(), Kind::WebSocket);
}

#[test]
fn what_failed_before_the_server_was_back_is_held_against_no_transport() {
    let mut client = Client::cut_off(Config::default());
    (0..3).for_each(|_| _ = client.refuse());
    for attempt in 0..3 {
        client.answer();
        let (id, kind, events) = client.asked();
        if attempt < 2 {
            assert_eq!((kind, events), (Some(Kind::WebSocket), vec![]), "two failures while the server is there");
            client.end(id);
        } else {
            assert_eq!(kind, Some(Kind::EventStream));
            assert!(events.contains(&Event::SteppedDown { from: Kind::WebSocket, to: Kind::EventStream }));
        }
    }
}

#[test]
fn an_outage_takes_back_what_was_held_against_a_transport_before() {
    let mut client = Client::cut_off(Config::default());
    assert!(!client.refuse());
    client.answer();
    // One failure counts. Then the server is away.
    assert!(!client.refuse() && client.refuse());
    assert!(!client.refuse());
    for _ in 0..2 {
        client.answer();
        assert_eq!(client.machine.kind(), Kind::WebSocket);
        assert!(!client.refuse());
    }
}

#[test]
fn who_moves_to_where_websocket_is_blocked_steps_down_after_two_failures() {
    let mut client = Client::cut_off(Config::default());
    for _ in 0..2 {
        assert!(!client.refuse());
        client.answer();
    }
    assert_eq!(client.asked().1, Some(Kind::EventStream));
}

#[test]
fn a_question_after_retries_is_given_more_time_than_the_first() {
    let mut client = Client::cut_off(Config::default());
    let mut given = vec![];
    while given.len() < 3 {
        let (id, kind, _) = client.asked();
        if kind.is_some() {
            client.end(id);
            continue;
        }
        let begun = client.now;
        client.time_out();
        given.push(client.now.since(begun));
    }
    assert_eq!(given, [15, 15, 15].map(Duration::from_secs));
    let first = Config { probe_timeout: Duration::from_secs(1), ..Config::default() };
    let mut machine = Machine::<Message>::new(first, 1, None, || "s".repeat(16));
    machine.connect(Instant::ZERO);
    let Some(Output::Open { id, .. }) = machine.poll_output() else { panic!("an attempt") };
    machine.ended(Instant::ZERO, id, Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false));
    assert_eq!(
        (machine.phase(), machine.poll_timeout()),
        (Phase::Probing, Some(Instant::ZERO + Duration::from_secs(1)))
    );
}
