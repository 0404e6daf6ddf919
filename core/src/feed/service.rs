//! The feed as one node serves it: publishing, deleting, reading.

use super::fan_out::Task;
use super::keys::{self, read, written};
use super::post::{Draft, Post, Stored};
use super::reader::Spans;
use super::{Error, PostId};
use crate::base::{Bell, Cache, Counted, Instant, Rate, RateLimiter, Recent, Span, Wall, next_of};
use crate::ids::{self, Id, Ids, Variant};
use crate::kv::{Context, Update};
use crate::port::{People, Ports, Topic, UserId};
use crate::ring::NodeId;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use spin::Mutex;

/// What is published when a post was made or deleted.
pub const TOPIC: Topic = Topic(11);
/// Posts of one page, at most.
pub const MAX_PAGE: u16 = 100;
/// Requests to the store that one request or one worker has under way at once.
pub(super) const PARALLEL: usize = 16;
/// For how long a node trusts what it knows of a post: so long may one that was deleted elsewhere be shown,
/// should the word of it be lost.
pub const TRUST: Span = Span::from_secs(5);
/// Posts that a node remembers at least.
const REMEMBERED: usize = 2_000;
/// Authors whose posts are counted for the limit.
const LIMITED: usize = 50_000;
/// Announcements that a node remembers for open feeds.
const ANNOUNCED: usize = 1_000;

/// As many posts as anybody likes.
pub const UNLIMITED: Rate = Rate::new(u32::MAX, Span::from_secs(1), u32::MAX);

/// What the operator chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Posts of authors with more friends than that are pulled by readers, not pushed to them.
    pub threshold: usize,
    /// From when on a new friend is pushed to, not pulled from: longer than a friendship takes to be known on
    /// both sides.
    pub settled: Span,
    /// Posts that an inbox is cut back to.
    pub inbox: u16,
    /// Friends between two notes of how far a fan-out has come.
    pub batch: usize,
    /// After which time without reading nothing is pushed to a reader.
    pub inactive: Span,
    /// How often an author may post.
    pub rate: Rate,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threshold: 500,
            settled: Span::from_secs(60),
            inbox: 800,
            batch: 64,
            inactive: Span::from_secs(30 * 24 * 60 * 60),
            rate: Rate::new(30, Span::from_secs(60), 30),
        }
    }
}

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Posts published.
    pub published: u64,
    /// Posts deleted.
    pub deleted: u64,
    /// Fan-outs finished.
    pub fanned_out: u64,
    /// Of these, those that another worker had begun.
    pub resumed: u64,
    /// Rows written to inboxes.
    pub pushed: u64,
    /// Friends left out since they do not read.
    pub skipped: u64,
    /// Pages read.
    pub pages: u64,
    /// Ranges of inboxes read.
    pub inboxes: u64,
    /// Ranges of authors' posts read.
    pub pulled: u64,
    /// Posts looked up.
    pub looked_up: u64,
    /// Of these, those that were known.
    pub remembered: u64,
    /// Rows that brought an inbox up to date.
    pub backfilled: u64,
}

impl Counters {
    /// All of them, for instruments.
    #[must_use]
    pub const fn named(&self) -> [Counted; 12] {
        [
            Counted::new("feed_published", "Posts published", self.published),
            Counted::new("feed_deleted", "Posts deleted", self.deleted),
            Counted::new("feed_fanned_out", "Fan-outs finished", self.fanned_out),
            Counted::new("feed_resumed", "Fan-outs that another worker had begun", self.resumed),
            Counted::new("feed_pushed", "Rows written to inboxes", self.pushed),
            Counted::new("feed_skipped", "Friends left out since they do not read", self.skipped),
            Counted::new("feed_pages", "Pages read", self.pages),
            Counted::new("feed_inboxes", "Ranges of inboxes read", self.inboxes),
            Counted::new("feed_pulled", "Ranges of authors' posts read", self.pulled),
            Counted::new("feed_looked_up", "Posts looked up", self.looked_up),
            Counted::new("feed_remembered", "Posts looked up in memory", self.remembered),
            Counted::new(
                "feed_backfilled",
                "Rows that brought inboxes up to date",
                self.backfilled,
            ),
        ]
    }
}

/// What is published to all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Word {
    Posted { author: UserId, post: PostId },
    Deleted { post: PostId },
}

/// What a node knows of a post.
#[derive(Clone, Debug)]
struct Known {
    /// None if it was deleted, which it stays.
    post: Option<Arc<Post>>,
    asked: Instant,
}

impl Known {
    const fn deleted() -> Self {
        Self { post: None, asked: Instant::ZERO }
    }
}

/// A post that was announced to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Who says it.
    pub author: UserId,
    /// Its number.
    pub post: PostId,
}

/// The feed of one node. Any node serves any request.
#[derive(Debug)]
pub struct Feed<P, O> {
    pub(super) ports: P,
    pub(super) people: O,
    ids: Arc<Ids<P>>,
    pub(super) options: Options,
    /// The node's place among the nodes.
    pub(super) place: (NodeId, u16),
    // None of these locks is held while something is awaited.
    posts: Mutex<Cache<PostId, Known>>,
    limiter: Mutex<RateLimiter<UserId>>,
    announced: Mutex<Recent<Announced>>,
    /// Readers who were seen to read.
    pub(super) active: Mutex<Cache<UserId, Instant>>,
    /// It rings for each post that is announced.
    pub(super) bell: Bell,
    pub(super) counters: Mutex<Counters>,
}

impl<P: Ports, O: People> Feed<P, O> {
    /// The feed of node `node` of `nodes`, among these people.
    #[must_use]
    pub fn new(
        ports: P,
        people: O,
        ids: Arc<Ids<P>>,
        (node, nodes): (NodeId, u16),
        options: Options,
    ) -> Self {
        Self {
            limiter: Mutex::new(RateLimiter::new(options.rate, LIMITED)),
            ports,
            people,
            ids,
            options,
            place: (node, nodes.max(1)),
            posts: Mutex::new(Cache::new(REMEMBERED)),
            announced: Mutex::new(Recent::new(ANNOUNCED)),
            active: Mutex::new(Cache::new(LIMITED)),
            bell: Bell::default(),
            counters: Mutex::default(),
        }
    }

    /// What the operator chose.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// What it has counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        *self.counters.lock()
    }

    pub(super) const fn spans(&self) -> Spans {
        Spans { settled: self.options.settled, inactive: self.options.inactive }
    }

    /// Publishes a post: stored, and its fan-out noted, before this returns.
    ///
    /// # Errors
    /// [`Error`]. If the store did not answer the post may come all the same; the same draft again, under the
    /// same key, is the same post.
    pub async fn publish(&self, author: UserId, draft: Draft) -> Result<Arc<Post>, Error> {
        draft.check()?;
        let now = self.ports.now();
        self.limiter.lock().check(author, now.instant).map_err(|wait| Error::TooOften { wait })?;
        let mut id = match self.ids.issue(Variant::Snowflake, 1).await?.first() {
            Some(&Id::Number(number)) => PostId(number),
            _ => return Err(ids::Error::Count { got: 0 }.into()),
        };
        let mut known = None;
        if let Some(key) = &draft.key {
            let drawn = id.0.to_be_bytes().to_vec();
            let register = keys::named(author, key)?;
            let held = self.ports.update(&register, Update::create(drawn)).await?;
            let first = held.value.and_then(|held| held.as_ref().try_into().ok());
            id = first.map_or(id, |first| PostId(u64::from_be_bytes(first)));
            if !held.applied {
                let row = self.ports.get_strict(&keys::post(id)?).await?;
                known = read::<Stored>(&row);
            }
        }
        let post = match known {
            Some(Stored::Deleted) => return Err(Error::Unknown { got: id }),
            Some(Stored::Post(post)) => Arc::new(post),
            None => {
                let Draft { text, media, .. } = draft;
                let post = Post { id, author, created: now.wall, text, media };
                let row = Stored::Post(post.clone());
                // Seen nothing: beside a deletion it does not hold.
                let nothing = Context::default();
                self.ports.put(&keys::post(id)?, written(&row), Some(&nothing)).await?;
                Arc::new(post)
            }
        };
        self.note(&Task::new(author, id)).await?;
        // Its task is in the queue: whatever comes now, the post will be shown.
        self.list(author, id).await.map_err(Error::begun)?;
        self.tell(Word::Posted { author, post: id });
        let known = Known { post: Some(Arc::clone(&post)), asked: self.ports.now().instant };
        let mut posts = self.posts.lock();
        if posts.get(&id).is_none_or(|known| known.post.is_some()) {
            posts.put(id, known);
        }
        drop(posts);
        self.counters.lock().published += 1;
        Ok(post)
    }

    /// Lists a post under its author.
    pub(super) async fn list(&self, author: UserId, id: PostId) -> Result<(), Error> {
        self.ports.put(&keys::entry(author, id)?, Some(Bytes::from_static(b"-")), None).await?;
        Ok(())
    }

    /// Takes a post off that list.
    pub(super) async fn take_off(&self, author: UserId, id: PostId) -> Result<(), Error> {
        self.ports.put(&keys::entry(author, id)?, None, None).await?;
        Ok(())
    }

    fn tell(&self, word: Word) {
        if let Some(word) = written(&word) {
            self.ports.publish(TOPIC, word);
        }
    }

    /// Deletes a post of `author`. One that was deleted is deleted.
    ///
    /// # Errors
    /// [`Error::NotYours`], [`Error::Unknown`], [`Error::Port`].
    pub async fn delete(&self, author: UserId, id: PostId) -> Result<(), Error> {
        let key = keys::post(id)?;
        let row = self.ports.get_strict(&key).await?;
        match read::<Stored>(&row) {
            None => return Err(Error::Unknown { got: id }),
            Some(Stored::Post(post)) if post.author != author => {
                // Only to those who may see it is said that it is there.
                let may = self.people.are_friends(author, post.author).await?;
                return Err(if may {
                    Error::NotYours { got: id }
                } else {
                    Error::Unknown { got: id }
                });
            }
            Some(_) => {}
        }
        self.ports.put(&key, written(&Stored::Deleted), Some(&row.context)).await?;
        // Rows in inboxes lead nowhere from now on, and readers pass them by.
        self.take_off(author, id).await?;
        self.posts.lock().put(id, Known::deleted());
        self.tell(Word::Deleted { post: id });
        self.counters.lock().deleted += 1;
        Ok(())
    }

    /// A post, for whoever may see it: its author and the author's friends.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Port`].
    pub async fn post(&self, reader: UserId, id: PostId) -> Result<Arc<Post>, Error> {
        let unknown = || Error::Unknown { got: id };
        let post = self.look_up(id).await?.ok_or_else(unknown)?;
        let may = post.author == reader || self.people.are_friends(reader, post.author).await?;
        if may { Ok(post) } else { Err(unknown()) }
    }

    /// A post as it is stored; none if it was deleted.
    pub(super) async fn look_up(&self, id: PostId) -> Result<Option<Arc<Post>>, Error> {
        let now = self.ports.now().instant;
        self.counters.lock().looked_up += 1;
        let is_fresh = |known: &Known| known.post.is_none() || now.since(known.asked) < TRUST;
        if let Some(known) = self.posts.lock().get(&id).filter(is_fresh) {
            self.counters.lock().remembered += 1;
            return Ok(known.post);
        }
        let known = match read(&self.ports.get_strict(&keys::post(id)?).await?) {
            Some(Stored::Post(post)) => Known { post: Some(Arc::new(post)), asked: now },
            Some(Stored::Deleted) => Known::deleted(),
            None => return Ok(None), // it may come yet
        };
        let mut posts = self.posts.lock();
        // Word of its deletion may have come since the row was read.
        if posts.get(&id).is_some_and(|known| known.post.is_none()) {
            return Ok(None);
        }
        posts.put(id, known.clone());
        Ok(known.post)
    }

    /// Whether an author's posts are pulled.
    pub(super) async fn is_famous(&self, author: UserId) -> Result<bool, Error> {
        let row = self.ports.get_strict(&keys::author(author)?).await?;
        Ok(!row.values.is_empty())
    }

    /// Writes down that a reader pulls the posts of an author, and why.
    pub(super) async fn mark(
        &self,
        reader: UserId,
        author: UserId,
        why: &'static [u8],
        seen: Option<&Context>,
    ) -> Result<(), Error> {
        let key = keys::pulled(reader, author)?;
        self.ports.put(&key, Some(Bytes::from_static(why)), seen).await?;
        Ok(())
    }

    /// Puts a post into an inbox.
    pub(super) async fn push(
        &self,
        reader: UserId,
        author: UserId,
        id: PostId,
    ) -> Result<(), Error> {
        self.ports.put(&keys::pushed(reader, id)?, written(&author), None).await?;
        Ok(())
    }

    /// A node has published something under [`TOPIC`].
    pub fn handle_published(&self, body: &[u8]) {
        match postcard::from_bytes(body) {
            Ok(Word::Posted { author, post }) => {
                self.announced.lock().push(Announced { author, post });
                self.bell.ring();
            }
            Ok(Word::Deleted { post }) => self.posts.lock().put(post, Known::deleted()),
            Err(_) => {} // of another version
        }
    }

    /// What was announced to this node after the first `heard` announcements, as far as it is remembered, and how
    /// many there were in all.
    #[must_use]
    pub fn announced(&self, heard: u64) -> (Vec<Announced>, u64) {
        let announced = self.announced.lock();
        let all = announced.forgotten() + announced.len() as u64;
        let skipped = heard.saturating_sub(announced.forgotten());
        let news = announced.iter().skip(usize::try_from(skipped).unwrap_or(usize::MAX));
        (news.copied().collect(), all)
    }

    /// Waits for more announcements than `heard`, or for a while.
    pub async fn await_news(&self, heard: u64, time: Span) {
        let mut bell = alloc::vec![Box::pin(self.bell.after(heard))];
        next_of(&mut bell, self.ports.sleep(time)).await;
    }

    pub(super) fn now_steady(&self) -> Instant {
        self.ports.now().instant
    }

    /// The wall clock of the node.
    pub(super) fn now(&self) -> Wall {
        self.ports.now().wall
    }
}
