//! The page *Store*: the ring, its nodes, a key and its copies.

pub(crate) mod action;
pub(crate) mod geometry;
pub(crate) mod inspector;
mod keyfacts;
mod legend;
pub(crate) mod marks;
mod node;
pub(crate) mod sentence;
pub(crate) mod stage;
mod verbs;

use super::PageParts;
use super::action::Action;
use action::Verb;
use yew::prelude::*;

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "store",
    title: |texts| texts.store.title,
    sentence: |look| (look.texts().store.sentence)(&sentence::facts(&look.snapshot)),
    verbs: verbs::verbs,
    stage: |look| {
        html! {
            <>
                <stage::Stage ..look.clone() />
                <legend::Legend language={look.interface.language} />
            </>
        }
    },
    inspector: inspector::panels,
    commands: |look| {
        let texts = look.texts().store;
        [
            (texts.put, Verb::Put),
            (texts.get, Verb::Get),
            (texts.delete, Verb::Delete),
            (texts.put_twice, Verb::PutTwice),
        ]
        .map(|(word, verb)| (word.to_string(), Action::Store(verb)))
        .into()
    },
    key: |_, _| None,
    keys_help: |_| &[],
    has_time: true,
    beginnings: &[],
};
