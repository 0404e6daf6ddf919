//! The page *Feed*: who is friends with whom, how a post comes to them, and what other ways would cost.

pub(crate) mod action;
mod inspector;
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
    slug: "feed",
    title: |texts| texts.feed.title,
    sentence: |look| (look.texts().feed.sentence)(&view::sums(look)),
    verbs: |look| html! { <verbs::Verbs ..look.clone() /> },
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().feed;
        [(texts.publish, Verb::Publish), (texts.read, Verb::Read)]
            .map(|(word, verb)| (word.to_string(), Action::Feed(verb)))
            .into()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: true,
    beginnings: &[people::begin, action::begin],
};
