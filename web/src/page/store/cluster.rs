//! The inspector's parts about the cluster as a whole: its network, its messages, its trace.

use super::facts::{count, fact_of_term, fact_text, facts};
use super::stage::colour;
use crate::page::action::{Action, Interface, Selection};
use crate::page::frame::palette::WORLDS;
use crate::page::frame::words::button;
use crate::page::snapshot::Snapshot;
use crate::page::texts::Term;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// The most messages listed.
const MOST: usize = 24;

/// The network: who is on which side of a split to come, split and heal.
pub(crate) fn network(snapshot: &Snapshot, interface: &Interface, act: &Callback<Action>) -> Html {
    let texts = interface.language.texts();
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
                <div>{ flights(snapshot, interface, act) }</div>
            </details>
        </section>
    }
}

fn flights(snapshot: &Snapshot, interface: &Interface, act: &Callback<Action>) -> Html {
    let texts = interface.language.texts();
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
pub(crate) fn trace(snapshot: &Snapshot, interface: &Interface, act: &Callback<Action>) -> Html {
    let texts = interface.language.texts();
    let digest = snapshot.digest.map_or_else(|| "…".to_string(), |digest| format!("{digest:016x}"));
    let digest = html! { <span class="figure" data-test="digest">{ digest }</span> };
    let mut rows = vec![
        fact_text(texts.events, count(snapshot.events)),
        fact_of_term(interface.language, Term::Digest, texts.digest, digest),
    ];
    if !snapshot.view.violations.is_empty() {
        rows.push(fact_text(texts.violations, snapshot.view.violations.len().to_string()));
    }
    let next = snapshot.seed.wrapping_add(1);
    let nodes = u16::try_from(snapshot.view.nodes.len()).unwrap_or(1);
    let of_size = {
        let (act, seed) = (act.clone(), snapshot.seed);
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let index = select.and_then(|select| usize::try_from(select.selected_index()).ok());
            if let Some(&nodes) = index.and_then(|index| WORLDS.get(index)) {
                act.emit(Action::NewWorld(seed, nodes));
            }
        })
    };
    html! {
        <section class="panel" data-test="trace">
            <div class="panel-head"><h2>{ texts.world }{ " " }{ snapshot.seed }</h2></div>
            { facts(rows) }
            <div class="buttons">
                { button("new-world", texts.new_world, act.reform(move |_| Action::NewWorld(next, nodes))) }
                <label class="of-size">
                    <span class="quiet">{ texts.nodes }</span>
                    <select data-test="nodes" onchange={of_size}>
                        { for WORLDS.iter().map(|&count| html! {
                            <option key={count} selected={count == nodes}>{ count }</option>
                        }) }
                    </select>
                </label>
            </div>
        </section>
    }
}
