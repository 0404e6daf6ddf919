//! What a node keeps in memory, and what it has counted.

use super::blocked::{BlockError, Blocked};
use super::index::{Index, Period};
use super::log::{Batch, Cursor, Ended, Ends, Head, LogId, Marks, has_ended};
use crate::base::{Counted, Instant};
use crate::port;
use crate::ring::NodeId;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::task::{Context, Poll, Waker};

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Queries counted and acknowledged.
    pub recorded: u64,
    /// Suggestions given.
    pub suggested: u64,
    /// Batches written to the node's log.
    pub batches: u64,
    /// Batches of all logs taken into the index.
    pub applied: u64,
    /// Queries left out since there were too many distinct ones.
    pub left_out: u64,
    /// Snapshots built.
    pub snapshots: u64,
    /// Snapshots written to the table.
    pub checkpoints: u64,
}

impl Counters {
    /// All of them, by name.
    #[must_use]
    pub const fn named(&self) -> [Counted; 7] {
        [
            Counted::new("autocomplete_queries", "Queries counted and acknowledged", self.recorded),
            Counted::new(
                "autocomplete_suggestions",
                "Requests for suggestions answered",
                self.suggested,
            ),
            Counted::new(
                "autocomplete_batches",
                "Batches of queries written to the log",
                self.batches,
            ),
            Counted::new(
                "autocomplete_applied",
                "Batches of all logs taken into the index",
                self.applied,
            ),
            Counted::new(
                "autocomplete_left_out",
                "Queries left out for want of room",
                self.left_out,
            ),
            Counted::new("autocomplete_snapshots", "Snapshots built", self.snapshots),
            Counted::new(
                "autocomplete_checkpoints",
                "Snapshots written to the table",
                self.checkpoints,
            ),
        ]
    }
}

#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct State {
    /// Whether anybody has asked: a node that nobody asks does not follow the logs.
    pub(super) is_active: bool,
    pub(super) is_ready: bool,
    pub(super) index: Index,
    pub(super) cursors: BTreeMap<LogId, Cursor>,
    /// Logs that are no longer read: the index holds all that was in them.
    pub(super) ends: Ends,
    /// What the head said last: which half-life it is, and which one of the calendar it began with.
    pub(super) period: Period,
    pub(super) calendar: Period,
    /// What this node has told the others that its clock shows.
    pub(super) told: Option<Period>,
    /// How often words were blocked or freed here.
    pub(super) blockings: u64,
    pub(super) open: BTreeMap<String, u64>,
    pub(super) open_bytes: usize,
    /// Batches begun; the open one has this number.
    pub(super) begun: u64,
    /// All batches before this one are stored.
    pub(super) stored: u64,
    /// Why the batch that is being written is not stored yet.
    pub(super) failing: Option<port::Error>,
    pub(super) failures: u64,
    /// The writer, while there is nothing to write.
    writer: Option<Waker>,
    /// Those whose queries are being written, by number: who is polled often waits once.
    waiting: BTreeMap<u64, Waker>,
    /// How many have waited.
    waited: u64,
    pub(super) counters: Counters,
}

impl State {
    /// There is something to write.
    pub(super) fn wake_writer(&mut self) {
        self.writer.take().into_iter().for_each(Waker::wake);
    }

    /// Lets the writer wait. It may be polled often before it is woken.
    pub(super) fn wait_as_writer<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        self.writer = Some(context.waker().clone());
        Poll::Pending
    }

    /// The batch that was being written is stored, or failed.
    pub(super) fn wake(&mut self) {
        core::mem::take(&mut self.waiting).into_values().for_each(Waker::wake);
    }

    /// A number for one who will wait.
    pub(super) const fn wait_number(&mut self) -> u64 {
        self.waited += 1;
        self.waited
    }

    pub(super) fn wait<T>(&mut self, number: u64, context: &Context<'_>) -> Poll<T> {
        self.waiting.insert(number, context.waker().clone());
        Poll::Pending
    }

    /// How many wakers are kept.
    #[cfg(test)]
    pub(super) fn wakers(&self) -> usize {
        self.waiting.len() + usize::from(self.writer.is_some())
    }

    /// Counts a batch, if it is new.
    pub(super) fn apply(&mut self, now: Instant, log: LogId, number: u64, batch: &Batch) {
        if has_ended(&self.ends, log) || !self.cursors.entry(log).or_default().take(number, now) {
            return;
        }
        self.counters.applied += 1;
        for (key, times) in &batch.counts {
            if self.index.record_key(key, *times, batch.period).is_err() {
                self.counters.left_out = self.counters.left_out.saturating_add(*times);
            }
        }
    }

    /// Blocks or frees a phrase, besides whatever else was changed while that was stored.
    pub(super) fn set_blocked(&mut self, phrase: &str, is_blocked: bool) -> Result<(), BlockError> {
        let mut blocked = self.index.blocked().clone();
        if is_blocked {
            blocked.block(phrase)?;
        } else {
            blocked.free(phrase);
        }
        self.blockings += 1;
        self.index.set_blocked(blocked);
        Ok(())
    }

    /// Takes over what was read from when `blockings` was `before`. Should it have risen since, what was read may be
    /// older than what is known here: the next round reads again.
    pub(super) fn take_blocked(&mut self, before: u64, blocked: Blocked) {
        if self.blockings == before {
            self.index.set_blocked(blocked);
        }
    }

    /// Takes over what a head says of time and of logs that have ended; false if this node holds less than the
    /// logs that are left can make up for, and must begin anew from the head.
    pub(super) fn meet(&mut self, head: &Head) -> bool {
        (self.period, self.calendar) = (head.period, head.calendar);
        let next = |log: &LogId| self.cursors.get(log).map_or(0, Cursor::next);
        let is_cut =
            |(log, &kept): (&LogId, &u64)| !has_ended(&head.ends, *log) && next(log) < kept;
        let is_short = |(&node, ended): (&NodeId, &Ended)| {
            let lives = LogId { node, life: 0 }..=LogId { node, life: ended.life };
            let open: u64 = self.cursors.range(lives).map(|(_, cursor)| cursor.next()).sum();
            self.ends.get(&node).map_or(0, |ended| ended.batches) + open < ended.batches
        };
        if self.index.reference() != head.reference
            || head.kept.iter().any(is_cut)
            || head.ends.iter().any(is_short)
        {
            return false;
        }
        self.cursors.retain(|log, _| !has_ended(&head.ends, *log));
        self.ends.clone_from(&head.ends);
        true
    }

    /// What a checkpoint of the index, as it is now, holds: the marks of logs that go on, and the logs that end
    /// with it. A log ends if its node has begun another, all logs before it have ended, the last checkpoint holds
    /// all of it, and it is settled.
    pub(super) fn marks(&self, last: &Head, now: Instant) -> (Marks, Ends) {
        let (mut marks, mut ends) = (Marks::new(), last.ends.clone());
        let mut logs = self.cursors.iter().peekable();
        while let Some((&log, cursor)) = logs.next() {
            let is_first = marks.last_key_value().is_none_or(|(open, _)| open.node != log.node);
            let is_last = logs.peek().is_none_or(|(next, _)| next.node != log.node);
            let is_held = last.marks.get(&log) == Some(&cursor.next());
            if is_first && !is_last && is_held && cursor.is_settled(now) {
                let ended = ends.entry(log.node).or_default();
                *ended = Ended { life: log.life, batches: ended.batches + cursor.next() };
            } else {
                marks.insert(log, cursor.next());
            }
        }
        (marks, ends)
    }

    /// Begins anew from the snapshot of a checkpoint.
    pub(super) fn restart(&mut self, index: Index, head: &Head, now: Instant) {
        let blocked = self.index.blocked().clone();
        self.index = index;
        self.index.set_blocked(blocked);
        self.cursors =
            head.marks.iter().map(|(&log, &next)| (log, Cursor::at(next, now))).collect();
        self.ends.clone_from(&head.ends);
        self.is_ready = false; // until the logs after it are read
    }
}
