//! The inspector's part about the key at hand.

use super::action::Verb;
use crate::page::action::Action;
use crate::page::frame::facts::{fact, fact_of_term, facts};
use crate::page::frame::nodes::{chip, colour};
use crate::page::frame::words::Explained;
use crate::page::look::Look;
use crate::page::snapshot::Snapshot;
use crate::page::texts::short;
use ennead::kv::{Dot, Sibling, Versions};
use ennead::sim::{CopyView, KeyView};
use yew::prelude::*;

/// A version's name: who gave it, and that node's count.
fn dot_chip(dot: Dot, snapshot: &Snapshot) -> Html {
    let node = dot.actor.node;
    html! {
        <span key={format!("{}-{}", node.0, dot.counter)} class={classes!("dot", colour(node))}>
            { format!("{} {}", snapshot.names().of(node), dot.counter) }
        </span>
    }
}

fn value_of(sibling: &Sibling, deleted: &'static str) -> Html {
    match &sibling.value {
        Some(value) => html! { <span class="value">{ short(value) }</span> },
        None => html! { <span class="quiet">{ deleted }</span> },
    }
}

/// What all copies together hold.
fn together(key: &KeyView) -> Versions {
    key.copies.iter().fold(Versions::default(), |all, copy| all.merge(&copy.versions))
}

/// What there is to say of the key at hand.
pub(crate) fn key_facts(key: &KeyView, look: &Look) -> Html {
    let (snapshot, texts) = (&look.snapshot, look.texts().store);
    let names = snapshot.names();
    let versions = together(key);
    let siblings = versions.siblings();
    let mut rows = Vec::new();
    match siblings {
        [] => rows.push(fact(
            texts.value,
            html! { <span class="quiet" data-test="key-value">{ texts.not_stored }</span> },
        )),
        [one] => {
            rows.push(fact(
                texts.value,
                html! { <span data-test="key-value">{ value_of(one, texts.deleted) }</span> },
            ));
            let version =
                html! { <span data-test="version">{ dot_chip(one.dot, snapshot) }</span> };
            rows.push(fact_of_term(texts.version, version));
        }
        _ => {}
    }
    let belongs = html! { <span data-test="owners">{ names.list(&key.owners) }</span> };
    rows.push(fact_of_term(texts.belongs_to, belongs));
    // Owners first, then stand-ins.
    let own = key.copies.iter().filter(|copy| copy.hint_for.is_none()).map(|copy| copy.node);
    let mut holders = vec![names.list(&own.collect::<Vec<_>>())];
    holders.extend(
        key.copies.iter().filter_map(|copy| {
            Some((texts.stands_in)(names.of(copy.node), names.of(copy.hint_for?)))
        }),
    );
    holders.retain(|holder| !holder.is_empty());
    let held = if holders.is_empty() { texts.nobody.to_string() } else { holders.join("; ") };
    rows.push(fact(texts.held_by, html! { <span data-test="holders">{ held }</span> }));
    html! {
        <section class="panel" data-test="key-facts">
            <div class="panel-head"><h2>{ texts.key }{ " " }<span class="value">{ short(key.key.partition()) }</span></h2></div>
            { facts(rows) }
            <div>{ sibling_list(siblings, look) }</div>
            <div>{ copies(key, look) }</div>
        </section>
    }
}

/// Siblings, each with the choice to keep it.
fn sibling_list(siblings: &[Sibling], look: &Look) -> Html {
    if siblings.len() < 2 {
        return Html::default();
    }
    let (snapshot, texts) = (&look.snapshot, look.texts().store);
    html! {
        <div class="siblings" data-test="sibling-list">
            <h3><Explained term={texts.siblings} />{ format!(" · {}", siblings.len()) }</h3>
            <ul>
                { for siblings.iter().map(|sibling| {
                    let keep = sibling.value.as_ref().map(|value| {
                        let value = String::from_utf8_lossy(value).into_owned();
                        let onclick = look.act.reform(move |_: MouseEvent| Action::Store(Verb::Keep(value.clone())));
                        html! { <button type="button" data-test="keep" {onclick}>{ texts.keep }</button> }
                    });
                    html! {
                        <li key={format!("{:?}", sibling.dot)}>
                            <span>{ value_of(sibling, texts.deleted) }{ " " }{ dot_chip(sibling.dot, snapshot) }</span>
                            { keep.unwrap_or_default() }
                        </li>
                    }
                }) }
            </ul>
        </div>
    }
}

/// Whether the copies agree, and each copy.
fn copies(key: &KeyView, look: &Look) -> Html {
    let (snapshot, texts) = (&look.snapshot, look.texts().store);
    let Some(first) = key.copies.first() else { return Html::default() };
    let differ =
        key.copies.iter().any(|copy| copy.versions.siblings() != first.versions.siblings());
    let (word, class) =
        if differ { (texts.copies_differ, "care") } else { (texts.copies_agree, "quiet") };
    let row = |copy: &CopyView| {
        let name = match copy.hint_for {
            Some(owner) => html! { <>{ chip(copy.node, look) }{ " → " }{ chip(owner, look) }</> },
            None => chip(copy.node, look),
        };
        let siblings = copy.versions.siblings().iter();
        html! {
            <div key={format!("{}-{:?}", copy.node.0, copy.hint_for)}>
                <dt>{ name }</dt>
                <dd>{ for siblings.map(|sibling| html! {
                    <span class="copy" key={format!("{:?}", sibling.dot)}>{ value_of(sibling, texts.deleted) }{ " " }{ dot_chip(sibling.dot, snapshot) }</span>
                }) }</dd>
            </div>
        }
    };
    html! {
        <details>
            <summary><span>{ texts.each_copy }</span>{ " " }<span {class}>{ word }</span></summary>
            <dl class="facts">{ for key.copies.iter().map(row) }</dl>
        </details>
    }
}
