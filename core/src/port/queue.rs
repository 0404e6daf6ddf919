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
//! delete. Rows that are gone leave tombstones that a new worker walks over once.

use super::{Clock, Error, Held, Lease, Random, Register, Select, Table, partition};
use crate::base::{Instant, Span, Wall};
use crate::kv::Key;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use bytes::Bytes;

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

/// The one that serves a queue.
#[derive(Debug)]
pub struct Worker {
    queue: Queue,
    held: Held,
    in_hand: BTreeSet<ItemId>,
    /// All before this are done.
    done_before: Option<Bytes>,
}

impl ItemId {
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
        ports.put(&self.key(id)?, Some(body), None).await?;
        Ok(id)
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
        Ok(held.map(|held| Worker {
            queue: self.clone(),
            held,
            in_hand: BTreeSet::new(),
            done_before: None,
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
    pub async fn take<P: Table + Clock>(
        &mut self,
        ports: &P,
        limit: u16,
    ) -> Result<Vec<Item>, Error> {
        let now = ports.now().wall;
        let first_later = ItemId { due: Wall::from_millis(now.as_millis() + 1), nonce: 0 };
        let mut select = Select {
            from: self.done_before.clone(),
            until: Some(first_later.sort_key()),
            ..Select::default()
        };
        let (mut items, mut first) = (Vec::new(), None);
        loop {
            let page = ports.range(&self.queue.partition, &select).await?;
            for (key, row) in page.rows {
                let Some(id) = ItemId::read(&key) else { continue };
                first = first.or(Some(key));
                if items.len() >= usize::from(limit) {
                    break;
                }
                // Writers never race for an item: there is one value.
                if let Some(body) = row.values.into_iter().next()
                    && self.in_hand.insert(id)
                {
                    items.push(Item { id, body });
                }
            }
            select.after = page.next;
            if select.after.is_none() || items.len() >= usize::from(limit) {
                break;
            }
        }
        // Items may yet be pushed that were due a while ago: keep looking a little behind.
        let behind = Wall::from_millis(now.as_millis().saturating_sub(60_000));
        let floor = ItemId { due: behind, nonce: 0 }.sort_key();
        self.done_before = Some(first.map_or(floor.clone(), |first| first.min(floor)));
        Ok(items)
    }

    /// An item is done, and gone.
    ///
    /// # Errors
    /// [`Error`] of the table; it may be handed out again.
    pub async fn done<P: Table>(&mut self, ports: &P, item: &Item) -> Result<(), Error> {
        ports.put(&self.queue.key(item.id)?, None, None).await?;
        self.in_hand.remove(&item.id);
        Ok(())
    }

    /// An item is to be tried again when `due`.
    ///
    /// # Errors
    /// [`Error`] of the table; it stays in hand then, or may be handed out twice.
    pub async fn retry<P: Table + Random>(
        &mut self,
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
        self.held.is_valid(now)
    }

    /// Goes on for another term; false if another has taken over.
    ///
    /// # Errors
    /// [`Error`] of the register.
    pub async fn renew<P: Register + Clock>(&mut self, ports: &P) -> Result<bool, Error> {
        self.held.renew(ports).await
    }

    /// Stops, so that another need not wait for the lease's end.
    ///
    /// # Errors
    /// [`Error`] of the register; the lease ends by itself then.
    pub async fn stop<P: Register>(self, ports: &P) -> Result<(), Error> {
        self.held.release(ports).await
    }
}
