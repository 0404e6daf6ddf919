//! The storage port, and the table in memory that hosts put in front of a disk.
//!
//! A node hands over [batches](Storage::apply) of changes and may read them back at once. The host
//! makes them durable in the order of their sequence numbers, a batch whole or not at all, as many
//! batches in one sync as have gathered, and then calls `Node::handle_durable` with the greatest
//! number that is safe. Whatever may be said only once it is durable waits in the node until then.

use super::key::Key;
use super::register::Acceptor;
use super::version::Versions;
use crate::base::hash;
use crate::ring::{NodeId, SLICES, Slice};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The number of a batch, rising by one from 1.
pub type Sequence = u64;

/// One change of what a node keeps. Nothing in the place of versions removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// What this node knows of a key.
    Record {
        /// The key.
        key: Key,
        /// What is known.
        versions: Option<Arc<Versions>>,
    },
    /// What this node keeps for another.
    Hint {
        /// For whom.
        owner: NodeId,
        /// The key.
        key: Key,
        /// What is known.
        versions: Option<Arc<Versions>>,
    },
    /// In which epoch this node gives dots for a key: the counter of the epoch's first dot.
    Epoch {
        /// The key.
        key: Key,
        /// The incarnation and the epoch.
        epoch: Option<(u64, u64)>,
    },
    /// What this node has promised and accepted of a register.
    Register {
        /// The register.
        key: Key,
        /// What is kept of it.
        acceptor: Option<Arc<Acceptor>>,
    },
    /// Which start of the node this is.
    Incarnation(Option<u64>),
}

/// Where a node keeps what it must not forget.
pub trait Storage {
    /// Takes over a batch, visible in [`Storage::table`] at once and durable when the host says so.
    fn apply(&mut self, batch: Vec<Change>) -> Sequence;

    /// What is kept, batches that are not yet durable included.
    fn table(&self) -> &Table;
}

/// What a node keeps, in memory.
///
/// All operations are O(log n) in the number of keys.
#[derive(Clone, Debug)]
pub struct Table {
    records: BTreeMap<Key, Arc<Versions>>,
    hints: BTreeMap<NodeId, BTreeMap<Key, Arc<Versions>>>,
    epochs: BTreeMap<Key, (u64, u64)>,
    registers: BTreeMap<Key, Arc<Acceptor>>,
    register_digest: u64,
    incarnation: Option<u64>,
    digests: Vec<u64>,
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            records: BTreeMap::new(),
            hints: BTreeMap::new(),
            epochs: BTreeMap::new(),
            registers: BTreeMap::new(),
            register_digest: 0,
            incarnation: None,
            digests: alloc::vec![0; usize::from(SLICES)],
        }
    }

    /// Makes a change and returns the one that undoes it.
    pub fn apply(&mut self, change: Change) -> Change {
        match change {
            Change::Record { key, versions } => {
                let digest = &mut self.digests[usize::from(key.slice().0)];
                if let Some(new) = &versions {
                    *digest ^= record_digest(&key, new);
                }
                let old = put(&mut self.records, &key, versions);
                if let Some(old) = &old {
                    *digest ^= record_digest(&key, old);
                }
                Change::Record { key, versions: old }
            }
            Change::Hint { owner, key, versions } => {
                let hints = self.hints.entry(owner).or_default();
                let old = put(hints, &key, versions);
                if hints.is_empty() {
                    self.hints.remove(&owner);
                }
                Change::Hint { owner, key, versions: old }
            }
            Change::Epoch { key, epoch } => {
                let old = put(&mut self.epochs, &key, epoch);
                Change::Epoch { key, epoch: old }
            }
            Change::Register { key, acceptor } => {
                let digest = |acceptor: &Acceptor| {
                    hash::keyed(key.digest(), &acceptor.digest().to_le_bytes())
                };
                self.register_digest ^= acceptor.as_deref().map_or(0, digest);
                let old = put(&mut self.registers, &key, acceptor);
                self.register_digest ^= old.as_deref().map_or(0, digest);
                Change::Register { key, acceptor: old }
            }
            Change::Incarnation(new) => {
                Change::Incarnation(core::mem::replace(&mut self.incarnation, new))
            }
        }
    }

    /// What is known of a key.
    #[must_use]
    pub fn record(&self, key: &Key) -> Option<&Arc<Versions>> {
        self.records.get(key)
    }

    /// All records from `from` on, or of all, in order.
    pub fn records_from(
        &self,
        from: Option<&Key>,
    ) -> impl DoubleEndedIterator<Item = (&Key, &Arc<Versions>)> {
        use core::ops::Bound::{Included, Unbounded};
        self.records.range((from.map_or(Unbounded, Included), Unbounded))
    }

    /// The records of a slice, in order.
    pub fn slice(&self, slice: Slice) -> impl DoubleEndedIterator<Item = (&Key, &Arc<Versions>)> {
        use core::ops::Bound::{Excluded, Included, Unbounded};
        let first = Key::first_at(slice.first_prefix());
        let end = slice.last_prefix().checked_add(1).map(Key::first_at);
        self.records.range((Included(first), end.map_or(Unbounded, Excluded)))
    }

    /// A number over all records of a slice: equal where the records are.
    #[must_use]
    pub fn slice_digest(&self, slice: Slice) -> u64 {
        self.digests[usize::from(slice.0 % SLICES)]
    }

    /// How many records there are, tombstones included.
    #[must_use]
    pub fn record_count(&self) -> u64 {
        self.records.len() as u64
    }

    /// The hints for an owner, in order.
    pub fn hints(&self, owner: NodeId) -> impl Iterator<Item = (&Key, &Arc<Versions>)> {
        self.hints.get(&owner).into_iter().flatten()
    }

    /// How many hints there are for an owner.
    #[must_use]
    pub fn hint_count_for(&self, owner: NodeId) -> u64 {
        self.hints.get(&owner).map_or(0, |hints| hints.len() as u64)
    }

    /// One hint.
    #[must_use]
    pub fn hint(&self, owner: NodeId, key: &Key) -> Option<&Arc<Versions>> {
        self.hints.get(&owner)?.get(key)
    }

    /// The owners for whom there are hints, and how many.
    pub fn hint_counts(&self) -> impl Iterator<Item = (NodeId, u64)> {
        self.hints.iter().map(|(&owner, hints)| (owner, hints.len() as u64))
    }

    /// All hints together.
    #[must_use]
    pub fn hint_count(&self) -> u64 {
        self.hint_counts().map(|(_, count)| count).sum()
    }

    /// Everything that this node knows of a key, whether as owner or as stand-in.
    #[must_use]
    pub fn known(&self, key: &Key) -> Option<Arc<Versions>> {
        let mut known = self.records.get(key).cloned();
        for hint in self.hints.values().filter_map(|hints| hints.get(key)) {
            known = Some(match known {
                Some(record) if record == *hint => record,
                Some(record) => Arc::new(record.merge(hint)),
                None => Arc::clone(hint),
            });
        }
        known
    }

    /// The incarnation and epoch in which this node last gave a dot for a key.
    #[must_use]
    pub fn epoch(&self, key: &Key) -> Option<(u64, u64)> {
        self.epochs.get(key).copied()
    }

    /// What this node has promised and accepted of a register.
    #[must_use]
    pub fn register(&self, key: &Key) -> Option<&Arc<Acceptor>> {
        self.registers.get(key)
    }

    /// How many registers this node holds a replica of.
    #[must_use]
    pub fn register_count(&self) -> u64 {
        self.registers.len() as u64
    }

    /// A number over all of them: equal where they are.
    #[must_use]
    pub const fn register_digest(&self) -> u64 {
        self.register_digest
    }

    /// Which start of the node was last.
    #[must_use]
    pub const fn incarnation(&self) -> Option<u64> {
        self.incarnation
    }

    /// Everything, as the changes that would make it from nothing.
    pub fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let records = self.records.iter().map(|(key, versions)| Change::Record {
            key: key.clone(),
            versions: Some(Arc::clone(versions)),
        });
        let hints = self.hints.iter().flat_map(|(&owner, hints)| {
            hints.iter().map(move |(key, versions)| Change::Hint {
                owner,
                key: key.clone(),
                versions: Some(Arc::clone(versions)),
            })
        });
        let epochs = self
            .epochs
            .iter()
            .map(|(key, &epoch)| Change::Epoch { key: key.clone(), epoch: Some(epoch) });
        let registers = self.registers.iter().map(|(key, acceptor)| Change::Register {
            key: key.clone(),
            acceptor: Some(Arc::clone(acceptor)),
        });
        records
            .chain(hints)
            .chain(epochs)
            .chain(registers)
            .chain([Change::Incarnation(self.incarnation)])
    }
}

fn put<V>(map: &mut BTreeMap<Key, V>, key: &Key, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => match map.get_mut(key) {
            Some(place) => Some(core::mem::replace(place, value)),
            None => map.insert(key.clone(), value),
        },
        None => map.remove(key),
    }
}

/// A number over one record, for digests.
#[must_use]
pub(crate) fn record_digest(key: &Key, versions: &Versions) -> u64 {
    hash::keyed(key.digest(), &versions.digest().to_le_bytes())
}

/// Storage without a disk: what it holds is gone with it. Its host says when it is "durable".
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    table: Table,
    written: Sequence,
}

impl MemoryStorage {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of the last batch.
    #[must_use]
    pub const fn written(&self) -> Sequence {
        self.written
    }
}

impl Storage for MemoryStorage {
    fn apply(&mut self, batch: Vec<Change>) -> Sequence {
        for change in batch {
            self.table.apply(change);
        }
        self.written += 1;
        self.written
    }

    fn table(&self) -> &Table {
        &self.table
    }
}
