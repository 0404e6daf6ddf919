//! Seeded chance in integers.
//!
//! ```
//! use ennead::base::{Random, Ratio};
//! let mut a = Random::new(7);
//! let mut b = Random::new(7);
//! assert_eq!(a.below(100), b.below(100));
//! assert!(!a.chance(Ratio::new(0, 10)));
//! ```
//!
//! The generator is xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number
//! generators", 2021), whose output for a seed never changes. Draws below a bound use Lemire's
//! multiplication ("Fast random integer generation in an interval", 2019) with rejection, so they
//! are exactly even. Not for secrets.

use alloc::vec::Vec;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// A probability as a fraction, so that no float decides anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// How many of `of` times it happens.
    pub times: u32,
    /// Out of how many; at least 1.
    pub of: u32,
}

impl Ratio {
    /// Happens `times` out of `of`; `of` of 0 counts as 1.
    #[must_use]
    pub const fn new(times: u32, of: u32) -> Self {
        Self { times, of: if of == 0 { 1 } else { of } }
    }

    /// Never happens.
    pub const NEVER: Self = Self::new(0, 1);
}

/// A stream of random numbers that its seed determines.
#[derive(Clone, Debug)]
pub struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The stream of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A stream of its own for a part of the system, so that one part's draws leave the others'
    /// as they were.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::new(self.u64())
    }

    /// Any 64 bits.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Evenly from 0 to `bound - 1`; 0 if `bound` is 0.
    #[allow(clippy::cast_possible_truncation)] // the low half of a 128-bit product is meant
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.u64()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// Evenly from `low` to `high`, both included; `low` if `high` is less.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// Whether something of this probability happens now.
    pub fn chance(&mut self, ratio: Ratio) -> bool {
        ratio.times > 0 && self.below(u64::from(ratio.of)) < u64::from(ratio.times)
    }

    /// An index into a collection of `length` things; 0 if it is empty.
    #[allow(clippy::cast_possible_truncation)] // below `length`, which is a usize
    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// Any one of `items`, or none if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.index(items.len()))
    }

    /// `count` of `items`, all different, in random order; all of them if there are fewer.
    pub fn sample<T: Clone>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut pool = items.to_vec();
        let count = count.min(pool.len());
        for i in 0..count {
            let j = i + self.index(pool.len() - i);
            pool.swap(i, j);
        }
        pool.truncate(count);
        pool
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_for_a_seed_is_fixed() {
        let mut random = Random::new(7);
        let drawn: Vec<u64> = (0..3).map(|_| random.u64()).collect();
        assert_eq!(
            drawn,
            [0x0E2C_1A00_2AAE_913D, 3_174_977_118_032_272_916, 13_236_943_193_235_544_178]
        );
    }

    #[test]
    fn draws_below_a_bound_are_even() {
        let mut random = Random::new(1);
        let mut seen = [0u32; 6];
        for _ in 0..60_000 {
            seen[random.index(6)] += 1;
        }
        assert!(seen.iter().all(|&n| (9_500..10_500).contains(&n)), "{seen:?}");
    }

    #[test]
    fn a_sample_holds_different_items() {
        let mut sample = Random::new(3).sample(&[1, 2, 3, 4, 5], 4);
        sample.sort_unstable();
        sample.dedup();
        assert_eq!(sample.len(), 4);
    }
}
