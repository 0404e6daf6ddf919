//! What the page *Ids* says.

use super::Word;
use crate::page::ids::view::{Lane, Sums};
use ennead::ids::{ClockPolicy, Scheme, Variant};

/// The words.
pub(crate) struct Ids {
    pub(crate) title: Word,
    pub(crate) scheme: Word,
    pub(crate) how_many: Word,
    pub(crate) give: Word,
    pub(crate) give_all: Word,
    pub(crate) jump: Word,
    pub(crate) stage: Word,
    pub(crate) none_yet: Word,
    pub(crate) given_at: Word,
    pub(crate) clocks: Word,
    pub(crate) clocks_how: Word,
    pub(crate) generator: Word,
    pub(crate) given: Word,
    pub(crate) repeated: Word,
    pub(crate) without: Word,
    pub(crate) try_this: Word,
    pub(crate) sentence: fn(&Sums) -> String,
    pub(crate) told: fn(&Lane) -> String,
    pub(crate) variant: fn(Variant) -> Word,
    pub(crate) scheme_name: fn(Scheme) -> Word,
    /// Length, rate and what fails when.
    pub(crate) promise: fn(Scheme) -> Word,
    pub(crate) field: fn(&'static str) -> Word,
    pub(crate) bits: fn(u8) -> String,
    /// What a generator does when its clock goes back; none trusts it.
    pub(crate) policy: fn(Option<ClockPolicy>) -> Word,
}
