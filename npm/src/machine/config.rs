//! The settings as `settings.js` gives them: flat, checked, with times in milliseconds; what is not there has the default.

use std::time::Duration;

use js_sys::{Array, Function, Reflect};
use tautline::machine::{
    Backoff, CloseAction, ClosePolicy, Config, Heartbeat, OutboxLimits, OutboxOverflow, ProbeRule,
};
use tautline::{CloseCode, CloseReason, Closed, SendMarks};
use wasm_bindgen::{JsCast, JsValue};

use super::duration;

struct Settings<'a>(&'a JsValue);

impl Settings<'_> {
    fn value(&self, name: &str) -> JsValue {
        Reflect::get(self.0, &name.into()).unwrap_or(JsValue::UNDEFINED)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.value(name).as_f64()
    }

    fn time(&self, name: &str) -> Option<Duration> {
        self.number(name).map(duration)
    }

    fn count(&self, name: &str) -> Option<usize> {
        self.number(name).map(|number| number as usize)
    }

    fn is(&self, name: &str) -> bool {
        self.value(name).is_truthy()
    }

    fn function(&self, name: &str) -> Option<Function> {
        self.value(name).dyn_into().ok()
    }

    fn times(&self, name: &str) -> Option<Vec<Duration>> {
        let times: Array = self.value(name).dyn_into().ok()?;
        Some(times.iter().filter_map(|time| time.as_f64()).map(duration).collect())
    }
}

pub(super) fn read(settings: &JsValue) -> Config {
    let settings = Settings(settings);
    let defaults = Config::default();
    let marks = SendMarks::default();
    let outbox = OutboxLimits::default();
    let time = |name: &str, default: Duration| settings.time(name).unwrap_or(default);
    let suspend_with = settings.number("suspendCode").and_then(|code| CloseCode::new(code as u16).ok());
    let suspend_with = suspend_with.map(|code| {
        let reason = settings.value("suspendReason").as_string().unwrap_or_default();
        (code, CloseReason::new(reason).unwrap_or_default())
    });
    Config {
        backoff: backoff(&settings),
        max_retries: settings.number("maxRetries").map(|most| most as u32),
        max_elapsed: settings.time("maxElapsedMs"),
        connect_timeout: settings.times("connectTimeoutMs").unwrap_or(defaults.connect_timeout),
        resolve_timeout: time("resolveTimeoutMs", defaults.resolve_timeout),
        handshake: settings.is("handshake"),
        handshake_timeout: time("handshakeTimeoutMs", defaults.handshake_timeout),
        stable_after: time("stableAfterMs", defaults.stable_after),
        close_timeout: time("closeTimeoutMs", defaults.close_timeout),
        close_policy: close_policy(&settings),
        hint_limit: time("hintLimitMs", defaults.hint_limit),
        endpoints: settings.count("endpoints").unwrap_or(1),
        outbox: OutboxLimits {
            messages: settings.count("maxMessages").unwrap_or(outbox.messages),
            bytes: settings.count("maxBytes").unwrap_or(outbox.bytes),
            overflow: match settings.value("overflow").as_string().as_deref() {
                Some("drop-oldest") => OutboxOverflow::DropOldest,
                Some("drop-newest") => OutboxOverflow::DropNewest,
                _ => OutboxOverflow::Reject,
            },
        },
        requeue: settings.is("requeue"),
        marks: SendMarks {
            high: settings.number("highBytes").map_or(marks.high, |bytes| bytes as u64),
            low: settings.number("lowBytes").map_or(marks.low, |bytes| bytes as u64),
        },
        heartbeat: settings.is("heartbeat").then(|| {
            let defaults = Heartbeat::default();
            Heartbeat {
                ping: settings.is("ping"),
                interval: time("intervalMs", defaults.interval),
                timeout: time("timeoutMs", defaults.timeout),
                phase: time("jitterMs", defaults.phase),
            }
        }),
        max_age: settings.time("maxAgeMs").map(|age| (age, time("maxAgeSpreadMs", Duration::ZERO))),
        renew_before: settings.time("renewBeforeMs"),
        probe: settings.is("probe").then(|| {
            let defaults = ProbeRule::default();
            ProbeRule {
                after_failures: settings.number("afterFailures").map_or(defaults.after_failures, |most| most as u32),
                every: time("everyMs", defaults.every),
            }
        }),
        close_hidden_after: settings.time("closeHiddenAfterMs"),
        suspend_with: suspend_with.unwrap_or(defaults.suspend_with),
        wake_spread: time("wakeSpreadMs", defaults.wake_spread),
        offline_delay: time("offlineDelayMs", defaults.offline_delay),
    }
}

fn backoff(settings: &Settings<'_>) -> Backoff {
    if let Some(delay) = settings.function("delay") {
        return Backoff::custom(move |retry, random| {
            let delay = delay.call2(&JsValue::UNDEFINED, &retry.into(), &random.into());
            // `settings.js` has wrapped the function: it does not throw.
            duration(delay.ok().and_then(|delay| delay.as_f64()).unwrap_or_default())
        });
    }
    if let Some(delays) = settings.times("delaysMs") {
        return Backoff::List(delays);
    }
    if let Some(delay) = settings.time("delayMs") {
        return Backoff::Fixed { delay, spread: settings.time("spreadMs").unwrap_or_default() };
    }
    match Backoff::default() {
        Backoff::Exponential { base, factor, cap } => Backoff::Exponential {
            base: settings.time("baseMs").unwrap_or(base),
            factor: settings.number("factor").unwrap_or(factor),
            cap: settings.time("capMs").unwrap_or(cap),
        },
        other => other,
    }
}

fn close_policy(settings: &Settings<'_>) -> ClosePolicy {
    let mut policy = ClosePolicy::default();
    // [first, last, action] for each rule.
    for rule in settings.value("codes").dyn_into::<Array>().unwrap_or_default().iter() {
        let rule = Array::from(&rule);
        let code = |at| rule.get(at).as_f64().unwrap_or_default() as u16;
        if let Some(action) = action(&rule.get(2)) {
            policy = policy.with(code(0)..=code(1), action);
        }
    }
    let Some(decide) = settings.function("decide") else { return policy };
    policy.decided_by(move |closed: &Closed| {
        let Closed { code, reason, was_clean, .. } = closed;
        let answer = decide.call3(&JsValue::UNDEFINED, &code.get().into(), &reason.into(), &(*was_clean).into());
        answer.ok().and_then(|answer| action(&answer))
    })
}

fn action(name: &JsValue) -> Option<CloseAction> {
    match name.as_string()?.as_str() {
        "never" => Some(CloseAction::Never),
        "now" => Some(CloseAction::Now),
        "wide" => Some(CloseAction::Wide),
        "backoff" => Some(CloseAction::Backoff),
        _ => None,
    }
}
