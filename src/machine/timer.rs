//! One table of timers, of which the driver sees the next.

use super::time::Instant;

/// What is waited for. Each has one deadline or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The wait between two attempts is over.
    Retry,
    /// The attempt, or the probe in its place, has taken too long.
    Attempt,
    /// The same of the candidate that is to replace a live connection, and the wait before the next one.
    Candidate,
    /// The heartbeat is due, or its answer.
    Heartbeat,
    /// The closing handshake has taken too long.
    Closing,
    /// The same of a connection that was replaced.
    Retiring,
    /// The connection is old enough to be replaced, or its token.
    Renewal,
    /// The page has been hidden for long enough.
    Hidden,
    /// A message in the outbox expires.
    Expiry,
    /// `bufferedAmount` is to be looked at again.
    Flush,
}

const ALL: [Timer; 10] = [
    Timer::Retry,
    Timer::Attempt,
    Timer::Candidate,
    Timer::Heartbeat,
    Timer::Closing,
    Timer::Retiring,
    Timer::Renewal,
    Timer::Hidden,
    Timer::Expiry,
    Timer::Flush,
];

#[derive(Clone, Debug)]
pub(super) struct Timers([Instant; ALL.len()]);

impl Timers {
    pub(super) fn new() -> Self {
        Self([Instant::NEVER; ALL.len()])
    }

    pub(super) fn set(&mut self, timer: Timer, deadline: Instant) {
        if let Some(slot) = self.0.get_mut(timer as usize) {
            *slot = deadline;
        }
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        self.set(timer, Instant::NEVER);
    }

    pub(super) fn clear_all(&mut self) {
        *self = Self::new();
    }

    pub(super) fn get(&self, timer: Timer) -> Option<Instant> {
        self.0.get(timer as usize).copied().filter(|deadline| *deadline < Instant::NEVER)
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.iter().copied().min().filter(|deadline| *deadline < Instant::NEVER)
    }

    /// Takes out the timer with the earliest deadline that has passed, and says when that was.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Timer, Instant)> {
        // Comparing plain numbers first is several times as fast as comparing pairs.
        let deadline = self.next().filter(|deadline| *deadline <= now)?;
        let timer = *ALL.get(self.0.iter().position(|other| *other == deadline)?)?;
        self.clear(timer);
        Some((timer, deadline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_are_due_in_the_order_of_their_deadlines() {
        let at = Instant::from_micros;
        let mut timers = Timers::new();
        assert_eq!(timers.next(), None);
        timers.set(Timer::Flush, at(2));
        timers.set(Timer::Retry, at(5));
        timers.set(Timer::Closing, at(1));
        timers.set(Timer::Hidden, at(9));
        timers.clear(Timer::Hidden);
        assert_eq!(timers.next(), Some(at(1)));
        assert_eq!(timers.take_due(at(0)), None);
        assert_eq!(timers.take_due(at(4)), Some((Timer::Closing, at(1))));
        assert_eq!(timers.take_due(at(4)), Some((Timer::Flush, at(2))));
        assert_eq!(timers.take_due(at(4)), None);
        assert_eq!(timers.take_due(at(5)), Some((Timer::Retry, at(5))));
        assert_eq!(timers.take_due(Instant::NEVER), None);
    }

    #[test]
    fn each_timer_has_the_slot_of_its_own_number() {
        for (at, timer) in ALL.iter().enumerate() {
            assert_eq!(*timer as usize, at);
        }
    }
}
