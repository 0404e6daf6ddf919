//! The three crawls: run up to the moment that is shown, and what of them is to be seen.

use super::ORDERS;
use super::action::Fields;
use ennead::base::{Instant, Span};
use ennead::crawler::{Filter, Order, Pace, Plan, Progress};
use ennead::sim::{Found, SandboxCrawl, SandboxWeb, Temper};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Sites, and pages of each: as many as can be told apart.
const SITES: u8 = 6;
const PAGES: u16 = 9;
/// Days of the calendar that the guards let through.
const DAYS: u32 = 12;

/// The crawls, kept from one look to the next.
#[derive(Default)]
pub(crate) struct Crawls {
    /// Of which web and from when on they are.
    of: Option<(u64, u64)>,
    web: Rc<WebLook>,
    crawls: Vec<SandboxCrawl>,
    /// The web of a seed's world, once the cluster crawls it.
    pub(super) cluster: Option<(u64, Rc<WebLook>)>,
}

/// What of a page's address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nobody has led there yet.
    Unknown,
    /// It waits.
    Waiting,
    /// It is being fetched.
    UnderWay,
    /// It is fetched.
    Page,
    /// It leads on.
    Moved,
    /// It is forbidden, gone or no page.
    Nothing,
}

/// A host in the frontier.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HostQueue {
    pub(crate) host: String,
    /// Addresses that wait in its back queue.
    pub(crate) waiting: usize,
    /// For how many milliseconds it rests; none while it is being asked.
    pub(crate) rests: Option<u64>,
}

/// One crawl as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CrawlLook {
    pub(crate) order: Order,
    pub(crate) progress: Progress,
    /// For each address of the web, in order.
    pub(crate) marks: Vec<Mark>,
    /// Days of the calendar that were fetched.
    pub(crate) days: u32,
    /// Where requests are under way: numbers of addresses.
    pub(crate) asked: BTreeMap<String, u32>,
    /// The most requests that one host had within a second, and which one it was.
    pub(crate) busiest: (u64, String),
    /// The most requests to one host at one moment.
    pub(crate) at_once: u64,
    /// Front queues by priority.
    pub(crate) fronts: Vec<usize>,
    /// Back queues by host.
    pub(crate) backs: Vec<HostQueue>,
    /// Requests, by host.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Whether nothing is left to do.
    pub(crate) finished: bool,
}

/// A web as a directed graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WebLook {
    /// Hosts, and how each one behaves.
    pub(crate) hosts: Vec<(String, Temper)>,
    /// Addresses, in order, and the number of each one's host.
    pub(crate) addresses: Vec<(String, usize)>,
    /// Links between addresses, by their numbers.
    pub(crate) links: Vec<(usize, usize)>,
}

/// The web and the crawls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CrawlsLook {
    pub(crate) web: Rc<WebLook>,
    pub(crate) crawls: Vec<CrawlLook>,
    /// For how many microseconds they have been running.
    pub(crate) running: u64,
}

fn plan(web: &SandboxWeb, order: Order) -> Plan {
    let mut plan = Plan::new(web.seeds().to_vec(), 2_000);
    plan.order = order;
    plan.filter = Filter::default();
    plan.caps.per_prefix = DAYS;
    plan.parallel = 6;
    plan.pace = Pace { delay: Span::from_millis(250), factor: 2, most: Span::from_secs(5) };
    plan
}

impl Crawls {
    /// Runs them up to a moment of the world, in microseconds, and looks at them.
    pub(crate) fn look(&mut self, fields: &Fields, moment: u64) -> CrawlsLook {
        let running = moment.saturating_sub(fields.began);
        let until = Instant::from_micros(running);
        let of = Some((fields.seed(), fields.began));
        // Going back is beginning anew.
        if self.of != of || self.crawls.iter().any(|crawl| crawl.now() > until) {
            let web = SandboxWeb::from_seed(fields.seed(), SITES, PAGES);
            self.web = Rc::new(WebLook::of(&web));
            let begin = |order| SandboxCrawl::new(web.clone(), plan(&web, order));
            (self.of, self.crawls) = (of, ORDERS.map(begin).into());
        }
        for crawl in &mut self.crawls {
            crawl.run_until(until);
        }
        let crawls = self.crawls.iter().map(|crawl| look(crawl, &self.web.addresses)).collect();
        CrawlsLook { web: Rc::clone(&self.web), crawls, running }
    }
}

impl WebLook {
    /// The graph of a web. O(pages and links): looked at once.
    pub(super) fn of(web: &SandboxWeb) -> Self {
        let hosts: Vec<(String, Temper)> =
            web.hosts().map(|(host, temper)| (host.to_string(), temper)).collect();
        let host_of = |address: &str| {
            let host = address.strip_prefix("http://")?.split('/').next()?;
            hosts.iter().position(|(other, _)| other == host)
        };
        let addresses: Vec<(String, usize)> = web
            .addresses()
            .into_iter()
            .filter_map(|address| host_of(&address).map(|host| (address, host)))
            .collect();
        let number: BTreeMap<&str, usize> =
            addresses.iter().enumerate().map(|(i, (address, _))| (address.as_str(), i)).collect();
        let links: BTreeSet<(usize, usize)> = addresses
            .iter()
            .enumerate()
            .flat_map(|(from, (address, _))| {
                let to = web.links(address).into_iter().filter_map(|to| number.get(&*to).copied());
                to.filter(move |&to| to != from).map(move |to| (from, to)).collect::<Vec<_>>()
            })
            .collect();
        Self { links: links.into_iter().collect(), hosts, addresses }
    }
}

fn look(crawl: &SandboxCrawl, addresses: &[(String, usize)]) -> CrawlLook {
    let under_way = crawl.under_way();
    let now = crawl.now();
    let mark = |(address, _): &(String, usize)| {
        if under_way.iter().any(|asked| asked.address.as_str() == address) {
            return Mark::UnderWay;
        }
        match crawl.found().get(address) {
            Some(Found::Page(_)) => Mark::Page,
            Some(Found::Moved) => Mark::Moved,
            Some(Found::Nothing) => Mark::Nothing,
            None if address.contains("/private/") && is_known(crawl, address) => Mark::Nothing,
            None if is_known(crawl, address) => Mark::Waiting,
            None => Mark::Unknown,
        }
    };
    let mut asked = BTreeMap::new();
    for request in &under_way {
        *asked.entry(request.address.host().to_string()).or_insert(0) += 1;
    }
    let visits = crawl.web().visits();
    let (mut requests, mut busiest, mut at_once) = (BTreeMap::new(), (0, String::new()), 0);
    let mut by_host: BTreeMap<&str, Vec<(Instant, Instant)>> = BTreeMap::new();
    for visit in &visits {
        let host = visit.address.host();
        *requests.entry(host.to_string()).or_insert(0) += 1;
        by_host.entry(host).or_default().push((visit.began, visit.began + visit.took));
    }
    for (host, times) in by_host {
        for (i, &(began, _)) in times.iter().enumerate() {
            let second = times[i..].iter().take_while(|(b, _)| *b < began + Span::from_secs(1));
            let second = second.count() as u64;
            if second > busiest.0 {
                busiest = (second, host.to_string());
            }
            let open = times[..=i].iter().filter(|(_, ends)| *ends > began).count() as u64;
            at_once = at_once.max(open);
        }
    }
    let progress = crawl.crawl().progress();
    let frontier = crawl.crawl().frontier();
    let backs = frontier.backs().into_iter().map(|(host, waiting, until)| HostQueue {
        host: host.to_string(),
        waiting,
        rests: until.map(|until| until.since(now).as_millis()),
    });
    let days = crawl.found().keys().filter(|address| address.contains("/calendar/")).count();
    CrawlLook {
        order: crawl.crawl().plan().order,
        marks: addresses.iter().map(mark).collect(),
        days: u32::try_from(days).unwrap_or(u32::MAX),
        asked,
        busiest,
        at_once,
        fronts: frontier.fronts().into(),
        backs: backs.collect(),
        requests,
        finished: under_way.is_empty() && progress.waiting == 0 && progress.pages > 0,
        progress,
    }
}

fn is_known(crawl: &SandboxCrawl, address: &str) -> bool {
    ennead::crawler::Address::parse(address).is_ok_and(|address| crawl.crawl().knows(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r9_1_depth_first_goes_down_the_calendar_and_polite_alone_asks_one_thing_at_once() {
        let look = |seconds: u64| {
            let fields = Fields { began: 0, ..Fields::first() };
            Crawls::default().look(&fields, seconds * 1_000_000).crawls
        };
        let early = look(10);
        let [depth, breadth, polite] = early.as_slice() else { panic!("{early:?}") };
        assert!(depth.progress.depth > 3 * breadth.progress.depth, "{depth:?} {breadth:?}");
        assert!(polite.progress.pages > 2 * breadth.progress.pages, "{polite:?}");
        let late = look(30);
        assert!(late.iter().all(|crawl| crawl.finished));
        let pages: BTreeSet<u64> = late.iter().map(|crawl| crawl.progress.pages).collect();
        assert_eq!(pages.len(), 1, "the same web has the same pages: {pages:?}");
        let [depth, breadth, polite] = late.as_slice() else { panic!("{late:?}") };
        assert!(depth.at_once > 1 && breadth.at_once > 1 && polite.at_once == 1);
        assert!(depth.busiest.0 > 2 * polite.busiest.0 && breadth.busiest.0 > 2 * polite.busiest.0);
    }
}
