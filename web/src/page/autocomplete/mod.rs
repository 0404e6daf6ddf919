//! The page *Autocomplete*: the way through the trie that a prefix takes, and the best queries at its end.

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
    slug: "autocomplete",
    title: |texts| texts.autocomplete.title,
    sentence: |look| (look.texts().autocomplete.sentence)(&view::facts(look)),
    verbs: verbs::verbs,
    stage: stage::stage,
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().autocomplete;
        [(texts.search, Verb::Search), (texts.crowd, Verb::Crowd), (texts.rise, Verb::Rise)]
            .map(|(word, verb)| (word.to_string(), Action::Autocomplete(verb)))
            .into()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: true,
    beginnings: &[action::begin],
};
