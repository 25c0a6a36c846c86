//! `Machine`: the reconnecting core for a driver in JavaScript. Numbers and handles cross, never a message's bytes.
//!
//! Each method that is exported costs code on both sides, and so does each name that crosses: there are few, and `machine.js` has the names.
//! `npm/exports.json` lists the exports: one that is not there is left out.

mod config;
mod host;
mod output;

use std::cell::{RefCell, RefMut};
use std::rc::Rc;
use std::time::Duration;

use tautline::machine::{Answer, Input, Instant, MessageId, NotAccepted, Page, Pass, Route, TransportId, Verdict};
use tautline::{CloseCode, CloseReason, Closed, StatusCode};
use wasm_bindgen::prelude::*;

use config::Policies;
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

type Inner = tautline::machine::Machine<Parcel>;

/// `tautline::machine::Machine`, with times in milliseconds and ids as numbers. While it asks a function of the application's for a wait or
/// for what a close code means, it is at work: it must not be called then.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Machine {
    inner: RefCell<Inner>,
}

#[wasm_bindgen]
impl Machine {
    /// `numbers`: see `config.rs`.
    #[wasm_bindgen(constructor)]
    pub fn new(numbers: Vec<f64>, suspend_reason: &str, policies: Policies, seed: f64) -> Self {
        let config = Rc::new(config::read(numbers, suspend_reason, policies));
        Self { inner: RefCell::new(Inner::new(config, seed as u64)) }
    }

    /// Tells the next output to `host`; `false` if there is none.
    pub fn next(&self, host: &Host) -> bool {
        // The borrow ends here: the host may call this machine.
        let output = self.inner().poll_output();
        output.map(|output| output::carry_out(output, host)).is_some()
    }

    /// What is without a text and without a message. `machine.js` has names for the numbers of `what`.
    pub fn call(&self, what: u32, now: f64, id: f64, a: f64, b: f64) -> f64 {
        let mut machine = self.inner();
        let (now, id) = (at(now), TransportId::new(id as u64));
        let is = a == 1.0;
        let input = match what {
            0 => Input::Opened { id },
            1 => Input::Failed { id },
            2 => Input::Announced { id },
            3 => Input::Received { id, bytes: a as usize, reply: b == 1.0 },
            4 => Input::Buffered { id, bytes: a as u64 },
            5 => Input::Resolved { id, answer: Answer::Ready { valid_for: optional(a) } },
            6 => Input::Resolved { id, answer: if is { Answer::Stop } else { Answer::Failed } },
            7 => Input::Rejected { id, for_good: is },
            8 => Input::Greeted { id, accepted: is },
            9 => Input::Probed { id, verdict: verdict(a as u32, b) },
            10 => match page(a as u32) {
                Some(page) => Input::Page(page),
                None => return 0.0,
            },
            _ => return ask(&mut machine, what, now, id, a, b),
        };
        machine.handle_input(now, input);
        0.0
    }

    /// The transport's `close` event; with a negative id `close()`, whose code and reason were checked: without a code there are none.
    pub fn end(&self, now: f64, id: f64, code: f64, reason: String, was_clean: bool, buffered: f64) {
        let (mut machine, now, code) = (self.inner(), at(now), code as u16);
        if id < 0.0 {
            let with = CloseCode::new(code).ok().map(|code| (code, CloseReason::new(reason).unwrap_or_default()));
            return machine.close(now, with);
        }
        let closed = Closed::new(StatusCode::received(code), reason, was_clean);
        machine.handle_input(now, Input::Closed { id: TransportId::new(id as u64), closed, buffered: buffered as u64 });
    }

    /// Sends a message, or queues it for as long as it may live; or, if it is urgent, sends it now or not at all. The message's number, or a
    /// negative one: not accepted.
    pub fn send(&self, now: f64, value: JsValue, bytes: usize, ttl: f64, urgent: bool) -> f64 {
        let (mut machine, now, parcel) = (self.inner(), at(now), Parcel { value, bytes });
        let sent = if urgent { machine.send_now(now, parcel) } else { machine.send(now, parcel, optional(ttl)) };
        match sent {
            Ok(id) => number(id.get()),
            Err(NotAccepted::Outbox(_)) => FULL,
            Err(_) => NOT_OPEN,
        }
    }

    /// A message was not taken, since the connection is ending. `expires` is infinite where it has all the time.
    #[wasm_bindgen(js_name = putBack)]
    pub fn put_back(&self, id: f64, message_id: f64, value: JsValue, bytes: usize, expires: f64) {
        let expires = expires.is_finite().then(|| at(expires));
        self.inner().put_back(TransportId::new(id as u64), message(message_id), Parcel { value, bytes }, expires);
    }

    /// What has been counted: see `output.rs`.
    pub fn metrics(&self, now: f64) -> Vec<f64> {
        output::metrics(&self.inner().metrics(at(now)))
    }
}

impl Machine {
    fn inner(&self) -> RefMut<'_, Inner> {
        self.inner.try_borrow_mut().unwrap_or_else(|_| wasm_bindgen::throw_str("the machine is at work"))
    }
}

/// The rest of `call`: orders and questions.
fn ask(machine: &mut Inner, what: u32, now: Instant, id: TransportId, a: f64, b: f64) -> f64 {
    match what {
        11 => machine.connect(now),
        12 => machine.reconnect(now),
        13 => return flag(machine.replace(now)),
        14 => return flag(machine.drain(now)),
        15 => machine.handle_timeout(now),
        // Infinite if there is none.
        16 => return machine.poll_timeout().map_or(f64::INFINITY, millis_of),
        17 => {
            return match machine.pass(a as usize, b == 1.0) {
                Pass::Now { message_id, .. } => number(message_id.get()),
                Pass::Ask { .. } => ASK,
                Pass::Queue => QUEUE,
            };
        }
        18 => machine.measured(id, message(a), b as usize),
        19 => machine.withdraw(id, message(a), b as usize),
        20 => machine.not_sent(id, message(a), b as usize),
        21 => machine.stall(now, id),
        22 => {
            return match machine.route(id) {
                Route::Deliver => 0.0,
                Route::Greet => 1.0,
                Route::Ignore => 2.0,
            };
        }
        23 => return machine.queued().0 as f64,
        24 => return machine.queued().1 as f64,
        25 => return machine.fate_of(message(a)).map_or(-1.0, output::fate),
        _ => {}
    }
    0.0
}

fn verdict(what: u32, number: f64) -> Verdict {
    match what {
        0 => Verdict::Connect,
        1 => Verdict::Refresh,
        2 => Verdict::Stop { status: (!number.is_nan()).then_some(number as u16) },
        _ => optional(number).map_or(Verdict::Wait, Verdict::WaitFor),
    }
}

fn page(what: u32) -> Option<Page> {
    let all = [Page::Online, Page::Offline, Page::Visible, Page::Hidden, Page::Frozen, Page::Resumed];
    all.get(what as usize).copied()
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
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

/// NaN is none.
fn optional(millis: f64) -> Option<Duration> {
    (!millis.is_nan()).then(|| duration(millis))
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Exact up to 2^53.
fn number(value: u64) -> f64 {
    value as f64
}

fn message(number: f64) -> MessageId {
    MessageId::new(number as u64)
}
