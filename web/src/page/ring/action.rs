//! What can be done on the page.

use super::link::Shared;
use super::state::{HEAVIEST, POINTS, State};
use crate::page::action::{Interface, Tab};
use ennead::ring::NodeId;
use ennead::sim::Input;
use std::rc::Rc;

/// What the page remembers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fields {
    /// The ring. Shared, since it is looked at far more often than changed.
    pub(crate) state: Rc<State>,
    /// The key that is looked up.
    pub(crate) key: String,
    /// The weight of the next server.
    pub(crate) weight: u16,
    /// The server that is shown.
    pub(crate) chosen: Option<NodeId>,
}

impl Fields {
    /// Filled in already.
    pub(crate) fn first(key: &str) -> Self {
        Self { state: Rc::new(State::first()), key: key.into(), weight: 1, chosen: None }
    }

    /// As a link has them.
    pub(crate) fn of(shared: &Shared) -> Self {
        Self { state: Rc::new(State::of(shared)), ..Self::first(&shared.key) }
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Look another key up.
    Key(String),
    /// The weight of the next server.
    Weight(u16),
    /// Points for each unit of weight, by their place among the choices.
    Points(usize),
    /// A server comes.
    Join,
    /// A server goes.
    Leave(NodeId),
    /// A server is given a weight.
    Weigh(NodeId, u16),
    /// Show a server, or none.
    Choose(Option<NodeId>),
    /// Begin anew.
    Reset,
}

/// Does it. The world is told nothing: the ring on this page is the page's own.
pub(crate) fn act(verb: Verb, interface: &mut Interface) -> Vec<Input> {
    let fields = &mut interface.ring;
    match verb {
        Verb::Key(key) => fields.key = key,
        Verb::Weight(weight) => fields.weight = weight.clamp(1, HEAVIEST),
        Verb::Points(choice) => {
            if let Some(&points) = POINTS.get(choice) {
                Rc::make_mut(&mut fields.state).set_points(points);
            }
        }
        Verb::Join => {
            Rc::make_mut(&mut fields.state).join(fields.weight);
        }
        Verb::Leave(id) => {
            if Rc::make_mut(&mut fields.state).leave(id) {
                fields.chosen = fields.chosen.filter(|&chosen| chosen != id);
            }
        }
        Verb::Weigh(id, weight) => Rc::make_mut(&mut fields.state).weigh(id, weight),
        Verb::Choose(chosen) => {
            fields.chosen = chosen;
            if chosen.is_some() {
                interface.tab = Tab::Inspect;
            }
        }
        Verb::Reset => *fields = Fields::first(interface.language.texts().ring.first_key),
    }
    Vec::new()
}
