//! What there is to see of ids: how many were given as the nodes count them, and the last ones from the log, so
//! that they follow the time bar.

use crate::page::look::Look;
use ennead::base::Wall;
use ennead::ids::{ClockPolicy, EPOCH, Id, NaiveSnowflake, Scheme, Snowflake, Worker};
use ennead::ring::NodeId;
use ennead::services::Answered;
use ennead::sim::{What, World};
use std::collections::BTreeSet;

/// Lines of the log that are looked through.
const SEARCHED: usize = 60_000;
/// Ids of a scheme that are compared.
const COMPARED: usize = 20_000;
/// Ids of a scheme that are shown.
const SHOWN: usize = 5;

/// One scheme.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lane {
    /// Which.
    pub(crate) scheme: Scheme,
    /// The last ids, the newest first, and who gave them.
    pub(crate) recent: Vec<(Id, Option<NodeId>)>,
    /// Ids that the nodes that run have given since they started.
    pub(crate) given: u64,
    /// The last ids that the log holds, which are compared.
    pub(crate) compared: usize,
    /// Of these, those that were given before.
    pub(crate) repeated: usize,
    /// Of these, those that are less than the one before.
    pub(crate) falls: usize,
}

/// All schemes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Nodes.
    pub(crate) nodes: usize,
    /// Ids that those that run have given since they started.
    pub(crate) given: u64,
    /// The last ids that the log holds, which are compared.
    pub(crate) compared: usize,
    /// Of these, those that were given before.
    pub(crate) repeated: usize,
    /// Requests that were refused, as far as the log goes back.
    pub(crate) refused: usize,
}

/// The schemes in the order of the chapter, and how many requests were refused.
pub(crate) fn take(world: &World) -> (Vec<Lane>, usize) {
    let mut lanes = Scheme::ALL.map(|scheme| (scheme, Vec::new()));
    let mut refused = 0;
    for entry in world.log().rev().take(SEARCHED) {
        let What::Served { answered: Answered::Ids(variant, outcome), .. } = &entry.what else {
            continue;
        };
        let Ok(ids) = outcome else {
            refused += 1;
            continue;
        };
        for (lane, given) in &mut lanes {
            if *lane == variant.scheme() && given.len() < COMPARED {
                given.extend(ids.iter().rev().map(|&id| (id, entry.node)));
            }
        }
    }
    let nodes = world.layout().members().iter().filter_map(|member| world.services(member.id));
    let counted: Vec<[u64; 4]> = nodes.map(|services| services.ids.counters().given).collect();
    let lanes = lanes.into_iter().enumerate().map(|(place, (scheme, last))| {
        lane(scheme, counted.iter().map(|given| given[place]).sum(), &last)
    });
    (lanes.collect(), refused)
}

fn lane(scheme: Scheme, given: u64, last: &[(Id, Option<NodeId>)]) -> Lane {
    let different: BTreeSet<Id> = last.iter().map(|&(id, _)| id).collect();
    Lane {
        scheme,
        recent: last.iter().take(SHOWN).copied().collect(),
        given,
        compared: last.len(),
        repeated: last.len() - different.len(),
        // The newest stand first.
        falls: last.windows(2).filter(|pair| pair[0].0 < pair[1].0).count(),
    }
}

/// What the sentence says.
pub(crate) fn sums(look: &Look) -> Sums {
    let (lanes, refused) = &look.snapshot.ids;
    Sums {
        nodes: look.snapshot.view.nodes.len(),
        given: lanes.iter().map(|lane| lane.given).sum(),
        compared: lanes.iter().map(|lane| lane.compared).sum(),
        repeated: lanes.iter().map(|lane| lane.repeated).sum(),
        refused: *refused,
    }
}

/// What a generator did while its clock jumped back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    /// Whose: none for the one that trusts the clock.
    pub(crate) policy: Option<ClockPolicy>,
    /// Ids given.
    pub(crate) given: usize,
    /// Of these, those that were given before.
    pub(crate) repeated: usize,
    /// How often there was no id.
    pub(crate) without: usize,
}

/// Four ids a millisecond for 50 ms; then the clock jumps back by 30 ms, and 50 ms more.
pub(crate) fn jumps() -> Vec<Jump> {
    let clock = |policy: Option<ClockPolicy>| {
        let worker = Worker::default();
        let mut naive = NaiveSnowflake::new(worker);
        let mut ours = Snowflake::new(worker).with_policy(policy.unwrap_or_default());
        let millis = (0..50u64).chain(20..70).flat_map(|millis| [millis; 4]);
        let moments = millis.map(|millis| Wall::from_millis(EPOCH.as_millis() + millis));
        let ids: Vec<Option<u64>> = moments
            .map(|now| match policy {
                None => Some(naive.next(now).0),
                Some(_) => ours.next(now).ok().map(|id| id.0),
            })
            .collect();
        let given: Vec<u64> = ids.iter().copied().flatten().collect();
        let different: BTreeSet<u64> = given.iter().copied().collect();
        let without = ids.len() - given.len();
        Jump { policy, given: given.len(), repeated: given.len() - different.len(), without }
    };
    [None, Some(ClockPolicy::Wait), Some(ClockPolicy::Borrow), Some(ClockPolicy::Refuse)]
        .map(clock)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_5_only_the_generator_that_trusts_its_clock_repeats_ids() {
        let told: Vec<_> = jumps().iter().map(|j| (j.given, j.repeated, j.without)).collect();
        assert_eq!(told, [(400, 120, 0), (284, 0, 116), (400, 0, 0), (284, 0, 116)]);
    }
}
