//! The page *Chat*: phones of two people, each on a node of its own, the way of a message between them, and a group.

pub(crate) mod action;
mod group;
mod inspector;
mod phones;
mod stage;
mod verbs;
pub(crate) mod view;

use super::PageParts;
use super::action::Action;
use super::world::people;
use action::Verb;
use yew::prelude::*;

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "chat",
    title: |texts| texts.chat.title,
    sentence: |look| (look.texts().chat.sentence)(&look.snapshot.chat, &look.snapshot.names()),
    verbs: |look| html! { <verbs::Verbs ..look.clone() /> },
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().chat;
        let say = (texts.say.to_string(), Action::Chat(Verb::Say));
        let switch = |phone: usize| {
            let word = (texts.switch)(&(texts.phone)(phone));
            (word, Action::Chat(Verb::Switch(phone)))
        };
        [say].into_iter().chain((0..action::PHONES.len()).map(switch)).collect()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: true,
    beginnings: &[people::begin, action::begin],
};
