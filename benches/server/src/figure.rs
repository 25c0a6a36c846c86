//! What is measured, and its median.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::child::Kind;
use crate::job::Job;

/// A figure; see the library's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Messages that came to clients, a second.
    MessagesPerS,
    /// The server's CPU time, in µs a message.
    CpuUsPerMessage,
    /// The server's CPU time, in µs a connection.
    CpuUsPerConnection,
    /// The server's memory, in KiB a connection.
    KibPerConnection,
}

impl Figure {
    /// All, in the order of the table.
    pub const ALL: [Self; 4] =
        [Self::MessagesPerS, Self::CpuUsPerMessage, Self::CpuUsPerConnection, Self::KibPerConnection];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::MessagesPerS => "messages a second",
            Self::CpuUsPerMessage => "CPU µs a message",
            Self::CpuUsPerConnection => "CPU µs a connection",
            Self::KibPerConnection => "KiB a connection",
        }
    }
}

/// What one job of one server has brought.
pub type Figures = BTreeMap<Figure, f64>;

/// One job of one server in one round.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// The round, from 0.
    pub round: u32,
    /// Whose.
    pub server: Kind,
    /// What was done.
    pub job: Job,
    /// What came of it.
    pub figures: Figures,
}

/// The middle of some numbers, with the least and the most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Median {
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Median {
    /// Of these numbers; None if there are none.
    #[must_use]
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<_> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let median = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
        Some(Self { median, min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        let of =
            |numbers: &[f64]| Median::of(numbers.iter().copied()).map(|found| (found.min, found.median, found.max));
        assert_eq!(of(&[3.0, 1.0, 2.0]), Some((1.0, 2.0, 3.0)));
        assert_eq!(of(&[4.0, 1.0, 3.0, 2.0]), Some((1.0, 2.5, 4.0)));
        assert_eq!(of(&[]), None);
    }
}
