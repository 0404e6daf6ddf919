//! What the page *Autocomplete* says.

use super::{Term, Word};
use crate::page::autocomplete::view::Facts;

/// The words.
pub(crate) struct Autocomplete {
    pub(crate) title: Word,
    pub(crate) typed: Word,
    pub(crate) first_typed: Word,
    pub(crate) search: Word,
    pub(crate) crowd: Word,
    pub(crate) rise: Word,
    pub(crate) stage: Word,
    pub(crate) root: Word,
    pub(crate) suggestions: Word,
    pub(crate) nothing: Word,
    pub(crate) nobody: Word,
    pub(crate) pick: Word,
    pub(crate) trie_node: Word,
    pub(crate) begin_so: Word,
    pub(crate) cached: Term,
    pub(crate) served_by: Word,
    pub(crate) queries: Word,
    pub(crate) batches: Term,
    pub(crate) snapshots: Term,
    pub(crate) answered: Word,
    pub(crate) try_this: Word,
    /// A letter of the trie, for readers who do not see it: it and its figure, and what is typed with it.
    pub(crate) letter: fn(&str, &str) -> String,
    /// No query goes on with a character.
    pub(crate) missing: fn(&str) -> String,
    pub(crate) sentence: fn(&Facts) -> String,
}
