//! The page *Autocomplete* in English.

use crate::page::autocomplete::view::Facts;
use crate::page::frame::facts::count;
use crate::page::texts::{Autocomplete, Term};

pub(super) static AUTOCOMPLETE: Autocomplete = Autocomplete {
    title: "Autocomplete",
    typed: "Typed",
    first_typed: "tw",
    search: "Search",
    crowd: "Let 20 people search",
    rise: "Lift the last by 10",
    stage: "The part of the trie that was visited",
    root: "root",
    suggestions: "Suggestions",
    nothing: "No query begins like this.",
    nobody: "The chosen node does not run. Choose another one at “At node”, or restart it.",
    pick: "Search for it",
    trie_node: "Trie node",
    begin_so: "Queries that begin so",
    cached: Term {
        word: "Kept ready",
        means: "Each node of the trie keeps the ten best queries below it, so that an answer only follows the letters and searches nothing.",
    },
    served_by: "Served by",
    queries: "Distinct queries",
    batches: Term {
        word: "Batches read",
        means: "Queries are stored in batches, in a log for each node. Every node reads all logs, and so comes to know what the others counted.",
    },
    snapshots: Term {
        word: "Snapshots built",
        means: "A snapshot is a compact trie of all queries so far. A new one is built aside and takes the old one's place without a pause; meanwhile a small live trie, the delta, counts on.",
    },
    answered: "Answers given",
    try_this: "Lift the last suggestion until it leads. Then ask another node: does it agree? Kill the node that counted, and ask again.",
    letter: |seen, typed| format!("{seen}: type {typed}"),
    missing: |c| format!("no query goes on with {c}"),
    sentence,
};

fn sentence(facts: &Facts) -> String {
    let Some(node) = &facts.node else {
        return "The chosen node is down; every other node holds the whole trie and can answer."
            .into();
    };
    let known = format!("Node {node} knows {} queries.", count(facts.queries));
    let typed = facts.typed.trim();
    match &facts.best {
        _ if facts.queries == 0 => format!("Node {node} reads what was counted."),
        Some((best, times)) if typed.is_empty() => {
            format!("{known} The most frequent is “{best}”, asked {} times.", count(*times))
        }
        Some((best, times)) => format!(
            "{known} {} begin{} with “{typed}”; the most frequent is “{best}”, asked {} times.",
            count(facts.matching),
            if facts.matching == 1 { "s" } else { "" },
            count(*times)
        ),
        None => format!("{known} None begins with “{typed}”."),
    }
}
