//! Random durations, for jitter. Nothing depends on their being hard to guess.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The SplitMix64 generator, seeded anew for each.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new() -> Self {
        Self(RandomState::new().hash_one(0))
    }

    /// Uniform, from nothing to `most`.
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // 53 bits are what a float holds.
        most.mul_f64((mixed >> 11) as f64 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spread_over_all_that_is_allowed() {
        let mut dice = Dice::new();
        let most = Duration::from_millis(100);
        let drawn: Vec<_> = (0..10_000).map(|_| dice.up_to(most)).collect();
        assert!(drawn.iter().all(|duration| *duration <= most));
        for tenth in 0..10 {
            let range = Duration::from_millis(tenth * 10)..Duration::from_millis(tenth * 10 + 10);
            let share = drawn.iter().filter(|duration| range.contains(duration)).count();
            assert!((800..1_200).contains(&share), "{tenth}: {share}");
        }
        assert_eq!(dice.up_to(Duration::ZERO), Duration::ZERO);
    }
}
