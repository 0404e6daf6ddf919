//! The stage: the ring, the links and the key at hand. The nodes are drawn by [`super::node`], the
//! messages by [`super::marks`].

use super::geometry;
use super::marks;
use super::node::{self, Node, NodeLook};
use crate::page::action::{Action, Interface, Selection};
use crate::page::frame::geometry::{Point, RING, SIZE, point_of};
use crate::page::frame::marker::key_marker;
use crate::page::frame::nodes::{all_pairs, colour};
use crate::page::look::Look;
use crate::page::snapshot::Snapshot;
use crate::page::texts::short;
use ennead::ring::{Layout, NodeId};
use ennead::sim::Flight;
use std::sync::Arc;
use yew::prelude::*;

/// The stage.
#[component]
pub(crate) fn Stage(look: &Look) -> Html {
    let snapshot = &look.snapshot;
    let other_key = snapshot.chosen.as_ref().and_then(|(_, key)| key.as_ref());
    let other_key =
        other_key.filter(|other| snapshot.key.as_ref().is_none_or(|key| key.key != other.key));
    let keys = html! {
        <>
            <g class="keys second" aria-hidden="true">{ other_key.map(|key| key_marker(key.place, &short(key.key.partition()))).unwrap_or_default() }</g>
            <g class="keys" aria-hidden="true">
                { snapshot.key.as_ref().map(|key| key_marker(key.place, &short(key.key.partition()))).unwrap_or_default() }
            </g>
        </>
    };
    cluster(look, look.texts().store.stage, keys)
}

/// The ring with its nodes, links and messages, and upon it what a page has to show there.
pub(crate) fn cluster(look: &Look, label: &'static str, marks: Html) -> Html {
    let Look { snapshot, interface, act, layer, .. } = look;
    let count = snapshot.view.nodes.len();
    let selected = match interface.selection {
        Selection::Node(id) => Some(id),
        _ => None,
    };
    let onclick = {
        let act = act.clone();
        Callback::from(move |event: MouseEvent| {
            if let Some(at) = point_of(&event) {
                act.emit(Action::Point(at));
            }
        })
    };
    let size = format!("0 0 {SIZE} {SIZE}");
    let copies = snapshot.view.quorums.copies;
    let nodes = snapshot.view.nodes.iter().map(|node| {
        let node_look = NodeLook::of(node, snapshot, interface);
        html! {
            <Node key={node.id.0} look={node_look} language={interface.language} act={act.clone()} {count} />
        }
    });
    let keepers = snapshot.view.nodes.iter().filter(|node| node.hints.iter().any(|(_, n)| *n > 0));
    let badges = keepers.map(|node| node::badge(node, count));
    html! {
        <svg class="stage" viewBox={size} role="group" aria-label={label} {onclick}>
            <Ring layout={Arc::clone(&snapshot.layout)} {selected} {copies} />
            <g class="links" aria-hidden="true">{ links(snapshot, interface) }</g>
            <g class="flights" ref={layer} aria-hidden="true"></g>
            <g class="nodes">{ for nodes }</g>
            <g class="badges" aria-hidden="true">{ for badges }</g>
            { marks }
        </svg>
    }
}

#[derive(Clone, Properties)]
struct RingProps {
    layout: Arc<Layout>,
    selected: Option<NodeId>,
    copies: u8,
}

impl PartialEq for RingProps {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.layout, &other.layout)
            && self.selected == other.selected
            && self.copies == other.copies
    }
}

/// The ring in the colours of the first owners; the selected node's copies as a band inside it.
#[component]
fn Ring(props: &RingProps) -> Html {
    let layout = Arc::clone(&props.layout);
    let arcs =
        use_memo(Arc::as_ptr(&props.layout) as usize, move |_| geometry::first_owner_arcs(&layout));
    let held = props.selected.map(|node| {
        let copies = usize::from(props.copies);
        let path = geometry::held_arcs(&props.layout, node, copies, RING - 14.0);
        html! { <path class={classes!("held", colour(node))} d={path} /> }
    });
    let arcs = arcs.iter().map(|(node, path)| {
        let dim = props.selected.is_some_and(|selected| selected != *node).then_some("dim");
        let class = classes!("arc", colour(*node), dim);
        html! { <path key={node.0} {class} d={path.clone()} /> }
    });
    html! {
        <g class="ring" aria-hidden="true">
            <g>{ for arcs }</g>
            <g>{ held.unwrap_or_default() }</g>
        </g>
    }
}

/// The links: the cut and impaired ones, and the selected one.
fn links(snapshot: &Snapshot, interface: &Interface) -> Html {
    let count = snapshot.view.nodes.len();
    let view = &snapshot.view;
    let line = |(a, b): (NodeId, NodeId), class: &'static str| {
        let (from, to) = (geometry::node_at(a.index(), count), geometry::node_at(b.index(), count));
        html! {
            <line
                key={format!("{}-{}", a.0, b.0)}
                {class}
                x1={format!("{:.1}", from.x)} y1={format!("{:.1}", from.y)}
                x2={format!("{:.1}", to.x)} y2={format!("{:.1}", to.y)}
            />
        }
    };
    let once = |pairs: &[(NodeId, NodeId)]| -> Vec<(NodeId, NodeId)> {
        pairs.iter().copied().filter(|&(a, b)| a < b || !pairs.contains(&(b, a))).collect()
    };
    let chosen = match &interface.selection {
        Selection::Link(a, b) => Some((*a, *b)),
        Selection::Message(flight) => Some((flight.from, flight.to)),
        _ => None,
    };
    let all = all_pairs(snapshot).filter(|_| count <= 12);
    html! {
        <>
            <g>{ for all.map(|pair| line(pair, "link")) }</g>
            <g>{ for chosen.into_iter().map(|pair| line(pair, "link chosen")) }</g>
            <g>{ for once(&view.impaired).into_iter().map(|pair| line(pair, "link impaired")) }</g>
            <g>{ for once(&view.cuts).into_iter().map(|pair| line(pair, "link cut")) }</g>
        </>
    }
}

/// What is at a point: a message before the link on which it lies. The messages are those of this
/// very moment, since they move.
pub(crate) fn hit(snapshot: &Snapshot, flights: &[Flight], moment: f64, at: Point) -> Selection {
    let count = snapshot.view.nodes.len();
    let distance = |flight: &Flight| {
        let (from, to, part) = marks::place(flight, moment, count);
        at.distance(from.towards(to, part))
    };
    let nearest = flights.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    if let Some(flight) = nearest.filter(|flight| distance(flight) < 20.0) {
        return Selection::Message(Box::new(flight.clone()));
    }
    let stretch = |&(a, b): &(NodeId, NodeId)| {
        let place = |id: NodeId| geometry::node_at(id.index(), count);
        at.distance_to_stretch(place(a), place(b))
    };
    let link = all_pairs(snapshot).min_by(|a, b| stretch(a).total_cmp(&stretch(b)));
    match link.filter(|link| stretch(link) < 10.0) {
        Some((a, b)) => Selection::Link(a, b),
        None => Selection::Nothing,
    }
}
