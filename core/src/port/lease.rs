//! Leases: something that one holder has at a time, for a while.
//!
//! A lease is a register that names its holder and counts renewals. Who wants it while another has it
//! watches the register: if nothing moved there for a whole term, the holder is lost, and the lease is
//! taken by compare-and-set. The holder in turn stops using it a little before a term has passed since
//! it last *asked* to renew. Both measure on their own steady clocks, so wall clocks may jump as they
//! like; only their rates must agree within one part in ten, and no two use it at once. What outlives
//! that moment, such as a write that was under way, can carry the lease's [`fence`](Held::fence), which
//! rises with every holding.
//!
//! # Limits
//! Taking costs two updates of a register, renewing two. A lost holder's lease is free a term after
//! somebody began to watch it, a released one at once.
//!
//! Source: Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache
//! consistency" (1989); Burrows, "The Chubby lock service" (2006), for the fence, there a sequencer.

use super::{Clock, Error, Register};
use crate::base::{Instant, Span};
use crate::kv::{Key, Update};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What the register holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Nobody, once it was given back.
    holder: Option<u64>,
    fence: u64,
    /// Renewals, so that each changes the register.
    renewals: u64,
}

/// A lease that may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    key: Key,
    term: Span,
    /// What the register held when it was last looked at and found to have changed, and when that was.
    watched: Option<(Bytes, Instant)>,
}

/// A lease that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    key: Key,
    term: Span,
    entry: Entry,
    /// When its last renewal was asked for.
    asked: Instant,
}

impl Entry {
    fn read(value: Option<&Bytes>) -> Option<Self> {
        value.and_then(|value| postcard::from_bytes(value).ok())
    }

    fn bytes(&self) -> Option<Bytes> {
        // A few integers always encode; none would only mean that the lease is not taken.
        postcard::to_allocvec(self).ok().map(Bytes::from)
    }
}

impl Lease {
    /// The lease kept in the register `key`, lost by a holder that does not renew it within `term`:
    /// some seconds, since a term has room for several attempts to renew.
    #[must_use]
    pub const fn new(key: Key, term: Span) -> Self {
        Self { key, term, watched: None }
    }

    /// How long a holder may be silent.
    pub(super) const fn term(&self) -> Span {
        self.term
    }

    /// Takes it for `holder`, a number that no two holders share; none if another has it, as far as is
    /// known by now: try again, on the same value, until it is lost.
    ///
    /// # Errors
    /// [`Error`] of the register. The lease may have been taken then; it ends by itself.
    pub async fn take<P: Register + Clock>(
        &mut self,
        ports: &P,
        holder: u64,
    ) -> Result<Option<Held>, Error> {
        let found = ports.update(&self.key, Update::Read).await?.value;
        let old = Entry::read(found.as_ref());
        let now = ports.now().instant;
        let other = old.as_ref().and_then(|old| old.holder).filter(|&other| other != holder);
        if other.is_some() && !self.is_lost(found.as_ref(), now) {
            return Ok(None);
        }
        let fence = old.map_or(0, |old| old.fence).saturating_add(1);
        let entry = Entry { holder: Some(holder), fence, renewals: 0 };
        let update = Update::CompareAndSet { expected: found, value: entry.bytes() };
        let taken = ports.update(&self.key, update).await?.applied;
        let (key, term) = (self.key.clone(), self.term);
        Ok(taken.then_some(Held { key, term, entry, asked: now }))
    }

    /// Whether the register has held the same for a whole term.
    fn is_lost(&mut self, found: Option<&Bytes>, now: Instant) -> bool {
        match &self.watched {
            Some((watched, since)) if Some(watched) == found => now.since(*since) > self.term,
            _ => {
                self.watched = found.map(|found| (found.clone(), now));
                false
            }
        }
    }
}

impl Held {
    /// The number of this holding: higher than that of any earlier one.
    #[must_use]
    pub const fn fence(&self) -> u64 {
        self.entry.fence
    }

    /// Whether it may still be used at a moment of this node's steady clock.
    #[must_use]
    pub fn is_valid(&self, now: Instant) -> bool {
        now < self.valid_until()
    }

    /// Until when, unless it is renewed.
    pub(super) fn valid_until(&self) -> Instant {
        self.asked + Span::from_micros(self.term.as_micros() / 10 * 9)
    }

    /// Makes it last a whole term from now; false if it was lost, and must no longer be used.
    ///
    /// # Errors
    /// [`Error`] of the register; it is held as long as before, at least.
    pub async fn renew<P: Register + Clock>(&mut self, ports: &P) -> Result<bool, Error> {
        let asked = ports.now().instant;
        let found = ports.update(&self.key, Update::Read).await?.value;
        // An earlier attempt to renew may have come through without our knowing.
        let mine = Entry::read(found.as_ref())
            .filter(|found| (found.holder, found.fence) == (self.entry.holder, self.entry.fence));
        let Some(mine) = mine else { return Ok(false) };
        let entry = Entry { renewals: mine.renewals.wrapping_add(1), ..mine };
        let update = Update::CompareAndSet { expected: found, value: entry.bytes() };
        let renewed = ports.update(&self.key, update).await?.applied;
        if renewed {
            (self.entry, self.asked) = (entry, asked);
        }
        Ok(renewed)
    }

    /// Gives it back, so that others need not wait for its end.
    ///
    /// # Errors
    /// [`Error`] of the register; it ends by itself then.
    pub async fn release<P: Register>(self, ports: &P) -> Result<(), Error> {
        let free = Entry { holder: None, ..self.entry.clone() };
        let update = Update::CompareAndSet { expected: self.entry.bytes(), value: free.bytes() };
        ports.update(&self.key, update).await.map(drop)
    }
}
