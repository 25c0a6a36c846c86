//! Time as the machine knows it: given, never read.

use std::ops::Add;
use std::time::Duration;

/// A point in time, in microseconds since an origin that the driver chooses. It never runs backwards; it may jump forwards, as it
/// does when a computer has slept.
///
/// ```
/// use std::time::Duration;
/// use tautline::machine::Instant;
///
/// let later = Instant::ZERO + Duration::from_secs(3);
/// assert_eq!(later.since(Instant::ZERO), Duration::from_secs(3));
/// assert_eq!(Instant::ZERO.since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The origin.
    pub const ZERO: Self = Self(0);

    /// Later than anything that happens: 584,000 years from the origin.
    pub(super) const NEVER: Self = Self(u64::MAX);

    /// The point so many microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    #[inline(never)] // Smaller as a call: it divides, and there are many of them.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Ends at the last instant there is, rather than overflow.
    #[inline(never)] // Smaller as a call.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}

/// As many microseconds as there are, at the most. Unlike `Duration::as_micros`, without numbers of 128 bits.
#[inline(never)]
pub(super) fn micros(duration: Duration) -> u64 {
    const MOST: u64 = u64::MAX / 1_000_000;
    if duration.as_secs() >= MOST {
        return u64::MAX;
    }
    duration.as_secs() * 1_000_000 + u64::from(duration.subsec_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_duration_overflows() {
        assert_eq!(Instant::from_micros(5) + Duration::MAX, Instant::NEVER);
        assert_eq!(Instant::NEVER + Duration::from_secs(1), Instant::NEVER);
    }
}
