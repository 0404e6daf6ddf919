//! The fan-out: each post is brought to its readers by a worker that never forgets its place.
//!
//! A task waits in a queue before the post is acknowledged. A worker goes through the author's friends in the order of
//! their numbers, and after each batch of them writes into the task how far it has come. If it dies, the next one
//! goes on from there; what was pushed twice is one row.

use super::keys::{self, read, written};
use super::post::Stored;
use super::reader::Reader;
use super::service::{Feed, PARALLEL};
use super::{Error, PostId};
use crate::base::hash::keyed;
use crate::base::{Instant, Span, all_within};
use crate::port::{Item, Notice, Notify, People, Ports, Queue, UserId, Worker};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Queues among which authors are divided: so many workers there are in the cluster.
pub const QUEUES: u64 = 4;
/// Posts that a worker brings at once.
const AT_ONCE: usize = 16;
/// How long a lost worker is waited for.
const TERM: Span = Span::from_secs(10);
/// Between two renewals of a lease.
const RENEW: Span = Span::from_secs(3);
/// Between two looks at a queue of which nothing was announced.
const LOOK: Span = Span::from_secs(5);
/// After which time it is tried again when the store refused.
const RETRY: Span = Span::from_secs(1);
/// For how long a reader who was seen to read counts as one who does.
const ACTIVE: Span = Span::from_secs(60);
/// Characters of a post that are told to its readers.
const TOLD: usize = 100;
/// Tasks that are taken at once.
const TAKEN: u16 = 64;

/// A post to be brought to its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Task {
    author: UserId,
    post: PostId,
    /// The last friend that was reached.
    reached: Option<UserId>,
    /// Whether the author has become famous by it: then readers are told to pull from now on.
    marks: bool,
}

impl Task {
    pub(super) const fn new(author: UserId, post: PostId) -> Self {
        Self { author, post, reached: None, marks: false }
    }

    /// Which queue has the tasks of an author.
    pub(super) fn queue_of(author: UserId) -> u64 {
        // The last bits of a Snowflake are a sequence that mostly stands at zero.
        keyed(0, &author.0.to_be_bytes()) % QUEUES
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
    Ok(Queue::new("feed", &format!("fan-out/{number}"), TERM)?)
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
                self.work(&worker, number).await;
                self.ports.sleep(RETRY).await;
            } else {
                self.ports.sleep(TERM).await;
            }
        }
    }

    /// Works until the lease is lost or the store refuses.
    async fn work(&self, worker: &Worker, number: u64) {
        let mut renewed = self.ports.now().instant;
        let mut looked: Option<Instant> = None;
        let mut heard = self.announced(u64::MAX).1;
        loop {
            if !self.keep(worker, &mut renewed).await {
                return;
            }
            let (news, all) = self.announced(heard);
            heard = all;
            let is_wanted = news.iter().any(|news| Task::queue_of(news.author) == number);
            let now = self.ports.now().instant;
            if is_wanted || looked.is_none_or(|looked| now.since(looked) >= LOOK) {
                looked = Some(now);
                let Ok(items) = worker.take(&self.ports, TAKEN).await else { return };
                // Many posts at a time: their order is that of their ids, whenever they come. One that fails
                // holds up none beside it, and is taken again by the next worker.
                for some in items.chunks(AT_ONCE) {
                    if !self.keep(worker, &mut renewed).await {
                        return;
                    }
                    let jobs = some.iter().map(|item| self.carry_out(worker, item)).collect();
                    if all_within(jobs, AT_ONCE).await.into_iter().any(|done| done.is_err()) {
                        return;
                    }
                }
            }
            self.await_news(heard, RENEW).await;
        }
    }

    /// Keeps the lease; whether it may be used.
    async fn keep(&self, worker: &Worker, renewed: &mut Instant) -> bool {
        let now = self.ports.now().instant;
        if now.since(*renewed) >= RENEW {
            match worker.renew(&self.ports).await {
                Ok(true) => *renewed = now,
                Ok(false) => return false,
                Err(_) => {} // the lease says itself how long it may be used
            }
        }
        worker.is_valid(self.ports.now().instant)
    }

    async fn carry_out(&self, worker: &Worker, item: &Item) -> Result<(), Error> {
        if let Ok(task) = postcard::from_bytes::<Task>(&item.body) {
            self.bring(item, task).await?;
            let mut counters = self.counters.lock();
            counters.fanned_out += 1;
            counters.resumed += u64::from(task.reached.is_some());
        }
        worker.done(&self.ports, item).await?;
        Ok(())
    }

    /// Brings a post to all friends behind the one that was reached last.
    async fn bring(&self, item: &Item, mut task: Task) -> Result<(), Error> {
        let Task { author, post, .. } = task;
        // What was deleted meanwhile is brought to nobody. A post that is not found is there all the same: it
        // waits with a stand-in for its owners.
        let text = match read(&self.ports.get_strict(&keys::post(post)?).await?) {
            Some(Stored::Deleted) => return Ok(()),
            Some(Stored::Post(said)) => said.text,
            None => String::new(),
        };
        let name = self.people.profile(author).await?.map(|profile| profile.display_name);
        let words =
            Words { from: name.unwrap_or_default(), text: text.chars().take(TOLD).collect() };
        // Its author may have died before it was listed.
        self.list(author, post).await?;
        let mut friends = self.people.friends(author).await?;
        friends.sort_unstable();
        if !task.marks {
            if self.is_famous(author).await? {
                return Ok(());
            }
            if friends.len() > self.options.threshold {
                // First that readers are to be told, then that nothing is pushed any more: whoever takes over tells
                // them all.
                (task.marks, task.reached) = (true, None);
                self.save(item, &task).await?;
                let famous = Some(Bytes::from_static(b"-"));
                self.ports.put(&keys::author(author)?, famous, None).await?;
                // Whoever became a friend before that and asked is on the list now; whoever asks later finds it.
                friends = self.people.friends(author).await?;
                friends.sort_unstable();
            }
        }
        let left: Vec<UserId> =
            friends.into_iter().filter(|&friend| task.reached < Some(friend)).collect();
        let mut batches = left.chunks(self.options.batch.max(1)).peekable();
        while let Some(batch) = batches.next() {
            let each = batch.iter().map(|&reader| self.bring_to(reader, &task, &words)).collect();
            all_within(each, PARALLEL).await.into_iter().collect::<Result<(), _>>()?;
            if batches.peek().is_some() {
                task.reached = batch.last().copied();
                self.save(item, &task).await?;
            }
        }
        Ok(())
    }

    /// Writes down how far a task has come, in its place in the queue.
    async fn save(&self, item: &Item, task: &Task) -> Result<(), Error> {
        let queue = queue(Task::queue_of(task.author))?;
        queue.push_as(&self.ports, item.id, written(task).unwrap_or_default()).await?;
        Ok(())
    }

    async fn bring_to(&self, reader: UserId, task: &Task, words: &Words) -> Result<(), Error> {
        if task.marks {
            return self.mark(reader, task.author).await;
        }
        if !self.is_active(reader).await? {
            self.counters.lock().skipped += 1;
            return Ok(());
        }
        self.push(reader, task.author, task.post).await?;
        self.counters.lock().pushed += 1;
        self.people.notify(&words.notice(reader, task.post)).await?;
        Ok(())
    }

    /// Whether a reader reads. That one does is remembered for a while; that one does not is looked up every time,
    /// since it may have begun.
    async fn is_active(&self, reader: UserId) -> Result<bool, Error> {
        let now = self.ports.now();
        let seen = self.active.lock().get(&reader);
        if seen.is_some_and(|seen| now.instant.since(seen) < ACTIVE) {
            return Ok(true);
        }
        let claim: Option<Reader> = read(&self.ports.get_strict(&keys::reader(reader)?).await?);
        let is = claim.is_some_and(|claim| claim.is_active(now.wall, self.spans()));
        if is {
            self.active.lock().put(reader, now.instant);
        }
        Ok(is)
    }
}
