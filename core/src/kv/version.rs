//! Versions: dotted version vector sets.
//!
//! Every write gets a [`Dot`], a name that is never given twice. What a replica knows of a key is
//! a [`Versions`]: the siblings that no write it knows has superseded, each with its dot, and a
//! [`Context`] of all dots that it has ever seen for the key. A sibling that one side lacks although
//! its dot is in that side's context was superseded there; so merging two replicas needs nothing
//! else.
//!
//! ```
//! use ennead::kv::{Actor, Context, Dot, Versions};
//! use ennead::ring::NodeId;
//!
//! let actor = Actor { node: NodeId(0), incarnation: 1, epoch: 1 };
//! let dot = |counter| Dot { actor, counter };
//! let seoul = Versions::default().write(&Context::default(), dot(1), Some("Seoul".into()));
//! // Two clients saw Seoul, and write without knowing of each other.
//! let seen = seoul.context();
//! let busan = seoul.write(seen, dot(2), Some("Busan".into()));
//! let both = busan.write(seen, dot(3), Some("Jeju".into()));
//! assert_eq!(both.siblings().len(), 2);
//! // One who saw both settles it.
//! let settled = both.write(both.context(), dot(4), Some("Jeju".into()));
//! assert_eq!(settled.siblings().len(), 1);
//! assert_eq!(both.merge(&settled), settled);
//! ```
//!
//! # Why a counter may stand for all before it
//! A context holds one number an actor, and `n` claims every dot of that actor up to `n`. This is
//! true only if an actor never gives a dot without holding all that it gave before for this key. So
//! an actor is not a node: it is (node, incarnation, epoch). The incarnation is new at every start of
//! the node, when an unsynced tail may be lost or a folder cloned; the epoch is new whenever the
//! node writes a key of which it holds no dots of its own, because it is new there or was forgotten
//! in between (a stand-in hands its data over and forgets it).
//!
//! # Limits
//! Merging is O(actors + siblings). A context keeps at most [`MAX_ACTORS`] actors: above it the
//! oldest incarnations that no sibling carries are dropped. That never loses a version, but it may
//! bring one back: a replica that was away while so many actors wrote a key may show an old value beside
//! the new one. Each restart of an owner makes an actor, and so does each time that a stand-in writes: where
//! nodes come and go every few seconds, a key that is written all the time has so many within minutes.
//!
//! # Sources
//! Preguiça et al., "Dotted version vectors" (2010); Almeida et al., "Scalable and accurate
//! causality tracking for eventually consistent stores" (2014); Riak's per-key actor epochs (2.1).

use super::error::Error;
use crate::base::hash::Digest;
use crate::base::{Mistake, is_planted};
use crate::ring::NodeId;
use alloc::vec::Vec;
use bytes::Bytes;
use core::cmp::Reverse;
use serde::{Deserialize, Serialize};

/// The most actors in one context.
pub const MAX_ACTORS: usize = 64;
/// The most siblings of one key: a write that would leave more is refused.
pub const MAX_SIBLINGS: usize = 128;

/// Who gives dots for a key: a node during one continuous memory of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Actor {
    /// The node.
    pub node: NodeId,
    /// Which start of the node.
    pub incarnation: u64,
    /// The counter of the first dot that it gave for this key while holding what it gave since.
    pub epoch: u64,
}

/// The name of one write, given once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dot {
    /// Who gave it.
    pub actor: Actor,
    /// The node's own count of its writes.
    pub counter: u64,
}

/// The dots that somebody has seen of a key. Clients carry one from a read to the write that
/// follows from it.
///
/// Most of it is a vector: of each actor the greatest counter, which stands for all before it. A
/// client that writes without reading has seen its own write but not what the same actor wrote just
/// before; such single dots are kept beside the vector, in the cloud, until the vector reaches them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// By actor.
    vector: Vec<(Actor, u64)>,
    /// In order, none of them covered by the vector.
    cloud: Vec<Dot>,
}

impl Context {
    /// Whether nothing was seen.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.vector.is_empty() && self.cloud.is_empty()
    }

    /// Actors in order, and of each the counter up to which all was seen.
    #[must_use]
    pub fn vector(&self) -> &[(Actor, u64)] {
        &self.vector
    }

    /// The dots that were seen beyond those of the vector, in order.
    #[must_use]
    pub fn cloud(&self) -> &[Dot] {
        &self.cloud
    }

    fn reaches(&self, dot: Dot) -> bool {
        self.vector
            .binary_search_by_key(&dot.actor, |&(actor, _)| actor)
            .is_ok_and(|i| dot.counter <= self.vector[i].1)
    }

    /// Whether a dot was seen.
    #[must_use]
    pub fn covers(&self, dot: Dot) -> bool {
        self.reaches(dot) || self.cloud.binary_search(&dot).is_ok()
    }

    /// Whether all that `other` saw was seen here.
    #[must_use]
    pub fn covers_all(&self, other: &Self) -> bool {
        other.vector.iter().all(|&(actor, counter)| self.reaches(Dot { actor, counter }))
            && other.cloud.iter().all(|&dot| self.covers(dot))
    }

    /// Adds a dot and with it all that its actor gave before.
    pub fn add(&mut self, dot: Dot) {
        match self.vector.binary_search_by_key(&dot.actor, |&(actor, _)| actor) {
            Ok(i) => self.vector[i].1 = self.vector[i].1.max(dot.counter),
            Err(i) => self.vector.insert(i, (dot.actor, dot.counter)),
        }
        if !self.cloud.is_empty() {
            self.cloud.retain(|other| other.actor != dot.actor || other.counter > dot.counter);
        }
    }

    /// Adds a dot and nothing else.
    pub fn add_alone(&mut self, dot: Dot) {
        if dot.counter == dot.actor.epoch {
            self.add(dot); // its actor's first: there is nothing before it
        } else if !self.reaches(dot)
            && let Err(i) = self.cloud.binary_search(&dot)
        {
            self.cloud.insert(i, dot);
        }
    }

    /// What either has seen.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        other.vector.iter().for_each(|&(actor, counter)| merged.add(Dot { actor, counter }));
        other.cloud.iter().for_each(|&dot| merged.add_alone(dot));
        merged
    }

    /// Checks a context that came from outside.
    ///
    /// # Errors
    /// [`Error::Context`] if it is out of order, says a thing twice or too much.
    pub fn check(&self) -> Result<(), Error> {
        let is_ordered = self.vector.is_sorted_by(|a, b| a.0 < b.0)
            && self.cloud.is_sorted_by(|a, b| a < b)
            && !self.cloud.iter().any(|&dot| self.reaches(dot));
        if self.vector.len() > MAX_ACTORS + MAX_SIBLINGS
            || self.cloud.len() > MAX_SIBLINGS
            || !is_ordered
        {
            return Err(Error::Context);
        }
        Ok(())
    }

    /// Keeps the newest [`MAX_ACTORS`], and those that `needed` names whatever their age; and of the
    /// cloud the newest [`MAX_SIBLINGS`].
    fn prune(&mut self, needed: &[Sibling]) {
        if self.cloud.len() > MAX_SIBLINGS {
            self.cloud.sort_by_key(|dot| (dot.actor.incarnation, dot.counter, *dot));
            self.cloud.drain(..self.cloud.len() - MAX_SIBLINGS);
            self.cloud.sort_unstable();
        }
        if self.vector.len() <= MAX_ACTORS {
            return;
        }
        let is_needed = |actor| needed.iter().any(|sibling| sibling.dot.actor == actor);
        let mut by_age = self.vector.clone();
        by_age.sort_by_key(|&(actor, _)| {
            Reverse((is_needed(actor), actor.incarnation, actor.epoch, actor.node))
        });
        let carried = by_age.iter().filter(|&&(actor, _)| is_needed(actor)).count();
        by_age.truncate(MAX_ACTORS.max(carried));
        by_age.sort_unstable();
        self.vector = by_age;
    }
}

/// One version of a value that no known write has superseded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sibling {
    /// Its name.
    pub dot: Dot,
    /// The value, or nothing if the write was a delete: then this is a tombstone.
    pub value: Option<Bytes>,
}

/// All that a replica knows of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    context: Context,
    /// By dot.
    siblings: Vec<Sibling>,
}

impl Versions {
    /// All dots ever seen.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The versions that nothing known supersedes, tombstones among them, by dot.
    #[must_use]
    pub fn siblings(&self) -> &[Sibling] {
        &self.siblings
    }

    /// The values of the siblings that are not tombstones.
    pub fn values(&self) -> impl Iterator<Item = &Bytes> {
        self.siblings.iter().filter_map(|sibling| sibling.value.as_ref())
    }

    /// Whether there is a value.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.values().next().is_some()
    }

    /// The sibling that one-valued clients (RESP) are shown: one with a value before a tombstone,
    /// then the greatest counter, then the greatest dot. The same on every node.
    #[must_use]
    pub fn winner(&self) -> Option<&Sibling> {
        self.siblings.iter().max_by_key(|s| (s.value.is_some(), s.dot.counter, s.dot))
    }

    /// What is known after one more write: `value` under the new name `dot`, by a client that had
    /// seen `seen`. Everything seen is superseded; the rest stays beside the new value.
    #[must_use]
    pub fn write(&self, seen: &Context, dot: Dot, value: Option<Bytes>) -> Self {
        let mut siblings: Vec<Sibling> =
            self.siblings.iter().filter(|sibling| !seen.covers(sibling.dot)).cloned().collect();
        siblings.push(Sibling { dot, value });
        siblings.sort_by_key(|sibling| sibling.dot);
        let mut context = self.context.merge(seen);
        context.add(dot);
        context.prune(&siblings);
        Self { context, siblings }
    }

    /// What the client of the write `dot` has seen now, if it had seen `seen` before. Where siblings
    /// stand beside the write, it has not seen those.
    #[must_use]
    pub fn seen_by_writer(&self, seen: &Context, dot: Dot) -> Context {
        if let [only] = &self.siblings[..]
            && only.dot == dot
        {
            return self.context.clone();
        }
        let mut seen = seen.clone();
        // What is superseded need not be superseded again.
        seen.cloud.retain(|&dot| self.siblings.iter().any(|sibling| sibling.dot == dot));
        seen.add_alone(dot);
        seen
    }

    /// What two replicas know together. Commutative, associative and idempotent, as long as no actor
    /// is dropped.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let mut siblings: Vec<Sibling> = Vec::new();
        let kept = |mine: &Self, theirs: &Self, out: &mut Vec<Sibling>| {
            for sibling in &mine.siblings {
                let theirs_has = theirs.siblings.iter().any(|other| other.dot == sibling.dot);
                let taken = out.iter().any(|other| other.dot == sibling.dot);
                if !taken && (theirs_has || !theirs.context.covers(sibling.dot)) {
                    out.push(sibling.clone());
                }
            }
        };
        kept(self, other, &mut siblings);
        kept(other, self, &mut siblings);
        siblings.sort_by_key(|sibling| sibling.dot);
        if is_planted(Mistake::DropSibling) {
            siblings.drain(..siblings.len().saturating_sub(1));
        }
        let mut context = self.context.merge(&other.context);
        context.prune(&siblings);
        Self { context, siblings }
    }

    /// A number that is equal for equal versions: over dots, context and which are tombstones. The
    /// values need no look, since a dot names one value only.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut digest = Digest::new(self.siblings.len() as u64);
        let mut add = |actor: Actor, counter: u64| {
            digest.add(u64::from(actor.node.0));
            digest.add(actor.incarnation);
            digest.add(actor.epoch);
            digest.add(counter);
        };
        self.siblings.iter().for_each(|sibling| add(sibling.dot.actor, sibling.dot.counter));
        self.context.vector.iter().for_each(|&(actor, counter)| add(actor, counter));
        self.context.cloud.iter().for_each(|dot| add(dot.actor, dot.counter));
        digest.value()
    }

    /// Bytes of all values.
    #[must_use]
    pub fn value_bytes(&self) -> usize {
        self.values().map(Bytes::len).sum()
    }

    /// Checks versions that came from outside.
    ///
    /// # Errors
    /// [`Error::Context`] if the parts contradict each other.
    pub fn check(&self) -> Result<(), Error> {
        self.context.check()?;
        let ordered = self.siblings.is_sorted_by(|a, b| a.dot < b.dot);
        if !ordered || !self.siblings.iter().all(|s| self.context.covers(s.dot)) {
            return Err(Error::Context);
        }
        Ok(())
    }
}
