//! A crawl being carried out: one runner at a time, many requests at once.

use super::address::Address;
use super::crawl::{Arrived, Crawl, Step, Task};
use super::error::CrawlError;
use super::fetch::{Fetch, FetchError, Fetched, Wanted};
use super::filter::Kind;
use super::frontier::Entry;
use super::journal::Journal;
use super::plan::{Plan, Progress, Report, Status};
use super::robots::ROBOTS_REDIRECTS;
use crate::base::{Instant, Span, next_of};
use crate::port::{Held, Ports};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bytes::Bytes;

/// Between two reports.
const REPORT_EVERY: Span = Span::from_secs(1);
/// Between two renewals of the lease: a third of its term.
const RENEW_EVERY: Span = Span::from_secs(3);
/// Before a write that failed is tried again.
const RETRY_AFTER: Span = Span::from_millis(250);
/// How often a page is tried to be kept: for some five seconds.
const KEEP_TRIES: u32 = 20;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The crawl is finished.
    Finished,
    /// Somebody cancelled it.
    Cancelled,
    /// The lease was lost: another runner goes on, or will.
    Lost,
}

/// What a job does, and what came of it.
enum Job {
    Robots(Address),
    Page(Entry),
    Write { sequence: u64, arrived: Arrived, body: Bytes },
}

type Answer = Result<Fetched, FetchError>;

enum Came {
    Robots { rules: Address, answer: Answer, took: Span },
    Page { entry: Entry, answer: Answer, took: Span },
    Written(Step),
    Unkept { reason: String },
}

/// Carries a crawl out until it is finished or cancelled, or the lease is lost. Nothing is lost if the future is
/// dropped: whoever takes the crawl up goes on, and asks again only for what was under way.
/// `tell` hears of the progress once all that was done is known again, and after every step.
///
/// # Errors
/// [`CrawlError::Port`], if the journal cannot be read; [`CrawlError::Keep`], if pages cannot be kept.
pub async fn run<P: Ports + Fetch>(
    ports: &P,
    number: &str,
    plan: Plan,
    held: Held,
    tell: impl FnMut(&Progress),
) -> Result<End, CrawlError> {
    let mut lease = Lasting { held, renew_at: ports.now().instant + RENEW_EVERY };
    let end = go_on(ports, number, plan, &mut lease, tell).await;
    if !matches!(end, Ok(End::Lost)) {
        // Whatever ended it, the next one need not wait for a term to end; and if this fails, it waits.
        let _ = lease.held.release(ports).await;
    }
    end
}

async fn go_on<P: Ports + Fetch>(
    ports: &P,
    number: &str,
    plan: Plan,
    lease: &mut Lasting,
    mut tell: impl FnMut(&Progress),
) -> Result<End, CrawlError> {
    let journal = Journal::of(number);
    let fence = lease.held.fence();
    let began = ports.now().instant;
    let report = journal.report(ports).await?;
    // A crawl that was taken up may have asked any host a moment ago.
    let is_first = report.is_none() && fence == 1;
    let quiet = if is_first { Span::ZERO } else { plan.pace.delay };
    let mut crawl = Crawl::new(plan, began + quiet);
    let mut after = None;
    loop {
        let (steps, next) = journal.steps(ports, after).await?;
        let now = ports.now();
        steps.iter().for_each(|step| crawl.apply(step, now));
        after = next;
        if after.is_none() {
            break;
        }
        if !lease.keep(ports).await {
            return Ok(End::Lost);
        }
    }

    tell(&crawl.progress());
    let context = Context { ports, number, journal: &journal, fence };
    let agent = crawl.plan().agent.clone();
    let parallel = usize::from(crawl.plan().parallel);
    let mut jobs = Vec::new();
    let mut sequence = 0;
    let mut report_at = began;
    let report = |status, crawl: &Crawl, now: Instant| Report {
        status,
        progress: crawl.progress(),
        runs: context.fence,
        running: now.since(began),
    };
    loop {
        let now = ports.now();
        if now.instant >= report_at {
            if !lease.keep(ports).await {
                return Ok(End::Lost);
            }
            // What cannot be read now is looked for again.
            if journal.is_cancelled(ports).await.unwrap_or(false) {
                let report = report(Status::Cancelled, &crawl, now.instant);
                journal.write_report(ports, &report).await?;
                return Ok(End::Cancelled);
            }
            let report = report(Status::Running, &crawl, now.instant);
            // A report that is not written is made good by the next one.
            let _ = journal.write_report(ports, &report).await;
            report_at = ports.now().instant + REPORT_EVERY;
        }
        let now = ports.now();
        if !lease.held.is_valid(now.instant) {
            return Ok(End::Lost);
        }
        let mut until = report_at;
        while jobs.len() < parallel {
            let job = match crawl.next(now) {
                Task::Robots(rules) => Job::Robots(rules),
                Task::Page(entry) => Job::Page(entry),
                Task::At(at) => {
                    until = until.min(at);
                    break;
                }
                Task::Wait => break,
                Task::Finished => {
                    let report = report(Status::Finished, &crawl, now.instant);
                    journal.write_report(ports, &report).await?;
                    Journal::close(ports, number).await?;
                    return Ok(End::Finished);
                }
            };
            jobs.push(Box::pin(context.carry_out(job, &agent)));
        }
        let Some(came) = next_of(&mut jobs, ports.sleep(until.since(now.instant))).await else {
            continue;
        };
        let now = ports.now();
        match came {
            Came::Robots { rules, answer, took } => {
                crawl.robots_came(&rules, answer.as_ref(), took, now);
            }
            Came::Page { entry, answer, took } => {
                if let Some(arrived) = crawl.page_came(entry, answer.as_ref(), took, now) {
                    let body = answer.map(|fetched| fetched.body).unwrap_or_default();
                    let job = Job::Write { sequence, arrived, body };
                    sequence += 1;
                    jobs.push(Box::pin(context.carry_out(job, &agent)));
                }
            }
            Came::Written(step) => crawl.written(&step, now),
            Came::Unkept { reason } => return Err(CrawlError::Keep { reason }),
        }
        tell(&crawl.progress());
    }
}

/// A lease that is renewed in good time.
struct Lasting {
    held: Held,
    renew_at: Instant,
}

impl Lasting {
    /// Renews the lease when a third of its term is over; whether it may still be used.
    async fn keep<P: Ports>(&mut self, ports: &P) -> bool {
        let now = ports.now().instant;
        if now < self.renew_at {
            return true;
        }
        self.renew_at = now + RENEW_EVERY;
        match self.held.renew(ports).await {
            Ok(is_held) => is_held,
            // It lasts as long as before, at least.
            Err(_) => self.held.is_valid(ports.now().instant),
        }
    }
}

/// What all jobs of a run share.
struct Context<'a, P> {
    ports: &'a P,
    number: &'a str,
    journal: &'a Journal,
    fence: u64,
}

impl<P: Ports + Fetch> Context<'_, P> {
    async fn carry_out(&self, job: Job, agent: &str) -> Came {
        let began = self.ports.now().instant;
        let took = || self.ports.now().instant.since(began);
        match job {
            Job::Robots(rules) => {
                let answer = self.rules(&rules, agent).await;
                Came::Robots { rules, answer, took: took() }
            }
            Job::Page(entry) => {
                let answer = self.ports.fetch(&entry.address, agent, Wanted::Page).await;
                Came::Page { entry, answer, took: took() }
            }
            Job::Write { sequence, arrived, body } => {
                let Arrived { step, keep } = arrived;
                if let Some(kind) = keep
                    && let Err(reason) = self.keep(&step.address, kind, &body).await
                {
                    return Came::Unkept { reason };
                }
                let place = (self.fence, sequence);
                while self.journal.write_step(self.ports, place, &step).await.is_err() {
                    // Until the store takes it or the lease ends.
                    self.ports.sleep(RETRY_AFTER).await;
                }
                Came::Written(step)
            }
        }
    }

    async fn keep(&self, address: &Address, kind: Kind, body: &Bytes) -> Result<(), String> {
        let mut kept = self.ports.keep(self.number, address, kind, body).await;
        for _ in 1..KEEP_TRIES {
            if kept.is_ok() {
                break;
            }
            self.ports.sleep(RETRY_AFTER).await;
            kept = self.ports.keep(self.number, address, kind, body).await;
        }
        kept
    }

    /// The rules of a site, through redirects.
    async fn rules(&self, rules: &Address, agent: &str) -> Answer {
        let mut at = rules.clone();
        let mut answer = self.ports.fetch(&at, agent, Wanted::Rules).await?;
        for _ in 0..ROBOTS_REDIRECTS {
            let to = answer.location.as_ref().and_then(|location| at.join(location).ok());
            let Some(to) = to.filter(|_| (300..400).contains(&answer.status)) else { break };
            at = to;
            // Rules that cannot be had where they are said to be forbid the site, wherever that is.
            let came = self.ports.fetch(&at, agent, Wanted::Rules).await;
            answer = came.map_err(|error| FetchError::Connection { reason: error.to_string() })?;
        }
        Ok(answer)
    }
}

/// A crawl's number from chance: 16 hexadecimal digits.
pub(super) fn number(random: u64) -> String {
    alloc::format!("{random:016x}")
}
