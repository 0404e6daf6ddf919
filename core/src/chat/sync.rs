//! The message sync queues: what is still to be done when a message is in its log.
//!
//! Each message that is acknowledged is in one of [`SHARDS`] queues, by its conversation. A worker, wherever it has
//! its lease, raises the inbox of every member, and gives the message on to a second queue: the worker of that one has
//! those told who have no device on-line ([`tell`](super::tell)). Telling a hundred takes long, and keeps no inbox
//! waiting. Raising is idempotent and notices have names, so that doing it twice, after a worker was lost, does no harm.
//!
//! A worker does many conversations at once, and all that it has of one together. What fails is put off, ever longer,
//! and holds up nothing else. All is due at once, and what waits in a worker's hand does so by its steady clock: whether
//! the wall clock of the node that took a message was right does not matter.

use super::conversation::everyone;
use super::inbox::{self, Mark, Of};
use super::{Chat, ConversationId, Draft, SECOND_LOOK, SHARDS};
use crate::base::{Instant, Span, Wall, all_of, all_within, hash, next_of};
use crate::port::{self, Item, ItemId, Notify, People, Ports, Queue, UserId, Worker};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// When a lost worker is replaced.
const TERM: Span = Span::from_secs(10);
/// Between two attempts to become a queue's worker.
const WATCH_EVERY: Span = Span::from_secs(2);
/// Between two looks into a queue in which there was more.
const GATHER: Span = Span::from_millis(20);
/// After what failed of a message; then it doubles, four times.
const AGAIN: Span = Span::from_secs(1);
/// Items that a worker takes at once.
const TAKEN: u16 = 256;
/// Items that a worker has in hand that are to be done now.
const IN_HAND: usize = 1_000;
/// Items that a worker keeps for later; of more the next is done before its time.
const LATER: usize = 10_000;
/// Conversations that a worker does at once, and messages of each.
const AT_ONCE: usize = 32;
const OF_ONE: usize = 8;
/// Characters of a message that a notice quotes.
const EXCERPT: usize = 100;

/// What is done with a message, each from a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Raise the inboxes of all members.
    Raise,
    /// Have those told who are off-line.
    Tell,
}

impl Step {
    const fn queue(self) -> &'static str {
        match self {
            Self::Raise => "sync",
            Self::Tell => "tell",
        }
    }

    /// Between two looks into a queue that was empty.
    const fn look_every(self) -> Span {
        match self {
            Self::Raise => Span::from_millis(250),
            Self::Tell => Span::from_secs(1),
        }
    }
}

/// A message of which something is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sync {
    pub(super) conversation: ConversationId,
    pub(super) number: u64,
    pub(super) author: UserId,
    time: Wall,
    pub(super) excerpt: String,
    /// Whether those who were off-line at first are told.
    pub(super) is_second: bool,
}

impl Sync {
    pub(super) fn new(author: UserId, draft: &Draft, number: u64, time: Wall) -> Self {
        Self {
            conversation: draft.conversation,
            number,
            author,
            time,
            excerpt: draft.text.chars().take(EXCERPT).collect(),
            is_second: false,
        }
    }

    fn body(&self) -> Result<Bytes, port::Error> {
        // Plain data always encodes; should it not, it is not acknowledged.
        postcard::to_allocvec(self).map(Bytes::from).map_err(|_| port::Error::Stopped)
    }
}

/// A message in a worker's hand.
struct Chore {
    item: Item,
    sync: Sync,
    failures: u32,
    not_before: Instant,
}

/// The queue of a conversation.
fn shard_of(conversation: ConversationId) -> u64 {
    hash::keyed(0, conversation.to_string().as_bytes()) % SHARDS
}

fn queue(step: Step, shard: u64) -> Result<Queue, port::Error> {
    Ok(Queue::new("chat", &format!("{}/{shard}", step.queue()), TERM)?.at_once())
}

impl<P: Ports, O: People + Notify> Chat<P, O> {
    /// Puts a message into a queue.
    pub(super) async fn push(&self, step: Step, sync: &Sync) -> Result<(), port::Error> {
        let queue = queue(step, shard_of(sync.conversation))?;
        queue.push(&self.ports, sync.body()?, self.ports.now().wall).await.map(drop)
    }

    /// Whether this node works at the queue of a conversation.
    #[must_use]
    pub fn is_worker_of(&self, conversation: ConversationId) -> bool {
        self.lock().queues.contains(&(Step::Raise, shard_of(conversation)))
    }

    /// Serves a queue whenever it has no other worker; never ends.
    pub(super) async fn serve_queue(&self, step: Step, shard: u64) {
        let holder = self.ports.random();
        let Ok(mut queue) = queue(step, shard) else { return };
        loop {
            if let Ok(Some(worker)) = queue.serve(&self.ports, holder).await {
                self.lock().queues.insert((step, shard));
                worker.keep(&self.ports, self.work(&worker, step)).await;
                self.lock().queues.remove(&(step, shard));
            }
            let pause = WATCH_EVERY.as_micros() + self.ports.random() % WATCH_EVERY.as_micros();
            self.ports.sleep(Span::from_micros(pause)).await;
        }
    }

    /// Works as long as it is polled: until the lease is lost. What is in hand comes to the next worker then.
    async fn work(&self, worker: &Worker, step: Step) {
        let mut due: Vec<Chore> = Vec::new();
        let mut later: BTreeMap<(Instant, ItemId), Chore> = BTreeMap::new();
        // Conversations of which something is under way, and of how many messages.
        let mut busy: BTreeMap<ConversationId, usize> = BTreeMap::new();
        let mut jobs = Vec::new();
        let mut look_at = Instant::ZERO;
        loop {
            let has_room = due.len() + busy.values().sum::<usize>() < IN_HAND;
            if has_room && self.ports.now().instant >= look_at {
                let taken = worker.take(&self.ports, TAKEN).await.unwrap_or_default();
                let is_all = taken.len() < usize::from(TAKEN);
                let now = self.ports.now().instant;
                look_at = now + if is_all { step.look_every() } else { GATHER };
                for item in taken {
                    if let Some(chore) = self.take_in(worker, item).await {
                        later.insert((chore.not_before, chore.item.id), chore);
                    }
                }
            }
            let now = self.ports.now().instant;
            let is_due = |(&(at, _), _): (&(Instant, ItemId), &Chore)| at <= now;
            while later.len() > LATER || later.first_key_value().is_some_and(is_due) {
                due.extend(later.pop_first().map(|(_, chore)| chore));
            }
            let mut batches: BTreeMap<ConversationId, Vec<Chore>> = BTreeMap::new();
            for chore in core::mem::take(&mut due) {
                let id = chore.sync.conversation;
                let has_place = busy.len() + batches.len() < AT_ONCE || batches.contains_key(&id);
                match has_place && !busy.contains_key(&id) {
                    true => batches.entry(id).or_default().push(chore),
                    false => due.push(chore),
                }
            }
            for (id, batch) in batches {
                busy.insert(id, batch.len());
                jobs.push(Box::pin(self.carry_out(worker, step, id, batch)));
            }
            let pause = self.ports.sleep(look_at.since(now).max(GATHER));
            if let Some((id, left)) = next_of(&mut jobs, pause).await {
                busy.remove(&id);
                let left = left.into_iter().flatten();
                later.extend(left.map(|chore| ((chore.not_before, chore.item.id), chore)));
            }
        }
    }

    /// What an item says; one that cannot be read is of another version, and is given up.
    async fn take_in(&self, worker: &Worker, item: Item) -> Option<Chore> {
        let Ok(sync) = postcard::from_bytes::<Sync>(&item.body) else {
            let _ = worker.done(&self.ports, &item).await; // should it stay, it stays in hand
            return None;
        };
        // How much of that has gone by was known to another worker.
        let wait = if sync.is_second { SECOND_LOOK } else { Span::ZERO };
        Some(Chore { item, sync, failures: 0, not_before: self.ports.now().instant + wait })
    }

    /// Takes a step with some messages of one conversation, and what is left of each.
    async fn carry_out(
        &self,
        worker: &Worker,
        step: Step,
        conversation: ConversationId,
        batch: Vec<Chore>,
    ) -> (ConversationId, Vec<Option<Chore>>) {
        let raised = match step {
            Step::Raise => self.raise(conversation, &batch).await,
            Step::Tell => Ok(()),
        };
        let each = batch.into_iter().map(async |chore| {
            let outcome = match (step, raised.clone()) {
                (_, Err(error)) => Err(error),
                (Step::Raise, Ok(())) => self.push(Step::Tell, &chore.sync).await.map(|()| true),
                (Step::Tell, Ok(())) => match self.tell(&chore.sync).await {
                    Ok(false) => self.keep_for_second(&chore).await.map(|()| false),
                    is_told => is_told,
                },
            };
            self.settle(worker, step, chore, outcome).await
        });
        (conversation, all_within(each.collect(), OF_ONE).await)
    }

    /// Raises the inboxes of all members, and what the authors have read.
    async fn raise(
        &self,
        conversation: ConversationId,
        batch: &[Chore],
    ) -> Result<(), port::Error> {
        // They need only be raised to the last message of a conversation, and of an author.
        let mut authors: BTreeMap<UserId, Mark> = BTreeMap::new();
        for Chore { sync, .. } in batch {
            let mark = Mark { number: sync.number, time: sync.time };
            let last = authors.entry(sync.author).or_insert(mark);
            *last = mark.max(*last);
        }
        let Some(last) = authors.values().max().copied() else { return Ok(()) };
        let members = everyone(&self.ports, conversation).await?;
        let raise = |user, of, mark| inbox::raise(&self.ports, user, of, conversation, mark);
        let raised = all_of(members.iter().map(|&user| raise(user, Of::Last, last))).await;
        raised.into_iter().collect::<Result<(), _>>()?;
        // Whoever has left meanwhile may have taken it out of the inbox just before it was put back.
        let staying = everyone(&self.ports, conversation).await?;
        for &user in members.iter().filter(|user| !staying.contains(user)) {
            inbox::forget(&self.ports, user, conversation).await?;
        }
        let read = all_of(authors.into_iter().map(|(user, mark)| raise(user, Of::Read, mark)));
        read.await.into_iter().collect()
    }

    /// Writes down in its place that a message is to be looked at once more.
    async fn keep_for_second(&self, chore: &Chore) -> Result<(), port::Error> {
        let second = Sync { is_second: true, ..chore.sync.clone() };
        let queue = queue(Step::Tell, shard_of(second.conversation))?;
        queue.push_as(&self.ports, chore.item.id, second.body()?).await
    }

    /// A message is done with, or comes once more, or failed: what is left of it.
    async fn settle(
        &self,
        worker: &Worker,
        step: Step,
        mut chore: Chore,
        outcome: Result<bool, port::Error>,
    ) -> Option<Chore> {
        let outcome = match outcome {
            Ok(true) => worker.done(&self.ports, &chore.item).await.map(|()| true),
            outcome => outcome,
        };
        let now = self.ports.now().instant;
        match outcome {
            Ok(true) => {
                self.count(|counters| counters.synced += u64::from(step == Step::Raise));
                return None;
            }
            Ok(false) => {
                (chore.sync.is_second, chore.failures) = (true, 0);
                chore.not_before = now + SECOND_LOOK;
            }
            Err(_) => {
                chore.not_before = now + AGAIN * (1 << chore.failures.min(4));
                chore.failures += 1;
            }
        }
        Some(chore)
    }
}
