//! Why an account is not made, opened or changed.

use super::{MAX_DEVICES, MAX_PASSWORD, MIN_PASSWORD};
use crate::base::Span;
use crate::port::{self, MAX_FRIENDS, UserId};
use crate::{ids, kv};
use alloc::string::String;

/// Why accounts refuse a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A name that nobody can have.
    #[error(
        "the name {got:?} cannot be had: expected 3 to 32 of a-z, 0-9, '_', '.' and '-', not digits alone"
    )]
    Name {
        /// The name, at most its first 64 characters.
        got: String,
    },
    /// A password of an impossible length.
    #[error("a password of {got} bytes: expected {MIN_PASSWORD} to {MAX_PASSWORD}")]
    Password {
        /// Its length in bytes.
        got: usize,
    },
    /// Something that a user says of itself and cannot be so.
    #[error("the {what} is not understood: expected {expected}")]
    Detail {
        /// Which detail.
        what: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A name that another user has.
    #[error("the name {name:?} is taken: choose another, or log in if it is yours")]
    Taken {
        /// The name.
        name: String,
    },
    /// Name and password are of no account.
    #[error("no user has this name and password")]
    Credentials,
    /// Too many tries.
    #[error("too many tries: try again in {wait}")]
    TooOften {
        /// After how long a try is taken again.
        wait: Span,
    },
    /// No session has this token: it never was, has ended, or was logged out.
    #[error("the token opens no session: log in")]
    Session,
    /// Nobody has this number or name.
    #[error("there is no user {got:?}")]
    Unknown {
        /// What was asked for, at most its first 64 characters.
        got: String,
    },
    /// Nobody has to do with oneself.
    #[error("user {user} is you: name somebody else")]
    Oneself {
        /// The user.
        user: UserId,
    },
    /// The asker has blocked the other.
    #[error("you have blocked user {user}: unblock first")]
    Blocked {
        /// The other.
        user: UserId,
    },
    /// The other has as many questions to answer as there may be, or has blocked the asker: which is not told.
    #[error("user {user} takes no more friend requests now")]
    Closed {
        /// The other.
        user: UserId,
    },
    /// One of the two has as many friends as there may be.
    #[error("user {user} has {MAX_FRIENDS} friends already: end a friendship first")]
    Friends {
        /// Who.
        user: UserId,
    },
    /// Too many friendships that wait for an answer.
    #[error("{got} people have not answered you yet: take some questions back first")]
    Asked {
        /// How many.
        got: usize,
    },
    /// Others keep changing the same.
    #[error("others keep changing the same: nothing was done. Try again")]
    Contended,
    /// Too many devices.
    #[error("{MAX_DEVICES} devices are registered: remove one first")]
    Devices,
    /// What is stored of an account cannot be read.
    #[error("what is stored of the account is damaged")]
    Damaged,
    /// No user number can be given.
    #[error(transparent)]
    Ids(#[from] ids::Error),
    /// The store refused.
    #[error(transparent)]
    Port(#[from] port::Error),
}

impl From<kv::Error> for Error {
    fn from(error: kv::Error) -> Self {
        Self::Port(error.into())
    }
}

impl Error {
    /// The same of a step that is not the first one.
    pub(super) fn begun(self) -> Self {
        match self {
            Self::Port(error) => Self::Port(error.begun()),
            other => other,
        }
    }
}
