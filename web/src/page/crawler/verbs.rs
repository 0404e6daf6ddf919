//! The line of verbs: which web, and begin anew.

use super::action::Verb;
use crate::page::action::Action;
use crate::page::frame::fields::{choice_field, text_field, text_of};
use crate::page::look::Look;
use yew::prelude::*;

/// The verbs.
#[component]
pub(crate) fn Verbs(look: &Look) -> Html {
    let texts = look.texts().crawler;
    let fields = &look.interface.crawler;
    let act = look.act.reform(Action::Crawler);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Again
    });
    let on_web = act.reform(|event: InputEvent| Verb::Web(text_of(&event)));
    let orders = texts.orders.map(|term| term.word.to_string());
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { text_field(texts.web, "web", &fields.web, 20, &look.field, on_web) }
                { choice_field(texts.inspect, "order", orders, fields.order, act.reform(Verb::Show)) }
                <button type="submit" class="first" data-test="again">{ texts.again }</button>
            </div>
            <div class="below"><p class="quiet">{ texts.what_web }</p></div>
        </form>
    }
}
