//! The event loop: clients, the network and one server, from the loss to the end.
//!
//! Clients meet nowhere but at the server. Between two SYNs that reach it a client's life depends on nothing but itself, so there
//! is one event for each of these SYNs: its arrival. From there the client is followed on its own to its next one. What the server
//! does with a SYN is known when it arrives (see [`Server`]), the answer and whether the client still waits for it too.

use fastrand::Rng;

use crate::agenda::Agenda;
use crate::case::{Case, Down};
use crate::client::{Answered, Client, Next, Policy};
use crate::load::Load;
use crate::network::{LATENCY, SYN_TIMEOUT, syn_after};
use crate::server::{Server, Verdict};
use crate::time::Micros;
use crate::ways::Ways;

/// What came of one case with one policy.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// When each client that is connected again had its handshake, after the server was back; in ascending order.
    pub waits: Vec<Micros>,
    /// How many clients have given up for good. They are among the stranded ones.
    pub gave_up: u32,
    /// Attempts that the clients started.
    pub attempts: u64,
    /// Handshakes the server did.
    pub handshakes: u64,
    /// Those whose client had given up before the answer reached it.
    pub wasted: u64,
    /// Every SYN, by arrival, also while the server was down.
    pub load: Load,
    /// Over which ways the clients are connected, where they have more than one.
    pub ways: Ways,
}

/// An attempt on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Flight {
    /// When its first SYN was sent.
    sent: Micros,
    /// When the client gives up on it.
    deadline: Micros,
    /// The SYN that is on its way, from 0.
    copy: u8,
    /// Attempts of this client that were refused one after the other before this one, and when the last of them was.
    refusals: u8,
    refused_at: Micros,
}

/// What is to be done with a client.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// It has said what it does next.
    Said(Next),
    /// Its attempt sends its next SYN.
    Send,
}

/// One client and its attempt.
#[derive(Debug)]
struct Slot<C> {
    /// `None` once it is connected or has given up.
    client: Option<C>,
    flight: Flight,
    /// Whether it was connected.
    back: bool,
}

impl<C: Client> Slot<C> {
    /// The attempt is refused, unless the client gives up on it before.
    fn refused(&mut self, at: Micros) -> Option<Step> {
        if at > self.flight.deadline {
            return self.timed_out();
        }
        self.flight.refusals = self.flight.refusals.saturating_add(1);
        self.flight.refused_at = at;
        self.client.as_mut().map(|client| Step::Said(client.refused(at)))
    }

    /// The attempt reaches its deadline.
    fn timed_out(&mut self) -> Option<Step> {
        self.client.as_mut().map(|client| Step::Said(client.time_out(self.flight.deadline)))
    }
}

/// Runs one case with so many clients of one policy. The same seed gives the same outcome.
pub fn run<P: Policy>(policy: &P, case: &Case, clients: u32, seed: u64) -> Outcome {
    let mut server = Server::new(case.interval_ns(clients), case.queue(clients), case.full);
    let mut storm =
        Storm { case, back: case.back(), end: case.end(), arrivals: Agenda::default(), outcome: Outcome::default() };
    let mut rng = Rng::with_seed(seed);
    let mut slots: Vec<_> = (0..clients)
        .map(|index| {
            let mut client = policy.client(rng.u64(..));
            let first = client.lose(rng.u64(0..=case.notice_ms * 1000), case.code);
            let mut slot = Slot { client: Some(client), flight: Flight::default(), back: false };
            storm.follow(index, &mut slot, Some(Step::Said(first)));
            slot
        })
        .collect();
    while let Some((now, index)) = storm.arrivals.take() {
        // Every index is one of a slot.
        if let Some(slot) = slots.get_mut(index as usize) {
            let verdict = server.arrive(now);
            let step = storm.answer(now, slot, verdict);
            storm.follow(index, slot, step);
        }
    }
    storm.outcome.waits.sort_unstable();
    storm.outcome
}

/// Everything but clients and server.
#[derive(Debug)]
struct Storm<'a> {
    case: &'a Case,
    back: Micros,
    end: Micros,
    /// The SYNs that are on their way to the server, one for each client at most.
    arrivals: Agenda,
    outcome: Outcome,
}

impl Storm<'_> {
    /// What the server's verdict means for the client whose SYN it was.
    fn answer<C: Client>(&mut self, now: Micros, slot: &mut Slot<C>, verdict: Verdict) -> Option<Step> {
        match verdict {
            Verdict::Refused => slot.refused(now + LATENCY),
            Verdict::Dropped => {
                slot.flight.copy += 1;
                Some(Step::Send)
            }
            Verdict::Queued { done } => {
                self.outcome.handshakes += 1;
                let opens = done + LATENCY;
                if opens > slot.flight.deadline {
                    self.outcome.wasted += 1;
                    return slot.timed_out();
                }
                self.opened(opens, slot)
            }
        }
    }

    /// A client has the answer to its attempt.
    fn opened<C: Client>(&mut self, at: Micros, slot: &mut Slot<C>) -> Option<Step> {
        let client = slot.client.as_mut()?;
        slot.flight.refusals = 0;
        let before = client.way();
        let answered = client.open(at);
        if at > self.end {
            return None;
        }
        if !matches!(answered, Answered::On(_)) {
            self.outcome.ways.change(at, before, client.way());
            if !std::mem::replace(&mut slot.back, true) {
                self.outcome.waits.push(at - self.back);
                self.outcome.ways.count_first(client);
            }
        }
        match answered {
            Answered::Up => {
                slot.client = None;
                None
            }
            Answered::UpAnd(next) | Answered::On(next) => Some(Step::Said(next)),
        }
    }

    /// Follows a client on its own, up to its next SYN that reaches the server while it is up, or to the end.
    fn follow<C: Client>(&mut self, index: u32, slot: &mut Slot<C>, mut next: Option<Step>) {
        while let Some(step) = next {
            next = match step {
                Step::Said(Next::GiveUp) => {
                    self.outcome.gave_up += 1;
                    slot.client = None;
                    None
                }
                Step::Said(Next::Attempt { at, .. }) if at > self.end => None,
                Step::Said(Next::Attempt { at, deadline }) => {
                    self.outcome.attempts += 1;
                    let Flight { refusals, refused_at, .. } = slot.flight;
                    let sent = at.max(refused_at + self.case.browser.delay(refusals));
                    slot.flight = Flight { sent, deadline, copy: 0, refusals, refused_at };
                    Some(Step::Send)
                }
                Step::Send => self.send(index, slot),
            };
        }
    }

    /// Sends the next SYN of an attempt, if it comes to that.
    fn send<C: Client>(&mut self, index: u32, slot: &mut Slot<C>) -> Option<Step> {
        let flight = &mut slot.flight;
        let Some(after) = syn_after(flight.copy) else {
            let failed = flight.sent + SYN_TIMEOUT;
            return slot.refused(failed);
        };
        if flight.sent + after >= flight.deadline {
            return slot.timed_out();
        }
        let arrives = flight.sent + after + LATENCY;
        if arrives > self.end {
            return None;
        }
        self.outcome.load.count(arrives);
        if arrives >= self.back {
            self.arrivals.add(arrives, index);
            return None;
        }
        match self.case.down {
            Down::Refuses => slot.refused(arrives + LATENCY),
            Down::Silent => {
                flight.copy += 1;
                Some(Step::Send)
            }
        }
    }
}
