//! The downloader's port: where pages come from, and where what is kept of them goes.

use super::address::Address;
use super::filter::Kind;
use crate::base::Span;
use alloc::string::String;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The status, 100 to 599.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The header `Location`.
    pub location: Option<String>,
    /// The body, cut at [`super::MAX_BODY`] bytes.
    pub body: Bytes,
}

/// What is wanted of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A page: the body of another [`Kind`] of content need not be fetched.
    Page,
    /// A site's rules: `robots.txt` is read whatever type its server gives it.
    Rules,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum FetchError {
    /// The host is not to be asked.
    #[error(
        "{host} is at {at}, a private address: a crawl of the public web stays out of it. Say --allow-private to crawl machines of your own"
    )]
    Private {
        /// The host.
        host: String,
        /// Where it is.
        at: String,
    },
    /// Nobody knows the host.
    #[error("the name {host} has no address")]
    Unknown {
        /// The host.
        host: String,
    },
    /// The answer took too long.
    #[error("no whole answer within {after}")]
    Timeout {
        /// How long was waited.
        after: Span,
    },
    /// The connection was refused, or broke.
    #[error("the connection failed: {reason}")]
    Connection {
        /// In the system's words.
        reason: String,
    },
    /// This node fetches no pages.
    #[error("this node fetches no pages")]
    Unable,
}

/// The web, as a host gives it to a crawl.
#[allow(async_fn_in_trait)] // no bound is wanted: see `port`
pub trait Fetch {
    /// Asks once for a page. Redirects are answers, and are not followed here.
    ///
    /// # Errors
    /// [`FetchError`].
    async fn fetch(
        &self,
        address: &Address,
        agent: &str,
        wanted: Wanted,
    ) -> Result<Fetched, FetchError>;

    /// Keeps a page of a crawl. It may come twice, after a crawl was killed.
    ///
    /// # Errors
    /// What went wrong, in words; the crawl waits and tries again, and stops if it does not pass.
    async fn keep(
        &self,
        crawl: &str,
        address: &Address,
        kind: Kind,
        body: &Bytes,
    ) -> Result<(), String>;
}
