//! Modulo placement, to hold the ring against: `hash(key) % servers`.

use super::{NodeId, RingHash};
use alloc::vec::Vec;

/// Servers in a row; a key belongs to the one at `hash(key) % servers`.
///
/// Loads are as even as the hash is. But when a server comes or goes, nearly every key belongs to
/// another one: with n servers before and n + 1 after, n of n + 1 keys move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modulo {
    members: Vec<NodeId>,
}

impl Modulo {
    /// Servers in the order in which they are counted, from 0.
    #[must_use]
    pub const fn new(members: Vec<NodeId>) -> Self {
        Self { members }
    }

    /// The servers.
    #[must_use]
    pub fn members(&self) -> &[NodeId] {
        &self.members
    }

    /// Puts a server at the end of the row, unless it is there already.
    pub fn add(&mut self, id: NodeId) {
        if !self.members.contains(&id) {
            self.members.push(id);
        }
    }

    /// Takes a server out of the row; those behind it move up. Whether it was there.
    pub fn remove(&mut self, id: NodeId) -> bool {
        let before = self.members.len();
        self.members.retain(|&member| member != id);
        self.members.len() != before
    }

    /// The server of a hash. O(1).
    #[must_use]
    pub fn owner_of_hash(&self, hash: u64) -> Option<NodeId> {
        let place = hash.checked_rem(self.members.len() as u64)?;
        self.members.get(usize::try_from(place).ok()?).copied()
    }

    /// The server of a key, by the first 64 bits of its SHA-1: the hash that the ring uses too.
    #[must_use]
    pub fn owner(&self, key: &[u8]) -> Option<NodeId> {
        self.owner_of_hash(RingHash::of_key(key).prefix())
    }
}
