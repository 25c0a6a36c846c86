//! The ways over which a client can be connected, how many are over each, and the requests that this costs when nothing happens.

use tautline::channel::{Config, Kind};

use crate::client::Client;
use crate::load::Load;
use crate::network::LATENCY;
use crate::time::{Micros, SECOND, micros, seconds};

/// One way to be connected, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// WebSocket: one handshake.
    WebSocket,
    /// Server-Sent Events: one request.
    EventStream,
    /// A request that the server holds, one after the other.
    LongPolling,
    /// A request each few seconds.
    Polling,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::WebSocket, Self::EventStream, Self::LongPolling, Self::Polling];

    /// The way of a channel's transport.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::EventStream | Kind::FetchStream => Self::EventStream,
            Kind::LongPolling => Self::LongPolling,
            Kind::Polling => Self::Polling,
            _ => Self::WebSocket,
        }
    }

    /// The one below, the last one below itself.
    #[must_use]
    pub fn lower(self) -> Self {
        Self::ALL.into_iter().find(|way| *way > self).unwrap_or(self)
    }

    /// From one request to the next of a client that is connected and hears nothing new, with the channel's defaults.
    #[must_use]
    pub fn period(self) -> Option<Micros> {
        let config = Config::default();
        match self {
            Self::WebSocket | Self::EventStream => None,
            Self::LongPolling => Some(micros(config.poll_wait) + 2 * LATENCY),
            Self::Polling => Some(micros(config.poll_every) + 2 * LATENCY),
        }
    }
}

/// How many clients are over which way, and when.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    over: [u32; 4],
    stepped_down: u32,
    /// For each second, how many more, or fewer, clients are over each way from its end on.
    changes: Vec<[i32; 4]>,
}

impl Ways {
    /// A client is connected over another way than before.
    pub fn change(&mut self, at: Micros, before: Option<Way>, after: Option<Way>) {
        for (way, by) in [(before, -1), (after, 1)] {
            let Some(way) = way else { continue };
            let second = usize::try_from(at / SECOND).unwrap_or(usize::MAX);
            if second >= self.changes.len() {
                self.changes.resize(second + 1, [0; 4]);
            }
            let change = self.changes.get_mut(second).and_then(|change| change.get_mut(way as usize));
            if let (Some(change), Some(over)) = (change, self.over.get_mut(way as usize)) {
                *change += by;
                *over = over.saturating_add_signed(by);
            }
        }
    }

    /// A client is connected for the first time.
    pub fn count_first(&mut self, client: &impl Client) {
        self.stepped_down += u32::from(client.has_stepped_down());
    }

    /// Whether the clients had ways to choose from.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.changes.is_empty()
    }

    /// How many are over this way at the end.
    #[must_use]
    pub fn over(&self, way: Way) -> u32 {
        self.over.get(way as usize).copied().unwrap_or(0)
    }

    /// How many were not over the best way when they were connected again.
    #[must_use]
    pub fn stepped_down(&self) -> u32 {
        self.stepped_down
    }

    /// The polls a second at the end.
    #[must_use]
    pub fn polls(&self) -> f64 {
        Way::ALL.into_iter().map(|way| rate(way, f64::from(self.over(way)))).sum()
    }

    /// The most requests in one of the seconds from `from` on, attempts and polls together.
    #[must_use]
    pub fn most_requests(&self, load: &Load, from: Micros) -> f64 {
        let mut connected = [0i64; 4];
        let mut most = 0.0_f64;
        let last = load.end().max(self.changes.len() as u64 * SECOND) / SECOND;
        for second in 0..=last {
            let at = second * SECOND;
            if at >= from {
                let polls: f64 = Way::ALL.into_iter().zip(connected).map(|(way, count)| rate(way, count as f64)).sum();
                most = most.max(load.between(at, at + SECOND) as f64 + polls);
            }
            let changes = usize::try_from(second).ok().and_then(|second| self.changes.get(second));
            for (count, change) in connected.iter_mut().zip(changes.copied().unwrap_or_default()) {
                *count += i64::from(change);
            }
        }
        most
    }
}

/// The polls a second of so many clients.
fn rate(way: Way, clients: f64) -> f64 {
    way.period().map_or(0.0, |period| clients / seconds(period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_are_counted_from_when_a_client_is_there_until_it_has_a_better_way() {
        let mut ways = Ways::default();
        assert!(!ways.is_used());
        for client in 0..41 {
            ways.change(10 * SECOND + client, None, Some(Way::Polling));
        }
        assert_eq!((ways.over(Way::Polling), ways.polls().round()), (41, 20.0));
        ways.change(20 * SECOND, Some(Way::Polling), Some(Way::WebSocket));
        let mut load = Load::default();
        (0..30).for_each(|_| load.count(10 * SECOND));
        assert_eq!(ways.most_requests(&load, 10 * SECOND).round(), 30.0, "the attempts of one second");
        assert_eq!(ways.most_requests(&load, 11 * SECOND).round(), 20.0, "the polls");
        assert_eq!((ways.over(Way::Polling), ways.over(Way::WebSocket)), (40, 1));
        assert!(ways.polls() < 19.9);
    }

    #[test]
    fn the_ways_go_down_to_the_last_one() {
        let down: Vec<_> = std::iter::successors(Some(Way::WebSocket), |way| Some(way.lower())).take(5).collect();
        assert_eq!(down[..4], Way::ALL);
        assert_eq!(down[4], Way::Polling);
    }
}
