//! Reads: what R replicas know together, and repair of those that knew less.

use super::{
    Answer, Asker, Body, Clock, Effects, Error, Event, Key, Kind, NOBODY, Node, OperationId,
    Pending, Quorums, Storage, Target, Versions, count,
};
use crate::base::Now;
use crate::ring::NodeId;
use alloc::sync::Arc;
use alloc::vec::Vec;

#[derive(Debug)]
pub(super) struct Read {
    pub(super) asked: Vec<NodeId>,
    pub(super) replies: Vec<(NodeId, Option<Arc<Versions>>)>,
}

impl<S: Storage> Node<S> {
    pub(super) fn begin_read(
        &mut self,
        now: Now,
        asker: Asker,
        key: &Key,
        quorums: Quorums,
        clock: Clock,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        self.check_reachable(key.slice(), quorums, quorums.read)?;
        let asked: Vec<NodeId> =
            self.coordinators(key.slice(), quorums).take(usize::from(quorums.copies)).collect();
        let read = Read { asked: asked.clone(), replies: Vec::new() };
        let operation = self.insert(asker, key, quorums, clock, Kind::Read(read));
        effects.tell(Event::Reading { operation, key: key.clone(), asked: asked.clone() });
        self.set_timers(now, operation, clock, effects);
        for &to in asked.iter().filter(|&&to| to != self.me) {
            self.out.send(to, Body::Fetch { operation, key: key.clone() }, effects);
        }
        if asked.contains(&self.me) {
            let versions = self.storage.table().known(key);
            self.handle_fetched(now, self.me, operation, versions, effects);
        }
        Ok(())
    }

    /// A node says what it knows of a key; `from` may be this node itself.
    pub(crate) fn handle_fetched(
        &mut self,
        now: Now,
        from: NodeId,
        operation: OperationId,
        versions: Option<Arc<Versions>>,
        effects: &mut Effects,
    ) {
        if versions.as_ref().is_some_and(|versions| versions.check().is_err()) {
            effects.tell(Event::Ignored { from, reason: "its versions contradict themselves" });
            return;
        }
        let Some(pending) = self.coordinator.pending.get_mut(&operation) else {
            return;
        };
        let Kind::Read(read) = &mut pending.kind else {
            return;
        };
        if !read.asked.contains(&from) || read.replies.iter().any(|&(node, _)| node == from) {
            return;
        }
        read.replies.push((from, versions));
        let got = count(read.replies.iter());
        if got >= pending.quorums.read
            && let Some(asker) = pending.asker.take()
        {
            let merged = merge_replies(&read.replies);
            let after = now.instant.since(pending.started);
            let key = pending.key.clone();
            let values = u16::try_from(merged.values().count()).unwrap_or(u16::MAX);
            self.counters.reads += 1;
            effects.tell(Event::Answered { operation, key, got, values, after });
            self.answer(asker, Ok(Answer::Got(merged)), effects);
        }
        let is_done = matches!(
            self.coordinator.pending.get(&operation),
            Some(Pending { kind: Kind::Read(read), .. }) if read.replies.len() == read.asked.len()
        );
        if is_done {
            self.finish_read(operation, effects);
        }
    }

    /// Sends owners that answered a read with less than others knew what they lack.
    pub(super) fn finish_read(&mut self, operation: OperationId, effects: &mut Effects) {
        let Some(pending) = self.coordinator.pending.remove(&operation) else {
            return;
        };
        let Kind::Read(Read { replies, .. }) = pending.kind else {
            return;
        };
        let (key, merged) = (pending.key, merge_replies(&replies));
        if merged.context().is_empty() {
            return;
        }
        let owners = self.owners(key.slice(), pending.quorums).to_vec();
        for (node, versions) in replies {
            if !owners.contains(&node) || versions.is_some_and(|versions| versions == merged) {
                continue;
            }
            self.counters.read_repairs += 1;
            effects.tell(Event::ReadRepaired { node, key: key.clone() });
            if node == self.me {
                let change = self.merge_record(&key, &merged, effects);
                self.keep_quietly(change.into_iter().collect());
            } else {
                let target = Target { node, hint_for: None, acknowledged: false };
                self.send_store(NOBODY, &key, &merged, &target, effects);
            }
        }
    }

    pub(super) fn hedge_read(&mut self, now: Now, operation: OperationId, effects: &mut Effects) {
        let Some(pending) = self.coordinator.pending.get(&operation) else {
            return;
        };
        let Kind::Read(read) = &pending.kind else {
            return;
        };
        let missing = read.asked.len() - read.replies.len();
        let added: Vec<NodeId> = self
            .coordinators(pending.key.slice(), pending.quorums)
            .filter(|id| !read.asked.contains(id))
            .take(missing)
            .collect();
        let key = pending.key.clone();
        if let Some(Pending { kind: Kind::Read(read), .. }) =
            self.coordinator.pending.get_mut(&operation)
        {
            read.asked.extend(&added);
        }
        for to in added {
            if to == self.me {
                let versions = self.storage.table().known(&key);
                self.handle_fetched(now, to, operation, versions, effects);
            } else {
                self.out.send(to, Body::Fetch { operation, key: key.clone() }, effects);
            }
        }
    }
}

fn merge_replies(replies: &[(NodeId, Option<Arc<Versions>>)]) -> Arc<Versions> {
    let mut known = replies.iter().filter_map(|(_, versions)| versions.as_ref());
    let Some(first) = known.next() else {
        return Arc::default();
    };
    known.fold(Arc::clone(first), |merged, versions| {
        if merged == *versions { merged } else { Arc::new(merged.merge(versions)) }
    })
}
