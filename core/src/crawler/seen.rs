//! "URL seen?" and "content seen?".
//!
//! ```
//! use ennead::crawler::SeenAddresses;
//! let mut seen = SeenAddresses::new(1_000, 7);
//! assert!(seen.insert("http://a.example/")); // new
//! assert!(!seen.insert("http://a.example/")); // known
//! ```
//!
//! Most addresses that a crawl meets are either known or clearly new. The bloom filter says "clearly
//! new" by a few bits and never of a known one; when it says "perhaps known", 128 bits of SHA-1 are
//! looked up in the store. That store is kept in memory (40 bytes an address) and built again from
//! the crawl's journal when a crawl is taken up.

use crate::base::Ratio;
use crate::base::hash;
use crate::sketch::{BloomFilter, NearTexts};
use alloc::collections::{BTreeMap, BTreeSet};

/// How often the bloom filter takes a new address for one that is perhaps known.
const RATE: Ratio = Ratio::new(1, 100);

/// 128 bits of SHA-1: an address or a body, in short. Two of a billion (10^9) share one with a
/// probability below 10^-20.
pub type Checksum = u128;

/// The checksum of bytes.
#[must_use]
pub fn checksum(bytes: &[u8]) -> Checksum {
    let [first @ .., _, _, _, _] = hash::sha1(&[bytes]);
    u128::from_be_bytes(first)
}

/// The addresses that a crawl has met.
#[derive(Clone, Debug)]
pub struct SeenAddresses {
    bloom: Option<BloomFilter>,
    store: BTreeSet<Checksum>,
    looked_up: u64,
}

impl SeenAddresses {
    /// For about `items` addresses; more are taken, and looked up more often.
    #[must_use]
    pub fn new(items: u64, seed: u64) -> Self {
        // Without memory for the filter, every address is looked up.
        let bloom = BloomFilter::new(items, RATE, seed).ok();
        Self { bloom, store: BTreeSet::new(), looked_up: 0 }
    }

    /// Takes an address; whether it was new. O(log addresses).
    pub fn insert(&mut self, address: &str) -> bool {
        let checksum = checksum(address.as_bytes());
        let key = checksum.to_be_bytes();
        if !self.bloom.as_mut().is_some_and(|bloom| bloom.insert(&key)) {
            self.looked_up += 1;
        }
        self.store.insert(checksum)
    }

    /// Whether an address was taken before. O(log addresses), mostly less.
    #[must_use]
    pub fn contains(&self, address: &str) -> bool {
        let checksum = checksum(address.as_bytes());
        let key = checksum.to_be_bytes();
        self.bloom.as_ref().is_none_or(|bloom| bloom.contains(&key))
            && self.store.contains(&checksum)
    }

    /// How many different addresses were taken.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.store.len() as u64
    }

    /// Whether none was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// How often the bloom filter could not tell.
    #[must_use]
    pub const fn looked_up(&self) -> u64 {
        self.looked_up
    }
}

/// How a page's content compares with those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Nothing like it was met.
    New,
    /// The same bytes, under the number given.
    Same(u64),
    /// Nearly the same text, under the number given.
    Near(u64),
}

/// The contents that a crawl has met, each under a number of the caller's.
#[derive(Clone, Debug, Default)]
pub struct SeenContents {
    checksums: BTreeMap<Checksum, u64>,
    texts: NearTexts,
}

impl SeenContents {
    /// No contents.
    #[must_use]
    pub const fn new() -> Self {
        Self { checksums: BTreeMap::new(), texts: NearTexts::new() }
    }

    /// How a content compares, by the checksum of its bytes and the simhash of its text (none if it
    /// has too little text to compare).
    #[must_use]
    pub fn compare(&self, checksum: Checksum, simhash: Option<u64>) -> Likeness {
        if let Some(&number) = self.checksums.get(&checksum) {
            return Likeness::Same(number);
        }
        simhash.and_then(|hash| self.texts.near(hash)).map_or(Likeness::New, Likeness::Near)
    }

    /// Takes a new content under a number.
    pub fn insert(&mut self, checksum: Checksum, simhash: Option<u64>, number: u64) {
        self.checksums.entry(checksum).or_insert(number);
        if let Some(hash) = simhash {
            self.texts.insert(hash, number);
        }
    }
}
