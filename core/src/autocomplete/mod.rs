//! Chapter 13: search autocomplete.
//!
//! ```
//! use ennead::autocomplete::{Index, MAX_TOP};
//!
//! let mut index = Index::default();
//! for (query, times) in [("twitter", 35), ("twitch", 29), ("twilight", 25), ("twin peak", 21)] {
//!     index.record(query, times, 0).unwrap();
//! }
//! let found = index.suggest("Tw", 2, 0).unwrap();
//! assert_eq!((found[0].query.as_str(), found[0].count), ("twitter", 35));
//! index.record("TWITCH", 10, 0).unwrap(); // a query moves the ranking at once
//! assert_eq!(index.suggest("tw", 1, 0).unwrap()[0].query, "twitch");
//! ```
//!
//! # How it works
//! Each query is folded to a key ([`query`]): lower-case, accents and Korean syllables taken apart, so that what
//! was typed so far is always a prefix of what it may become. Counts live in levels:
//!
//! - the [`Snapshot`], a sorted list of all keys under a compact radix trie whose nodes hold the ten best keys
//!   below them as numbers. A look-up follows the prefix and is done: no subtree is searched. A run of up to
//!   sixteen keys needs no node, which keeps the trie to a fraction of the keys;
//! - the delta, a growing radix trie of the keys counted since, with the same lists, by whole scores. Scores
//!   only rise, so that one count changes no list but those on its own path.
//!
//! A suggestion merges the lists of all levels; the newest level that holds a key knows its score. That is exact:
//! whatever is among the whole's best is among the best of its own level. When the delta has grown to a
//! sixteenth of the snapshot, it is frozen, a new delta begins, and a new snapshot is made of the two in steps
//! of bounded length ([`Index::step`]), with no pause and no difference to be seen.
//!
//! *Recency.* A query weighs twice as much as one of the half-life before. For the order that is the same as
//! halving all older counts, and costs nothing: no count changes because time passes. Counts are shown in
//! today's weight. Which half-life it is, most nodes' clocks say together, and it goes on by one at a time
//! (`calendar.rs`): no clock that is wrong makes older counts vanish, or outweigh what comes later.
//!
//! *Blocked words* ([`Blocked`]) hide every query that holds them as whole words. Such queries stay counted.
//!
//! # The service
//! Any node counts and completes ([`Autocomplete`]):
//!
//! 1. A query joins the node's open batch. Every [`GATHER`] the batch is written as one row to the node's own log in
//!    the table; once W copies are durable, all who wait are answered. So what was acknowledged survives the kill
//!    of every node, and a query costs a fraction of a write.
//! 2. The stored batch is published to all nodes, and each reads all logs every [`FOLLOW`] for what it missed. Numbers
//!    within a log are dense, so a reader knows what it has not seen, and counts nothing twice.
//! 3. One node at a time, by a lease, is the aggregator: when the logs have grown by 64 batches it writes its snapshot
//!    in pieces of 64 KiB, moves the head (a register) from the last checkpoint to this one, and deletes what lies
//!    before the *last* checkpoint. A node that starts reads the pieces and the logs after them.
//!
//! Races need no merging: a log has one writer, the head is a register, and blocked words are keys of their own.
//! While no quorum can be reached, suggestions go on from memory, and new queries are refused.
//!
//! # Limits
//! - Prefixes only, as the requirement says: no spelling correction, no words from the middle of a query.
//! - [`MAX_TOP`] suggestions at most, [`MAX_QUERY`] bytes a query, [`MAX_QUERIES`] distinct queries an index:
//!   what is new is then refused, what is known goes on being counted.
//! - A million queries of 21 bytes on average take 38 bytes each in memory and 13 as a file; building the snapshot
//!   takes about a second of one core, the new one beside the old one in steps of 2,000 queries.
//! - A look-up among a million takes 0.3 µs after one or two characters and 1.9 µs after eight (medians on two shared
//!   cores, `cargo xtask bench beside`); walking the same prefix in a map of the crate `fst` takes 16 ms after one
//!   and 53 µs after eight.
//! - Every node holds all queries: there are no shards yet. A batch holds up to 48 KiB of new queries; more in one
//!   [`GATHER`] are refused, and of a list that was counted in part it is said how far.
//! - The log of a life that is over is read, and is in the head with some 20 bytes, until nothing has come to it for
//!   10 minutes and two checkpoints hold it. What such a life had written to stand-ins alone, and they keep to
//!   themselves for longer than that, is lost. A start leaves tombstones for good that nobody walks over.
//! - However long a cluster was off, or a clock that decides alone was wrong, counts halve once for it.
//! - A query that was told to have failed may still be counted: its batch is written until it is stored.
//! - Whole words are blocked; a Korean word with a particle attached is another word.
//!
//! # Sources
//! Xu, "System Design Interview" (2020), chapter 13; Morrison, "PATRICIA" (1968); Kasai et al., "Linear-time
//! longest-common-prefix computation" (2001), for tries from sorted neighbours; O'Neil et al., "The log-structured
//! merge-tree" (1996), for levels; Cormode et al., "Forward decay" (2009), for weights that grow instead of
//! counts that shrink.

pub mod codec;
pub mod query;

#[cfg(test)]
mod audit;
mod blocked;
mod calendar;
mod checkpoint;
mod delta;
mod error;
mod index;
mod list;
mod log;
mod rank;
mod service;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use audit::Audit;
pub use blocked::{BlockError, Blocked, MAX_BLOCKED, MAX_PHRASE};
pub use error::{QueryError, SnapshotError};
pub use index::{Index, Look, MAX_QUERIES, MAX_SHIFT, Period};
pub use list::{Bad, List, line};
pub use query::{MAX_KEY, MAX_QUERY, MAX_TOP};
pub use rank::{Ranked, Suggestion};
pub use service::{Autocomplete, FOLLOW, GATHER, HALF_LIFE, ServiceError, TOPIC};
pub use snapshot::{Builder, Snapshot};
pub use state::Counters;
