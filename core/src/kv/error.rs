//! What can go wrong, in words: what was got, what was expected, what to do, and whether anything
//! changed.

use super::MAX_RECORD;
use super::key::{MAX_KEY, MAX_VALUE};
use super::version::{MAX_ACTORS, MAX_SIBLINGS};
use crate::base::Span;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Why a request was not answered with success. Unless it says otherwise, nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// A key that is empty or too long.
    #[error("key of {got} bytes: partition keys take 1 to {MAX_KEY}, sort keys up to {MAX_KEY}")]
    KeyLength {
        /// Bytes of the longer part.
        got: u64,
    },
    /// A value that is too long.
    #[error("value of {got} bytes, at most {MAX_VALUE} are stored: split it")]
    ValueLength {
        /// Its bytes.
        got: u64,
    },
    /// A context that this cluster did not give, or a damaged one.
    #[error(
        "the context was not given by this cluster (at most {MAX_ACTORS} actors, in order): read the key again and send the context of that answer"
    )]
    Context,
    /// Too many siblings.
    #[error(
        "the key has {MAX_SIBLINGS} siblings or {MAX_RECORD} bytes of them: read it, and write once with the context of that answer"
    )]
    Siblings,
    /// More copies than there are nodes, or none.
    #[error("n={got}, expected 1 to {nodes}, the number of nodes")]
    Copies {
        /// The copies asked for.
        got: u8,
        /// The nodes of the layout.
        nodes: u16,
    },
    /// A quorum larger than the copies, or of none.
    #[error("{which}={got}, expected 1 to {copies}, the number of copies n")]
    Quorum {
        /// `w` or `r`.
        which: char,
        /// The quorum asked for.
        got: u8,
        /// The copies.
        copies: u8,
    },
    /// Too few nodes are up to try.
    #[error(
        "refused: {healthy} of {needed} needed nodes are up; nothing was stored. Wait for nodes to return, ask for a smaller quorum, or allow stand-ins (sloppy)"
    )]
    Unreachable {
        /// Nodes that could answer.
        healthy: u8,
        /// Nodes that must.
        needed: u8,
    },
    /// Too few answers in time.
    #[error(
        "refused: {got} of {needed} acknowledgements within {after}; a write may have happened. Read the key, or write it again"
    )]
    Timeout {
        /// Answers that came.
        got: u8,
        /// Answers needed.
        needed: u8,
        /// How long was waited.
        after: Span,
    },
    /// A register could not be agreed on, and was left as it is.
    #[error(
        "refused: {got} of {needed} replicas agreed within {after}, or others were writing; nothing was changed. Try again"
    )]
    NoMajority {
        /// Replicas that agreed.
        got: u8,
        /// Replicas needed: a majority.
        needed: u8,
        /// How long was tried.
        after: Span,
    },
    /// Too many requests at once.
    #[error("refused: {limit} requests are under way on this node; nothing was stored. Try again")]
    Overloaded {
        /// The most that are accepted.
        limit: u64,
    },
    /// The node did not run for a while, and what waited for it may be out of date.
    #[error(
        "refused: this node stood still, and a write that waited for it may have been given up; nothing was stored. Try again"
    )]
    StoodStill,
    /// Nodes that hold different layouts.
    #[error(
        "node holds layout {theirs}, the coordinator {ours}; nothing was stored. Try again once they agree"
    )]
    Layout {
        /// The coordinator's version.
        ours: u64,
        /// The other's.
        theirs: u64,
    },
    /// A range that reaches over several slices, or a page of no entries.
    #[error("range not understood: {reason}")]
    Range {
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// Whether a write that ended so may yet have been stored.
    #[must_use]
    pub const fn may_have_happened(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }
}
