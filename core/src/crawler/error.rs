//! What can be wrong with an address, a plan or a crawl, in words.

use super::address::MAX_ADDRESS;
use crate::port;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Why an address is not one of a page that could be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AddressError {
    /// Too long.
    #[error("address of {got} bytes, at most {MAX_ADDRESS} are followed")]
    Length {
        /// Its bytes.
        got: u64,
    },
    /// Another scheme.
    #[error("the scheme is {got:?}, expected http or https")]
    Scheme {
        /// What stands before the colon.
        got: String,
    },
    /// A relative reference where there is nothing that it could be relative to.
    #[error("the address is relative, expected http:// or https:// and a host")]
    Relative,
    /// A host that is none.
    #[error("the host is {got:?}, expected a name or an address")]
    Host {
        /// What stands there.
        got: String,
    },
    /// A host in letters beyond ASCII, where no tables of Unicode are built in.
    #[error("the host is {got:?}: write it in ASCII (xn--...), as DNS knows it")]
    International {
        /// What stands there.
        got: String,
    },
    /// A port that is none.
    #[error("the port is {got:?}, expected a number up to 65535")]
    Port {
        /// What stands there.
        got: String,
    },
    /// A user name or a password.
    #[error("the address names a user: a crawler does not log in, leave out what is before the @")]
    Credentials,
}

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Too much or too little of something.
    #[error("{got} {what}, expected {least} to {most}")]
    Range {
        /// Of what.
        what: &'static str,
        /// How much.
        got: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A domain to stay in that is no host.
    #[error("the domain is {got:?}, expected a host such as example.com")]
    Domain {
        /// What was given.
        got: String,
    },
    /// A start of addresses that no address has.
    #[error("{got:?} is the start of no address, expected http:// or https://, a host and a path")]
    Denied {
        /// What was given.
        got: String,
    },
    /// A name that no `robots.txt` could speak of.
    #[error("the agent is {got:?}, expected 1 to 64 letters, - and _")]
    Agent {
        /// The name.
        got: String,
    },
}

/// Why the crawler did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrawlError {
    /// The plan is out of bounds; nothing was stored.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There are too many crawls.
    #[error("{limit} crawls are open, and no more are taken: wait until one has finished")]
    TooMany {
        /// The most.
        limit: u16,
    },
    /// There is no such crawl.
    #[error("there is no crawl {got:?}: POST /v1/crawls answers with the number of one")]
    Unknown {
        /// Its number, as it was given.
        got: String,
    },
    /// Pages cannot be kept.
    #[error(
        "the crawl stands still, since pages cannot be kept: {reason}. Mend that, and let it go on"
    )]
    Keep {
        /// What the host says.
        reason: String,
    },
    /// The store or the node.
    #[error(transparent)]
    Port(#[from] port::Error),
}
