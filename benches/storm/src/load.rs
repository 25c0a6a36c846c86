//! The load: how many SYNs arrive when.

use crate::time::{Micros, SECOND};

/// The width of a bin.
const BIN: Micros = 10_000;
/// Bins in the window of the peak, which is one second.
const WINDOW: usize = (SECOND / BIN) as usize;

/// SYNs by time of arrival, in bins of 10 ms.
#[derive(Clone, Debug, Default)]
pub struct Load {
    bins: Vec<u32>,
}

impl Load {
    /// Counts one arrival.
    pub fn count(&mut self, at: Micros) {
        let bin = usize::try_from(at / BIN).unwrap_or(usize::MAX);
        if bin >= self.bins.len() {
            self.bins.resize(bin + 1, 0);
        }
        if let Some(count) = self.bins.get_mut(bin) {
            *count += 1;
        }
    }

    /// The most arrivals within one second, of all windows that begin at `from` or later, in steps of 10 ms.
    #[must_use]
    pub fn peak(&self, from: Micros) -> u64 {
        let first = usize::try_from(from / BIN).unwrap_or(usize::MAX);
        let bins = self.bins.get(first..).unwrap_or_default();
        let (mut sum, mut most) = (0, 0);
        for (at, count) in bins.iter().enumerate() {
            sum += u64::from(*count);
            if let Some(out) = at.checked_sub(WINDOW).and_then(|out| bins.get(out)) {
                sum -= u64::from(*out);
            }
            most = most.max(sum);
        }
        most
    }

    /// After the last arrival.
    #[must_use]
    pub fn end(&self) -> Micros {
        self.bins.len() as u64 * BIN
    }

    /// Arrivals in `[from, to)`, in bins of 10 ms whole.
    #[must_use]
    pub fn between(&self, from: Micros, to: Micros) -> u64 {
        let [from, to] = [from, to].map(|at| usize::try_from(at / BIN).unwrap_or(usize::MAX).min(self.bins.len()));
        self.bins.get(from..to).unwrap_or_default().iter().copied().map(u64::from).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_fullest_second_wherever_it_begins() {
        let mut load = Load::default();
        for at in [0, 100_000, 900_000, 1_500_000, 1_600_000, 1_800_000, 3_000_000] {
            load.count(at);
        }
        assert_eq!(load.peak(0), 4, "0.9 s to 1.8 s, across the full second");
        assert_eq!(load.peak(1_600_000), 2);
        assert_eq!(load.peak(9 * SECOND), 0);
        assert_eq!(load.between(0, SECOND), 3);
        assert_eq!(load.between(SECOND, 60 * SECOND), 4);
    }
}
