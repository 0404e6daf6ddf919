//! The fan-out: each post is brought to its readers by a worker that never forgets its place.
//!
//! A task waits in a queue before the post is acknowledged. A worker goes through the author's friends in the order of
//! their numbers, and after each batch of them writes into the task how far it has come. If it dies, the next one
//! goes on from there; what was pushed twice is one row. What fails is put off and holds up nothing else. Once all
//! inboxes have the post, readers are told of it: many posts are told of beside many that are brought, so that
//! telling keeps no post waiting.

use super::keys::{self, read, written};
use super::post::Stored;
use super::reader::Reader;
use super::service::{Feed, PARALLEL};
use super::{Error, PostId};
use crate::base::hash::keyed;
use crate::base::{Instant, Span, all_within, next_of};
use crate::port::{Item, Notice, Notify, People, Ports, Queue, UserId, Worker};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Queues among which authors are divided: so many workers there are in the cluster.
pub const QUEUES: u64 = 4;
/// Posts that a worker brings at once; and so many again of which it tells.
const AT_ONCE: usize = 16;
/// Tasks that a worker has in hand, with those that were put off.
const IN_HAND: usize = 1_000;
/// How long a lost worker is waited for.
const TERM: Span = Span::from_secs(10);
/// Between two looks at a queue of which nothing was announced.
const LOOK: Span = Span::from_secs(2);
/// Between two looks at one that is announced again and again: so many posts are taken at once.
const GATHER: Span = Span::from_millis(20);
/// After which time it is tried again when the store refused: a task at first; then it doubles, five times.
const RETRY: Span = Span::from_secs(1);
/// For how long a reader who was seen to read counts as one who does.
const ACTIVE: Span = Span::from_secs(60);
/// Characters of a post that are told to its readers.
const TOLD: usize = 100;
/// Tasks that are taken at once.
const TAKEN: u16 = 64;

/// What is to be done about a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// Put it into inboxes.
    Push,
    /// The author has become famous by it: let readers know that they pull from now on.
    Mark,
    /// All inboxes have it: tell readers.
    Tell,
}

/// A post to be brought to its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Task {
    author: UserId,
    post: PostId,
    stage: Stage,
    /// The last friend that was reached in it.
    reached: Option<UserId>,
}

impl Task {
    pub(super) const fn new(author: UserId, post: PostId) -> Self {
        Self { author, post, stage: Stage::Push, reached: None }
    }

    /// Which queue has the tasks of an author.
    pub(super) fn queue_of(author: UserId) -> u64 {
        // The last bits of a Snowflake are a sequence that mostly stands at zero.
        keyed(0, &author.0.to_be_bytes()) % QUEUES
    }

    /// Tasks that are told of are counted apart.
    fn lane(&self) -> usize {
        usize::from(self.stage == Stage::Tell)
    }
}

/// A task in hand.
struct Chore {
    item: Item,
    task: Task,
    /// Whether another worker had begun it.
    is_resumed: bool,
    failures: u32,
    not_before: Instant,
}

impl Chore {
    fn new(item: Item, task: Task) -> Self {
        let is_resumed = task.reached.is_some() || task.stage != Stage::Push;
        Self { item, task, is_resumed, failures: 0, not_before: Instant::ZERO }
    }
}

/// What readers are told of a post.
struct Words {
    from: String,
    text: String,
}

impl Words {
    /// The notice to a reader: one, by its name, however often the post is brought.
    fn notice(&self, reader: UserId, post: PostId) -> Notice {
        let fields =
            [("from", self.from.clone()), ("text", self.text.clone()), ("post", post.to_string())];
        Notice {
            event: format!("feed/{post}/{reader}"),
            to: reader,
            template: String::from("posted"),
            fields: fields.map(|(name, value)| (String::from(name), value)).into(),
        }
    }
}

fn queue(number: u64) -> Result<Queue, Error> {
    Ok(Queue::new("feed", &format!("fan-out/{number}"), TERM)?.at_once())
}

impl<P: Ports, O: People> Feed<P, O> {
    /// Notes that a post is to be brought to its readers.
    pub(super) async fn note(&self, task: &Task) -> Result<(), Error> {
        let body = written(task).unwrap_or_default();
        queue(Task::queue_of(task.author))?.push(&self.ports, body, self.now()).await?;
        Ok(())
    }
}

impl<P: Ports, O: People + Notify> Feed<P, O> {
    /// Brings posts to their readers as long as it is polled: what runs beside the requests, on every node.
    pub async fn fan_out(&self) {
        let queues = (0..QUEUES).map(|number| self.serve_queue(number)).collect();
        let capacity = usize::try_from(QUEUES).unwrap_or(1);
        all_within(queues, capacity).await;
    }

    async fn serve_queue(&self, number: u64) {
        let Ok(mut queue) = queue(number) else { return };
        let holder = self.ports.random();
        let (node, nodes) = self.place;
        if number % u64::from(nodes) != u64::from(node.0) {
            self.ports.sleep(TERM).await; // whose turn it is comes first
        }
        loop {
            if let Ok(Some(worker)) = queue.serve(&self.ports, holder).await {
                worker.keep(&self.ports, self.work(&worker, number)).await;
                self.ports.sleep(RETRY).await;
            } else {
                self.ports.sleep(TERM).await;
            }
        }
    }

    /// Works as long as it is polled: until the lease is lost. Whatever is under way then comes to the next worker.
    async fn work(&self, worker: &Worker, number: u64) {
        let began = self.now_steady();
        let (mut looked, mut look_at) = (began, began);
        let mut heard = self.announced(u64::MAX).1;
        let mut waiting: Vec<Chore> = Vec::new();
        let mut jobs = Vec::new();
        let mut under_way = [0; 2];
        loop {
            let (news, all) = self.announced(heard);
            heard = all;
            if news.iter().any(|news| Task::queue_of(news.author) == number) {
                look_at = look_at.min(looked + GATHER);
            }
            let has_room = waiting.len() + jobs.len() < IN_HAND;
            if has_room && self.now_steady() >= look_at {
                let taken = self.take(worker).await;
                looked = self.now_steady();
                look_at = match &taken {
                    Ok((_, true)) => looked,
                    Ok(_) => looked + LOOK,
                    Err(_) => looked + RETRY,
                };
                waiting.extend(taken.into_iter().flat_map(|(chores, _)| chores));
            }
            let now = self.now_steady();
            let (due, mut kept) = (core::mem::take(&mut waiting), Vec::new());
            for chore in due {
                let lane = &mut under_way[chore.task.lane()];
                if *lane < AT_ONCE && chore.not_before <= now {
                    *lane += 1;
                    jobs.push(Box::pin(self.carry_out(worker, chore)));
                } else {
                    kept.push(chore);
                }
            }
            waiting = kept;
            // What was put off is due within a second, or later.
            let pause = if waiting.is_empty() { LOOK } else { RETRY };
            let pause = if has_room { pause.min(look_at.since(now)) } else { pause };
            if let Some((lane, left)) = next_of(&mut jobs, self.await_news(heard, pause)).await {
                under_way[lane] -= 1;
                waiting.extend(left);
            }
        }
    }

    /// Takes what is to be done, and whether there may be more.
    async fn take(&self, worker: &Worker) -> Result<(Vec<Chore>, bool), Error> {
        let items = worker.take(&self.ports, TAKEN).await?;
        let is_full = items.len() >= usize::from(TAKEN);
        let mut chores = Vec::new();
        for item in items {
            match postcard::from_bytes(&item.body) {
                Ok(task) => chores.push(Chore::new(item, task)),
                // Nobody pushes such a thing. Should it stay, it stays in hand.
                Err(_) => drop(worker.done(&self.ports, &item).await),
            }
        }
        Ok((chores, is_full))
    }

    /// Takes a task as far as it goes: in which lane it was, and what is left of it.
    async fn carry_out(&self, worker: &Worker, mut chore: Chore) -> (usize, Option<Chore>) {
        let lane = chore.task.lane();
        let mut outcome = self.bring(&chore.item, &mut chore.task).await;
        if lane == 0 && outcome.is_ok() {
            let mut counters = self.counters.lock();
            counters.fanned_out += 1;
            counters.resumed += u64::from(chore.is_resumed);
        }
        if matches!(outcome, Ok(true)) {
            outcome =
                worker.done(&self.ports, &chore.item).await.map(|()| true).map_err(Error::from);
        }
        match outcome {
            Ok(true) => return (lane, None),
            Ok(false) => chore.failures = 0,
            Err(_) => {
                let wait = RETRY * (1 << chore.failures.min(5));
                chore.not_before = self.ports.now().instant + wait;
                chore.failures += 1;
            }
        }
        (lane, Some(chore))
    }

    /// Does what is to be done next for all friends behind the one that was reached last; whether that was all.
    async fn bring(&self, item: &Item, task: &mut Task) -> Result<bool, Error> {
        let Task { author, post, .. } = *task;
        // Its author may have died before it was listed. Whoever deletes it takes it off the list last, so it is
        // listed first and then looked at.
        if task.stage == Stage::Push {
            self.list(author, post).await?;
        }
        // A post that is not found is there all the same: it waits with a stand-in for its owners.
        let text = match read(&self.ports.get_strict(&keys::post(post)?).await?) {
            Some(Stored::Deleted) => {
                self.take_off(author, post).await?;
                return Ok(true);
            }
            Some(Stored::Post(said)) => said.text,
            None => String::new(),
        };
        let mut friends = self.friends(author).await?;
        if task.stage == Stage::Push {
            if self.is_famous(author).await? {
                return Ok(true);
            }
            if friends.len() > self.options.threshold {
                // First that readers are to be told, then that nothing is pushed any more: whoever takes over tells
                // them all.
                (task.stage, task.reached) = (Stage::Mark, None);
                self.save(item, task).await?;
            }
        }
        if task.stage == Stage::Mark {
            let famous = Some(Bytes::from_static(keys::FAMOUS));
            self.ports.put(&keys::author(author)?, famous, None).await?;
            // Whoever became a friend before that and asked is on the list now; whoever asks later finds it.
            friends = self.friends(author).await?;
        }
        let words = match task.stage {
            Stage::Tell => Some(self.words(author, text).await?),
            Stage::Push | Stage::Mark => None,
        };
        let left: Vec<UserId> =
            friends.into_iter().filter(|&friend| task.reached < Some(friend)).collect();
        let mut batches = left.chunks(self.options.batch.max(1)).peekable();
        while let Some(batch) = batches.next() {
            let each = batch.iter().map(|&reader| self.bring_to(reader, task, words.as_ref()));
            let each = all_within(each.collect(), PARALLEL).await;
            each.into_iter().collect::<Result<(), _>>()?;
            if batches.peek().is_some() {
                task.reached = batch.last().copied();
                self.save(item, task).await?;
            }
        }
        if task.stage == Stage::Push && !left.is_empty() {
            let next = Task { stage: Stage::Tell, reached: None, ..*task };
            self.save(item, &next).await?;
            *task = next;
            return Ok(false);
        }
        Ok(true)
    }

    async fn friends(&self, author: UserId) -> Result<Vec<UserId>, Error> {
        let mut friends = self.people.friends(author).await?;
        friends.sort_unstable();
        Ok(friends)
    }

    async fn words(&self, author: UserId, text: String) -> Result<Words, Error> {
        let name = self.people.profile(author).await?.map(|profile| profile.display_name);
        Ok(Words { from: name.unwrap_or_default(), text: text.chars().take(TOLD).collect() })
    }

    /// Writes down how far a task has come, in its place in the queue.
    async fn save(&self, item: &Item, task: &Task) -> Result<(), Error> {
        let queue = queue(Task::queue_of(task.author))?;
        queue.push_as(&self.ports, item.id, written(task).unwrap_or_default()).await?;
        Ok(())
    }

    async fn bring_to(
        &self,
        reader: UserId,
        task: &Task,
        words: Option<&Words>,
    ) -> Result<(), Error> {
        if task.stage == Stage::Mark {
            return self.mark(reader, task.author, keys::FAMOUS, None).await;
        }
        // Where it cannot be known it is taken to read: a row more does no harm.
        match (self.reads(reader).await.unwrap_or(Some(true)), words) {
            (Some(true), Some(words)) => {
                self.people.notify(&words.notice(reader, task.post)).await?;
            }
            (Some(true), None) => {
                self.push(reader, task.author, task.post).await?;
                self.counters.lock().pushed += 1;
            }
            (_, Some(_)) => {}
            (reads, None) => {
                self.counters.lock().skipped += 1;
                // By this node's clock, which may be wrong: so the reader is left a word of it.
                if reads.is_some() {
                    let row = self.ports.get_strict(&keys::pulled(reader, task.author)?).await?;
                    if row.values.is_empty() {
                        let seen = Some(&row.context);
                        self.mark(reader, task.author, keys::AWAY, seen).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a reader reads, or was long away; none if it never has. That one does is remembered for a while; that
    /// one does not is looked up every time, since it may have begun.
    async fn reads(&self, reader: UserId) -> Result<Option<bool>, Error> {
        let now = self.ports.now();
        let seen = self.active.lock().get(&reader);
        if seen.is_some_and(|seen| now.instant.since(seen) < ACTIVE) {
            return Ok(Some(true));
        }
        let row = self.ports.get_strict(&keys::reader(reader)?).await?;
        let Some(claim) = Reader::of(&row) else { return Ok(None) };
        let reads = claim.is_active(now.wall, self.spans());
        if reads {
            self.active.lock().put(reader, now.instant);
        }
        Ok(Some(reads))
    }
}
