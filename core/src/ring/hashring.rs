//! The ring itself: weighted points, the owner of a key, the walk clockwise.

use super::{LayoutError, Load, MAX_POINTS, Member, NodeId, Spread};
use crate::base::hash::sha1;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Points of a member for each unit of its weight.
pub const POINTS_PER_WEIGHT: u32 = 256;

/// A place on the ring, as SHA-1's 160 bits, most significant byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingHash(pub [u8; 20]);

impl Ord for RingHash {
    /// By the number that the bytes spell. The first 64 bits nearly always tell, as one comparison.
    fn cmp(&self, other: &Self) -> Ordering {
        self.prefix().cmp(&other.prefix()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for RingHash {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

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

    /// The place whose first 64 bits are these, and whose others are 0.
    #[must_use]
    pub(super) fn at(prefix: u64) -> Self {
        let mut hash = [0; 20];
        hash[..8].copy_from_slice(&prefix.to_be_bytes());
        Self(hash)
    }

    /// The first 64 of the 160 bits: where on the ring this is, near enough to draw and to sort.
    #[must_use]
    pub const fn prefix(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// In which of `arcs` equal arcs, a power of two, a place lies.
#[allow(clippy::cast_possible_truncation)] // less than `arcs`
const fn arc_of(prefix: u64, arcs: usize) -> usize {
    ((prefix as u128 * arcs as u128) >> 64) as usize
}

/// Servers on a ring of hashes.
#[derive(Clone, Debug, Default)]
pub struct HashRing {
    /// By place; equal places by server, so that the order is total.
    points: Vec<(RingHash, NodeId)>,
    /// The ring in equal arcs, about as many as points: the first point at or after each arc's start.
    /// Hashes are even, so a look-up begins a step or two before its goal, however many points.
    arcs: Vec<u32>,
    members: Vec<Member>,
}

impl HashRing {
    /// A ring without servers.
    #[must_use]
    pub const fn new() -> Self {
        Self { points: Vec::new(), arcs: Vec::new(), members: Vec::new() }
    }

    /// Puts a server on the ring at `weight` times [`POINTS_PER_WEIGHT`] points. O(points).
    ///
    /// # Errors
    /// [`LayoutError`] if its name or weight is out of range or its name or number is taken; the ring is
    /// then unchanged.
    pub fn add(&mut self, member: &Member) -> Result<(), LayoutError> {
        self.add_with_points(member, POINTS_PER_WEIGHT)
    }

    /// Puts a server on the ring at `weight` times `points` points, 1 to [`MAX_POINTS`].
    ///
    /// # Errors
    /// As [`HashRing::add`], and [`LayoutError::Points`].
    pub fn add_with_points(&mut self, member: &Member, points: u32) -> Result<(), LayoutError> {
        member.check()?;
        if points == 0 || points > MAX_POINTS {
            return Err(LayoutError::Points { got: points });
        }
        if self.members.iter().any(|other| other.id == member.id || other.name == member.name) {
            return Err(LayoutError::Duplicate { name: member.name.clone() });
        }
        let count = u32::from(member.weight) * points;
        let mut new: Vec<(RingHash, NodeId)> =
            (0..count).map(|i| (RingHash::of_point(&member.name, i), member.id)).collect();
        new.sort_unstable();
        self.points.append(&mut new);
        self.points.sort(); // two sorted runs: it merges them
        self.cut();
        self.members.push(member.clone());
        Ok(())
    }

    /// Takes a server off the ring; whether it was there. O(points).
    pub fn remove(&mut self, id: NodeId) -> bool {
        let before = self.members.len();
        self.members.retain(|member| member.id != id);
        self.points.retain(|&(_, member)| member != id);
        self.cut();
        self.members.len() != before
    }

    /// Cuts the ring into arcs anew.
    fn cut(&mut self) {
        let arcs = self.points.len().next_power_of_two();
        self.arcs.clear();
        self.arcs.reserve_exact(arcs);
        let mut next = 0_u32;
        for (place, _) in &self.points {
            // The arcs that begin after the point before this one, up to this one's.
            let arc = arc_of(place.prefix(), arcs);
            while self.arcs.len() <= arc {
                self.arcs.push(next);
            }
            next += 1;
        }
        self.arcs.resize(arcs, next);
    }

    /// The index of the first point at or after a place; the number of points if there is none.
    fn first_from(&self, from: RingHash) -> usize {
        let Some(&start) = self.arcs.get(arc_of(from.prefix(), self.arcs.len())) else { return 0 };
        let start = start as usize;
        let before = self.points[start..].iter().take_while(|&&(place, _)| place < from);
        start + before.count()
    }

    /// The servers, in the order in which they came.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The points in ring order.
    #[must_use]
    pub fn points(&self) -> &[(RingHash, NodeId)] {
        &self.points
    }

    /// The server that a key belongs to: the first one clockwise. O(1) but for the hash.
    #[must_use]
    pub fn owner(&self, key: &[u8]) -> Option<NodeId> {
        self.next_owner(RingHash::of_key(key))
    }

    /// The server that a place belongs to, given by the first 64 bits of its hash; all others are 0.
    #[must_use]
    pub fn owner_at(&self, prefix: u64) -> Option<NodeId> {
        self.next_owner(RingHash::at(prefix))
    }

    fn next_owner(&self, from: RingHash) -> Option<NodeId> {
        let first = self.first_from(from);
        self.points.get(first).or(self.points.first()).map(|&(_, id)| id)
    }

    /// The servers of all points met clockwise from a place, the place included, once around.
    pub fn clockwise(&self, from: RingHash) -> impl Iterator<Item = NodeId> + '_ {
        let first = self.first_from(from);
        self.points[first..].iter().chain(&self.points[..first]).map(|&(_, id)| id)
    }

    /// The first `count` servers for a key, its owner first: distinct ones, and in distinct zones as
    /// long as there are some. Fewer if there are fewer servers. O(points) at worst.
    #[must_use]
    pub fn replicas(&self, key: &[u8], count: usize) -> Vec<NodeId> {
        self.preference(RingHash::of_key(key), count)
    }

    /// The same for a place: servers met clockwise, the first of each zone, then the second of each,
    /// and so on. A server without a zone is a zone of its own.
    #[must_use]
    pub fn preference(&self, from: RingHash, count: usize) -> Vec<NodeId> {
        let wanted = count.min(self.members.len());
        // Each server met, with how many of its zone came before it.
        let mut met: Vec<(usize, &Member)> = Vec::with_capacity(wanted);
        let mut zones = 0;
        for id in self.clockwise(from) {
            if zones >= wanted || met.len() == self.members.len() {
                break;
            }
            if met.iter().any(|(_, member)| member.id == id) {
                continue;
            }
            let Some(member) = self.members.iter().find(|member| member.id == id) else { continue };
            let is_neighbour =
                |other: &Member| !member.zone.is_empty() && other.zone == member.zone;
            let round = met.iter().filter(|(_, other)| is_neighbour(other)).count();
            zones += usize::from(round == 0);
            met.push((round, member));
        }
        met.sort_by_key(|&(round, _)| round); // stable: the walk's order stays within a round
        met.into_iter().take(wanted).map(|(_, member)| member.id).collect()
    }

    /// How evenly the ring itself is spread: each server's load is its part of the ring in 2^64ths,
    /// so no keys are needed and no chance is left. O(points · log members).
    #[must_use]
    pub fn spread(&self) -> Spread {
        let mut parts: BTreeMap<NodeId, u128> = BTreeMap::new();
        let Some(&(last, _)) = self.points.last() else { return Spread::default() };
        let mut previous = last.prefix();
        for &(place, id) in &self.points {
            let length = place.prefix().wrapping_sub(previous);
            *parts.entry(id).or_default() += u128::from(length);
            previous = place.prefix();
        }
        if let [(_, only)] = self.points[..] {
            parts.insert(only, 1 << 64);
        }
        let load = |member: &Member| Load {
            id: member.id,
            weight: member.weight,
            load: parts.get(&member.id).copied().unwrap_or(0),
        };
        Spread::of(self.members.iter().map(load).collect())
    }
}
