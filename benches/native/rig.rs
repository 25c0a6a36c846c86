//! A machine with a server that answers everything at once, in virtual time: what is measured here, and counted in
//! `tests/allocations.rs`.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use tautline::machine::{
    Answer, Config, Heartbeat, Input, Instant, Machine, OutboxLimits, OutboxOverflow, Output, Pass, Payload, Phase,
    Route, TransportId,
};
use tautline::{Closed, SendMarks, StatusCode};

/// A message of so many bytes, which has none itself: what is measured is the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load(pub(crate) usize);

impl Payload for Load {
    fn byte_len(&self) -> usize {
        self.0
    }
}

const BYTES: usize = 100;

pub(crate) struct Rig {
    pub(crate) machine: Machine<Load>,
    pub(crate) now: Instant,
    /// The attempt or the transport that the machine has asked for last.
    pub(crate) id: TransportId,
    pub(crate) pings: u64,
    pub(crate) sent: u64,
}

impl Rig {
    /// One that is still idle.
    pub(crate) fn idle(config: Config) -> Self {
        let machine = Machine::new(Rc::new(config), 42);
        Self { machine, now: Instant::ZERO, id: TransportId::new(0), pings: 0, sent: 0 }
    }

    /// One that is up, with a heartbeat.
    pub(crate) fn up() -> Self {
        Self::up_with(Config::default())
    }

    pub(crate) fn up_with(config: Config) -> Self {
        let mut rig = Self::idle(Config { heartbeat: Some(Heartbeat::default()), ..config });
        rig.connect();
        rig.come_up();
        rig
    }

    /// One without a connection, whose outbox is full and drops the oldest message for each new one.
    pub(crate) fn down_and_full() -> Self {
        let outbox = OutboxLimits { messages: 64, overflow: OutboxOverflow::DropOldest, ..OutboxLimits::default() };
        let mut rig = Self::idle(Config { outbox, ..Config::default() });
        rig.connect();
        (0..128).for_each(|_| rig.send());
        rig
    }

    /// Takes all outputs.
    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match &output {
                Output::Resolve { id, .. } | Output::Open { id, .. } => self.id = *id,
                Output::Ping { .. } => self.pings += 1,
                Output::Send { .. } => self.sent += 1,
                _ => {}
            }
            black_box(&output);
        }
    }

    fn input(&mut self, input: Input) {
        self.machine.handle_input(self.now, input);
        self.drain();
    }

    pub(crate) fn connect(&mut self) {
        self.machine.connect(self.now);
        self.drain();
    }

    pub(crate) fn resolve(&mut self) {
        self.input(Input::Resolved { id: self.id, answer: Answer::Ready { valid_for: None } });
    }

    pub(crate) fn open(&mut self) {
        self.input(Input::Opened { id: self.id });
    }

    pub(crate) fn announce(&mut self) {
        self.input(Input::Announced { id: self.id });
    }

    /// From an attempt that has begun to a connection that may carry.
    pub(crate) fn come_up(&mut self) {
        self.resolve();
        self.open();
        self.announce();
        assert_eq!(self.machine.phase(), Phase::Up);
    }

    /// Time passes without the timer.
    pub(crate) fn pass_time(&mut self, by: Duration) {
        self.now = self.now + by;
    }

    /// The timer fires when it is due.
    pub(crate) fn fire(&mut self) {
        self.now = self.machine.poll_timeout().map_or(self.now, |at| at.max(self.now));
        self.fire_early();
    }

    /// The timer fires while nothing is due.
    pub(crate) fn fire_early(&mut self) {
        self.machine.handle_timeout(self.now);
        self.drain();
    }

    /// The server's close frame, or the lack of one.
    pub(crate) fn end(&mut self, closed: Closed) {
        self.input(Input::Closed { id: self.id, closed, buffered: 0 });
    }

    pub(crate) fn route(&self) -> Route {
        self.machine.route(self.id)
    }

    /// A message arrives: where it belongs, and what the machine notes of it.
    pub(crate) fn receive(&mut self) -> Route {
        let route = self.route();
        self.input(Input::Received { id: self.id, bytes: BYTES, reply: false });
        route
    }

    /// A message is given to the machine, and handed over by it.
    pub(crate) fn send(&mut self) {
        _ = black_box(self.machine.send(self.now, Load(BYTES), None));
        self.drain();
    }

    pub(crate) fn send_now(&mut self) {
        _ = black_box(self.machine.send_now(self.now, Load(BYTES)));
        self.drain();
    }

    /// The shorter way, on which the machine does not get the message. The browser has sent all that it was given before.
    pub(crate) fn pass(&mut self) -> Pass {
        match self.machine.pass(BYTES, false) {
            Pass::Ask { id } => {
                self.input(Input::Buffered { id, bytes: 0 });
                self.machine.pass(BYTES, false)
            }
            pass => pass,
        }
    }

    /// Twice as many messages as may be buffered: half of them wait until the browser has sent the others.
    pub(crate) fn send_in_turns(&mut self) {
        (0..20).for_each(|_| self.send());
        self.buffered(0);
        self.buffered(0);
    }

    /// The heartbeat is due.
    pub(crate) fn ping(&mut self) {
        self.fire();
    }

    /// Its answer arrives.
    pub(crate) fn answer(&mut self) {
        self.input(Input::Received { id: self.id, bytes: 4, reply: true });
    }

    /// The browser has sent all that it was given, each thousand messages.
    pub(crate) fn forget_buffered(&mut self) {
        if self.sent.is_multiple_of(1000) {
            self.buffered(0);
        }
    }

    /// What the browser has buffered leaves it.
    pub(crate) fn buffered(&mut self, bytes: u64) {
        self.input(Input::Buffered { id: self.id, bytes });
    }

    /// A connection that has lasted breaks, and another one is up after the wait.
    pub(crate) fn come_back(&mut self, closed: Closed) {
        self.pass_time(Duration::from_secs(10));
        self.end(closed);
        self.fire();
        self.come_up();
    }
}

/// What a browser says when a connection broke.
pub(crate) fn broken() -> Closed {
    Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false)
}

/// What a server says that restarts.
pub(crate) fn restart() -> Closed {
    Closed::new(StatusCode::SERVICE_RESTART, "deploying retry-in=2000+8000", true)
}

/// While ten messages are buffered, the others wait for what `bufferedAmount` says.
pub(crate) fn narrow() -> Config {
    Config { marks: SendMarks { high: 10 * BYTES as u64, low: 0 }, ..Config::default() }
}
