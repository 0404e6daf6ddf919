//! A queue on a table: what is pushed stays until a worker says that it is done.
//!
//! One worker at a time serves a queue, by a [`Lease`]; a service that wants more workers makes more
//! queues, as shards of one. The worker may have many items in hand. If it is lost, its lease ends and
//! the next one gets every item that was not done: an item is handed out at least once, and what is
//! done with it must bear repetition. Items wait until they are due, so that trying again later is the
//! same as pushing.
//!
//! # Looking for what is due
//! What was done leaves a tombstone, and an item may become visible late: pushed under a late clock, or on the other side
//! of a partition of the network. So a worker looks from where it has come to, a little further back each time, and beside
//! that takes two sweeps over the past, one page each every two seconds: one over the last quarter of an hour, one over all
//! that was before. From time to time it notes how far back nothing was left, and how far the sweep has come; the next
//! worker begins there.
//!
//! # Limits
//! An item is one row of up to [`crate::kv::MAX_VALUE`] bytes; pushing costs one write, doing it one delete. The store keeps
//! tombstones, and yet a take costs no more for them: it looks over those of the last ten seconds and, every two seconds,
//! two pages of [`crate::kv::MAX_PAGE`]. An item that becomes visible late is handed out at once if it was due within the last ten
//! seconds, within two seconds for every thousand items of the last quarter of an hour if within that, and else within
//! two seconds for every thousand items that the queue has ever had.

use super::{Clock, Error, Held, Lease, Random, Register, Row, Select, Sleep, Table, partition};
use crate::base::{Instant, Now, Span, Wall};
use crate::kv::{Key, MAX_PAGE};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;
use bytes::Bytes;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use serde::{Deserialize, Serialize};
use spin::Mutex;

/// What was due so long ago is looked at whenever items are taken: clocks differ, and a push takes its time.
const NEAR: Span = Span::from_secs(10);
/// How far back the first of the two sweeps goes.
const FAR: Span = Span::from_secs(15 * 60);
/// Between two pages of the sweeps.
const SWEEP_EVERY: Span = Span::from_secs(2);
/// Between two notes of how far a worker has come.
const NOTE_EVERY: Span = Span::from_secs(30);
/// Behind all that is ever pushed.
const LAST: ItemId = ItemId { due: Wall::from_millis(u64::MAX), nonce: u64::MAX };
/// Pages that are counted at most.
const COUNTED: usize = 16;

/// A queue that anybody may push to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    partition: Bytes,
    /// Where its workers note how far they have come.
    notes: Key,
    lease: Lease,
    is_at_once: bool,
}

/// An item's place in its queue: when it is due, then a random number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// What a worker has taken, and where it has looked.
#[derive(Debug)]
struct Hand {
    items: BTreeSet<ItemId>,
    looks: Looks,
    /// Whether there is something to note, and when.
    is_changed: bool,
    note_at: Instant,
}

/// Where a worker has looked.
#[derive(Clone, Debug)]
struct Looks {
    /// All before this was found once, and is in hand or done.
    reached: ItemId,
    /// From there, or a little further back, to what is due now.
    fresh: Look,
    /// Over the last quarter of an hour, and over all that was before.
    recent: Look,
    old: Look,
    sweep_at: Instant,
}

/// A way through some of the queue, page by page and again and again.
#[derive(Clone, Debug, Default)]
struct Look {
    /// The last place that was looked at; none if it begins anew.
    at: Option<Bytes>,
    /// Whether it has come to its end at least once.
    is_through: bool,
}

/// What one worker leaves to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Note {
    /// All before this was done, but for what has become visible since it was looked at.
    low: ItemId,
    /// Where the sweep over all has come to.
    swept: Option<Bytes>,
}

impl Note {
    /// Of notes that were written at once the one that says the least.
    fn read(row: &Row) -> Self {
        let notes = row.values.iter().filter_map(|value| postcard::from_bytes(value).ok());
        notes.min().unwrap_or_default()
    }
}

impl Looks {
    /// Where the next look for what is due begins.
    fn near(&self, now: Wall) -> Bytes {
        self.reached.min(before(now, NEAR)).sort_key()
    }
}

impl Look {
    /// One page was looked at, up to a place if it was not the last.
    fn go_on(&mut self, at: Option<Bytes>) {
        self.is_through |= at.is_none();
        self.at = at;
    }
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
        let notes = Key::new(partition(service, &format!("{name}/notes")), "")?;
        let partition = partition(service, name);
        let key = Key::new(partition.clone(), "worker")?;
        Ok(Self { partition, notes, lease: Lease::new(key, term), is_at_once: false })
    }

    /// The same queue with whatever was pushed due at once: when it is due only orders it. For items that must not
    /// wait because the clock of whoever pushed them is ahead. What lies ahead of the worker's clock is looked at with
    /// every take, done or not.
    #[must_use]
    pub const fn at_once(mut self) -> Self {
        self.is_at_once = true;
        self
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
    /// [`Error`] of the register or the table.
    pub async fn serve<P: Register + Table + Clock>(
        &mut self,
        ports: &P,
        holder: u64,
    ) -> Result<Option<Worker>, Error> {
        let Some(held) = self.lease.take(ports, holder).await? else { return Ok(None) };
        // A note that cannot be read, or is an old one, only means that more is looked at.
        let Note { low, swept } =
            ports.get(&self.notes).await.map(|row| Note::read(&row)).unwrap_or_default();
        let now = ports.now().instant;
        let looks = Looks {
            reached: low,
            fresh: Look::default(),
            recent: Look::default(),
            old: Look { at: swept, is_through: false },
            sweep_at: now,
        };
        let hand =
            Hand { items: BTreeSet::new(), looks, is_changed: false, note_at: now + NOTE_EVERY };
        Ok(Some(Worker { queue: self.clone(), held: Mutex::new(held), hand: Mutex::new(hand) }))
    }

    fn key(&self, id: ItemId) -> Result<Key, Error> {
        Ok(Key::new(self.partition.clone(), id.sort_key())?)
    }
}

impl Worker {
    /// The next items that are due and not in hand, at most `limit` of them. It takes a tenth of the lease's term
    /// at most, and the answers of the store; if there is more to look at, the next one goes on with it.
    ///
    /// # Errors
    /// [`Error`] of the table.
    pub async fn take<P: Table + Clock>(&self, ports: &P, limit: u16) -> Result<Vec<Item>, Error> {
        let limit = usize::from(limit);
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.note_now_and_then(ports).await;
        let now = ports.now();
        let ends = now.instant + Span::from_micros(self.queue.lease.term().as_micros() / 10);
        let (mut looks, in_hand) = {
            let hand = self.hand.lock();
            (hand.looks.clone(), hand.items.len())
        };
        let mut found = Vec::new();
        let was_through = looks.fresh.is_through;
        if was_through {
            self.sweep(ports, now, &mut looks, limit, &mut found).await?;
        }
        let near = looks.near(now.wall);
        let end = first_after(now.wall);
        let mut size = limit.saturating_add(in_hand);
        while found.len() < limit {
            let after = looks.fresh.at.take();
            let select = Select {
                from: after.is_none().then(|| near.clone()),
                until: Some(if self.queue.is_at_once { LAST } else { end }.sort_key()),
                after,
                limit: u16::try_from(size).unwrap_or(MAX_PAGE).min(MAX_PAGE),
                reverse: false,
            };
            looks.fresh.go_on(self.look(ports, &select, limit, &mut found).await?);
            if looks.fresh.at.is_none() {
                looks.reached = end;
                break;
            }
            if ports.now().instant >= ends {
                break;
            }
            size = size.saturating_mul(2); // there were tombstones
        }
        if looks.fresh.is_through && !was_through {
            self.sweep(ports, now, &mut looks, limit, &mut found).await?;
        }
        // Only what is handed out is in hand: had a page failed, all would be found again.
        let mut hand = self.hand.lock();
        hand.looks = looks;
        found.retain(|item| hand.items.insert(item.id));
        Ok(found)
    }

    /// Looks at a page of each sweep, if it is time.
    async fn sweep<P: Table>(
        &self,
        ports: &P,
        now: Now,
        looks: &mut Looks,
        limit: usize,
        found: &mut Vec<Item>,
    ) -> Result<(), Error> {
        if now.instant < looks.sweep_at {
            return Ok(());
        }
        looks.sweep_at = now.instant + SWEEP_EVERY;
        // What it has not come to yet is found in its order.
        let behind = looks.fresh.at.clone().unwrap_or(looks.near(now.wall));
        let far = before(now.wall, FAR).sort_key();
        let old = (None, behind.clone().min(far.clone()));
        let recent = (Some(far), behind);
        for (look, (from, until)) in [(&mut looks.recent, recent), (&mut looks.old, old)] {
            if found.len() < limit {
                let after = look.at.take().filter(|at| Some(at) > from.as_ref());
                let until = Some(until);
                let select = Select { from, until, after, limit: MAX_PAGE, reverse: false };
                look.go_on(self.look(ports, &select, limit, found).await?);
            }
        }
        Ok(())
    }

    /// Looks at a page for what is not in hand, as long as fewer than `limit` are found; up to where it has looked, if
    /// there is more.
    async fn look<P: Table>(
        &self,
        ports: &P,
        select: &Select,
        limit: usize,
        found: &mut Vec<Item>,
    ) -> Result<Option<Bytes>, Error> {
        if select.from >= select.until {
            return Ok(None);
        }
        let page = ports.range(&self.queue.partition, select).await?;
        let hand = self.hand.lock();
        let mut last = None;
        for (key, row) in page.rows {
            if let Some(id) = ItemId::read(&key).filter(|id| !hand.items.contains(id)) {
                if found.len() >= limit {
                    return Ok(last);
                }
                // Writers never race for an item: there is one value.
                let body = row.values.into_iter().next();
                found.extend(body.map(|body| Item { id, body }));
            }
            last = Some(key);
        }
        Ok(page.next)
    }

    /// Whether it has come once to what is due now, since it began.
    #[must_use]
    pub fn is_at_now(&self) -> bool {
        self.hand.lock().looks.fresh.is_through
    }

    /// Whether it has looked at everything once since it began.
    #[must_use]
    pub fn is_through(&self) -> bool {
        let hand = self.hand.lock();
        let Looks { fresh, recent, old, .. } = &hand.looks;
        fresh.is_through && recent.is_through && old.is_through
    }

    /// Notes how far it has come, if it is time. Should that fail, the next worker looks at more.
    async fn note_now_and_then<P: Table + Clock>(&self, ports: &P) {
        let now = ports.now().instant;
        let is_time = {
            let mut hand = self.hand.lock();
            let is_time = now >= hand.note_at;
            hand.note_at = if is_time { now + NOTE_EVERY } else { hand.note_at };
            is_time
        };
        if is_time {
            let _ = self.note(ports).await;
        }
    }

    async fn note<P: Table + Clock>(&self, ports: &P) -> Result<(), Error> {
        let note = {
            let mut hand = self.hand.lock();
            let Looks { fresh, old, .. } = &hand.looks;
            let swept = old.at.clone();
            let is_worth_it = hand.is_changed || swept.is_some() || !fresh.is_through;
            if !is_worth_it {
                return Ok(());
            }
            // The first way to what is due now may be longer than one worker's time.
            let reached = fresh.at.as_ref().filter(|_| !fresh.is_through);
            let reached = reached.and_then(ItemId::read).unwrap_or(hand.looks.reached);
            // A sweep that is noted to be under way is noted to be over, too.
            hand.is_changed = swept.is_some();
            let oldest = hand.items.first().copied();
            let low = before(ports.now().wall, FAR).min(reached);
            Note { low: oldest.map_or(low, |oldest| oldest.min(low)), swept }
        };
        // Plain data always encodes; none would only mean that more is looked at.
        let note = postcard::to_allocvec(&note).ok().map(Bytes::from);
        ports.put(&self.queue.notes, note, None).await.map(drop)
    }

    /// How many items wait or are in hand: those that are due, and those that will be. Each is counted
    /// up to `most`, and over a few pages at most.
    ///
    /// # Errors
    /// [`Error`] of the table.
    pub async fn length<P: Table + Clock>(
        &self,
        ports: &P,
        most: u64,
    ) -> Result<(u64, u64), Error> {
        let now = ports.now().wall;
        let (from, in_hand) = {
            let hand = self.hand.lock();
            let from = hand.looks.fresh.at.clone().unwrap_or(hand.looks.near(now));
            (from, hand.items.len() as u64)
        };
        let later = first_after(now).sort_key();
        let due = Select { from: Some(from), until: Some(later.clone()), ..Select::default() };
        let later = Select { from: Some(later), ..Select::default() };
        let due = in_hand + self.count(ports, due, most).await?;
        Ok((due.min(most), self.count(ports, later, most).await?))
    }

    /// Counts what is not in hand.
    async fn count<P: Table>(
        &self,
        ports: &P,
        mut select: Select,
        most: u64,
    ) -> Result<u64, Error> {
        let mut count = 0;
        for _ in 0..COUNTED {
            let page = ports.range(&self.queue.partition, &select).await?;
            let hand = self.hand.lock();
            let waits = |key| ItemId::read(key).is_some_and(|id| !hand.items.contains(&id));
            count += page.rows.iter().filter(|(key, _)| waits(key)).count() as u64;
            select.after = page.next;
            if select.after.is_none() || count >= most {
                break;
            }
        }
        Ok(count.min(most))
    }

    /// An item is done, and gone.
    ///
    /// # Errors
    /// [`Error`] of the table; it may be handed out again.
    pub async fn done<P: Table>(&self, ports: &P, item: &Item) -> Result<(), Error> {
        ports.put(&self.queue.key(item.id)?, None, None).await?;
        let mut hand = self.hand.lock();
        hand.items.remove(&item.id);
        hand.is_changed = true;
        Ok(())
    }

    /// An item cannot be done for now: it is handed out again when `due`, or earlier; by this worker or the next.
    pub async fn put_back<P: Table + Random>(&self, ports: &P, item: &Item, due: Wall) {
        if self.retry(ports, item, due).await.is_err() {
            // The sweeps find it, or its double.
            self.hand.lock().items.remove(&item.id);
        }
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

    /// Does some work and renews the lease beside it; none if the lease is lost before the work has ended, which
    /// is dropped then.
    pub async fn keep<P: Register + Clock + Sleep, T>(
        &self,
        ports: &P,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let every = Span::from_micros(self.queue.lease.term().as_micros() / 10 * 3);
        let mut work = pin!(work);
        let mut taken_over = pin!(async {
            loop {
                ports.sleep(every).await;
                // If the register does not answer, the lease lasts as long as before, at least.
                if self.renew(ports).await == Ok(false) {
                    return;
                }
            }
        });
        let mut over = pin!(async {
            while let Some(left) = self.left(ports.now().instant) {
                ports.sleep(left).await;
            }
        });
        poll_fn(|context| {
            if over.as_mut().poll(context).is_ready()
                || taken_over.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(None);
            }
            work.as_mut().poll(context).map(Some)
        })
        .await
    }

    /// For how long it may still go on, at a moment of this node's steady clock.
    fn left(&self, now: Instant) -> Option<Span> {
        let until = self.held.lock().valid_until();
        (now < until).then(|| until.since(now))
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
    pub async fn stop<P: Register + Table + Clock>(self, ports: &P) -> Result<(), Error> {
        let _ = self.note(ports).await; // the next one would look at more
        self.held.into_inner().release(ports).await
    }
}

/// The first place of what was due so long before a moment.
fn before(moment: Wall, span: Span) -> ItemId {
    let due = moment.as_millis().saturating_sub(span.as_millis());
    ItemId { due: Wall::from_millis(due), nonce: 0 }
}

/// The first place of what is not due yet.
const fn first_after(now: Wall) -> ItemId {
    ItemId { due: Wall::from_millis(now.as_millis().saturating_add(1)), nonce: 0 }
}
