//! Leases: something that one holder has at a time, for a while.
//!
//! A lease is a register that names its holder and until when. It is taken by compare-and-set, so no two
//! hold it at once as long as wall clocks differ by less than [`SKEW`]: its holder stops using it that
//! much before its end, and others wait that much longer. A clock that jumps further may make two
//! believe that they hold it. Where that must do no harm there are two remedies: what the holder writes
//! carries the lease's [`fence`](Held::fence), which rises with every holding; and what it makes from the
//! time stays between [`since`](Held::since) and [`until`](Held::until), two moments that no other
//! holding shares whatever clocks do, since they are agreed on with the lease itself.
//!
//! Source: Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache
//! consistency" (1989).

use super::{Clock, Error, Register};
use crate::base::{Span, Wall};
use crate::kv::{Key, Update};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// By how much the wall clocks of two nodes may differ.
pub const SKEW: Span = Span::from_millis(500);

/// What the register holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Nobody, once it was given back.
    holder: Option<u64>,
    until: Wall,
    fence: u64,
}

/// A lease that may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its register.
    pub key: Key,
    /// For how long it is taken; more than twice [`SKEW`].
    pub term: Span,
}

/// A lease that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    lease: Lease,
    entry: Entry,
    since: Wall,
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
    /// Takes it for `holder`, a number that no two holders share; none if another has it. Whoever holds
    /// it already takes it anew.
    ///
    /// # Errors
    /// [`Error`] of the register. The lease may have been taken then; it ends by itself.
    pub async fn take<P: Register + Clock>(
        &self,
        ports: &P,
        holder: u64,
    ) -> Result<Option<Held>, Error> {
        let found = ports.update(&self.key, Update::Read).await?.value;
        let old = Entry::read(found.as_ref());
        let now = ports.now().wall;
        let is_free = old.as_ref().is_none_or(|old| match old.holder {
            Some(other) => other == holder || old.until + SKEW < now,
            None => true,
        });
        if !is_free {
            return Ok(None);
        }
        let (fence, since) = old.map_or((0, now), |old| (old.fence, now.max(old.until)));
        let fence = fence.saturating_add(1);
        let entry = Entry { holder: Some(holder), until: since + self.term, fence };
        let update = Update::CompareAndSet { expected: found, value: entry.bytes() };
        let taken = ports.update(&self.key, update).await?.applied;
        Ok(taken.then(|| Held { lease: self.clone(), entry, since }))
    }
}

impl Held {
    /// The number of this holding: higher than that of any earlier one.
    #[must_use]
    pub const fn fence(&self) -> u64 {
        self.entry.fence
    }

    /// Whether it may still be used at a moment of the wall clock.
    #[must_use]
    pub fn is_valid(&self, now: Wall) -> bool {
        now + SKEW < self.entry.until
    }

    /// When it began, and not before any earlier holding ended.
    #[must_use]
    pub const fn since(&self) -> Wall {
        self.since
    }

    /// When it ends unless it is renewed.
    #[must_use]
    pub const fn until(&self) -> Wall {
        self.entry.until
    }

    /// Makes it last a whole term from now; false if it was lost, and must no longer be used.
    ///
    /// # Errors
    /// [`Error`] of the register; it is held as long as before, at least.
    pub async fn renew<P: Register + Clock>(&mut self, ports: &P) -> Result<bool, Error> {
        let until = ports.now().wall + self.lease.term;
        let entry = Entry { until: until.max(self.entry.until), ..self.entry.clone() };
        let found = ports.update(&self.lease.key, Update::Read).await?.value;
        // An earlier attempt to renew may have come through without our knowing.
        let is_mine = Entry::read(found.as_ref()).is_some_and(|found| {
            (found.holder, found.fence) == (self.entry.holder, self.entry.fence)
        });
        if !is_mine {
            return Ok(false);
        }
        let update = Update::CompareAndSet { expected: found, value: entry.bytes() };
        let renewed = ports.update(&self.lease.key, update).await?.applied;
        if renewed {
            self.entry = entry;
        }
        Ok(renewed)
    }

    /// Gives it back, so that others need not wait for its end. `last` is the last moment for which its
    /// holder made anything: the next holding begins after it.
    ///
    /// # Errors
    /// [`Error`] of the register; it ends by itself then.
    pub async fn release<P: Register>(self, ports: &P, last: Wall) -> Result<(), Error> {
        let until = last.clamp(self.since, self.entry.until);
        let free = Entry { holder: None, until, ..self.entry.clone() };
        let update = Update::CompareAndSet { expected: self.entry.bytes(), value: free.bytes() };
        ports.update(&self.lease.key, update).await.map(drop)
    }
}
