//! Guards against sites that never end: calendars, session numbers, folders that hold themselves.
//!
//! No rule knows a trap from a large site, so each is a bound that a real site rarely meets: on an
//! address by itself (its length, its depth, segments that repeat), and on how many addresses are
//! taken of one host, of one folder, and of one path with different queries.

use super::address::Address;
use crate::base::hash;
use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// The bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// The longest address, in bytes.
    pub length: u16,
    /// The most steps from a seed.
    pub depth: u16,
    /// The most segments of a path.
    pub segments: u16,
    /// How often one segment may stand in a path.
    pub repeats: u16,
    /// The most addresses of one host.
    pub per_host: u32,
    /// The most addresses below one first folder of a host, and of one path with different queries.
    pub per_prefix: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            length: 1_024,
            depth: 32,
            segments: 24,
            repeats: 3,
            per_host: 20_000,
            per_prefix: 2_000,
        }
    }
}

/// Which bound an address meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Trap {
    /// Too long.
    Length,
    /// Too many steps from a seed, or too many segments.
    Depth,
    /// One segment again and again.
    Repeats,
    /// Too many addresses of the host.
    Host,
    /// Too many addresses of one folder, or of one path with different queries.
    Prefix,
}

/// What was taken so far.
#[derive(Clone, Debug, Default)]
pub struct Traps {
    hosts: BTreeMap<String, u32>,
    /// By a hash of origin and folder, or of origin and path.
    prefixes: BTreeMap<u64, u32>,
}

impl Traps {
    /// Whether an address, so many steps from a seed, is taken; if it is, it counts.
    ///
    /// # Errors
    /// The bound that it meets.
    pub fn admit(&mut self, caps: &Caps, address: &Address, depth: u16) -> Result<(), Trap> {
        if address.as_str().len() > usize::from(caps.length) {
            return Err(Trap::Length);
        }
        let path = address.path();
        if depth > caps.depth || path.split('/').count() > usize::from(caps.segments) + 1 {
            return Err(Trap::Depth);
        }
        if most_repeats(path) > usize::from(caps.repeats) {
            return Err(Trap::Repeats);
        }
        if self.hosts.get(address.host()).is_some_and(|&taken| taken >= caps.per_host) {
            return Err(Trap::Host);
        }
        let prefixes = prefixes(address);
        let is_full = |key: &u64| self.prefixes.get(key).is_some_and(|&n| n >= caps.per_prefix);
        if prefixes.iter().flatten().any(is_full) {
            return Err(Trap::Prefix);
        }
        for key in prefixes.into_iter().flatten() {
            *self.prefixes.entry(key).or_default() += 1;
        }
        match self.hosts.get_mut(address.host()) {
            Some(taken) => *taken += 1,
            None => {
                self.hosts.insert(String::from(address.host()), 1);
            }
        }
        Ok(())
    }

    /// How many addresses were taken of each host.
    #[must_use]
    pub const fn hosts(&self) -> &BTreeMap<String, u32> {
        &self.hosts
    }
}

/// The first folder, if the page is not directly in the root; and the path, if a query follows.
fn prefixes(address: &Address) -> [Option<u64>; 2] {
    let (origin, path) = (address.origin(), address.path());
    let key = |prefix: &str| hash::keyed(hash::keyed(0, origin.as_bytes()), prefix.as_bytes());
    let folder = path[1..].find('/').map(|end| key(&path[..end + 2]));
    let has_query = address.target().len() > path.len();
    [folder, has_query.then(|| key(&alloc::format!("{path}?")))]
}

/// How often the most frequent segment stands in a path.
fn most_repeats(path: &str) -> usize {
    let mut counts = BTreeMap::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        *counts.entry(segment).or_insert(0) += 1;
    }
    counts.into_values().max().unwrap_or(0)
}
