//! What the sentence says: the cluster, and what is not as it should be.

use crate::page::snapshot::Snapshot;
use crate::page::texts::short;
use ennead::ring::NodeId;
use ennead::sim::{KeyView, Status, View};

/// What the sentence says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// How many nodes there are.
    pub(crate) nodes: usize,
    /// N.
    pub(crate) copies: usize,
    /// W.
    pub(crate) write: usize,
    /// What is not as it should be.
    pub(crate) troubles: Vec<Trouble>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nodes that do not run.
    Down(Vec<String>),
    /// Nodes that stand still.
    Paused(Vec<String>),
    /// Nodes that reach nobody.
    CutOff(Vec<String>),
    /// Two sides that do not reach each other.
    Split(Vec<String>, Vec<String>),
    /// Links that are cut, otherwise.
    Cuts(usize),
    /// Hints that wait.
    Hints {
        /// Who keeps them.
        keepers: Vec<String>,
        /// For whom.
        owners: Vec<String>,
        /// How many.
        count: u64,
    },
    /// Siblings of the key at hand.
    Siblings {
        /// The key.
        key: String,
        /// How many.
        count: usize,
    },
    /// The check found what must not be.
    Broken(usize),
}

/// What the sentence says of the world as it is now.
pub(crate) fn facts(snapshot: &Snapshot) -> Facts {
    let (view, names) = (&snapshot.view, snapshot.names());
    let named = |ids: &[NodeId]| ids.iter().map(|&id| names.of(id).to_string()).collect::<Vec<_>>();
    let with = |status| -> Vec<NodeId> {
        view.nodes.iter().filter(|node| node.status == status).map(|node| node.id).collect()
    };
    let mut troubles = Vec::new();
    for (status, trouble) in [
        (Status::Down, Trouble::Down as fn(Vec<String>) -> Trouble),
        (Status::Paused, Trouble::Paused),
    ] {
        let ids = with(status);
        if !ids.is_empty() {
            troubles.push(trouble(named(&ids)));
        }
    }
    troubles.extend(parted(view, &named));
    let (mut keepers, mut owners, mut count) = (Vec::new(), Vec::new(), 0);
    for node in &view.nodes {
        for &(owner, hints) in node.hints.iter().filter(|(_, hints)| *hints > 0) {
            if !keepers.contains(&node.id) {
                keepers.push(node.id);
            }
            if !owners.contains(&owner) {
                owners.push(owner);
            }
            count += hints;
        }
    }
    if count > 0 {
        owners.sort_unstable();
        troubles.push(Trouble::Hints { keepers: named(&keepers), owners: named(&owners), count });
    }
    let values = |key: &KeyView| {
        key.copies.iter().map(|copy| copy.versions.values().count()).max().unwrap_or(0)
    };
    if let Some(key) = &snapshot.key
        && values(key) > 1
    {
        troubles.push(Trouble::Siblings { key: short(key.key.partition()), count: values(key) });
    }
    if !view.violations.is_empty() {
        troubles.push(Trouble::Broken(view.violations.len()));
    }
    Facts {
        nodes: view.nodes.len(),
        copies: usize::from(view.quorums.copies),
        write: usize::from(view.quorums.write),
        troubles,
    }
}

/// How the network is parted: single nodes that reach nobody, two sides, or else so many cuts.
fn parted(view: &View, named: &impl Fn(&[NodeId]) -> Vec<String>) -> Option<Trouble> {
    if view.cuts.is_empty() {
        return None;
    }
    let ids: Vec<NodeId> = view.nodes.iter().map(|node| node.id).collect();
    let is_cut = |a, b| view.cuts.contains(&(a, b)) && view.cuts.contains(&(b, a));
    let alone: Vec<NodeId> =
        ids.iter().copied().filter(|&a| ids.iter().all(|&b| a == b || is_cut(a, b))).collect();
    let first = *ids.iter().find(|id| !alone.contains(id)).unwrap_or(ids.first()?);
    let here: Vec<NodeId> =
        ids.iter().copied().filter(|&id| id == first || !is_cut(first, id)).collect();
    let there: Vec<NodeId> = ids.iter().copied().filter(|id| !here.contains(id)).collect();
    let crossing = here.len() * there.len() * 2;
    let clean = here.iter().all(|&a| there.iter().all(|&b| is_cut(a, b)));
    if !alone.is_empty() && there.len() == alone.len() {
        Some(Trouble::CutOff(named(&alone)))
    } else if clean && !there.is_empty() && view.cuts.len() == crossing {
        Some(Trouble::Split(named(&here), named(&there)))
    } else {
        let links = view.cuts.iter().filter(|&&(a, b)| a < b || !view.cuts.contains(&(b, a)));
        Some(Trouble::Cuts(links.count()))
    }
}
