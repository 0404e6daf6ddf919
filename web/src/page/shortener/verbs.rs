//! The line of verbs: an address, and how it is to be shortened.

use super::action::{REDIRECTS, Verb};
use crate::page::action::Action;
use crate::page::frame::fields::{answer, choice_field, node_field, text_field, text_of};
use crate::page::frame::words::button;
use crate::page::look::Look;
use ennead::shortener::{MAX_CODE, Scheme};
use yew::prelude::*;

/// The verbs.
pub(crate) fn verbs(look: &Look) -> Html {
    let texts = look.texts().shortener;
    let fields = &look.interface.shortener;
    let act = look.act.reform(Action::Shortener);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Shorten
    });
    let on_url = act.reform(|event: InputEvent| Verb::Url(text_of(&event)));
    let on_code = act.reform(|event: InputEvent| Verb::Code(text_of(&event)));
    let second = NodeRef::default();
    let schemes = Scheme::ALL.map(|scheme| (texts.scheme_name)(scheme).to_string());
    let scheme = Scheme::ALL.iter().position(|&other| other == fields.scheme).unwrap_or(0);
    let redirects = REDIRECTS.map(|redirect| redirect.status().to_string());
    let redirect = REDIRECTS.iter().position(|&other| other == fields.redirect).unwrap_or(0);
    let most = u32::try_from(MAX_CODE).unwrap_or(32);
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                <span class="of-url">
                    { text_field(texts.url, "url", &fields.url, 2_048, &look.field, on_url) }
                </span>
                { text_field(texts.wished, "code", &fields.code, most, &second, on_code) }
                { choice_field(texts.scheme, "scheme", schemes, scheme, act.reform(Verb::Scheme)) }
                { choice_field(texts.redirect, "redirect", redirects, redirect, act.reform(Verb::Redirect)) }
                { node_field(look) }
                <button type="submit" class="first" data-test="shorten">{ texts.shorten }</button>
                { button("follow", texts.follow, act.reform(|_| Verb::Follow)) }
            </div>
            <div class="below">{ answer(look) }</div>
        </form>
    }
}
