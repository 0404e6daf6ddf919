//! Ranges: one page of a slice, as R of its owners know it together.

use super::{
    Answer, Asker, Body, Clock, Effects, Error, Key, Kind, Node, NodeId, Now, OperationId, Pending,
    Quorums, Storage, Versions, count,
};
use crate::kv::MAX_PAGE;
use crate::kv::message::Range;
use crate::ring::SLICES;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Bytes of values after which a page ends early.
const PAGE_BYTES: usize = 4 << 20;

type Entries = Vec<(Key, Arc<Versions>)>;

#[derive(Debug)]
pub(super) struct Scan {
    range: Range,
    asked: Vec<NodeId>,
    replies: Vec<(NodeId, Entries, bool)>,
}

impl Scan {
    pub(super) fn replies(&self) -> u8 {
        count(self.replies.iter())
    }
}

impl Range {
    fn check(&self) -> Result<(), Error> {
        let reason = if self.limit == 0 || self.limit > MAX_PAGE {
            alloc::format!("limit={}, expected 1 to {MAX_PAGE}", self.limit)
        } else if self.slice.0 >= SLICES {
            alloc::format!("slice {}, expected 0 to {}", self.slice.0, SLICES - 1)
        } else if [&self.from, &self.until, &self.after]
            .into_iter()
            .flatten()
            .any(|key| key.slice() != self.slice)
        {
            String::from("its bounds lie in another slice")
        } else {
            return Ok(());
        };
        Err(Error::Range { reason })
    }

    fn holds(&self, key: &Key) -> bool {
        self.partition.as_ref().is_none_or(|partition| partition == key.partition())
            && self.from.as_ref().is_none_or(|from| key >= from)
            && self.until.as_ref().is_none_or(|until| key < until)
            && self.after.as_ref().is_none_or(|after| self.is_before(after, key))
    }

    /// Whether `a` comes before `b` in the direction of travel.
    fn is_before(&self, a: &Key, b: &Key) -> bool {
        if self.reverse { a > b } else { a < b }
    }
}

impl<S: Storage> Node<S> {
    /// The first records of a range that this node holds, and whether there are more.
    pub(in crate::kv) fn list(&self, range: &Range) -> (Entries, bool) {
        let table = self.storage.table();
        let limit = usize::from(range.limit.min(MAX_PAGE));
        let (mut entries, mut bytes) = (Vec::new(), 0);
        let mut take = |(key, versions): (&Key, &Arc<Versions>)| {
            if !range.holds(key) {
                return true;
            }
            if entries.len() >= limit || bytes >= PAGE_BYTES {
                return false;
            }
            bytes += versions.value_bytes();
            entries.push((key.clone(), Arc::clone(versions)));
            true
        };
        // Begin as far on as the bounds allow; the rest of the slice is walked and filtered.
        let whole = if range.reverse {
            table.slice(range.slice).rev().all(&mut take)
        } else {
            let begin = match (&range.partition, range.after.as_ref().or(range.from.as_ref())) {
                (_, Some(key)) => Some(key.clone()),
                (Some(partition), None) => Key::new(partition.clone(), "").ok(),
                (None, None) => Some(Key::first_at(range.slice.first_prefix())),
            };
            table
                .records_from(begin.as_ref())
                .take_while(|(key, _)| {
                    key.slice() == range.slice
                        && range.partition.as_ref().is_none_or(|p| key.partition() <= p)
                        && range.until.as_ref().is_none_or(|until| *key < until)
                })
                .all(&mut take)
        };
        (entries, !whole)
    }

    pub(super) fn begin_scan(
        &mut self,
        now: Now,
        asker: Asker,
        range: Range,
        quorums: Quorums,
        clock: Clock,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        range.check()?;
        let asked: Vec<NodeId> = self
            .owners(range.slice, quorums)
            .iter()
            .copied()
            .filter(|&id| self.membership.is_healthy(id))
            .collect();
        if asked.len() < usize::from(quorums.read) {
            let healthy = count(asked.iter());
            return Err(Error::Unreachable { healthy, needed: quorums.read });
        }
        let key = Key::first_at(range.slice.first_prefix());
        let scan = Scan { range: range.clone(), asked: asked.clone(), replies: Vec::new() };
        let operation = self.insert(asker, &key, quorums, clock, Kind::Scan(scan));
        self.set_timers(now, operation, clock, effects);
        for &to in asked.iter().filter(|&&to| to != self.me) {
            self.out.send(to, Body::List { operation, range: range.clone() }, effects);
        }
        if asked.contains(&self.me) {
            let (entries, more) = self.list(&range);
            self.handle_listed(now, self.me, operation, entries, more, effects);
        }
        Ok(())
    }

    /// A node says which keys of a range it holds; `from` may be this node itself.
    pub(in crate::kv) fn handle_listed(
        &mut self,
        _now: Now,
        from: NodeId,
        operation: OperationId,
        entries: Entries,
        more: bool,
        effects: &mut Effects,
    ) {
        let Some(pending) = self.coordinator.pending.get_mut(&operation) else {
            return;
        };
        let Kind::Scan(scan) = &mut pending.kind else {
            return;
        };
        if !scan.asked.contains(&from) || scan.replies.iter().any(|&(node, ..)| node == from) {
            return;
        }
        scan.replies.push((from, entries, more));
        if scan.replies() < pending.quorums.read {
            return;
        }
        if let Some(Pending { asker: Some(asker), kind: Kind::Scan(scan), .. }) =
            self.coordinator.pending.remove(&operation)
        {
            self.counters.scans += 1;
            self.answer(asker, Ok(page(scan)), effects);
        }
    }
}

/// Merges what the owners hold, as far as all of them have looked.
fn page(scan: Scan) -> Answer {
    let Scan { range, replies, .. } = scan;
    // A node that has more has looked only as far as its last key.
    let mut end: Option<Key> = None;
    for (_, entries, more) in &replies {
        if let Some((last, _)) = entries.last().filter(|_| *more)
            && end.as_ref().is_none_or(|end| range.is_before(last, end))
        {
            end = Some(last.clone());
        }
    }
    let mut merged: BTreeMap<Key, Arc<Versions>> = BTreeMap::new();
    for (key, versions) in replies.into_iter().flat_map(|(_, entries, _)| entries) {
        let is_beyond = end.as_ref().is_some_and(|end| range.is_before(end, &key));
        if is_beyond || !range.holds(&key) || versions.check().is_err() {
            continue;
        }
        merged
            .entry(key)
            .and_modify(|known| {
                if *known != versions {
                    *known = Arc::new(known.merge(&versions));
                }
            })
            .or_insert(versions);
    }
    let mut entries: Entries = merged.into_iter().collect();
    if range.reverse {
        entries.reverse();
    }
    let limit = usize::from(range.limit);
    if entries.len() > limit {
        entries.truncate(limit);
        end = entries.last().map(|(key, _)| key.clone());
    }
    entries.retain(|(_, versions)| versions.is_live());
    Answer::Page { entries, next: end }
}
