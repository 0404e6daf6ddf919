//! The sandbox web: sites, pages and links from a seed, for crawls in simulated worlds.
//!
//! ```
//! use ennead::sim::SandboxWeb;
//! let web = SandboxWeb::from_seed(7, 6, 20);
//! let seed = &web.seeds()[0];
//! assert_eq!(web.answer(seed, 0).fetched.unwrap().status, 200);
//! ```
//!
//! A directed graph of pages over sites, with what crawlers meet on the real one: `robots.txt` files
//! that forbid a folder or ask for pauses, redirects, pages that are gone, broken HTML, the same
//! page under two addresses and nearly the same one under a third, links that are none, files that
//! are no pages, a site that is slow, one that fails now and then, one that is always down, and an
//! endless calendar. It knows which pages can be reached and may be fetched, without any code of the
//! crawler's, and it remembers every request.

use crate::base::{Instant, Random, Ratio, Span};
use crate::crawler::{Address, FetchError, Fetched};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write;

/// How a site behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// As it should.
    Steady,
    /// It takes seconds to answer.
    Slow,
    /// One time in four it answers 503, but not twice in a row.
    Moody,
    /// It never answers.
    Down,
    /// It has a calendar that goes on for ever.
    Endless,
}

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Thing {
    Page {
        text: String,
        links: Vec<String>,
        is_broken: bool,
    },
    /// The same bytes wherever it stands.
    Same,
    Redirect(String),
    Gone,
    Picture,
}

#[derive(Clone, Debug)]
struct Site {
    temper: Temper,
    things: BTreeMap<String, Thing>,
    /// The pause that its `robots.txt` asks for, in seconds.
    pause: Option<u64>,
}

/// What a request met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxAnswer {
    /// The answer, or why there is none.
    pub fetched: Result<Fetched, FetchError>,
    /// How long it takes.
    pub took: Span,
}

/// A request that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// For what.
    pub address: Address,
    /// When it began.
    pub began: Instant,
    /// How long the server needs for it.
    pub took: Span,
    /// When whoever asked went away or had the answer; none while it waits.
    pub ended: Option<Instant>,
    /// Whether it is answered with success.
    pub is_good: bool,
}

/// A web of its own.
#[derive(Clone, Debug)]
pub struct SandboxWeb {
    sites: BTreeMap<String, Site>,
    seeds: Vec<Address>,
    visits: RefCell<Vec<Visit>>,
    kept: RefCell<BTreeSet<String>>,
}

/// The folder that `robots.txt` forbids on every site.
const FORBIDDEN: &str = "/private/";

impl SandboxWeb {
    /// The web of a seed: 1 to 26 sites of 1 to 1,000 pages.
    #[must_use]
    pub fn from_seed(seed: u64, sites: u8, pages: u16) -> Self {
        let random = &mut Random::new(seed ^ 0x7765_6221);
        let (sites, pages) = (sites.clamp(1, 26), pages.clamp(1, 1_000));
        let hosts: Vec<String> =
            (0..sites).map(|i| alloc::format!("{}.example", char::from(b'a' + i))).collect();
        let tempers = [Temper::Steady, Temper::Endless, Temper::Slow, Temper::Moody, Temper::Down];
        let mut web = Self {
            sites: BTreeMap::new(),
            seeds: Vec::new(),
            visits: RefCell::default(),
            kept: RefCell::default(),
        };
        for (i, host) in hosts.iter().enumerate() {
            // Every kind once, then steady ones.
            let temper = tempers.get(i).copied().unwrap_or(Temper::Steady);
            let pause = random.chance(Ratio::new(1, 5)).then(|| random.between(2, 4));
            let mut site = Site { temper, things: BTreeMap::new(), pause };
            for page in 0..pages {
                let path = Self::path(page, random);
                let thing = Self::thing(random, &hosts, host, pages, page);
                site.things.insert(path, thing);
            }
            web.sites.insert(host.clone(), site);
        }
        for host in hosts.iter().take(2) {
            web.seeds.extend(Address::parse(&alloc::format!("http://{host}/")));
        }
        web.link_pages(random, pages);
        web
    }

    fn path(page: u16, random: &mut Random) -> String {
        match page {
            0 => String::from("/"),
            _ if random.chance(Ratio::new(1, 12)) => alloc::format!("{FORBIDDEN}p{page}"),
            _ if page.is_multiple_of(3) => alloc::format!("/news/p{page}"),
            _ => alloc::format!("/p{page}"),
        }
    }

    fn thing(random: &mut Random, hosts: &[String], host: &str, pages: u16, page: u16) -> Thing {
        let text = |random: &mut Random| {
            let words = (0..120).map(|_| alloc::format!("w{}", random.below(4_000)));
            words.collect::<Vec<_>>().join(" ")
        };
        let page_of = |text| Thing::Page { text, links: Vec::new(), is_broken: false };
        if page == 0 {
            return page_of(text(random));
        }
        match random.below(20) {
            0 => Thing::Gone,
            1 => Thing::Redirect(alloc::format!("/p{}", random.below(u64::from(pages)))),
            2 => {
                let to = random.pick(hosts).map_or(host, String::as_str);
                Thing::Redirect(alloc::format!("http://{to}/"))
            }
            3 => Thing::Picture,
            // The same page on every site, and nearly the same one.
            4 => Thing::Same,
            5 => {
                let same = "these rules are nearly everywhere ".repeat(120);
                page_of(alloc::format!("{same} for {host} {page}"))
            }
            6 => Thing::Page { text: text(random), links: Vec::new(), is_broken: true },
            _ => page_of(text(random)),
        }
    }

    /// Draws the links, once all pages are there.
    fn link_pages(&mut self, random: &mut Random, pages: u16) {
        let all: Vec<String> = self.addresses();
        let hosts: Vec<String> = self.sites.keys().cloned().collect();
        for (host, site) in &mut self.sites {
            let own: Vec<String> = site.things.keys().cloned().collect();
            let temper = site.temper;
            for (path, thing) in &mut site.things {
                let Thing::Page { links, .. } = thing else { continue };
                let inner = random.between(1, 5 + u64::from(pages / 40));
                links.extend((0..inner).filter_map(|_| random.pick(&own).cloned()));
                if random.chance(Ratio::new(1, 2)) {
                    links.extend(random.pick(&all).cloned());
                }
                if path == "/" {
                    links.extend(
                        hosts
                            .iter()
                            .filter(|other| *other > host)
                            .take(2)
                            .map(|other| alloc::format!("http://{other}/")),
                    );
                    links
                        .extend(["mailto:me@a.example", "http://[", "style.css"].map(String::from));
                    if temper == Temper::Endless {
                        links.push(String::from("/calendar/0"));
                    }
                }
            }
        }
    }

    /// Where crawls begin: the first pages of the first sites.
    #[must_use]
    pub fn seeds(&self) -> &[Address] {
        &self.seeds
    }

    /// The hosts, and how each one behaves.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, Temper)> {
        self.sites.iter().map(|(host, site)| (host.as_str(), site.temper))
    }

    /// All addresses but the calendar's.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        let of = |(host, site): (&String, &Site)| {
            site.things.keys().map(|path| alloc::format!("http://{host}{path}")).collect::<Vec<_>>()
        };
        self.sites.iter().flat_map(of).collect()
    }

    /// Where a page leads, as a browser would go: what the page shows of the graph.
    #[must_use]
    pub fn links(&self, address: &str) -> Vec<String> {
        let Some((host, path)) = split(address) else { return Vec::new() };
        let absolute = |link: &String| match link.strip_prefix('/') {
            Some(_) => Some(alloc::format!("http://{host}{link}")),
            None => link.starts_with("http://").then(|| link.clone()),
        };
        match self.sites.get(host).and_then(|site| site.things.get(path)) {
            Some(Thing::Page { links, .. }) => links.iter().filter_map(absolute).collect(),
            Some(Thing::Redirect(to)) => absolute(to).into_iter().collect(),
            Some(Thing::Same) => Vec::from([alloc::format!("http://{host}/")]),
            _ => Vec::new(),
        }
    }

    /// The pages that a crawl from the seeds can reach and may fetch, those of hosts that fail now
    /// and then and the calendar's included up to `days`.
    #[must_use]
    pub fn reachable(&self, days: u32) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut met: BTreeSet<String> = self.seeds.iter().map(ToString::to_string).collect();
        let mut waiting: Vec<String> = met.iter().cloned().collect();
        while let Some(address) = waiting.pop() {
            let Some((host, path)) = split(&address) else { continue };
            let Some(site) = self.sites.get(host) else { continue };
            if site.temper == Temper::Down || path.starts_with(FORBIDDEN) {
                continue;
            }
            let day = path.strip_prefix("/calendar/").and_then(|day| day.parse::<u32>().ok());
            let links = match day {
                Some(day) if day < days => {
                    Vec::from([alloc::format!("http://{host}/calendar/{}", day + 1)])
                }
                _ => self.links(&address),
            };
            let is_page = day.is_some_and(|day| day < days)
                || matches!(site.things.get(path), Some(Thing::Page { .. } | Thing::Same));
            if is_page {
                found.insert(address);
            }
            for link in links {
                if met.insert(link.clone()) {
                    waiting.push(link);
                }
            }
        }
        found
    }

    /// What the `attempt`th request for an address meets: the same every time.
    #[must_use]
    pub fn answer(&self, address: &Address, attempt: u64) -> SandboxAnswer {
        let host = address.host().to_string();
        let Some(site) = self.sites.get(&host) else {
            let fetched = Err(FetchError::Unknown { host });
            return SandboxAnswer { fetched, took: Span::from_millis(30) };
        };
        let seed = crate::base::hash::keyed(attempt, address.as_str().as_bytes());
        let random = &mut Random::new(seed);
        let took = match site.temper {
            Temper::Slow => Span::from_millis(random.between(1_000, 3_000)),
            Temper::Down => Span::from_secs(5),
            _ => Span::from_millis(random.between(20, 200)),
        };
        let fetched = match site.temper {
            Temper::Down => Err(FetchError::Timeout { after: took }),
            // Never twice in a row, so that trying again helps.
            Temper::Moody if attempt.is_multiple_of(2) && random.chance(Ratio::new(1, 4)) => {
                Ok(answer(503, "text/plain", ""))
            }
            _ => Ok(site.answer(address)),
        };
        SandboxAnswer { fetched, took }
    }

    /// A request begins; its number, for [`SandboxWeb::end`], and what it meets.
    #[must_use]
    pub fn begin(&self, address: &Address, now: Instant) -> (usize, SandboxAnswer) {
        let mut visits = self.visits.borrow_mut();
        let attempt = visits.iter().filter(|visit| visit.address == *address).count();
        let answer = self.answer(address, attempt as u64);
        let is_good = answer.fetched.as_ref().is_ok_and(|fetched| fetched.status < 300);
        let (address, took) = (address.clone(), answer.took);
        visits.push(Visit { address, began: now, took, ended: None, is_good });
        (visits.len() - 1, answer)
    }

    /// Whoever made a request has the answer, or is gone.
    pub fn end(&self, number: usize, now: Instant) {
        if let Some(visit) = self.visits.borrow_mut().get_mut(number) {
            visit.ended = Some(now);
        }
    }

    /// A crawl keeps a page.
    pub fn keep(&self, address: &Address) {
        self.kept.borrow_mut().insert(address.to_string());
    }

    /// The pages that crawls have kept.
    #[must_use]
    pub fn kept(&self) -> BTreeSet<String> {
        self.kept.borrow().clone()
    }

    /// All requests so far, in the order of their beginnings.
    #[must_use]
    pub fn visits(&self) -> Vec<Visit> {
        self.visits.borrow().clone()
    }
}

impl Site {
    fn answer(&self, address: &Address) -> Fetched {
        let target = address.target();
        if target == "/robots.txt" {
            let mut text = alloc::format!("User-agent: *\nDisallow: {FORBIDDEN}\n");
            if let Some(pause) = self.pause {
                let _ = writeln!(text, "Crawl-delay: {pause}"); // writing to a string cannot fail
            }
            return answer(200, "text/plain", &text);
        }
        let day = target.strip_prefix("/calendar/").and_then(|day| day.parse::<u64>().ok());
        if let Some(day) = day.filter(|_| self.temper == Temper::Endless) {
            let next = alloc::format!("<p>Day {day}<a href='/calendar/{}'>next</a>", day + 1);
            return answer(200, "text/html", &next);
        }
        match self.things.get(target) {
            None | Some(Thing::Gone) => answer(404, "text/html", "<p>Gone"),
            Some(Thing::Same) => {
                let terms = "these terms are everywhere ".repeat(60);
                let html = alloc::format!("<title>Terms</title><a href=/>Home</a><p>{terms}");
                answer(200, "text/html", &html)
            }
            Some(Thing::Picture) => answer(200, "image/png", "\u{89}PNG"),
            Some(Thing::Redirect(to)) => {
                Fetched { location: Some(to.clone()), ..answer(301, "text/html", "") }
            }
            Some(Thing::Page { text, links, is_broken }) => {
                let mut html = alloc::format!("<!doctype html><title>{target}</title><p>{text}\n");
                for link in links {
                    let _ = write!(html, "<a href=\"{link}\">"); // writing to a string cannot fail
                    html += if *is_broken { "</b><table><!-->" } else { "more</a>\n" };
                }
                if *is_broken {
                    html += "<a href='";
                }
                answer(200, "text/html; charset=utf-8", &html)
            }
        }
    }
}

fn answer(status: u16, content_type: &str, body: &str) -> Fetched {
    Fetched {
        status,
        content_type: Some(String::from(content_type)),
        location: None,
        body: String::from(body).into_bytes().into(),
    }
}

/// Host and path of an address as this web writes them.
fn split(address: &str) -> Option<(&str, &str)> {
    let rest = address.strip_prefix("http://")?;
    let slash = rest.find('/')?;
    Some((&rest[..slash], &rest[slash..]))
}
