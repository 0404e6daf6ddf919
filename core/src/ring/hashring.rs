//! The ring itself: weighted points, the owner of a key, the walk clockwise.

use super::{LayoutError, Member, NodeId};
use crate::base::hash::sha1;
use alloc::vec::Vec;

/// Points of a member for each unit of its weight.
pub const POINTS_PER_WEIGHT: u32 = 256;

/// A place on the ring, as SHA-1's 160 bits, most significant byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RingHash(pub [u8; 20]);

impl RingHash {
    /// Where a key stands.
    #[must_use]
    pub fn of_key(key: &[u8]) -> Self {
        Self(sha1(&[key]))
    }

    /// Where the `index`th point of a server stands.
    #[must_use]
    pub fn of_point(name: &str, index: u32) -> Self {
        Self(sha1(&[name.as_bytes(), &[0xFF], &index.to_be_bytes()]))
    }

    /// The first 64 of the 160 bits: where on the ring this is, near enough to draw and to sort.
    #[must_use]
    pub const fn prefix(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// Servers on a ring of hashes.
#[derive(Clone, Debug, Default)]
pub struct HashRing {
    /// By place; equal places by server, so that the order is total.
    points: Vec<(RingHash, NodeId)>,
    members: Vec<NodeId>,
}

impl HashRing {
    /// A ring without servers.
    #[must_use]
    pub const fn new() -> Self {
        Self { points: Vec::new(), members: Vec::new() }
    }

    /// Puts a server on the ring at `weight` times [`POINTS_PER_WEIGHT`] points. O(points).
    ///
    /// # Errors
    /// [`LayoutError`] if its name or weight is out of range or its number is taken; the ring is
    /// then unchanged.
    pub fn add(&mut self, member: &Member) -> Result<(), LayoutError> {
        self.add_with_points(member, POINTS_PER_WEIGHT)
    }

    /// Puts a server on the ring at `weight` times `points` points.
    ///
    /// # Errors
    /// As [`HashRing::add`].
    pub fn add_with_points(&mut self, member: &Member, points: u32) -> Result<(), LayoutError> {
        member.check()?;
        if self.members.contains(&member.id) {
            return Err(LayoutError::Duplicate { name: member.name.clone() });
        }
        let count = u32::from(member.weight) * points;
        self.points.extend((0..count).map(|i| (RingHash::of_point(&member.name, i), member.id)));
        self.points.sort_unstable();
        self.members.push(member.id);
        Ok(())
    }

    /// Takes a server off the ring; whether it was there. O(points).
    pub fn remove(&mut self, id: NodeId) -> bool {
        let before = self.members.len();
        self.members.retain(|&member| member != id);
        self.points.retain(|&(_, member)| member != id);
        self.members.len() != before
    }

    /// The servers, in the order in which they came.
    #[must_use]
    pub fn members(&self) -> &[NodeId] {
        &self.members
    }

    /// The points in ring order.
    #[must_use]
    pub fn points(&self) -> &[(RingHash, NodeId)] {
        &self.points
    }

    /// The server that a key belongs to: the first one clockwise. O(log points).
    #[must_use]
    pub fn owner(&self, key: &[u8]) -> Option<NodeId> {
        self.clockwise(RingHash::of_key(key)).next()
    }

    /// The servers of all points met clockwise from a place, the place included, once around.
    pub fn clockwise(&self, from: RingHash) -> impl Iterator<Item = NodeId> + '_ {
        let first = self.points.partition_point(|&(place, _)| place < from);
        self.points[first..].iter().chain(&self.points[..first]).map(|&(_, id)| id)
    }

    /// The first `count` distinct servers clockwise from a place: fewer if there are fewer.
    #[must_use]
    pub fn distinct_clockwise(&self, from: RingHash, count: usize) -> Vec<NodeId> {
        let wanted = count.min(self.members.len());
        let mut met = Vec::with_capacity(wanted);
        for id in self.clockwise(from) {
            if met.len() == wanted {
                break;
            }
            if !met.contains(&id) {
                met.push(id);
            }
        }
        met
    }
}
