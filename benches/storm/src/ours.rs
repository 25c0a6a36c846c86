//! Ours: the machine itself, driven as a browser's driver would.

use std::rc::Rc;
use std::time::Duration;

use tautline::machine::{Answer, Backoff, Config, Event, Input, Instant, Machine, Output, TransportId};
use tautline::{Closed, StatusCode};

use crate::client::{Answered, Client, Next, Policy};
use crate::time::{Micros, NEVER};

/// The machine's time at the loss: each connection has been up for an hour.
const LOSS: Duration = Duration::from_secs(3600);

/// What is other than in the defaults, to see what a default is good for.
#[derive(Clone, Debug, Default)]
pub struct Tuning {
    /// The longest first wait.
    pub base: Option<Duration>,
    /// By how much the longest wait grows.
    pub factor: Option<f64>,
    /// The longest wait there is.
    pub cap: Option<Duration>,
    /// The connect timeouts, by attempt.
    pub connect_timeout: Option<Vec<Duration>>,
}

impl Tuning {
    /// Whether it leaves the defaults as they are.
    #[must_use]
    pub fn is_default(&self) -> bool {
        matches!(self, Self { base: None, factor: None, cap: None, connect_timeout: None })
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        if let Backoff::Exponential { base, factor, cap } = &mut config.backoff {
            *base = self.base.unwrap_or(*base);
            *factor = self.factor.unwrap_or(*factor);
            *cap = self.cap.unwrap_or(*cap);
        }
        if let Some(timeouts) = &self.connect_timeout {
            config.connect_timeout.clone_from(timeouts);
        }
        config
    }
}

/// Our policy.
#[derive(Clone, Debug)]
pub struct Ours {
    config: Rc<Config>,
}

impl Ours {
    /// The defaults, but for what is tuned.
    #[must_use]
    pub fn new(tuning: &Tuning) -> Self {
        Self { config: Rc::new(tuning.config()) }
    }
}

impl Policy for Ours {
    type Client = OurClient;

    fn client(&self, seed: u64) -> OurClient {
        let mut client = OurClient { machine: Machine::new(Rc::clone(&self.config), seed), transport: None };
        client.machine.connect(Instant::ZERO);
        client.drain(Instant::ZERO);
        client.opened(Instant::ZERO);
        client
    }
}

/// One machine and its transport.
#[derive(Debug)]
pub struct OurClient {
    machine: Machine<()>,
    /// The one that is opening or up.
    transport: Option<TransportId>,
}

impl OurClient {
    /// Carries out what the machine wants. Its provider answers at once.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Resolve { id, .. } => {
                    self.machine.handle_input(now, Input::Resolved { id, answer: Answer::Ready { valid_for: None } });
                }
                Output::Open { id, .. } => self.transport = Some(id),
                Output::Abort { id, .. } if self.transport == Some(id) => self.transport = None,
                Output::Event(Event::Open { id, .. }) => self.machine.handle_input(now, Input::Announced { id }),
                _ => {}
            }
        }
    }

    fn opened(&mut self, now: Instant) {
        if let Some(id) = self.transport {
            self.machine.handle_input(now, Input::Opened { id });
            self.drain(now);
        }
    }

    fn closed(&mut self, now: Micros, code: StatusCode) -> Next {
        let now = instant(now);
        if let Some(id) = self.transport.take() {
            let closed = Closed::new(code, "", code != StatusCode::ABNORMAL_CLOSURE);
            self.machine.handle_input(now, Input::Closed { id, closed, buffered: 0 });
        }
        self.run(now)
    }

    /// Lets the machine's timers run until it opens a transport, or will never do so.
    fn run(&mut self, mut now: Instant) -> Next {
        loop {
            self.drain(now);
            let timeout = self.machine.poll_timeout();
            if self.transport.is_some() {
                return Next::Attempt { at: micros(now), deadline: timeout.map_or(NEVER, micros) };
            }
            let Some(due) = timeout else { return Next::GiveUp };
            now = due.max(now);
            self.machine.handle_timeout(now);
        }
    }
}

impl Client for OurClient {
    fn lose(&mut self, now: Micros, code: StatusCode) -> Next {
        self.closed(now, code)
    }

    fn refused(&mut self, now: Micros) -> Next {
        self.closed(now, StatusCode::ABNORMAL_CLOSURE)
    }

    fn time_out(&mut self, now: Micros) -> Next {
        let now = instant(now);
        self.machine.handle_timeout(now);
        self.run(now)
    }

    fn open(&mut self, now: Micros) -> Answered {
        self.opened(instant(now));
        Answered::Up
    }
}

fn instant(at: Micros) -> Instant {
    Instant::ZERO + LOSS + Duration::from_micros(at)
}

fn micros(at: Instant) -> Micros {
    crate::time::micros(at.since(Instant::ZERO + LOSS))
}

#[cfg(test)]
mod tests {
    use tautline::machine::Phase;

    use super::*;
    use crate::time::SECOND;

    fn client(seed: u64) -> OurClient {
        Ours::new(&Tuning::default()).client(seed)
    }

    /// The wait, and the connect timeout, of the attempt that is next.
    fn plan(next: Next, now: Micros) -> (Micros, Micros) {
        match next {
            Next::Attempt { at, deadline } => (at - now, deadline - at),
            Next::GiveUp => panic!("gave up"),
        }
    }

    #[test]
    fn a_lost_connection_comes_back_within_a_second_and_is_up_again() {
        let mut client = client(1);
        let (wait, timeout) = plan(client.lose(5, StatusCode::ABNORMAL_CLOSURE), 5);
        assert!(wait <= SECOND && timeout == 10 * SECOND, "{wait} {timeout}");
        client.open(5 + wait + 1000);
        assert_eq!(client.machine.phase(), Phase::Up);
    }

    #[test]
    fn the_deadline_is_when_the_machine_aborts_and_it_grows() {
        let mut client = client(1);
        let (mut next, mut now) = (client.lose(0, StatusCode::ABNORMAL_CLOSURE), 0);
        for seconds in [10, 20, 40, 60, 60] {
            let (wait, timeout) = plan(next, now);
            assert_eq!(timeout, seconds * SECOND);
            now += wait + timeout;
            client.machine.handle_timeout(instant(now - 1));
            client.drain(instant(now - 1));
            assert!(client.transport.is_some(), "not before the deadline");
            client.machine.handle_timeout(instant(now));
            client.drain(instant(now));
            assert!(client.transport.is_none(), "at the deadline");
            next = client.run(instant(now));
        }
    }

    #[test]
    fn refused_attempts_wait_longer_and_longer() {
        for (retry, longest) in [(0, 1), (1, 3), (2, 9), (3, 20), (9, 20)] {
            let waits = (0..500).map(|seed| {
                let mut client = client(seed);
                let mut next = client.lose(0, StatusCode::ABNORMAL_CLOSURE);
                let mut now = 0;
                for _ in 0..retry {
                    now += plan(next, now).0;
                    next = client.refused(now);
                }
                plan(next, now).0
            });
            let most = waits.max().unwrap();
            assert!((longest * 9 / 10 * SECOND..=longest * SECOND).contains(&most), "retry {retry}: {most}");
        }
    }

    #[test]
    fn the_close_code_decides() {
        let first = |seed, code| client(seed).lose(0, code);
        let most = (0..500).map(|seed| plan(first(seed, StatusCode::GOING_AWAY), 0).0).max().unwrap();
        assert!((18 * SECOND..=20 * SECOND).contains(&most), "{most}");
        assert_eq!(first(1, StatusCode::NORMAL_CLOSURE), Next::GiveUp);
    }
}
