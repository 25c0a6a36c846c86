//! What all handles of one reconnecting socket share, beside its driver: who listens, who waits, and what the application provides.
//!
//! What not every application uses (handshake, heartbeat, probe, receipts, senders, each kind of listener) is named here only as a `dyn`,
//! which the method that turns it on makes: where that is not called the linker leaves its code out.

use std::cell::{Cell, OnceCell};
use std::rc::{Rc, Weak};
use std::task::Waker;

use super::endpoint::Endpoint;
use super::greeting::Greet;
use super::notice::MessageFate;
use super::probe::Probe;
use super::receipt::Follow;
use super::sender::Registered;
use super::{ReconnectingWebSocket, trace};
use crate::Closed;
use crate::driver::{Driver, Host, Provided, Reply, Soon, Target};
use crate::machine::{Config, Ending, Event, Heartbeat, Phase, ProbeRule, TransportId, Verdict};
use crate::slot::Slot;
use crate::socket::MessageEvent;
use crate::socket::handlers::HandlerList;
use crate::socket::received::Received;
use crate::socket::waits::Waits;
use crate::transport::{OwnedData, Payload, Transport};

/// A payload longer than this is neither an answer to a heartbeat nor a request to drain: it need not be looked at, nor copied for it.
pub(super) const MAX_MATCHED: usize = 1024;

pub(super) type Matcher = Rc<dyn Fn(&Payload<'_>) -> bool>;

/// Looks whether a message asks for the connection to be replaced, and does it.
pub(super) type Drain = dyn Fn(&Driver<Hub>, &Payload<'_>);

/// What is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Message,
    Error,
    Close,
    Connecting,
    Retry,
    ReplaceFailed,
    GaveUp,
    Fate,
    Phase,
    /// Of the streams: the close event that is the last.
    End,
}

const KINDS: usize = Kind::End as usize + 1;

/// What a listener is told: one of the machine's events, of the kind that it listens to, or a message.
pub(super) enum What<'e, 'p> {
    Event(&'e Event),
    Message(&'e MessageEvent<'p, ReconnectingWebSocket>),
}

/// One type for all kinds of listeners: each more is another copy of the list's code. `listening.rs` has what makes one of a handler.
pub(super) type Listener = dyn Fn(&ReconnectingWebSocket, &What<'_, '_>);

/// What the application has provided.
#[derive(Default)]
pub(super) struct Provision {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) greet: Option<Rc<dyn Greet>>,
    pub(super) ping: Option<Rc<dyn Fn() -> OwnedData>>,
    pub(super) reply: Option<Matcher>,
    pub(super) drain: Option<Rc<Drain>>,
    pub(super) heartbeat: Option<Heartbeat>,
    pub(super) probe: Option<(ProbeRule, Probe)>,
}

impl Provision {
    /// Says in the configuration what the application has provided.
    pub(super) fn complete(&self, config: &mut Config) {
        config.endpoints = self.endpoints.len();
        config.handshake = self.greet.is_some();
        config.probe = self.probe.as_ref().map(|(rule, _)| *rule);
        // Without a message there is nothing that could be answered, and every quiet connection would count as dead.
        config.heartbeat = self.heartbeat.or(config.heartbeat.filter(|rule| !rule.ping));
    }
}

pub(super) struct Hub {
    this: Weak<Driver<Self>>,
    pub(super) provision: Provision,
    /// By their kinds.
    lists: [HandlerList<Listener>; KINDS],
    /// How many handles keep the connection.
    owners: Cell<usize>,
    /// How it ended, while it is CLOSED.
    closed: Slot<Option<Closed>>,
    /// How often it has ended, and how the last time: whoever waits for an end learns of it also when it has begun anew since.
    ends: Cell<u64>,
    last: Slot<Option<Closed>>,
    waits: Slot<Waits>,
    pub(super) receipts: OnceCell<Rc<dyn Follow>>,
    pub(super) registration: OnceCell<Rc<dyn Registered>>,
}

impl Hub {
    pub(super) fn new(this: &Weak<Driver<Self>>, provision: Provision) -> Self {
        Self {
            this: Weak::clone(this),
            provision,
            lists: Default::default(),
            owners: Cell::new(0),
            closed: Slot::default(),
            ends: Cell::new(0),
            last: Slot::default(),
            waits: Slot::default(),
            receipts: OnceCell::new(),
            registration: OnceCell::new(),
        }
    }

    /// Who listens to this kind of event. There is a list for each.
    pub(super) fn list(&self, kind: Kind) -> Option<&HandlerList<Listener>> {
        self.lists.get(kind as usize)
    }

    pub(super) fn add_owner(&self) {
        self.owners.set(self.owners.get().saturating_add(1));
    }

    /// Gives a handle back; says whether it was the last.
    pub(super) fn remove_owner(&self) -> bool {
        self.owners.set(self.owners.get().saturating_sub(1));
        self.owners.get() == 0
    }

    /// Frees all that listens, for good. What the listeners have captured may be anything.
    pub(super) fn end(&self, closed: &Closed) {
        self.closed.with(|place| {
            place.get_or_insert_with(|| closed.clone());
        });
        self.lists.iter().for_each(HandlerList::end);
        if let Some(greet) = &self.provision.greet {
            greet.end();
        }
        if let Some(receipts) = self.receipts.get() {
            receipts.end();
        }
        self.wake();
    }

    pub(super) fn closed(&self) -> Option<Closed> {
        self.closed.get()
    }

    /// How often it has ended.
    pub(super) fn ends(&self) -> u64 {
        self.ends.get()
    }

    /// How it ended, if it is CLOSED, or has ended since it had ended so often.
    pub(super) fn closed_since(&self, ends: u64) -> Option<Closed> {
        self.closed().or_else(|| self.last.get().filter(|_| self.ends.get() > ends))
    }

    pub(super) fn wait(&self, id: &mut Option<u64>, waker: &Waker) {
        let replaced = self.waits.with(|waits| waits.wait(id, waker));
        drop(replaced);
    }

    pub(super) fn stop_waiting(&self, id: Option<u64>) {
        let waker = self.waits.with(|waits| waits.remove(id));
        drop(waker);
    }

    pub(super) fn wake(&self) {
        let wakers = self.waits.with(Waits::take);
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    /// The handle that an event has: it does not keep the connection.
    fn target(&self) -> Option<ReconnectingWebSocket> {
        self.this.upgrade().map(ReconnectingWebSocket::target_of_event)
    }

    fn fire(&self, kind: Kind, what: &What<'_, '_>) {
        if let (Some(target), Some(list)) = (self.target(), self.list(kind)) {
            list.dispatch(|listener| listener(&target, what));
        }
    }

    fn message(&self, payload: Received<'_>) {
        if let (Some(target), Some(event_target)) = (self.target(), self.target())
            && let Some(list) = self.list(Kind::Message)
        {
            let event = MessageEvent { target: event_target, payload };
            list.dispatch(|listener| listener(&target, &What::Message(&event)));
        }
    }

    fn close(&self, event: &Event, closed: &Closed, retrying: bool) {
        // A handler may have told it to connect anew meanwhile: then this is not the end.
        let is_over = || !retrying && self.this.upgrade().is_some_and(|driver| driver.phase() == Phase::Closed);
        if is_over() {
            self.closed.set(Some(closed.clone()));
            self.last.set(Some(closed.clone()));
            self.ends.set(self.ends.get().saturating_add(1));
        }
        self.fire(Kind::Close, &What::Event(event));
        if is_over() {
            self.fire(Kind::End, &What::Event(event));
        } else {
            self.closed.set(None);
        }
        self.wake();
    }

    fn matches(matcher: Option<&Matcher>, payload: &Payload<'_>) -> bool {
        matcher.is_some_and(|matches| matches(payload))
    }
}

impl Host for Hub {
    fn resolve(&self, endpoint: usize, attempt: u32, last: Option<Ending>) -> Soon {
        match self.provision.endpoints.get(endpoint) {
            Some(endpoint) => endpoint.resolve(attempt, last),
            None => Soon::Now(Reply::Provided(Provided::Stop)),
        }
    }

    fn is_fixed(&self, endpoint: usize) -> bool {
        self.provision.endpoints.len() == 1 && self.provision.endpoints.get(endpoint).is_some_and(Endpoint::is_fixed)
    }

    fn probe(&self, _endpoint: usize, last: Option<Rc<Target>>) -> Soon {
        match &self.provision.probe {
            Some((_, probe)) => probe.ask(last),
            None => Soon::Now(Reply::Probed(Verdict::Connect)),
        }
    }

    fn greet(&self, id: TransportId, transport: &Rc<Transport>) -> Soon {
        self.provision.greet.as_ref().map_or(Soon::Now(Reply::Greeted(true)), |greet| greet.greet(id, transport))
    }

    fn greeting(&self, id: TransportId, payload: Payload<'_>) {
        if let Some(greet) = &self.provision.greet {
            greet.receive(id, payload);
        }
    }

    fn ping(&self) -> Option<OwnedData> {
        self.provision.ping.as_ref().map(|message| message())
    }

    fn is_reply(&self, payload: &Payload<'_>) -> bool {
        Self::matches(self.provision.reply.as_ref(), payload)
    }

    fn deliver(&self, payload: Payload<'_>) {
        if let (Some(drain), Some(driver)) = (&self.provision.drain, self.this.upgrade()) {
            drain(&driver, &payload);
        }
        self.message(Received::Now(payload));
    }

    fn forget(&self, id: TransportId) {
        if let Some(greet) = &self.provision.greet {
            greet.forget(id);
        }
    }

    fn tell(&self, event: Event) {
        trace::event(&event);
        let (kind, wakes) = match &event {
            Event::Phase(phase) => {
                if *phase != Phase::Closed {
                    self.closed.set(None);
                }
                (Kind::Phase, true)
            }
            Event::Connecting { .. } => (Kind::Connecting, false),
            Event::Open { .. } => (Kind::Open, true),
            Event::Error => (Kind::Error, false),
            Event::Close { closed, retrying } => return self.close(&event, closed, *retrying),
            Event::Retry { .. } => (Kind::Retry, false),
            Event::ReplaceFailed { .. } => (Kind::ReplaceFailed, false),
            Event::GaveUp { .. } => (Kind::GaveUp, false),
            Event::Fate { .. } => {
                if let Some(receipts) = self.receipts.get()
                    && let Some(fate) = MessageFate::of(&event)
                {
                    receipts.note(&fate);
                }
                (Kind::Fate, true)
            }
        };
        self.fire(kind, &What::Event(&event));
        // After the open event comes what has arrived while the connection was greeted.
        if let (Event::Open { id, .. }, Some(greet)) = (&event, &self.provision.greet) {
            greet.take(*id).into_iter().for_each(|received| self.message(received));
        }
        if wakes {
            self.wake();
        }
    }
}
