//! The line of verbs: who says what, and whose feed is read.

use super::action::Verb;
use crate::page::action::Action;
use crate::page::frame::fields::{answer, choice_field, node_field, text_field, text_of};
use crate::page::frame::words::button;
use crate::page::look::Look;
use crate::page::world::people::name;
use ennead::sim::CAST;
use yew::prelude::*;

/// The longest post that is typed here, in characters.
const MOST: u32 = 140;

/// The verbs.
#[component]
pub(crate) fn Verbs(look: &Look) -> Html {
    let texts = look.texts().feed;
    let fields = &look.interface.feed;
    let act = look.act.reform(Action::Feed);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Publish
    });
    let on_text = act.reform(|event: InputEvent| Verb::Text(text_of(&event)));
    let people = || CAST.map(|(_, user)| name(user));
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { choice_field(texts.author, "author", people(), fields.author, act.reform(Verb::Author)) }
                <span class="of-post">
                    { text_field(texts.text, "text", &fields.text, MOST, &look.field, on_text) }
                </span>
                <button type="submit" class="first" data-test="publish">{ texts.publish }</button>
                { choice_field(texts.reader, "reader", people(), fields.reader, act.reform(Verb::Reader)) }
                { button("read", texts.read, act.reform(|_| Verb::Read)) }
                { node_field(look) }
            </div>
            <div class="below">{ answer(look) }</div>
        </form>
    }
}
