//! What a crawl is asked to do, and how far it has come.

use super::address::Address;
use super::error::PlanError;
use super::filter::{Filter, MAX_FILTERS};
use super::freshness::Revisit;
use super::frontier::{Order, Pace};
use super::traps::Caps;
use crate::base::Span;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The most seeds of a crawl.
pub const MAX_SEEDS: usize = 1_000;
/// The most pages of a crawl.
pub const MAX_PAGES: u64 = 200_000;
/// The most addresses that a crawl remembers; later ones are passed over, and counted.
pub const MAX_KNOWN: u64 = 1_000_000;
/// The most requests under way at once.
pub const MAX_PARALLEL: u8 = 64;

/// What a crawl is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Where it begins.
    pub seeds: Vec<Address>,
    /// How many pages it fetches at most.
    pub pages: u64,
    /// In which order.
    pub order: Order,
    /// How hosts are spared.
    pub pace: Pace,
    /// Guards against traps.
    pub caps: Caps,
    /// What it is confined to.
    pub filter: Filter,
    /// How it names itself to servers: a product token.
    pub agent: String,
    /// Requests under way at once, 1 to [`MAX_PARALLEL`].
    pub parallel: u8,
    /// When pages are visited again; none for once.
    pub revisit: Option<Revisit>,
}

impl Plan {
    /// A polite crawl from these seeds, confined to their hosts.
    #[must_use]
    pub fn new(seeds: Vec<Address>, pages: u64) -> Self {
        let mut domains: Vec<String> = seeds.iter().map(|seed| seed.host().into()).collect();
        domains.sort_unstable();
        domains.dedup();
        Self {
            seeds,
            pages,
            order: Order::default(),
            pace: Pace::default(),
            caps: Caps::default(),
            filter: Filter { domains, deny: Vec::new() },
            agent: String::from("ennead"),
            parallel: 16,
            revisit: None,
        }
    }

    /// Checks a plan that came from outside.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn check(&self) -> Result<(), PlanError> {
        let within = |what, got: u64, least: u64, most: u64| {
            let right = (least..=most).contains(&got);
            if right { Ok(()) } else { Err(PlanError::Range { what, got, least, most }) }
        };
        within("seeds", self.seeds.len() as u64, 1, MAX_SEEDS as u64)?;
        within("pages", self.pages, 1, MAX_PAGES)?;
        within("domains", self.filter.domains.len() as u64, 0, MAX_FILTERS as u64)?;
        within("denied prefixes", self.filter.deny.len() as u64, 0, MAX_FILTERS as u64)?;
        within("requests at once", self.parallel.into(), 1, MAX_PARALLEL.into())?;
        let delay = self.pace.delay.max(self.pace.most);
        within("milliseconds between requests", delay.as_millis(), 0, 3_600_000)?;
        if let Some(revisit) = &self.revisit {
            let least = revisit.least.min(revisit.first).as_millis();
            within("milliseconds between visits", least, 1_000, u64::MAX)?;
        }
        let is_token = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
        let is_agent = (1..=64).contains(&self.agent.len()) && self.agent.bytes().all(is_token);
        if is_agent { Ok(()) } else { Err(PlanError::Agent { got: self.agent.clone() }) }
    }
}

/// How far a crawl has come. Every address that was met is counted once in one of the fields from
/// `pages` to `waiting`, but for those that are under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Requests made since the crawl was last taken up, those for `robots.txt` included.
    pub requests: u64,
    /// Bytes of bodies that came.
    pub bytes: u64,
    /// Different addresses that passed the filter and the guards.
    pub known: u64,
    /// Pages fetched and read, copies included.
    pub pages: u64,
    /// Of these, the same bytes as an earlier one.
    pub copies: u64,
    /// Of these, nearly the same text as an earlier one.
    pub near_copies: u64,
    /// Of these, visits to pages that were known.
    pub revisits: u64,
    /// Addresses that led on to another.
    pub moved: u64,
    /// Addresses whose content is not read, by its type.
    pub unread: u64,
    /// Addresses that the server refuses (4xx).
    pub refused: u64,
    /// Addresses that failed as often as they were tried, or whose host was given up.
    pub failed: u64,
    /// Addresses that `robots.txt` forbids.
    pub disallowed: u64,
    /// Addresses that wait.
    pub waiting: u64,
    /// Links that the filter dropped.
    pub filtered: u64,
    /// Links that the guards against traps dropped.
    pub trapped: u64,
    /// Links dropped because [`MAX_KNOWN`] addresses are known.
    pub dropped: u64,
    /// The greatest depth of a page.
    pub depth: u16,
}

/// Where a crawl stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Nobody has taken it up yet, or whoever had it is gone.
    Waiting,
    /// It goes on.
    Running,
    /// Everything that it may fetch is fetched, or as many pages as it may.
    Finished,
    /// Somebody ended it; what it had come to stays.
    Cancelled,
}

/// A crawl as its last runner left it in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Where it stands.
    pub status: Status,
    /// How far it is.
    pub progress: Progress,
    /// How often it was taken up.
    pub runs: u64,
    /// How long it has run since it was last taken up.
    pub running: Span,
}
