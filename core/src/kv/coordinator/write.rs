//! Writes: a dot, copies for the owners, and hints for those who cannot be given theirs.

use super::{
    Answer, Asker, Body, Change, Clock, Context, Dot, Effects, Error, Event, Key, Kind, MAX_RECORD,
    MAX_SIBLINGS, MAX_VALUE, Node, OperationId, Pending, Quorums, Storage, TooManyHints, Versions,
    count,
};
use crate::base::{Mistake, Now, is_planted};
use crate::ring::{NodeId, Slice};
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;

/// One node that should store a write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) node: NodeId,
    pub(super) hint_for: Option<NodeId>,
    pub(super) acknowledged: bool,
}

impl Target {
    /// For whom the copy is in the end.
    pub(super) fn owner(&self) -> NodeId {
        self.hint_for.unwrap_or(self.node)
    }
}

#[derive(Debug)]
pub(super) struct Write {
    pub(super) value: Option<Bytes>,
    /// Whether the client did not say what it had seen.
    pub(super) blind: bool,
    /// What the client had seen; of a blind write, what its coordinator knew.
    pub(super) seen: Context,
    pub(super) dot: Dot,
    pub(super) versions: Arc<Versions>,
    pub(super) targets: Vec<Target>,
    /// What replicas held that `versions` does not supersede.
    pub(super) unknown: Context,
}

impl<S: Storage> Node<S> {
    /// Gives the write its dot, stores it here and sends it to the others.
    #[allow(clippy::too_many_arguments)] // the parts of one request
    pub(super) fn coordinate(
        &mut self,
        now: Now,
        asker: Asker,
        key: &Key,
        value: Option<Bytes>,
        seen: Option<Context>,
        quorums: Quorums,
        clock: Clock,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let known = self.storage.table().known(key).unwrap_or_default();
        let blind = seen.is_none();
        let seen = seen.unwrap_or_else(|| known.context().clone());
        let beside = || known.siblings().iter().filter(|s| !seen.covers(s.dot));
        let bytes: usize = beside().filter_map(|s| s.value.as_ref()).map(Bytes::len).sum();
        if beside().count() >= MAX_SIBLINGS || bytes > MAX_RECORD - MAX_VALUE {
            return Err(Error::Siblings);
        }
        let (dot, is_new_epoch) = self.next_dot(key);
        let versions = Arc::new(known.write(&seen, dot, value.clone()));
        let (targets, unplaced) = self.place(key.slice(), quorums);
        self.send_write(
            now,
            asker,
            key,
            Write { value, blind, seen, dot, versions, targets, unknown: Context::default() },
            &unplaced,
            is_new_epoch,
            quorums,
            clock,
            effects,
        );
        Ok(())
    }

    /// Which nodes store a write now, and which owners nobody stands in for.
    pub(super) fn place(&self, slice: Slice, quorums: Quorums) -> (Vec<Target>, Vec<NodeId>) {
        let (mut targets, mut unplaced) = (Vec::new(), Vec::new());
        let mut stand_ins = self.eligible(slice, quorums)[usize::from(quorums.copies)..]
            .iter()
            .copied()
            .filter(|&id| self.membership.is_healthy(id));
        for &owner in self.owners(slice, quorums) {
            if self.membership.is_healthy(owner) {
                targets.push(Target { node: owner, hint_for: None, acknowledged: false });
            } else if let Some(node) = stand_ins.next() {
                targets.push(Target { node, hint_for: Some(owner), acknowledged: false });
            } else {
                unplaced.push(owner);
            }
        }
        (targets, unplaced)
    }

    #[allow(clippy::too_many_arguments)] // the parts of one request
    pub(super) fn send_write(
        &mut self,
        now: Now,
        asker: Asker,
        key: &Key,
        write: Write,
        unplaced: &[NodeId],
        is_new_epoch: bool,
        quorums: Quorums,
        clock: Clock,
        effects: &mut Effects,
    ) {
        let Write { dot, versions, targets, .. } = &write;
        let (dot, versions, targets) = (*dot, Arc::clone(versions), targets.clone());
        let operation = self.insert(asker, key, quorums, clock, Kind::Write(write));
        let split = |target: &Target| target.hint_for.map(|owner| (target.node, owner));
        effects.tell(Event::Coordinating {
            operation,
            key: key.clone(),
            dot,
            replicas: targets.iter().filter(|t| t.hint_for.is_none()).map(|t| t.node).collect(),
            stand_ins: targets.iter().filter_map(split).collect(),
        });
        for target in targets.iter().filter(|target| target.node != self.me) {
            self.send_store(operation, key, &versions, target, effects);
        }
        let (batch, is_kept) =
            self.own_copies(key, &versions, &targets, unplaced, dot, is_new_epoch, effects);
        if is_kept && targets.iter().any(|target| target.node == self.me) {
            self.keep_own(now, batch, operation, effects);
        } else {
            self.keep_quietly(batch);
        }
        self.set_timers(now, operation, clock, effects);
    }

    pub(super) fn send_store(
        &self,
        operation: OperationId,
        key: &Key,
        versions: &Arc<Versions>,
        target: &Target,
        effects: &mut Effects,
    ) {
        let body = Body::Store {
            operation,
            key: key.clone(),
            versions: Arc::clone(versions),
            hint_for: target.hint_for,
        };
        self.out.send(target.node, body, effects);
    }

    /// What a coordinator writes at home, and whether that is the copy it should keep. Every copy of the key that it holds is brought up to
    /// date, so that whichever it keeps knows all dots that it gave (see `version.rs`).
    #[allow(clippy::too_many_arguments)] // the parts of one write
    pub(super) fn own_copies(
        &mut self,
        key: &Key,
        versions: &Arc<Versions>,
        targets: &[Target],
        unplaced: &[NodeId],
        dot: Dot,
        is_new_epoch: bool,
        effects: &mut Effects,
    ) -> (Vec<Change>, bool) {
        let mine = targets.iter().find(|target| target.node == self.me);
        let table = self.storage.table();
        let mut hints: Vec<NodeId> = table
            .hint_counts()
            .map(|(owner, _)| owner)
            .filter(|&owner| table.hint(owner, key).is_some())
            .collect();
        hints.extend(unplaced.iter().filter(|owner| **owner != self.me));
        hints.extend(mine.and_then(|target| target.hint_for));
        hints.sort_unstable();
        hints.dedup();
        let has_record =
            mine.is_some_and(|target| target.hint_for.is_none()) || table.record(key).is_some();
        let mut batch = Vec::new();
        if has_record {
            batch.extend(self.merge_record(key, versions, effects));
        }
        let mut is_kept = true;
        for owner in hints {
            match self.merge_hint(owner, key, versions, effects) {
                Ok(change) => batch.extend(change),
                Err(TooManyHints) if mine.and_then(|mine| mine.hint_for) == Some(owner) => {
                    is_kept = false;
                }
                Err(TooManyHints) => {}
            }
        }
        if is_new_epoch && !batch.is_empty() {
            let epoch = Some((dot.actor.incarnation, dot.actor.epoch));
            batch.push(Change::Epoch { key: key.clone(), epoch });
        }
        (batch, is_kept)
    }

    /// A node has a write durably; `from` may be this node itself.
    pub(crate) fn handle_stored(
        &mut self,
        now: Now,
        from: NodeId,
        operation: OperationId,
        unknown: Option<Context>,
        effects: &mut Effects,
    ) {
        let Some(pending) = self.coordinator.pending.get_mut(&operation) else {
            return;
        };
        let Kind::Write(write) = &mut pending.kind else {
            return;
        };
        for target in write.targets.iter_mut().filter(|target| target.node == from) {
            target.acknowledged = true;
        }
        if let Some(unknown) = unknown {
            write.unknown = write.unknown.merge(&unknown);
        }
        let mut got = count(write.targets.iter().filter(|target| target.acknowledged));
        let all = write.targets.iter().all(|target| target.acknowledged);
        let mut needed = pending.quorums.write;
        if is_planted(Mistake::CountHintTowardsW) {
            got += pending.quorums.copies.saturating_sub(count(write.targets.iter()));
        }
        if is_planted(Mistake::AcknowledgeBeforeW) {
            needed = 1;
        }
        if got < needed {
            return;
        }
        let is_behind = !write.versions.context().covers_all(&write.unknown);
        if write.blind && is_behind && pending.asker.is_some() {
            self.extend(now, operation, effects);
            return;
        }
        let seen = write.versions.seen_by_writer(&write.seen, write.dot);
        let answer = Answer::Written { dot: write.dot, seen };
        if let Some(asker) = pending.asker.take() {
            let after = now.instant.since(pending.started);
            let key = pending.key.clone();
            self.counters.writes += 1;
            effects.tell(Event::Acknowledged { operation, key, got, needed, after });
            self.answer(asker, Ok(answer), effects);
        }
        if all {
            self.coordinator.pending.remove(&operation);
        }
    }

    /// A blind write met versions that it had not superseded: writes once more, over those too.
    pub(super) fn extend(&mut self, now: Now, operation: OperationId, effects: &mut Effects) {
        let Some(pending) = self.coordinator.pending.remove(&operation) else {
            return;
        };
        let (Some(asker), Kind::Write(write)) = (pending.asker, pending.kind) else {
            return;
        };
        let Pending { key, started, deadline, quorums, .. } = pending;
        self.counters.extended += 1;
        let known = self.storage.table().known(&key).unwrap_or_default();
        let seen = known.context().merge(write.versions.context()).merge(&write.unknown);
        let (dot, is_new_epoch) = self.next_dot(&key);
        let versions = Arc::new(known.write(&seen, dot, write.value.clone()));
        effects.tell(Event::Extended { key: key.clone(), dot });
        let (targets, unplaced) = self.place(key.slice(), quorums);
        let write = Write { seen, dot, versions, targets, unknown: Context::default(), ..write };
        let clock = Clock { started, deadline };
        self.send_write(now, asker, &key, write, &unplaced, is_new_epoch, quorums, clock, effects);
    }

    pub(super) fn hedge_write(&mut self, operation: OperationId, effects: &mut Effects) {
        let Some(pending) = self.coordinator.pending.get(&operation) else {
            return;
        };
        let Kind::Write(write) = &pending.kind else {
            return;
        };
        let late: Vec<NodeId> =
            write.targets.iter().filter(|t| !t.acknowledged).map(Target::owner).collect();
        let owners = self.owners(pending.key.slice(), pending.quorums);
        let added: Vec<Target> = self
            .coordinators(pending.key.slice(), pending.quorums)
            .filter(|&id| id != self.me && write.targets.iter().all(|t| t.node != id))
            .zip(late)
            .map(|(node, owner)| {
                // An owner that is back keeps its own copy; it stands in for nobody.
                let hint_for = (!owners.contains(&node)).then_some(owner);
                Target { node, hint_for, acknowledged: false }
            })
            .collect();
        let (key, versions) = (pending.key.clone(), Arc::clone(&write.versions));
        for target in &added {
            self.send_store(operation, &key, &versions, target, effects);
        }
        if let Some(Pending { kind: Kind::Write(write), .. }) =
            self.coordinator.pending.get_mut(&operation)
        {
            write.targets.extend(added);
        }
    }

    /// Keeps a hint for each owner whose copy nobody has acknowledged.
    pub(super) fn hint_what_is_missing(&mut self, operation: OperationId, effects: &mut Effects) {
        let Some(pending) = self.coordinator.pending.remove(&operation) else {
            return;
        };
        let Kind::Write(Write { targets, versions, .. }) = pending.kind else {
            return;
        };
        let mut owners: Vec<NodeId> = targets.iter().map(Target::owner).collect();
        owners.sort_unstable();
        owners.dedup();
        let is_safe = |owner: NodeId| targets.iter().any(|t| t.owner() == owner && t.acknowledged);
        let mut batch = Vec::new();
        owners.retain(|&owner| owner != self.me && !is_safe(owner));
        for owner in owners {
            if let Ok(change) = self.merge_hint(owner, &pending.key, &versions, effects) {
                batch.extend(change);
            }
        }
        self.keep_quietly(batch);
    }
}
