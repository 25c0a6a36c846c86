//! Random draws, for jitter and places. Nothing depends on their being hard to guess.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The SplitMix64 generator.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// Those of one direction of a link's connection: with the same seed they draw the same.
    pub(super) fn new(seed: u32, connection: u64, up: bool) -> Self {
        let mut dice = Self(u64::from(seed));
        // Neighbouring seeds and connections are not to draw each other's numbers.
        dice.0 = dice.next() ^ (connection << 1) ^ u64::from(up);
        dice.0 = dice.next();
        dice
    }

    /// A seed, where none was given.
    pub(super) fn seed() -> u32 {
        RandomState::new().hash_one(0) as u32
    }

    /// Uniform, from nothing to `most`.
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.fraction())
    }

    /// Uniform, from 1 to `length` - 1, which is not below 1: so many bytes leave something out.
    pub(super) fn place_in(&mut self, length: usize) -> usize {
        1 + (self.fraction() * length.saturating_sub(1) as f64) as usize
    }

    /// Uniform, from 0 to below 1.
    fn fraction(&mut self) -> f64 {
        // 53 bits are what a float holds.
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spread_over_all_that_is_allowed() {
        let mut dice = Dice::new(Dice::seed(), 0, false);
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

    #[test]
    fn a_seed_draws_the_same_again_and_each_connection_and_direction_its_own() {
        let draws = |seed, connection, up| {
            let mut dice = Dice::new(seed, connection, up);
            [(); 4].map(|()| dice.place_in(1_000_000))
        };
        assert_eq!(draws(1, 2, true), draws(1, 2, true));
        let all = [draws(1, 2, true), draws(1, 2, false), draws(1, 3, true), draws(2, 2, true)];
        for (at, one) in all.iter().enumerate() {
            assert!(all[at + 1..].iter().all(|other| one != other), "{all:?}");
        }
    }
}
