//! The server: down, then back, with an accept queue and a fixed rate of handshakes.

use crate::time::Micros;

/// What a full accept queue does with one more connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// It refuses at once, with a reset.
    Refuse,
    /// It says nothing, as Linux does: the SYN is lost, and the client's system sends it again.
    Drop,
}

/// What became of a SYN that reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is queued; the handshake is finished at this time, whether or not the client still waits.
    Queued {
        /// When the server has finished it.
        done: Micros,
    },
    /// It was refused.
    Refused,
    /// It was dropped.
    Dropped,
}

/// A server that is up. It finishes one handshake each `interval`, first come, first served.
///
/// An entry can't leave the queue before its turn, not even when its client gives up: so an entry's end is known when it
/// enters, and the queue's length follows from the time at which the last one will end. No entry has to be kept.
#[derive(Clone, Debug)]
pub struct Server {
    interval_ns: u64,
    queue: u64,
    full: Full,
    /// When the last entry will be finished.
    idle_at_ns: u64,
}

impl Server {
    /// A server that finishes a handshake each `interval_ns` nanoseconds (zero: any number at once), with room for `queue` that wait.
    #[must_use]
    pub fn new(interval_ns: u64, queue: u64, full: Full) -> Self {
        Self { interval_ns, queue, full, idle_at_ns: 0 }
    }

    /// How many are in the queue at `now`, the one that is worked on included.
    #[must_use]
    pub fn waiting(&self, now: Micros) -> u64 {
        let backlog = self.idle_at_ns.saturating_sub(now * 1000);
        backlog
            .checked_div(self.interval_ns)
            .map_or(0, |whole| whole + u64::from(!backlog.is_multiple_of(self.interval_ns)))
    }

    /// Takes a SYN that arrives at `now`, or doesn't. Times must not run backwards.
    pub fn arrive(&mut self, now: Micros) -> Verdict {
        if self.waiting(now) >= self.queue {
            return match self.full {
                Full::Refuse => Verdict::Refused,
                Full::Drop => Verdict::Dropped,
            };
        }
        self.idle_at_ns = self.idle_at_ns.max(now * 1000) + self.interval_ns;
        Verdict::Queued { done: self.idle_at_ns.div_ceil(1000) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One handshake each millisecond, and room for three.
    fn server(full: Full) -> Server {
        Server::new(1_000_000, 3, full)
    }

    #[test]
    fn handshakes_are_finished_one_after_the_other() {
        let mut server = server(Full::Refuse);
        let done = [0, 0, 500].map(|at| server.arrive(at));
        assert_eq!(done, [1000, 2000, 3000].map(|done| Verdict::Queued { done }));
        assert_eq!(server.arrive(10_000), Verdict::Queued { done: 11_000 }, "it doesn't work ahead while it is idle");
    }

    #[test]
    fn a_full_queue_refuses_or_drops_until_one_is_finished() {
        for (full, verdict) in [(Full::Refuse, Verdict::Refused), (Full::Drop, Verdict::Dropped)] {
            let mut server = server(full);
            for _ in 0..3 {
                assert!(matches!(server.arrive(0), Verdict::Queued { .. }));
            }
            assert_eq!(server.arrive(999), verdict);
            assert_eq!(server.waiting(1000), 2);
            assert_eq!(server.arrive(1000), Verdict::Queued { done: 4000 });
            assert_eq!(server.arrive(1001), verdict);
        }
    }

    #[test]
    fn without_contention_everything_is_finished_at_once() {
        let mut server = Server::new(0, 1, Full::Refuse);
        for _ in 0..1000 {
            assert_eq!(server.arrive(7), Verdict::Queued { done: 7 });
        }
    }
}
