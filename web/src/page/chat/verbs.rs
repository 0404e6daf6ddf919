//! The line of verbs: on which phone, to whom, what.

use super::action::{BEN, CHO, PHONES, Verb, user_of};
use crate::page::action::Action;
use crate::page::frame::fields::{choice_field, text_field, text_of};
use crate::page::look::Look;
use crate::page::world::people::name;
use yew::prelude::*;

/// The longest text that is typed here, in characters.
const MOST: u32 = 140;

/// The verbs.
#[component]
pub(crate) fn Verbs(look: &Look) -> Html {
    let texts = look.texts().chat;
    let fields = &look.interface.chat;
    let act = look.act.reform(Action::Chat);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Say
    });
    let on_text = act.reform(|event: InputEvent| Verb::Text(text_of(&event)));
    let phones = (0..PHONES.len()).map(texts.phone);
    let other = if user_of(fields.phone) == BEN { super::action::ANA } else { BEN };
    let whom = [name(other), (texts.away)(&name(CHO))];
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { choice_field(texts.on, "phone", phones, fields.phone, act.reform(Verb::Phone)) }
                { choice_field(texts.to, "to", whom, usize::from(fields.to_cho), act.reform(|choice| Verb::To(choice == 1))) }
                <span class="of-talk">
                    { text_field(texts.text, "text", &fields.text, MOST, &look.field, on_text) }
                </span>
                <button type="submit" class="first" data-test="say">{ texts.say }</button>
            </div>
        </form>
    }
}
