//! What the end of a connection means: come back or not, and when.

use std::fmt;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use crate::{Closed, StatusCode};

/// What to do after a connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseAction {
    /// Stop: the server has said that to come back is of no use.
    Never,
    /// Come back at once, if the connection had lasted; otherwise with backoff.
    Now,
    /// Come back with backoff.
    Backoff,
    /// Come back with backoff whose first wait is uniform up to the longest one: the server has sent everybody away.
    Wide,
}

/// Which close code means what: a table of ranges, and a function before it.
///
/// | code | by default |
/// | --- | --- |
/// | 1000 | never: the server is done. See [`retry_normal`](Self::retry_normal) |
/// | 1001 Going Away, 1012 Service Restart, 1013 Try Again Later | wide |
/// | 1003, 1007, 1008, 1009, 1010 | never: the same client would be sent away again |
/// | 3000 Unauthorized, 3003 Forbidden | never |
/// | 1002, 1005, 1006, 1011, 1014, 1015, 3008, all of 4000 to 4999, all others | backoff |
///
/// ```
/// use tautline::{Closed, StatusCode};
/// use tautline::machine::{CloseAction, ClosePolicy};
///
/// let policy = ClosePolicy::default().with(4001..=4099, CloseAction::Never).retry_normal();
/// let closed = |code| Closed::new(StatusCode::new(code).unwrap(), "", true);
/// assert_eq!(policy.action(&closed(4001)), CloseAction::Never);
/// assert_eq!(policy.action(&closed(4000)), CloseAction::Backoff);
/// assert_eq!(policy.action(&closed(1000)), CloseAction::Backoff);
/// assert_eq!(policy.action(&closed(1012)), CloseAction::Wide);
/// ```
#[derive(Clone, Default)]
pub struct ClosePolicy {
    /// The later ones go before the earlier ones.
    rules: Vec<(RangeInclusive<u16>, CloseAction)>,
    decide: Option<Decide>,
}

type Decide = Rc<dyn Fn(&Closed) -> Option<CloseAction>>;

impl ClosePolicy {
    /// Adds a rule for a range of codes. It goes before those that are there.
    #[must_use]
    pub fn with(mut self, codes: RangeInclusive<u16>, action: CloseAction) -> Self {
        self.rules.push((codes, action));
        self
    }

    /// Comes back with backoff after 1000 too.
    #[must_use]
    pub fn retry_normal(self) -> Self {
        self.with(1000..=1000, CloseAction::Backoff)
    }

    /// Asks a function first; `None` leaves it to the table.
    #[must_use]
    pub fn decided_by(mut self, decide: impl Fn(&Closed) -> Option<CloseAction> + 'static) -> Self {
        self.decide = Some(Rc::new(decide));
        self
    }

    /// What to do after this end.
    #[must_use]
    pub fn action(&self, closed: &Closed) -> CloseAction {
        let decided = self.decide.as_ref().and_then(|decide| decide(closed));
        let code = closed.code.get();
        let rule = || self.rules.iter().rev().find(|(codes, _)| codes.contains(&code)).map(|(_, action)| *action);
        decided.or_else(rule).unwrap_or_else(|| by_default(closed.code))
    }
}

fn by_default(code: StatusCode) -> CloseAction {
    match code.get() {
        1000 | 1003 | 1007..=1010 | 3000 | 3003 => CloseAction::Never,
        1001 | 1012 | 1013 => CloseAction::Wide,
        _ => CloseAction::Backoff,
    }
}

impl fmt::Debug for ClosePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosePolicy").field("rules", &self.rules).field("decided_by", &self.decide.is_some()).finish()
    }
}

/// What a server may say about coming back, in the reason of its close frame: a word `retry-in=D` or `retry-in=D+S`, both in
/// milliseconds, anywhere in it. The client waits a time uniform in [D, D + S]. Where S is not given it is D, and 1,000 at the least, so
/// that a delay given to all does not bring all back at once.
///
/// ```
/// use std::time::Duration;
/// use tautline::machine::RetryHint;
///
/// let hint = RetryHint::parse("deploying retry-in=2000+8000").unwrap();
/// assert_eq!((hint.delay, hint.spread), (Duration::from_secs(2), Duration::from_secs(8)));
/// assert_eq!(RetryHint::parse("retry-in=soon"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryHint {
    /// The shortest wait.
    pub delay: Duration,
    /// How much longer it may be.
    pub spread: Duration,
}

impl RetryHint {
    /// Reads the hint in a close reason, if there is one. A malformed one is none.
    #[must_use]
    pub fn parse(reason: &str) -> Option<Self> {
        // By bytes, which takes less code than by characters.
        let mut words = reason.as_bytes().split(u8::is_ascii_whitespace);
        let value = words.find_map(|word| word.strip_prefix(b"retry-in="))?;
        let mut parts = value.splitn(2, |byte| *byte == b'+');
        let delay = millis(parts.next()?)?;
        let spread = match parts.next() {
            Some(spread) => millis(spread)?,
            None => delay.max(Duration::from_secs(1)),
        };
        Some(Self { delay, spread })
    }
}

/// Digits only; what is too large for a number counts as the largest.
#[inline(never)]
fn millis(text: &[u8]) -> Option<Duration> {
    let mut millis = 0_u64;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        let fits = millis < u64::MAX / 10;
        millis = if fits { millis * 10 + u64::from(byte - b'0') } else { u64::MAX };
    }
    (!text.is_empty()).then(|| Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(code: u16) -> Closed {
        Closed::new(StatusCode::received(code), "", true)
    }

    #[test]
    fn every_number_has_an_action_and_the_registered_ones_have_a_sensible_one() {
        use CloseAction::{Backoff, Never, Wide};
        let policy = ClosePolicy::default();
        let expected = [
            (1000, Never),
            (1001, Wide),
            (1002, Backoff),
            (1003, Never),
            (1005, Backoff),
            (1006, Backoff),
            (1007, Never),
            (1008, Never),
            (1009, Never),
            (1010, Never),
            (1011, Backoff),
            (1012, Wide),
            (1013, Wide),
            (1014, Backoff),
            (1015, Backoff),
            (3000, Never),
            (3003, Never),
            (3008, Backoff),
            (4000, Backoff),
            (4999, Backoff),
            (0, Backoff),
            (999, Backoff),
            (2000, Backoff),
            (3001, Backoff),
            (5000, Backoff),
            (65_535, Backoff),
        ];
        for (code, action) in expected {
            assert_eq!(policy.action(&closed(code)), action, "{code}");
        }
    }

    #[test]
    fn a_later_rule_goes_before_an_earlier_one_and_a_function_before_both() {
        let policy = ClosePolicy::default()
            .with(4000..=4999, CloseAction::Never)
            .with(4100..=4100, CloseAction::Now)
            .decided_by(|closed| (closed.reason == "come").then_some(CloseAction::Wide));
        assert_eq!(policy.action(&closed(4001)), CloseAction::Never);
        assert_eq!(policy.action(&closed(4100)), CloseAction::Now);
        assert_eq!(policy.action(&Closed::new(StatusCode::received(4001), "come", true)), CloseAction::Wide);
    }

    #[test]
    fn a_hint_is_read_wherever_it_stands_and_a_malformed_one_is_none() {
        let hint = |reason| RetryHint::parse(reason).map(|hint| (hint.delay.as_millis(), hint.spread.as_millis()));
        assert_eq!(hint("retry-in=0"), Some((0, 1000)));
        assert_eq!(hint("a retry-in=5000 b"), Some((5000, 5000)));
        assert_eq!(hint("x\tretry-in=1+0"), Some((1, 0)));
        let max = u128::from(u64::MAX);
        assert_eq!(hint("retry-in=99999999999999999999999+1"), Some((max, 1)));
        for none in
            ["", "retry-in=", "retry-in=+", "retry-in=1+", "retry-in=-1", "retry-in=1.5", "xretry-in=1", "retry-in=１"]
        {
            assert_eq!(hint(none), None, "{none}");
        }
    }
}
