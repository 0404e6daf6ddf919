//! The cluster as a whole: its nodes, its network, its messages, its trace.

use crate::page::action::{Action, Selection};
use crate::page::frame::commands::{LOADS, WORLDS};
use crate::page::frame::facts::{count, fact_of_term, fact_text, facts};
use crate::page::frame::fields::choice_field;
use crate::page::frame::nodes::colour;
use crate::page::frame::words::button;
use crate::page::look::Look;
use ennead::sim::Status;
use yew::prelude::*;

/// The most messages listed.
const MOST: usize = 24;

/// The network: who is on which side of a split to come, split and heal.
pub(crate) fn network(look: &Look) -> Html {
    let Look { snapshot, interface, act, .. } = look;
    let texts = look.texts().world;
    let view = &snapshot.view;
    let cuts = view.cuts.iter().filter(|&&(a, b)| a < b || !view.cuts.contains(&(b, a))).count();
    let (state, class) = match cuts {
        0 => (texts.whole.to_string(), "good"),
        cuts => (format!("{} · {cuts}", texts.is_cut), "bad"),
    };
    let sides = view.nodes.iter().map(|node| {
        let id = node.id;
        let onclick = act.reform(move |_: MouseEvent| Action::ToggleSide(id));
        let pressed = interface.side.contains(&id).to_string();
        html! {
            <button key={id.0} type="button" class={classes!("side", colour(id))} aria-pressed={pressed}
                data-test={format!("side-{}", node.name)} {onclick}>{ &node.name }</button>
        }
    });
    html! {
        <section class="panel" data-test="network">
            <div class="panel-head">
                <h2>{ texts.network }</h2>
                <span class={classes!("state", class)}>{ state }</span>
            </div>
            <div class="sides" role="group" aria-label={texts.one_side}>
                <span class="quiet">{ texts.one_side }</span>
                <span class="chips">{ for sides }</span>
            </div>
            <div class="buttons">
                { button("split", texts.split, act.reform(|_| Action::Split)) }
                { button("heal", texts.heal_all, act.reform(|_| Action::HealAll)) }
            </div>
            <details>
                <summary>{ texts.in_the_air }{ format!(" · {}", snapshot.flights.len()) }</summary>
                <div>{ flights(look) }</div>
            </details>
        </section>
    }
}

fn flights(look: &Look) -> Html {
    let (snapshot, act, texts) = (&look.snapshot, &look.act, look.texts().world);
    if snapshot.flights.is_empty() {
        return html! { <p class="quiet">{ texts.nothing_in_the_air }</p> };
    }
    let names = snapshot.names();
    html! {
        <ul class="messages">
            { for snapshot.flights.iter().take(MOST).map(|flight| {
                let chosen = flight.clone();
                let onclick = act.reform(move |_: MouseEvent| {
                    Action::Select(Selection::Message(Box::new(chosen.clone())))
                });
                html! {
                    <li key={format!("{}-{}", flight.number, flight.arrives.as_micros())}>
                        <button type="button" class="textual" {onclick}>{ (texts.flight)(&names, flight) }</button>
                    </li>
                }
            }) }
        </ul>
    }
}

/// What the world is: seed, events, digest.
pub(crate) fn trace(look: &Look) -> Html {
    let (snapshot, act, texts) = (&look.snapshot, &look.act, look.texts().world);
    let digest = snapshot.digest.map_or_else(|| "…".to_string(), |digest| format!("{digest:016x}"));
    let digest = html! { <span class="figure" data-test="digest">{ digest }</span> };
    let mut rows =
        vec![fact_text(texts.events, count(snapshot.events)), fact_of_term(texts.digest, digest)];
    if !snapshot.view.violations.is_empty() {
        rows.push(fact_text(texts.violations, snapshot.view.violations.len().to_string()));
    }
    let next = snapshot.seed.wrapping_add(1);
    let nodes = u16::try_from(snapshot.view.nodes.len()).unwrap_or(1);
    let of_size = {
        let (act, seed, load) = (act.clone(), snapshot.seed, snapshot.load);
        Callback::from(move |choice: usize| {
            if let Some(&nodes) = WORLDS.get(choice) {
                act.emit(Action::NewWorld(seed, nodes, load));
            }
        })
    };
    let under = {
        let (act, seed) = (act.clone(), snapshot.seed);
        Callback::from(move |choice: usize| {
            if let Some(&load) = LOADS.get(choice) {
                act.emit(Action::NewWorld(seed, nodes, load));
            }
        })
    };
    let load = snapshot.load;
    let loaded = LOADS.iter().position(|&other| other == load).unwrap_or(usize::MAX);
    let loads = LOADS.map(|load| count(u64::from(load)));
    let size = WORLDS.iter().position(|&count| count == nodes).unwrap_or(usize::MAX);
    let sizes = WORLDS.map(|count| count.to_string());
    html! {
        <section class="panel" data-test="trace">
            <div class="panel-head"><h2>{ texts.world }{ " " }{ snapshot.seed }</h2></div>
            { facts(rows) }
            <div class="buttons">
                { button("new-world", texts.new_world, act.reform(move |_| Action::NewWorld(next, nodes, load))) }
                <div class="of-size">{ choice_field(texts.nodes, "nodes", sizes, size, of_size) }</div>
                <div class="of-size">{ choice_field(texts.load, "load", loads, loaded, under) }</div>
            </div>
        </section>
    }
}

/// The nodes as a row of buttons, for pages whose stage shows something else: each is told by its
/// name and what it is doing, and leads to what can be done to it.
pub(crate) fn nodes(look: &Look) -> Html {
    let (snapshot, texts) = (&look.snapshot, look.texts().world);
    let chips = snapshot.view.nodes.iter().map(|node| {
        let (id, chosen) = (node.id, look.interface.selection == Selection::Node(node.id));
        let onclick = look.act.reform(move |_: MouseEvent| {
            Action::Select(if chosen { Selection::Nothing } else { Selection::Node(id) })
        });
        let (sign, status) = match node.status {
            Status::Up => ("", "up"),
            Status::Paused => (" ‖", "paused"),
            Status::Down => (" ×", "down"),
        };
        html! {
            <button key={id.0} type="button" class={classes!("side", "of-node", status, colour(id))}
                aria-pressed={chosen.to_string()} data-test={format!("node-{}", node.name)} data-status={status}
                aria-label={format!("{} {}: {}", texts.node, node.name, (texts.status)(node.status))}
                {onclick}>{ &node.name }{ sign }</button>
        }
    });
    html! {
        <section class="panel" data-test="nodes-panel">
            <div class="panel-head"><h2>{ texts.the_nodes }</h2></div>
            <div class="chips">{ for chips }</div>
        </section>
    }
}
