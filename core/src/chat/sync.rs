//! The message sync queue: what is still to be done when a message is in its log.
//!
//! Each message that is acknowledged is in one of [`SHARDS`] queues, by its conversation. A worker, wherever it has
//! its lease, raises the inbox of every member and has those told who have no device on-line. Raising is idempotent and
//! notices have names, so that doing it twice, after a worker was lost, does no harm.
//!
//! A user who seems to be on-line may be about to vanish. So such a message is looked at once more
//! [`SECOND_LOOK`] later: whoever is off-line then and has not read it is told.

use super::conversation::everyone;
use super::inbox::{self, Mark, Of};
use super::session::OFFLINE_AFTER;
use super::{Chat, ConversationId, Draft, SHARDS};
use crate::base::{Span, Wall, all_of, hash};
use crate::port::{self, Item, Notice, Notify, People, Ports, Queue, UserId, Worker};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// When a lost worker is replaced.
const TERM: Span = Span::from_secs(10);
/// Between two attempts to become a queue's worker.
const WATCH_EVERY: Span = Span::from_secs(2);
/// Between two looks into a queue that was empty.
const LOOK_EVERY: Span = Span::from_millis(250);
/// After what failed.
const AGAIN: Span = Span::from_millis(500);
/// After what failed of a message, which others overtake meanwhile.
const LATER: Span = Span::from_secs(1);
/// How long after a message those who were on-line are looked at again.
pub const SECOND_LOOK: Span = Span::from_secs(20);
/// Items that a worker takes at once.
const AT_ONCE: u16 = 32;
/// Characters of a message that a notice quotes.
const EXCERPT: usize = 100;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sync {
    conversation: ConversationId,
    number: u64,
    author: UserId,
    time: Wall,
    excerpt: String,
    is_second: bool,
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

    fn shard(&self) -> u64 {
        shard_of(self.conversation)
    }
}

/// The queue of a conversation.
fn shard_of(conversation: ConversationId) -> u64 {
    hash::keyed(0, conversation.to_string().as_bytes()) % SHARDS
}

fn queue(shard: u64) -> Result<Queue, port::Error> {
    Queue::new("chat", &format!("sync/{shard}"), TERM)
}

impl<P: Ports, O: People + Notify> Chat<P, O> {
    /// Puts a message into its queue.
    pub(super) async fn push(&self, item: Sync, due: Wall) -> Result<(), port::Error> {
        // Plain data always encodes; should it not, it is not acknowledged.
        let body = postcard::to_allocvec(&item).map_err(|_| port::Error::Stopped)?;
        queue(item.shard())?.push(&self.ports, body.into(), due).await.map(drop)
    }

    /// Whether this node works at the queue of a conversation.
    #[must_use]
    pub fn is_worker_of(&self, conversation: ConversationId) -> bool {
        self.lock().shards.contains(&shard_of(conversation))
    }

    /// Serves a shard whenever it has no other worker; never ends.
    pub(super) async fn serve_shard(&self, shard: u64) {
        let holder = self.ports.random();
        let Ok(mut queue) = queue(shard) else { return };
        loop {
            if let Ok(Some(worker)) = queue.serve(&self.ports, holder).await {
                self.lock().shards.insert(shard);
                worker.keep(&self.ports, self.work(&worker)).await;
                self.lock().shards.remove(&shard);
            }
            let pause = WATCH_EVERY.as_micros() + self.ports.random() % WATCH_EVERY.as_micros();
            self.ports.sleep(Span::from_micros(pause)).await;
        }
    }

    /// Works until something fails. What is under way when the lease is lost comes to the next worker.
    async fn work(&self, worker: &Worker) {
        loop {
            let items = worker.take(&self.ports, AT_ONCE).await.unwrap_or_default();
            if items.is_empty() {
                self.ports.sleep(LOOK_EVERY).await;
                continue;
            }
            if self.handle_all(worker, &items).await.iter().any(Result::is_err) {
                // What it has in hand is given again to whoever comes next, perhaps itself.
                self.ports.sleep(AGAIN).await;
                return;
            }
        }
    }

    /// Handles items, each by itself: what fails is put off, and the others need not wait for it. Whether the queue
    /// took that down.
    async fn handle_all(&self, worker: &Worker, items: &[Item]) -> Vec<Result<(), port::Error>> {
        // An item that cannot be read is of another version, and is given up.
        let read: Vec<Option<Sync>> =
            items.iter().map(|item| postcard::from_bytes(&item.body).ok()).collect();
        // An inbox need only be raised to the last message of a conversation.
        let mut last: BTreeMap<ConversationId, &Sync> = BTreeMap::new();
        for sync in read.iter().flatten().filter(|sync| !sync.is_second) {
            let found = last.entry(sync.conversation).or_insert(sync);
            if found.number < sync.number {
                *found = sync;
            }
        }
        let raised = all_of(last.into_values().map(async |sync| {
            let is_raised = self.raise(sync).await.is_ok();
            (!is_raised).then_some(sync.conversation)
        }));
        let failed: BTreeSet<ConversationId> = raised.await.into_iter().flatten().collect();
        let is_done = all_of(read.iter().map(async |sync| match sync {
            Some(sync) => !failed.contains(&sync.conversation) && self.tell(sync).await.is_ok(),
            None => true,
        }));
        let is_done = is_done.await;
        let again = self.ports.now().wall + LATER;
        let outcomes = all_of(items.iter().zip(&is_done).map(async |(item, &is_done)| {
            if is_done {
                worker.done(&self.ports, item).await
            } else {
                worker.retry(&self.ports, item, again).await
            }
        }));
        let outcomes = outcomes.await;
        let done = is_done.into_iter().filter(|&is_done| is_done).count();
        self.count(|counters| counters.synced += done as u64);
        outcomes
    }

    /// Raises the inboxes of all members, and what the author has read.
    async fn raise(&self, sync: &Sync) -> Result<(), port::Error> {
        let conversation = sync.conversation;
        let mark = Mark { number: sync.number, time: sync.time };
        let members = everyone(&self.ports, conversation).await?;
        let raise = |user, of| inbox::raise(&self.ports, user, of, conversation, mark);
        let raised = all_of(members.iter().map(|&user| raise(user, Of::Last))).await;
        raised.into_iter().collect::<Result<(), _>>()?;
        // Whoever has left meanwhile may have taken it out of the inbox just before it was put back.
        let staying = everyone(&self.ports, conversation).await?;
        for &user in members.iter().filter(|user| !staying.contains(user)) {
            inbox::forget(&self.ports, user, conversation).await?;
        }
        raise(sync.author, Of::Read).await
    }

    /// Has those told who have no device on-line.
    async fn tell(&self, sync: &Sync) -> Result<(), port::Error> {
        let members = everyone(&self.ports, sync.conversation).await?;
        let hidden = self.others.hidden_from(sync.author).await?;
        let concerned = |user: &UserId| *user != sync.author && !hidden.contains(user);
        // Before it has heard of the other servers everybody would seem to be off-line: the second look tells.
        let knows = sync.is_second || self.has_heard_of_servers();
        let (online, offline): (Vec<UserId>, Vec<UserId>) =
            members.into_iter().filter(concerned).partition(|&user| !knows || self.is_online(user));
        for user in offline {
            let is_read = async || {
                let read = inbox::look(&self.ports, user, Of::Read, sync.conversation).await?;
                Ok::<_, port::Error>(read.number >= sync.number)
            };
            if !sync.is_second || !is_read().await? {
                self.others.notify(&self.notice(sync, user).await?).await?;
                self.count(|counters| counters.notices += 1);
            }
        }
        if !sync.is_second && !online.is_empty() {
            let second = Sync { is_second: true, ..sync.clone() };
            self.push(second, self.ports.now().wall + SECOND_LOOK).await?;
        }
        Ok(())
    }

    async fn notice(&self, sync: &Sync, to: UserId) -> Result<Notice, port::Error> {
        let author = self.others.profile(sync.author).await?;
        let from = author.map_or_else(|| sync.author.to_string(), |profile| profile.display_name);
        let fields = [
            ("from", from),
            ("conversation", sync.conversation.to_string()),
            ("text", sync.excerpt.clone()),
        ];
        Ok(Notice {
            event: format!("chat/{}/{}/{to}", sync.conversation, sync.number),
            to,
            template: String::from("message"),
            fields: fields.map(|(name, value)| (String::from(name), value)).into(),
        })
    }
}

const _: () = assert!(SECOND_LOOK.as_micros() > OFFLINE_AFTER.as_micros());
