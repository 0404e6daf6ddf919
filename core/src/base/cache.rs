//! What was met last, in bounded memory.
//!
//! ```
//! use ennead::base::Cache;
//! let mut cache = Cache::new(2);
//! cache.put("a", 1);
//! cache.put("b", 2);
//! cache.put("c", 3); // a generation is full: it grows old
//! assert_eq!(cache.get("a"), Some(1)); // and what is met of it is young again
//! cache.put("d", 4);
//! assert_eq!(cache.get("b"), None);
//! ```
//!
//! Two generations stand for an order of use: what is met moves to the young one, and when that is full the old
//! one is forgotten. So at least the last `generation` entries are remembered, at most twice as many, and no call
//! has to keep a list in order.
//!
//! Limits: O(log entries) a call; forgetting a generation is one drop of all of it.

use alloc::collections::BTreeMap;
use core::borrow::Borrow;

/// A cache of two generations.
#[derive(Clone, Debug)]
pub struct Cache<K, V> {
    generation: usize,
    young: BTreeMap<K, V>,
    old: BTreeMap<K, V>,
}

impl<K: Ord, V: Clone> Cache<K, V> {
    /// Remembers the last `generation` entries that were met, at least one, and at most twice as many.
    #[must_use]
    pub const fn new(generation: usize) -> Self {
        let generation = if generation == 0 { 1 } else { generation };
        Self { generation, young: BTreeMap::new(), old: BTreeMap::new() }
    }

    /// What is remembered of a key.
    pub fn get<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.put(key, value.clone());
        Some(value)
    }

    /// The same for whoever only looks on: nothing moves.
    pub fn peek<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Remembers a value; what was remembered of the key is forgotten.
    pub fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.generation {
            self.old = core::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// Forgets a key.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// How many entries are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_met_is_remembered_and_the_rest_forgotten() {
        let mut cache = Cache::new(100);
        for i in 0..1_000 {
            cache.put(i, i);
            assert_eq!(cache.get(&0), Some(0), "it is met all the time");
            assert!(cache.len() <= 200);
        }
        assert_eq!((cache.get(&1), cache.get(&999)), (None, Some(999)));
        cache.remove(&999);
        cache.put(0, 5);
        assert_eq!((cache.get(&999), cache.get(&0)), (None, Some(5)));
    }
}
