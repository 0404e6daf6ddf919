//! The crawler of one node: takes plans, and carries out crawls that have no runner.

use super::crawl::Step;
use super::error::CrawlError;
use super::fetch::Fetch;
use super::journal::Journal;
use super::plan::{Plan, Progress, Report, Status};
use super::runner::{self, End};
use crate::base::{Counted, Span};
use crate::port::{self, Lease, Ports};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::Poll;
use spin::Mutex;

/// The most crawls that are open in a cluster.
pub const MAX_OPEN: u16 = 100;
/// The most crawls that one node carries out at once.
pub const MAX_RUNNING: usize = 4;
/// The most crawls on a page of the list.
pub const MAX_LISTED: u16 = 100;
/// Between two looks for crawls without a runner.
const LOOK_EVERY: Span = Span::from_secs(2);

/// A crawl as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrawlView {
    /// Its number.
    pub number: String,
    /// What it was asked to do.
    pub plan: Plan,
    /// How far it is.
    pub report: Report,
}

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Crawls that it was asked for.
    pub opened: u64,
    /// Crawls that it took up.
    pub taken: u64,
    /// Of these, those that it finished.
    pub finished: u64,
    /// Of these, those that another node took from it.
    pub lost: u64,
    /// Crawls that it was told to end.
    pub cancelled: u64,
    /// Requests for pages and robots.txt files.
    pub requests: u64,
    /// Bytes of bodies that were read.
    pub bytes: u64,
}

impl Counters {
    /// All of them, by name.
    #[must_use]
    pub const fn named(&self) -> [Counted; 7] {
        [
            Counted::new("crawls_opened", "Crawls that this node was asked for", self.opened),
            Counted::new("crawls_taken", "Crawls that this node took up", self.taken),
            Counted::new("crawls_finished", "Crawls that this node finished", self.finished),
            Counted::new("crawls_lost", "Crawls that another node took from this one", self.lost),
            Counted::new(
                "crawls_cancelled",
                "Crawls that this node was told to end",
                self.cancelled,
            ),
            Counted::new(
                "crawl_requests",
                "Requests for pages and robots.txt files",
                self.requests,
            ),
            Counted::new("crawl_bytes", "Bytes of bodies that crawls read", self.bytes),
        ]
    }
}

/// The crawler of one node.
#[derive(Debug)]
pub struct Crawler<P> {
    ports: P,
    /// How far this node's runs are.
    running: Mutex<BTreeMap<String, Progress>>,
    /// The leases of crawls that others carry out, as they are watched.
    leases: Mutex<BTreeMap<String, Lease>>,
    counters: Mutex<Counters>,
}

impl<P: Ports + Fetch> Crawler<P> {
    /// A crawler that carries nothing out before [`Crawler::tend`].
    #[must_use]
    pub fn new(ports: P) -> Self {
        Self {
            ports,
            running: Mutex::default(),
            leases: Mutex::default(),
            counters: Mutex::default(),
        }
    }

    /// Takes a plan; the crawl's number. Some node begins with it within seconds.
    ///
    /// # Errors
    /// [`CrawlError`]; after one of the store the crawl may have been opened all the same.
    pub async fn open(&self, plan: &Plan) -> Result<String, CrawlError> {
        plan.check()?;
        if Journal::all_open(&self.ports, MAX_OPEN).await?.len() >= usize::from(MAX_OPEN) {
            return Err(CrawlError::TooMany { limit: MAX_OPEN });
        }
        let number = runner::number(self.ports.random());
        Journal::enlist(&self.ports, self.ports.now().wall, &number).await?;
        self.open_as(&number, plan).await?;
        Ok(number)
    }

    /// Writes a plan down under a number, in place of an earlier one: what was done by that stays. It is not
    /// among those that [`Crawler::list`] knows, and what was cancelled stays so.
    ///
    /// # Errors
    /// [`CrawlError`]; after one of the store the crawl may have been opened all the same.
    pub async fn open_as(&self, number: &str, plan: &Plan) -> Result<(), CrawlError> {
        plan.check()?;
        Journal::of(number).open(&self.ports, number, plan).await?;
        self.counters.lock().opened += 1;
        Ok(())
    }

    /// A page of what a crawl has done, oldest first, and where the page ended, for the next one.
    ///
    /// # Errors
    /// [`port::Error`].
    pub async fn steps(
        &self,
        number: &str,
        after: Option<Bytes>,
    ) -> Result<(Vec<Step>, Option<Bytes>), port::Error> {
        Journal::of(number).steps(&self.ports, after).await
    }

    /// How a crawl stands.
    ///
    /// # Errors
    /// [`CrawlError::Unknown`] if there is none of that number, or the store's.
    pub async fn look(&self, number: &str) -> Result<CrawlView, CrawlError> {
        let unknown = || CrawlError::Unknown { got: number.chars().take(64).collect() };
        let is_number = number.len() == 16 && number.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_number {
            return Err(unknown());
        }
        let journal = Journal::of(number);
        let plan = journal.plan(&self.ports).await?.ok_or_else(unknown)?;
        let mut report = journal.report(&self.ports).await?.unwrap_or(Report {
            status: Status::Waiting,
            progress: Progress::default(),
            runs: 0,
            running: Span::ZERO,
        });
        if report.status != Status::Finished && journal.is_cancelled(&self.ports).await? {
            report.status = Status::Cancelled;
        }
        Ok(CrawlView { number: String::from(number), plan, report })
    }

    /// Ends a crawl for good, unless it has finished; how it stands then. What it has come to stays. Its
    /// runner stops within about a second, or once it can read the table again.
    ///
    /// # Errors
    /// [`CrawlError::Unknown`] if there is none of that number, or the store's; asking again is safe.
    pub async fn cancel(&self, number: &str) -> Result<CrawlView, CrawlError> {
        let mut view = self.look(number).await?;
        match view.report.status {
            Status::Finished => return Ok(view),
            Status::Cancelled => {}
            Status::Waiting | Status::Running => {
                Journal::of(number).cancel(&self.ports).await?;
                self.counters.lock().cancelled += 1;
                view.report.status = Status::Cancelled;
            }
        }
        Journal::close(&self.ports, number).await?;
        Ok(view)
    }

    /// A page of all crawls that were ever opened, the latest first, at most [`MAX_LISTED`] of them, and
    /// where the page ended, for the next one.
    ///
    /// # Errors
    /// [`CrawlError`] of the store.
    pub async fn list(
        &self,
        after: Option<Bytes>,
        limit: u16,
    ) -> Result<(Vec<CrawlView>, Option<Bytes>), CrawlError> {
        let limit = limit.clamp(1, MAX_LISTED);
        let (numbers, next) = Journal::page_of_all(&self.ports, after, limit).await?;
        let mut views = Vec::new();
        for number in numbers {
            match self.look(&number).await {
                Ok(view) => views.push(view),
                Err(CrawlError::Unknown { .. }) => {} // whoever opened it got no further
                Err(error) => return Err(error),
            }
        }
        Ok((views, next))
    }

    /// Crawls that this node carries out, and how far they are.
    #[must_use]
    pub fn running(&self) -> BTreeMap<String, Progress> {
        self.running.lock().clone()
    }

    /// What it has counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        *self.counters.lock()
    }

    /// Carries out crawls that have no runner, as long as it is polled.
    pub async fn tend(&self) {
        // Nodes that start together look at different moments.
        let spread = Span::from_micros(self.ports.random() % LOOK_EVERY.as_micros());
        self.ports.sleep(spread).await;
        let holder = self.ports.random();
        let mut runs: Vec<Pin<Box<_>>> = Vec::new();
        loop {
            let mut open = Vec::new();
            // What cannot be read now is looked for again.
            if runs.len() < MAX_RUNNING
                && let Ok(found) = Journal::all_open(&self.ports, MAX_OPEN).await
            {
                self.leases.lock().retain(|number, _| found.contains(number));
                open = found;
            }
            let mut open = open.into_iter();
            let mut sleep = pin!(self.ports.sleep(LOOK_EVERY));
            let mut is_over = false;
            while !is_over {
                // A crawl that another node carries out leaves its place to the next within milliseconds.
                while runs.len() < MAX_RUNNING
                    && let Some(number) = open.next()
                {
                    let is_here = self.running.lock().contains_key(&number);
                    if !is_here {
                        self.running.lock().insert(number.clone(), Progress::default());
                        runs.push(Box::pin(self.tend_to(number, holder)));
                    }
                }
                is_over = poll_fn(|context| {
                    let before = runs.len();
                    runs.retain_mut(|run| run.as_mut().poll(context).is_pending());
                    let is_over = sleep.as_mut().poll(context).is_ready();
                    let is_room = runs.len() < before && open.len() > 0;
                    if is_over || is_room { Poll::Ready(is_over) } else { Poll::Pending }
                })
                .await;
            }
        }
    }

    /// Carries a crawl out, unless another node does.
    async fn tend_to(&self, number: String, holder: u64) {
        // Whatever goes wrong: the crawl is open, and will be taken up again.
        let _ = self.take_up(&number, holder).await;
        self.running.lock().remove(&number);
    }

    /// The plan of a crawl that is to be carried out; none if it was cancelled, or cannot be read for now.
    async fn to_carry_out(
        &self,
        journal: &Journal,
        number: &str,
    ) -> Result<Option<Plan>, CrawlError> {
        if journal.is_cancelled(&self.ports).await? {
            // Whoever cancelled it got no further.
            Journal::close(&self.ports, number).await?;
            return Ok(None);
        }
        Ok(journal.plan(&self.ports).await?)
    }

    /// Carries a crawl out as `holder`, a number that no two share; none if another does, as far as
    /// is known by now, or there is nothing to carry out.
    ///
    /// # Errors
    /// [`CrawlError`]; the crawl stays open.
    pub async fn take_up(&self, number: &str, holder: u64) -> Result<Option<End>, CrawlError> {
        let journal = Journal::of(number);
        let watched = self.leases.lock().remove(number);
        let mut lease = watched.map_or_else(|| journal.lease(), Ok)?;
        let taken = lease.take(&self.ports, holder).await;
        // Whether its holder is lost is found out by looking at it again.
        self.leases.lock().insert(String::from(number), lease);
        let Some(held) = taken? else { return Ok(None) };
        let plan = match self.to_carry_out(&journal, number).await {
            Ok(Some(plan)) => plan,
            other => {
                // Whoever can do more with it need not wait for a term to end.
                let _ = held.release(&self.ports).await;
                return other.map(|_| None);
            }
        };
        self.counters.lock().taken += 1;
        let mut told: Option<Progress> = None;
        let tell = |progress: &Progress| {
            self.running.lock().insert(String::from(number), *progress);
            // What is told first was done by earlier runners.
            let old = told.replace(*progress).unwrap_or(*progress);
            let mut counters = self.counters.lock();
            counters.requests += progress.requests.saturating_sub(old.requests);
            counters.bytes += progress.bytes.saturating_sub(old.bytes);
        };
        let end = runner::run(&self.ports, number, plan, held, tell).await?;
        match end {
            End::Finished => self.counters.lock().finished += 1,
            End::Lost => self.counters.lock().lost += 1,
            End::Cancelled => {}
        }
        Ok(Some(end))
    }
}
