//! A keyed permutation: numbers from 0 to n - 1 in an order that looks random, and back.
//!
//! ```
//! use ennead::sketch::Permutation;
//!
//! let shuffled = Permutation::new(1_000, 42);
//! let places: Vec<u64> = (0..3).map(|i| shuffled.apply(i)).collect();
//! assert_ne!(places, [0, 1, 2]);
//! assert_eq!(shuffled.invert(places[1]), 1);
//! ```
//!
//! # How it works
//! A Feistel network: the number is cut into two halves, and each of [`ROUNDS`] rounds mixes a
//! keyed hash of one into the other; each round can be undone, whatever the hash. It permutes the
//! numbers of an even count of bits; those beyond n are permuted again until one below n comes
//! out (cycle walking), which takes less than four turns on average.
//!
//! # Limits
//! A counter run through it neither repeats nor shows its order; who knows the key sees both. It
//! keeps numbers from being guessed in turn. It is not encryption, and what is secret needs a check of
//! its own.
//!
//! # Sources
//! Luby and Rackoff, "How to construct pseudorandom permutations" (1988); Black and Rogaway,
//! "Ciphers with arbitrary finite domains" (2002), for cycle walking.

use crate::base::hash::keyed;

/// Rounds of the network: with few bits, the four of the theory are too few.
pub const ROUNDS: u8 = 10;

/// A permutation of the numbers from 0 to n - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutation {
    size: u64,
    key: u64,
    half_bits: u32,
}

impl Permutation {
    /// Of the numbers below `size` (0 counts as 1). Each key gives another.
    #[must_use]
    pub const fn new(size: u64, key: u64) -> Self {
        let size = if size == 0 { 1 } else { size };
        let bits = u64::BITS - (size - 1).leading_zeros();
        let half_bits = if bits < 2 { 1 } else { bits.div_ceil(2) };
        Self { size, key, half_bits }
    }

    /// How many numbers there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Where `number` comes to stand. A number that is not below the size is taken modulo it.
    #[must_use]
    pub fn apply(&self, number: u64) -> u64 {
        self.walk(number, |number| {
            (0..ROUNDS).fold(number, |number, round| self.mix(number, round))
        })
    }

    /// The number that comes to stand at `place`, so that `invert(apply(x)) == x`.
    #[must_use]
    pub fn invert(&self, place: u64) -> u64 {
        self.walk(place, |place| {
            let swapped =
                (0..ROUNDS).rev().fold(self.swap(place), |number, round| self.mix(number, round));
            self.swap(swapped)
        })
    }

    fn walk(&self, number: u64, turn: impl Fn(u64) -> u64) -> u64 {
        let mut number = turn(number % self.size);
        while number >= self.size {
            number = turn(number);
        }
        number
    }

    /// One round: (left, right) becomes (right, left xor hash(right)).
    fn mix(&self, number: u64, round: u8) -> u64 {
        let (left, right) = (number >> self.half_bits, number & self.mask());
        let [a, b, c, d, e, f, g, h] = right.to_le_bytes();
        let hash = keyed(self.key, &[round, a, b, c, d, e, f, g, h]);
        (right << self.half_bits) | (left ^ (hash & self.mask()))
    }

    const fn swap(&self, number: u64) -> u64 {
        ((number & self.mask()) << self.half_bits) | (number >> self.half_bits)
    }

    const fn mask(&self) -> u64 {
        (1 << self.half_bits) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn r8_5_places_are_fixed_for_all_machines_and_versions() {
        let codes = Permutation::new(62u64.pow(7), 7);
        let places: Vec<u64> = [0, 1, 2, 62u64.pow(7) - 1].map(|i| codes.apply(i)).to_vec();
        assert_eq!(
            places,
            [2_410_915_395_500, 399_318_694_136, 1_734_230_080_021, 3_118_598_181_325]
        );
    }

    #[test]
    fn r8_5_every_place_is_taken_once() {
        for size in [1, 2, 3, 4, 5, 62, 3_844, 4_096, 4_097] {
            let shuffled = Permutation::new(size, 1);
            let mut places: Vec<u64> = (0..size).map(|i| shuffled.apply(i)).collect();
            places.sort_unstable();
            assert_eq!(places, (0..size).collect::<Vec<_>>());
        }
    }

    #[test]
    fn r8_5_the_next_place_cannot_be_told_from_the_last() {
        // Of successive places, as many as not lie above the one before, and steps never repeat.
        let codes = Permutation::new(62u64.pow(7), 99);
        let places: Vec<u64> = (0..10_000).map(|i| codes.apply(i)).collect();
        let rising = places.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((4_800..5_200).contains(&rising), "{rising} of 9999");
        let mut steps: Vec<i128> =
            places.windows(2).map(|pair| i128::from(pair[1]) - i128::from(pair[0])).collect();
        steps.sort_unstable();
        steps.dedup();
        assert!(steps.len() > 9_990, "{} different steps of 9999", steps.len());
        let other = Permutation::new(62u64.pow(7), 100);
        assert_eq!((0..1_000).filter(|&i| other.apply(i) == codes.apply(i)).count(), 0);
    }

    proptest! {
        #[test]
        fn r8_5_permutations_are_undone(size in 1u64..=u64::MAX, key: u64, number: u64) {
            let shuffled = Permutation::new(size, key);
            let place = shuffled.apply(number);
            prop_assert!(place < size);
            prop_assert_eq!(shuffled.invert(place), number % size);
        }
    }
}
