//! Chapter 9: a web crawler.
//!
//! ```
//! use ennead::base::Instant;
//! use ennead::crawler::{Address, Entry, Frontier, Next, Order, Pace, Robots, SeenAddresses, extract};
//!
//! // One round by hand: an address from the frontier, its page, and where that leads.
//! let mut frontier = Frontier::new(Order::PoliteBreadthFirst, Pace::default());
//! let mut seen = SeenAddresses::new(1_000, 7);
//! let seed = Address::parse("http://a.example/").unwrap();
//! seen.insert(seed.as_str());
//! frontier.push(Entry::new(seed, 0));
//!
//! let Next::Fetch(entry) = frontier.next(Instant::ZERO) else { panic!() };
//! let page = extract(b"<a href='/b'>b</a> <a href='/'>here</a> <a href='/c/'>c</a>", &entry.address);
//! let robots = Robots::parse(b"User-agent: *\nDisallow: /c/");
//! for link in page.links {
//!     if robots.is_allowed("ennead", link.target()) && seen.insert(link.as_str()) {
//!         frontier.push(Entry::new(link, entry.depth + 1));
//!     }
//! }
//! assert_eq!(frontier.len(), 1); // only /b is both allowed and new
//! ```
//!
//! # What stands where
//! | file | what |
//! | --- | --- |
//! | `address.rs` | addresses in one normal form, relative ones made absolute |
//! | `frontier.rs`, `polite.rs` | which address is next: depth first, breadth first, or politely |
//! | `freshness.rs` | when a page is visited again |
//! | `robots.rs` | what a site asks of crawlers (RFC 9309) |
//! | `html.rs`, `extract.rs` | the parser: links, title, text of a page, however broken |
//! | `filter.rs`, `traps.rs` | what is not asked for; bounds against sites that never end |
//! | `seen.rs` | "URL seen?" and "content seen?" |
//! | `plan.rs` | what a crawl is asked to do, and how far it is |
//! | `crawl.rs` | one crawl as a machine: all of the above, put together |
//! | `fetch.rs` | the port to the web |
//! | `journal.rs` | what is in the table |
//! | `runner.rs` | a crawl being carried out, under a lease |
//! | `service.rs` | the crawler of a node: takes plans, takes up crawls without a runner |
//!
//! # The flow
//! [`Crawler::open`] writes a plan down; within seconds some node takes the crawl's lease and becomes
//! its runner. It asks [`Crawl`] what to do, and carries out up to [`Plan::parallel`] requests and
//! writes at once: the rules of a site, then its pages, one request a host at once. What comes of an
//! address is one [`Step`]: written to the table first, then applied, which is where links pass the
//! filter, "URL seen?" and the guards, and enter the frontier. Pages are compared by checksum and
//! simhash before they are kept. When a runner is lost, the next one applies all steps again and goes
//! on: what was under way (at most [`Plan::parallel`] pages) is fetched twice, and nothing is lost.
//! [`Crawler::cancel`] writes down that a crawl is to end: its runner looks for that once a second.
//!
//! # Limits
//! - A crawl remembers [`MAX_KNOWN`] addresses and fetches [`MAX_PAGES`] pages; a node carries out
//!   [`MAX_RUNNING`] crawls, a cluster keeps [`MAX_OPEN`] open. One node fetches all of a crawl.
//! - The notes' design load is 400 pages a second, 800 at the peak, of 500 kB each. Measured: `ennead
//!   crawl` fetched, kept and wrote down 630 pages of 7.5 kB a second from 200 hosts without pauses and
//!   520 a second with pauses of 200 ms (64 at once, a sync for each batch of steps), on two busy cores
//!   that also ran the sites. Pages of 500 kB were not tried.
//! - A page is read up to [`MAX_BODY`] bytes, [`MAX_LINKS`] links of it are followed; text that is not
//!   UTF-8 is read as if it were. Nodes keep no contents, only what came of each address;
//!   `ennead crawl` keeps pages as files.
//! - The journal is a partition of the table: about 0.3 kB a page and 60 bytes a link. Taking up a
//!   crawl reads all of it.
//! - A `robots.txt` that cannot be had after [`MAX_TRIES`] tries puts its site out of bounds. A lost
//!   runner is replaced [`TERM`] after its last sign, and asks each site for its rules again.
//!
//! # Sources
//! Heydon and Najork, "Mercator: a scalable, extensible web crawler" (1999); Cho and Garcia-Molina,
//! "The evolution of the web and implications for an incremental crawler" (2000); RFC 9309 (robots),
//! RFC 3986 and the WHATWG URL and HTML standards; and those of [`crate::sketch`].

mod address;
mod crawl;
mod error;
mod extract;
mod fetch;
mod filter;
mod freshness;
mod frontier;
mod html;
mod journal;
mod plan;
mod polite;
mod robots;
mod runner;
mod seen;
mod service;
#[cfg(test)]
mod tests;
mod traps;

pub use address::{Address, MAX_ADDRESS};
pub use crawl::{Arrived, Crawl, MAX_TRIES, Outcome, Step, Task};
pub use error::{AddressError, CrawlError, PlanError};
pub use extract::{MAX_BODY, MAX_LINK_BYTES, MAX_LINKS, MAX_TEXT, MAX_TITLE, Page, extract};
pub use fetch::{Fetch, FetchError, Fetched, Wanted};
pub use filter::{Filter, Kind, MAX_FILTERS, Refusal};
pub use freshness::Revisit;
pub use frontier::{Ended, Entry, Frontier, Next, Order, Pace};
pub use journal::{TERM, report_key};
pub use plan::{MAX_KNOWN, MAX_PAGES, MAX_PARALLEL, MAX_SEEDS, Plan, Progress, Report, Status};
pub use polite::{FRONTS, MAX_BACKS, MAX_FAILURES};
pub use robots::{MAX_CRAWL_DELAY, MAX_ROBOTS, ROBOTS_KEPT, ROBOTS_REDIRECTS, Robots};
pub use runner::{End, run};
pub use seen::{Checksum, Likeness, SeenAddresses, SeenContents, checksum};
pub use service::{Counters, CrawlView, Crawler, MAX_LISTED, MAX_OPEN, MAX_RUNNING};
pub use traps::{Caps, Trap, Traps};
