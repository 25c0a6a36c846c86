//! How long to wait before the next attempt.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;

use super::time::Span;

/// The wait before an attempt. It is drawn anew for each, so that clients which lost a server together don't come back together.
///
/// ```
/// use std::time::Duration;
/// use tautline::machine::Backoff;
///
/// let patient = Backoff::Exponential { base: Duration::from_secs(2), factor: 2.0, cap: Duration::from_secs(60) };
/// let listed = Backoff::List(vec![Duration::ZERO, Duration::from_secs(2), Duration::from_secs(10)]);
/// let own = Backoff::custom(|retry, draw| Duration::from_secs(1 + u64::from(retry).min(9)).mul_f64(draw));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Backoff {
    /// Before retry n (from 0): uniform in [0, min(`cap`, `base` · `factor`ⁿ)], called "full jitter". The default: 1 s, 3, 20 s.
    Exponential {
        /// The longest first wait.
        base: Duration,
        /// By how much the longest wait grows. Less than 1, or no number, counts as 1.
        factor: f64,
        /// The longest wait there is.
        cap: Duration,
    },
    /// Always uniform in [`delay`, `delay` + `spread`].
    Fixed {
        /// The shortest wait.
        delay: Duration,
        /// How much longer it may be. Zero means that all clients come back at the same time.
        spread: Duration,
    },
    /// One wait after the other, the last one again and again, without jitter. An empty list waits 1 s.
    List(Vec<Duration>),
    /// A function of the number of the retry (from 0) and of a random number in [0, 1).
    Custom(Custom),
}

/// A function that says how long to wait.
#[derive(Clone)]
pub struct Custom(Rc<dyn Fn(u32, f64) -> Duration>);

impl Backoff {
    /// Waits as a function says, which gets the number of the retry (from 0) and a random number in [0, 1).
    pub fn custom(delay: impl Fn(u32, f64) -> Duration + 'static) -> Self {
        Self::Custom(Custom(Rc::new(delay)))
    }

    /// Draws the wait before retry `retry`, counted from 0.
    pub(super) fn draw(&self, retry: u32, rng: &mut Rng) -> Span {
        match self {
            Self::Exponential { base, factor, cap } => {
                uniform(rng, Span::ZERO, longest((*base).into(), *factor, (*cap).into(), retry))
            }
            Self::Fixed { delay, spread } => uniform(rng, (*delay).into(), (*spread).into()),
            Self::List(delays) => {
                let at = usize::try_from(retry).unwrap_or(usize::MAX).min(delays.len().saturating_sub(1));
                delays.get(at).map_or(Span::SECOND, |delay| (*delay).into())
            }
            Self::Custom(Custom(delay)) => delay(retry, rng.f64()).into(),
        }
    }

    /// As [`draw`](Self::draw), for the channel's machine.
    #[cfg(feature = "channel")]
    pub(crate) fn wait(&self, retry: u32, rng: &mut Rng) -> Duration {
        self.draw(retry, rng).duration()
    }

    /// As [`draw_wide`](Self::draw_wide), for the channel's machine.
    #[cfg(feature = "channel")]
    pub(crate) fn wide_wait(&self, retry: u32, rng: &mut Rng) -> Duration {
        self.draw_wide(retry, rng).duration()
    }

    /// The wait where everybody was sent away at once: uniform up to the longest wait there is.
    pub(super) fn draw_wide(&self, retry: u32, rng: &mut Rng) -> Span {
        let longest = match self {
            Self::Exponential { cap, .. } => (*cap).into(),
            Self::Fixed { delay, spread } => Span::from(*delay).plus((*spread).into()),
            Self::List(delays) => delays.iter().copied().map(Span::from).max().unwrap_or_default(),
            Self::Custom(_) => return self.draw(retry, rng),
        };
        uniform(rng, Span::ZERO, longest)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::Exponential { base: Duration::from_secs(1), factor: 3.0, cap: Duration::from_secs(20) }
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exponential { base, factor, cap } => write!(f, "Exponential({base:?} × {factor}, at most {cap:?})"),
            Self::Fixed { delay, spread } => write!(f, "Fixed({delay:?} to {:?})", delay.saturating_add(*spread)),
            Self::List(delays) => write!(f, "List({delays:?})"),
            Self::Custom(custom) => custom.fmt(f),
        }
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custom")
    }
}

/// Uniform in [`from`, `from` + `spread`].
pub(super) fn uniform(rng: &mut Rng, from: Span, spread: Span) -> Span {
    // By way of a floating-point number, which takes less code than a range of 64 bits, and is fine enough.
    from.plus(Span((rng.f64() * (spread.0 as f64 + 1.0)) as u64).min(spread))
}

/// `base · factorⁿ`, no longer than `cap`, whatever the numbers.
fn longest(base: Span, factor: f64, cap: Span, retry: u32) -> Span {
    if base == Span::ZERO {
        return base;
    }
    let factor = if factor > 1.0 { factor } else { 1.0 };
    // Beyond the exponent's range the power is infinite, and so the cap.
    let grown = base.0 as f64 * factor.powi(i32::try_from(retry).unwrap_or(i32::MAX));
    // A cast from floating point saturates.
    cap.min(Span(grown as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_longest_wait_grows_up_to_the_cap_and_never_overflows() {
        let at = |retry| longest(seconds(1).into(), 3.0, seconds(20).into(), retry).duration();
        assert_eq!([at(0), at(1), at(2), at(3), at(4)], [1, 3, 9, 20, 20].map(seconds));
        // Years of retries: 100 million of them at 20 s are 63 years.
        for retry in [31, 32, 63, 64, 1000, 100_000_000, u32::MAX] {
            assert_eq!(at(retry), seconds(20));
        }
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(longest(Span(u64::MAX), factor, Span(u64::MAX), u32::MAX) > Span::ZERO);
            assert_eq!(longest(Span::ZERO, factor, Span::SECOND, u32::MAX), Span::ZERO, "{factor}");
        }
    }

    #[test]
    fn full_jitter_fills_the_whole_range_evenly() {
        let (mut rng, backoff) = (Rng::with_seed(1), Backoff::default());
        let mut draws: Vec<f64> = (0..10_000).map(|_| backoff.draw(2, &mut rng).duration().as_secs_f64()).collect();
        draws.sort_by(f64::total_cmp);
        assert!(draws[0] < 0.01 && draws[9_999] > 8.99 && draws[9_999] <= 9.0);
        for (at, expected) in [(1_000, 0.9), (5_000, 4.5), (9_000, 8.1)] {
            assert!((draws[at] - expected).abs() < 0.2, "{} instead of {expected}", draws[at]);
        }
    }

    #[test]
    fn each_attempt_draws_anew_and_the_same_seed_draws_the_same() {
        let draws = |seed| {
            let (mut rng, backoff) = (Rng::with_seed(seed), Backoff::default());
            (0..8).map(|retry| backoff.draw(retry, &mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
        let mut late = draws(7).split_off(3);
        late.dedup();
        assert_eq!(late.len(), 5, "five waits under one cap, and each is another");
    }

    #[test]
    fn the_other_kinds_wait_as_they_are_told() {
        let mut rng = Rng::with_seed(1);
        let fixed = Backoff::Fixed { delay: seconds(2), spread: seconds(1) };
        assert!((0..100).all(|retry| (seconds(2)..=seconds(3)).contains(&fixed.draw(retry, &mut rng).duration())));
        let list = Backoff::List(vec![seconds(0), seconds(5)]);
        assert_eq!([0, 1, 2, u32::MAX].map(|retry| list.draw(retry, &mut rng).duration()), [0, 5, 5, 5].map(seconds));
        assert_eq!(Backoff::List(vec![]).draw(3, &mut rng), Span::SECOND);
        let own =
            Backoff::custom(|retry, draw| seconds(u64::from(retry)) + Duration::from_millis((draw * 1000.0) as u64));
        assert!((seconds(4)..seconds(5)).contains(&own.draw(4, &mut rng).duration()));
    }

    #[test]
    fn the_wide_wait_is_anywhere_up_to_the_cap() {
        let (mut rng, backoff) = (Rng::with_seed(1), Backoff::default());
        let waits: Vec<_> = (0..1000).map(|_| backoff.draw_wide(0, &mut rng).duration()).collect();
        assert!(waits.iter().any(|wait| *wait > seconds(19)) && waits.iter().any(|wait| *wait < seconds(1)));
        assert!(waits.iter().all(|wait| *wait <= seconds(20)));
    }
}
