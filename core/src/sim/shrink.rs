//! Shrinking: of a long list that fails, a short one that still does.
//!
//! ```
//! // Of a thousand numbers the two that make it fail.
//! let fails = |list: &[u32]| Some(list.contains(&77) && list.contains(&700));
//! assert_eq!(ennead::sim::shrink((0..1_000).collect(), fails), [77, 700]);
//! ```
//!
//! # How it works
//! Half of the list is left out, then the other half; a quarter, then each other; and so on down to
//! single items. Whatever the list fails without stays out. Once single items have been tried and one of
//! them could be spared, all are tried again, since another may have been needed for it alone.
//!
//! # Limits
//! What is left is minimal only in that no single item can be spared: two that are needed for each other stay
//! unless they are left out together. Of n items of which k are needed it takes about k log n attempts, and at
//! worst n². Order is kept.
//!
//! # Sources
//! Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions on
//! Software Engineering 28(2), 2002: this is their *ddmin* as far as it reduces to complements.

use alloc::vec::Vec;

/// What is left of a list that fails, when nothing of it can be spared. `fails` says whether a part of it still
/// does; none ends the search, and what was found so far is given. The list itself is taken to fail.
pub fn shrink<T: Clone>(mut list: Vec<T>, mut fails: impl FnMut(&[T]) -> Option<bool>) -> Vec<T> {
    let mut size = list.len().div_ceil(2);
    while size > 0 {
        let (mut start, before) = (0, list.len());
        while start < list.len() {
            let end = start.saturating_add(size).min(list.len());
            let rest = [&list[..start], &list[end..]].concat();
            match fails(&rest) {
                None => return list,
                Some(true) => list = rest,
                Some(false) => start = end,
            }
        }
        size = match size {
            1 if list.len() == before => 0,
            size => (size / 2).max(1).min(list.len()),
        };
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_that_always_fails_shrinks_to_nothing() {
        assert_eq!(shrink(Vec::from([1, 2, 3]), |_| Some(true)), [0; 0]);
        assert_eq!(shrink(Vec::<u8>::new(), |_| Some(true)), [0; 0]);
    }

    #[test]
    fn a_list_of_which_all_is_needed_stays() {
        let list = Vec::from([1, 2, 3, 4, 5]);
        assert_eq!(shrink(list.clone(), |part| Some(part.len() == 5)), list);
    }

    #[test]
    fn what_only_another_item_needed_goes_with_it() {
        // 9 alone fails; 4 fails only with 5; of 4, 5 and 9 the first is tried first.
        let fails =
            |part: &[u8]| Some(part.contains(&9) || (part.contains(&4) && part.contains(&5)));
        assert_eq!(shrink((0..10).collect(), fails), [9]);
    }

    #[test]
    fn whoever_has_no_more_time_gets_what_was_found_so_far() {
        let mut attempts = 0;
        let left = shrink((0..64u8).collect(), |part| {
            attempts += 1;
            (attempts <= 3).then(|| part.contains(&5))
        });
        assert!(left.contains(&5) && left.len() < 64, "{left:?}");
        assert_eq!(attempts, 4);
    }

    proptest! {
        #[test]
        fn of_what_is_left_nothing_can_be_spared(
            needed in prop::collection::btree_set(0u16..500, 0..8), length in 500u16..800,
        ) {
            let mut attempts = 0u32;
            let left = shrink((0..length).collect(), |part| {
                attempts += 1;
                Some(needed.iter().all(|item| part.contains(item)))
            });
            prop_assert_eq!(left, needed.iter().copied().collect::<Vec<_>>());
            prop_assert!(attempts < 400, "{} attempts", attempts);
        }
    }
}
