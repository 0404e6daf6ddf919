//! What the page *Overview* says.

use super::Word;
use crate::page::overview::tally::{OverviewLook, State, System};

/// The words.
pub(crate) struct Overview {
    pub(crate) title: Word,
    pub(crate) stage: Word,
    pub(crate) how: Word,
    pub(crate) fault: [Word; 2],
    pub(crate) requests: Word,
    pub(crate) system: Word,
    pub(crate) answered: Word,
    pub(crate) refused_column: Word,
    pub(crate) last_by: Word,
    pub(crate) try_this: Word,
    pub(crate) sentence: fn(&OverviewLook) -> String,
    pub(crate) name: fn(System) -> Word,
    /// What a system has done so much of.
    pub(crate) things: fn(System) -> Word,
    pub(crate) state: fn(State) -> Word,
    pub(crate) copies: fn(u8) -> String,
    /// Seconds since the last answer.
    pub(crate) last_answer: fn(Option<&str>) -> String,
    pub(crate) refused: fn(u64) -> String,
}
