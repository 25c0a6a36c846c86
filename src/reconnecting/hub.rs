//! What all handles of one reconnecting socket share, beside its driver: who listens, who waits, and what the application provides.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::task::Waker;

use super::endpoint::Endpoint;
use super::greeting::{self, Greeting};
use super::notice::{Connecting, MessageFate, Notice, ReplaceFailed, Retry};
use super::probe::Probe;
use super::receipt::Receipts;
use super::sender::Registration;
use super::{ReconnectingWebSocket, trace};
use crate::driver::{Driver, Host, Later, Provided, Soon, Target};
use crate::machine::{Config, Ending, Event, GaveUp, Heartbeat, Phase, ProbeRule, TransportId, Verdict};
use crate::socket::event::{OnClose, OnEvent, OnMessage};
use crate::socket::handlers::HandlerList;
use crate::socket::received::Received;
use crate::socket::waits::Waits;
use crate::socket::{CloseEvent, Event as PlainEvent, MessageEvent};
use crate::transport::{OwnedData, Payload, Transport};
use crate::{Closed, Message, MessageRef};

/// A payload longer than this is neither an answer to a heartbeat nor a request to drain: it need not be looked at, nor copied for it.
pub(super) const MAX_MATCHED: usize = 1024;

pub(super) type OnNotice<T> = dyn Fn(&Notice<'_, T>);
pub(super) type Matcher = Rc<dyn Fn(MessageRef<'_>) -> bool>;
pub(super) type Greet = Rc<dyn Fn(Greeting) -> Later<bool>>;

/// What the application has provided.
#[derive(Clone, Default)]
pub(super) struct Provision {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) greet: Option<Greet>,
    pub(super) ping: Option<Message>,
    pub(super) reply: Option<Matcher>,
    pub(super) drain: Option<Matcher>,
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
    pub(super) on_open: HandlerList<OnEvent<ReconnectingWebSocket>>,
    pub(super) on_message: HandlerList<OnMessage<ReconnectingWebSocket>>,
    pub(super) on_error: HandlerList<OnEvent<ReconnectingWebSocket>>,
    pub(super) on_close: HandlerList<OnClose<ReconnectingWebSocket>>,
    pub(super) on_connecting: HandlerList<OnNotice<Connecting>>,
    pub(super) on_retry: HandlerList<OnNotice<Retry>>,
    pub(super) on_replace_failed: HandlerList<OnNotice<ReplaceFailed>>,
    pub(super) on_gave_up: HandlerList<OnNotice<GaveUp>>,
    pub(super) on_fate: HandlerList<OnNotice<MessageFate>>,
    pub(super) on_phase: HandlerList<OnNotice<Phase>>,
    /// Of the streams: told how it ended when it ends for good.
    pub(super) on_end: HandlerList<dyn Fn(Closed)>,
    /// How many handles keep the connection.
    owners: Cell<usize>,
    /// How it ended, while it is CLOSED.
    closed: RefCell<Option<Closed>>,
    /// How often it has ended, and how the last time: whoever waits for an end learns of it also when it has begun anew since.
    ends: Cell<u64>,
    last: RefCell<Option<Closed>>,
    waits: RefCell<Waits>,
    pub(super) receipts: Receipts,
    pub(super) registration: Registration,
    greetings: RefCell<BTreeMap<TransportId, Rc<RefCell<greeting::Inbox>>>>,
}

impl Hub {
    pub(super) fn new(this: &Weak<Driver<Self>>, provision: Provision) -> Self {
        Self {
            this: Weak::clone(this),
            provision,
            on_open: HandlerList::default(),
            on_message: HandlerList::default(),
            on_error: HandlerList::default(),
            on_close: HandlerList::default(),
            on_connecting: HandlerList::default(),
            on_retry: HandlerList::default(),
            on_replace_failed: HandlerList::default(),
            on_gave_up: HandlerList::default(),
            on_fate: HandlerList::default(),
            on_phase: HandlerList::default(),
            on_end: HandlerList::default(),
            owners: Cell::new(0),
            closed: RefCell::default(),
            ends: Cell::new(0),
            last: RefCell::default(),
            waits: RefCell::default(),
            receipts: Receipts::default(),
            registration: Registration::default(),
            greetings: RefCell::default(),
        }
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
        self.closed.borrow_mut().get_or_insert_with(|| closed.clone());
        self.on_open.end();
        self.on_message.end();
        self.on_error.end();
        self.on_close.end();
        self.on_connecting.end();
        self.on_retry.end();
        self.on_replace_failed.end();
        self.on_gave_up.end();
        self.on_fate.end();
        self.on_phase.end();
        self.on_end.end();
        let greetings = std::mem::take(&mut *self.greetings.borrow_mut());
        drop(greetings);
        self.receipts.end();
        self.wake();
    }

    pub(super) fn closed(&self) -> Option<Closed> {
        self.closed.borrow().clone()
    }

    /// How often it has ended.
    pub(super) fn ends(&self) -> u64 {
        self.ends.get()
    }

    /// How it ended, if it is CLOSED, or has ended since it had ended so often.
    pub(super) fn closed_since(&self, ends: u64) -> Option<Closed> {
        self.closed().or_else(|| self.last.borrow().clone().filter(|_| self.ends.get() > ends))
    }

    pub(super) fn wait(&self, id: &mut Option<u64>, waker: &Waker) {
        let replaced = self.waits.borrow_mut().wait(id, waker);
        drop(replaced);
    }

    pub(super) fn stop_waiting(&self, id: Option<u64>) {
        let waker = self.waits.borrow_mut().remove(id);
        drop(waker);
    }

    pub(super) fn wake(&self) {
        let wakers = self.waits.borrow_mut().take();
        for waker in wakers {
            waker.wake();
        }
    }

    /// The handle that an event has: it does not keep the connection.
    fn target(&self) -> Option<ReconnectingWebSocket> {
        self.this.upgrade().map(ReconnectingWebSocket::target_of_event)
    }

    fn notice<T>(&self, list: &HandlerList<OnNotice<T>>, what: &T) {
        if let Some(target) = self.target() {
            list.dispatch(|listener| listener(&Notice { target: &target, what }));
        }
    }

    fn plain(&self, list: &HandlerList<OnEvent<ReconnectingWebSocket>>) {
        if let Some(target) = self.target() {
            list.dispatch(|listener| listener(&PlainEvent { target: &target }));
        }
    }

    fn message(&self, payload: Received<'_>) {
        if let Some(target) = self.target() {
            let event = MessageEvent { target, payload };
            self.on_message.dispatch(|listener| listener(&event));
        }
    }

    fn close(&self, closed: &Closed, retrying: bool) {
        let Some(target) = self.target() else { return };
        // A handler may have told it to connect anew meanwhile: then this is not the end.
        let is_over = || !retrying && target.phase() == Phase::Closed;
        if is_over() {
            *self.closed.borrow_mut() = Some(closed.clone());
            *self.last.borrow_mut() = Some(closed.clone());
            self.ends.set(self.ends.get().saturating_add(1));
        }
        self.on_close.dispatch(|listener| listener(&CloseEvent { target: &target, closed }));
        if is_over() {
            self.on_end.dispatch(|listener| listener(closed.clone()));
        } else {
            *self.closed.borrow_mut() = None;
        }
        self.wake();
    }

    /// Tells of the connection, then of what has arrived while it was greeted.
    fn open(&self, id: TransportId) {
        self.plain(&self.on_open);
        let inbox = self.greetings.borrow_mut().remove(&id);
        for received in inbox.map(|inbox| inbox.borrow_mut().take()).into_iter().flatten() {
            self.message(received);
        }
        self.wake();
    }

    fn fate(&self, fate: &MessageFate) {
        self.receipts.note(fate);
        self.notice(&self.on_fate, fate);
        self.wake();
    }

    fn matches(matcher: Option<&Matcher>, payload: &Payload<'_>) -> bool {
        let Some(matcher) = matcher.filter(|_| payload.length() <= MAX_MATCHED) else { return false };
        payload.data().is_ok_and(|message| matcher(message))
    }
}

impl Host for Hub {
    fn resolve(&self, endpoint: usize, attempt: u32, last: Option<Ending>) -> Soon<Provided> {
        match self.provision.endpoints.get(endpoint) {
            Some(endpoint) => endpoint.resolve(attempt, last),
            None => Soon::Now(Provided::Stop),
        }
    }

    fn is_fixed(&self, endpoint: usize) -> bool {
        self.provision.endpoints.len() == 1 && self.provision.endpoints.get(endpoint).is_some_and(Endpoint::is_fixed)
    }

    fn probe(&self, _endpoint: usize, last: Option<Target>) -> Soon<Verdict> {
        match &self.provision.probe {
            Some((_, probe)) => probe.ask(last),
            None => Soon::Now(Verdict::Connect),
        }
    }

    fn greet(&self, id: TransportId, transport: &Rc<Transport>) -> Soon<bool> {
        let Some(greet) = &self.provision.greet else { return Soon::Now(true) };
        let (greeting, inbox) = Greeting::new(transport);
        let replaced = self.greetings.borrow_mut().insert(id, Rc::clone(&inbox));
        drop(replaced);
        let running = greet(greeting);
        Soon::Later(Box::pin(async move { running.await && !inbox.borrow().spoilt }))
    }

    fn greeting(&self, id: TransportId, payload: Payload<'_>) {
        let inbox = self.greetings.borrow().get(&id).cloned();
        if let Some(inbox) = inbox {
            greeting::receive(&inbox, payload);
        }
    }

    fn ping(&self) -> Option<OwnedData> {
        self.provision.ping.clone().map(OwnedData::from)
    }

    fn is_reply(&self, payload: &Payload<'_>) -> bool {
        Self::matches(self.provision.reply.as_ref(), payload)
    }

    fn asks_to_drain(&self, payload: &Payload<'_>) -> bool {
        Self::matches(self.provision.drain.as_ref(), payload)
    }

    fn deliver(&self, payload: Payload<'_>) {
        self.message(Received::Now(payload));
    }

    fn forget(&self, id: TransportId) {
        let inbox = self.greetings.borrow_mut().remove(&id);
        drop(inbox);
    }

    fn tell(&self, event: Event) {
        trace::event(&event);
        match event {
            Event::Phase(phase) => {
                if phase != Phase::Closed {
                    *self.closed.borrow_mut() = None;
                }
                self.notice(&self.on_phase, &phase);
                self.wake();
            }
            Event::Connecting { attempt, endpoint } => {
                self.notice(&self.on_connecting, &Connecting { attempt, endpoint })
            }
            Event::Open { id, .. } => self.open(id),
            Event::Error => self.plain(&self.on_error),
            Event::Close { closed, retrying } => self.close(&closed, retrying),
            Event::Retry { delay, attempt, cause } => self.notice(&self.on_retry, &Retry { delay, attempt, cause }),
            Event::ReplaceFailed { cause, delay } => {
                self.notice(&self.on_replace_failed, &ReplaceFailed { cause, delay });
            }
            Event::GaveUp { why } => self.notice(&self.on_gave_up, &why),
            Event::Fate { first, last, fate, messages, bytes } => {
                self.fate(&MessageFate { first, last, fate, messages, bytes });
            }
        }
    }
}
