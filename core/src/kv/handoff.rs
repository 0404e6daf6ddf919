//! Hinted handoff: what was kept for a node that could not be reached goes home.
//!
//! While there are hints, a timer sends the next batch to every owner that looks up. A hint is
//! dropped only when its owner has it durably, and only if it has not grown in the meantime.
//!
//! Limits: `handoff_batch` hints an owner and timer, so a returning node is not flooded; a batch
//! that is not acknowledged within a request's deadline is sent again.
//!
//! Source: "Dynamo" (2007), section 4.6.

use super::message::{Body, Effects, Event, Health, OperationId, Timer};
use super::node::Node;
use super::storage::{Change, Storage};
use super::{Key, version::Versions};
use crate::base::{Instant, Mistake, Now, is_planted};
use crate::ring::NodeId;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

#[derive(Debug)]
struct Sent {
    owner: NodeId,
    key: Key,
    versions: Arc<Versions>,
    at: Instant,
}

/// The hints that are on their way.
#[derive(Debug, Default)]
pub(crate) struct Handoff {
    sent: BTreeMap<OperationId, Sent>,
    armed: bool,
}

impl<S: Storage> Node<S> {
    /// Sees to it that hints are looked at again soon.
    pub(crate) fn arm_handoff(&mut self, effects: &mut Effects) {
        if !self.handoff.armed {
            self.handoff.armed = true;
            effects.set_timer(self.config.handoff_every, Timer::Handoff);
        }
    }

    /// Whether a store under this number hands a hint over.
    pub(crate) fn is_handing_over(&self, operation: OperationId) -> bool {
        self.handoff.sent.contains_key(&operation)
    }

    pub(crate) fn handle_handoff_timer(&mut self, now: Now, effects: &mut Effects) {
        self.handoff.armed = false;
        let patience = self.config.deadline;
        self.handoff.sent.retain(|_, sent| now.instant.since(sent.at) < patience);
        let owners: Vec<NodeId> =
            self.storage.table().hint_counts().map(|(owner, _)| owner).collect();
        for owner in owners {
            // A suspected owner may be gone: wait until its counter rises again.
            let up = self.members().iter().any(|v| v.id == owner && v.health == Health::Up);
            let busy = self.handoff.sent.values().any(|sent| sent.owner == owner);
            if !up || busy {
                continue;
            }
            let batch: Vec<(Key, Arc<Versions>)> = self
                .storage
                .table()
                .hints(owner)
                .take(usize::from(self.config.handoff_batch))
                .map(|(key, versions)| (key.clone(), Arc::clone(versions)))
                .collect();
            for (key, versions) in batch {
                let operation = self.coordinator.next_id();
                let body = Body::Store {
                    operation,
                    key: key.clone(),
                    versions: Arc::clone(&versions),
                    hint_for: None,
                };
                self.out.send(owner, body, effects);
                let sent = Sent { owner, key, versions, at: now.instant };
                self.handoff.sent.insert(operation, sent);
                if is_planted(Mistake::ForgetHint) {
                    self.handle_handed_over(owner, operation, effects);
                }
            }
        }
        if self.storage.table().hint_count() > 0 {
            self.arm_handoff(effects);
        }
    }

    /// An owner has what was handed over. Whether `operation` was a handoff.
    pub(crate) fn handle_handed_over(
        &mut self,
        from: NodeId,
        operation: OperationId,
        effects: &mut Effects,
    ) -> bool {
        let is_sent = self.handoff.sent.get(&operation).is_some_and(|sent| sent.owner == from);
        let Some(sent) = is_sent.then(|| self.handoff.sent.remove(&operation)).flatten() else {
            return false;
        };
        let Sent { owner, key, versions, .. } = sent;
        if self.storage.table().hint(owner, &key) == Some(&versions) {
            self.counters.hints_handed_over += 1;
            let left = self.storage.table().hint_count_for(owner).saturating_sub(1);
            let mut batch = alloc::vec![Change::Hint { owner, key: key.clone(), versions: None }];
            if self.storage.table().record(&key).is_none() {
                // What this node forgets it must not continue: see `version.rs`, epochs.
                batch.push(Change::Epoch { key: key.clone(), epoch: None });
            }
            self.keep_quietly(batch);
            effects.tell(Event::HintHandedOver { owner, key, left });
        }
        true
    }

    /// What [`Mistake::LoseOnReconnect`] does with hints that were on their way to a peer.
    pub(crate) fn take_handed_over_as_arrived(&mut self, peer: NodeId, effects: &mut Effects) {
        let sent = self.handoff.sent.iter().filter(|(_, sent)| sent.owner == peer);
        let operations: Vec<OperationId> = sent.map(|(&operation, _)| operation).collect();
        for operation in operations {
            self.handle_handed_over(peer, operation, effects);
        }
    }
}
