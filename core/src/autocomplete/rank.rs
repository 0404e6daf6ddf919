//! The order of suggestions, and lists of the first few in it.

use super::query::{MAX_TOP, show};
use alloc::string::String;
use core::cmp::Ordering;
use serde::{Deserialize, Serialize};

/// A query and how often it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The query as people read it.
    pub query: String,
    /// How often, after decay, rounded down.
    pub count: u64,
}

/// A key with its score, while the best are chosen. The greater is the better: by score, then the key that
/// sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its weighted count.
    pub score: u64,
}

impl Ranked<'_> {
    /// For people, with a count of `score` over `weight`.
    #[must_use]
    pub fn shown(&self, shift: u32) -> Suggestion {
        Suggestion { query: show(self.key), count: self.score.checked_shr(shift).unwrap_or(0) }
    }
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.cmp(&other.score).then_with(|| other.key.cmp(self.key))
    }
}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The numbers of the best entries, best first: [`MAX_TOP`] at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Top {
    length: u8,
    entries: [u32; MAX_TOP],
}

impl Top {
    pub(super) const EMPTY: Self = Self { length: 0, entries: [0; MAX_TOP] };

    pub(super) fn entries(&self) -> &[u32] {
        &self.entries[..usize::from(self.length)]
    }

    /// Takes `entry` in if it belongs there; if it is there already, moves it to where it belongs now. A score
    /// may only have risen since the entry came in. `is_better(a, b)` is a strict total order.
    pub(super) fn offer(&mut self, entry: u32, is_better: impl Fn(u32, u32) -> bool) {
        let mut at = match self.entries().iter().position(|&other| other == entry) {
            Some(at) => at,
            None if usize::from(self.length) < MAX_TOP => {
                self.length += 1;
                usize::from(self.length) - 1
            }
            None if is_better(entry, self.entries[MAX_TOP - 1]) => MAX_TOP - 1,
            None => return,
        };
        while at > 0 && is_better(entry, self.entries[at - 1]) {
            self.entries[at] = self.entries[at - 1];
            at -= 1;
        }
        self.entries[at] = entry;
    }
}
