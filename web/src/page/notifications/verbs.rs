//! The line of verbs: whom to tell, what, and what is to go wrong.

use super::action::{PEOPLE, Verb, user};
use crate::page::action::Action;
use crate::page::frame::fields::{answer, choice_field, node_field, text_field, text_of};
use crate::page::frame::words::button;
use crate::page::look::Look;
use crate::page::world::people::name;
use ennead::notification::MAX_FIELD;
use ennead::port::Channel;
use yew::prelude::*;

/// The verbs.
#[component]
pub(crate) fn Verbs(look: &Look) -> Html {
    let texts = look.texts().notifications;
    let fields = &look.interface.notifications;
    let act = look.act.reform(Action::Notifications);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Send
    });
    let on_text = act.reform(|event: InputEvent| Verb::Text(text_of(&event)));
    let people = (0..PEOPLE).map(|place| name(user(place)));
    let view = look.snapshot.notifications.as_ref();
    let is_down = view.is_some_and(|view| view.is_down(Channel::Email));
    let is_out = view.is_some_and(|view| view.opted_out(user(fields.to)).contains(&Channel::Email));
    let fail = if is_down { texts.mend } else { texts.fail };
    let opt = if is_out { texts.opt_in } else { texts.opt_out };
    let most = u32::try_from(MAX_FIELD).unwrap_or(1_000);
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { choice_field(texts.to, "to", people, fields.to, act.reform(Verb::To)) }
                <span class="of-words">
                    { text_field(texts.text, "text", &fields.text, most, &look.field, on_text) }
                </span>
                { node_field(look) }
                <button type="submit" class="first" data-test="send">{ texts.send }</button>
                { button("send-many", texts.send_many, act.reform(|_| Verb::SendMany)) }
                { button("fail", fail, act.reform(|_| Verb::Provider(Channel::Email))) }
                { button("opt", opt, act.reform(|_| Verb::Opt(Channel::Email))) }
                { button("replay", texts.replay, act.reform(|_| Verb::Replay)) }
            </div>
            <div class="below">{ answer(look) }</div>
        </form>
    }
}
