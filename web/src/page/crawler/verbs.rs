//! The line of verbs: which web, begin anew, and let the cluster crawl.

use super::action::{MOST_WEB, Shown, Verb};
use crate::page::action::Action;
use crate::page::frame::fields::{answer, choice_field, node_field, text_field, text_of};
use crate::page::frame::words::button;
use crate::page::look::Look;
use yew::prelude::*;

/// The verbs.
pub(crate) fn verbs(look: &Look) -> Html {
    let texts = look.texts().crawler;
    let fields = &look.interface.crawler;
    let act = look.act.reform(Action::Crawler);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Again
    });
    let on_web = act.reform(|event: InputEvent| Verb::Web(text_of(&event)));
    let orders = texts.orders.map(|term| term.word.to_string());
    let pictures = texts.pictures.map(String::from);
    let shown = Shown::ALL.iter().position(|&other| other == fields.shown).unwrap_or(0);
    let turn = act.reform(|choice: usize| {
        Verb::Turn(Shown::ALL.get(choice).copied().unwrap_or(Shown::Orders))
    });
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { text_field(texts.web, "web", &fields.web, MOST_WEB, &look.field, on_web) }
                { choice_field(texts.inspect, "order", orders, fields.order, act.reform(Verb::Show)) }
                <button type="submit" class="first" data-test="again">{ texts.again }</button>
                { node_field(look) }
                { button("cluster", texts.cluster, act.reform(|_| Verb::Cluster)) }
                { choice_field(texts.shown, "shown", pictures, shown, turn) }
            </div>
            <div class="below">
                if fields.shown == Shown::Cluster { { answer(look) } } else { <p class="quiet">{ texts.what_web }</p> }
            </div>
        </form>
    }
}
