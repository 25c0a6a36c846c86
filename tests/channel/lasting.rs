//! When a connection counts as one that lasts, and what follows from it; what holds the application's pace.

use std::time::Duration;

use tautline::channel::machine::{Machine, Output, PipeId};
use tautline::channel::{Config, Event, Kind, Phase};
use tautline::machine::{Instant, Page};
use tautline::{Closed, Message, MessageRef, StatusCode};

const HELLO: &str = "h1:epoch=e1&offset=0&after=0&session=known&ack=0&beat=0&limit=100";

struct Client {
    now: Instant,
    machine: Machine<Message>,
    id: PipeId,
}

impl Client {
    fn up() -> Self {
        let mut machine = Machine::new(Config::default(), 1, None, || "s".repeat(16));
        machine.connect(Instant::ZERO);
        let Some(Output::Open { id, .. }) = machine.poll_output() else { panic!("an attempt") };
        let mut client = Self { now: Instant::ZERO, machine, id };
        client.greet();
        client
    }

    fn greet(&mut self) {
        self.machine.received(|| self.now, self.id, MessageRef::Text(HELLO));
        assert_eq!(self.machine.phase(), Phase::Up);
        self.outputs();
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.machine.poll_output()).collect()
    }

    fn pass(&mut self, by: Duration) -> Vec<Output> {
        self.now = self.now + by;
        self.machine.handle_timeout(self.now);
        self.outputs()
    }

    /// The connection breaks, and another one is up after the wait. How many retries there were.
    fn come_back(&mut self) -> u32 {
        self.machine.ended(self.now, self.id, Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false));
        let retries = self.outputs().into_iter().find_map(|output| match output {
            Output::Tell(Event::Retry { attempt, .. }) => Some(attempt),
            _ => None,
        });
        self.now = self.machine.poll_timeout().unwrap();
        self.machine.handle_timeout(self.now);
        let Some(Output::Open { id, .. }) = self.machine.poll_output() else { panic!("an attempt") };
        self.id = id;
        self.greet();
        retries.unwrap()
    }
}

#[test]
fn what_has_lasted_is_remembered_and_the_count_of_retries_begins_anew() {
    let mut client = Client::up();
    assert_eq!([client.come_back(), client.come_back()], [1, 2]);
    assert_eq!(client.pass(Duration::from_millis(4999)), []);
    assert_eq!(client.pass(Duration::from_millis(1)), [Output::Remember { kind: Kind::WebSocket }]);
    assert_eq!(client.pass(Duration::from_secs(60)), [], "once");
    assert_eq!(client.come_back(), 1);
}

#[test]
fn who_is_put_away_and_behind_comes_back_when_neither_holds() {
    for page_first in [true, false] {
        let mut client = Client::up();
        client.machine.fall_behind();
        assert_eq!(client.machine.phase(), Phase::Suspended, "no longer read");
        client.machine.page(client.now, Page::Frozen);
        client.outputs();
        for page in [page_first, !page_first] {
            assert_eq!((client.machine.phase(), client.outputs().len()), (Phase::Suspended, 0));
            if page {
                client.machine.page(client.now, Page::Resumed);
            } else {
                client.machine.catch_up(client.now);
            }
        }
        assert_eq!(client.machine.phase(), Phase::Opening);
    }
}

#[test]
fn ends_that_the_server_announces_are_not_held_against_the_transport() {
    for announced in [true, false] {
        let mut client = Client::up();
        for _ in 0..3 {
            if announced {
                client.machine.received(|| client.now, client.id, MessageRef::Text("x1012:restart"));
            }
            client.machine.ended(client.now, client.id, Closed::new(StatusCode::SERVICE_RESTART, "", true));
            client.outputs();
            client.now = client.machine.poll_timeout().unwrap();
            client.machine.handle_timeout(client.now);
            match client.machine.poll_output() {
                Some(Output::Open { id, .. }) => client.id = id,
                _ => break,
            }
            client.greet();
        }
        let expected = if announced { Phase::Up } else { Phase::Probing };
        assert_eq!(client.machine.phase(), expected, "announced: {announced}");
    }
}
