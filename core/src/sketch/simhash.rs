//! Simhash: 64 bits of a text, most of which two texts share if they share most of their words.
//!
//! ```
//! use ennead::sketch::{NearTexts, simhash};
//! let long: String = (0..200).map(|i| format!("word{i} ")).collect();
//! let (a, b) = (simhash(&long), simhash(&(long.clone() + "updated today")));
//! assert!((a ^ b).count_ones() <= 3);
//!
//! let mut texts = NearTexts::new();
//! texts.insert(a, 1);
//! assert_eq!(texts.near(b), Some(1));
//! assert_eq!(texts.near(!a), None);
//! ```
//!
//! # How it works
//! Each run of three words (a *shingle*) is hashed. Bit i of the result says whether more of the
//! hashes have bit i set than not. A few words more or less turn few bits.
//!
//! Texts within [`NEAR`] bits of each other are found without comparing all: if 64 bits are cut in
//! four and three differ, one quarter is equal. So each text is listed under its four quarters.
//!
//! # Limits
//! Texts of fewer than some fifty words differ in many bits by one word. A quarter lists at most
//! [`MAX_LISTED`] texts; later ones are then found by their other quarters only.
//!
//! # Sources
//! Charikar, "Similarity estimation techniques from rounding algorithms" (2002); Manku, Jain and Das
//! Sarma, "Detecting near-duplicates for web crawling" (2007), for 64 bits, three, and the quarters.

use crate::base::hash::keyed;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// How many bits may differ between texts that count as nearly equal.
pub const NEAR: u32 = 3;
/// The most texts listed under one quarter.
pub const MAX_LISTED: usize = 256;
/// Words of a shingle.
const SHINGLE: usize = 3;

/// The simhash of a text, by its words; 0 for a text without words. Linear in the text.
#[must_use]
pub fn simhash(text: &str) -> u64 {
    let words: Vec<u64> = text.split_whitespace().map(|word| keyed(0, word.as_bytes())).collect();
    let mut sums = [0_i64; 64];
    for shingle in words.windows(SHINGLE.min(words.len()).max(1)) {
        // In order: the same words in another order are another shingle.
        let hash = shingle.iter().fold(0, |hash, word| keyed(hash, &word.to_be_bytes()));
        for (bit, sum) in sums.iter_mut().enumerate() {
            *sum += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    let set = |(bit, &sum): (usize, &i64)| u64::from(sum > 0) << bit;
    sums.iter().enumerate().map(set).sum()
}

/// Texts by their simhashes, to find those nearly equal to another.
#[derive(Clone, Debug, Default)]
pub struct NearTexts {
    quarters: BTreeMap<(u8, u16), Vec<(u64, u64)>>,
}

impl NearTexts {
    /// No texts.
    #[must_use]
    pub const fn new() -> Self {
        Self { quarters: BTreeMap::new() }
    }

    /// Lists a text by its simhash and a number of the caller's. O(log texts).
    pub fn insert(&mut self, hash: u64, number: u64) {
        for quarter in quarters(hash) {
            let listed = self.quarters.entry(quarter).or_default();
            if listed.len() < MAX_LISTED {
                listed.push((hash, number));
            }
        }
    }

    /// The number of a text within [`NEAR`] bits: the nearest, of equally near ones the least. At
    /// most 4 x [`MAX_LISTED`] comparisons.
    #[must_use]
    pub fn near(&self, hash: u64) -> Option<u64> {
        let listed = quarters(hash).into_iter().filter_map(|quarter| self.quarters.get(&quarter));
        let near = listed.flatten().map(|&(other, number)| ((hash ^ other).count_ones(), number));
        near.filter(|&(distance, _)| distance <= NEAR).min().map(|(_, number)| number)
    }
}

fn quarters(hash: u64) -> [(u8, u16); 4] {
    let [a, b, c, d, e, f, g, h] = hash.to_be_bytes();
    let quarter = |index, high, low| (index, u16::from_be_bytes([high, low]));
    [quarter(0, a, b), quarter(1, c, d), quarter(2, e, f), quarter(3, g, h)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;
    use alloc::string::String;
    use proptest::prelude::*;

    fn text(random: &mut Random, words: usize) -> Vec<String> {
        (0..words).map(|_| alloc::format!("w{}", random.below(5_000))).collect()
    }

    #[test]
    fn r9_5_the_hash_of_a_text_is_fixed_for_all_machines_and_versions() {
        assert_eq!(simhash(""), 0);
        assert_eq!(simhash("the quick  brown\nfox"), simhash(" the quick brown fox"));
        assert_eq!(simhash("the quick brown fox jumps"), 0xAF31_388E_AA16_8E34);
    }

    #[test]
    fn r9_5_texts_that_share_most_words_are_near_and_others_are_not() {
        let random = &mut Random::new(5);
        let (mut near, mut far) = (0, 64);
        for _ in 0..200 {
            let one = text(random, 400);
            let mut other = one.clone();
            other[random.index(400)] = String::from("changed");
            let distance = (simhash(&one.join(" ")) ^ simhash(&other.join(" "))).count_ones();
            near += u32::from(distance <= NEAR);
            let stranger = text(random, 400).join(" ");
            far = far.min((simhash(&one.join(" ")) ^ simhash(&stranger)).count_ones());
        }
        assert!(near >= 150, "only {near} of 200 pairs that differ in one word of 400 are near");
        assert!(far > 10, "two strangers differ in {far} bits only");
    }

    proptest! {
        #[test]
        fn r9_5_every_text_within_three_bits_is_found(hash: u64, bits in proptest::collection::vec(0u32..64, 0..=3), others: Vec<u64>) {
            let mut texts = NearTexts::new();
            texts.insert(hash, 7);
            for (number, &other) in others.iter().enumerate() {
                texts.insert(other, 100 + number as u64);
            }
            let turned = bits.iter().fold(hash, |hash, bit| hash ^ 1 << bit);
            let found = texts.near(turned).unwrap();
            let distance = |other: u64| (turned ^ other).count_ones();
            let least = others.iter().map(|&other| distance(other)).chain([distance(hash)]).min();
            let got = if found == 7 { hash } else { others[usize::try_from(found).unwrap() - 100] };
            prop_assert_eq!(Some(distance(got)), least);
        }

        #[test]
        fn r9_5_any_text_has_a_hash(text: String) {
            let _ = simhash(&text);
        }
    }
}
