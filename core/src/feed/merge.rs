//! Merging lists that are each in order.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

/// The first `limit` of all lists together, the greatest first, each once. The lists must each be in that
/// order. O(limit log lists).
///
/// ```
/// use ennead::feed::merge;
/// assert_eq!(merge(vec![vec![9, 5, 1], vec![8, 5], vec![]], 4), [9, 8, 5, 1]);
/// ```
#[must_use]
pub fn merge<T: Ord>(lists: Vec<Vec<T>>, limit: usize) -> Vec<T> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    // The next of each list, and which list it is of.
    let mut heads: BinaryHeap<(T, usize)> = lists
        .iter_mut()
        .enumerate()
        .filter_map(|(list, items)| Some((items.next()?, list)))
        .collect();
    let mut merged: Vec<T> = Vec::new();
    while merged.len() < limit
        && let Some((item, list)) = heads.pop()
    {
        heads.extend(lists[list].next().map(|next| (next, list)));
        if merged.last() != Some(&item) {
            merged.push(item);
        }
    }
    merged
}
