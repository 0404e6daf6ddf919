//! Repair: owners compare the slices that they share, and exchange what differs.
//!
//! From time to time a node sends another owner one number over all slices that both hold. If the
//! other's differs, it answers with a number a slice; for slices that differ, the first sends a
//! number a key; then each sends the other what it lacks. This finds what hints cannot: what a
//! coordinator had under way when it died, and what a wiped disk lost.
//!
//! Limits: once equal, one message of some 20 bytes a comparison. A slice that differs costs about
//! 40 bytes a key in it, up to [`KEYS_A_MESSAGE`] keys a message.
//!
//! Source: "Dynamo" (2007), section 4.7, with a tree of three levels: all, slice, key.

use super::message::{Body, Effects, Event};
use super::node::Node;
use super::storage::{Storage, record_digest};
use super::{Key, version::Versions};
use crate::base::hash::Digest;
use crate::ring::{NodeId, Slice};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Keys in one message of a comparison.
pub const KEYS_A_MESSAGE: usize = 512;
/// Slices of one comparison that are looked into; the others come in the next.
const SLICES_A_ROUND: usize = 64;
/// Bytes of values after which a message of records is sent.
const BYTES_A_MESSAGE: usize = 256 << 10;

/// One step of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// The number over all slices that both hold.
    All {
        /// It.
        digest: u64,
    },
    /// They differ: the number of each of these slices that is not empty.
    Slices {
        /// Them.
        digests: Vec<(Slice, u64)>,
    },
    /// This slice differs: the number of each key, page by page.
    Keys {
        /// The slice.
        slice: Slice,
        /// The last key of the page before; none on the first page.
        after: Option<Key>,
        /// Keys in order.
        digests: Vec<(Key, u64)>,
        /// Whether these are the slice's last.
        last: bool,
    },
    /// I lack these, or hold others: send them.
    Want {
        /// The keys.
        keys: Vec<Key>,
    },
    /// You lack these, or hold others.
    Records {
        /// Keys and what is known of them.
        records: Vec<(Key, Arc<Versions>)>,
    },
}

/// With whom to compare next.
#[derive(Debug, Default)]
pub(crate) struct Repair {
    rounds: u64,
}

impl<S: Storage> Node<S> {
    fn shared_slices(&self, other: NodeId) -> impl Iterator<Item = Slice> + '_ {
        let copies = usize::from(self.config.copies).min(self.layout.members().len());
        Slice::all().filter(move |&slice| {
            self.layout.holds(self.me, slice, copies) && self.layout.holds(other, slice, copies)
        })
    }

    fn shared_digest(&self, other: NodeId) -> u64 {
        let mut digest = Digest::new(0);
        for slice in self.shared_slices(other) {
            digest.add(self.storage.table().slice_digest(slice));
        }
        digest.value()
    }

    pub(crate) fn handle_repair_timer(&mut self, effects: &mut Effects) {
        let others: Vec<NodeId> = self
            .members()
            .iter()
            .map(|view| view.id)
            .filter(|&id| id != self.me && self.membership.is_healthy(id))
            .collect();
        if others.is_empty() {
            return;
        }
        // Each healthy one in turn, so that every pair of owners meets again and again.
        #[allow(clippy::cast_possible_truncation)] // below the number of members
        let other = others[(self.repair.rounds % others.len() as u64) as usize];
        self.repair.rounds += 1;
        if self.shared_slices(other).next().is_some() {
            let digest = self.shared_digest(other);
            self.out.send(other, Body::Compare(Compare::All { digest }), effects);
        }
    }

    pub(crate) fn handle_compare(&mut self, from: NodeId, compare: Compare, effects: &mut Effects) {
        match compare {
            Compare::All { digest } => {
                if digest != self.shared_digest(from) {
                    let digests = self
                        .shared_slices(from)
                        .map(|slice| (slice, self.storage.table().slice_digest(slice)))
                        .filter(|&(_, digest)| digest != 0)
                        .collect();
                    self.out.send(from, Body::Compare(Compare::Slices { digests }), effects);
                }
            }
            Compare::Slices { digests } => self.send_keys(from, &digests, effects),
            Compare::Keys { slice, after, digests, last } => {
                self.compare_keys(from, slice, after.as_ref(), digests, last, effects);
            }
            Compare::Want { keys } => {
                let table = self.storage.table();
                let records = keys
                    .into_iter()
                    .take(KEYS_A_MESSAGE)
                    .filter_map(|key| table.record(&key).cloned().map(|held| (key, held)))
                    .collect();
                self.send_records(from, records, effects);
            }
            Compare::Records { records } => {
                let batch = records
                    .iter()
                    .filter(|(_, versions)| versions.check().is_ok())
                    .filter_map(|(key, versions)| self.merge_record(key, versions, effects))
                    .collect();
                self.keep_quietly(batch);
            }
        }
    }

    /// Sends the keys of the slices that differ.
    fn send_keys(&self, to: NodeId, theirs: &[(Slice, u64)], effects: &mut Effects) {
        let theirs: BTreeMap<Slice, u64> = theirs.iter().copied().collect();
        let table = self.storage.table();
        let differing: Vec<Slice> = self
            .shared_slices(to)
            .filter(|slice| table.slice_digest(*slice) != theirs.get(slice).copied().unwrap_or(0))
            .collect();
        // Another beginning each time, so that slices which always differ hold up no others.
        #[allow(clippy::cast_possible_truncation)] // below the number of slices
        let first = (self.repair.rounds % (differing.len() as u64).max(1)) as usize;
        let (before, after) = differing.split_at(first);
        for &slice in after.iter().chain(before).take(SLICES_A_ROUND) {
            let keys: Vec<(Key, u64)> = table
                .slice(slice)
                .map(|(key, versions)| (key.clone(), record_digest(key, versions)))
                .collect();
            let pages = keys.len().div_ceil(KEYS_A_MESSAGE).max(1);
            let mut after = None;
            for page in 0..pages {
                let end = keys.len().min((page + 1) * KEYS_A_MESSAGE);
                let digests = keys[page * KEYS_A_MESSAGE..end].to_vec();
                let previous = after.take();
                after = digests.last().map(|(key, _)| key.clone());
                let last = page + 1 == pages;
                let compare = Compare::Keys { slice, after: previous, digests, last };
                self.out.send(to, Body::Compare(compare), effects);
            }
        }
    }

    /// Sends what the other lacks of a page of keys, and asks for what this node lacks.
    fn compare_keys(
        &mut self,
        from: NodeId,
        slice: Slice,
        after: Option<&Key>,
        digests: Vec<(Key, u64)>,
        last: bool,
        effects: &mut Effects,
    ) {
        let end = digests.last().map(|(key, _)| key.clone());
        let theirs: BTreeMap<Key, u64> = digests.into_iter().collect();
        let table = self.storage.table();
        let mut records = Vec::new();
        let mut want: Vec<Key> = Vec::new();
        let on_page = table.slice(slice).filter(|&(key, _)| {
            after.is_none_or(|after| key > after)
                && (last || end.as_ref().is_some_and(|end| key <= end))
        });
        for (key, versions) in on_page {
            match theirs.get(key) {
                Some(&digest) if digest == record_digest(key, versions) => {}
                Some(_) => {
                    want.push(key.clone());
                    records.push((key.clone(), Arc::clone(versions)));
                }
                None => records.push((key.clone(), Arc::clone(versions))),
            }
        }
        want.extend(theirs.into_keys().filter(|key| table.record(key).is_none()));
        if !want.is_empty() {
            self.out.send(from, Body::Compare(Compare::Want { keys: want }), effects);
        }
        self.send_records(from, records, effects);
    }

    fn send_records(
        &mut self,
        to: NodeId,
        records: Vec<(Key, Arc<Versions>)>,
        effects: &mut Effects,
    ) {
        if records.is_empty() {
            return;
        }
        let keys = records.len() as u64;
        self.counters.keys_repaired += keys;
        effects.tell(Event::Repaired { node: to, keys });
        let (mut page, mut bytes) = (Vec::new(), 0);
        for record in records {
            bytes += record.1.value_bytes();
            page.push(record);
            if bytes >= BYTES_A_MESSAGE || page.len() == KEYS_A_MESSAGE {
                let records = core::mem::take(&mut page);
                self.out.send(to, Body::Compare(Compare::Records { records }), effects);
                bytes = 0;
            }
        }
        if !page.is_empty() {
            self.out.send(to, Body::Compare(Compare::Records { records: page }), effects);
        }
    }
}
