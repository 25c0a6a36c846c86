//! What the machine wants and tells, in numbers and short texts. `host.js` has the same ones.

use std::time::Duration;

use tautline::channel::machine::Output;
use tautline::channel::{Cause, Event, Fate, Gap, Kind, ProtocolError};

use super::host::Host;
use super::machine::{Inner, number};

/// Stands for what is not there.
const NONE: f64 = f64::NAN;

/// One output, as it is told.
pub(super) struct Told {
    kind: u32,
    numbers: [f64; 4],
    texts: [Option<String>; 2],
}

impl Told {
    pub(super) fn tell(self, host: &Host) {
        for text in self.texts.into_iter().flatten() {
            host.text(&text);
        }
        let [a, b, c, d] = self.numbers;
        host.output(self.kind, a, b, c, d);
    }
}

fn told(kind: u32, numbers: &[f64]) -> Told {
    let mut all = [NONE; 4];
    all.iter_mut().zip(numbers).for_each(|(place, number)| *place = *number);
    Told { kind, numbers: all, texts: [None, None] }
}

pub(super) fn read(output: Output, machine: &Inner) -> Told {
    match output {
        Output::Open { id, kind: what, session, begin, position } => {
            let (epoch, offset) = position.map_or((None, NONE), |at| (Some(at.epoch), number(at.offset)));
            let numbers = [number(id.get()), kind(what), flag(begin), offset];
            Told { kind: 0, numbers, texts: [Some(session), epoch] }
        }
        // What is acknowledged meanwhile is gone.
        Output::Transmit { id, sequence } => {
            let parcel = machine.outgoing(sequence).map_or(NONE, |parcel| number(parcel.number));
            told(1, &[number(id.get()), number(sequence), parcel])
        }
        Output::Ask { id } => told(2, &[number(id.get())]),
        Output::Abort { id } => told(3, &[number(id.get())]),
        Output::Probe { id } => told(4, &[number(id.get())]),
        Output::Remember { kind: what } => told(5, &[kind(what)]),
        Output::Tell(event) => tell(event),
        // The machine may learn to want more: this crate is built together with it.
        _ => told(99, &[]),
    }
}

fn tell(event: Event) -> Told {
    match event {
        Event::Opened { kind: what, recovered } => told(6, &[kind(what), flag(recovered)]),
        Event::Missed(Gap::Trimmed { from, to }) => told(7, &[number(from), number(to)]),
        Event::Missed(Gap::NewEpoch { before, after }) => Told {
            texts: [Some(before.epoch), Some(after.epoch)],
            ..told(8, &[number(before.offset), number(after.offset)])
        },
        Event::Moved { from, to } => told(9, &[kind(from), kind(to)]),
        Event::Lost { cause } => with_cause(10, cause),
        Event::Retry { delay, attempt } => told(11, &[millis(delay), attempt.into()]),
        Event::SteppedDown { from, to } => told(12, &[kind(from), kind(to)]),
        Event::Fate { first, last, fate } => {
            let what = match fate {
                Fate::Accepted => 0.0,
                Fate::Unknown => 1.0,
                _ => 2.0,
            };
            told(13, &[number(first.get()), number(last.get()), what])
        }
        Event::Closed { cause } => with_cause(14, cause),
        _ => told(99, &[]),
    }
}

/// The number of its kind, and what belongs to it.
fn with_cause(kind: u32, cause: Cause) -> Told {
    match cause {
        Cause::Closed => told(kind, &[0.0]),
        Cause::Behind => told(kind, &[1.0]),
        Cause::PutAway => told(kind, &[2.0]),
        Cause::Ended(closed) => Told {
            texts: [Some(closed.reason), None],
            ..told(kind, &[3.0, closed.code.get().into(), flag(closed.was_clean)])
        },
        Cause::Timeout(after) => told(kind, &[4.0, millis(after)]),
        Cause::Silent(after) => told(kind, &[5.0, millis(after)]),
        Cause::Refused { status } => told(kind, &[6.0, status.into()]),
        Cause::Forgotten => told(kind, &[7.0]),
        Cause::Protocol(error) => {
            let [what, expected, found] = broken(error);
            told(kind, &[8.0, what, expected, found])
        }
        _ => told(kind, &[9.0]),
    }
}

fn broken(error: ProtocolError) -> [f64; 3] {
    match error {
        ProtocolError::Hello(_) => [1.0, NONE, NONE],
        ProtocolError::NoHello => [2.0, NONE, NONE],
        ProtocolError::Misplaced => [3.0, NONE, NONE],
        ProtocolError::Jumped { expected, found } => [4.0, number(expected), number(found)],
        ProtocolError::Repeated { last, found } => [5.0, number(last), number(found)],
        ProtocolError::Accepted { sent, found } => [6.0, number(sent), number(found)],
        ProtocolError::Elsewhere { asked, found } => [7.0, number(asked), number(found)],
        _ => [0.0, NONE, NONE],
    }
}

pub(super) fn kind(kind: Kind) -> f64 {
    Kind::ALL.iter().position(|known| *known == kind).unwrap_or_default() as f64
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}
