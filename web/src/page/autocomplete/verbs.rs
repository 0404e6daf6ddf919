//! The line of verbs: what is typed, and who searches.

use super::action::{MOST, Verb};
use crate::page::action::Action;
use crate::page::frame::fields::{answer, node_field, text_field, text_of};
use crate::page::frame::words::button;
use crate::page::look::Look;
use yew::prelude::*;

/// The verbs.
pub(crate) fn verbs(look: &Look) -> Html {
    let texts = look.texts().autocomplete;
    let act = look.act.reform(Action::Autocomplete);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Search
    });
    let on_type = act.reform(|event: InputEvent| Verb::Type(text_of(&event)));
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { text_field(texts.typed, "typed", &look.interface.autocomplete.typed, MOST, &look.field, on_type) }
                { node_field(look) }
                <button type="submit" class="first" data-test="search">{ texts.search }</button>
                { button("crowd", texts.crowd, act.reform(|_| Verb::Crowd)) }
                { button("rise", texts.rise, act.reform(|_| Verb::Rise)) }
            </div>
            <div class="below">{ answer(look) }</div>
        </form>
    }
}
