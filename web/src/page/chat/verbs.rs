//! The line of verbs: on which phone, to whom, what.

use super::action::{BEN, CHO, PHONES, To, Verb, user_of};
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
    let group = look.snapshot.chat.group.as_ref();
    let whom = To::ALL.map(|to| match to {
        To::Other => name(other),
        To::Cho => (texts.away)(&name(CHO)),
        To::Group => (texts.group)(group.map(|group| group.members.len())),
    });
    let chosen = To::ALL.iter().position(|&to| to == fields.to).unwrap_or(0);
    let to = act.reform(|choice: usize| Verb::To(To::ALL.get(choice).copied().unwrap_or_default()));
    let cannot = fields.conversation(group.map(|group| group.id)).is_none();
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { choice_field(texts.on, "phone", phones, fields.phone, act.reform(Verb::Phone)) }
                { choice_field(texts.to, "to", whom, chosen, to) }
                <span class="of-talk">
                    { text_field(texts.text, "text", &fields.text, MOST, &look.field, on_text) }
                </span>
                <button type="submit" class="first" data-test="say" disabled={cannot}>{ texts.say }</button>
            </div>
        </form>
    }
}
