//! English: the page *Overview*.

use super::super::Overview;
use super::{and, capital, is_or_are, number};
use crate::page::frame::facts::count;
use crate::page::overview::tally::{OverviewLook, State, System};

/// The words.
pub(super) static OVERVIEW: Overview = Overview {
    title: "Overview",
    stage: "The systems, each on those that it uses, and the nodes below them",
    how: "Services stand on the store, and the store on the ring; chat, notifications and feed stand on accounts and ids, too. All of them run on every node.",
    fault: ["Kill", "Restart"],
    requests: "Requests",
    system: "System",
    answered: "Answered",
    refused_column: "Refused",
    last_by: "Last by",
    try_this: "Kill a node: which system notices? Kill a second one, and a third: who refuses something, for how long, and what goes on all the same?",
    sentence,
    name: |system| match system {
        System::Ring => "Ring",
        System::Store => "Store",
        System::Ids => "Ids",
        System::Accounts => "Accounts",
        System::Chat => "Chat",
        System::Feed => "Feed",
        System::Notifications => "Notifications",
        System::Shortener => "Shortener",
        System::Crawler => "Crawler",
        System::Autocomplete => "Autocomplete",
    },
    things: |system| match system {
        System::Ring => "slices of the ring",
        System::Store => "reads and writes",
        System::Ids => "ids given",
        System::Accounts => "people",
        System::Chat => "messages",
        System::Feed => "posts",
        System::Notifications => "notices taken",
        System::Shortener => "links made",
        System::Crawler => "pages kept",
        System::Autocomplete => "searches counted",
    },
    state: |state| match state {
        State::Answers => "answers",
        State::Refuses => "refuses",
        State::Silent => "silent",
    },
    copies: |copies| format!("each held by {} nodes", number(copies.into())),
    last_answer: |ago| match ago {
        Some(ago) => format!("answered {ago} s ago"),
        None => "no answer yet".into(),
    },
    refused: |refused| format!("{} refused", count(refused)),
};

fn sentence(overview: &OverviewLook) -> String {
    let named = |state: State| -> Vec<String> {
        let systems = overview.systems.iter().filter(|shown| shown.state == state);
        systems.map(|shown| (OVERVIEW.name)(shown.system).to_string()).collect()
    };
    let mut text = format!(
        "{} systems stand on {} nodes",
        capital(&number(overview.systems.len())),
        number(overview.nodes)
    );
    match (named(State::Silent), named(State::Refuses)) {
        (silent, refusing) if silent.is_empty() && refusing.is_empty() => {
            text.push_str(", and all of them answer.");
        }
        (silent, refusing) if silent.is_empty() => {
            text.push_str(&format!(". {} refused something just now.", and(&refusing)));
        }
        (silent, _) => {
            let has = if silent.len() == 1 { "has" } else { "have" };
            text.push_str(&format!(". {} {has} not answered for some seconds.", and(&silent)));
        }
    }
    if !overview.away.is_empty() {
        let node = if overview.away.len() == 1 { "Node" } else { "Nodes" };
        let (names, verb) = (and(&overview.away), is_or_are(&overview.away));
        text.push_str(&format!(" {node} {names} {verb} away."));
    }
    text
}
