//! How good a placement is: how evenly it spreads keys, and how many it moves when servers change.
//!
//! Both are told in whole numbers, so that they are the same on every machine: ratios in millionths
//! ([`ONE`]).

use super::{Member, NodeId};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// The ratio 1.
pub const ONE: u64 = 1_000_000;

/// What one server carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The server.
    pub id: NodeId,
    /// Its capacity relative to the others.
    pub weight: u16,
    /// How much: keys that were counted, or 2^64ths of the ring.
    pub load: u128,
}

/// How evenly servers are loaded, each in proportion to its weight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    loads: Vec<Load>,
    total: u128,
    weight: u128,
}

impl Spread {
    /// Of loads that are known.
    #[must_use]
    pub fn of(loads: Vec<Load>) -> Self {
        let total = loads.iter().map(|load| load.load).sum();
        let weight = loads.iter().map(|load| u128::from(load.weight)).sum();
        Self { loads, total, weight }
    }

    /// Of keys that are counted at their owners. O(keys · look-up). Keys of servers that are not
    /// among `members` are not counted.
    pub fn of_keys<K: AsRef<[u8]>>(
        members: &[Member],
        keys: impl IntoIterator<Item = K>,
        owner: impl Fn(&[u8]) -> Option<NodeId>,
    ) -> Self {
        let mut counts: BTreeMap<NodeId, u128> =
            members.iter().map(|member| (member.id, 0)).collect();
        for key in keys {
            if let Some(count) = owner(key.as_ref()).and_then(|id| counts.get_mut(&id)) {
                *count += 1;
            }
        }
        let load = |member: &Member| Load {
            id: member.id,
            weight: member.weight,
            load: counts.get(&member.id).copied().unwrap_or(0),
        };
        Self::of(members.iter().map(load).collect())
    }

    /// Each server's load, in the order in which they were given.
    #[must_use]
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// All loads together.
    #[must_use]
    pub const fn total(&self) -> u128 {
        self.total
    }

    /// A load over the server's fair share of the total, in millionths: [`ONE`] is just its share.
    /// 0 if nothing is loaded.
    #[must_use]
    pub fn relative(&self, load: &Load) -> u64 {
        let fair = self.total * u128::from(load.weight);
        let parts = (load.load * self.weight * u128::from(ONE)).checked_div(fair).unwrap_or(0);
        u64::try_from(parts).unwrap_or(u64::MAX)
    }

    /// The greatest load over its fair share, in millionths: peak to average where weights are equal.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.loads.iter().map(|load| self.relative(load)).max().unwrap_or(0)
    }

    /// The standard deviation of the loads over their fair shares, each counted by its weight, in
    /// millionths: how many servers' loads differ from the mean, relative to the mean.
    #[must_use]
    pub fn deviation(&self) -> u64 {
        let squares: u128 = self
            .loads
            .iter()
            .map(|load| {
                let apart = u128::from(self.relative(load).abs_diff(ONE));
                u128::from(load.weight) * apart * apart
            })
            .sum();
        let mean = squares.checked_div(self.weight).unwrap_or(0);
        u64::try_from(mean.isqrt()).unwrap_or(u64::MAX)
    }
}

/// Which keys a change of servers moves.
///
/// A moved key is a cache miss at its new server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Movement {
    /// Keys that had a server before and have one after.
    pub keys: u64,
    /// How many keys go from one server to another.
    pub flows: BTreeMap<(NodeId, NodeId), u64>,
}

impl Movement {
    /// Compares where keys were before with where they are after. O(keys · look-up).
    pub fn between<K: AsRef<[u8]>>(
        keys: impl IntoIterator<Item = K>,
        before: impl Fn(&[u8]) -> Option<NodeId>,
        after: impl Fn(&[u8]) -> Option<NodeId>,
    ) -> Self {
        let mut movement = Self::default();
        for key in keys {
            let (Some(from), Some(to)) = (before(key.as_ref()), after(key.as_ref())) else {
                continue;
            };
            movement.keys += 1;
            if from != to {
                *movement.flows.entry((from, to)).or_default() += 1;
            }
        }
        movement
    }

    /// How many keys moved.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.flows.values().sum()
    }

    /// How many keys had to move, whatever the placement, for each server to carry what it carries
    /// after: all that servers gained.
    #[must_use]
    pub fn least(&self) -> u64 {
        let mut gains: BTreeMap<NodeId, (u64, u64)> = BTreeMap::new();
        for (&(from, to), &count) in &self.flows {
            gains.entry(to).or_default().0 += count;
            gains.entry(from).or_default().1 += count;
        }
        gains.values().map(|&(gained, lost)| gained.saturating_sub(lost)).sum()
    }

    /// Moved over least, in millionths: [`ONE`] is the ideal. `None` if nothing had to move.
    #[must_use]
    pub fn ratio(&self) -> Option<u64> {
        let parts =
            (u128::from(self.moved()) * u128::from(ONE)).checked_div(self.least().into())?;
        Some(u64::try_from(parts).unwrap_or(u64::MAX))
    }
}
