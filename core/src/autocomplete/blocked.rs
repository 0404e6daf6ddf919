//! Words that are never suggested.

use super::error::QueryError;
use super::query::{fold, show};
use alloc::collections::BTreeSet;
use alloc::string::String;

/// The most words and phrases that can be blocked.
pub const MAX_BLOCKED: usize = 10_000;
/// The most words of a blocked phrase.
pub const MAX_PHRASE: usize = 4;

/// Words, and phrases of up to [`MAX_PHRASE`] words, that keep every query they stand in from being suggested.
/// Such queries are counted all the same: a word may be blocked and freed at any time, and nodes that hear of it
/// at different times hold the same counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocked {
    phrases: BTreeSet<String>,
}

/// Why a phrase cannot be blocked. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Not a query at all.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Too many words.
    #[error("a phrase of {got} words, at most {MAX_PHRASE} are compared: block its rarest words")]
    Words {
        /// How many.
        got: u64,
    },
    /// Too many phrases.
    #[error("{MAX_BLOCKED} words are blocked already: free some first")]
    Full,
}

impl Blocked {
    /// Blocks a word or phrase; whether it was free before. O(log n).
    ///
    /// # Errors
    /// [`BlockError`].
    pub fn block(&mut self, phrase: &str) -> Result<bool, BlockError> {
        let key = fold(phrase)?;
        let words = key.split(' ').count();
        if words > MAX_PHRASE {
            return Err(BlockError::Words { got: words as u64 });
        }
        if self.phrases.len() >= MAX_BLOCKED && !self.phrases.contains(&key) {
            return Err(BlockError::Full);
        }
        Ok(self.phrases.insert(key))
    }

    /// Frees it again; whether it was blocked. O(log n).
    pub fn free(&mut self, phrase: &str) -> bool {
        fold(phrase).is_ok_and(|key| self.phrases.remove(&key))
    }

    /// What is blocked, as people read it, in order.
    pub fn phrases(&self) -> impl Iterator<Item = String> {
        self.phrases.iter().map(|key| show(key))
    }

    /// Whether nothing is blocked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Whether some run of whole words of `key` is blocked. O(words log n).
    #[must_use]
    pub fn hides(&self, key: &str) -> bool {
        if self.phrases.is_empty() {
            return false;
        }
        let starts = core::iter::once(0).chain(key.match_indices(' ').map(|(at, _)| at + 1));
        for start in starts {
            let rest = &key[start..];
            let ends = rest.match_indices(' ').map(|(at, _)| at).chain([rest.len()]);
            if ends.take(MAX_PHRASE).any(|end| self.phrases.contains(&rest[..end])) {
                return true;
            }
        }
        false
    }
}
