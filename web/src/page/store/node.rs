//! A node on the stage: filled if it is up, half filled if others doubt it, with bars if it is
//! paused, hollow and crossed if it is down.

use super::geometry;
use crate::page::action::{Action, Interface, Selection};
use crate::page::frame::geometry::SIZE;
use crate::page::frame::nodes::colour;
use crate::page::snapshot::Snapshot;
use crate::page::texts::Language;
use ennead::kv::Health;
use ennead::ring::NodeId;
use ennead::sim::{NodeView, Status};
use yew::prelude::*;

/// What there is to draw of a node.
#[derive(Clone, PartialEq)]
pub(crate) struct NodeLook {
    id: NodeId,
    name: String,
    status: Status,
    is_doubted: bool,
    is_selected: bool,
    is_concerned: bool,
    is_aside: bool,
    hints: Vec<(String, u64)>,
}

impl NodeLook {
    /// Of a node as it is now.
    pub(crate) fn of(node: &NodeView, snapshot: &Snapshot, interface: &Interface) -> Self {
        let is_end = match &interface.selection {
            Selection::Link(a, b) => *a == node.id || *b == node.id,
            Selection::Message(flight) => flight.from == node.id || flight.to == node.id,
            _ => false,
        };
        let names = snapshot.names();
        let hints = node.hints.iter().filter(|(_, count)| *count > 0);
        Self {
            id: node.id,
            name: node.name.clone(),
            status: node.status,
            is_doubted: node.status == Status::Up && snapshot.is_doubted(node.id),
            is_selected: interface.selection == Selection::Node(node.id),
            is_concerned: is_end || snapshot.is_concerned(node.id),
            is_aside: interface.side.contains(&node.id),
            hints: hints.map(|&(owner, count)| (names.of(owner).to_string(), count)).collect(),
        }
    }

    const fn class(&self) -> &'static str {
        match self.status {
            Status::Down => "down",
            Status::Paused => "paused",
            Status::Up if self.is_doubted => "doubted",
            Status::Up => "up",
        }
    }

    fn label(&self, language: Language) -> String {
        let texts = language.texts();
        let state = match self.status {
            Status::Up if self.is_doubted => (texts.world.health)(Health::Suspected),
            status => (texts.world.status)(status),
        };
        let label = format!("{} {}: {state}", texts.world.node, self.name);
        if self.hints.is_empty() {
            return label;
        }
        format!("{label}. {}", (texts.world.hint_badge)(&self.name, &self.hints))
    }
}

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) look: NodeLook,
    pub(crate) count: usize,
    pub(crate) language: Language,
    pub(crate) act: Callback<Action>,
}

/// The node.
#[component]
pub(crate) fn Node(props: &Props) -> Html {
    let Props { look, count, language, act } = props;
    let at = geometry::node_at(look.id.index(), *count);
    let radius = geometry::node_radius(*count);
    let select = {
        let (act, id, selected) = (act.clone(), look.id, look.is_selected);
        move || {
            let what = if selected { Selection::Nothing } else { Selection::Node(id) };
            act.emit(Action::Select(what));
        }
    };
    let onclick = {
        let select = select.clone();
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            select();
        })
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            event.stop_propagation();
            select();
        }
    });
    let class = classes!(
        "node",
        colour(look.id),
        look.class(),
        look.is_selected.then_some("selected"),
        look.is_concerned.then_some("concerned"),
        look.is_aside.then_some("aside"),
    );
    let total: u64 = look.hints.iter().map(|(_, count)| count).sum();
    html! {
        <g
            {class}
            transform={format!("translate({:.1} {:.1})", at.x, at.y)}
            role="button"
            tabindex="0"
            aria-label={look.label(*language)}
            aria-pressed={look.is_selected.to_string()}
            data-test={format!("node-{}", look.name)}
            data-status={look.class()}
            data-hints={total.to_string()}
            {onclick}
            {onkeydown}
        >
            <circle class="halo" r={(radius + 7.0).to_string()} />
            <circle class="body" r={radius.to_string()} />
            <g class="sign">{ sign(look, radius) }</g>
        </g>
    }
}

fn sign(look: &NodeLook, r: f64) -> Html {
    let arm = r * 0.36;
    let beside =
        || html! { <text class="name beside" y={format!("{:.0}", r + 25.0)}>{ &look.name }</text> };
    match look.status {
        Status::Down => html! {
            <g>
                <path class="cross" d={format!("M{a} {a}L{b} {b}M{a} {b}L{b} {a}", a = -arm, b = arm)} />
                { beside() }
            </g>
        },
        Status::Paused => html! {
            <g>
                <path class="bars" d={format!("M{a} {c}V{d}M{b} {c}V{d}", a = -arm * 0.5, b = arm * 0.5, c = -arm, d = arm)} />
                { beside() }
            </g>
        },
        Status::Up if look.is_doubted => html! {
            <g>
                <path class="half" d={format!("M0 {top}A{r} {r} 0 0 0 0 {r}Z", top = -r)} />
                { beside() }
            </g>
        },
        Status::Up => html! {
            <g>
                <text class="name" style={format!("font-size:{:.0}px", r * 0.72)} dy="0.35em">
                    { &look.name }
                </text>
            </g>
        },
    }
}

/// How many hints a node keeps, on the side away from the middle. It stands beside the node and not
/// in it: the node's label says the same in words.
pub(crate) fn badge(node: &NodeView, count: usize) -> Html {
    let total: u64 = node.hints.iter().map(|(_, count)| count).sum();
    let (at, radius) = (geometry::node_at(node.id.index(), count), geometry::node_radius(count));
    let text = total.to_string();
    let width = 34.0 + 9.0 * text.len() as f64;
    let is_right = at.x > SIZE / 2.0 + 1.0;
    let x = if is_right { radius * 0.5 } else { -radius * 0.5 - width };
    let diamond = format!("M{:.0} 6l6 6l-6 6l-6-6Z", width - 15.0);
    html! {
        <g key={node.id.0} class="badge" transform={format!("translate({:.0} {:.0})", at.x + x, at.y - radius - 20.0)}>
            <rect width={width.to_string()} height="24" rx="12" />
            <path d={diamond} />
            <text x="11" y="17">{ text }</text>
        </g>
    }
}
