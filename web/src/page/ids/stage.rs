//! The stage: a lane for each scheme, its last ids as bars of bits.

use super::action::Verb;
use super::view::Lane;
use crate::page::action::Action;
use crate::page::frame::facts::count;
use crate::page::frame::nodes::chip;
use crate::page::look::Look;
use ennead::ids::{Decoded, Id, Reading, Scheme, Variant, decode};
use ennead::ring::NodeId;
use yew::prelude::*;

/// How ids of a lane are read.
pub(super) fn reading(scheme: Scheme, look: &Look) -> Reading {
    let servers = u16::try_from(look.snapshot.view.nodes.len()).unwrap_or(1);
    Reading { scheme: Some(scheme), servers, ..Reading::default() }
}

/// The class that colours a field, and its share of the bar.
pub(super) fn field_look(name: &str, bits: u8) -> (&'static str, u8) {
    let class = match name {
        "time" => "f-time",
        "data centre" | "server" => "f-centre",
        "machine" => "f-machine",
        "sequence" | "counter" | "turn" | "number" => "f-count",
        "chance" => "f-chance",
        _ => "f-fixed",
    };
    // A multi-master id is no row of bits: its turn takes most of it.
    (
        class,
        if bits > 0 {
            bits
        } else if name == "turn" {
            54
        } else {
            10
        },
    )
}

/// The lanes.
pub(super) fn lanes(look: &Look) -> Html {
    let (lanes, _) = &look.snapshot.ids;
    html! {
        <div class="lanes" data-test="lanes" tabindex="0" role="region" aria-label={look.texts().ids.stage}>
            { for lanes.iter().map(|lane| lane_of(lane, look)) }
        </div>
    }
}

fn lane_of(lane: &Lane, look: &Look) -> Html {
    let texts = look.texts().ids;
    let told = (texts.told)(lane);
    let state = if lane.repeated > 0 { "bad" } else { "quiet" };
    let recent = lane.recent.iter().map(|&(id, node)| given(lane.scheme, id, node, look));
    html! {
        <section class="lane" data-test={format!("lane-{}", lane.scheme.name())}>
            <h2>{ (texts.scheme_name)(lane.scheme) }</h2>
            <p class={classes!("told", state)}>{ told }</p>
            <p class="quiet">{ (texts.promise)(lane.scheme) }</p>
            if lane.compared == 0 { <p class="quiet">{ texts.none_yet }</p> }
            <ol class="given">{ for recent }</ol>
        </section>
    }
}

fn given(scheme: Scheme, id: Id, node: Option<NodeId>, look: &Look) -> Html {
    let text = id.to_string();
    let decoded = decode(&text, &reading(scheme, look)).ok();
    let variant = variant_of(scheme);
    let chosen = text.clone();
    let is_chosen = look.interface.ids.chosen.as_ref().is_some_and(|(_, other)| *other == text);
    let onclick =
        look.act.reform(move |_: MouseEvent| Action::Ids(Verb::Choose(variant, chosen.clone())));
    html! {
        <li>
            <button type="button" class="line of-id" aria-pressed={is_chosen.to_string()} {onclick}>
                { decoded.as_ref().map(bits).unwrap_or_default() }
                <span class="figure">{ text }</span>
            </button>
            { node.map(|node| chip(node, look)).unwrap_or_default() }
        </li>
    }
}

/// Any variant of a scheme: its ids are read alike.
const fn variant_of(scheme: Scheme) -> Variant {
    match scheme {
        Scheme::MultiMaster => Variant::MultiMaster,
        Scheme::Uuid => Variant::UuidV7,
        Scheme::Ticket => Variant::Ticket,
        Scheme::Snowflake => Variant::Snowflake,
    }
}

/// An id as a bar, each field as wide as its bits.
pub(super) fn bits(decoded: &Decoded) -> Html {
    let parts = decoded.fields.iter().map(|field| {
        let (class, share) = field_look(field.name, field.bits);
        html! { <span {class} style={format!("flex-grow:{share}")}></span> }
    });
    html! { <span class="bits" aria-hidden="true">{ for parts }</span> }
}

/// How many digits a number has, in groups of three.
pub(super) fn figure(number: u64) -> String {
    count(number)
}
