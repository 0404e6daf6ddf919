//! The stage: the way of the address at hand, and all short addresses.

use super::action::Verb;
use super::view::{Made, at_hand, link_at_hand};
use crate::page::action::Action;
use crate::page::frame::nodes::{chip, chips};
use crate::page::look::Look;
use yew::prelude::*;

/// The stage.
pub(super) fn stage(look: &Look) -> Html {
    html! {
        <div class="flow-place" tabindex="0" role="region" aria-label={look.texts().shortener.stage}>
            { flow(look) }
            { links(look) }
        </div>
    }
}

/// The way from the long address to the short one and back, step by step.
fn flow(look: &Look) -> Html {
    let texts = look.texts().shortener;
    let Some(made) = link_at_hand(look) else {
        return html! { <p class="quiet">{ texts.none_yet }</p> };
    };
    let Made { code, link, node } = made;
    let how = match link.id {
        Some(number) => (texts.by_counter)(number, code),
        None => (texts.by_claim)(code),
    };
    let copies = look.snapshot.shortener.place.iter().flat_map(|place| &place.copies);
    let holders = chips(copies.map(|copy| copy.node), look);
    let asked = html! {
        <>
            { node.map(|node| chip(node, look)).unwrap_or_default() }{ " " }
            <span class="value">{ &link.url }</span>
        </>
    };
    let led_on = html! {
        <span class="value">
            <strong>{ format!("/{code}") }</strong>
            { format!(" → {} Location: {}", link.redirect.status(), link.url) }
        </span>
    };
    let steps = [
        (texts.asked, asked),
        (texts.coded, html! { <span class="value">{ how }</span> }),
        (texts.stored, holders),
        (texts.led_on, led_on),
    ];
    html! {
        <ol class="flow" data-test="flow">
            { for steps.into_iter().map(|(name, what)| html! {
                <li key={name}><h2>{ name }</h2><div>{ what }</div></li>
            }) }
        </ol>
    }
}

/// All short addresses, as a table.
fn links(look: &Look) -> Html {
    let texts = look.texts().shortener;
    let view = &look.snapshot.shortener;
    if view.made.is_empty() {
        return Html::default();
    }
    let at_hand = at_hand(&look.interface, &look.snapshot);
    let rows = view.made.iter().map(|made| {
        let code = made.code.clone();
        let is_chosen = at_hand.as_ref() == Some(&code);
        let onclick = look
            .act
            .reform(move |_: MouseEvent| Action::Shortener(Verb::Choose(code.clone())));
        html! {
            <tr key={made.code.clone()}>
                <th scope="row">
                    <button type="button" class="textual figure" aria-pressed={is_chosen.to_string()} {onclick}>
                        { &made.code }
                    </button>
                </th>
                <td class="figure">{ made.link.redirect.status() }</td>
                <td>{ made.node.map(|node| chip(node, look)).unwrap_or_default() }</td>
                <td class="value">{ &made.link.url }</td>
            </tr>
        }
    });
    html! {
        <table class="links" data-test="links">
            <caption class="quiet">{ texts.links }</caption>
            <thead><tr>
                <th scope="col">{ texts.code }</th>
                <th scope="col">{ texts.redirect }</th>
                <th scope="col">{ texts.made_by }</th>
                <th scope="col">{ texts.url }</th>
            </tr></thead>
            <tbody>{ for rows }</tbody>
        </table>
    }
}
