//! `Machine`: the channel's core for a driver in JavaScript. Numbers and short texts cross, never a message: of one that arrives its offset
//! is told, of one that is sent its size.

use std::cell::{Cell, RefCell, RefMut};
use std::time::Duration;

use tautline::MessageRef;
use tautline::channel::machine::{Answer, PipeId};
use tautline::channel::{Kind, Phase, Position, SendError};
use tautline::machine::{Instant, Page};
use tautline::{Closed, StatusCode};
use wasm_bindgen::prelude::*;

use super::config;
use super::host::{self, Host, Policies};
use super::output;

/// What is sent: its number, under which JavaScript has it, and its size.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) number: u64,
    bytes: usize,
}

impl tautline::machine::Payload for Parcel {
    fn byte_len(&self) -> usize {
        self.bytes
    }
}

pub(super) type Inner = tautline::channel::machine::Machine<Parcel>;

/// `tautline::channel::machine::Machine`, with ids as numbers.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Machine {
    inner: RefCell<Inner>,
    /// How many messages were accepted.
    accepted: Cell<u64>,
}

#[wasm_bindgen]
impl Machine {
    /// `numbers`: see `config.rs`. `remembered` is the place of a transport in their list, or NaN; with `offset` as NaN it begins with what is
    /// new.
    #[wasm_bindgen(constructor)]
    pub fn new(numbers: Vec<f64>, policies: Policies, seed: f64, remembered: f64, epoch: String, offset: f64) -> Self {
        let remembered = (!remembered.is_nan()).then(|| Kind::ALL.get(remembered as usize).copied()).flatten();
        let mut inner = Inner::new(config::read(numbers, policies), seed as u64, remembered, session);
        if !offset.is_nan() {
            inner.start_at(Position { epoch, offset: offset as u64 });
        }
        Self { inner: RefCell::new(inner), accepted: Cell::new(0) }
    }

    /// Tells the next output to `host`; `false` if there is none.
    pub fn next(&self, host: &Host) -> bool {
        let mut machine = self.inner();
        let Some(output) = machine.poll_output() else { return false };
        let told = output::read(output, &machine);
        // The host may call this machine.
        drop(machine);
        told.tell(host);
        true
    }

    /// The offset of the last message that was delivered; its epoch is told to `host`. NaN: none was.
    pub fn position(&self, host: &Host) -> f64 {
        let position = self.inner().position().cloned();
        position.map_or(f64::NAN, |Position { epoch, offset }| {
            host.text(&epoch);
            number(offset)
        })
    }

    /// A message of which the offset alone was read. `true`: it is to be delivered.
    pub fn message(&self, id: f64, offset: f64) -> bool {
        self.inner().received_message(now, pipe(id), offset as u64)
    }

    /// Any other frame. Of a binary one, which is wrong, the beginning is enough.
    pub fn frame(&self, id: f64, text: &str, binary: bool) {
        let data = if binary { MessageRef::Binary(text.as_bytes()) } else { MessageRef::Text(text) };
        let _never = self.inner().received(now, pipe(id), data);
    }

    /// A transport has ended.
    pub fn ended(&self, id: f64, code: f64, reason: String, was_clean: bool) {
        let closed = Closed::new(StatusCode::received(code as u16), reason, was_clean);
        self.inner().ended(now(), pipe(id), closed);
    }

    /// Accepts a message of so many bytes: its number, or a negative one: not accepted.
    pub fn send(&self, bytes: usize) -> f64 {
        let parcel = Parcel { number: self.accepted.get() + 1, bytes };
        match self.inner().send(parcel) {
            Ok(id) => {
                self.accepted.set(id.get());
                number(id.get())
            }
            Err(SendError::TooMany { .. }) => -2.0,
            Err(SendError::NoRoom { .. }) => -3.0,
            // With the limit, which the server has named.
            Err(SendError::TooLarge { limit, .. }) => -4.0 - number(limit),
            Err(_) => -1.0,
        }
    }

    /// Orders and questions that are numbers. `machine.js` has names for those of `what`.
    pub fn call(&self, what: u32, a: f64, b: f64) -> f64 {
        let mut machine = self.inner();
        match what {
            0 => machine.connect(now()),
            1 => machine.reconnect(now()),
            2 => machine.close(now()),
            3 => machine.handle_timeout(now()),
            // Infinite if there is none.
            4 => return machine.poll_timeout().map_or(f64::INFINITY, |at| number(at.as_micros()) / 1000.0),
            5 => machine.fall_behind(),
            6 => machine.catch_up(now()),
            7 => {
                if let Some(page) = page(a as u32) {
                    machine.page(now(), page);
                }
            }
            8 => machine.not_made(now(), pipe(a)),
            9 => {
                let answer = if b == 0.0 { Answer::Nothing } else { Answer::Status(b as u16) };
                machine.probed(now(), pipe(a), answer);
            }
            10 => return phase(machine.phase()),
            11 => return output::kind(machine.kind()),
            12 => return machine.unacknowledged().0 as f64,
            13 => return machine.unacknowledged().1 as f64,
            14 => return number(machine.repeated()),
            _ => {}
        }
        0.0
    }
}

impl Machine {
    fn inner(&self) -> RefMut<'_, Inner> {
        self.inner.try_borrow_mut().unwrap_or_else(|_| wasm_bindgen::throw_str("the machine is at work"))
    }
}

/// A name that nobody can guess: 30 characters of 5 bits each.
fn session() -> String {
    let characters = (0..3).flat_map(|_| {
        let bits = host::chance() as u64;
        (0..10).map(move |at| match (bits >> (5 * at)) & 31 {
            low @ 0..26 => char::from(b'a' + low as u8),
            high => char::from(b'0' + (high - 26) as u8),
        })
    });
    characters.collect()
}

fn page(what: u32) -> Option<Page> {
    let all = [Page::Online, Page::Offline, Page::Visible, Page::Hidden, Page::Frozen, Page::Resumed];
    all.get(what as usize).copied()
}

/// Its place in `PHASES` of `machine.js`.
fn phase(phase: Phase) -> f64 {
    match phase {
        Phase::Idle => 0.0,
        Phase::Waiting => 1.0,
        Phase::Probing => 2.0,
        Phase::Opening => 3.0,
        Phase::Up => 4.0,
        Phase::Closing => 5.0,
        Phase::Suspended => 6.0,
        _ => 7.0,
    }
}

// A cast from floating point saturates, and one of no number is 0.

fn now() -> Instant {
    Instant::from_micros((host::now() * 1000.0) as u64)
}

pub(super) fn duration(millis: f64) -> Duration {
    Duration::from_micros((millis * 1000.0) as u64)
}

fn pipe(id: f64) -> PipeId {
    PipeId::new(id as u64)
}

/// Exact up to 2^53.
pub(super) fn number(value: u64) -> f64 {
    value as f64
}
