//! Time, in microseconds since the connections were lost.

use std::time::Duration;

/// Microseconds, since the loss where it is a point in time.
pub type Micros = u64;

/// One second.
pub const SECOND: Micros = 1_000_000;

/// Later than anything that happens; far enough from the end of the range to add to it.
pub const NEVER: Micros = u64::MAX / 4;

/// A duration in microseconds, at most [`NEVER`].
#[must_use]
pub fn micros(duration: Duration) -> Micros {
    u64::try_from(duration.as_micros()).unwrap_or(NEVER).min(NEVER)
}

/// Microseconds as seconds.
#[must_use]
pub fn seconds(micros: Micros) -> f64 {
    micros as f64 / SECOND as f64
}
