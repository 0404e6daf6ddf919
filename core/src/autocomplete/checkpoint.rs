//! Checkpoints: the aggregator's snapshot in the table, so that logs can be cut off and a node that starts need
//! not read all that was ever counted.
//!
//! One node at a time, by a lease, builds a snapshot of all it has read, writes it in pieces under a number of
//! its own, and then sets the head, a register, from the last checkpoint to this one. If that succeeds, the
//! logs are deleted up to the *last* checkpoint, and the pieces of the one before it: who is in the middle of
//! reading has time to finish. If it does not, another was faster, and the pieces are deleted later. Logs of lives
//! that are over end with a checkpoint, and are deleted with it.

use super::calendar::calendar;
use super::codec::{RunWriter, read_run};
use super::index::Index;
use super::log::{Cursor, Ends, Head, LogId, Marks, has_ended, logs, sort_key};
use super::query;
use super::service::Autocomplete;
use super::snapshot::{Builder, Snapshot};
use crate::base::Span;
use crate::kv::{self, Key, Update};
use crate::port::{self, Lease, Ports, Select, partition};
use alloc::sync::Arc;
use bytes::Bytes;

/// Every how many rounds of following a node looks at the head, and at whether to make a checkpoint.
pub(super) const EVERY: u64 = 8;
/// Batches after the last checkpoint from which another is worth its while.
const DUE: u64 = 64;
/// How long a checkpoint may take without a renewal.
const TERM: Span = Span::from_secs(20);
/// Bytes of a piece.
const PIECE: usize = 64 << 10;
/// Pieces written between renewals of the lease.
const RENEW: u32 = 16;

impl<P: Ports> Autocomplete<P> {
    /// Reads the head; if this node has fallen behind what is kept, begins anew from it.
    pub(super) async fn follow_head(&self) -> Result<(), port::Error> {
        let mut found = self.ports.update(&Head::key()?, Update::Read).await?.value;
        if found.is_none() {
            // The first to come decides when time begins.
            let calendar = calendar(self.ports.now().wall);
            let head = Head { calendar, ..Head::default() };
            found = self.ports.update(&Head::key()?, Update::create(head.bytes())).await?.value;
        }
        let head = Head::read(found.as_ref()).ok_or_else(missing)?;
        let is_met = self.lock().meet(&head);
        if is_met { Ok(()) } else { self.begin_from(&head).await }
    }

    async fn begin_from(&self, head: &Head) -> Result<(), port::Error> {
        let blocked = self.lock().index.blocked().clone();
        let mut builder = Builder::new();
        for piece in 0..head.pieces {
            let key = piece_key(head.generation, piece)?;
            let row = self.ports.get(&key).await?;
            let run = row.values.first().map(AsRef::as_ref).unwrap_or_default();
            let read = read_run(run, |key, score| builder.push(key, score, blocked.hides(key)));
            if run.is_empty() || read.is_err() {
                return Err(missing()); // a copy that is behind, or a head that has moved on
            }
        }
        let index = Index::new(builder.finish(), head.reference);
        let now = self.ports.now().instant;
        self.lock().restart(index, head, now);
        Ok(())
    }

    /// Makes a checkpoint if one is due and no other node is at it. The lease is the same from one attempt to the
    /// next, to see whether its holder still lives.
    pub(super) async fn checkpoint(&self, lease: &mut Option<Lease>) -> Result<(), port::Error> {
        let found = self.ports.update(&Head::key()?, Update::Read).await?.value;
        let Some(last) = Head::read(found.as_ref()) else {
            return Ok(());
        };
        let is_due = {
            let mut state = self.lock();
            if !state.meet(&last) {
                return Ok(()); // it begins anew when it follows the head
            }
            let since = |(log, cursor): (&LogId, &Cursor)| {
                cursor.next().saturating_sub(last.marks.get(log).copied().unwrap_or(0))
            };
            state.cursors.iter().map(since).sum::<u64>() >= DUE
        };
        if !is_due {
            return Ok(());
        }
        let lease = match lease {
            Some(lease) => lease,
            None => {
                let key = Key::new(partition("autocomplete", "aggregator"), Bytes::new())?;
                lease.insert(Lease::new(key, TERM))
            }
        };
        let holder = (u64::from(self.node.0) << 48) ^ (self.ports.random() >> 16);
        let Some(mut held) = lease.take(&self.ports, holder).await? else {
            return Ok(());
        };
        let Some((marks, ends)) = self.begin_checkpoint(&last) else {
            return held.release(&self.ports).await; // a batch is missing that others have: next time
        };
        self.rebuild(last.period).await;
        let snapshot = Arc::clone(self.lock().index.snapshot());
        let mut writer = RunWriter::default();
        let (mut pieces, mut at) = (0, 0);
        while at < snapshot.len() {
            at = fill(&mut writer, &snapshot, at);
            let key = piece_key(held.fence(), pieces)?;
            self.ports.put(&key, Some(writer.take().into()), None).await?;
            pieces += 1;
            if pieces.is_multiple_of(RENEW) && !held.renew(&self.ports).await? {
                return Ok(());
            }
        }
        let head = Head {
            generation: held.fence(),
            pieces,
            entries: snapshot.len() as u64,
            reference: self.lock().index.reference(),
            marks,
            kept: last.kept_next(),
            ends,
            previous: last.generation,
            ..last
        };
        let update = Update::CompareAndSet { expected: found, value: Some(head.bytes()) };
        if self.ports.update(&Head::key()?, update).await?.applied {
            self.lock().counters.checkpoints += 1;
            self.clean(head).await?;
        }
        held.release(&self.ports).await
    }

    /// What a snapshot that is begun now will hold, unless a batch came before its turn. Begins it.
    fn begin_checkpoint(&self, last: &Head) -> Option<(Marks, Ends)> {
        let now = self.ports.now().instant;
        let mut state = self.lock();
        if !state.cursors.values().all(Cursor::is_whole) || state.index.is_building() {
            return None;
        }
        state.index.begin(last.period);
        Some(state.marks(last, now))
    }

    /// Deletes what no reader needs any more, and then says so in the head. What an aggregator that was killed left
    /// is found by the next.
    async fn clean(&self, head: Head) -> Result<(), port::Error> {
        for (log, &kept) in &head.kept {
            // Not from the beginning: what was deleted before has left tombstones, which would be walked over.
            let from = head.swept.get(log).map(|&swept| sort_key(swept));
            let until = Some(sort_key(kept));
            self.delete(&log.partition(), Select { from, until, ..Select::default() }).await?;
            if has_ended(&head.ends, *log) {
                self.ports.put(&Key::new(logs(), log.entry())?, None, None).await?;
            }
        }
        for generation in head.cleaned..head.generation {
            if generation != head.previous {
                self.delete(&Head::partition(generation), Select::default()).await?;
            }
        }
        let expected = Some(head.bytes());
        let done = Head { swept: head.kept.clone(), cleaned: head.previous, ..head };
        let update = Update::CompareAndSet { expected, value: Some(done.bytes()) };
        self.ports.update(&Head::key()?, update).await.map(drop) // or it is done again
    }

    async fn delete(&self, partition: &Bytes, mut select: Select) -> Result<(), port::Error> {
        select.limit = 16;
        loop {
            let page = self.ports.range(partition, &select).await?;
            for (sort, _) in page.rows {
                self.ports.put(&Key::new(partition.clone(), sort)?, None, None).await?;
            }
            select.after = page.next;
            if select.after.is_none() {
                return Ok(());
            }
        }
    }
}

/// Writes entries from `at` on until a piece is full; where the next begins.
fn fill(writer: &mut RunWriter, snapshot: &Snapshot, mut at: usize) -> usize {
    while let Some(entry) = snapshot.get(at) {
        if writer.len() + query::MAX_KEY > PIECE {
            break;
        }
        writer.push(entry);
        at += 1;
    }
    at
}

fn piece_key(generation: u64, piece: u32) -> Result<Key, kv::Error> {
    Key::new(Head::partition(generation), sort_key(u64::from(piece)))
}

/// What is needed is not there, or not yet.
pub(super) fn missing() -> port::Error {
    port::Error::Store(kv::Error::Unreachable { healthy: 0, needed: 1 })
}
