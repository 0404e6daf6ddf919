//! The page *Accounts*: people, who is friends with whom, and which nodes know what of them.

pub(crate) mod action;
mod circle;
mod inspector;
mod places;
mod stage;
mod verbs;
pub(crate) mod view;

use super::PageParts;
use super::action::Action;
use super::world::people;
use action::Verb;
use ennead::accounts::Step;
use yew::prelude::*;

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "accounts",
    title: |texts| texts.accounts.title,
    sentence: |look| (look.texts().accounts.sentence)(&look.snapshot.accounts, &look.snapshot),
    verbs: |look| html! { <verbs::Verbs ..look.clone() /> },
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().accounts;
        [
            (texts.sign_up, Verb::SignUp),
            (texts.log_in, Verb::LogIn),
            (texts.check, Verb::Check),
            (texts.log_out, Verb::LogOut),
            (texts.befriend, Verb::Step(Step::Befriend)),
            (texts.part, Verb::Step(Step::Part)),
            (texts.block, Verb::Step(Step::Block)),
            (texts.unblock, Verb::Step(Step::Unblock)),
        ]
        .map(|(word, verb)| (word.to_string(), Action::Accounts(verb)))
        .into()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: true,
    beginnings: &[people::begin, action::begin, action::go_on],
};
