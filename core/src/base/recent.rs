//! The last few of many: a queue of fixed capacity that forgets its oldest entry.
//!
//! ```
//! use ennead::base::Recent;
//! let mut recent = Recent::new(2);
//! recent.extend([1, 2, 3]);
//! assert_eq!(recent.iter().copied().collect::<Vec<_>>(), [2, 3]);
//! assert_eq!(recent.forgotten(), 1);
//! ```
//!
//! Limits: O(1) an entry; memory is that of `capacity` entries.

use alloc::collections::VecDeque;

/// The last `capacity` entries that were pushed.
#[derive(Clone, Debug)]
pub struct Recent<T> {
    entries: VecDeque<T>,
    capacity: usize,
    forgotten: u64,
}

impl<T> Recent<T> {
    /// Holds up to `capacity` entries, at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::new(), capacity: capacity.max(1), forgotten: 0 }
    }

    /// Adds an entry; the oldest goes if there is no room.
    pub fn push(&mut self, entry: T) {
        if self.entries.len() == self.capacity {
            self.entries.pop_front();
            self.forgotten += 1;
        }
        self.entries.push_back(entry);
    }

    /// From the oldest that is held to the newest.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.entries.iter()
    }

    /// How many are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many came and went. The first entry held is number `forgotten()` of all, from 0.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

impl<T> Extend<T> for Recent<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.push(entry));
    }
}
