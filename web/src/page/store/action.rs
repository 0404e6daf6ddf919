//! What can be done with the key at hand.

use crate::page::action::{Interface, Notice};
use crate::page::snapshot::Snapshot;
use crate::page::texts::Store;
use ennead::kv::Key;
use ennead::sim::{Sight, Transition};

/// The page's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// The key at hand.
    pub(crate) key: String,
    /// The value to write.
    pub(crate) value: String,
}

impl Fields {
    /// Filled in already, so that one click does something.
    pub(crate) fn first(texts: &Store) -> Self {
        Self { key: texts.first_key.into(), value: texts.first_value.into() }
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Type a key.
    Key(String),
    /// Type a value.
    Value(String),
    /// Write the value.
    Put,
    /// Read the key.
    Get,
    /// Delete the key.
    Delete,
    /// Two writes at two nodes at one moment.
    PutTwice,
    /// Write one sibling's value, superseding all.
    Keep(String),
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    match verb {
        Verb::Key(key) => (interface.store.key, interface.notice) = (key, None),
        Verb::Value(value) => interface.store.value = value,
        verb => return ask(verb, interface, snapshot),
    }
    Vec::new()
}

/// Asks a node for something about the key at hand.
fn ask(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let Fields { key, value } = interface.store.clone();
    if let Err(error) = Key::new(key.clone().into_bytes(), "") {
        interface.notice = Some(Notice::BadKey(error));
        return Vec::new();
    }
    let Some(at) = interface.node_to_ask(snapshot) else { return Vec::new() };
    match verb {
        Verb::Get => vec![Transition::Get { at, key }],
        Verb::Delete => vec![Transition::Delete { at, key, sight: Sight::Blind }],
        Verb::Keep(value) => vec![Transition::Put { at, key, value, sight: Sight::Blind }],
        Verb::PutTwice => {
            let texts = interface.language.texts().store;
            let other = snapshot.nodes_up().rev().find(|&id| id != at).unwrap_or(at);
            let second =
                if value == texts.second_value { texts.first_value } else { texts.second_value };
            let sight = Sight::LastRead;
            vec![
                Transition::Put { at, key: key.clone(), value, sight },
                Transition::Put { at: other, key, value: second.into(), sight },
            ]
        }
        _ => vec![Transition::Put { at, key, value, sight: Sight::Blind }],
    }
}
