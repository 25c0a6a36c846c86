//! What the machine wants and tells, in JavaScript's words.

use js_sys::{Object, Reflect};
use tautline::machine::{Ending, Event, Fate, GaveUp, Metrics, Output, Phase};
use tautline::{CloseCode, CloseReason, Closed};
use wasm_bindgen::JsValue;

use super::host::Host;
use super::{Parcel, millis_of, number};

pub(super) fn carry_out(output: Output<Parcel>, host: &Host) {
    match output {
        Output::Resolve { id, endpoint, attempt, last } => {
            let last = last.map_or(JsValue::UNDEFINED, |last| ending(&last));
            host.resolve(number(id.get()), endpoint as u32, attempt, last);
        }
        Output::CancelResolve { id } | Output::CancelProbe { id } => host.cancel(number(id.get())),
        Output::Probe { id, endpoint } => host.probe(number(id.get()), endpoint as u32),
        Output::Open { id, endpoint } => host.open(number(id.get()), endpoint as u32),
        Output::Greet { id } => host.greet(number(id.get())),
        Output::Send { id, message_id, message: Parcel { value, bytes }, expires } => {
            let expires = expires.map_or(f64::INFINITY, millis_of);
            host.hand_over(number(id.get()), number(message_id.get()), value, bytes, expires);
        }
        Output::Ping { id } => host.ping(number(id.get())),
        Output::AskBuffered { id } => host.ask_buffered(number(id.get())),
        Output::Close { id, with } => {
            let (code, reason) = apart(with);
            host.close(number(id.get()), code, reason);
        }
        Output::Abort { id, with } => {
            let (code, reason) = apart(with);
            host.abort(number(id.get()), code, reason);
        }
        Output::Event(event) => tell(event, host),
        // The machine may learn to want more: this crate is built together with it.
        _ => {}
    }
}

fn apart(with: Option<(CloseCode, CloseReason)>) -> (Option<u16>, Option<String>) {
    with.map(|(code, reason)| (code.get(), reason.as_str().to_owned())).unzip()
}

fn tell(event: Event, host: &Host) {
    let (name, detail) = match event {
        Event::Phase(to) => ("statechange", object(&[("phase", phase(to).into())])),
        Event::Connecting { attempt, endpoint } => {
            ("connecting", object(&[("attempt", attempt.into()), ("endpoint", (endpoint as u32).into())]))
        }
        Event::Open { id, endpoint, replaced } => (
            "open",
            object(&[
                ("id", number(id.get()).into()),
                ("endpoint", (endpoint as u32).into()),
                ("replaced", replaced.into()),
            ]),
        ),
        Event::Error => ("error", Object::new()),
        Event::Close { closed, retrying } => {
            ("close", object(&[("close", close(&closed)), ("retrying", retrying.into())]))
        }
        Event::Retry { delay, attempt, cause } => {
            ("retry", object(&[("delayMs", millis(delay)), ("attempt", attempt.into()), ("cause", ending(&cause))]))
        }
        Event::ReplaceFailed { cause, delay } => (
            "replacefailed",
            object(&[("cause", ending(&cause)), ("delayMs", delay.map_or(JsValue::UNDEFINED, millis))]),
        ),
        Event::GaveUp { why } => ("gaveup", object(&[("why", gave_up(why))])),
        Event::Fate { first, last, fate: what, messages, bytes } => (
            "fate",
            object(&[
                ("first", number(first.get()).into()),
                ("last", number(last.get()).into()),
                ("fate", fate(what).into()),
                ("messages", number(messages).into()),
                ("bytes", number(bytes).into()),
            ]),
        ),
        _ => return,
    };
    host.tell(name, detail);
}

pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Waiting => "waiting",
        Phase::Probing => "probing",
        Phase::Resolving => "resolving",
        Phase::Opening => "opening",
        Phase::Greeting => "greeting",
        Phase::Up => "up",
        Phase::Closing => "closing",
        Phase::Suspended => "suspended",
        _ => "closed",
    }
}

pub(super) fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Queued => "queued",
        Fate::HandedOver => "handed-over",
        Fate::Dropped => "dropped",
        Fate::Expired => "expired",
        Fate::Failed => "failed",
        _ => "unknown",
    }
}

pub(super) fn metrics(metrics: &Metrics) -> Object {
    let closes = Object::new();
    for (code, count) in metrics.closes.iter() {
        set(&closes, &code.to_string(), &number(count).into());
    }
    let optional = |duration: Option<std::time::Duration>| duration.map_or(JsValue::UNDEFINED, millis);
    let counts = object(&[
        ("closes", closes.into()),
        ("roundTripMs", optional(metrics.round_trip)),
        ("shortestRoundTripMs", optional(metrics.shortest_round_trip)),
        ("connectedMs", millis(metrics.connected)),
    ]);
    for (name, count) in [
        ("attempts", metrics.attempts),
        ("opens", metrics.opens),
        ("replaced", metrics.replaced),
        ("dead", metrics.dead),
        ("messagesSent", metrics.messages_sent),
        ("bytesSent", metrics.bytes_sent),
        ("messagesReceived", metrics.messages_received),
        ("bytesReceived", metrics.bytes_received),
        ("dropped", metrics.dropped),
        ("expired", metrics.expired),
        ("failed", metrics.failed),
        ("unknown", metrics.unknown),
    ] {
        set(&counts, name, &number(count).into());
    }
    counts
}

fn ending(ending: &Ending) -> JsValue {
    let (kind, more) = match ending {
        Ending::ResolveFailed => ("resolve-failed", None),
        Ending::ResolveTimedOut => ("resolve-timed-out", None),
        Ending::Probed => ("probed", None),
        Ending::Rejected => ("rejected", None),
        Ending::ConnectFailed(closed) => ("connect-failed", Some(("close", close(closed)))),
        Ending::ConnectTimedOut(after) => ("connect-timed-out", Some(("ms", millis(*after)))),
        Ending::HandshakeFailed => ("handshake-failed", None),
        Ending::HandshakeTimedOut => ("handshake-timed-out", None),
        Ending::Closed(closed) => ("closed", Some(("close", close(closed)))),
        Ending::Dead { silence } => ("dead", Some(("ms", millis(*silence)))),
        Ending::Reconnect => ("reconnect", None),
        _ => ("suspended", None),
    };
    kinded(kind, more)
}

fn gave_up(why: GaveUp) -> JsValue {
    let (kind, more) = match why {
        GaveUp::ClosePolicy(code) => ("close-policy", Some(("code", code.get().into()))),
        GaveUp::Retries(retries) => ("retries", Some(("retries", retries.into()))),
        GaveUp::Elapsed(after) => ("elapsed", Some(("ms", millis(after)))),
        GaveUp::Provider => ("provider", None),
        GaveUp::Probe { status } => ("probe", status.map(|status| ("status", status.into()))),
        _ => ("rejected", None),
    };
    kinded(kind, more)
}

fn kinded(kind: &str, more: Option<(&str, JsValue)>) -> JsValue {
    let object = object(&[("kind", kind.into())]);
    if let Some((name, value)) = more {
        set(&object, name, &value);
    }
    object.into()
}

fn close(closed: &Closed) -> JsValue {
    object(&[
        ("code", closed.code.get().into()),
        ("reason", closed.reason.as_str().into()),
        ("wasClean", closed.was_clean.into()),
    ])
    .into()
}

fn millis(duration: std::time::Duration) -> JsValue {
    (duration.as_secs_f64() * 1000.0).into()
}

fn object(entries: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in entries {
        set(&object, name, value);
    }
    object
}

/// A plain object takes every property.
fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}
