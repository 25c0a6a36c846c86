//! A channel's machine with a server that answers at once, in virtual time: what is measured here, and counted in
//! `tests/allocations.rs`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use tautline::channel::Config;
use tautline::channel::machine::{Machine, Output, Phase, PipeId};
use tautline::machine::Instant;
use tautline::{Closed, MessageRef, StatusCode};

use crate::rig::Load;

/// A message of this many bytes.
const BYTES: usize = 100;
/// So many digits the offsets have, of which this is the first.
const DIGITS: usize = 10;
const FIRST: u64 = 1_000_000_000;

pub(crate) struct ChannelRig {
    pub(crate) machine: Machine<Load>,
    now: Instant,
    id: Option<PipeId>,
    /// The offset of the last message that arrived, and the number of the last one that was to be transmitted.
    offset: u64,
    pub(crate) transmitted: u64,
    /// The frame of a message, whose number is counted up where it stands.
    message: Vec<u8>,
    /// Other frames of the server's are written here: the buffer is not the machine's.
    frame: String,
}

impl ChannelRig {
    /// One that is up over WebSocket.
    pub(crate) fn up() -> Self {
        let machine = Machine::new(Config::default(), 42, None, || "a-session-of-one".to_owned());
        let (message, frame) = (format!("m{FIRST}:{:BYTES$}", "").into_bytes(), String::with_capacity(256));
        let mut rig = Self { machine, now: Instant::ZERO, id: None, offset: FIRST, transmitted: 0, message, frame };
        rig.machine.connect(rig.now);
        rig.drain();
        rig.greet();
        rig
    }

    /// Takes all outputs.
    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match &output {
                Output::Open { id, .. } => self.id = Some(*id),
                Output::Transmit { sequence, .. } => {
                    black_box(self.machine.outgoing(*sequence));
                    self.transmitted = *sequence;
                }
                _ => {}
            }
            black_box(&output);
        }
    }

    /// What stands in `frame` arrives.
    fn arrive(&mut self) {
        let (Some(id), now) = (self.id, self.now) else { return };
        black_box(self.machine.received(|| now, id, MessageRef::Text(&self.frame)).is_some());
        self.drain();
    }

    fn greet(&mut self) {
        let Self { frame, offset, .. } = self;
        frame.clear();
        let beat_and_limit = "beat=15000&limit=1048576";
        // A string takes whatever there is room for.
        _ = write!(frame, "h1:epoch=e1&offset={offset}&after={offset}&session=known&ack=0&{beat_and_limit}");
        self.arrive();
        self.transmitted = 0;
        assert_eq!(self.machine.phase(), Phase::Up);
    }

    fn write(&mut self, letter: char, number: u64) {
        self.frame.clear();
        _ = write!(self.frame, "{letter}{number}:");
    }

    /// The number in the frame of a message grows by one.
    fn count(&mut self) {
        self.offset += 1;
        let digits = self.message.iter_mut().skip(1).take(DIGITS).rev();
        for digit in digits {
            if *digit != b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
    }

    /// A message arrives as a frame. `true`: it is for the application.
    pub(crate) fn receive(&mut self) -> bool {
        self.count();
        let (Some(id), now) = (self.id, self.now) else { return false };
        let received = self.machine.received(|| now, id, MessageRef::Binary(&self.message)).is_some();
        self.drain();
        received
    }

    /// A message arrives of which JavaScript has read the offset.
    pub(crate) fn receive_offset(&mut self) -> bool {
        self.count();
        let (Some(id), now) = (self.id, self.now) else { return false };
        let received = self.machine.received_message(|| now, id, self.offset);
        self.drain();
        received
    }

    /// A message is accepted, and handed to the transport.
    pub(crate) fn send(&mut self) {
        _ = black_box(self.machine.send(Load(BYTES)));
        self.drain();
    }

    /// All that was sent is acknowledged.
    pub(crate) fn acknowledge(&mut self) {
        self.write('a', self.transmitted);
        self.arrive();
    }

    /// The server has nothing to say.
    pub(crate) fn beat(&mut self) {
        self.write('b', self.offset);
        self.arrive();
    }

    /// A connection that has lasted breaks, and another one is up after the wait.
    pub(crate) fn come_back(&mut self) {
        self.fire();
        if let Some(id) = self.id.take() {
            self.machine.ended(self.now, id, Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false));
        }
        self.drain();
        self.fire();
        self.greet();
    }

    /// The next timer fires when it is due.
    fn fire(&mut self) {
        self.now = self.machine.poll_timeout().map_or(self.now, |at| at.max(self.now + Duration::from_millis(1)));
        self.machine.handle_timeout(self.now);
        self.drain();
    }
}
