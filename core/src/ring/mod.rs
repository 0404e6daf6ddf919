//! Chapter 5: consistent hashing.
//!
//! ```
//! use ennead::ring::{HashRing, Member, NodeId};
//!
//! let mut ring = HashRing::new();
//! for (id, name) in [(0, "A"), (1, "B"), (2, "C")] {
//!     ring.add(&Member::new(NodeId(id), name)).unwrap();
//! }
//! let owner = ring.owner(b"city").unwrap();
//! ring.remove(NodeId(if owner == NodeId(0) { 1 } else { 0 }));
//! assert_eq!(ring.owner(b"city"), Some(owner)); // only the changed server's keys move
//! ```
//!
//! # How it works
//! SHA-1 maps every server and every key to a number from 0 to 2^160 - 1, closed into a ring. A
//! key belongs to the first server clockwise. One server stands on the ring at many points, in
//! proportion to its weight, so that loads even out and a departed server's keys spread over all.
//! A point is `SHA-1(name, 0xFF, index)`: every node computes the same ring from the members alone,
//! on every machine and in every version (`vectors.txt` holds what another program computed).
//! Replicas are the servers met next, those of zones not met yet before the others.
//!
//! [`Modulo`] is what the ring is better than: `hash(key) % servers` spreads as well, but moves
//! nearly all keys when a server comes or goes. [`Spread`] and [`Movement`] measure both:
//!
//! ```
//! use ennead::ring::{HashRing, Member, Modulo, Movement, NodeId, ONE};
//!
//! let keys = || (0..10_000_u32).map(u32::to_be_bytes);
//! let mut ring = HashRing::new();
//! for id in 0..4 {
//!     ring.add(&Member::new(NodeId(id), &format!("node-{id}"))).unwrap();
//! }
//! let mut row = Modulo::new((0..4).map(NodeId).collect());
//! assert_eq!(row.owner_of_hash(18_358_617), Some(NodeId(1)));
//!
//! // One of four servers goes: how many keys are looked for at a server that never saw them?
//! let (all, whole_row) = (ring.clone(), row.clone());
//! ring.remove(NodeId(2));
//! row.remove(NodeId(2));
//! let of_ring = Movement::between(keys(), |key| all.owner(key), |key| ring.owner(key));
//! let of_row = Movement::between(keys(), |key| whole_row.owner(key), |key| row.owner(key));
//! assert_eq!((of_ring.moved(), of_ring.ratio()), (2_465, Some(ONE))); // its own, and no others
//! assert_eq!(of_row.moved(), 7_507);
//! ```
//!
//! The store does not look single keys up. It cuts the ring into [`SLICES`] equal arcs and derives
//! a [`Layout`]: for each slice, the servers in the order in which they are asked.
//!
//! # Limits
//! - `P` points a unit of weight spread loads within about 1/sqrt(P) of even: 6 % at 256
//!   (`ennead bench ring` prints the table).
//! - Look-up is O(1): SHA-1 of the key, then a step or two; adding and removing a server is O(points).
//!   A point takes 26 to 30 bytes.
//! - At most [`MAX_MEMBERS`] members of weight 1 to [`MAX_WEIGHT`] and 1 to [`MAX_POINTS`] points a
//!   unit of weight.
//!
//! # Sources
//! Karger et al., "Consistent hashing and random trees" (1997); DeCandia et al., "Dynamo" (2007),
//! sections 4.2 and 6.2 (the third strategy: equal-sized partitions).

mod hashring;
mod layout;
mod modulo;
mod report;
#[cfg(test)]
mod tests;

pub use hashring::{HashRing, POINTS_PER_WEIGHT, RingHash};
pub use layout::{Layout, LayoutError, SLICES, Slice};
pub use modulo::Modulo;
pub use report::{Load, Movement, ONE, Spread};

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// The most members of one ring or layout.
pub const MAX_MEMBERS: usize = 256;
/// The most points of a member for each unit of its weight.
pub const MAX_POINTS: u32 = 4_096;
/// The greatest weight of a member.
pub const MAX_WEIGHT: u16 = 64;
/// The longest name of a member or zone, in bytes.
pub const MAX_NAME: usize = 64;

/// A member's number in its cluster, given once and never again to another.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct NodeId(pub u16);

impl NodeId {
    /// As an index into a table of all members.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A server on the ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its number.
    pub id: NodeId,
    /// Its name, 1 to 64 bytes. The points on the ring come from it, so it must not change.
    pub name: String,
    /// What it may fail together with: a rack, a data centre. Empty if unknown.
    pub zone: String,
    /// Its capacity relative to the others, 1 to [`MAX_WEIGHT`].
    pub weight: u16,
}

impl Member {
    /// A member of weight 1 in no zone.
    #[must_use]
    pub fn new(id: NodeId, name: &str) -> Self {
        Self { id, name: String::from(name), zone: String::new(), weight: 1 }
    }

    /// The same in a zone.
    #[must_use]
    pub fn in_zone(mut self, zone: &str) -> Self {
        self.zone = String::from(zone);
        self
    }

    /// The same with a weight.
    #[must_use]
    pub fn weighing(mut self, weight: u16) -> Self {
        self.weight = weight;
        self
    }

    /// Checks name, zone and weight.
    ///
    /// # Errors
    /// [`LayoutError::Name`] or [`LayoutError::Weight`].
    pub fn check(&self) -> Result<(), LayoutError> {
        if self.name.is_empty() || self.name.len() > MAX_NAME || self.zone.len() > MAX_NAME {
            return Err(LayoutError::Name { got: self.name.clone() });
        }
        if self.weight == 0 || self.weight > MAX_WEIGHT {
            return Err(LayoutError::Weight { name: self.name.clone(), got: self.weight });
        }
        Ok(())
    }
}
