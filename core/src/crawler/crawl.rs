//! One crawl, as a machine without I/O: what to ask next, and what an answer leads to.
//!
//! [`Crawl::next`] says what to do; whoever does it hands in what came, and gets a [`Step`] to write
//! down and then to [`apply`](Crawl::apply). The steps are all that needs to be kept: a new crawl to
//! which they are applied again knows what the old one knew, and whatever had been begun and not
//! written down is begun again.

use super::address::Address;
use super::extract::extract;
use super::fetch::{FetchError, Fetched};
use super::filter::Kind;
use super::frontier::{Ended, Entry, Frontier, Next};
use super::plan::{MAX_KNOWN, Plan, Progress};
use super::robots::{ROBOTS_KEPT, Robots};
use super::seen::{Checksum, Likeness, SeenAddresses, SeenContents, checksum};
use super::traps::Traps;
use crate::base::{Instant, Now, Span, Wall};
use crate::sketch::simhash;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How often a page, or a `robots.txt`, is tried that does not come.
pub const MAX_TRIES: u8 = 3;
/// The fewest bytes of text that are compared with other pages' texts: less says too little.
const MIN_TEXT: usize = 200;
/// How many sites' rules are kept at once.
pub(super) const MAX_SITES: usize = 4_096;
/// Bytes of rules that are kept at once, apart from those of the last sites.
const MAX_RULES: usize = 32 << 20;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Ask for the rules of a site, at this address, and hand them to [`Crawl::robots_came`].
    Robots(Address),
    /// Fetch a page and hand it to [`Crawl::page_came`].
    Page(Entry),
    /// Nothing before this moment.
    At(Instant),
    /// Nothing before something comes that is under way.
    Wait,
    /// Nothing any more.
    Finished,
}

/// What came of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Wall,
    /// Of what.
    pub address: Address,
    /// Its steps from a seed.
    pub depth: u16,
    /// What.
    pub outcome: Outcome,
}

/// How the visit of an address ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It is a page.
    Page {
        /// Bytes of its body.
        bytes: u64,
        /// Its title.
        title: String,
        /// In short, its bytes.
        checksum: Checksum,
        /// In short, its text, if it has enough of it.
        simhash: Option<u64>,
        /// Where it leads.
        links: Vec<Address>,
    },
    /// It leads on to another address.
    Moved(Address),
    /// Its content is not read.
    Unread,
    /// The server refuses it with this status.
    Refused(u16),
    /// It did not come.
    Failed(String),
}

/// What is to be written down, and kept beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The step.
    pub step: Step,
    /// What kind of page is to be kept: none for copies, and for pages that ask not to be.
    pub keep: Option<Kind>,
}

/// A page that is visited again.
#[derive(Clone, Copy, Debug)]
struct Visit {
    /// How many there were.
    count: u32,
    interval: Span,
    content: Checksum,
}

/// A site's rules, or that they are being asked for.
#[derive(Clone, Debug)]
struct Site {
    robots: Option<Robots>,
    /// How often they did not come.
    failures: u8,
    until: Instant,
}

/// A crawl under way.
#[derive(Clone, Debug)]
pub struct Crawl {
    plan: Plan,
    frontier: Frontier,
    seen: SeenAddresses,
    done: BTreeSet<Checksum>,
    contents: SeenContents,
    traps: Traps,
    visits: BTreeMap<Checksum, Visit>,
    sites: BTreeMap<String, Site>,
    progress: Progress,
    /// Requests and writes that are under way.
    open: u64,
}

impl Crawl {
    /// A crawl that begins, or that is taken up: then [`Crawl::apply`] what was written down before
    /// anything else. No host is asked before `quiet_until`, as another may have asked it just now.
    #[must_use]
    pub fn new(plan: Plan, quiet_until: Instant) -> Self {
        let known = (plan.pages * 10).min(MAX_KNOWN);
        let mut crawl = Self {
            frontier: Frontier::quiet_until(plan.order, plan.pace, quiet_until),
            seen: SeenAddresses::new(known, 0),
            done: BTreeSet::new(),
            contents: SeenContents::new(),
            traps: Traps::default(),
            visits: BTreeMap::new(),
            sites: BTreeMap::new(),
            progress: Progress::default(),
            open: 0,
            plan,
        };
        for seed in crawl.plan.seeds.clone() {
            crawl.admit(seed, 0);
        }
        crawl
    }

    /// What it was asked to do.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { waiting: self.frontier.len() as u64, ..self.progress }
    }

    /// What waits, and which hosts rest.
    #[must_use]
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Whether an address was met.
    #[must_use]
    pub fn knows(&self, address: &Address) -> bool {
        self.seen.contains(address.as_str())
    }

    /// Takes an address if it passes all that is checked before it is asked for.
    fn admit(&mut self, address: Address, depth: u16) {
        if self.plan.filter.check(&address).is_err() {
            self.progress.filtered += 1;
            return;
        }
        if self.seen.contains(address.as_str()) {
            return;
        }
        if self.seen.len() >= MAX_KNOWN {
            self.progress.dropped += 1;
            return;
        }
        if self.traps.admit(&self.plan.caps, &address, depth).is_err() {
            self.progress.trapped += 1;
            return;
        }
        self.seen.insert(address.as_str());
        self.progress.known += 1;
        if !self.frontier.push(Entry::new(address, depth)) {
            self.progress.failed += 1;
        }
    }

    /// What to do next. Whatever is to be asked for counts as under way from now on.
    pub fn next(&mut self, now: Now) -> Task {
        loop {
            if self.progress.pages + self.open >= self.plan.pages {
                return if self.open > 0 { Task::Wait } else { Task::Finished };
            }
            let entry = match self.frontier.next(now.instant) {
                Next::Fetch(entry) => entry,
                Next::At(at) => return Task::At(at),
                Next::Empty if self.open == 0 => return Task::Finished,
                Next::Wait | Next::Empty => return Task::Wait,
            };
            let key = checksum(entry.address.as_str().as_bytes());
            let host = String::from(entry.address.host());
            let visits = self.visits.get(&key).map_or(0, |visit| visit.count);
            if self.done.contains(&key) && (visits == 0 || visits != entry.visits) {
                self.frontier.done(&host, now.instant, Ended::NotAsked);
                continue;
            }
            let site = self.sites.get(entry.address.origin());
            match site.filter(|site| site.until > now.instant || site.robots.is_none()) {
                Some(Site { robots: Some(robots), .. }) => {
                    if robots.is_allowed(&self.plan.agent, entry.address.target()) {
                        self.open += 1;
                        self.progress.requests += 1;
                        return Task::Page(entry);
                    }
                    self.done.insert(key);
                    self.visits.remove(&key);
                    self.progress.disallowed += 1;
                    self.frontier.done(&host, now.instant, Ended::NotAsked);
                }
                // Its rules are on their way; only orders without politeness come here.
                Some(Site { robots: None, until, .. }) if *until > now.instant => {
                    self.frontier.put_back(entry);
                    return Task::Wait;
                }
                _ => {
                    let Ok(rules) = entry.address.at("/robots.txt") else { continue };
                    self.ask_site(entry.address.origin(), now.instant);
                    self.frontier.hold(entry);
                    return Task::Robots(rules);
                }
            }
        }
    }

    /// The rules of a site are about to be asked for.
    fn ask_site(&mut self, origin: &str, now: Instant) {
        self.open += 1;
        self.progress.requests += 1;
        if self.is_full_of_rules() {
            // Some that are out of date, or else all but those on their way, can be asked for again.
            self.sites.retain(|_, site| site.robots.is_none() || site.until > now);
            if self.is_full_of_rules() {
                self.sites.retain(|_, site| site.robots.is_none());
            }
        }
        let failures = self.sites.get(origin).map_or(0, |site| site.failures);
        let until = Instant::from_micros(u64::MAX);
        self.sites.insert(String::from(origin), Site { robots: None, failures, until });
    }

    fn is_full_of_rules(&self) -> bool {
        let bytes = self.sites.values().filter_map(|site| site.robots.as_ref()).map(Robots::bytes);
        self.sites.len() >= MAX_SITES || bytes.sum::<usize>() > MAX_RULES
    }

    /// The rules of a site have come, or not.
    pub fn robots_came(
        &mut self,
        rules: &Address,
        came: Result<&Fetched, &FetchError>,
        took: Span,
        now: Now,
    ) {
        self.open = self.open.saturating_sub(1);
        let status = came.ok().map(|fetched| fetched.status);
        let body = came.map_or(&[][..], |fetched| &fetched.body[..]);
        self.progress.bytes += body.len() as u64;
        let Some(site) = self.sites.get_mut(rules.origin()) else { return };
        // Whether the address is private is said of the page itself.
        let is_private = matches!(came, Err(FetchError::Private { .. }));
        let is_failure = !is_private && matches!(status, None | Some(429 | 500..));
        site.failures = if is_failure { site.failures.saturating_add(1) } else { 0 };
        if is_failure && site.failures < MAX_TRIES {
            site.until = Instant::ZERO; // to be asked again when the host has rested
        } else {
            let robots = match is_private {
                true => Robots::allow_all(),
                false => Robots::from_answer(status, body).for_agent(&self.plan.agent),
            };
            site.until = now.instant + ROBOTS_KEPT;
            site.robots = Some(robots);
        }
        let asked = site.robots.as_ref().and_then(|robots| robots.crawl_delay(&self.plan.agent));
        let ended = if is_failure { Ended::Failed } else { Ended::Answered { took, asked } };
        self.ended(rules.host(), now.instant, ended);
    }

    fn ended(&mut self, host: &str, now: Instant, ended: Ended) {
        self.progress.failed += self.frontier.done(host, now, ended).len() as u64;
    }

    /// A page has come, or not: what is to be written down, if it is not tried again.
    pub fn page_came(
        &mut self,
        mut entry: Entry,
        came: Result<&Fetched, &FetchError>,
        took: Span,
        now: Now,
    ) -> Option<Arrived> {
        let host = entry.address.host();
        let asked = self.sites.get(entry.address.origin()).and_then(|site| site.robots.as_ref());
        let asked = asked.and_then(|robots| robots.crawl_delay(&self.plan.agent));
        let reason = match came {
            Err(error) => Some(alloc::format!("{error}")),
            Ok(Fetched { status: status @ (429 | 500..), .. }) => {
                Some(alloc::format!("the server answers {status}"))
            }
            Ok(_) => None,
        };
        let ended = if reason.is_some() { Ended::Failed } else { Ended::Answered { took, asked } };
        self.progress.failed += self.frontier.done(host, now.instant, ended).len() as u64;
        let is_final = matches!(came, Err(FetchError::Private { .. }));
        entry.tries += 1;
        if reason.is_some() && entry.tries < MAX_TRIES && !is_final {
            self.open = self.open.saturating_sub(1);
            if self.frontier.is_given_up(entry.address.host()) {
                self.progress.failed += 1;
            } else {
                let rest = self.plan.pace.delay.max(Span::from_millis(100)) * (1 << entry.tries);
                self.frontier.push_at(entry, now.instant + rest);
            }
            return None;
        }
        let mut keep = None;
        let outcome = match (reason, came) {
            (Some(reason), _) => Outcome::Failed(reason),
            (None, Ok(fetched)) => self.read(&entry.address, fetched, &mut keep),
            (None, Err(error)) => Outcome::Failed(alloc::format!("{error}")),
        };
        let step = Step { at: now.wall, address: entry.address, depth: entry.depth, outcome };
        Some(Arrived { step, keep })
    }

    /// What an answer means.
    fn read(&self, at: &Address, fetched: &Fetched, keep: &mut Option<Kind>) -> Outcome {
        match fetched.status {
            200..=299 => {}
            300..=399 => {
                let to = fetched.location.as_ref().and_then(|location| at.join(location).ok());
                return to.map_or(Outcome::Refused(fetched.status), Outcome::Moved);
            }
            status => return Outcome::Refused(status),
        }
        let Some(kind) = Kind::of(fetched.content_type.as_deref()) else { return Outcome::Unread };
        let page = match kind {
            Kind::Html => extract(&fetched.body, at),
            Kind::Text => super::extract::plain(&fetched.body),
        };
        let simhash = (page.text.len() >= MIN_TEXT).then(|| simhash(&page.text));
        let checksum = checksum(&fetched.body);
        let is_new = self.contents.compare(checksum, simhash) == Likeness::New;
        *keep = (is_new && page.may_keep).then_some(kind);
        Outcome::Page {
            bytes: fetched.body.len() as u64,
            title: page.title,
            checksum,
            simhash,
            links: page.links,
        }
    }

    /// A step that [`Crawl::page_came`] gave has been written down.
    pub fn written(&mut self, step: &Step, now: Now) {
        self.open = self.open.saturating_sub(1);
        self.apply(step, now);
    }

    /// Takes what was written down: just now, or by an earlier run.
    pub fn apply(&mut self, step: &Step, now: Now) {
        if !self.knows(&step.address) {
            // What led here was written by a run that did not see the end of another's journal.
            self.seen.insert(step.address.as_str());
            self.progress.known += 1;
        }
        let key = checksum(step.address.as_str().as_bytes());
        let is_first = self.done.insert(key);
        let next = step.depth.saturating_add(1);
        match &step.outcome {
            Outcome::Page { bytes, checksum, simhash, links, .. } => {
                self.progress.pages += 1;
                self.progress.revisits += u64::from(!is_first);
                self.progress.bytes += bytes;
                self.progress.depth = self.progress.depth.max(step.depth);
                let has_changed =
                    self.visits.get(&key).is_some_and(|visit| visit.content != *checksum);
                if is_first || has_changed {
                    match self.contents.compare(*checksum, *simhash) {
                        Likeness::Same(_) => self.progress.copies += 1,
                        Likeness::Near(_) => self.progress.near_copies += 1,
                        Likeness::New => {
                            self.contents.insert(*checksum, *simhash, self.progress.pages);
                        }
                    }
                }
                self.plan_visit(step, key, *checksum, now);
                for link in links {
                    self.admit(link.clone(), next);
                }
            }
            Outcome::Moved(to) => {
                self.progress.moved += 1;
                self.admit(to.clone(), next);
            }
            Outcome::Unread => self.progress.unread += 1,
            Outcome::Refused(_) => self.progress.refused += 1,
            Outcome::Failed(_) => self.progress.failed += 1,
        }
        if !matches!(step.outcome, Outcome::Page { .. }) {
            self.visits.remove(&key);
        }
    }

    /// Says when a page is to be visited again, if pages are.
    fn plan_visit(&mut self, step: &Step, key: Checksum, content: Checksum, now: Now) {
        let Some(revisit) = self.plan.revisit else { return };
        let mut entry = Entry::new(step.address.clone(), step.depth);
        let (visits, interval) = match self.visits.get(&key) {
            None => (0, revisit.first(entry.priority)),
            Some(old) => {
                let has_changed = old.content != content;
                (old.count, revisit.next(old.interval, has_changed, entry.priority))
            }
        };
        entry.visits = visits.saturating_add(1);
        self.visits.insert(key, Visit { count: entry.visits, interval, content });
        let due = (step.at + interval).as_millis().saturating_sub(now.wall.as_millis());
        self.frontier.push_at(entry, now.instant + Span::from_millis(due));
    }
}
