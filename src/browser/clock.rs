//! Time that never runs backwards, and that counts sleep where the browser does.

use crate::machine::Instant;

/// Reads the time.
#[derive(Debug)]
pub(crate) struct Clock {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    readings: std::cell::Cell<Readings>,
}

/// Two clocks of the browser's: `performance.now()` is even and may stand still while the computer sleeps, `Date.now()` goes on and may
/// be set. Time advances by what the one says that has advanced more: a clock set forward looks like a sleep, which is harmless, and
/// one set back like nothing.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[derive(Clone, Copy, Debug)]
struct Readings {
    even: f64,
    date: f64,
    /// In milliseconds since the clock was made.
    time: f64,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl Clock {
    pub(crate) fn new() -> Self {
        let (even, date) = read();
        Self { readings: std::cell::Cell::new(Readings { even, date, time: 0.0 }) }
    }

    pub(crate) fn now(&self) -> Instant {
        let (even, date) = read();
        let last = self.readings.get();
        let time = last.time + (even - last.even).max(date - last.date).max(0.0);
        self.readings.set(Readings { even, date, time });
        // A cast from floating point saturates.
        Instant::from_micros((time * 1000.0) as u64)
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
fn read() -> (f64, f64) {
    thread_local! {
        static PERFORMANCE: Option<web_sys::Performance> = {
            let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into()).ok();
            performance.and_then(|value| wasm_bindgen::JsCast::dyn_into(value).ok())
        };
    }
    let date = js_sys::Date::now();
    (PERFORMANCE.with(|performance| performance.as_ref().map_or(date, web_sys::Performance::now)), date)
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
impl Clock {
    pub(crate) fn new() -> Self {
        Self {}
    }

    /// Time stands still: nothing happens here.
    pub(crate) fn now(&self) -> Instant {
        let Self {} = self;
        Instant::ZERO
    }
}

/// A number that is another one each time, for the seed of what has to be random.
pub(crate) fn seed() -> u64 {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    return (js_sys::Math::random() * 2_f64.powi(53)) as u64;
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    return 0;
}
