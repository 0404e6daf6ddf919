//! What every component of the page is given.

use super::action::{Action, Interface};
use super::snapshot::Snapshot;
use super::texts::Texts;
use std::rc::Rc;
use yew::prelude::*;

/// The properties of the frame's and the pages' components: what to show, and how to act.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Look {
    /// The world as it is now.
    pub(crate) snapshot: Rc<Snapshot>,
    /// What the interface remembers.
    pub(crate) interface: Rc<Interface>,
    /// Does what a person wishes.
    pub(crate) act: Callback<Action>,
    /// The page's first field, so that a key stroke can go there.
    pub(crate) field: NodeRef,
    /// The group of the stage into which messages are drawn, if the page has one.
    pub(crate) layer: NodeRef,
}

impl Look {
    /// All words in the language of the page.
    pub(crate) fn texts(&self) -> &'static Texts {
        self.interface.language.texts()
    }
}
