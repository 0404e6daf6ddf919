//! Why nothing is shortened or followed.

use super::{LENGTH, MAX_CANDIDATES, MAX_CODE, MAX_URL};
use crate::base::Wall;
use crate::port;
use alloc::string::String;

/// Why a request to the shortener is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An address that nobody should be led to.
    #[error(
        "the address {reason}: expected http:// or https://, a host, and at most {MAX_URL} bytes of visible ASCII"
    )]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An address of this shortener: it could lead in circles.
    #[error("the address leads back to {public_url}: shorten what it leads to")]
    Loop {
        /// The shortener's own address.
        public_url: String,
    },
    /// A code that cannot be wished for.
    #[error(
        "the code {got:?} cannot be had: expected 3 to {MAX_CODE} letters, digits, - and _, but not exactly {LENGTH} letters and digits, which are given by the service"
    )]
    Code {
        /// The code, at most its first 64 characters.
        got: String,
    },
    /// A code that is a word of the service's own addresses.
    #[error("the code {got:?} is a word of this service's own addresses: choose another")]
    Reserved {
        /// The code.
        got: String,
    },
    /// A code that another address has.
    #[error("the code {got:?} belongs to another link: choose another")]
    Taken {
        /// The code.
        got: String,
    },
    /// An end that has passed.
    #[error("expires_at {got} has passed: choose a later time, or none")]
    Expired {
        /// The end.
        got: Wall,
    },
    /// All candidates of a hash belong to other addresses.
    #[error(
        "{MAX_CANDIDATES} candidates of the hash are taken: use the counter, or wish for a code"
    )]
    Candidates,
    /// The counter has no codes left.
    #[error("all codes of {LENGTH} characters are given: wish for a code")]
    Exhausted,
    /// Nothing has this code.
    #[error("no link has the code {got:?}")]
    Unknown {
        /// The code, at most its first 64 characters.
        got: String,
    },
    /// The link has ended.
    #[error("the link ended at {at}")]
    Gone {
        /// When.
        at: Wall,
    },
    /// The store refused.
    #[error(transparent)]
    Port(#[from] port::Error),
}
