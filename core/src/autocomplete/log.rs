//! The log of queries in the table: what is in it, and how far a reader has come.
//!
//! Each life of a node writes a log of its own, a partition whose sort keys count up from zero, and enters it
//! in a register of logs before its first batch. So no two ever write the same key, and a batch may be written
//! again until it is stored. A writer begins a batch when the one before is stored: a number that is missing
//! below one that is there will appear.

use crate::kv::{self, Key};
use crate::port::partition;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::index::Period;

/// The most bytes of keys in a batch, and their counts at eight bytes each: small enough to publish.
pub(super) const MAX_BATCH: usize = 48 << 10;

/// A log: a number drawn at each start of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct LogId(pub(super) u64);

impl LogId {
    pub(super) fn partition(self) -> Bytes {
        partition("autocomplete", &format!("log/{:016x}", self.0))
    }

    pub(super) fn key(self, number: u64) -> Result<Key, kv::Error> {
        Key::new(self.partition(), sort_key(number))
    }
}

/// Where logs are entered, by number.
pub(super) fn logs() -> Bytes {
    partition("autocomplete", "logs")
}

/// A number as a sort key, in order.
pub(super) fn sort_key(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// A sort key as a number.
pub(super) fn read_sort_key(key: &Bytes) -> Option<u64> {
    Some(u64::from_be_bytes(key.as_ref().try_into().ok()?))
}

/// Queries that were counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Batch {
    /// When.
    pub(super) period: Period,
    /// Keys and how often each.
    pub(super) counts: Vec<(String, u64)>,
}

impl Batch {
    pub(super) fn bytes(&self) -> Bytes {
        postcard::to_allocvec(self).map(Bytes::from).unwrap_or_default() // plain data always encodes
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// What is published once a batch is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct News {
    pub(super) log: LogId,
    pub(super) number: u64,
    pub(super) batch: Batch,
}

/// The next number of each log, all before it being counted.
pub(super) type Marks = BTreeMap<LogId, u64>;

/// How far one log has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    next: u64,
    /// Numbers that came before those below them.
    early: BTreeSet<u64>,
}

impl Cursor {
    pub(super) const fn at(next: u64) -> Self {
        Self { next, early: BTreeSet::new() }
    }

    /// The first number that has not come.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Whether nothing came before its turn.
    pub(super) fn is_whole(&self) -> bool {
        self.early.is_empty()
    }

    /// Whether a number is new; it is then no longer.
    pub(super) fn take(&mut self, number: u64) -> bool {
        if number < self.next || !self.early.insert(number) {
            return false;
        }
        while self.early.remove(&self.next) {
            self.next += 1;
        }
        true
    }
}

/// The head of a checkpoint: a snapshot in pieces, and from where to read the logs after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// Its number, which rises; no two attempts share one.
    pub(super) generation: u64,
    pub(super) pieces: u32,
    pub(super) entries: u64,
    pub(super) reference: Period,
    /// What it holds.
    pub(super) marks: Marks,
    /// What the one before held: below these, logs are deleted.
    pub(super) kept: Marks,
    /// The one before, which is kept for those who are reading it.
    pub(super) previous: u64,
    /// Pieces of earlier generations than this are deleted.
    pub(super) cleaned: u64,
}

impl Head {
    /// The register that holds it.
    pub(super) fn key() -> Result<Key, kv::Error> {
        Key::new(partition("autocomplete", "head"), Bytes::new())
    }

    /// Where the pieces of a generation lie.
    pub(super) fn partition(generation: u64) -> Bytes {
        partition("autocomplete", &format!("snapshot/{generation}"))
    }

    pub(super) fn bytes(&self) -> Bytes {
        postcard::to_allocvec(self).map(Bytes::from).unwrap_or_default() // plain data always encodes
    }

    pub(super) fn read(value: Option<&Bytes>) -> Option<Self> {
        postcard::from_bytes(value?).ok()
    }
}
