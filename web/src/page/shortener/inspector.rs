//! The inspector: the link at hand, and what the nodes have counted.

use super::view::link_at_hand;
use crate::page::frame::facts::{count, fact, fact_of_term, fact_text, facts};
use crate::page::frame::nodes::chips;
use crate::page::look::Look;
use crate::page::world;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    html! {
        <>
            <div>{ link(look) }</div>
            <div>{ world::selected(look) }</div>
            { counted(look) }
            { world::try_this(look, look.texts().shortener.try_this) }
            { world::nodes(look) }
            { world::network(look) }
            { world::trace(look) }
        </>
    }
}

fn link(look: &Look) -> Html {
    let texts = look.texts().shortener;
    let Some(made) = link_at_hand(look) else { return Html::default() };
    let mut rows = vec![fact_text(texts.made_at, made.link.created.to_string())];
    let number = |number| fact_of_term(texts.number, html! { <>{ count(number) }</> });
    rows.extend(made.link.id.map(number));
    if let Some(place) = &look.snapshot.shortener.place {
        rows.push(fact(texts.belongs_to, chips(place.owners.iter().copied(), look)));
        let holders = place.copies.iter().map(|copy| copy.node);
        rows.push(fact(texts.held_by, chips(holders, look)));
    }
    html! {
        <section class="panel" data-test="link">
            <div class="panel-head">
                <h2>{ &made.code }</h2>
                <span class="state">{ made.link.redirect.status() }</span>
            </div>
            <p class="value">{ &made.link.url }</p>
            { facts(rows) }
        </section>
    }
}

fn counted(look: &Look) -> Html {
    let texts = look.texts().shortener;
    let counters = &look.snapshot.shortener.counters;
    let number = |number: u64| html! { <>{ count(number) }</> };
    let rows = vec![
        fact_text(texts.made, count(counters.made)),
        fact_text(texts.known, count(counters.known)),
        fact_text(texts.followed, count(counters.followed)),
        fact_of_term(texts.remembered, number(counters.remembered)),
        fact_text(texts.missed, count(counters.missed)),
        fact_text(texts.candidates, count(counters.candidates)),
        fact_of_term(texts.collisions, number(counters.collisions)),
        fact_of_term(texts.spared, number(counters.spared)),
    ];
    html! {
        <section class="panel" data-test="counted">
            <div class="panel-head"><h2>{ texts.counted }</h2></div>
            { facts(rows) }
        </section>
    }
}
