//! The line of verbs: which ids, how many, of whom.

use super::action::{COUNTS, Verb};
use crate::page::action::Action;
use crate::page::frame::facts::count;
use crate::page::frame::fields::{answer, choice_field, node_field};
use crate::page::frame::words::button;
use crate::page::look::Look;
use ennead::ids::Variant;
use yew::prelude::*;

/// The verbs.
pub(crate) fn verbs(look: &Look) -> Html {
    let texts = look.texts().ids;
    let fields = &look.interface.ids;
    let act = look.act.reform(Action::Ids);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Give
    });
    let variants = Variant::ALL.map(|variant| (texts.variant)(variant).to_string());
    let variant = Variant::ALL.iter().position(|&other| other == fields.variant).unwrap_or(0);
    let counts = COUNTS.map(|number| count(u64::from(number)));
    let chosen = COUNTS.iter().position(|&other| other == fields.count).unwrap_or(0);
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { choice_field(texts.scheme, "variant", variants, variant, act.reform(Verb::Variant)) }
                { choice_field(texts.how_many, "count", counts, chosen, act.reform(Verb::Count)) }
                { node_field(look) }
                <button type="submit" class="first" data-test="give">{ texts.give }</button>
                { button("give-all", texts.give_all, act.reform(|_| Verb::GiveAll)) }
                { button("jump", texts.jump, act.reform(|_| Verb::Jump)) }
            </div>
            <div class="below">{ answer(look) }</div>
        </form>
    }
}
