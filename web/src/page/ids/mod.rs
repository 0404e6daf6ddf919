//! The page *Ids*: four schemes side by side, and what their ids say.

pub(crate) mod action;
mod inspector;
mod stage;
mod verbs;
pub(crate) mod view;

use super::PageParts;
use super::action::Action;
use action::Verb;

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "ids",
    title: |texts| texts.ids.title,
    sentence: |look| (look.texts().ids.sentence)(&view::sums(look)),
    verbs: verbs::verbs,
    stage: stage::lanes,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().ids;
        [(texts.give, Verb::Give), (texts.give_all, Verb::GiveAll), (texts.jump, Verb::Jump)]
            .map(|(word, verb)| (word.to_string(), Action::Ids(verb)))
            .into()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: true,
    beginnings: &[action::begin],
};
