//! What can be wrong with an address or a crawl, in words.

use super::address::MAX_ADDRESS;
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
