//! What the page *Crawler* says.

use super::{Term, Word};
use crate::page::crawler::run::{CrawlLook, CrawlsLook, HostQueue, Mark};
use ennead::sim::Temper;

/// The words.
pub(crate) struct Crawler {
    pub(crate) title: Word,
    pub(crate) web: Word,
    pub(crate) what_web: Word,
    pub(crate) again: Word,
    pub(crate) inspect: Word,
    pub(crate) orders: [Term; 3],
    pub(crate) stage: Word,
    pub(crate) marks: Word,
    pub(crate) pages: Word,
    pub(crate) depth: Word,
    pub(crate) at_once: Word,
    pub(crate) a_second: Word,
    pub(crate) frontier: Term,
    pub(crate) fronts: Term,
    pub(crate) backs: Term,
    pub(crate) waiting: Word,
    pub(crate) sites: Word,
    pub(crate) figures: Word,
    pub(crate) requests: Word,
    pub(crate) copies: Term,
    pub(crate) moved: Word,
    pub(crate) refused: Word,
    pub(crate) disallowed: Term,
    pub(crate) failed: Word,
    pub(crate) trapped: Term,
    pub(crate) try_this: Word,
    pub(crate) keys_help: &'static [(&'static str, &'static str)],
    pub(crate) sentence: fn(&CrawlsLook) -> String,
    pub(crate) graph: fn(&str, &CrawlLook) -> String,
    pub(crate) mark: fn(Mark) -> Word,
    pub(crate) temper: fn(Temper) -> Word,
    pub(crate) hosts_resting: fn(usize, usize) -> String,
    pub(crate) host_line: fn(u64, u32, Option<&HostQueue>) -> String,
    pub(crate) days: fn(u32, u64) -> String,
}
