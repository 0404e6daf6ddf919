//! The inspector: the chosen id field by field, and what a clock that jumps does.

use super::stage::{bits, field_look, figure, reading};
use super::view::jumps;
use crate::page::frame::facts::{fact, fact_text, facts};
use crate::page::look::Look;
use crate::page::world;
use ennead::ids::decode;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    html! {
        <>
            <div>{ chosen(look) }</div>
            <div>{ world::selected(look) }</div>
            { clocks(look) }
            { world::try_this(look, look.texts().ids.try_this) }
            { world::nodes(look) }
            { world::network(look) }
            { world::trace(look) }
        </>
    }
}

/// The id that was chosen, taken apart.
fn chosen(look: &Look) -> Html {
    let texts = look.texts().ids;
    let Some((variant, id)) = &look.interface.ids.chosen else { return Html::default() };
    let Ok(decoded) = decode(id, &reading(variant.scheme(), look)) else { return Html::default() };
    let mut rows: Vec<Html> = decoded
        .fields
        .iter()
        .map(|field| {
            let (class, _) = field_look(field.name, field.bits);
            let name = (texts.field)(field.name);
            let width = if field.bits > 0 { (texts.bits)(field.bits) } else { String::new() };
            fact(
                name,
                html! {
                    <>
                        <span class="quiet">{ width }</span>{ " " }
                        { figure(field.value) }
                        <span class={classes!("swatch", class)} aria-hidden="true"></span>
                    </>
                },
            )
        })
        .collect();
    rows.extend(decoded.wall.map(|wall| fact_text(texts.given_at, wall.to_string())));
    html! {
        <section class="panel" data-test="decoded">
            <div class="panel-head"><h2>{ (texts.scheme_name)(decoded.scheme) }</h2></div>
            <p class="value figure">{ &decoded.id }</p>
            { bits(&decoded) }
            { facts(rows) }
        </section>
    }
}

/// Four generators with one clock.
fn clocks(look: &Look) -> Html {
    let texts = look.texts().ids;
    let rows = jumps().into_iter().map(|jump| {
        html! {
            <tr>
                <th scope="row">{ (texts.policy)(jump.policy) }</th>
                <td>{ jump.given }</td>
                <td class={if jump.repeated > 0 { "bad" } else { "" }}>{ jump.repeated }</td>
                <td>{ jump.without }</td>
            </tr>
        }
    });
    html! {
        <section class="panel" data-test="clocks">
            <div class="panel-head"><h2>{ texts.clocks }</h2></div>
            <p class="quiet">{ texts.clocks_how }</p>
            <table class="table">
                <thead><tr>
                    <th scope="col">{ texts.generator }</th>
                    <th scope="col">{ texts.given }</th>
                    <th scope="col">{ texts.repeated }</th>
                    <th scope="col">{ texts.without }</th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
        </section>
    }
}
