//! A bloom filter: a set that forgets what is in it, but never that it is in it.
//!
//! ```
//! use ennead::base::Ratio;
//! use ennead::sketch::BloomFilter;
//!
//! let mut seen = BloomFilter::new(1_000, Ratio::new(1, 100), 7).unwrap();
//! assert!(seen.insert(b"https://example.com/")); // new
//! assert!(seen.contains(b"https://example.com/")); // never wrong about what is in it
//! assert!(!seen.contains(b"https://example.org/")); // wrong one time in a hundred at most
//! ```
//!
//! # How it works
//! An item sets `k` of `m` bits, chosen by hashes. An item one of whose bits is not set was never
//! put in. One whose bits are all set probably was: others may have set them.
//!
//! A filter that is as full as it was made for has half its bits set, and errs one time in 2^k. So
//! `k` is the least number with 2^-k at most the wanted rate, and `m` is `n * k / ln 2`: all in
//! integers, equal on every machine. The `k` places come from two keyed hashes by enhanced double
//! hashing, so the work for an item is two hashes and `k` look-ups, whatever the filter's size.
//!
//! # Limits
//! 10.1 bits an item at 1 %, 14.5 at 0.1 %, up to [`MAX_BITS`] bits in all (212 million items at
//! 1 %). Items beyond the number it was made for raise the rate; [`BloomFilter::rate_ppm`] tells
//! it from the bits themselves. Nothing can be taken out. Who knows the seed can make items collide:
//! draw it where items come from strangers.
//!
//! # Sources
//! Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970); Dillinger and
//! Manolios, "Bloom filters in probabilistic verification" (2004), for enhanced double hashing.

use crate::base::Ratio;
use crate::base::hash::keyed;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The most bits of one filter: 2^31, which take 256 MiB.
pub const MAX_BITS: u64 = 1 << 31;
/// The most hashes an item: an error rate of 2^-32.
const MAX_HASHES: u8 = 32;
/// 1 / ln 2 in millionths, rounded up: bits an item and hash, if half of them are to be set.
const BITS_PER_HASH: u64 = 1_442_696;

/// Why there is no such filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BloomError {
    /// A rate of 0, of 1 or more, or too small.
    #[error("error rate {} in {}, expected less than 1 and at least 1 in 2^32", got.times, got.of)]
    Rate {
        /// The rate.
        got: Ratio,
    },
    /// Too many items for one filter.
    #[error(
        "{items} items at this rate take {bits} bits, at most {MAX_BITS} are allowed: split the items over several filters, or allow more errors"
    )]
    Size {
        /// For how many items.
        items: u64,
        /// How many bits they would take.
        bits: u64,
    },
    /// The machine has not so much memory.
    #[error("no memory for a filter of {bits} bits")]
    Memory {
        /// How many bits it would take.
        bits: u64,
    },
    /// Stored parts that make no filter.
    #[error("{words} words and {hashes} hashes are no bloom filter: it was cut short or damaged")]
    Parts {
        /// Words of 64 bits.
        words: usize,
        /// Hashes an item.
        hashes: u8,
    },
}

/// A set of byte strings that answers "surely not" or "probably".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct BloomFilter {
    words: Vec<u64>,
    hashes: u8,
    seed: u64,
    items: u64,
}

/// What a filter is stored as, not yet checked.
#[derive(Deserialize)]
struct Parts {
    words: Vec<u64>,
    hashes: u8,
    seed: u64,
    items: u64,
}

impl TryFrom<Parts> for BloomFilter {
    type Error = BloomError;

    fn try_from(parts: Parts) -> Result<Self, BloomError> {
        let Parts { words, hashes, seed, items } = parts;
        let right = (1..=MAX_BITS / 64).contains(&(words.len() as u64))
            && (1..=MAX_HASHES).contains(&hashes);
        if right {
            Ok(Self { words, hashes, seed, items })
        } else {
            Err(BloomError::Parts { words: words.len(), hashes })
        }
    }
}

impl BloomFilter {
    /// A filter that errs at most at `rate` once it holds `items` different items (0 counts as 1).
    /// Filters of other seeds err about other items.
    ///
    /// # Errors
    /// [`BloomError`].
    pub fn new(items: u64, rate: Ratio, seed: u64) -> Result<Self, BloomError> {
        let hashes = hashes_for(rate).ok_or(BloomError::Rate { got: rate })?;
        let items = items.max(1);
        let exact = u128::from(items) * u128::from(hashes) * u128::from(BITS_PER_HASH);
        let bits = u64::try_from(exact.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        if bits > MAX_BITS {
            return Err(BloomError::Size { items, bits });
        }
        let memory = BloomError::Memory { bits };
        let count = usize::try_from(bits.div_ceil(64)).map_err(|_| memory.clone())?;
        let mut words = Vec::new();
        words.try_reserve_exact(count).map_err(|_| memory)?;
        words.resize(count, 0);
        Ok(Self { words, hashes, seed, items: 0 })
    }

    /// Puts an item in; whether it surely was not in before. O(k).
    pub fn insert(&mut self, item: &[u8]) -> bool {
        let mut places = self.places(item);
        let mut is_new = false;
        for _ in 0..self.hashes {
            let (word, bit) = places.next();
            is_new |= self.words[word] & bit == 0;
            self.words[word] |= bit;
        }
        self.items = self.items.saturating_add(u64::from(is_new));
        is_new
    }

    /// Whether an item probably was put in; `false` is certain. O(k).
    #[must_use]
    pub fn contains(&self, item: &[u8]) -> bool {
        let mut places = self.places(item);
        (0..self.hashes).all(|_| {
            let (word, bit) = places.next();
            self.words[word] & bit != 0
        })
    }

    /// How many items were new when they were put in. Items that it took for known by mistake are
    /// not counted.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.items
    }

    /// Whether nothing was put in.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// Its size in bits, a multiple of 64.
    #[must_use]
    pub const fn bits(&self) -> u64 {
        self.words.len() as u64 * 64
    }

    /// How many bits an item sets.
    #[must_use]
    pub const fn hashes(&self) -> u8 {
        self.hashes
    }

    /// How many bits are set. O(bits).
    #[must_use]
    pub fn ones(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Of a million items that are not in, how many it now takes for known: the share of bits that
    /// are set, to the power of the hashes. O(bits).
    #[must_use]
    pub fn rate_ppm(&self) -> u64 {
        const ONE: u128 = 1 << 64;
        let share = (u128::from(self.ones()) << 32) / u128::from(self.bits());
        let rate = (0..self.hashes).fold(ONE, |rate, _| (rate >> 32) * share);
        u64::try_from(((rate >> 32) * 1_000_000) >> 32).unwrap_or(1_000_000)
    }

    fn places(&self, item: &[u8]) -> Places {
        Places {
            place: keyed(self.seed, item),
            // A key that no other use of the same seed has, and that is never the first one.
            step: keyed(!self.seed, item),
            round: 0,
            bits: self.bits(),
        }
    }
}

/// The places of one item: enhanced double hashing, scaled to the filter's size.
struct Places {
    place: u64,
    step: u64,
    round: u64,
    bits: u64,
}

impl Places {
    /// The next place, as a word and a bit in it.
    #[allow(clippy::cast_possible_truncation)] // it is below the number of bits
    const fn next(&mut self) -> (usize, u64) {
        let bit = ((self.place as u128 * self.bits as u128) >> 64) as u64;
        self.place = self.place.wrapping_add(self.step);
        self.round += 1;
        self.step = self.step.wrapping_add(self.round);
        ((bit / 64) as usize, 1 << (bit % 64))
    }
}

/// The least `k` with 2^-k at most `rate`.
fn hashes_for(rate: Ratio) -> Option<u8> {
    if rate.times == 0 || rate.times >= rate.of {
        return None;
    }
    (1..=MAX_HASHES).find(|&k| u64::from(rate.times) << k >= u64::from(rate.of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of a million items that are not in a full filter, how many it takes for known.
    fn measured(items: u64, rate: Ratio, seed: u64) -> u64 {
        let mut filter = BloomFilter::new(items, rate, seed).unwrap();
        (0..items).for_each(|i| {
            filter.insert(&i.to_be_bytes());
        });
        let strangers = items..items + 200_000;
        strangers.filter(|i| filter.contains(&i.to_be_bytes())).count() as u64 * 5
    }

    #[test]
    fn r8_4_the_error_rate_is_the_wanted_one_or_less() {
        for (items, of) in [(1_000, 100), (20_000, 100), (20_000, 1_000), (5_000, 4)] {
            for seed in 0..3 {
                let got = measured(items, Ratio::new(1, of), seed);
                let most = 1_000_000 / u64::from(of);
                // A quarter more for chance: 200,000 draws at 1 in 1,000 vary by 7 %.
                assert!(got <= most + most / 4, "{got} in a million, expected {most}");
                assert!(got >= most / 3, "{got} in a million: more bits than needed for {most}");
            }
        }
    }

    #[test]
    fn r8_4_the_rate_is_told_from_the_bits() {
        let rate = Ratio::new(1, 100);
        let mut filter = BloomFilter::new(10_000, rate, 1).unwrap();
        assert_eq!((filter.rate_ppm(), filter.hashes(), filter.bits()), (0, 7, 100_992));
        (0u32..10_000).for_each(|i| {
            filter.insert(&i.to_be_bytes());
        });
        let told = filter.rate_ppm();
        assert!((7_000..8_700).contains(&told), "{told} in a million, expected about 2^-7");
        let got = measured(10_000, rate, 1);
        assert!(got.abs_diff(told) < 1_500, "told {told}, measured {got}");
        assert!(filter.len() > 9_950 && filter.len() <= 10_000, "{}", filter.len());
    }

    #[test]
    fn the_places_of_an_item_are_fixed_for_all_machines_and_versions() {
        let mut filter = BloomFilter::new(8, Ratio::new(1, 8), 7).unwrap();
        filter.insert(b"city");
        assert_eq!((filter.bits(), filter.hashes()), (64, 3));
        assert_eq!(filter.words, [0x1000_0000_0020_0100]);
    }

    #[test]
    fn sizes_and_rates_out_of_range_are_refused() {
        for (times, of) in [(0, 100), (1, 1), (3, 2)] {
            let got = Ratio::new(times, of);
            assert_eq!(BloomFilter::new(10, got, 0), Err(BloomError::Rate { got }));
        }
        let finest = BloomFilter::new(1, Ratio::new(1, u32::MAX), 0).unwrap();
        assert_eq!(finest.hashes(), 32);
        let refused = BloomFilter::new(u64::MAX, Ratio::new(1, 100), 0);
        assert!(matches!(refused, Err(BloomError::Size { bits: u64::MAX, .. })), "{refused:?}");
        let refused = BloomFilter::new(213_000_000, Ratio::new(1, 100), 0);
        assert!(
            matches!(refused, Err(BloomError::Size { bits: 2_147_483_649.., .. })),
            "{refused:?}"
        );
        assert!(BloomFilter::new(0, Ratio::new(1, 100), 0).unwrap().is_empty());
    }

    #[test]
    fn a_stored_filter_comes_back_and_a_damaged_one_is_refused() {
        let mut filter = BloomFilter::new(100, Ratio::new(1, 50), 3).unwrap();
        filter.insert(b"a");
        let stored = postcard::to_allocvec(&filter).unwrap();
        assert_eq!(postcard::from_bytes::<BloomFilter>(&stored), Ok(filter.clone()));
        for (words, hashes) in [(Vec::new(), 1u8), (Vec::from([0u64]), 0), (Vec::from([0]), 33)] {
            let stored = postcard::to_allocvec(&(words, hashes, 0u64, 0u64)).unwrap();
            assert!(postcard::from_bytes::<BloomFilter>(&stored).is_err());
        }
    }

    proptest! {
        #[test]
        fn r8_4_nothing_that_was_put_in_is_denied(
            items in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 1..300),
            room in 1u64..400,
            of in 2u32..5_000,
            seed: u64,
        ) {
            let mut filter = BloomFilter::new(room, Ratio::new(1, of), seed).unwrap();
            for item in &items {
                let known = filter.contains(item);
                prop_assert_eq!(filter.insert(item), !known);
            }
            prop_assert!(items.iter().all(|item| filter.contains(item)));
        }
    }
}
