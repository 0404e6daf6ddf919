//! What happened in a world, entry by entry. Pages turn entries into words.

use super::phone::PhoneNews;
use super::transition::{Fault, Transition};
use super::view::Mark;
use crate::base::Instant;
use crate::kv::{Answer, Error, Event, Key, RequestId};
use crate::ring::NodeId;
use crate::services::Answered;
use alloc::string::String;

/// How many of the last entries a world keeps.
pub(crate) const LENGTH: usize = 100_000;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number, from 0.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// At which node, if at one.
    pub node: Option<NodeId>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A node tells of its work.
    Node(Event),
    /// A person did something.
    Done(Transition),
    /// A person was answered.
    Answer {
        /// The number of the request.
        request: RequestId,
        /// The key.
        key: Key,
        /// What came of it.
        outcome: Result<Answer, Error>,
    },
    /// A service answered a person, or a client that asks steadily.
    Served {
        /// The number of the request.
        request: RequestId,
        /// Whether a client asked that asks steadily, and no person did.
        steady: bool,
        /// What came of it.
        answered: Answered,
    },
    /// Something happened to a phone.
    Phone {
        /// Its number.
        phone: u16,
        /// What.
        news: PhoneNews,
    },
    /// A person asked a node that does not run.
    Unanswered {
        /// The node.
        at: NodeId,
    },
    /// Something broke or was mended, by a person or by the seed.
    Fault(Fault),
    /// A message did not get through.
    Lost {
        /// From whom.
        from: NodeId,
        /// To whom.
        to: NodeId,
        /// What it was for.
        mark: Mark,
    },
    /// The check found something that must not happen.
    Violation(String),
}
