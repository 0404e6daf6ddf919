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
//!
//! # Sources
//! Heydon and Najork, "Mercator: a scalable, extensible web crawler" (1999); Cho and Garcia-Molina,
//! "The evolution of the web and implications for an incremental crawler" (2000); RFC 9309 (robots),
//! RFC 3986 and the WHATWG URL and HTML standards; and those of [`crate::sketch`].

mod address;
mod error;
mod extract;
mod filter;
mod freshness;
mod frontier;
mod html;
mod polite;
mod robots;
mod seen;
#[cfg(test)]
mod tests;
mod traps;

pub use address::{Address, MAX_ADDRESS};
pub use error::AddressError;
pub use extract::{MAX_BODY, MAX_LINK_BYTES, MAX_LINKS, MAX_TEXT, MAX_TITLE, Page, extract};
pub use filter::{Filter, Kind, MAX_FILTERS, Refusal};
pub use freshness::Revisit;
pub use frontier::{Ended, Entry, Frontier, Next, Order, Pace};
pub use polite::{FRONTS, MAX_BACKS, MAX_FAILURES};
pub use robots::{MAX_CRAWL_DELAY, MAX_ROBOTS, ROBOTS_KEPT, ROBOTS_REDIRECTS, Robots};
pub use seen::{Checksum, Likeness, SeenAddresses, SeenContents, checksum};
pub use traps::{Caps, Trap, Traps};
