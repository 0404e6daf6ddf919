//! The inspector: what was answered and refused, system by system, and what can be done to the world.

use crate::page::frame::facts::count;
use crate::page::frame::nodes::chip;
use crate::page::look::Look;
use crate::page::world;
use yew::prelude::*;

/// The panels.
pub(super) fn panels(look: &Look) -> Html {
    html! {
        <>
            <div>{ world::selected(look) }</div>
            { answered(look) }
            { world::try_this(look, look.texts().overview.try_this) }
            { world::network(look) }
            { world::trace(look) }
        </>
    }
}

fn answered(look: &Look) -> Html {
    let texts = look.texts().overview;
    let Some(overview) = &look.snapshot.overview else { return Html::default() };
    let rows = overview.systems.iter().skip(1).map(|shown| {
        let by = shown.count.last.and_then(|(_, node)| node).map(|node| chip(node, look));
        html! {
            <tr>
                <th scope="row">{ (texts.name)(shown.system) }</th>
                <td>{ count(shown.count.answered) }</td>
                <td class={if shown.count.refused > 0 { "bad" } else { "" }}>{ count(shown.count.refused) }</td>
                <td>{ by.unwrap_or_default() }</td>
            </tr>
        }
    });
    html! {
        <section class="panel" data-test="answered">
            <div class="panel-head"><h2>{ texts.requests }</h2></div>
            <table class="table">
                <thead><tr>
                    <th scope="col">{ texts.system }</th>
                    <th scope="col">{ texts.answered }</th>
                    <th scope="col">{ texts.refused_column }</th>
                    <th scope="col">{ texts.last_by }</th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
        </section>
    }
}
