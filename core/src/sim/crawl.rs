//! A crawl of a sandbox web on a virtual clock, without nodes and a store: to watch and to compare.
//!
//! ```
//! use ennead::base::{Instant, Span};
//! use ennead::crawler::{Order, Plan};
//! use ennead::sim::{SandboxCrawl, SandboxWeb};
//!
//! let web = SandboxWeb::from_seed(7, 5, 9);
//! let plan = Plan { order: Order::DepthFirst, ..Plan::new(web.seeds().to_vec(), 100) };
//! let mut crawl = SandboxCrawl::new(web, plan);
//! crawl.run_until(Instant::ZERO + Span::from_secs(60));
//! assert!(crawl.crawl().progress().pages > 5);
//! ```
//!
//! It is the [`Crawl`] that nodes carry out; only what is asked for is answered by the sandbox web,
//! and nothing is written down.

use super::web::{SandboxAnswer, SandboxWeb};
use crate::base::{Instant, Now, Span, Wall};
use crate::crawler::{Address, Crawl, Entry, Outcome, Plan, Task};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What has come of an address so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    /// Its page was fetched, so many steps from a seed.
    Page(u16),
    /// It led on.
    Moved,
    /// It was refused, is no page, or did not come.
    Nothing,
}

enum Job {
    Robots(Address),
    Page(Entry),
}

/// A request that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// For what.
    pub address: Address,
    /// When it began.
    pub began: Instant,
    /// When it will be answered.
    pub ends: Instant,
}

/// A crawl and its web.
pub struct SandboxCrawl {
    web: SandboxWeb,
    crawl: Crawl,
    now: Instant,
    /// By when it is answered, and a number.
    jobs: BTreeMap<(Instant, u64), (Job, Instant, SandboxAnswer)>,
    begun: u64,
    found: BTreeMap<String, Found>,
}

impl core::fmt::Debug for SandboxCrawl {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SandboxCrawl").field("now", &self.now).finish_non_exhaustive()
    }
}

impl SandboxCrawl {
    /// A crawl that begins at moment zero.
    #[must_use]
    pub fn new(web: SandboxWeb, plan: Plan) -> Self {
        Self {
            web,
            crawl: Crawl::new(plan, Instant::ZERO),
            now: Instant::ZERO,
            jobs: BTreeMap::new(),
            begun: 0,
            found: BTreeMap::new(),
        }
    }

    /// The crawl.
    #[must_use]
    pub const fn crawl(&self) -> &Crawl {
        &self.crawl
    }

    /// The web, with all requests.
    #[must_use]
    pub const fn web(&self) -> &SandboxWeb {
        &self.web
    }

    /// The moment reached.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// What came of addresses.
    #[must_use]
    pub const fn found(&self) -> &BTreeMap<String, Found> {
        &self.found
    }

    /// What is under way.
    #[must_use]
    pub fn under_way(&self) -> Vec<UnderWay> {
        let shown = |(&(ends, _), (job, began, _)): (&(Instant, u64), &(Job, Instant, _))| {
            let address = match job {
                Job::Robots(rules) => rules.clone(),
                Job::Page(entry) => entry.address.clone(),
            };
            UnderWay { address, began: *began, ends }
        };
        self.jobs.iter().map(shown).collect()
    }

    /// Goes on until a moment.
    pub fn run_until(&mut self, until: Instant) {
        loop {
            let wakes = self.begin_what_may();
            let answered = self.jobs.keys().next().map(|key| key.0);
            let Some(next) = answered.into_iter().chain(wakes).min().filter(|at| *at <= until)
            else {
                break;
            };
            self.now = self.now.max(next);
            while let Some(first) = self.jobs.first_entry().filter(|job| job.key().0 <= self.now) {
                let (job, began, answer) = first.remove();
                self.came(job, began, &answer);
            }
        }
        self.now = self.now.max(until);
    }

    fn now_of_both_clocks(&self) -> Now {
        let wall = Wall::from_millis(self.now.since(Instant::ZERO).as_millis());
        Now { instant: self.now, wall }
    }

    /// Begins as many requests as may; when the next one may, if that is known.
    fn begin_what_may(&mut self) -> Option<Instant> {
        while self.jobs.len() < usize::from(self.crawl.plan().parallel) {
            let (address, job) = match self.crawl.next(self.now_of_both_clocks()) {
                Task::Robots(rules) => (rules.clone(), Job::Robots(rules)),
                Task::Page(entry) => (entry.address.clone(), Job::Page(entry)),
                Task::At(at) => return Some(at),
                Task::Wait | Task::Finished => return None,
            };
            let (_, answer) = self.web.begin(&address, self.now);
            self.begun += 1;
            self.jobs.insert((self.now + answer.took, self.begun), (job, self.now, answer));
        }
        None
    }

    fn came(&mut self, job: Job, began: Instant, answer: &SandboxAnswer) {
        let (now, took): (Now, Span) = (self.now_of_both_clocks(), self.now.since(began));
        let fetched = answer.fetched.as_ref();
        match job {
            Job::Robots(rules) => self.crawl.robots_came(&rules, fetched, took, now),
            Job::Page(entry) => {
                let Some(arrived) = self.crawl.page_came(entry, fetched, took, now) else { return };
                let step = arrived.step;
                let found = match &step.outcome {
                    Outcome::Page { .. } => Found::Page(step.depth),
                    Outcome::Moved(_) => Found::Moved,
                    _ => Found::Nothing,
                };
                self.found.insert(step.address.to_string(), found);
                self.crawl.written(&step, now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crawler::{Filter, Order};

    fn crawled(order: Order, pages: u64) -> SandboxCrawl {
        let web = SandboxWeb::from_seed(7, 5, 9);
        let mut plan = Plan::new(web.seeds().to_vec(), pages);
        (plan.order, plan.filter, plan.caps.per_prefix) = (order, Filter::default(), 12);
        let mut crawl = SandboxCrawl::new(web, plan);
        crawl.run_until(Instant::ZERO + Span::from_secs(900));
        crawl
    }

    #[test]
    fn r9_1_every_order_ends_with_the_same_pages() {
        for order in [Order::DepthFirst, Order::BreadthFirst, Order::PoliteBreadthFirst] {
            let crawl = crawled(order, 1_000);
            let pages = crawl.found.iter().filter(|(_, found)| matches!(found, Found::Page(_)));
            let pages: Vec<&String> = pages.map(|(address, _)| address).collect();
            let expected = crawl.web.reachable(12);
            assert_eq!(pages, expected.iter().collect::<Vec<_>>(), "{order:?}");
            assert!(crawl.jobs.is_empty());
        }
    }

    #[test]
    fn r9_1_what_one_moment_shows_does_not_depend_on_the_steps_to_it() {
        let at = |steps: u64| {
            let web = SandboxWeb::from_seed(3, 5, 9);
            let plan = Plan::new(web.seeds().to_vec(), 100);
            let mut crawl = SandboxCrawl::new(web, plan);
            for step in 1..=steps {
                crawl.run_until(Instant::ZERO + Span::from_micros(30_000_000 * step / steps));
            }
            (crawl.found.clone(), crawl.under_way(), crawl.crawl.progress())
        };
        assert_eq!(at(1), at(777));
    }
}
