//! What there is to see: the trie along what was typed, as one node knows it.

use crate::page::look::Look;
use ennead::autocomplete::{Counters, MAX_TOP, Suggestion, query};
use ennead::ring::NodeId;
use ennead::sim::World;

/// The most levels of the trie that are drawn.
const LEVELS: usize = 5;
/// The most children of a level that are drawn.
pub(crate) const FANOUT: usize = 7;

/// A node of the trie on the way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Level {
    /// What leads here, as people read it.
    pub(crate) prefix: String,
    /// How many queries begin so.
    pub(crate) queries: u64,
    /// What may follow, the best first: the character as the trie has it, and the count of its best.
    pub(crate) next: Vec<(char, u64)>,
    /// Which of them was typed.
    pub(crate) taken: Option<char>,
}

/// The page's part of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    /// Who serves; none if the node that should does not run.
    pub(crate) node: Option<NodeId>,
    /// The last levels on the way, the first of them first.
    pub(crate) levels: Vec<Level>,
    /// The best queries at its end.
    pub(crate) top: Vec<Suggestion>,
    /// Queries in all.
    pub(crate) queries: u64,
    /// What the node has counted.
    pub(crate) counters: Counters,
}

impl View {
    /// Of what a node knows.
    pub(crate) fn of(world: &World, node: Option<NodeId>, typed: &str) -> Self {
        let mut view = Self {
            node,
            levels: Vec::new(),
            top: Vec::new(),
            queries: 0,
            counters: Counters::default(),
        };
        let Some(service) = node.and_then(|node| world.services(node)) else {
            view.node = None;
            return view;
        };
        let service = &service.autocomplete;
        view.counters = service.counters();
        let key = query::fold_prefix(typed).unwrap_or_default();
        let mut ends: Vec<usize> = key.char_indices().map(|(at, _)| at).collect();
        ends.push(key.len());
        let shown = ends.len().saturating_sub(LEVELS);
        for &end in &ends[shown..] {
            let (prefix, rest) = key.split_at(end);
            // Whatever could be typed can be looked at.
            let Ok(look) = service.look(prefix, usize::MAX) else { continue };
            let taken = rest.chars().next();
            let mut next: Vec<(char, u64)> =
                look.next.into_iter().map(|(c, best)| (c, best.count)).collect();
            let place = next.iter().position(|&(c, _)| Some(c) == taken);
            if let Some(place) = place.filter(|&place| place >= FANOUT) {
                next.swap(place, FANOUT - 1);
            }
            next.truncate(FANOUT);
            let prefix = query::show(prefix);
            view.levels.push(Level { prefix, queries: look.queries, next, taken });
        }
        view.queries = service.look("", 0).map_or(0, |look| look.queries);
        view.top = service.peek(typed, MAX_TOP).unwrap_or_default();
        view
    }
}

/// What the sentence says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Who serves, if anybody does.
    pub(crate) node: Option<String>,
    /// Queries in all.
    pub(crate) queries: u64,
    /// What was typed.
    pub(crate) typed: String,
    /// How many begin so.
    pub(crate) matching: u64,
    /// The best of them.
    pub(crate) best: Option<(String, u64)>,
}

/// What the sentence says of the world as it is now.
pub(crate) fn facts(look: &Look) -> Facts {
    let Some(view) = &look.snapshot.autocomplete else {
        return Facts::default();
    };
    Facts {
        node: view.node.map(|node| look.snapshot.names().of(node).to_string()),
        queries: view.queries,
        typed: look.interface.autocomplete.typed.clone(),
        matching: view.levels.last().map_or(0, |level| level.queries),
        best: view.top.first().map(|best| (best.query.clone(), best.count)),
    }
}
