//! What can go wrong, in words: what was got, what was expected, what to do.

use super::query::{MAX_QUERY, MAX_TOP};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Why a text cannot be counted, completed or blocked. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum QueryError {
    /// Nothing but white space.
    #[error("the query is empty: send at least one character that is not white space")]
    Empty,
    /// Too long.
    #[error("query of {got} bytes, at most {MAX_QUERY} are counted and completed: shorten it")]
    TooLong {
        /// Its bytes, in UTF-8.
        got: u64,
    },
    /// More suggestions than are kept ready.
    #[error("limit {got}, expected 1 to {MAX_TOP}")]
    Limit {
        /// How many were asked for.
        got: u64,
    },
    /// No room for a query that was never seen before.
    #[error(
        "{limit} distinct queries are counted already, and this one is new; it was not counted. Queries that are known go on being counted"
    )]
    Full {
        /// How many fit.
        limit: u64,
    },
}

/// Why bytes or entries do not make a snapshot. Nothing was made of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SnapshotError {
    /// Entries that are not in ascending order, or one twice.
    #[error(
        "query {got:?} does not come after {before:?}: sort the queries, and add up equal ones"
    )]
    Order {
        /// The entry before.
        before: String,
        /// The entry that should come later.
        got: String,
    },
    /// An entry whose text is empty or too long.
    #[error("query of {got} bytes in a snapshot, expected 1 to {most}")]
    Length {
        /// Its bytes.
        got: u64,
        /// The most.
        most: u64,
    },
    /// More than the numbers of a snapshot can name.
    #[error("more than {limit} bytes of queries: build several snapshots, by first letters")]
    TooLarge {
        /// The most bytes of text.
        limit: u64,
    },
    /// Bytes that do not begin as a snapshot does.
    #[error("not a snapshot of this version: build it again with `ennead autocomplete build`")]
    Format,
    /// Bytes that changed since they were written, or end too soon.
    #[error("the snapshot is damaged at byte {at} of {length}: build it again from its list")]
    Damaged {
        /// How far it could be read.
        at: u64,
        /// How long it is.
        length: u64,
    },
}
