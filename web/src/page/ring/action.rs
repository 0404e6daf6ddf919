//! What can be done on the page.

use super::link::{Plan, Shared};
use super::state::{HEAVIEST, POINTS, State};
use crate::page::action::{Interface, Tab};
use ennead::ring::NodeId;
use ennead::sim::Transition;
use std::rc::Rc;

/// The most rings that the time bar goes through.
const MOST_PLANS: usize = 100;

/// What the page remembers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fields {
    /// The ring. Shared, since it is looked at far more often than changed.
    pub(crate) state: Rc<State>,
    /// What it was made of after each change, the oldest first: what the time bar goes through.
    pub(crate) plans: Vec<Plan>,
    /// Which of these is shown.
    pub(crate) at: usize,
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
        Self::through(vec![State::first().plan()], key)
    }

    /// As a link has them.
    pub(crate) fn of(shared: &Shared) -> Self {
        Self::through(shared.plans(), &shared.key)
    }

    fn through(plans: Vec<Plan>, key: &str) -> Self {
        let (state, at) = (Rc::new(State::after(&plans)), plans.len() - 1);
        Self { state, plans, at, key: key.into(), weight: 1, chosen: None }
    }

    /// Remembers the ring after a change; what had come after the one before is forgotten.
    fn remember(&mut self) {
        let plan = self.state.plan();
        if self.plans.get(self.at) == Some(&plan) {
            return;
        }
        self.plans.truncate(self.at + 1);
        self.plans.push(plan);
        if self.plans.len() > MOST_PLANS {
            self.plans.remove(0);
        }
        self.at = self.plans.len() - 1;
    }

    /// Shows the ring as it was after another change, or the nearest.
    fn go(&mut self, to: usize) {
        self.at = to.min(self.plans.len() - 1);
        self.state = Rc::new(State::after(&self.plans[..=self.at]));
        self.chosen = self.chosen.filter(|&id| self.state.member(id).is_some());
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
    /// Show the ring as it was after so many of the changes.
    Go(usize),
    /// Begin anew.
    Reset,
}

/// Does it. The world is told nothing: the ring on this page is the page's own.
pub(crate) fn act(verb: Verb, interface: &mut Interface) -> Vec<Transition> {
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
        Verb::Go(to) => fields.go(to),
        Verb::Reset => *fields = Fields::first(interface.language.texts().ring.first_key),
    }
    interface.ring.remember();
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_bar_goes_through_the_changes_and_a_new_one_forgets_those_ahead() {
        let mut fields = Fields::first("city");
        let join = |fields: &mut Fields| {
            assert!(Rc::make_mut(&mut fields.state).join(1));
            fields.remember();
            fields.remember();
        };
        join(&mut fields);
        let after_one = Rc::clone(&fields.state);
        join(&mut fields);
        assert_eq!((fields.at, fields.plans.len()), (2, 3));
        fields.chosen = Some(NodeId(5));
        fields.go(1);
        assert_eq!((&fields.state, fields.chosen), (&after_one, None));
        assert_eq!(fields.state.changes.first(), after_one.changes.first());
        assert_eq!(fields.state.keys, after_one.keys);
        fields.remember();
        assert_eq!(fields.plans.len(), 3, "going back forgets nothing");
        fields.go(99);
        assert_eq!((fields.at, fields.state.members().len()), (2, 6));
        fields.go(0);
        assert!(fields.state.changes.is_empty());
        Rc::make_mut(&mut fields.state).set_points(64);
        fields.remember();
        assert_eq!((fields.at, fields.plans.len()), (1, 2));
        for points in [16, 64].into_iter().cycle().take(2 * MOST_PLANS) {
            Rc::make_mut(&mut fields.state).set_points(points);
            fields.remember();
        }
        assert_eq!((fields.at, fields.plans.len()), (MOST_PLANS - 1, MOST_PLANS));
    }
}
