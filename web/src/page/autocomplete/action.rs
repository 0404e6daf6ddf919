//! What can be done: type, search, let others search.

use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use crate::page::texts::Autocomplete;
use ennead::base::Span;
use ennead::ring::NodeId;
use ennead::services::Ask;
use ennead::sim::Transition;

/// How many people search when a crowd does.
const CROWD: u64 = 20;
/// Every so many of the first queries are asked again and again.
const STEADY_STEP: usize = 5;
/// The longest query that is taken from the field, in bytes: shown, it takes more than what counts.
pub(crate) const MOST: u32 = 60;

/// Queries that the page's world begins with, and how often they were asked.
pub(crate) const FIRST_QUERIES: [(&str, u32); 44] = [
    ("twitter", 35),
    ("twitch", 29),
    ("twilight", 25),
    ("twin peak", 21),
    ("twitch prime", 18),
    ("twitter search", 14),
    ("twilight zone", 12),
    ("twin", 9),
    ("twill", 4),
    ("tree", 10),
    ("true", 31),
    ("try", 27),
    ("train", 33),
    ("train times", 22),
    ("translate", 48),
    ("travel", 19),
    ("toy", 14),
    ("tomorrow", 16),
    ("tokyo", 26),
    ("today", 38),
    ("tea", 11),
    ("telescope", 6),
    ("wish", 24),
    ("win", 37),
    ("wind", 17),
    ("window", 15),
    ("winter", 28),
    ("weather", 62),
    ("weather tomorrow", 34),
    ("map", 53),
    ("maple", 5),
    ("music", 44),
    ("museum", 13),
    ("news", 57),
    ("new york", 41),
    ("café", 23),
    ("서울 날씨", 46),
    ("서울역", 21),
    ("서점", 8),
    ("한국", 30),
    ("한강", 20),
    ("하나은행", 18),
    ("하늘", 12),
    ("부산", 25),
];

/// The page's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    /// What was typed so far.
    pub(crate) typed: String,
}

impl Fields {
    /// Filled in already, so that one click does something.
    pub(crate) fn first(texts: &Autocomplete) -> Self {
        Self { typed: texts.first_typed.into() }
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Type.
    Type(String),
    /// Search for what was typed.
    Search,
    /// Search for a suggestion.
    Pick(String),
    /// Others search, each for a query of the list, by how often it was asked at first.
    Crowd,
    /// Ten people search for the last of the suggestions.
    Rise,
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let Some(at) = interface.node_to_ask(snapshot) else { return Vec::new() };
    let count = |at, query: String, times| Transition::Ask {
        at,
        ask: Ask::Count { queries: vec![(query, times)] },
    };
    match verb {
        Verb::Type(typed) => {
            interface.autocomplete.typed.clone_from(&typed);
            vec![Transition::Ask { at, ask: Ask::Complete { typed } }]
        }
        Verb::Search => vec![count(at, interface.autocomplete.typed.clone(), 1)],
        Verb::Pick(query) => {
            interface.autocomplete.typed.clone_from(&query);
            vec![count(at, query, 1)]
        }
        Verb::Rise => {
            let top = snapshot.autocomplete.as_ref().map(|view| &view.top);
            let last = top.and_then(|top| top.get(..top.len().min(5))?.last());
            last.map(|last| count(at, last.query.clone(), 10)).into_iter().collect()
        }
        Verb::Crowd => crowd(snapshot, count),
    }
}

/// What the page's world begins with: some hundred queries, nodes that follow what others count, and
/// people who go on searching.
pub(crate) fn begin(snapshot: &Snapshot) -> Vec<Transition> {
    let complete = || Ask::Complete { typed: String::new() };
    let follow = snapshot.nodes_up().map(|at| Transition::Ask { at, ask: complete() });
    let queries = FIRST_QUERIES.iter().map(|&(query, times)| (query.into(), times)).collect();
    let count = Ask::Count { queries };
    let count = snapshot.nodes_up().next().map(|at| Transition::Ask { at, ask: count });
    let search = |&(query, _): &(&str, u32)| Ask::Count { queries: vec![(query.into(), 1)] };
    let asks = FIRST_QUERIES.iter().step_by(STEADY_STEP).map(search).collect();
    follow.chain(count).chain([Transition::Steady { every: Span::from_secs(1), asks }]).collect()
}

/// The world's own number of events draws who searches where for what: a link replays it.
fn crowd(
    snapshot: &Snapshot,
    count: impl Fn(NodeId, String, u32) -> Transition,
) -> Vec<Transition> {
    let mut random = ennead::base::Random::new(snapshot.events);
    let nodes: Vec<NodeId> = snapshot.nodes_up().collect();
    let all: u64 = FIRST_QUERIES.iter().map(|&(_, times)| u64::from(times)).sum();
    (0..CROWD)
        .filter_map(|_| {
            let mut drawn = random.below(all);
            let (query, _) = FIRST_QUERIES.iter().find(|&&(_, times)| {
                let is_it = drawn < u64::from(times);
                drawn = drawn.saturating_sub(u64::from(times));
                is_it
            })?;
            Some(count(*random.pick(&nodes)?, (*query).into(), 1))
        })
        .collect()
}
