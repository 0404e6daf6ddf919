//! The page *Notifications*: how a notice gets from whoever gives it over to devices, and what happens when that
//! fails.

pub(crate) mod action;
mod inspector;
mod stage;
mod verbs;
pub(crate) mod view;

use super::PageParts;
use super::action::Action;
use action::Verb;
use yew::prelude::*;

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "notifications",
    title: |texts| texts.notifications.title,
    sentence: |look| match &look.snapshot.notifications {
        Some(view) => (look.texts().notifications.sentence)(&view.sums()),
        None => String::new(),
    },
    verbs: |look| html! { <verbs::Verbs ..look.clone() /> },
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().notifications;
        [(texts.send, Verb::Send), (texts.send_many, Verb::SendMany), (texts.replay, Verb::Replay)]
            .map(|(word, verb)| (word.to_string(), Action::Notifications(verb)))
            .into()
    },
    key: |key, _| match key {
        "t" => Some(Action::Notifications(Verb::Send)),
        _ => None,
    },
    keys_help: |texts| texts.notifications.keys_help,
    has_time: true,
    beginnings: &[action::invite, action::begin],
};
