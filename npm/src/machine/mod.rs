//! `Machine`: the reconnecting core for a driver in JavaScript. Numbers and handles cross, never a message's bytes.

mod config;
mod host;
mod output;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Object;
use tautline::machine::{
    Answer, Fate, Input, Instant, MessageId, NotAccepted, Page, Pass, Route, TransportId, Verdict,
};
use tautline::{CloseCode, CloseReason, Closed, StatusCode};
use wasm_bindgen::prelude::*;

use host::Host;

/// What is carried: a JavaScript value that nobody here looks into.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    value: JsValue,
    bytes: usize,
}

impl tautline::machine::Payload for Parcel {
    fn byte_len(&self) -> usize {
        self.bytes
    }
}

/// `send` was not accepted: the socket is CLOSING or CLOSED.
const NOT_OPEN: f64 = -1.0;
/// `send` was not accepted: the outbox has no room.
const FULL: f64 = -2.0;
/// `pass`: it has to be queued.
const QUEUE: f64 = -1.0;
/// `pass`: tell `bufferedAmount` and ask again.
const ASK: f64 = -2.0;

/// `tautline::machine::Machine`, with times in milliseconds and ids as numbers. While it asks a function of the application's for a wait or
/// for what a close code means, it is at work: it must not be called then.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Machine {
    inner: RefCell<tautline::machine::Machine<Parcel>>,
}

#[wasm_bindgen]
impl Machine {
    /// `settings`: see `settings.js`, which has checked them.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &JsValue, seed: f64) -> Self {
        let machine = tautline::machine::Machine::new(Rc::new(config::read(settings)), seed as u64);
        Self { inner: RefCell::new(machine) }
    }

    /// Carries out the next output by a method of `host`; `false` if there is none.
    pub fn next(&self, host: &Host) -> bool {
        // The borrow ends here: the method may call this machine.
        let output = self.inner.borrow_mut().poll_output();
        output.map(|output| output::carry_out(output, host)).is_some()
    }

    /// When `timeout` is due; infinite if it is not.
    #[wasm_bindgen(js_name = nextTimeout)]
    pub fn next_timeout(&self) -> f64 {
        self.inner.borrow().poll_timeout().map_or(f64::INFINITY, millis_of)
    }

    /// `handle_timeout`.
    pub fn timeout(&self, now: f64) {
        self.inner.borrow_mut().handle_timeout(at(now));
    }

    /// The phase by name.
    pub fn phase(&self) -> String {
        output::phase(self.inner.borrow().phase()).to_owned()
    }

    /// `connect`.
    pub fn connect(&self, now: f64) {
        self.inner.borrow_mut().connect(at(now));
    }

    /// `reconnect`.
    pub fn reconnect(&self, now: f64) {
        self.inner.borrow_mut().reconnect(at(now));
    }

    /// `replace`.
    pub fn replace(&self, now: f64) -> bool {
        self.inner.borrow_mut().replace(at(now))
    }

    /// `drain`.
    pub fn drain(&self, now: f64) -> bool {
        self.inner.borrow_mut().drain(at(now))
    }

    /// `close`. Code and reason were checked; without a code there are none.
    pub fn close(&self, now: f64, code: Option<u16>, reason: &str) {
        let with = code.and_then(|code| CloseCode::new(code).ok());
        let with = with.map(|code| (code, CloseReason::new(reason).unwrap_or_default()));
        self.inner.borrow_mut().close(at(now), with);
    }

    /// The provider's answer. `valid_for` is for how many milliseconds it may be used again.
    pub fn resolved(&self, now: f64, id: f64, valid_for: Option<f64>) {
        self.input(
            now,
            Input::Resolved { id: id_of(id), answer: Answer::Ready { valid_for: valid_for.map(duration) } },
        );
    }

    /// The provider failed, or said stop.
    pub fn unresolved(&self, now: f64, id: f64, stop: bool) {
        let answer = if stop { Answer::Stop } else { Answer::Failed };
        self.input(now, Input::Resolved { id: id_of(id), answer });
    }

    /// The browser's constructor threw.
    pub fn rejected(&self, now: f64, id: f64, for_good: bool) {
        self.input(now, Input::Rejected { id: id_of(id), for_good });
    }

    /// The transport's `open` event.
    pub fn opened(&self, now: f64, id: f64) {
        self.input(now, Input::Opened { id: id_of(id) });
    }

    /// How the application's handshake ended.
    pub fn greeted(&self, now: f64, id: f64, accepted: bool) {
        self.input(now, Input::Greeted { id: id_of(id), accepted });
    }

    /// The application has handled the `open` event.
    pub fn announced(&self, now: f64, id: f64) {
        self.input(now, Input::Announced { id: id_of(id) });
    }

    /// The transport's `message` event.
    pub fn received(&self, now: f64, id: f64, bytes: usize, reply: bool) {
        self.input(now, Input::Received { id: id_of(id), bytes, reply });
    }

    /// The transport's `error` event.
    pub fn failed(&self, now: f64, id: f64) {
        self.input(now, Input::Failed { id: id_of(id) });
    }

    /// The transport's `close` event.
    pub fn closed(&self, now: f64, id: f64, code: u16, reason: String, was_clean: bool, buffered: f64) {
        let closed = Closed::new(StatusCode::received(code), reason, was_clean);
        self.input(now, Input::Closed { id: id_of(id), closed, buffered: buffered as u64 });
    }

    /// What `bufferedAmount` says.
    pub fn buffered(&self, now: f64, id: f64, bytes: f64) {
        self.input(now, Input::Buffered { id: id_of(id), bytes: bytes as u64 });
    }

    /// What a probe says: `connect`, `refresh`, `wait`, `stop`. `number` is the wait in milliseconds, or the HTTP status.
    pub fn probed(&self, now: f64, id: f64, verdict: &str, number: Option<f64>) {
        let verdict = match (verdict, number) {
            ("connect", _) => Verdict::Connect,
            ("refresh", _) => Verdict::Refresh,
            ("stop", status) => Verdict::Stop { status: status.map(|status| status as u16) },
            (_, Some(wait)) => Verdict::WaitFor(duration(wait)),
            (_, None) => Verdict::Wait,
        };
        self.input(now, Input::Probed { id: id_of(id), verdict });
    }

    /// What has become of the page or its network.
    pub fn page(&self, now: f64, what: &str) {
        let page = match what {
            "online" => Page::Online,
            "offline" => Page::Offline,
            "visible" => Page::Visible,
            "hidden" => Page::Hidden,
            "frozen" => Page::Frozen,
            "resumed" => Page::Resumed,
            _ => return,
        };
        self.input(now, Input::Page(page));
    }

    /// Sends or queues; the message's number, or a negative one: not accepted.
    pub fn send(&self, now: f64, value: JsValue, bytes: usize, ttl: Option<f64>) -> f64 {
        numbered(self.inner.borrow_mut().send(at(now), Parcel { value, bytes }, ttl.map(duration)))
    }

    /// Sends now or not at all.
    #[wasm_bindgen(js_name = sendNow)]
    pub fn send_now(&self, now: f64, value: JsValue, bytes: usize) -> f64 {
        numbered(self.inner.borrow_mut().send_now(at(now), Parcel { value, bytes }))
    }

    /// Whether a message may go straight to the carrier: its number, or a negative one: ask, or queue.
    pub fn pass(&self, bytes: usize, urgent: bool) -> f64 {
        match self.inner.borrow_mut().pass(bytes, urgent) {
            Pass::Now { message_id, .. } => number(message_id.get()),
            Pass::Ask { .. } => ASK,
            Pass::Queue => QUEUE,
        }
    }

    /// A message that passed has more bytes than were counted.
    pub fn measured(&self, id: f64, message_id: f64, more: usize) {
        self.inner.borrow_mut().measured(id_of(id), message(message_id), more);
    }

    /// A message that was to pass was not taken.
    pub fn withdraw(&self, id: f64, message_id: f64, bytes: usize) {
        self.inner.borrow_mut().withdraw(id_of(id), message(message_id), bytes);
    }

    /// A message was not taken, and never will be.
    #[wasm_bindgen(js_name = notSent)]
    pub fn not_sent(&self, id: f64, message_id: f64, bytes: usize) {
        self.inner.borrow_mut().not_sent(id_of(id), message(message_id), bytes);
    }

    /// A message was not taken, since the connection is ending. `expires` is infinite where it has all the time.
    #[wasm_bindgen(js_name = putBack)]
    pub fn put_back(&self, id: f64, message_id: f64, value: JsValue, bytes: usize, expires: f64) {
        let expires = expires.is_finite().then(|| at(expires));
        self.inner.borrow_mut().put_back(id_of(id), message(message_id), Parcel { value, bytes }, expires);
    }

    /// The browser's socket is not OPEN any more, though its close event has not come.
    pub fn stall(&self, now: f64, id: f64) {
        self.inner.borrow_mut().stall(at(now), id_of(id));
    }

    /// Where a message belongs that this transport has received: 0 to the application, 1 to its handshake, 2 nowhere.
    pub fn route(&self, id: f64) -> u8 {
        match self.inner.borrow().route(id_of(id)) {
            Route::Deliver => 0,
            Route::Greet => 1,
            Route::Ignore => 2,
        }
    }

    /// The transport that carries messages; -1 if there is none.
    pub fn carrier(&self) -> f64 {
        self.inner.borrow().carrier().map_or(-1.0, |id| number(id.get()))
    }

    /// The bytes that wait in the outbox.
    #[wasm_bindgen(js_name = queuedBytes)]
    pub fn queued_bytes(&self) -> usize {
        self.inner.borrow().queued().1
    }

    /// The messages that wait in the outbox.
    #[wasm_bindgen(js_name = queuedMessages)]
    pub fn queued_messages(&self) -> usize {
        self.inner.borrow().queued().0
    }

    /// `queued`, `handed-over`, or nothing: it has met another end.
    #[wasm_bindgen(js_name = fateOf)]
    pub fn fate_of(&self, message_id: f64) -> Option<String> {
        let fate: Option<Fate> = self.inner.borrow().fate_of(message(message_id));
        fate.map(|fate| output::fate(fate).to_owned())
    }

    /// What has been counted, by the names in `types.d.ts`.
    pub fn metrics(&self, now: f64) -> Object {
        output::metrics(&self.inner.borrow().metrics(at(now)))
    }
}

impl Machine {
    fn input(&self, now: f64, input: Input) {
        self.inner.borrow_mut().handle_input(at(now), input);
    }
}

// A cast from floating point saturates, and one of no number is 0.

fn at(millis: f64) -> Instant {
    Instant::from_micros((millis * 1000.0) as u64)
}

fn millis_of(at: Instant) -> f64 {
    number(at.as_micros()) / 1000.0
}

fn duration(millis: f64) -> Duration {
    Duration::from_micros((millis * 1000.0) as u64)
}

/// Exact up to 2^53.
fn number(value: u64) -> f64 {
    value as f64
}

fn id_of(number: f64) -> TransportId {
    TransportId::new(number as u64)
}

fn message(number: f64) -> MessageId {
    MessageId::new(number as u64)
}

fn numbered(sent: Result<MessageId, NotAccepted>) -> f64 {
    match sent {
        Ok(id) => number(id.get()),
        Err(NotAccepted::Outbox(_)) => FULL,
        Err(_) => NOT_OPEN,
    }
}
