//! A world around the machine that checks at each step what has to hold: shared by the property tests, the walk through the states, and
//! the fuzzer.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use tautline::machine::{
    Config, Event, Fate, Input, Instant, Machine, MessageId, Metrics, NotAccepted, Output, Pass, Payload, Phase, Route,
    TransportId,
};
use tautline::{CloseCode, CloseReason};

use crate::ledger::Ledger;

/// A message of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load(pub usize);

impl Payload for Load {
    fn byte_len(&self) -> usize {
        self.0
    }
}

/// The size of a message that the browser refuses, as it does what is of no kind that can be sent.
pub(crate) const UNFIT: usize = 77;

/// What became of a transport, as the world sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Opening,
    Open,
    /// Told to close.
    Closing,
}

/// The machine, and what is known of everything it has asked for.
pub(crate) struct World {
    pub(crate) machine: Machine<Load>,
    pub(crate) now: Instant,
    /// Those that were opened and have not ended.
    pub(crate) wires: BTreeMap<TransportId, Wire>,
    /// Every transport that was ever opened.
    opened: BTreeSet<TransportId>,
    pub(crate) resolving: BTreeSet<TransportId>,
    pub(crate) probing: BTreeSet<TransportId>,
    pub(crate) greeting: BTreeSet<TransportId>,
    /// Open events that were not answered.
    pub(crate) unannounced: Option<TransportId>,
    /// Every id there ever was, for late inputs.
    pub(crate) ids: Vec<TransportId>,
    /// Those whose browser's socket is not OPEN any more, though the close event has not come.
    gone: BTreeSet<TransportId>,
    pub(crate) ledger: Ledger,
    phase: Phase,
    up: bool,
    pub(crate) edges: BTreeSet<(Phase, Phase)>,
    pub(crate) events: Vec<Event>,
    /// All that was done, but for the events.
    pub(crate) done: Vec<Output<Load>>,
}

impl World {
    pub(crate) fn new(config: Config, seed: u64) -> Self {
        let ledger = Ledger::new(config.requeue);
        Self {
            machine: Machine::new(Rc::new(config), seed),
            now: Instant::ZERO,
            wires: BTreeMap::new(),
            opened: BTreeSet::new(),
            resolving: BTreeSet::new(),
            probing: BTreeSet::new(),
            greeting: BTreeSet::new(),
            unannounced: None,
            ids: Vec::new(),
            gone: BTreeSet::new(),
            ledger,
            phase: Phase::Idle,
            up: false,
            edges: BTreeSet::new(),
            events: Vec::new(),
            done: Vec::new(),
        }
    }

    pub(crate) fn connect(&mut self) {
        self.machine.connect(self.now);
        self.drain();
    }

    pub(crate) fn reconnect(&mut self) {
        self.machine.reconnect(self.now);
        self.drain();
    }

    pub(crate) fn replace(&mut self) -> bool {
        let begun = self.machine.replace(self.now);
        self.drain();
        begun
    }

    pub(crate) fn close(&mut self) {
        self.close_with(None);
    }

    pub(crate) fn close_with(&mut self, with: Option<(CloseCode, CloseReason)>) {
        self.machine.close(self.now, with);
        self.drain();
    }

    /// Something happens. What the world knows of it changes first.
    pub(crate) fn input(&mut self, input: Input) {
        match &input {
            Input::Resolved { id, .. } => _ = self.resolving.remove(id),
            Input::Probed { id, .. } => _ = self.probing.remove(id),
            Input::Greeted { id, .. } => _ = self.greeting.remove(id),
            Input::Announced { id } if self.unannounced == Some(*id) => self.unannounced = None,
            Input::Opened { id } => {
                if let Some(wire @ Wire::Opening) = self.wires.get_mut(id) {
                    *wire = Wire::Open;
                }
            }
            Input::Closed { id, .. } => {
                self.wires.remove(id);
                self.greeting.remove(id);
            }
            Input::Rejected { id, .. } if self.wires.get(id) == Some(&Wire::Opening) => _ = self.wires.remove(id),
            _ => {}
        }
        self.machine.handle_input(self.now, input);
        self.drain();
    }

    /// Time passes, and the timer fires when it is due.
    pub(crate) fn advance(&mut self, by: Duration) {
        let until = self.now + by;
        // Bounded: a timer that is due again and again at the same time would be a fault.
        for _ in 0..10_000 {
            match self.machine.poll_timeout().filter(|at| *at <= until) {
                Some(at) => self.fire(at.max(self.now)),
                None => {
                    self.now = until;
                    return;
                }
            }
        }
        panic!("10,000 timers within {by:?}");
    }

    /// The timer fires at this time, early or late.
    pub(crate) fn fire(&mut self, at: Instant) {
        self.now = at;
        self.machine.handle_timeout(at);
        self.drain();
    }

    /// The page sleeps: time passes, and the timer fires only then.
    pub(crate) fn sleep(&mut self, by: Duration) {
        self.fire(self.now + by);
    }

    pub(crate) fn send(&mut self, bytes: usize, ttl: Option<Duration>) -> Result<MessageId, NotAccepted> {
        let sent = self.machine.send(self.now, Load(bytes), ttl);
        if let Ok(id) = sent {
            self.ledger.accepted(id, bytes);
        }
        let before = (self.events.len(), self.done.len());
        self.drain();
        // Of one that was handed over before nobody knows whether it has arrived.
        let expired = |event: &Event| matches!(event, Event::Fate { fate: Fate::Expired | Fate::Unknown, .. });
        let disturbed = self.done.len() > before.1 || !self.events[before.0..].iter().all(expired);
        assert!(sent.is_ok() || !disturbed, "a message that was not accepted disturbs nothing");
        sent
    }

    pub(crate) fn send_now(&mut self, bytes: usize) -> Result<MessageId, NotAccepted> {
        let sent = self.machine.send_now(self.now, Load(bytes));
        let stalled = self.machine.carrier().is_some_and(|id| self.gone.contains(&id));
        assert!(sent.is_ok() || self.machine.phase() != Phase::Up || stalled, "it is OPEN");
        if let Ok(id) = sent {
            self.ledger.accepted(id, bytes);
            self.ledger.once.insert(id);
            self.ledger.urgent = self.unannounced.is_some();
        }
        self.drain();
        self.ledger.urgent = false;
        sent
    }

    /// The shorter way to send, as a driver goes it.
    pub(crate) fn pass(&mut self, bytes: usize, urgent: bool) -> Pass {
        let pass = self.machine.pass(bytes, urgent);
        if let Pass::Now { id, message_id } = pass {
            assert_eq!(self.machine.route(id), Route::Deliver);
            if self.gone.contains(&id) || bytes == UNFIT {
                if self.gone.contains(&id) {
                    self.machine.stall(self.now, id);
                }
                self.machine.withdraw(id, message_id, bytes);
            } else {
                self.ledger.accepted(message_id, bytes);
                self.ledger.urgent = self.unannounced.is_some();
                self.handed_over(id, message_id);
                self.ledger.urgent = false;
            }
        }
        self.drain();
        pass
    }

    /// The browser's socket leaves OPEN, and nobody is told yet.
    pub(crate) fn go(&mut self, id: TransportId) {
        if self.wires.contains_key(&id) {
            self.gone.insert(id);
        }
    }

    fn handed_over(&mut self, id: TransportId, message_id: MessageId) {
        assert_eq!(self.wires.get(&id), Some(&Wire::Open), "handed to a transport that is open");
        self.ledger.handed_over(message_id);
    }

    /// The browser's socket did not take this message after all.
    pub(crate) fn give_back(&mut self, id: TransportId, message_id: MessageId) {
        let bytes = self.ledger.size(message_id).expect("an accepted message");
        self.ledger.not_taken();
        self.machine.put_back(id, message_id, Load(bytes), None);
        self.drain();
    }

    /// Carries out all outputs, and checks them and what holds afterwards.
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            if !matches!(output, Output::Event(_)) {
                self.done.push(output.clone());
            }
            self.carry_out(output);
        }
        self.check();
    }

    fn carry_out(&mut self, output: Output<Load>) {
        match output {
            Output::Resolve { id, endpoint, .. } => {
                assert!(self.ids.last() < Some(&id), "ids grow");
                assert!(endpoint < self.machine.config().endpoints.max(1));
                self.ids.push(id);
                self.resolving.insert(id);
            }
            Output::CancelResolve { id } => assert!(self.resolving.remove(&id), "{id:?} was being resolved"),
            Output::Probe { id, .. } => {
                self.ids.push(id);
                self.probing.insert(id);
            }
            Output::CancelProbe { id } => assert!(self.probing.remove(&id), "{id:?} was a probe"),
            Output::Open { id, .. } => {
                assert!(self.opened.insert(id), "{id:?} is opened once");
                assert!(!self.resolving.contains(&id), "{id:?} is resolved first");
                if self.ids.last() < Some(&id) {
                    self.ids.push(id);
                }
                self.wires.insert(id, Wire::Opening);
            }
            Output::Greet { id } => {
                assert_eq!(self.wires.get(&id), Some(&Wire::Open));
                self.greeting.insert(id);
            }
            Output::Send { id, message_id, message, expires } => {
                assert_eq!(Some(message.0), self.ledger.size(message_id));
                self.handed_over(id, message_id);
                if self.gone.contains(&id) {
                    self.machine.stall(self.now, id);
                    self.ledger.not_taken();
                    self.machine.put_back(id, message_id, message, expires);
                } else if message.0 == UNFIT {
                    self.machine.not_sent(id, message_id, UNFIT);
                }
            }
            Output::Ping { id } | Output::AskBuffered { id } => {
                assert_eq!(self.wires.get(&id), Some(&Wire::Open), "only what is open is used");
            }
            Output::Close { id, .. } => {
                let wire = self.wires.get_mut(&id).expect("only a transport that is there is closed");
                assert_ne!(*wire, Wire::Closing, "{id:?} is closed once");
                *wire = Wire::Closing;
                self.greeting.remove(&id);
            }
            Output::Abort { id, .. } => {
                assert!(self.wires.remove(&id).is_some(), "{id:?} ends once");
                self.greeting.remove(&id);
            }
            Output::Event(event) => self.tell(event),
            other => panic!("an output that the world does not know: {other:?}"),
        }
    }

    fn tell(&mut self, event: Event) {
        match &event {
            Event::Phase(phase) => {
                assert_ne!(*phase, self.phase, "only a change is told");
                self.edges.insert((self.phase, *phase));
                self.phase = *phase;
            }
            Event::Open { id, replaced, .. } => {
                assert_eq!(*replaced, self.up, "a connection comes up once, unless it is replaced");
                self.up = true;
                self.unannounced = Some(*id);
            }
            Event::Close { retrying, .. } => {
                assert!(self.up || !retrying, "what was not up ends only for good");
                self.up = false;
                self.unannounced = None;
            }
            Event::Fate { first, last, fate, messages, bytes } => {
                self.ledger.note(*first, *last, *fate, (*messages, *bytes));
            }
            _ => {}
        }
        self.events.push(event);
    }

    fn check(&self) {
        let machine = &self.machine;
        assert_eq!(machine.phase(), self.phase, "every change of phase was told");
        let may_be_up = matches!(self.phase, Phase::Up | Phase::Closing);
        assert!(if self.up { may_be_up } else { self.phase != Phase::Up }, "open and close tell the whole story");
        let delivering: Vec<_> = self.opened.iter().filter(|id| machine.route(**id) == Route::Deliver).collect();
        assert!(delivering.len() <= 1, "two transports deliver: {delivering:?}");
        assert_eq!(delivering.len() == 1, self.phase == Phase::Up);
        assert!(delivering.iter().all(|id| self.wires.get(id) == Some(&Wire::Open)), "what delivers is open");
        let going: Vec<_> = self.wires.iter().filter(|(_, wire)| **wire != Wire::Closing).collect();
        assert!(
            going.len() + self.resolving.len() <= 1 + usize::from(self.phase == Phase::Up),
            "one attempt at a time: {going:?}"
        );
        let closing = self.wires.len() - going.len();
        assert!(closing <= 1 + usize::from(self.phase == Phase::Closing), "one on its way out: {:?}", self.wires);
        assert!(self.probing.len() <= 1);
        let waits = !matches!(self.phase, Phase::Idle | Phase::Up | Phase::Suspended | Phase::Closed);
        assert!(!waits || machine.poll_timeout().is_some(), "{:?} has an end", self.phase);
        assert!(closing == 0 || machine.poll_timeout().is_some(), "a closing handshake has an end");

        self.ledger.check(machine);
        assert!(self.phase != Phase::Closed || machine.queued() == (0, 0), "a closed socket keeps nothing");
    }

    pub(crate) fn metrics(&self) -> Metrics {
        self.machine.metrics(self.now)
    }

    /// Ends it: whatever has happened, there is one last close event, after which nothing is left.
    pub(crate) fn finish(&mut self) {
        let had_ended = self.phase == Phase::Closed;
        let before = self.events.len();
        self.close();
        self.advance(Duration::from_secs(60));
        let last = |event: &Event| matches!(event, Event::Close { retrying: false, .. });
        assert_eq!(self.events[before..].iter().filter(|event| last(event)).count(), usize::from(!had_ended));
        assert!(self.events.last().is_some_and(last), "the close event is the last one: {:?}", self.events.last());
        assert!(self.wires.is_empty() && self.resolving.is_empty() && self.probing.is_empty(), "{:?}", self.wires);
        assert_eq!((self.phase, self.machine.poll_timeout()), (Phase::Closed, None));
        self.ledger.check_metrics(&self.metrics());
    }

    /// The transport that carries messages.
    pub(crate) fn carrier(&self) -> TransportId {
        self.machine.carrier().expect("a connection")
    }
}
