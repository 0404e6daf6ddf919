//! The inspector: the post at hand, what the ways cost, and what the nodes have counted.

use super::view::{Reach, at_hand};
use crate::page::frame::chart::{Bar, bars};
use crate::page::frame::facts::{count, fact, fact_of_term, fact_text, facts};
use crate::page::frame::nodes::chips;
use crate::page::look::Look;
use crate::page::world;
use crate::page::world::people::name;
use ennead::feed::Way;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    html! {
        <>
            <div>{ post(look) }</div>
            <div>{ world::selected(look) }</div>
            { costs(look) }
            { counted(look) }
            { world::try_this(look, look.texts().feed.try_this) }
            { world::nodes(look) }
            { world::network(look) }
            { world::trace(look) }
        </>
    }
}

fn post(look: &Look) -> Html {
    let texts = look.texts().feed;
    let view = &look.snapshot.feed;
    let Some(post) = at_hand(view, &look.interface.feed) else { return Html::default() };
    let reached = |reach: Reach| view.reached.values().filter(|&&is| is == reach).count() as u64;
    let way = if view.is_famous(post.author) { texts.by_pull } else { texts.by_push };
    let mut rows = vec![
        fact_text(texts.number, post.id.to_string()),
        fact_text(texts.said_at, post.created.to_string()),
        fact_of_term(texts.way, html! { <>{ way }</> }),
        fact_text(
            texts.pushed_to,
            (texts.of_friends)(reached(Reach::Pushed), view.reached.len() as u64),
        ),
    ];
    if let Some(place) = &view.place {
        rows.push(fact(texts.belongs_to, chips(place.owners.iter().copied(), look)));
        let holders = place.copies.iter().map(|copy| copy.node);
        rows.push(fact(texts.held_by, chips(holders, look)));
    }
    html! {
        <section class="panel" data-test="post">
            <div class="panel-head"><h2>{ (texts.post_of)(&name(post.author)) }</h2></div>
            <p>{ &post.text }</p>
            { facts(rows) }
        </section>
    }
}

/// What was written and read, and would have been.
fn costs(look: &Look) -> Html {
    let texts = look.texts().feed;
    let Some(costs) = &look.snapshot.feed.costs else { return Html::default() };
    let chart = |title: &'static str, of: fn((u64, u64)) -> u64| {
        let values: Vec<u64> = Way::ALL.iter().map(|&way| of(costs.of(way))).collect();
        let mean = values.iter().sum::<u64>() as f64 / values.len() as f64;
        let rows: Vec<Bar> = values
            .iter()
            .zip(texts.ways)
            .enumerate()
            .map(|(number, (&value, name))| Bar {
                name: name.to_string(),
                class: format!("bar way-{number}"),
                value: value as f64,
                figure: count(value),
            })
            .collect();
        html! { <div key={title}>{ bars(title, &rows, mean, texts.mean, title) }</div> }
    };
    html! {
        <section class="panel costs" data-test="costs">
            <div class="panel-head"><h2>{ texts.costs }</h2></div>
            <p class="quiet">{ texts.costs_of }</p>
            { chart(texts.rows_written, |(written, _)| written) }
            { chart(texts.ranges_read, |(_, read)| read) }
        </section>
    }
}

fn counted(look: &Look) -> Html {
    let texts = look.texts().feed;
    let counters = &look.snapshot.feed.counters;
    let number = |number: u64| html! { <>{ count(number) }</> };
    let rows = vec![
        fact_of_term(texts.fanned_out, number(counters.fanned_out)),
        fact_text(texts.resumed, count(counters.resumed)),
        fact_text(texts.pushed, count(counters.pushed)),
        fact_of_term(texts.skipped, number(counters.skipped)),
        fact_text(texts.inboxes, count(counters.inboxes)),
        fact_text(texts.pulled, count(counters.pulled)),
        fact_text(texts.looked_up, count(counters.looked_up)),
        fact_text(texts.remembered, count(counters.remembered)),
    ];
    html! {
        <section class="panel" data-test="counted">
            <div class="panel-head"><h2>{ texts.counted }</h2></div>
            { facts(rows) }
        </section>
    }
}
