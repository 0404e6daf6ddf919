//! English: the page *Store*.

use super::super::{Store, Term};
use super::{and, capital, hints, is_or_are, number};
use crate::page::store::sentence::{Facts, Trouble};

/// The words.
pub(super) static STORE: Store = Store {
    title: "Store",
    key: "Key",
    value: "Value",
    first_key: "city",
    first_value: "Seoul",
    second_value: "Busan",
    put: "Put",
    get: "Get",
    delete: "Delete",
    put_twice: "Put twice at once",
    put_twice_hint: "Two clients write different values at two nodes at one moment. Neither knows of the other, so both values stay.",
    copies: Term { word: "copies", means: "How many nodes keep each key (N)." },
    write: Term {
        word: "write",
        means: "How many nodes must have stored a write before it is answered (W).",
    },
    read: Term { word: "read", means: "How many nodes must answer a read (R)." },
    quorum: Term {
        word: "quorum",
        means: "Which nodes count towards write and read. Strict: only the key's own nodes. Sloppy: the first healthy nodes on the ring, so that writing goes on while owners are away.",
    },
    strict: "strict",
    sloppy: "sloppy",
    stage: "The ring, its nodes and the messages between them",
    marks: "Marks",
    cut_link: "cut",
    not_stored: "not stored",
    deleted: "deleted",
    version: Term {
        word: "Version",
        means: "Each write has a dot, a name that is given once: the node that gave it and that node's count. Versions tell which write came after which, and which did not know of each other.",
    },
    belongs_to: Term {
        word: "Belongs to",
        means: "The first N different nodes met clockwise from the key's slice.",
    },
    held_by: "Held by",
    nobody: "nobody",
    copies_differ: "The copies differ at this moment.",
    copies_agree: "The copies agree.",
    siblings: Term {
        word: "Siblings",
        means: "Values written without knowledge of each other. The store keeps all of them until a writer who has seen them decides.",
    },
    keep: "Keep this one",
    take_key: "Use this key",
    each_copy: "Each copy",
    try_this: "Put a key, then kill one of the nodes that it belongs to and put it again. Who takes the copy, and when does it go home?",
    sentence,
    stands_in: |node, owner| format!("{node} for {owner}"),
};

fn sentence(facts: &Facts) -> String {
    let mut text = format!(
        "{} {} keep{} {} {} of each key; {} must answer a write.",
        capital(&number(facts.nodes)),
        if facts.nodes == 1 { "node" } else { "nodes" },
        if facts.nodes == 1 { "s" } else { "" },
        number(facts.copies),
        if facts.copies == 1 { "copy" } else { "copies" },
        number(facts.write),
    );
    for trouble in &facts.troubles {
        text.push(' ');
        text.push_str(&match trouble {
            Trouble::Down(names) => format!("{} {} down.", and(names), is_or_are(names)),
            Trouble::Paused(names) => format!("{} {} paused.", and(names), is_or_are(names)),
            Trouble::CutOff(names) => {
                format!("{} {} cut off from the others.", and(names), is_or_are(names))
            }
            Trouble::Split(one, other) => {
                format!("The network is split: {} cannot reach {}.", and(one), and(other))
            }
            Trouble::Cuts(count) => {
                let links = if *count == 1 { "link is" } else { "links are" };
                format!("{} {links} cut.", capital(&number(*count)))
            }
            Trouble::Hints { keepers, owners, count } => format!(
                "{} {} {} for {}.",
                and(keepers),
                if keepers.len() == 1 { "holds" } else { "hold" },
                hints(*count),
                and(owners)
            ),
            Trouble::Siblings { key, count } => {
                format!("Key {key} has {} values that do not know of each other.", number(*count))
            }
            Trouble::Broken(count) => {
                format!("The check found {} broken promises.", number(*count))
            }
        });
    }
    if facts.troubles.is_empty() {
        text.push_str(" All of them are up.");
    }
    text
}
