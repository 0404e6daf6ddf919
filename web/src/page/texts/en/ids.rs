//! English: the page *Ids*.

use super::super::Ids;
use super::{capital, number};
use crate::page::frame::facts::count;
use crate::page::ids::view::{Lane, Sums};
use ennead::ids::{ClockPolicy, Scheme, Variant};

/// The words.
pub(super) static IDS: Ids = Ids {
    title: "Ids",
    scheme: "Scheme",
    how_many: "How many",
    give: "Give ids",
    give_all: "All four",
    jump: "Clock 5 s back",
    stage: "The four schemes and the ids they gave last",
    none_yet: "None yet.",
    given_at: "Given at",
    clocks: "When a clock goes back",
    clocks_how: "Four generators, one clock: four ids each millisecond for 50 ms; then it jumps back by 30 ms, and goes on for 50 ms.",
    generator: "Generator",
    given: "Given",
    repeated: "Repeated",
    without: "No id",
    try_this: "Give Snowflakes at one node, set its clock back, and give more: which field of the ids changes? Then cut the node off and wait: when does it refuse, and which schemes go on?",
    sentence,
    told,
    variant: |variant| match variant {
        Variant::MultiMaster => "Multi-master",
        Variant::UuidV4 => "UUID, version 4",
        Variant::UuidV7 => "UUID, version 7",
        Variant::CentralTicket => "Ticket, central",
        Variant::Ticket => "Ticket, leased",
        Variant::Snowflake => "Snowflake",
    },
    scheme_name: |scheme| match scheme {
        Scheme::MultiMaster => "Multi-master",
        Scheme::Uuid => "UUID",
        Scheme::Ticket => "Ticket server",
        Scheme::Snowflake => "Snowflake",
    },
    promise: |scheme| match scheme {
        Scheme::MultiMaster => {
            "Up to 64 bits. In order on each node only. Fails when nodes come or go: K must stay."
        }
        Scheme::Uuid => {
            "128 bits, 36 characters. Any rate, no coordination. Version 7 by time; version 4 in no order."
        }
        Scheme::Ticket => {
            "Up to 64 bits. Central: in order, and gone with the counter. Leased: 1,000 at a time, in order within a range."
        }
        Scheme::Snowflake => {
            "63 bits, 19 digits. 4,096 a millisecond and worker, by time. Needs its clock, and a worker id of its own."
        }
    },
    field: |name| match name {
        "sign" => "Sign",
        "time" => "Time",
        "data centre" => "Data centre",
        "machine" => "Machine",
        "sequence" => "Sequence",
        "version" => "Version",
        "counter" => "Counter",
        "variant" => "Variant",
        "chance" => "Chance",
        "number" => "Number",
        "turn" => "Turn",
        "server" => "Server",
        other => other,
    },
    bits: |bits| if bits == 1 { "1 bit".into() } else { format!("{bits} bits") },
    policy: |policy| match policy {
        None => "trusts it",
        Some(ClockPolicy::Wait) => "waits",
        Some(ClockPolicy::Borrow) => "borrows",
        Some(ClockPolicy::Refuse) => "refuses",
    },
};

fn sentence(sums: &Sums) -> String {
    let mut text = format!(
        "{} {} without asking a central server each time.",
        capital(&number(sums.nodes)),
        if sums.nodes == 1 { "node gives ids" } else { "nodes give ids" },
    );
    if sums.compared == 0 {
        text.push_str(" None is given yet: press All four.");
    } else {
        let twice = match sums.repeated {
            0 => "none is".to_string(),
            1 => "one is".to_string(),
            repeated => format!("{} are", count(repeated as u64)),
        };
        text += &format!(
            " Those that run have given {} since they started; of the last {}, {twice} given twice.",
            count(sums.given),
            count(sums.compared as u64)
        );
    }
    if sums.refused > 0 {
        let requests = if sums.refused == 1 { "request was" } else { "requests were" };
        text +=
            &format!(" {} {requests} refused rather than risk it.", capital(&number(sums.refused)));
    }
    text
}

fn told(lane: &Lane) -> String {
    if lane.compared == 0 {
        return String::new();
    }
    let order = match lane.falls {
        0 => "all in order".to_string(),
        1 => "once out of order".to_string(),
        falls => format!("{} times out of order", count(falls as u64)),
    };
    format!(
        "{} given · of the last {}: {} repeated, {order}",
        count(lane.given),
        count(lane.compared as u64),
        lane.repeated
    )
}
