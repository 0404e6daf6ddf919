//! The layout: which servers hold which slice of the ring.

use super::{HashRing, MAX_MEMBERS, MAX_NAME, MAX_POINTS, MAX_WEIGHT, Member, NodeId, RingHash};
use crate::base::hash::Digest;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Into how many equal arcs the ring is cut. A power of two, so that a slice is the top bits of a
/// hash; many times the members, so that each can have its share.
pub const SLICES: u16 = 1 << SLICE_BITS;
const SLICE_BITS: u32 = 10;

/// One of the [`SLICES`] equal arcs of the ring, counted clockwise from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slice(pub u16);

impl Slice {
    /// The slice in which a place lies, from the first 64 bits of its hash.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // ten bits are left
    pub const fn of(prefix: u64) -> Self {
        Self((prefix >> (64 - SLICE_BITS)) as u16)
    }

    /// All slices, clockwise.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..SLICES).map(Self)
    }

    /// The first 64 bits of the first hash in it.
    #[must_use]
    pub const fn first_prefix(self) -> u64 {
        (self.0 as u64) << (64 - SLICE_BITS)
    }

    /// The first 64 bits of the last hash in it.
    #[must_use]
    pub const fn last_prefix(self) -> u64 {
        self.first_prefix() | (u64::MAX >> SLICE_BITS)
    }

    fn start(self) -> RingHash {
        RingHash::at(self.first_prefix())
    }
}

/// Why servers do not make a layout. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// No servers, or too many.
    #[error("{got} members, expected 1 to {MAX_MEMBERS}")]
    Count {
        /// How many there were.
        got: usize,
    },
    /// Two servers of one name or number.
    #[error("member {name:?} is there already: give each node a name of its own")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A name or zone that is empty or too long.
    #[error("member name {got:?}: names take 1 to {MAX_NAME} bytes, zones up to {MAX_NAME}")]
    Name {
        /// The name.
        got: String,
    },
    /// A weight out of range.
    #[error("weight {got} of member {name:?}, expected 1 to {MAX_WEIGHT}")]
    Weight {
        /// Whose.
        name: String,
        /// The weight.
        got: u16,
    },
    /// A number of points out of range.
    #[error("{got} points for each unit of weight, expected 1 to {MAX_POINTS}")]
    Points {
        /// The number.
        got: u32,
    },
}

/// Which servers hold which slice, in order of preference, as all nodes know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    version: u64,
    members: Vec<Member>,
    preference: Vec<Vec<NodeId>>,
}

impl Layout {
    /// The layout that a cluster begins with: each slice's servers are met walking clockwise from
    /// its start. `members` may come in any order.
    ///
    /// # Errors
    /// [`LayoutError`].
    pub fn founding(mut members: Vec<Member>) -> Result<Self, LayoutError> {
        if members.is_empty() || members.len() > MAX_MEMBERS {
            return Err(LayoutError::Count { got: members.len() });
        }
        members.sort_by_key(|member| member.id);
        let mut ring = HashRing::new();
        for member in &members {
            ring.add(member)?;
        }
        let preference =
            Slice::all().map(|slice| ring.preference(slice.start(), members.len())).collect();
        Ok(Self { version: 1, members, preference })
    }

    /// Rises with every change.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The members by number.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// A member by number.
    #[must_use]
    pub fn member(&self, id: NodeId) -> Option<&Member> {
        let i = self.members.binary_search_by_key(&id, |member| member.id).ok()?;
        self.members.get(i)
    }

    /// All servers in the order in which a slice prefers them: the first N hold its replicas, the
    /// others stand in for them in turn.
    #[must_use]
    pub fn preference_list(&self, slice: Slice) -> &[NodeId] {
        &self.preference[usize::from(slice.0 % SLICES)]
    }

    /// Whether `node` is among the first `copies` of a slice's preference list.
    #[must_use]
    pub fn holds(&self, node: NodeId, slice: Slice, copies: usize) -> bool {
        self.preference_list(slice).iter().take(copies).any(|&id| id == node)
    }

    /// How many slices have `node` among their first `copies`.
    #[must_use]
    pub fn slices_held(&self, node: NodeId, copies: usize) -> usize {
        Slice::all().filter(|&slice| self.holds(node, slice, copies)).count()
    }

    /// A number that two nodes share exactly if their layouts are equal.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut digest = Digest::new(self.version);
        for member in &self.members {
            digest.add(u64::from(member.id.0));
            digest.add_bytes(member.name.as_bytes());
            digest.add_bytes(member.zone.as_bytes());
            digest.add(u64::from(member.weight));
        }
        for list in &self.preference {
            for id in list {
                digest.add(u64::from(id.0));
            }
        }
        digest.value()
    }
}
