//! A server, a network with faults, and a client's machine, in virtual time; and what has to hold of what both have seen.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tautline::channel::machine::{Answer, Machine, Output, PipeId};
use tautline::channel::wire::Frame;
use tautline::channel::{Config, Event, Fate, Gap, Kind, Position};
use tautline::machine::{Instant, Page};
use tautline::{Closed, Message, MessageRef, StatusCode};

use crate::server::Server;

/// After so much silence the server sends a beat.
const BEAT: Duration = Duration::from_secs(10);

/// The payload of a channel's message: nothing else has it.
pub(crate) fn payload(epoch: &str, offset: u64) -> String {
    format!("{epoch}/{offset}")
}

#[derive(Debug)]
struct Wire {
    kind: Kind,
    session: String,
    begin: bool,
    position: Option<Position>,
    down: VecDeque<Message>,
    up: VecDeque<Message>,
    /// Up to which offset the server has written; `None` before its hello.
    written: Option<u64>,
    /// Nothing of the server arrives.
    mute: bool,
}

/// What happens next.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Publish,
    Send,
    /// Frames of both directions arrive, of each transport at most so many.
    Carry(usize),
    /// The oldest open transport is cut; what is under way is lost, or arrives late.
    Cut,
    /// It goes silent instead.
    Mute,
    /// What was under way on a transport that the client gave up arrives after all.
    Late,
    Trim,
    Restart,
    Forget,
    Outage(bool),
    Block(Kind, bool),
    Advance(u64),
    Page(Page),
    Behind(bool),
    Reconnect,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) client: Machine<Message>,
    pub(crate) server: Server,
    wires: BTreeMap<PipeId, Wire>,
    probes: Vec<PipeId>,
    late: VecDeque<(String, Message)>,
    outage: bool,
    blocked: Vec<Kind>,
    sent: u64,
    /// What the client has told, without fates.
    pub(crate) events: Vec<Event>,
    pub(crate) delivered: Vec<(String, u64)>,
    pub(crate) fates: BTreeMap<u64, Fate>,
    /// How many attempts and questions the server had to bear.
    pub(crate) asked: u64,
    /// From where on everything is either delivered or told to be missed.
    expected: Option<Position>,
}

fn closed(code: u16) -> Closed {
    Closed::new(StatusCode::try_from(code).unwrap(), "", false)
}

impl World {
    pub(crate) fn new(config: Config, seed: u64, remembered: Option<Kind>) -> Self {
        let mut number = 0;
        let sessions = move || {
            number += 1;
            format!("session-of-client-{number}")
        };
        Self {
            now: Instant::ZERO,
            client: Machine::new(config, seed, remembered, sessions),
            server: Server { lives: 1, offset: 0, kept: 0, sessions: BTreeMap::new(), handled: vec![] },
            wires: BTreeMap::new(),
            probes: vec![],
            late: VecDeque::new(),
            outage: false,
            blocked: vec![],
            sent: 0,
            events: vec![],
            delivered: vec![],
            fates: BTreeMap::new(),
            asked: 0,
            expected: None,
        }
    }

    pub(crate) fn connect(&mut self) {
        self.client.connect(self.now);
        self.obey();
    }

    pub(crate) fn apply(&mut self, op: &Op) {
        match op {
            Op::Publish => {
                self.server.offset += 1;
                self.server.kept = (self.server.kept + 1).min(20);
                self.write();
            }
            Op::Send => {
                let text = format!("up-{}", self.sent + 1);
                if self.client.send(Message::Text(text)).is_ok() {
                    self.sent += 1;
                }
            }
            Op::Carry(count) => self.carry(*count),
            Op::Cut => {
                if let Some(id) = self.wires.keys().next().copied() {
                    self.cut(id, 1006);
                }
            }
            Op::Mute => {
                if let Some(wire) = self.wires.values_mut().next() {
                    wire.mute = true;
                }
            }
            Op::Late => {
                if let Some((session, frame)) = self.late.pop_front() {
                    // Nobody waits for the answer.
                    let _ = self.server.handle(&session, &frame);
                }
            }
            Op::Trim => self.server.kept = self.server.kept.min(1),
            Op::Restart => {
                self.server.lives += 1;
                (self.server.offset, self.server.kept) = (0, 0);
                self.server.sessions.clear();
                let open: Vec<PipeId> = self.wires.keys().copied().collect();
                open.into_iter().for_each(|id| self.cut(id, 1012));
            }
            Op::Forget => {
                self.server.sessions.clear();
            }
            Op::Outage(outage) => {
                self.outage = *outage;
                if *outage {
                    let open: Vec<PipeId> = self.wires.keys().copied().collect();
                    open.into_iter().for_each(|id| self.cut(id, 1006));
                }
            }
            Op::Block(kind, true) => {
                self.blocked.push(*kind);
                let open: Vec<PipeId> =
                    self.wires.iter().filter(|(_, wire)| wire.kind == *kind).map(|(id, _)| *id).collect();
                open.into_iter().for_each(|id| self.cut(id, 1006));
            }
            Op::Block(kind, false) => self.blocked.retain(|blocked| blocked != kind),
            Op::Advance(millis) => self.pass(Duration::from_millis(*millis)),
            Op::Page(page) => self.client.page(self.now, *page),
            Op::Behind(true) => self.client.fall_behind(),
            Op::Behind(false) => self.client.catch_up(self.now),
            Op::Reconnect => self.client.reconnect(self.now),
        }
        self.obey();
    }

    /// Lets time pass. What is under way arrives within a beat, and each transport has one then.
    fn pass(&mut self, mut by: Duration) {
        while by >= BEAT {
            self.advance(BEAT);
            by -= BEAT;
            let beat = format!("b{}:", self.server.offset);
            for wire in self.wires.values_mut() {
                wire.down.push_back(Message::Text(beat.clone()));
            }
            self.carry(1000);
        }
        self.advance(by);
    }

    /// Lets time pass, and timers fire when they are due.
    pub(crate) fn advance(&mut self, by: Duration) {
        let end = self.now + by;
        while let Some(due) = self.client.poll_timeout().filter(|due| *due <= end) {
            assert!(due >= self.now, "a timer in the past would fire for ever");
            self.now = due.max(self.now);
            let before = self.client.poll_timeout();
            self.client.handle_timeout(self.now);
            assert!(self.client.poll_timeout() != before || before.is_none(), "a timer that stays due: {before:?}");
            self.obey();
        }
        self.now = end;
    }

    fn obey(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Open { id, kind, session, begin, position } => {
                    self.asked += 1;
                    assert!(self.wires.len() < 2, "one transport, and at most one candidate");
                    let (down, up) = (VecDeque::new(), VecDeque::new());
                    let mute = self.outage || self.blocked.contains(&kind);
                    self.wires.insert(id, Wire { kind, session, begin, position, down, up, written: None, mute });
                    if mute {
                        self.cut(id, 1006);
                    }
                    self.write();
                }
                Output::Transmit { id, sequence } => {
                    let Some(message) = self.client.outgoing(sequence) else { continue };
                    let frame = Frame::Send { sequence, payload: message.borrow() };
                    self.push(id, frame.to_text().unwrap());
                }
                Output::Ask { id } => self.push(id, "b0:".to_owned()),
                Output::Abort { id } => {
                    if let Some(wire) = self.wires.remove(&id) {
                        self.late.extend(wire.up.into_iter().map(|frame| (wire.session.clone(), frame)));
                    } else {
                        let at = self.probes.iter().position(|probe| *probe == id).expect("it ends once");
                        self.probes.remove(at);
                    }
                }
                Output::Probe { id } => {
                    self.asked += 1;
                    self.probes.push(id);
                }
                Output::Tell(Event::Fate { first, last, fate }) => {
                    for id in first.get()..=last.get() {
                        assert_eq!(self.fates.insert(id, fate), None, "a fate is told once");
                    }
                }
                Output::Tell(event) => self.told(event),
                _ => {}
            }
        }
    }

    fn push(&mut self, id: PipeId, frame: String) {
        self.wires.get_mut(&id).expect("a frame for an open transport").up.push_back(Message::Text(frame));
    }

    fn told(&mut self, event: Event) {
        match &event {
            Event::Opened { recovered, .. } if self.expected.is_none() => {
                assert!(recovered);
                self.expected = self.client.position().cloned();
            }
            Event::Missed(Gap::Trimmed { from, to }) => {
                let expected = self.expected.as_mut().unwrap();
                assert_eq!(*from, expected.offset + 1);
                assert!(to >= from && *to <= self.server.offset);
                expected.offset = *to;
            }
            Event::Missed(Gap::NewEpoch { before, after }) => {
                assert_eq!(Some(before), self.expected.as_ref());
                assert_ne!(before.epoch, after.epoch);
                self.expected = Some(after.clone());
            }
            _ => {}
        }
        self.events.push(event);
    }

    /// The server writes to each transport what it has not had.
    fn write(&mut self) {
        let server = &mut self.server;
        for wire in self.wires.values_mut() {
            let written = wire.written.unwrap_or_else(|| {
                let (hello, after) = server.hello(&wire.session, wire.begin, wire.position.as_ref());
                wire.down.push_back(Message::Text(format!("h1:{hello}")));
                after
            });
            for offset in written + 1..=server.offset {
                wire.down.push_back(Message::Text(format!("m{offset}:{}", payload(&server.epoch(), offset))));
            }
            wire.written = Some(server.offset.max(written));
        }
    }

    fn carry(&mut self, count: usize) {
        let open: Vec<PipeId> = self.wires.keys().copied().collect();
        for probe in std::mem::take(&mut self.probes) {
            let answer = if self.outage { Answer::Nothing } else { Answer::Status(200) };
            self.client.probed(self.now, probe, answer);
            self.obey();
        }
        for id in open {
            for _ in 0..count {
                let Some(frame) =
                    self.wires.get_mut(&id).filter(|wire| !wire.mute).and_then(|wire| wire.up.pop_front())
                else {
                    break;
                };
                self.arrive(id, &frame);
            }
            for _ in 0..count {
                let Some(frame) =
                    self.wires.get_mut(&id).filter(|wire| !wire.mute).and_then(|wire| wire.down.pop_front())
                else {
                    break;
                };
                let now = self.now;
                if let Some(received) = self.client.received(|| now, id, frame.borrow()) {
                    let offset = received.offset;
                    let MessageRef::Text(text) = received.payload else { panic!("only text was sent") };
                    let text = text.to_owned();
                    // What was told before belongs before it.
                    self.obey();
                    self.deliver(offset, &text);
                }
                self.obey();
            }
        }
    }

    fn deliver(&mut self, offset: u64, text: &str) {
        let expected = self.expected.as_mut().expect("nothing comes before the channel is open");
        assert_eq!(offset, expected.offset + 1, "once and in order, or told to be missed");
        assert_eq!(text, payload(&expected.epoch, offset));
        expected.offset = offset;
        self.delivered.push((expected.epoch.clone(), offset));
    }

    fn arrive(&mut self, id: PipeId, frame: &Message) {
        let Some(session) = self.wires.get(&id).map(|wire| wire.session.clone()) else { return };
        let answer = match Frame::read(frame.borrow()) {
            Ok(Frame::Beat { .. }) => Some(format!("b{}:", self.server.offset)),
            _ => self.server.handle(&session, frame).map(|accepted| format!("a{accepted}:")),
        };
        match answer {
            Some(answer) => self.wires.get_mut(&id).unwrap().down.push_back(Message::Text(answer)),
            None => self.cut(id, 4409),
        }
    }

    /// A transport ends. What is under way upwards may have got through to the server's buffers: it arrives late, or never.
    pub(crate) fn cut(&mut self, id: PipeId, code: u16) {
        let Some(wire) = self.wires.remove(&id) else { return };
        self.late.extend(wire.up.into_iter().map(|frame| (wire.session.clone(), frame)));
        self.client.ended(self.now, id, closed(code));
        self.obey();
    }

    /// The network is well again; everything is carried until nothing moves.
    pub(crate) fn settle(&mut self) {
        self.outage = false;
        self.blocked.clear();
        self.late.clear();
        self.client.page(self.now, Page::Resumed);
        self.client.catch_up(self.now);
        self.client.reconnect(self.now);
        self.obey();
        for _ in 0..500 {
            self.carry(1000);
            let (waiting, _) = self.client.unacknowledged();
            let there = self
                .client
                .position()
                .is_some_and(|position| position.epoch == self.server.epoch() && position.offset == self.server.offset);
            if waiting == 0 && there && self.client.kind() == Kind::WebSocket {
                return;
            }
            self.pass(BEAT);
        }
        panic!("it does not settle: {:?}", self.client);
    }

    /// What has to hold in the end.
    pub(crate) fn check(&self) {
        let mut last = 0;
        for text in &self.server.handled {
            let number: u64 = text.strip_prefix("up-").unwrap().parse().unwrap();
            assert!(number > last, "up-{number} was handled after up-{last}");
            last = number;
        }
        for number in 1..=self.sent {
            let handled = self.server.handled.contains(&format!("up-{number}"));
            match self.fates.get(&number) {
                Some(Fate::Accepted) => assert!(handled, "up-{number} was accepted"),
                Some(Fate::NotSent) => assert!(!handled, "up-{number} was not sent"),
                Some(_) => {}
                None => panic!("nobody told what became of up-{number}"),
            }
        }
    }
}
