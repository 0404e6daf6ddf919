//! What the page *Shortener* says.

use super::{Term, Word};
use crate::page::shortener::view::Sums;
use ennead::shortener::Scheme;

/// The words.
pub(crate) struct Shortener {
    pub(crate) title: Word,
    pub(crate) url: Word,
    pub(crate) wished: Word,
    pub(crate) scheme: Word,
    pub(crate) redirect: Word,
    pub(crate) shorten: Word,
    pub(crate) follow: Word,
    pub(crate) stage: Word,
    pub(crate) none_yet: Word,
    pub(crate) asked: Word,
    pub(crate) coded: Word,
    pub(crate) stored: Word,
    pub(crate) led_on: Word,
    pub(crate) links: Word,
    pub(crate) code: Word,
    pub(crate) made_by: Word,
    pub(crate) made_at: Word,
    pub(crate) number: Term,
    pub(crate) belongs_to: Word,
    pub(crate) held_by: Word,
    pub(crate) counted: Word,
    pub(crate) made: Word,
    pub(crate) known: Word,
    pub(crate) followed: Word,
    pub(crate) remembered: Term,
    pub(crate) missed: Word,
    pub(crate) candidates: Word,
    pub(crate) collisions: Term,
    pub(crate) spared: Term,
    pub(crate) try_this: Word,
    pub(crate) sentence: fn(&Sums) -> String,
    pub(crate) scheme_name: fn(Scheme) -> Word,
    pub(crate) by_counter: fn(u64, &str) -> String,
    pub(crate) by_claim: fn(&str) -> String,
}
