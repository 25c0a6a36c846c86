//! The channel: its machine itself, driven as a browser's driver would. Its probe is a request like any other, and so is an attempt
//! over any of its ways.

use std::time::Duration;

use fastrand::Rng;
use tautline::channel::machine::{Answer, Machine, Output, PipeId};
use tautline::channel::{Config, Event, Kind};
use tautline::machine::{Instant, Payload};
use tautline::{Closed, MessageRef, StatusCode};

use crate::client::{Answered, Client, Next, Policy};
use crate::time::{Micros, NEVER};
use crate::ways::Way;

/// The machine's time at the loss: each connection has been up for an hour.
const LOSS: Duration = Duration::from_secs(3600);

/// Between an answer and the attempt that follows it a page takes up to so long, its own network too. Without it each attempt would come
/// exactly a round trip after the server had finished a handshake, when there is room in the queue, or never is.
const TURN: Micros = 20_000;

/// What a server says that knows the session, has nothing new and sends no beats.
const HELLO: &str = "h1:epoch=e1&offset=0&after=0&session=known&ack=0&beat=0&limit=1048576";

/// The channel with its defaults.
#[derive(Clone, Copy, Debug)]
pub struct Channel;

/// Nothing is sent.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Payload for Nothing {
    fn byte_len(&self) -> usize {
        0
    }
}

/// What is under way: one thing at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Transport(PipeId),
    Probe(PipeId),
}

/// One machine and what it has asked for.
#[derive(Debug)]
pub struct ChannelClient {
    machine: Machine<Nothing>,
    asked: Option<Asked>,
    /// The transport over which it is connected.
    live: Option<PipeId>,
    way: Way,
    stepped_down: bool,
    rng: Rng,
}

impl Policy for Channel {
    type Client = ChannelClient;

    fn client(&self, seed: u64) -> ChannelClient {
        let sessions = || "a-session-of-one".to_owned();
        let machine = Machine::new(Config::default(), seed, Some(Kind::WebSocket), sessions);
        let rng = Rng::with_seed(seed);
        let way = Way::WebSocket;
        let mut client = ChannelClient { machine, asked: None, live: None, way, stepped_down: false, rng };
        client.machine.connect(Instant::ZERO);
        client.drain();
        client.greeted(Instant::ZERO);
        client.run_until(Instant::ZERO + LOSS);
        client
    }
}

impl ChannelClient {
    /// Carries out what the machine wants.
    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Open { id, .. } => self.asked = Some(Asked::Transport(id)),
                Output::Probe { id } => self.asked = Some(Asked::Probe(id)),
                Output::Abort { id } => {
                    self.asked = self.asked.filter(|asked| ![Asked::Transport(id), Asked::Probe(id)].contains(asked));
                    self.live = self.live.filter(|live| *live != id);
                }
                Output::Tell(Event::SteppedDown { .. }) => self.stepped_down = true,
                Output::Tell(Event::Opened { kind, .. } | Event::Moved { to: kind, .. }) => self.way = Way::of(kind),
                _ => {}
            }
        }
    }

    /// The server says hello on the transport that is opening.
    fn greeted(&mut self, now: Instant) {
        let Some(Asked::Transport(id)) = self.asked.take() else { return };
        self.machine.received(|| now, id, MessageRef::Text(HELLO));
        self.drain();
        self.live = Some(id);
    }

    /// What it does next after an answer.
    fn turn(&mut self, now: Instant) -> Next {
        let later = Duration::from_micros(self.rng.u64(0..=TURN));
        self.run(now + later)
    }

    fn ended(&mut self, now: Instant, id: PipeId, code: StatusCode) {
        let closed = Closed::new(code, "", code != StatusCode::ABNORMAL_CLOSURE);
        self.machine.ended(now, id, closed);
    }

    /// Lets the machine's timers run while it is up.
    fn run_until(&mut self, end: Instant) {
        while let Some(due) = self.machine.poll_timeout().filter(|due| *due <= end) {
            self.machine.handle_timeout(due);
            self.drain();
        }
    }

    /// Lets the machine's timers run until it asks for something, or will never do so.
    fn run(&mut self, mut now: Instant) -> Next {
        loop {
            self.drain();
            let timeout = self.machine.poll_timeout();
            if self.asked.is_some() {
                return Next::Attempt { at: micros(now), deadline: timeout.map_or(NEVER, micros) };
            }
            let Some(due) = timeout else { return Next::GiveUp };
            now = due.max(now);
            self.machine.handle_timeout(now);
        }
    }
}

impl Client for ChannelClient {
    fn lose(&mut self, now: Micros, code: StatusCode) -> Next {
        if let Some(id) = self.live.take() {
            self.ended(instant(now), id, code);
        }
        self.run(instant(now))
    }

    fn refused(&mut self, now: Micros) -> Next {
        let at = instant(now);
        match self.asked.take() {
            Some(Asked::Transport(id)) => self.ended(at, id, StatusCode::ABNORMAL_CLOSURE),
            Some(Asked::Probe(id)) => self.machine.probed(at, id, Answer::Nothing),
            None => {}
        }
        self.run(at)
    }

    fn time_out(&mut self, now: Micros) -> Next {
        self.machine.handle_timeout(instant(now));
        self.run(instant(now))
    }

    fn open(&mut self, now: Micros) -> Answered {
        let at = instant(now);
        if let Some(Asked::Probe(id)) = self.asked {
            self.asked = None;
            self.machine.probed(at, id, Answer::Status(200));
            return Answered::On(self.turn(at));
        }
        self.greeted(at);
        // What it does over the best way, such as to remember it, asks nobody.
        if self.way == Way::WebSocket { Answered::Up } else { Answered::UpAnd(self.run(at)) }
    }

    fn way(&self) -> Option<Way> {
        self.live.map(|_| self.way)
    }

    fn has_stepped_down(&self) -> bool {
        self.stepped_down
    }
}

fn instant(at: Micros) -> Instant {
    Instant::ZERO + LOSS + Duration::from_micros(at)
}

fn micros(at: Instant) -> Micros {
    crate::time::micros(at.since(Instant::ZERO + LOSS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SECOND;

    fn at(next: Next) -> (Micros, Micros) {
        match next {
            Next::Attempt { at, deadline } => (at, deadline - at),
            Next::GiveUp => panic!("gave up"),
        }
    }

    #[test]
    fn questions_and_attempts_take_turns_until_the_server_is_there() {
        let mut client = Channel.client(1);
        assert_eq!(client.way(), Some(Way::WebSocket));
        let (now, timeout) = at(client.lose(0, StatusCode::ABNORMAL_CLOSURE));
        assert!(now <= SECOND && timeout == 20 * SECOND, "{now} {timeout}");
        assert!(matches!(client.asked, Some(Asked::Transport(_))));
        let (now, timeout) = at(client.refused(now));
        assert!(matches!(client.asked, Some(Asked::Probe(_))) && timeout == 15 * SECOND);
        let (now, _) = at(client.refused(now));
        assert!(matches!(client.asked, Some(Asked::Transport(_))), "an attempt asks as well");
        let (now, _) = at(client.refused(now));
        assert!(matches!(client.asked, Some(Asked::Probe(_))));
        let Answered::On(next) = client.open(now) else { panic!("a question") };
        let (then, _) = at(next);
        assert!(then - now <= TURN && client.way().is_none());
        assert_eq!((client.open(then + 1), client.way()), (Answered::Up, Some(Way::WebSocket)));
        assert!(!client.has_stepped_down());
    }

    #[test]
    fn who_has_stepped_down_climbs_again() {
        let mut client = Channel.client(1);
        let (mut now, _) = at(client.lose(0, StatusCode::ABNORMAL_CLOSURE));
        for _ in 0..2 {
            (now, _) = at(client.refused(now));
            let Answered::On(next) = client.open(now) else { panic!("a question") };
            (now, _) = at(next);
        }
        let Answered::UpAnd(next) = client.open(now) else { panic!("over the next lower way") };
        assert_eq!((client.way(), client.has_stepped_down()), (Some(Way::EventStream), true));
        let (then, _) = at(next);
        assert!((15 * SECOND..=45 * SECOND).contains(&(then - now)), "{}", then - now);
        let (again, _) = at(client.refused(then));
        assert!(again - then >= 30 * SECOND, "later and later");
        assert_eq!((client.open(again), client.way()), (Answered::Up, Some(Way::WebSocket)));
    }
}
