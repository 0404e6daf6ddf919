//! A queue of things to do at a moment, first in time first, and among equals first set first.
//!
//! ```
//! use ennead::base::{Instant, Timers};
//! let mut timers = Timers::new();
//! timers.set(Instant::from_micros(9), "late");
//! timers.set(Instant::from_micros(5), "soon");
//! assert_eq!(timers.next(), Some(Instant::from_micros(5)));
//! assert_eq!(timers.pop_due(Instant::from_micros(6)), Some("soon"));
//! assert_eq!(timers.pop_due(Instant::from_micros(6)), None);
//! ```
//!
//! Limits: O(log n) to set and to take. The order is total, so that a simulated world replays.

use super::time::Instant;
use alloc::collections::BinaryHeap;
use core::cmp::Ordering;

#[derive(Clone, Debug)]
struct Entry<T> {
    at: Instant,
    number: u64,
    what: T,
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives its greatest first; the earliest is wanted.
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}
impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl<T> Eq for Entry<T> {}

/// What is to be done, by moment.
#[derive(Clone, Debug)]
pub struct Timers<T> {
    heap: BinaryHeap<Entry<T>>,
    set: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Timers<T> {
    /// Nothing to do.
    #[must_use]
    pub const fn new() -> Self {
        Self { heap: BinaryHeap::new(), set: 0 }
    }

    /// Adds a thing to do at a moment.
    pub fn set(&mut self, at: Instant, what: T) {
        self.heap.push(Entry { at, number: self.set, what });
        self.set += 1;
    }

    /// When the next thing is due.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|entry| entry.at)
    }

    /// The next thing, and when it is due.
    #[must_use]
    pub fn peek(&self) -> Option<(Instant, &T)> {
        self.heap.peek().map(|entry| (entry.at, &entry.what))
    }

    /// Takes the next thing if it is due by `now`.
    pub fn pop_due(&mut self, now: Instant) -> Option<T> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|entry| entry.what)
    }

    /// How many things are to be done.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// All that is to be done, in no order that may matter.
    pub fn iter(&self) -> impl Iterator<Item = (Instant, &T)> {
        self.heap.iter().map(|entry| (entry.at, &entry.what))
    }
}
