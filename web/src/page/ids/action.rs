//! What can be done with ids.

use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use ennead::base::Span;
use ennead::ids::Variant;
use ennead::services::Ask;
use ennead::sim::{Fault, Transition};

/// How many ids may be asked for at once.
pub(crate) const COUNTS: [u16; 4] = [1, 4, 50, 5_000];
/// One way of each scheme.
const SCHEMES: [Variant; 4] =
    [Variant::MultiMaster, Variant::UuidV7, Variant::Ticket, Variant::Snowflake];
/// By how much a clock is set back, in milliseconds.
const BACK: i64 = -5_000;

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// How ids are made.
    pub(crate) variant: Variant,
    /// How many.
    pub(crate) count: u16,
    /// The id that the inspector takes apart.
    pub(crate) chosen: Option<(Variant, String)>,
}

impl Default for Fields {
    fn default() -> Self {
        Self { variant: Variant::Snowflake, count: COUNTS[1], chosen: None }
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Choose how ids are made, by its place in [`Variant::ALL`].
    Variant(usize),
    /// Choose how many, by its place in [`COUNTS`].
    Count(usize),
    /// Give ids.
    Give,
    /// Give ids of each scheme.
    GiveAll,
    /// Set the clock of the node back.
    Jump,
    /// Take an id apart.
    Choose(Variant, String),
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let Fields { variant, count, .. } = interface.ids;
    let asked = match verb {
        Verb::Variant(place) => {
            interface.ids.variant = Variant::ALL.get(place).copied().unwrap_or(variant);
            return Vec::new();
        }
        Verb::Count(place) => {
            interface.ids.count = COUNTS.get(place).copied().unwrap_or(count);
            return Vec::new();
        }
        Verb::Choose(variant, id) => {
            interface.ids.chosen = Some((variant, id));
            interface.tab = crate::page::action::Tab::Inspect;
            return Vec::new();
        }
        Verb::Give => vec![variant],
        Verb::GiveAll => SCHEMES.into(),
        Verb::Jump => Vec::new(),
    };
    let Some(at) = interface.node_to_ask(snapshot) else { return Vec::new() };
    if asked.is_empty() {
        return vec![Transition::Fault(Fault::Jump { node: at, millis: BACK })];
    }
    asked
        .into_iter()
        .map(|variant| Transition::Ask { at, ask: Ask::Ids { variant, count } })
        .collect()
}

/// What the page's world begins with: somebody asks for ids of each scheme in turn.
pub(crate) fn begin(snapshot: &Snapshot) -> Vec<Transition> {
    let ask = |variant| Ask::Ids { variant, count: 2 };
    let nodes: Vec<_> = snapshot.nodes_up().collect();
    let first = SCHEMES.iter().zip(nodes.iter().cycle());
    let first = first.map(|(&variant, &at)| Transition::Ask { at, ask: ask(variant) });
    let asks = SCHEMES.map(ask).into();
    first.chain([Transition::Steady { every: Span::from_millis(500), asks }]).collect()
}
