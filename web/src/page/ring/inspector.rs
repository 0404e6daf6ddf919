//! The inspector: the chosen server, the key at hand, what changes cost, how even the ring is.

use super::action::{Fields, Verb};
use super::state::{HEAVIEST, KEYS};
use crate::page::action::Action;
use crate::page::frame::chart::{Bar, bars};
use crate::page::frame::facts::{fact_of_term, fact_text, facts};
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use crate::page::texts::short;
use crate::page::world::try_this;
use ennead::ring::{Member, Movement, ONE, RingHash};
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    let fields = &look.interface.ring;
    let chosen = fields.chosen.and_then(|id| fields.state.member(id));
    html! {
        <>
            <div>{ chosen.map(|member| server(member, look)).unwrap_or_default() }</div>
            { key(look) }
            { changes(look) }
            { spread(look) }
            { try_this(look, look.texts().ring.try_this) }
        </>
    }
}

/// Millionths as a percentage with one digit.
fn percent(millionths: u64) -> String {
    format!("{}.{} %", millionths * 100 / ONE, millionths * 1_000 / ONE % 10)
}

/// Millionths as a ratio with two digits.
fn ratio(millionths: u64) -> String {
    format!("{}.{:02}", millionths / ONE, millionths * 100 / ONE % 100)
}

fn text(word: impl Into<String>) -> Html {
    html! { <>{ word.into() }</> }
}

fn server(member: &Member, look: &Look) -> Html {
    let texts = look.texts().ring;
    let Fields { state, .. } = &look.interface.ring;
    let (id, weight) = (member.id, member.weight);
    let points = u32::from(weight) * state.points;
    let load = state.spread.loads().iter().find(|load| load.id == id);
    let share = load.map_or(0, |load| {
        let part = load.load * u128::from(ONE) / state.spread.total().max(1);
        u64::try_from(part).unwrap_or(0)
    });
    let keys = state.keys.iter().filter(|key| key.ring == id).count();
    let by_modulo = state.keys.iter().filter(|key| key.modulo == id).count();
    let rows = vec![
        fact_text(texts.weight, weight.to_string()),
        fact_of_term(texts.points, text(points.to_string())),
        fact_of_term(texts.share, text(percent(share))),
        fact_of_term(
            texts.of_fair,
            text(percent(load.map_or(0, |load| state.spread.relative(load)))),
        ),
        fact_text(texts.keys_on_ring, format!("{keys} / {KEYS}")),
        fact_text(texts.keys_by_modulo, format!("{by_modulo} / {KEYS}")),
    ];
    let button = |test: &'static str, word: String, disabled: bool, verb: Verb| {
        let onclick = look.act.reform(move |_: MouseEvent| Action::Ring(verb.clone()));
        html! { <button type="button" data-test={test} {disabled} {onclick}>{ word }</button> }
    };
    let is_last = state.members().len() < 2;
    html! {
        <section class="panel" data-test="server-facts">
            <div class="panel-head">
                <h2><span class={classes!("spot", colour(id))}></span>{ texts.server }{ " " }{ &member.name }</h2>
            </div>
            { facts(rows) }
            <div class="buttons">
                { button("server-leave", (texts.leave)(&member.name), is_last, Verb::Leave(id)) }
                { button("lighter", texts.lighter.into(), weight <= 1, Verb::Weigh(id, weight.saturating_sub(1))) }
                { button("heavier", texts.heavier.into(), weight >= HEAVIEST, Verb::Weigh(id, weight + 1)) }
            </div>
        </section>
    }
}

fn key(look: &Look) -> Html {
    let texts = look.texts().ring;
    let Fields { state, key, .. } = &look.interface.ring;
    let bytes = key.as_bytes();
    let hash = RingHash::of_key(bytes);
    let hex: String = hash.0[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let replicas = state.ring.replicas(bytes, 3);
    let name = |id| state.name(id).to_string();
    let owner = state.ring.owner(bytes).map_or_else(String::new, name);
    let by_modulo = state.row.owner(bytes).map_or_else(String::new, name);
    let servers = state.members().len() as u64;
    let rest = hash.prefix() % servers.max(1);
    let next: Vec<String> = replicas.into_iter().skip(1).map(name).collect();
    let rows = vec![
        fact_of_term(texts.hash, html! { <span class="figure">{ format!("{hex}…") }</span> }),
        fact_of_term(texts.belongs_to, html! { <span data-test="ring-owner">{ owner }</span> }),
        fact_of_term(texts.next_servers, text(next.join(", "))),
        fact_of_term(
            texts.by_modulo,
            html! { <span data-test="ring-modulo">{ format!("… % {servers} = {rest}: {by_modulo}") }</span> },
        ),
    ];
    html! {
        <section class="panel" data-test="ring-key-facts">
            <div class="panel-head"><h2>{ texts.key }{ " " }<span class="value">{ short(bytes) }</span></h2></div>
            { facts(rows) }
        </section>
    }
}

/// What the last change cost, the ring beside modulo, and what was changed before.
fn changes(look: &Look) -> Html {
    let texts = look.texts().ring;
    let changes = &look.interface.ring.state.changes;
    let Some(last) = changes.first() else { return Html::default() };
    let over = |moved: &Movement| moved.ratio().map_or_else(|| "–".to_string(), ratio);
    let row = |name: Html, of: &dyn Fn(&Movement) -> String| {
        html! { <tr><th scope="row">{ name }</th><td>{ of(&last.ring) }</td><td>{ of(&last.modulo) }</td></tr> }
    };
    use crate::page::frame::words::Explained;
    let earlier = changes.iter().skip(1).map(|change| {
        html! {
            <div><dt>{ (texts.what)(&change.what) }</dt>
            <dd>{ format!("{} · {}", change.ring.moved(), change.modulo.moved()) }</dd></div>
        }
    });
    html! {
        <section class="panel" data-test="ring-change">
            <div class="panel-head"><h2>{ (texts.what)(&last.what) }</h2></div>
            <table class="costs">
                <thead><tr><td></td><th scope="col">{ texts.ring }</th><th scope="col">{ texts.modulo }</th></tr></thead>
                <tbody>
                    { row(html! { <Explained term={texts.moved} /> }, &|m| m.moved().to_string()) }
                    { row(html! { <Explained term={texts.least} /> }, &|m| m.least().to_string()) }
                    { row(html! { <Explained term={texts.over_least} /> }, &over) }
                </tbody>
            </table>
            <details hidden={changes.len() < 2}>
                <summary>{ texts.earlier }</summary>
                <dl class="facts">{ for earlier }</dl>
            </details>
        </section>
    }
}

fn spread(look: &Look) -> Html {
    let texts = look.texts().ring;
    let state = &look.interface.ring.state;
    let rows: Vec<Bar> = state
        .spread
        .loads()
        .iter()
        .map(|load| {
            let relative = state.spread.relative(load);
            Bar {
                name: state.name(load.id).to_string(),
                class: colour(load.id),
                value: relative as f64 / ONE as f64,
                figure: percent(relative),
            }
        })
        .collect();
    let expected = (ONE * ONE / u64::from(state.points)).isqrt();
    let figures = vec![
        fact_of_term(
            texts.deviation,
            html! { <span data-test="deviation">{ percent(state.spread.deviation()) }</span> },
        ),
        fact_of_term(texts.expected, text(percent(expected))),
        fact_of_term(
            texts.peak,
            html! { <span data-test="peak">{ ratio(state.spread.peak()) }</span> },
        ),
    ];
    html! {
        <section class="panel" data-test="spread">
            <div class="panel-head"><h2>{ texts.spread }</h2></div>
            { bars(texts.spread, &rows, 1.0, texts.fair, texts.axis) }
            { facts(figures) }
        </section>
    }
}
