//! What the page *Ring* says.

use super::{Term, Word};
use crate::page::ring::action::Fields;
use crate::page::ring::state::{Change, State, What};

/// The words.
pub(crate) struct Ring {
    pub(crate) title: Word,
    pub(crate) key: Word,
    pub(crate) first_key: Word,
    pub(crate) weight: Word,
    pub(crate) points: Term,
    pub(crate) join: Word,
    pub(crate) leave: fn(&str) -> String,
    pub(crate) reset: Word,
    pub(crate) servers: Word,
    pub(crate) server: Word,
    pub(crate) lighter: Word,
    pub(crate) heavier: Word,
    pub(crate) share: Term,
    pub(crate) of_fair: Term,
    pub(crate) keys_on_ring: Word,
    pub(crate) keys_by_modulo: Word,
    pub(crate) hash: Term,
    pub(crate) belongs_to: Term,
    pub(crate) next_servers: Term,
    pub(crate) by_modulo: Term,
    pub(crate) ring: Word,
    pub(crate) modulo: Word,
    pub(crate) moved: Term,
    pub(crate) least: Term,
    pub(crate) over_least: Term,
    pub(crate) earlier: Word,
    pub(crate) spread: Word,
    pub(crate) fair: Word,
    pub(crate) axis: Word,
    pub(crate) deviation: Term,
    pub(crate) expected: Term,
    pub(crate) peak: Term,
    pub(crate) a_key: Word,
    pub(crate) a_moved_key: Word,
    pub(crate) a_point: Word,
    pub(crate) circles: Word,
    /// In the middle, before anything was changed: two lines.
    pub(crate) nothing_yet: (Word, Word),
    pub(crate) moved_on_ring: Word,
    pub(crate) moved_by_modulo: Word,
    pub(crate) try_this: Word,
    /// A change back and a change on.
    pub(crate) back: Word,
    pub(crate) on: Word,
    /// After how many of how many changes the ring is shown.
    pub(crate) moment: fn(usize, usize) -> String,
    pub(crate) sentence: fn(&Fields) -> String,
    pub(crate) what: fn(&What) -> String,
    pub(crate) change: fn(&Change) -> String,
    /// The picture for those who do not see it.
    pub(crate) picture: fn(&State) -> String,
    pub(crate) keys_help: &'static [(&'static str, Word)],
}
