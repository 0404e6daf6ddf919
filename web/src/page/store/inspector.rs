//! The inspector: the facts of what is selected, then those of the key at hand, then a question.

use super::{cluster, keyfacts, nodefacts};
use crate::page::action::{Action, Interface, Selection};
use crate::page::snapshot::Snapshot;
use std::rc::Rc;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) snapshot: Rc<Snapshot>,
    pub(crate) interface: Rc<Interface>,
    pub(crate) act: Callback<Action>,
}

/// The inspector.
#[component]
pub(crate) fn Inspector(props: &Props) -> Html {
    let Props { snapshot, interface, act } = props;
    let texts = interface.language.texts();
    let selected = match &interface.selection {
        Selection::Node(id) => {
            let node = snapshot.view.nodes.iter().find(|node| node.id == *id);
            node.map(|node| nodefacts::node_facts(node, snapshot, interface, act))
        }
        Selection::Link(a, b) => Some(nodefacts::link_facts((*a, *b), snapshot, interface, act)),
        Selection::Message(flight) => Some(nodefacts::flight_facts(flight, snapshot, interface)),
        Selection::Line(_) => snapshot
            .chosen
            .as_ref()
            .map(|(line, key)| nodefacts::line_facts(line, key.as_ref(), snapshot, interface, act)),
        Selection::Nothing => None,
    };
    let key = snapshot.key.as_ref().map(|key| keyfacts::key_facts(key, snapshot, interface, act));
    html! {
        <aside class="inspector" aria-label={texts.inspect_tab} data-test="inspector">
            <div>{ selected.unwrap_or_default() }</div>
            <div>{ key.unwrap_or_default() }</div>
            { cluster::network(snapshot, interface, act) }
            <section class="panel">
                <div class="panel-head"><h2>{ texts.try_this }</h2></div>
                <p>{ texts.try_store }</p>
            </section>
            { cluster::trace(snapshot, interface, act) }
        </aside>
    }
}
