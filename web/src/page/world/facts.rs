//! The facts of a node, a link, a message, a line of the log.

use crate::page::action::{Action, LinkFault, Selection};
use crate::page::frame::facts::{count, fact, fact_of_term, fact_text, facts};
use crate::page::frame::nodes::{chip, colour, is_touched};
use crate::page::frame::words::{button, marked};
use crate::page::look::Look;
use crate::page::snapshot::{Line, seconds};
use crate::page::store::action::Verb;
use crate::page::texts::short;
use ennead::kv::Health;
use ennead::ring::{NodeId, SLICES};
use ennead::sim::{Fault, Flight, KeyView, NodeView, Status};
use yew::prelude::*;

/// What there is to say of a node, and what can be done to it.
pub(super) fn of_node(node: &NodeView, look: &Look) -> Html {
    let (snapshot, texts) = (&look.snapshot, look.texts().world);
    let names = snapshot.names();
    let lasting = snapshot.view.now.since(node.since);
    let state = (texts.lasting)((texts.status)(node.status), lasting);
    let tenths = u32::from(node.slices) * 1_000 / u32::from(SLICES);
    let hints: u64 = node.hints.iter().map(|(_, count)| count).sum();
    let kept = node.hints.iter().filter(|(_, count)| *count > 0);
    let kept: Vec<(String, u64)> =
        kept.map(|&(owner, count)| (names.of(owner).to_string(), count)).collect();
    let hints = match kept.is_empty() {
        true => hints.to_string(),
        false => {
            kept.iter().map(|(o, c)| format!("{} → {o}", count(*c))).collect::<Vec<_>>().join(", ")
        }
    };
    let served = node.counters.reads + node.counters.writes + node.counters.scans;
    let rows = vec![
        fact_of_term(
            texts.ring_held,
            html! { <>{ format!("{}.{} %", tenths / 10, tenths % 10) }</> },
        ),
        fact_text(texts.keys_held, count(node.keys)),
        fact_of_term(texts.hints_kept, html! { <span data-test="hints">{ hints }</span> }),
        fact_text(texts.requests_served, count(served)),
        fact_text(texts.requests_under_way, count(node.operations)),
        fact_of_term(texts.sees, html! { <>{ sees(node, look) }</> }),
    ];
    html! {
        <section class="panel" data-test="node-facts">
            <div class="panel-head">
                <h2><span class={classes!("spot", colour(node.id))}></span>{ texts.node }{ " " }{ &node.name }</h2>
                <span class={classes!("state", state_class(node.status))} data-test="status">{ state }</span>
            </div>
            { facts(rows) }
            <div class="buttons">{ for verbs(node, look) }</div>
            { details(node, look) }
            { links(node.id, look) }
        </section>
    }
}

const fn state_class(status: Status) -> &'static str {
    match status {
        Status::Up => "good",
        Status::Paused => "care",
        Status::Down => "bad",
    }
}

fn sees(node: &NodeView, look: &Look) -> String {
    let (snapshot, texts) = (&look.snapshot, look.texts().world);
    if node.status == Status::Down {
        return texts.nothing_while_down.to_string();
    }
    let names = snapshot.names();
    let doubted: Vec<String> = node
        .sees
        .iter()
        .filter(|seen| seen.id != node.id && seen.health != Health::Up)
        .map(|seen| format!("{} {}", names.of(seen.id), (texts.health)(seen.health)))
        .collect();
    if doubted.is_empty() { texts.sees_all_up.to_string() } else { doubted.join(", ") }
}

fn verbs(node: &NodeView, look: &Look) -> Vec<Html> {
    let (snapshot, act, texts) = (&look.snapshot, &look.act, look.texts().world);
    let id = node.id;
    let fault = |test, word, fault: Fault| {
        button(test, word, act.reform(move |_: MouseEvent| Action::Break(fault.clone())))
    };
    let mut verbs = match node.status {
        Status::Down => vec![fault("restart", texts.restart, Fault::Restart(id))],
        Status::Paused => vec![
            fault("kill", texts.kill, Fault::Kill(id)),
            fault("resume", texts.resume, Fault::Resume(id)),
        ],
        Status::Up => vec![
            fault("kill", texts.kill, Fault::Kill(id)),
            fault("pause-node", texts.pause_node, Fault::Pause(id)),
        ],
    };
    verbs.push(if is_touched(snapshot, id) {
        button("heal-node", texts.heal, act.reform(move |_: MouseEvent| Action::HealNode(id)))
    } else {
        fault("cut-off", texts.cut_off, Fault::CutOff(id))
    });
    verbs.push(fault("wipe", texts.wipe, Fault::Wipe(id)));
    verbs
}

fn details(node: &NodeView, look: &Look) -> Html {
    let texts = look.texts().world;
    let counters = &node.counters;
    let mut rows: Vec<Html> = [
        (texts.reads, counters.reads),
        (texts.writes, counters.writes),
        (texts.refused, counters.refused),
        (texts.forwarded, counters.forwarded),
        (texts.hints_kept.word, counters.hints_kept),
        (texts.hints_handed_over, counters.hints_handed_over),
        (texts.read_repairs, counters.read_repairs),
        (texts.keys_repaired, counters.keys_repaired),
    ]
    .into_iter()
    .map(|(name, number)| fact_text(name, count(number)))
    .collect();
    if !node.zone.is_empty() {
        rows.push(fact_text(texts.zone, node.zone.clone()));
    }
    let start =
        html! { <span class="figure">{ format!("{:x}", node.incarnation & 0xffff_ffff) }</span> };
    rows.push(fact_of_term(texts.start, start));
    html! { <details><summary>{ texts.counters }</summary>{ facts(rows) }</details> }
}

fn links(id: NodeId, look: &Look) -> Html {
    let (snapshot, act, texts) = (&look.snapshot, &look.act, look.texts().world);
    let others = snapshot.view.nodes.iter().filter(|other| other.id != id);
    html! {
        <details>
            <summary>{ texts.links }</summary>
            <div class="buttons small">
                { for others.map(|other| {
                    let (a, b) = (id.min(other.id), id.max(other.id));
                    let onclick = act.reform(move |_: MouseEvent| Action::Select(Selection::Link(a, b)));
                    let cut = snapshot.view.cuts.iter().any(|&pair| pair == (a, b) || pair == (b, a));
                    html! {
                        <button key={other.id.0} type="button" {onclick}>
                            { format!("{}–{}", snapshot.names().of(id), other.name) }
                            { if cut { format!(", {}", texts.is_cut) } else { String::new() } }
                        </button>
                    }
                }) }
            </div>
        </details>
    }
}

/// The inspector's part about a link.
pub(super) fn of_link((a, b): (NodeId, NodeId), look: &Look) -> Html {
    let (snapshot, act, texts) = (&look.snapshot, &look.act, look.texts().world);
    let names = snapshot.names();
    let way = |from: NodeId, to: NodeId| {
        let (word, class) = if snapshot.view.cuts.contains(&(from, to)) {
            (texts.is_cut, "bad")
        } else if snapshot.view.impaired.contains(&(from, to)) {
            (texts.is_impaired, "care")
        } else {
            (texts.works, "good")
        };
        let name = format!("{} → {}", names.of(from), names.of(to));
        fact(&name, html! { <span {class}>{ word }</span> })
    };
    let verb = |test, word, fault| {
        button(test, word, act.reform(move |_: MouseEvent| Action::Link(a, b, fault)))
    };
    html! {
        <section class="panel" data-test="link-facts">
            <div class="panel-head"><h2>{ texts.link }{ " " }{ names.of(a).to_string() }{ "–" }{ names.of(b).to_string() }</h2></div>
            { facts(vec![way(a, b), way(b, a)]) }
            <div class="buttons">
                { verb("cut", texts.cut, LinkFault::Cut) }
                { verb("slow", texts.slow, LinkFault::Slow) }
                { verb("lose", texts.lose, LinkFault::Lose) }
                { verb("heal-link", texts.heal, LinkFault::Heal) }
            </div>
        </section>
    }
}

/// Since when a message travels, and how far it is.
pub(super) fn of_flight(flight: &Flight, look: &Look) -> Html {
    let (snapshot, texts) = (&look.snapshot, look.texts().world);
    let mut rows =
        vec![fact(texts.from, chip(flight.from, look)), fact(texts.to, chip(flight.to, look))];
    if let Some(key) = &flight.key {
        rows.push(fact_text(texts.about, short(key.partition())));
    }
    rows.push(fact_text(texts.sent, format!("{} s", seconds(flight.sent.as_micros()))));
    let has_arrived = flight.arrives <= snapshot.view.now;
    let arrives = if has_arrived { texts.arrived } else { texts.arrives };
    rows.push(fact_text(arrives, format!("{} s", seconds(flight.arrives.as_micros()))));
    html! {
        <section class="panel" data-test="message-facts">
            <div class="panel-head"><h2>{ texts.message }{ ": " }{ (texts.mark)(flight.mark) }</h2></div>
            { facts(rows) }
        </section>
    }
}

/// The inspector's part about a line of the log, with the key that it is about.
pub(super) fn of_line(line: &Line, key: Option<&KeyView>, look: &Look) -> Html {
    let (snapshot, texts) = (&look.snapshot, look.texts());
    let other =
        key.filter(|key| snapshot.key.as_ref().is_none_or(|at_hand| at_hand.key != key.key));
    let other = other.map(|key| {
        let name = String::from_utf8_lossy(key.key.partition()).into_owned();
        let names = snapshot.names();
        let take = look.act.reform(move |_: MouseEvent| Action::Store(Verb::Key(name.clone())));
        html! {
            <div>
                { facts(vec![
                    fact_text(texts.store.key, short(key.key.partition())),
                    fact_text(texts.store.belongs_to.word, names.list(&key.owners)),
                ]) }
                <div class="buttons">{ button("take-key", texts.store.take_key, take) }</div>
            </div>
        }
    });
    html! {
        <section class="panel" data-test="line-facts">
            <div class="panel-head">
                <h2>{ texts.world.event }</h2>
                <span class="state quiet">{ format!("{} s", seconds(line.at.as_micros())) }</span>
            </div>
            <p class={line.tone.class()}>{ marked(&line.words) }</p>
            { other.unwrap_or_default() }
        </section>
    }
}
