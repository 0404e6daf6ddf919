//! The page *Shortener*: how a long address gets a short one, and how it is followed.

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
    slug: "shortener",
    title: |texts| texts.shortener.title,
    sentence: |look| (look.texts().shortener.sentence)(&view::sums(look)),
    verbs: verbs::verbs,
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().shortener;
        [(texts.shorten, Verb::Shorten), (texts.follow, Verb::Follow)]
            .map(|(word, verb)| (word.to_string(), Action::Shortener(verb)))
            .into()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: true,
    beginnings: &[action::begin],
};
