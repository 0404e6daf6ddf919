//! The inspector's panels that every page may show: what is selected, the network, the world itself.

mod facts;
mod network;
pub(crate) mod people;

pub(crate) use network::{network, nodes, trace};

use super::action::Selection;
use super::look::Look;
use yew::prelude::*;

/// The facts of the node, link, message or line of the log that is selected.
pub(crate) fn selected(look: &Look) -> Html {
    let snapshot = &look.snapshot;
    let panel = match &look.interface.selection {
        Selection::Node(id) => {
            let node = snapshot.view.nodes.iter().find(|node| node.id == *id);
            node.map(|node| facts::of_node(node, look))
        }
        Selection::Link(a, b) => Some(facts::of_link((*a, *b), look)),
        Selection::Message(flight) => Some(facts::of_flight(flight, look)),
        Selection::Line(_) => {
            snapshot.chosen.as_ref().map(|(line, key)| facts::of_line(line, key.as_ref(), look))
        }
        Selection::Nothing => None,
    };
    panel.unwrap_or_default()
}

/// The page's question.
pub(crate) fn try_this(look: &Look, question: &'static str) -> Html {
    html! {
        <section class="panel" data-test="try-this">
            <div class="panel-head"><h2>{ look.texts().try_this }</h2></div>
            <p>{ question }</p>
        </section>
    }
}
