//! What the machine wants and tells, in numbers. `host.js` has the same ones.

use tautline::Closed;
use tautline::machine::{Ending, Event, Fate, GaveUp, Metrics, Output, Phase};
use tautline::{CloseCode, CloseReason};

use super::host::Host;
use super::{Parcel, millis, millis_of, number};

/// Stands for what is not there.
const NONE: f64 = f64::NAN;

pub(super) fn carry_out(output: Output<Parcel>, host: &Host) {
    let (kind, numbers) = match output {
        Output::Resolve { id, endpoint, attempt, last } => {
            let [kind, more, clean] = last.as_ref().map_or([NONE; 3], |last| ending(last, host));
            (0, [number(id.get()), endpoint as f64, attempt.into(), kind, more, clean])
        }
        Output::CancelResolve { id } | Output::CancelProbe { id } => (1, some(&[number(id.get())])),
        Output::Probe { id, endpoint } => (2, some(&[number(id.get()), endpoint as f64])),
        Output::Open { id, endpoint } => (3, some(&[number(id.get()), endpoint as f64])),
        Output::Greet { id } => (4, some(&[number(id.get())])),
        Output::Send { id, message_id, message: Parcel { value, bytes }, expires } => {
            let expires = expires.map_or(f64::INFINITY, millis_of);
            return host.hand_over(number(id.get()), number(message_id.get()), value, bytes, expires);
        }
        Output::Ping { id } => (5, some(&[number(id.get())])),
        Output::AskBuffered { id } => (6, some(&[number(id.get())])),
        Output::Close { id, with } => (7, some(&[number(id.get()), apart(with, host)])),
        Output::Abort { id, with } => (8, some(&[number(id.get()), apart(with, host)])),
        Output::Event(event) => tell(event, host),
        // The machine may learn to want more: this crate is built together with it.
        _ => return,
    };
    let [a, b, c, d, e, f] = numbers;
    host.output(kind, a, b, c, d, e, f);
}

fn some(numbers: &[f64]) -> [f64; 6] {
    let mut all = [NONE; 6];
    all.iter_mut().zip(numbers).for_each(|(place, number)| *place = *number);
    all
}

fn apart(with: Option<(CloseCode, CloseReason)>, host: &Host) -> f64 {
    with.map_or(NONE, |(code, reason)| {
        host.reason(reason.as_str());
        code.get().into()
    })
}

fn tell(event: Event, host: &Host) -> (u32, [f64; 6]) {
    match event {
        Event::Phase(to) => (9, some(&[phase(to)])),
        Event::Connecting { attempt, endpoint } => (10, some(&[attempt.into(), endpoint as f64])),
        Event::Open { id, endpoint, replaced } => (11, some(&[number(id.get()), endpoint as f64, flag(replaced)])),
        Event::Error => (12, [NONE; 6]),
        Event::Close { closed, retrying } => {
            let [code, clean] = close(&closed, host);
            (13, some(&[code, clean, flag(retrying)]))
        }
        Event::Retry { delay, attempt, cause } => {
            let [kind, more, clean] = ending(&cause, host);
            (14, some(&[millis(delay), attempt.into(), kind, more, clean]))
        }
        Event::ReplaceFailed { cause, delay } => {
            let [kind, more, clean] = ending(&cause, host);
            (15, some(&[delay.map_or(NONE, millis), kind, more, clean]))
        }
        Event::GaveUp { why } => {
            let (kind, more) = match why {
                GaveUp::ClosePolicy(code) => (0.0, code.get().into()),
                GaveUp::Retries(retries) => (1.0, retries.into()),
                GaveUp::Elapsed(after) => (2.0, millis(after)),
                GaveUp::Provider => (3.0, NONE),
                GaveUp::Probe { status } => (4.0, status.map_or(NONE, f64::from)),
                _ => (5.0, NONE),
            };
            (16, some(&[kind, more]))
        }
        Event::Fate { first, last, fate: what, messages, bytes } => {
            (17, some(&[number(first.get()), number(last.get()), fate(what), number(messages), number(bytes)]))
        }
        // As above; `host.js` knows no such number.
        _ => (99, [NONE; 6]),
    }
}

fn phase(phase: Phase) -> f64 {
    Phase::ALL.iter().position(|known| *known == phase).unwrap_or_default() as f64
}

pub(super) fn fate(fate: Fate) -> f64 {
    match fate {
        Fate::Queued => 0.0,
        Fate::HandedOver => 1.0,
        Fate::Dropped => 2.0,
        Fate::Expired => 3.0,
        Fate::Failed => 4.0,
        _ => 5.0,
    }
}

/// In the order of the names in `core.js`; then each close code and how often it was seen.
pub(super) fn metrics(metrics: &Metrics) -> Vec<f64> {
    let mut numbers = vec![
        metrics.round_trip.map_or(NONE, millis),
        metrics.shortest_round_trip.map_or(NONE, millis),
        millis(metrics.connected),
    ];
    let counts = [
        metrics.attempts,
        metrics.opens,
        metrics.replaced,
        metrics.dead,
        metrics.messages_sent,
        metrics.bytes_sent,
        metrics.messages_received,
        metrics.bytes_received,
        metrics.dropped,
        metrics.expired,
        metrics.failed,
        metrics.unknown,
    ];
    for count in counts {
        numbers.push(number(count));
    }
    for (code, count) in metrics.closes.iter() {
        numbers.push(code.into());
        numbers.push(number(count));
    }
    numbers
}

/// Its number, a time or a code that belongs to it, and whether a close was clean.
fn ending(ending: &Ending, host: &Host) -> [f64; 3] {
    let (kind, more) = match ending {
        Ending::ResolveFailed => (0, NONE),
        Ending::ResolveTimedOut => (1, NONE),
        Ending::Probed => (2, NONE),
        Ending::Rejected => (3, NONE),
        Ending::HandshakeFailed => (4, NONE),
        Ending::HandshakeTimedOut => (5, NONE),
        Ending::Reconnect => (6, NONE),
        Ending::ConnectTimedOut(after) => (8, millis(*after)),
        Ending::Dead { silence } => (9, millis(*silence)),
        Ending::ConnectFailed(closed) | Ending::Closed(closed) => {
            let [code, clean] = close(closed, host);
            return [if matches!(ending, Ending::Closed(_)) { 11.0 } else { 10.0 }, code, clean];
        }
        _ => (7, NONE),
    };
    [kind.into(), more, NONE]
}

fn close(closed: &Closed, host: &Host) -> [f64; 2] {
    host.reason(&closed.reason);
    [closed.code.get().into(), flag(closed.was_clean)]
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}
