//! What every page needs of nodes: their colours, which are the same everywhere, their names in them, and their pairs.

use crate::page::look::Look;
use crate::page::snapshot::Snapshot;
use ennead::ring::NodeId;
use yew::prelude::*;

/// The colour of a node or server, the same everywhere: one of eight.
pub(crate) fn colour(node: NodeId) -> String {
    format!("n{}", node.0 % 8)
}

/// A node's name in its colour.
pub(crate) fn chip(node: NodeId, look: &Look) -> Html {
    let name = look.snapshot.names().of(node).to_string();
    html! { <span class={classes!("chip", colour(node))}>{ name }</span> }
}

/// The names of some nodes.
pub(crate) fn chips(nodes: impl IntoIterator<Item = NodeId>, look: &Look) -> Html {
    html! { <span class="chips">{ for nodes.into_iter().map(|node| chip(node, look)) }</span> }
}

/// All pairs of nodes, the lower first.
pub(crate) fn all_pairs(snapshot: &Snapshot) -> impl Iterator<Item = (NodeId, NodeId)> {
    let ids: Vec<NodeId> = snapshot.view.nodes.iter().map(|node| node.id).collect();
    let others = ids.clone();
    ids.into_iter()
        .flat_map(move |a| others.clone().into_iter().filter(move |&b| a < b).map(move |b| (a, b)))
}

/// Whether any link of a node is not as at first.
pub(crate) fn is_touched(snapshot: &Snapshot, node: NodeId) -> bool {
    let view = &snapshot.view;
    view.cuts.iter().chain(&view.impaired).any(|&(a, b)| a == node || b == node)
}
