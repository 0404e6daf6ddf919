//! What the page *Store* says.

use super::{Term, Word};
use crate::page::store::sentence::Facts;

/// The words.
pub(crate) struct Store {
    pub(crate) title: Word,
    pub(crate) key: Word,
    pub(crate) value: Word,
    pub(crate) first_key: Word,
    pub(crate) first_value: Word,
    pub(crate) second_value: Word,
    pub(crate) put: Word,
    pub(crate) get: Word,
    pub(crate) delete: Word,
    pub(crate) put_twice: Word,
    pub(crate) put_twice_hint: Word,
    pub(crate) copies: Term,
    pub(crate) write: Term,
    pub(crate) read: Term,
    pub(crate) quorum: Term,
    pub(crate) strict: Word,
    pub(crate) sloppy: Word,
    pub(crate) stage: Word,
    pub(crate) marks: Word,
    pub(crate) cut_link: Word,
    pub(crate) not_stored: Word,
    pub(crate) deleted: Word,
    pub(crate) version: Term,
    pub(crate) belongs_to: Term,
    pub(crate) held_by: Word,
    pub(crate) nobody: Word,
    pub(crate) copies_differ: Word,
    pub(crate) copies_agree: Word,
    pub(crate) siblings: Term,
    pub(crate) keep: Word,
    pub(crate) take_key: Word,
    pub(crate) each_copy: Word,
    pub(crate) try_this: Word,
    pub(crate) sentence: fn(&Facts) -> String,
    pub(crate) stands_in: fn(&str, &str) -> String,
}
