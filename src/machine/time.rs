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
    pub(crate) const NEVER: Self = Self(u64::MAX);

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

/// How long something takes, in microseconds: what the machine counts with. A `Duration` has two parts, and each step takes several times
/// the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span(pub(super) u64);

impl Span {
    pub(super) const ZERO: Self = Self(0);
    pub(super) const SECOND: Self = Self(1_000_000);

    pub(super) const fn plus(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    #[inline(never)] // Smaller as a call: it divides.
    pub(super) fn duration(self) -> Duration {
        Duration::from_micros(self.0)
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(micros(duration))
    }
}

impl Add<Span> for Instant {
    type Output = Self;

    /// Ends at the last instant there is, rather than overflow.
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Instant {
    /// As [`since`](Self::since).
    pub(super) const fn past(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
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
pub(crate) fn micros(duration: Duration) -> u64 {
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
