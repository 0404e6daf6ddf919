//! English: the page *Ring*.

use super::super::{Ring, Term, short, strong};
use super::{capital, number};
use crate::page::ring::action::Fields;
use crate::page::ring::state::{Change, KEYS, What};

/// The words.
pub(super) static RING: Ring = Ring {
    title: "Ring",
    key: "Key",
    first_key: "city",
    weight: "Weight",
    points: Term {
        word: "Points",
        means: "A server stands on the ring at many points (virtual nodes), in proportion to its weight. The more there are, the more even the shares.",
    },
    join: "Join",
    leave: |name| format!("{name} leaves"),
    reset: "Begin anew",
    servers: "Servers",
    server: "Server",
    lighter: "Lighter",
    heavier: "Heavier",
    share: Term {
        word: "Of the ring",
        means: "The part of the ring whose keys belong to this server: the arcs that end at its points.",
    },
    of_fair: Term {
        word: "Of its fair share",
        means: "The server's part of the ring over the part that its weight entitles it to. 100 % is exactly its share.",
    },
    keys_on_ring: "Keys on the ring",
    keys_by_modulo: "Keys by modulo",
    hash: Term {
        word: "Hash",
        means: "SHA-1 of the key: a number of 160 bits, of which the first 64 are shown. It is the key's place on the ring.",
    },
    belongs_to: Term {
        word: "Belongs to",
        means: "The first server met clockwise from the key's place.",
    },
    next_servers: Term {
        word: "Copies at",
        means: "The next servers met clockwise, each once: where a store keeps further copies.",
    },
    by_modulo: Term {
        word: "By modulo",
        means: "The rest when the hash is divided by the number of servers says which one, counted from 0 in the order in which they came.",
    },
    ring: "Ring",
    modulo: "Modulo",
    moved: Term {
        word: "Cache misses",
        means: "Keys that belong to another server than before. In a cache, each is missed once at its new server.",
    },
    least: Term {
        word: "Least possible",
        means: "How many keys must move in any case, so that each server has as many as it has now.",
    },
    over_least: Term {
        word: "Moved / least",
        means: "1.00 is the ideal: no key moved that could have stayed.",
    },
    earlier: "Before that: ring · modulo",
    spread: "Spread",
    fair: "100 %",
    axis: "Part of the ring, % of the fair share",
    deviation: Term {
        word: "Deviation",
        means: "The standard deviation of the servers' shares, relative to the fair share.",
    },
    expected: Term {
        word: "1 / √points",
        means: "About the deviation to expect: with four times the points it is half as much.",
    },
    peak: Term {
        word: "Peak / mean",
        means: "The share of the fullest server over its fair share.",
    },
    a_key: "key",
    a_moved_key: "key moved by the last change",
    a_point: "point of a server",
    circles: "Outside: the ring. Inside: modulo.",
    nothing_yet: ("Let a server join or leave:", "which keys move?"),
    moved_on_ring: "keys moved on the ring",
    moved_by_modulo: "keys moved by modulo",
    try_this: "Let a server leave and compare the two circles. Then give each server one point only: how uneven does the ring become, and what does a join cost now?",
    back: "Back",
    on: "Forward",
    moment: |at, last| match last {
        0 => "no change yet".into(),
        last => format!("change {at} of {last}"),
    },
    sentence,
    what,
    change,
    picture: |state| {
        let names: Vec<&str> = state.members().iter().map(|member| member.name.as_str()).collect();
        format!("A ring with {} and {KEYS} keys", names.join(", "))
    },
    keys_help: &[
        ("j", "a server joins"),
        ("k", "the selected server leaves"),
        ("+ −", "the selected server becomes heavier or lighter"),
        ("1 … 9", "select a server"),
        (", .", "a change back, a change on"),
    ],
};

fn sentence(fields: &Fields) -> String {
    let state = &fields.state;
    let servers = state.members().len();
    let owner = state.ring.owner(fields.key.as_bytes()).map_or("?", |id| state.name(id));
    let mut text = format!(
        "{} {} on the ring at {} {}{}. Key {} belongs to {owner}, the first one clockwise.",
        capital(&number(servers)),
        if servers == 1 { "server stands" } else { "servers stand" },
        number(state.points as usize),
        if state.points == 1 { "point" } else { "points" },
        if servers == 1 { "" } else { " each" },
        short(fields.key.as_bytes()),
    );
    if state.members().iter().any(|member| member.weight > 1) {
        text = text.replacen(" each.", " for each unit of weight.", 1);
    }
    if let Some(change) = state.changes.first() {
        text.push_str(&format!(
            " {}: {} of {KEYS} keys moved; modulo moves {}.",
            what(&change.what),
            change.ring.moved(),
            change.modulo.moved()
        ));
    }
    text
}

fn what(what: &What) -> String {
    match what {
        What::Join(name) => format!("{name} joined"),
        What::Leave(name) => format!("{name} left"),
        What::Weigh(name, weight) => format!("{name} has weight {weight}"),
        What::Points(1) => "One point a unit".into(),
        What::Points(points) => format!("{points} points a unit"),
    }
}

fn change(change: &Change) -> String {
    let (ring, modulo) = (&change.ring, &change.modulo);
    let ideal = if ring.moved() == ring.least() { ", the least possible" } else { "" };
    format!(
        "{}: {} of {KEYS} keys moved on the ring{ideal}; {} by modulo.",
        what(&change.what),
        strong(&ring.moved().to_string()),
        strong(&modulo.moved().to_string()),
    )
}
