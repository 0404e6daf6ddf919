//! The log of queries in the table: what is in it, and how far a reader has come.
//!
//! Each life of a node writes a log of its own, a partition whose sort keys count up from zero, and enters it
//! in a list of logs before its first batch. So no two ever write the same key, and a batch may be written
//! again until it is stored. A writer begins a batch when the one before is stored: a number that is missing
//! below one that is there will appear.
//!
//! Lives are counted by a register, so that it is known which log of a node is its last. The others end: once a
//! checkpoint holds all of such a log, and nothing has come to it for [`SETTLED`], the log and its entry are
//! deleted, and of all the logs of a node that have ended one sum is kept ([`Ended`]).

use crate::base::{Instant, Span};
use crate::kv::{self, Key};
use crate::port::{Select, partition};
use crate::ring::NodeId;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::index::Period;

/// The most bytes of keys in a batch, and their counts at eight bytes each: small enough to publish.
pub(super) const MAX_BATCH: usize = 48 << 10;

/// For how long nothing may have come to a log before it ends: what its node wrote last may be with stand-ins that
/// cannot be reached yet.
pub(super) const SETTLED: Span = Span::from_secs(600);

/// A log, in the order of nodes, then of their lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct LogId {
    pub(super) node: NodeId,
    /// Which life of the node, from 1 on.
    pub(super) life: u64,
}

impl LogId {
    pub(super) fn partition(self) -> Bytes {
        partition("autocomplete", &format!("log/{}/{}", self.node.0, self.life))
    }

    pub(super) fn key(self, number: u64) -> Result<Key, kv::Error> {
        Key::new(self.partition(), sort_key(number))
    }

    /// Where among the logs it is entered: they lie in their order.
    pub(super) fn entry(self) -> Bytes {
        [&self.node.0.to_be_bytes()[..], &self.life.to_be_bytes()].concat().into()
    }

    pub(super) fn read_entry(key: &Bytes) -> Option<Self> {
        let (node, life) = key.split_first_chunk()?;
        let life = u64::from_be_bytes(life.try_into().ok()?);
        Some(Self { node: NodeId(u16::from_be_bytes(*node)), life })
    }
}

/// Where logs are entered.
pub(super) fn logs() -> Bytes {
    partition("autocomplete", "logs")
}

/// The logs of a node that are gone, since the checkpoint holds them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    /// Those of its lives up to this one.
    pub(super) life: u64,
    /// How many batches were in all of them.
    pub(super) batches: u64,
}

/// The logs of all nodes that are gone.
pub(super) type Ends = BTreeMap<NodeId, Ended>;

pub(super) fn has_ended(ends: &Ends, log: LogId) -> bool {
    ends.get(&log.node).is_some_and(|ended| log.life <= ended.life)
}

/// Where entries may lie of logs that have not ended. What lies between is not walked over: deleted entries leave
/// tombstones.
pub(super) fn open_entries(ends: &Ends) -> Vec<Select> {
    let mut from = LogId { node: NodeId(0), life: 0 }.entry();
    let mut selects = Vec::new();
    for (&node, ended) in ends {
        let until = LogId { node, life: 0 }.entry();
        if from < until {
            selects.push(Select { from: Some(from), until: Some(until), ..Select::default() });
        }
        from = LogId { node, life: ended.life.saturating_add(1) }.entry();
    }
    selects.push(Select { from: Some(from), ..Select::default() });
    selects
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
    /// When: by the head that its writer has read.
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
    /// When a number came last.
    grown: Instant,
}

impl Cursor {
    pub(super) const fn at(next: u64, now: Instant) -> Self {
        Self { next, early: BTreeSet::new(), grown: now }
    }

    /// The first number that has not come.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Whether nothing came before its turn.
    pub(super) fn is_whole(&self) -> bool {
        self.early.is_empty()
    }

    /// Whether nothing has come for [`SETTLED`].
    pub(super) fn is_settled(&self, now: Instant) -> bool {
        self.is_whole() && now.since(self.grown) >= SETTLED
    }

    /// Whether a number is new; it is then no longer.
    pub(super) fn take(&mut self, number: u64, now: Instant) -> bool {
        if number < self.next || !self.early.insert(number) {
            return false;
        }
        self.grown = now;
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
    /// In which a query weighs 1.
    pub(super) reference: Period,
    /// What it is now: half-lives since the first head.
    pub(super) period: Period,
    /// Which half-life of the calendar most clocks showed when `period` went on.
    pub(super) calendar: Period,
    /// What it holds.
    pub(super) marks: Marks,
    /// What the one before held: below these, logs may be deleted.
    pub(super) kept: Marks,
    /// Below these, they are.
    pub(super) swept: Marks,
    /// Logs that it holds to their ends; they are not in the marks.
    pub(super) ends: Ends,
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

    /// Below what the logs may be deleted when this is the one before. Logs that have ended are gone through until they
    /// are known to be gone.
    pub(super) fn kept_next(&self) -> Marks {
        let is_left = |(log, kept): &(&LogId, &u64)| {
            has_ended(&self.ends, **log) && self.swept.get(*log) != Some(*kept)
        };
        let left = self.kept.iter().filter(is_left).map(|(&log, &kept)| (log, kept));
        self.marks.iter().map(|(&log, &next)| (log, next)).chain(left).collect()
    }

    pub(super) fn bytes(&self) -> Bytes {
        postcard::to_allocvec(self).map(Bytes::from).unwrap_or_default() // plain data always encodes
    }

    pub(super) fn read(value: Option<&Bytes>) -> Option<Self> {
        postcard::from_bytes(value?).ok()
    }
}
