//! The line of verbs: logging in, or else befriending and posting.

use super::action::Verb;
use super::state::{Live, Place, Problem, Secret};
use crate::page::action::Action;
use crate::page::frame::fields::{text_field, text_of};
use crate::page::frame::words::button;
use crate::page::look::Look;
use yew::prelude::*;

/// The longest name, password, e-mail address and post that is typed here, in characters.
const MOST_NAME: u32 = 32;
const MOST_PASSWORD: u32 = 256;
const MOST_EMAIL: u32 = 120;
const MOST_POST: u32 = 500;

/// The verbs.
pub(super) fn verbs(look: &Look) -> Html {
    let live = &look.interface.live;
    match (&live.node, &live.person) {
        (None, _) => Html::default(),
        (Some(_), None) => account(look, live),
        (Some(_), Some(_)) => of_person(look, live),
    }
}

/// Why something was not done, beside what was asked.
pub(super) fn trouble(look: &Look, place: Place) -> Html {
    let live = &look.interface.live;
    let found = live.trouble.as_ref().filter(|(at, _)| *at == place);
    html! {
        <output class="answer live-answer" data-test={format!("trouble-{}", place.name())}>
            { found.map(|(_, problem)| words(look, problem)).unwrap_or_default() }
        </output>
    }
}

/// A problem in words. Those of the cluster are English.
pub(super) fn words(look: &Look, problem: &Problem) -> Html {
    if problem.status == 401 {
        return html! { <span class="bad">{ look.texts().live.logged_out }</span> };
    }
    if problem.status == 0 || problem.detail.is_empty() {
        return html! { <span class="bad">{ look.texts().live.no_answer }</span> };
    }
    html! {
        <span class="bad" lang="en">{ &problem.title }{ ": " }{ &problem.detail }</span>
    }
}

/// Whether the node has yet to say that a session has ended.
fn ending(look: &Look, live: &Live) -> Html {
    let words = if live.ending.is_empty() { "" } else { look.texts().live.ending };
    html! { <output class="answer live-answer" data-test="ending">{ words }</output> }
}

fn account(look: &Look, live: &Live) -> Html {
    let texts = look.texts().live;
    let act = look.act.reform(Action::Live);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::LogIn
    });
    let on = |verb: fn(String) -> Verb| act.reform(move |event: InputEvent| verb(text_of(&event)));
    let fields = &live.fields;
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                <label><span class="label">{ texts.name }</span>
                    <input ref={&look.field} type="text" name="username" data-test="live-name" maxlength={MOST_NAME.to_string()}
                        autocomplete="username" autocapitalize="off" spellcheck="false"
                        value={fields.name.clone()} oninput={on(Verb::Name)} />
                </label>
                <label><span class="label">{ texts.password }</span>
                    <input type="password" name="password" data-test="live-password" maxlength={MOST_PASSWORD.to_string()}
                        autocomplete="current-password" value={fields.password.0.clone()}
                        oninput={on(|text| Verb::Password(Secret(text)))} />
                </label>
                <label><span class="label">{ texts.email_optional }</span>
                    <input type="email" name="email" data-test="live-email" maxlength={MOST_EMAIL.to_string()}
                        autocomplete="email" value={fields.email.clone()} oninput={on(Verb::Email)} />
                </label>
                <button type="submit" class="first" data-test="log-in">{ texts.log_in }</button>
                { button("sign-up", texts.sign_up, act.reform(|_| Verb::SignUp)) }
            </div>
            <div class="below">{ trouble(look, Place::Account) }{ ending(look, live) }</div>
        </form>
    }
}

fn of_person(look: &Look, live: &Live) -> Html {
    let texts = look.texts().live;
    let act = look.act.reform(Action::Live);
    let submit = |verb: fn() -> Verb| {
        act.reform(move |event: SubmitEvent| {
            event.prevent_default();
            verb()
        })
    };
    let on = |verb: fn(String) -> Verb| act.reform(move |event: InputEvent| verb(text_of(&event)));
    let fields = &live.fields;
    html! {
        <div class="verbs live-verbs">
            <form onsubmit={submit(|| Verb::Befriend)}>
                <div class="fields">
                    { text_field(texts.friend, "other", &fields.other, MOST_NAME, &look.field, on(Verb::Other)) }
                    <button type="submit" data-test="befriend">{ texts.befriend }</button>
                </div>
            </form>
            <form onsubmit={submit(|| Verb::Publish)}>
                <div class="fields">
                    <span class="of-post">
                        { text_field(texts.post, "post-text", &fields.post, MOST_POST, &NodeRef::default(), on(Verb::PostText)) }
                    </span>
                    <button type="submit" class="first" data-test="post">{ texts.publish }</button>
                </div>
            </form>
            { button("log-out", texts.log_out, act.reform(|_| Verb::LogOut)) }
            <div class="below">
                { trouble(look, Place::Account) }{ trouble(look, Place::People) }{ trouble(look, Place::Feed) }
                { ending(look, live) }
            </div>
        </div>
    }
}
