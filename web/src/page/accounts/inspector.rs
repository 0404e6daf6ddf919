//! The inspector: who is looked at, and what the nodes have counted.

use super::places::term_of;
use crate::page::frame::facts::{count, fact_of_term, fact_text, facts};
use crate::page::frame::nodes::chip;
use crate::page::look::Look;
use crate::page::world;
use crate::page::world::people::Tie;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    html! {
        <>
            <div>{ person(look) }</div>
            <div>{ world::selected(look) }</div>
            { counted(look) }
            { world::try_this(look, look.texts().accounts.try_this) }
            { world::network(look) }
            { world::trace(look) }
        </>
    }
}

fn person(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let view = &look.snapshot.accounts;
    let Some(who) = view.who else { return Html::default() };
    let friends = view
        .bonds
        .iter()
        .filter(|bond| bond.tie == Tie::Friends && (bond.one == who || bond.other == who));
    let mut rows = vec![
        fact_text(texts.name, view.name_of(who).to_string()),
        fact_text(texts.number, who.to_string()),
        fact_text(texts.friends_of, count(friends.count() as u64)),
    ];
    if let Some(hash) = &view.hash {
        // The hash itself is for nobody's eyes: its algorithm and cost are.
        let cost: Vec<&str> = hash.split('$').skip(1).take(3).collect();
        let cost = html! { <span class="value" data-test="hash">{ cost.join(" ") }</span> };
        rows.push(fact_of_term(texts.hash, cost));
    }
    for row in &view.rows {
        let owners = row.owners.iter().map(|&node| chip(node, look));
        let owners = html! { <span class="chips">{ for owners }</span> };
        rows.push(fact_of_term(term_of(row.about, look), owners));
    }
    let newest = view.sessions.iter().find(|session| session.is_open);
    rows.extend(newest.map(|session| {
        let trusted = (texts.trusted_by)(session.trusted.len(), look.snapshot.view.nodes.len());
        fact_of_term(texts.session, html! { <>{ trusted }</> })
    }));
    html! {
        <section class="panel" data-test="person">
            <div class="panel-head"><h2>{ view.shown(who) }</h2></div>
            { facts(rows) }
        </section>
    }
}

fn counted(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let counters = &look.snapshot.accounts.counters;
    let number = |number: u64| html! { <>{ count(number) }</> };
    let rows = vec![
        fact_text(texts.signed_up, count(counters.signed_up)),
        fact_text(texts.logged_in, count(counters.logged_in)),
        fact_text(texts.refused, count(counters.refused)),
        fact_of_term(texts.too_often, number(counters.too_often)),
        fact_text(texts.logged_out, count(counters.logged_out)),
        fact_text(texts.checked, count(counters.checked)),
        fact_of_term(texts.remembered, number(counters.remembered)),
        fact_text(texts.decisions, count(counters.decided)),
        fact_of_term(texts.repaired, number(counters.repaired)),
    ];
    html! {
        <section class="panel" data-test="counted">
            <div class="panel-head"><h2>{ texts.counted }</h2></div>
            { facts(rows) }
        </section>
    }
}
