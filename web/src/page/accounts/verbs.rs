//! The line of verbs: who signs up or logs in, and who does what about whom.

use super::action::Verb;
use crate::page::action::Action;
use crate::page::frame::fields::{answer, choice_field, node_field, text_field, text_of};
use crate::page::frame::words::button;
use crate::page::look::Look;
use ennead::accounts::{MAX_NAME, MAX_PASSWORD, Step};
use ennead::port::UserId;
use yew::prelude::*;

/// The verbs.
#[component]
pub(crate) fn Verbs(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let fields = &look.interface.accounts;
    let view = &look.snapshot.accounts;
    let act = look.act.reform(Action::Accounts);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::SignUp
    });
    let on_name = act.reform(|event: InputEvent| Verb::Name(text_of(&event)));
    let most = u32::try_from(MAX_NAME).unwrap_or(32);
    let step = |test: &'static str, word: &'static str, step: Step| {
        button(test, word, act.reform(move |_| Verb::Step(step)))
    };
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { text_field(texts.name, "name", &fields.name, most, &look.field, on_name) }
                { password(look) }
                <button type="submit" class="first" data-test="sign-up">{ texts.sign_up }</button>
                { button("log-in", texts.log_in, act.reform(|_| Verb::LogIn)) }
                { button("check", texts.check, act.reform(|_| Verb::Check)) }
                { button("log-out", texts.log_out, act.reform(|_| Verb::LogOut)) }
            </div>
            <div class="fields of-steps">
                { person(texts.who, "who", view.who, look, Verb::Who) }
                { person(texts.whom, "whom", Some(fields.whom), look, Verb::Whom) }
                { step("befriend", texts.befriend, Step::Befriend) }
                { step("part", texts.part, Step::Part) }
                { step("block", texts.block, Step::Block) }
                { step("unblock", texts.unblock, Step::Unblock) }
                { node_field(look) }
            </div>
            <div class="below">{ answer(look) }</div>
        </form>
    }
}

/// A password is not shown where it is typed. No password manager is asked to keep those of a simulated world.
fn password(look: &Look) -> Html {
    let (texts, fields) = (look.texts().accounts, &look.interface.accounts);
    let oninput =
        look.act.reform(|event: InputEvent| Action::Accounts(Verb::Password(text_of(&event))));
    html! {
        <label><span class="label">{ texts.password }</span>
            <input type="password" data-test="password" maxlength={MAX_PASSWORD.to_string()} autocomplete="off"
                value={fields.password.clone()} {oninput} />
        </label>
    }
}

/// The choice of somebody who has an account.
fn person(
    label: &'static str,
    test: &'static str,
    chosen: Option<UserId>,
    look: &Look,
    verb: fn(UserId) -> Verb,
) -> Html {
    let view = &look.snapshot.accounts;
    let people: Vec<UserId> = view.people.iter().map(|&(user, _)| user).collect();
    let names = people.iter().map(|&user| view.shown(user)).collect::<Vec<_>>();
    let place = people.iter().position(|&user| Some(user) == chosen).unwrap_or(0);
    let act = look.act.clone();
    let onchange = Callback::from(move |place: usize| {
        if let Some(&user) = people.get(place) {
            act.emit(Action::Accounts(verb(user)));
        }
    });
    choice_field(label, test, names, place, onchange)
}
