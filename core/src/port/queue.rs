//! A queue on a table: what is pushed stays until a worker says that it is done.
//!
//! One worker at a time serves a queue, by a [`Lease`]; a service that wants more workers makes more
//! queues, as shards of one. The worker may have many items in hand. If it is lost, its lease ends and
//! the next one gets every item that was not done: an item is handed out at least once, and what is
//! done with it must bear repetition. Items wait until they are due, so that trying again later is the
//! same as pushing.
//!
//! # Limits
//! An item is one row of up to [`crate::kv::MAX_VALUE`] bytes; pushing costs one write, doing it one
//! delete. Rows that are gone leave tombstones, which a new worker walks over, and each worker once in
//! ten minutes. An item that becomes visible late (pushed under a late clock, or on the other side of a
//! partition of the network) is handed out at once if it was due within the last minute, within half a
//! minute if within the last quarter of an hour, and else within ten minutes.

use super::{Clock, Error, Held, Lease, Random, Register, Select, Table, partition};
use crate::base::{Instant, Now, Span, Wall};
use crate::kv::Key;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use bytes::Bytes;
use spin::Mutex;

/// What was due so long ago is looked for whenever items are taken: a pusher's clock may be late, and a
/// write may become visible only when a partition of the network heals.
const NEAR: Span = Span::from_secs(60);
/// What was due so long ago is looked for less often, and all of the queue less often still: these walk
/// over the tombstones of what was done.
const FAR: Span = Span::from_secs(15 * 60);
const LOOK_FAR: Span = Span::from_secs(30);
const LOOK_ALL: Span = Span::from_secs(600);

/// A queue that anybody may push to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    partition: Bytes,
    lease: Lease,
}

/// An item's place in its queue: when it is due, then a random number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemId {
    /// Not before this is it handed out.
    pub due: Wall,
    nonce: u64,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its place.
    pub id: ItemId,
    /// What was pushed.
    pub body: Bytes,
}

/// The one that serves a queue. Many futures may share it, each with an item of its own.
#[derive(Debug)]
pub struct Worker {
    queue: Queue,
    // Neither is locked while something is awaited.
    held: Mutex<Held>,
    hand: Mutex<Hand>,
}

/// What a worker has taken.
#[derive(Debug)]
struct Hand {
    items: BTreeSet<ItemId>,
    /// The first that was found and not taken.
    left: Option<ItemId>,
    /// When it will look far back again, and at all.
    look_far: Instant,
    look_all: Instant,
}

impl ItemId {
    /// The place of an item that is due then, under a number of its pusher's choice: what is pushed to
    /// the same place twice is one item.
    #[must_use]
    pub const fn new(due: Wall, nonce: u64) -> Self {
        Self { due, nonce }
    }

    fn sort_key(self) -> Bytes {
        let mut key = self.due.as_millis().to_be_bytes().to_vec();
        key.extend_from_slice(&self.nonce.to_be_bytes());
        key.into()
    }

    fn read(key: &Bytes) -> Option<Self> {
        let (due, nonce) = key.split_first_chunk::<8>()?;
        let nonce = u64::from_be_bytes(nonce.try_into().ok()?);
        Some(Self { due: Wall::from_millis(u64::from_be_bytes(*due)), nonce })
    }
}

impl Queue {
    /// The queue `name` of a service, whose worker is replaced `term` after it was lost.
    ///
    /// # Errors
    /// [`crate::kv::Error::KeyLength`] for a name that is too long.
    pub fn new(service: &str, name: &str, term: Span) -> Result<Self, Error> {
        let partition = partition(service, name);
        let key = Key::new(partition.clone(), "worker")?;
        Ok(Self { partition, lease: Lease::new(key, term) })
    }

    /// Pushes an item that is handed out when it is due. Once this returns it will be.
    ///
    /// # Errors
    /// [`Error`] of the table; the item may have been pushed.
    pub async fn push<P: Table + Random>(
        &self,
        ports: &P,
        body: Bytes,
        due: Wall,
    ) -> Result<ItemId, Error> {
        let id = ItemId { due, nonce: ports.random() };
        self.push_as(ports, id, body).await?;
        Ok(id)
    }

    /// Pushes an item to a place that is its own, however often it is pushed.
    ///
    /// # Errors
    /// [`Error`] of the table; the item may have been pushed.
    pub async fn push_as<P: Table>(&self, ports: &P, id: ItemId, body: Bytes) -> Result<(), Error> {
        ports.put(&self.key(id)?, Some(body), None).await.map(drop)
    }

    /// Becomes its worker; none if it has one, as far as is known by now: try again, on the same value.
    ///
    /// # Errors
    /// [`Error`] of the register.
    pub async fn serve<P: Register + Clock>(
        &mut self,
        ports: &P,
        holder: u64,
    ) -> Result<Option<Worker>, Error> {
        let held = self.lease.take(ports, holder).await?;
        let now = ports.now().instant; // a new worker looks at all first
        let hand = Hand { items: BTreeSet::new(), left: None, look_far: now, look_all: now };
        Ok(held.map(|held| Worker {
            queue: self.clone(),
            held: Mutex::new(held),
            hand: Mutex::new(hand),
        }))
    }

    fn key(&self, id: ItemId) -> Result<Key, Error> {
        Ok(Key::new(self.partition.clone(), id.sort_key())?)
    }
}

impl Worker {
    /// The next items that are due and not in hand, at most `limit` of them.
    ///
    /// # Errors
    /// [`Error`] of the table.
    pub async fn take<P: Table + Clock>(&self, ports: &P, limit: u16) -> Result<Vec<Item>, Error> {
        let now = ports.now();
        let mut select = Select {
            from: self.first(now),
            until: Some(first_after(now.wall).sort_key()),
            ..Select::default()
        };
        let (mut found, mut left) = (Vec::new(), None);
        while left.is_none() {
            let page = ports.range(&self.queue.partition, &select).await?;
            let hand = self.hand.lock();
            for (key, row) in page.rows {
                let Some(id) = ItemId::read(&key).filter(|id| !hand.items.contains(id)) else {
                    continue;
                };
                if found.len() >= usize::from(limit) {
                    left = Some(id);
                    break;
                }
                // Writers never race for an item: there is one value.
                let body = row.values.into_iter().next();
                found.extend(body.map(|body| Item { id, body }));
            }
            select.after = page.next;
            if select.after.is_none() {
                break;
            }
        }
        // Only what is handed out is in hand: had a page failed, all would be found again.
        let mut hand = self.hand.lock();
        hand.left = left;
        found.retain(|item| hand.items.insert(item.id));
        Ok(found)
    }

    /// The first place that may hold an item which is not in hand.
    fn first(&self, now: Now) -> Option<Bytes> {
        let mut hand = self.hand.lock();
        let behind = if now.instant >= hand.look_all {
            hand.look_all = now.instant + LOOK_ALL;
            return None;
        } else if now.instant >= hand.look_far {
            hand.look_far = now.instant + LOOK_FAR;
            FAR
        } else {
            NEAR
        };
        let floor = ItemId::new(before(now.wall, behind), 0);
        Some(hand.left.map_or(floor, |left| left.min(floor)).sort_key())
    }

    /// How many items wait or are in hand: those that are due, and those that will be. Each is counted
    /// up to `most`.
    ///
    /// # Errors
    /// [`Error`] of the table.
    pub async fn length<P: Table + Clock>(
        &self,
        ports: &P,
        most: u64,
    ) -> Result<(u64, u64), Error> {
        let now = ports.now();
        let floor = ItemId::new(before(now.wall, NEAR), 0);
        let (left, oldest) = {
            let hand = self.hand.lock();
            (hand.left, hand.items.first().copied())
        };
        let from = left.into_iter().chain(oldest).fold(floor, ItemId::min).sort_key();
        let later = first_after(now.wall).sort_key();
        let due = Select { from: Some(from), until: Some(later.clone()), ..Select::default() };
        let later = Select { from: Some(later), ..Select::default() };
        Ok((self.count(ports, due, most).await?, self.count(ports, later, most).await?))
    }

    async fn count<P: Table>(
        &self,
        ports: &P,
        mut select: Select,
        most: u64,
    ) -> Result<u64, Error> {
        let mut count = 0;
        loop {
            let page = ports.range(&self.queue.partition, &select).await?;
            count += page.rows.len() as u64;
            select.after = page.next;
            if select.after.is_none() || count >= most {
                return Ok(count.min(most));
            }
        }
    }

    /// An item is done, and gone.
    ///
    /// # Errors
    /// [`Error`] of the table; it may be handed out again.
    pub async fn done<P: Table>(&self, ports: &P, item: &Item) -> Result<(), Error> {
        ports.put(&self.queue.key(item.id)?, None, None).await?;
        self.hand.lock().items.remove(&item.id);
        Ok(())
    }

    /// An item is to be tried again when `due`.
    ///
    /// # Errors
    /// [`Error`] of the table; it stays in hand then, or may be handed out twice.
    pub async fn retry<P: Table + Random>(
        &self,
        ports: &P,
        item: &Item,
        due: Wall,
    ) -> Result<(), Error> {
        self.queue.push(ports, item.body.clone(), due).await?;
        self.done(ports, item).await
    }

    /// Whether it may go on at a moment of this node's steady clock.
    #[must_use]
    pub fn is_valid(&self, now: Instant) -> bool {
        self.held.lock().is_valid(now)
    }

    /// Goes on for another term; false if another has taken over.
    ///
    /// # Errors
    /// [`Error`] of the register.
    pub async fn renew<P: Register + Clock>(&self, ports: &P) -> Result<bool, Error> {
        let mut held = self.held.lock().clone();
        let renewed = held.renew(ports).await;
        *self.held.lock() = held;
        renewed
    }

    /// Stops, so that another need not wait for the lease's end.
    ///
    /// # Errors
    /// [`Error`] of the register; the lease ends by itself then.
    pub async fn stop<P: Register>(self, ports: &P) -> Result<(), Error> {
        self.held.into_inner().release(ports).await
    }
}

/// A moment before another one.
fn before(moment: Wall, span: Span) -> Wall {
    Wall::from_millis(moment.as_millis().saturating_sub(span.as_millis()))
}

/// The first place of what is not due yet.
const fn first_after(now: Wall) -> ItemId {
    ItemId { due: Wall::from_millis(now.as_millis().saturating_add(1)), nonce: 0 }
}
