//! A disk that forgets, when its node is killed, whatever was not synced.

use crate::base::Random;
use crate::kv::{Change, Sequence, Storage, Table};
use alloc::collections::VecDeque;
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
