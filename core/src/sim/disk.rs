//! A disk that forgets, when its node is killed, whatever was not synced.

use crate::base::Random;
use crate::kv::{Change, Dot, Key, Sequence, Storage, Table, Versions};
use crate::ring::NodeId;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Storage of a simulated node.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    table: Table,
    /// Batches that are not yet synced, each as the changes that undo it, in order.
    unsynced: VecDeque<(Sequence, Vec<Change>)>,
    written: Sequence,
    pub(crate) is_syncing: bool,
}

impl Disk {
    /// The batch up to which a sync that begins now will reach, if there is anything to sync.
    pub(crate) fn begin_sync(&mut self) -> Option<Sequence> {
        if self.is_syncing || self.unsynced.is_empty() {
            return None;
        }
        self.is_syncing = true;
        Some(self.written)
    }

    /// The sync that began is over.
    pub(crate) fn finish_sync(&mut self, sequence: Sequence) {
        self.is_syncing = false;
        while self.unsynced.front().is_some_and(|&(number, _)| number <= sequence) {
            self.unsynced.pop_front();
        }
    }

    /// Whether a write would outlive a loss of power now, as a record or as a hint.
    pub(crate) fn has_durably(&self, key: &Key, dot: Dot) -> bool {
        let covers = |versions: Option<&Arc<Versions>>| {
            versions.is_some_and(|versions| versions.context().covers(dot))
        };
        // The first change that is not synced undoes to what is.
        let unsynced = || self.unsynced.iter().flat_map(|(_, undo)| undo);
        let record = unsynced().find_map(|undo| match undo {
            Change::Record { key: of, versions } if of == key => Some(versions.as_ref()),
            _ => None,
        });
        let hint = |owner: NodeId| {
            let undo = unsynced().find_map(|undo| match undo {
                Change::Hint { owner: by, key: of, versions } if (*by, of) == (owner, key) => {
                    Some(versions.as_ref())
                }
                _ => None,
            });
            undo.unwrap_or_else(|| self.table.hint(owner, key))
        };
        let hinted = self.table.hint_counts().map(|(owner, _)| owner);
        covers(record.unwrap_or_else(|| self.table.record(key)))
            || hinted.into_iter().any(|owner| covers(hint(owner)))
    }

    /// Power is lost: a random number of the last batches never reached the disk.
    pub(crate) fn crash(&mut self, random: &mut Random) {
        self.is_syncing = false;
        let lost = random.below(self.unsynced.len() as u64 + 1);
        for _ in 0..lost {
            if let Some((_, undo)) = self.unsynced.pop_back() {
                for change in undo.into_iter().rev() {
                    self.table.apply(change);
                }
            }
        }
        self.unsynced.clear();
    }
}

impl Storage for Disk {
    fn apply(&mut self, batch: Vec<Change>) -> Sequence {
        let undo = batch.into_iter().map(|change| self.table.apply(change)).collect();
        self.written += 1;
        self.unsynced.push_back((self.written, undo));
        self.written
    }

    fn table(&self) -> &Table {
        &self.table
    }
}
