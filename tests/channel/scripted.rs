//! Single courses, step by step.

use std::time::Duration;

use tautline::channel::machine::{Answer, Machine, Output, PipeId};
use tautline::channel::{Cause, Config, Event, Fate, Gap, Kind, Phase, Position, ProtocolError, SendError};
use tautline::machine::{Instant, Page};
use tautline::{Closed, Message, MessageRef, StatusCode};

use crate::world::{Op, World};

fn machine(config: Config) -> Machine<Message> {
    let mut number = 0;
    Machine::new(config, 1, None, move || {
        number += 1;
        format!("session-number-{number:04}")
    })
}

pub(crate) fn hello(offset: u64, after: u64, session: &str) -> String {
    format!("h1:epoch=e1&offset={offset}&after={after}&session={session}&beat=10000&limit=100")
}

/// A machine, and what it wants.
pub(crate) struct Client {
    pub(crate) now: Instant,
    pub(crate) machine: Machine<Message>,
}

impl Client {
    pub(crate) fn new(config: Config) -> Self {
        let mut client = Self { now: Instant::ZERO, machine: machine(config) };
        client.machine.connect(client.now);
        client
    }

    pub(crate) fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.machine.poll_output()).collect()
    }

    /// The transport or probe that is asked for.
    pub(crate) fn asked(&mut self) -> (PipeId, Option<Kind>) {
        let asked = self.outputs().into_iter().rev().find_map(|output| match output {
            Output::Open { id, kind, .. } => Some((id, Some(kind))),
            Output::Probe { id } => Some((id, None)),
            _ => None,
        });
        asked.expect("an attempt or a probe")
    }

    pub(crate) fn frame(&mut self, id: PipeId, frame: &str) -> Option<u64> {
        let now = self.now;
        self.machine.received(|| now, id, MessageRef::Text(frame)).map(|received| received.offset)
    }

    pub(crate) fn end(&mut self, id: PipeId, code: u16) {
        let closed = Closed::new(StatusCode::try_from(code).unwrap(), "", false);
        self.machine.ended(self.now, id, closed);
    }

    pub(crate) fn time_out(&mut self) {
        self.now = self.machine.poll_timeout().expect("a timer");
        self.machine.handle_timeout(self.now);
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        self.outputs()
            .into_iter()
            .filter_map(|output| if let Output::Tell(event) = output { Some(event) } else { None })
            .collect()
    }
}

pub(crate) fn frames_of_anybody(frames: &[String], seed: u64) {
    let mut client = Client::new(Config::default());
    let (mut open, mut sent) = (None, 0);
    for (at, frame) in frames.iter().enumerate() {
        if seed >> (at % 64) & 1 == 1 {
            sent += usize::from(client.machine.send(Message::from("up")).is_ok());
        }
        for output in client.outputs() {
            match output {
                Output::Open { id, .. } => open = Some(id),
                Output::Probe { id } => client.machine.probed(client.now, id, Answer::Nothing),
                _ => {}
            }
        }
        if let Some(id) = open {
            let before = client.machine.position().map_or(0, |position| position.offset);
            if let Some(offset) = client.frame(id, frame) {
                assert_eq!(offset, before + 1);
            }
        }
        if client.machine.phase() == Phase::Waiting {
            client.time_out();
        }
    }
    assert!(client.outputs().len() < 20 + sent);
}

#[test]
fn an_outage_is_waited_for_and_a_block_is_stepped_around() {
    let mut world = World::new(Config::default(), 3, None);
    world.apply(&Op::Outage(true));
    world.connect();
    for _ in 0..600 {
        world.apply(&Op::Carry(10));
        world.apply(&Op::Advance(1000));
    }
    assert_eq!(world.client.kind(), Kind::WebSocket, "ten minutes of outage, and not a step down");
    assert!(world.asked < 120, "{} requests in ten minutes", world.asked);
    world.apply(&Op::Outage(false));
    world.apply(&Op::Block(Kind::WebSocket, true));
    for _ in 0..60 {
        world.apply(&Op::Carry(10));
        world.apply(&Op::Advance(1000));
    }
    assert_eq!((world.client.phase(), world.client.kind()), (Phase::Up, Kind::EventStream));
    let stepped = Event::SteppedDown { from: Kind::WebSocket, to: Kind::EventStream };
    assert!(world.events.contains(&stepped));
    world.settle();
    assert!(world.events.contains(&Event::Moved { from: Kind::EventStream, to: Kind::WebSocket }));
}

#[test]
fn a_first_visit_behind_a_block_takes_two_failures_and_no_wait() {
    let mut client = Client::new(Config::default());
    for _ in 0..2 {
        let (id, kind) = client.asked();
        assert_eq!(kind, Some(Kind::WebSocket));
        client.end(id, 1006);
        let (probe, kind) = client.asked();
        assert_eq!(kind, None);
        client.machine.probed(client.now, probe, Answer::Status(200));
    }
    assert_eq!(client.asked().1, Some(Kind::EventStream));
    assert_eq!(client.now, Instant::ZERO);
}

#[test]
fn a_refusal_over_http_ends_it() {
    for status in [401, 403, 404] {
        let mut client = Client::new(Config::default());
        let (id, _) = client.asked();
        client.end(id, 1006);
        let (probe, _) = client.asked();
        client.machine.probed(client.now, probe, Answer::Status(status));
        assert_eq!(client.events(), [Event::Closed { cause: Cause::Refused { status } }]);
        assert_eq!(client.machine.send(Message::from("x")), Err(SendError::Closed));
    }
}

#[test]
fn what_worked_last_time_is_tried_first_and_a_better_one_beside_it() {
    let mut client = Client {
        now: Instant::ZERO,
        machine: Machine::new(Config::default(), 1, Some(Kind::LongPolling), || "s".repeat(16)),
    };
    client.machine.connect(client.now);
    let (poll, kind) = client.asked();
    assert_eq!(kind, Some(Kind::LongPolling));
    client.frame(poll, &hello(5, 5, "new"));
    let mut tried = vec![];
    while tried.len() < 4 {
        client.time_out();
        for output in client.outputs() {
            if let Output::Open { id, kind, .. } = output {
                tried.push((kind, client.now.since(Instant::ZERO)));
                client.end(id, 1006);
            }
        }
    }
    let kinds: Vec<Kind> = tried.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [Kind::WebSocket, Kind::EventStream, Kind::WebSocket, Kind::EventStream]);
    let waits: Vec<Duration> = tried.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    assert!(waits[0] >= Duration::from_secs(30) && waits[1] >= Duration::from_secs(60), "{waits:?}");
    assert_eq!(client.machine.phase(), Phase::Up);
}

#[test]
fn what_two_transports_have_in_common_is_delivered_once() {
    let mut client = Client {
        now: Instant::ZERO,
        machine: Machine::new(Config::default(), 1, Some(Kind::EventStream), || "s".repeat(16)),
    };
    client.machine.connect(client.now);
    let (old, _) = client.asked();
    client.frame(old, &hello(0, 0, "new"));
    client.machine.send(Message::from("first")).unwrap();
    let candidate = loop {
        client.time_out();
        if let Some(id) = client.outputs().into_iter().find_map(|output| match output {
            Output::Open { id, kind: Kind::WebSocket, position, .. } => {
                assert_eq!(position, Some(Position { epoch: "e1".into(), offset: 0 }));
                Some(id)
            }
            _ => None,
        }) {
            break id;
        }
        client.frame(old, "b0:");
    };
    assert_eq!([client.frame(old, "m1:a"), client.frame(old, "m2:b")], [Some(1), Some(2)]);
    client.frame(candidate, &hello(2, 0, "known&ack=0"));
    assert!(client.outputs().contains(&Output::Abort { id: old }));
    assert_eq!(client.frame(old, "m3:c"), None, "it is given up");
    let seen = ["m1:a", "m2:b", "m3:c"].map(|frame| client.frame(candidate, frame));
    assert_eq!((seen, client.machine.repeated()), ([None, None, Some(3)], 2));
}

#[test]
fn what_the_history_has_lost_is_told() {
    let mut client = Client::new(Config::default());
    let (id, _) = client.asked();
    client.frame(id, &hello(3, 3, "new"));
    client.end(id, 1006);
    client.time_out();
    let (id, _) = client.asked();
    client.frame(id, "h1:epoch=e1&offset=9&after=7&missed=4-7&session=new&beat=0&limit=100");
    let events = client.events();
    assert!(events.contains(&Event::Missed(Gap::Trimmed { from: 4, to: 7 })), "{events:?}");
    assert!(events.contains(&Event::Opened { kind: Kind::WebSocket, recovered: false }));
    assert_eq!(client.frame(id, "m8:h"), Some(8));
    client.end(id, 1006);
    client.time_out();
    let (id, _) = client.asked();
    client.frame(id, "h1:epoch=e2&offset=2&after=1&session=new&beat=0&limit=100");
    let [before, after] = [("e1", 8), ("e2", 1)].map(|(epoch, offset)| Position { epoch: epoch.into(), offset });
    assert!(client.events().contains(&Event::Missed(Gap::NewEpoch { before, after })));
    assert_eq!(client.frame(id, "m2:b"), Some(2));
}

#[test]
fn what_a_forgetful_server_may_have_had_is_not_sent_again() {
    let mut client = Client::new(Config::default());
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "new"));
    let first = client.machine.send(Message::from("handed")).unwrap();
    client.end(id, 1006);
    client.machine.send(Message::from("kept")).unwrap();
    client.time_out();
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "new"));
    let outputs = client.outputs();
    assert!(outputs.contains(&Output::Tell(Event::Fate { first, last: first, fate: Fate::Unknown })));
    let again = outputs.iter().find_map(|output| match output {
        Output::Open { id, session, .. } => Some((*id, session.clone())),
        _ => None,
    });
    let (id, session) = again.expect("another connection, at once");
    assert_eq!(session, "session-number-0002");
    client.frame(id, &hello(0, 0, "new"));
    assert!(client.outputs().contains(&Output::Transmit { id, sequence: 1 }));
    assert_eq!(client.machine.outgoing(1), Some(&Message::from("kept")));
}

#[test]
fn a_server_that_breaks_the_protocol_is_left_and_asked_again() {
    let wrong: [(&[&str], ProtocolError); 6] = [
        (&["m1:x"], ProtocolError::NoHello),
        (&[&hello(0, 0, "new"), "m2:x"], ProtocolError::Jumped { expected: 1, found: 2 }),
        (&[&hello(0, 0, "new"), "m1:x", "m1:x"], ProtocolError::Repeated { last: 1, found: 1 }),
        (&[&hello(0, 0, "new"), "a1:"], ProtocolError::Accepted { sent: 0, found: 1 }),
        (&[&hello(0, 0, "new"), "s1:x"], ProtocolError::Misplaced),
        (&[&hello(0, 0, "new"), &hello(9, 9, "new")], ProtocolError::Elsewhere { asked: 0, found: 9 }),
    ];
    for (frames, error) in wrong {
        let mut client = Client::new(Config::default());
        let (id, _) = client.asked();
        for frame in frames {
            client.frame(id, frame);
        }
        let outputs = client.outputs();
        assert!(outputs.contains(&Output::Abort { id }));
        assert!(outputs.contains(&Output::Tell(Event::Lost { cause: Cause::Protocol(error) })), "{outputs:?}");
        assert_eq!(client.machine.phase(), Phase::Waiting);
    }
}

#[test]
fn what_was_never_handed_over_cannot_be_acknowledged() {
    let mut client = Client::new(Config::default());
    client.machine.send(Message::from("waits for the hello")).unwrap();
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "known&ack=1"));
    let cause = Cause::Protocol(ProtocolError::Accepted { sent: 0, found: 1 });
    assert!(client.events().contains(&Event::Lost { cause }));
    assert_eq!(client.machine.unacknowledged().0, 1);
}

#[test]
fn what_the_hello_acknowledges_is_not_sent_again() {
    let mut client = Client::new(Config::default());
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "known&ack=0"));
    let [first, _] = ["a", "b"].map(|text| client.machine.send(Message::from(text)).unwrap());
    client.end(id, 1006);
    client.time_out();
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "known&ack=1"));
    let outputs = client.outputs();
    assert!(outputs.contains(&Output::Tell(Event::Fate { first, last: first, fate: Fate::Accepted })));
    let sent: Vec<_> = outputs.iter().filter(|output| matches!(output, Output::Transmit { .. })).collect();
    assert_eq!(sent, [&Output::Transmit { id, sequence: 2 }]);
}

#[test]
fn silence_is_asked_about_and_then_believed() {
    let mut client = Client::new(Config::default());
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "new"));
    client.outputs();
    client.time_out();
    let mut asked = false;
    for _ in 0..4 {
        client.time_out();
        asked |= client.outputs().contains(&Output::Ask { id });
        if client.machine.phase() == Phase::Waiting {
            break;
        }
    }
    assert!(asked);
    assert_eq!(client.machine.phase(), Phase::Waiting);
    assert!(client.now.since(Instant::ZERO) < Duration::from_secs(45), "{:?}", client.now);
}

#[test]
fn closing_waits_for_acknowledgements_and_no_longer_than_it_may() {
    for answered in [true, false] {
        let mut client = Client::new(Config::default());
        let (id, _) = client.asked();
        client.frame(id, &hello(0, 0, "new"));
        let first = client.machine.send(Message::from("x")).unwrap();
        client.machine.close(client.now);
        assert_eq!(client.machine.phase(), Phase::Closing);
        assert_eq!(client.machine.send(Message::from("y")), Err(SendError::Closed));
        if answered {
            client.frame(id, "a1:");
        } else {
            while client.machine.phase() == Phase::Closing {
                client.time_out();
            }
        }
        let fate = if answered { Fate::Accepted } else { Fate::Unknown };
        let events = client.events();
        assert!(events.contains(&Event::Fate { first, last: first, fate }), "{events:?}");
        assert_eq!(events.last(), Some(&Event::Closed { cause: Cause::Closed }));
    }
}

#[test]
fn what_there_is_no_room_for_is_an_error_and_disturbs_nothing() {
    let config = Config { max_messages: 2, max_bytes: 150, ..Config::default() };
    let mut client = Client::new(config);
    assert_eq!(client.machine.send(Message::from("x".repeat(151))), Err(SendError::NoRoom { bytes: 151, limit: 150 }));
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "new"));
    assert_eq!(
        client.machine.send(Message::from("x".repeat(101))),
        Err(SendError::TooLarge { bytes: 101, limit: 100 })
    );
    client.machine.send(Message::from("a")).unwrap();
    client.machine.send(Message::from("b")).unwrap();
    assert_eq!(client.machine.send(Message::from("c")), Err(SendError::TooMany { limit: 2 }));
    client.frame(id, "a1:");
    assert_eq!(client.machine.send(Message::from("c")).map(|id| id.get()), Ok(3));
}

#[test]
fn a_page_that_is_put_away_gives_its_connection_up_and_goes_on_where_it_was() {
    let mut client = Client::new(Config::default());
    let (id, _) = client.asked();
    client.frame(id, &hello(0, 0, "new"));
    client.frame(id, "m1:a");
    client.machine.page(client.now, Page::Frozen);
    assert!(client.outputs().contains(&Output::Abort { id }));
    assert_eq!(client.machine.phase(), Phase::Suspended);
    assert_eq!(client.machine.poll_timeout(), None);
    client.machine.page(client.now, Page::Resumed);
    let opened = client.outputs().into_iter().find_map(|output| match output {
        Output::Open { position, .. } => position,
        _ => None,
    });
    assert_eq!(opened, Some(Position { epoch: "e1".into(), offset: 1 }));
}

#[test]
fn the_session_is_shown_by_no_debug() {
    assert!(!format!("{:?}", machine(Config::default())).contains("session-number"));
    let mut client = Client::new(Config::default());
    assert!(!format!("{:?}", client.outputs()).contains("session-number"));
}
