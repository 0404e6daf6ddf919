//! The inspector: the node of the trie at the end of what was typed, and the node that serves it.

use super::view::View;
use crate::page::frame::facts::{count, fact, fact_of_term, fact_text, facts};
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use crate::page::world;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    let texts = look.texts().autocomplete;
    let view = look.snapshot.autocomplete.as_ref();
    html! {
        <>
            <div>{ world::selected(look) }</div>
            <div>{ view.map(|view| of_prefix(view, look)).unwrap_or_default() }</div>
            <div>{ view.map(|view| of_node(view, look)).unwrap_or_default() }</div>
            { world::nodes(look) }
            { world::network(look) }
            { world::try_this(look, texts.try_this) }
            { world::trace(look) }
        </>
    }
}

fn of_prefix(view: &View, look: &Look) -> Html {
    let texts = look.texts().autocomplete;
    let Some(level) = view.levels.last() else { return Html::default() };
    let name = if level.prefix.is_empty() {
        texts.root.to_string()
    } else {
        format!("“{}”", level.prefix.replace(' ', "␣"))
    };
    let top = view.top.iter().map(|found| {
        html! { <li key={found.query.clone()}><span>{ &found.query }</span><span class="figure">{ count(found.count) }</span></li> }
    });
    html! {
        <section class="panel" data-test="trie-node">
            <div class="panel-head"><h2>{ texts.trie_node }{ " " }{ name }</h2></div>
            { facts(vec![
                fact_text(texts.begin_so, count(level.queries)),
                fact_of_term(texts.cached, html! { <>{ view.top.len() }</> }),
            ]) }
            <ol class="cached">{ for top }</ol>
        </section>
    }
}

fn of_node(view: &View, look: &Look) -> Html {
    let texts = look.texts().autocomplete;
    let Some(node) = view.node else { return Html::default() };
    let name = look.snapshot.names().of(node).to_string();
    let counters = view.counters;
    html! {
        <section class="panel" data-test="serving">
            <div class="panel-head"><h2>{ texts.served_by }{ " " }<span class={colour(node)}>{ name }</span></h2></div>
            { facts(vec![
                fact_text(texts.queries, count(view.queries)),
                fact_of_term(texts.batches, html! { <>{ count(counters.applied) }</> }),
                fact_of_term(texts.snapshots, html! { <>{ count(counters.snapshots) }</> }),
                fact(texts.answered, html! { <>{ count(counters.suggested) }</> }),
            ]) }
        </section>
    }
}
