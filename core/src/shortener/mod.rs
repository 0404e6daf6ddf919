//! Chapter 8: a URL shortener.
//!
//! ```
//! use ennead::shortener::{HashFunction, Redirect, Wish, code_of_number, hash_candidates};
//!
//! // Base 62 of a dense counter, in an order that cannot be guessed without the key:
//! assert_eq!(code_of_number(1, 7).unwrap().len(), 7);
//! assert_ne!(code_of_number(1, 7), code_of_number(2, 7));
//! // Or the first seven digits of a hash; should another address have them, of the next candidate:
//! let url = "https://en.wikipedia.org/wiki/Systems_design";
//! let mut candidates = hash_candidates(HashFunction::Crc32, url);
//! assert_eq!(candidates.next().as_deref(), Some("5cb5405"));
//!
//! let wish = Wish::new(url).redirecting(Redirect::Permanent);
//! assert!(wish.check("https://sho.rt").is_ok());
//! ```
//!
//! # The flow
//! ```text
//! POST url -> refuse what is unsafe -> known? its code (200)
//!                                   -> a code: counter -> permutation -> base 62
//!                                              or hash -> filter -> table -> register, again if taken
//!                                              or the one that was wished for -> register
//!                                   -> register url -> code; if it holds another, that one (200)
//!                                   -> store code -> link (201)
//! GET code -> memory, else table    -> Location: the address, unchanged; 301 or 302
//! ```
//!
//! # Why two addresses never share a code
//! Codes fall into three kinds that no other can have: seven hexadecimal digits come from a hash,
//! seven other letters and digits from the counter, and whatever else is wished for. A number of the
//! counter is given once in the cluster (`crate::ids::LeasedCounter`), and the permutation keeps numbers
//! apart. Codes of the other two kinds are claimed by creating a register, which one writer alone can
//! do; whoever comes later finds the link of the first. So neither races nor lost messages nor a node that
//! dies half-way give a code to two addresses. A claim that dies before the link is in the table leads
//! nowhere, was not acknowledged, and is completed by whoever asks again.
//!
//! # Why an address never has two codes
//! Which code is an address's is decided by creating a register, too, so the first one stays, though nodes
//! race or die; a code that came second is not used. The table remembers what was asked for again, so that a known
//! address costs one read. (Codes that are wished for are beside that: they lead to an address that may
//! have another one, as may the same address led on in another way or until another moment.)
//!
//! # What stands where
//! | key | what |
//! | --- | --- |
//! | table `shortener/code/CODE`, sort key empty | the link |
//! | the same, sort key `clicks/DAY/NODE` | clicks of a day that a node has counted |
//! | register `shortener/url/SHA-1`, sort key of redirect and expiry | code and link of an address |
//! | table, the same key | the same, once it was asked for again |
//! | register `shortener/code/CODE` | the link that claimed the code (not for the counter's) |
//! | register `shortener/counter` | the dense counter, leased in ranges of [`RANGE`] |
//! | register `shortener/key` | the key of the permutation |
//!
//! # Limits
//! - The design load: 100 million new addresses a day (1,160/s), ten times as many reads (11,600/s),
//!   for 10 years: 365 G records of 100 bytes, 36.5 TB. 62^7 = 3.52 T codes, less the 16^7 of
//!   hashes, are enough 9 times over. Hashes have 268 M codes in all: at 10 M links, 1 candidate in 27
//!   is taken.
//! - Addresses up to [`MAX_URL`] bytes of visible ASCII, codes that are wished for 3 to
//!   [`MAX_CODE`] characters, [`MAX_CANDIDATES`] candidates of a hash.
//! - The bloom filter is a node's own and knows the codes it has met, up to [`FILTER_ITEMS`] at 1 %.
//! - Clicks are counted in memory and written about once a second, 32 rows at a time; a node that is killed loses
//!   those that it has not written, one that is stopped none. More than 16,384 codes of a day that wait are not counted.
//!   Of a 301 a browser asks once and then no more.
//!
//! # Sources
//! RFC 9110, sections 15.4.2 and 15.4.3, for 301 and 302; RFC 9111 for Cache-Control; RFC 3986
//! and the WHATWG URL Standard for addresses.

mod address;
mod clicks;
mod code;
mod error;
mod service;
#[cfg(test)]
mod tests;

pub use address::{MAX_URL, Origin, check_url};
pub use clicks::Day;
pub use code::{
    CODES, HashFunction, LENGTH, MAX_CANDIDATES, MAX_CODE, RESERVED, Scheme, check_wished,
    code_of_number, hash_candidates,
};
pub use error::Error;
pub use service::{Counters, FILTER_ITEMS, Options, RANGE, Shortened, Shortener, Stats};

use crate::base::{Span, Wall};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// How a browser is led on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Redirect {
    /// 301: for good. Browsers remember it, which saves requests.
    Permanent,
    /// 302: for now. Every click comes here and is counted.
    #[default]
    Temporary,
}

impl Redirect {
    /// Its status code.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Permanent => 301,
            Self::Temporary => 302,
        }
    }

    /// The redirect of a status code.
    #[must_use]
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            301 => Some(Self::Permanent),
            302 => Some(Self::Temporary),
            _ => None,
        }
    }
}

/// What a code leads to. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// When it was made.
    pub created: Wall,
    /// The number of the counter, if its code comes from there.
    pub id: Option<u64>,
    /// The address, as it came.
    pub url: String,
    /// How browsers are led on.
    pub redirect: Redirect,
    /// From when it leads nowhere.
    pub expires: Option<Wall>,
}

/// For how long browsers may remember a 301.
const REMEMBER: Span = Span::from_secs(24 * 60 * 60);

impl Link {
    /// Whether it leads nowhere any more.
    #[must_use]
    pub fn is_expired(&self, now: Wall) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// For how many seconds whoever is led on may remember it: none for a 302, whose clicks are
    /// counted; a day for a 301, so that a mistake does not stay for ever, and no longer than it lasts.
    #[must_use]
    pub fn max_age(&self, now: Wall) -> Option<u64> {
        let left = |expires: Wall| expires.as_millis().saturating_sub(now.as_millis());
        let left = self.expires.map_or(u64::MAX, left);
        let most = REMEMBER.as_millis().min(left) / 1_000;
        (self.redirect == Redirect::Permanent).then_some(most)
    }
}

/// What somebody wants shortened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The address.
    pub url: String,
    /// The code, if it is to be a certain one.
    pub code: Option<String>,
    /// How browsers are led on.
    pub redirect: Redirect,
    /// From when it leads nowhere.
    pub expires: Option<Wall>,
    /// Where the code comes from; none for the node's own choice.
    pub scheme: Option<Scheme>,
}

impl Wish {
    /// An address with any code, by 302, for ever.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let (code, redirect, expires, scheme) = (None, Redirect::default(), None, None);
        Self { url: String::from(url), code, redirect, expires, scheme }
    }

    /// The same with a certain code.
    #[must_use]
    pub fn coded(mut self, code: &str) -> Self {
        self.code = Some(String::from(code));
        self
    }

    /// The same with another redirect.
    #[must_use]
    pub const fn redirecting(mut self, redirect: Redirect) -> Self {
        self.redirect = redirect;
        self
    }

    /// The same with a code of a certain scheme.
    #[must_use]
    pub const fn by(mut self, scheme: Scheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// Whether it can be fulfilled by a shortener at `public_url`, as far as can be told from
    /// itself.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Loop`], [`Error::Code`], [`Error::Reserved`].
    pub fn check(&self, public_url: &str) -> Result<(), Error> {
        let origin = check_url(&self.url)?;
        if check_url(public_url).is_ok_and(|own| own == origin) {
            return Err(Error::Loop { public_url: String::from(public_url) });
        }
        self.code.as_deref().map_or(Ok(()), check_wished)
    }
}
