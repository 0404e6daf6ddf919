//! English: the page *Detection*.

use super::super::{Detection, Term};
use super::{capital, number};
use crate::page::detection::action::Plan;
use crate::page::detection::name;
use crate::page::detection::run::DetectionLook;
use ennead::sim::detection::Noticed;

/// The words.
pub(super) static DETECTION: Detection = Detection {
    title: "Detection",
    schemes: [
        Term {
            word: "Gossip",
            means: "Five times a second each server raises its own counter and sends all counters that it knows to a few others, drawn anew each time. It is what the nodes of the store do.",
        },
        Term {
            word: "All to all",
            means: "Five times a second each server raises its own counter and sends it to every other one.",
        },
    ],
    servers: "Servers",
    loss: "Lost",
    fan_out: Term {
        word: "Gossip tells",
        means: "To how many others a server sends its list in each round.",
    },
    tolerance: "Silence tolerated",
    tolerances: ["by what was heard", "two seconds"],
    kill: |name| format!("Kill {name}"),
    restart: |name| format!("Restart {name}"),
    again: "Begin anew",
    server_is: |name, runs, doubted| match (runs, doubted) {
        (true, 0) => format!("Server {name}: runs"),
        (true, by) => format!("Server {name}: runs, doubted by {by}"),
        (false, by) => format!("Server {name}: down, noticed by {by}"),
    },
    a_second: |rate| format!("{rate} messages a second"),
    a_heartbeat: "heartbeat on its way",
    a_doubted: "doubted by others, and by how many",
    a_killed: "killed",
    list_of: |name| format!("What {name} knows"),
    knows_nothing: "It is down: it knows nothing.",
    counter: Term {
        word: "Counter",
        means: "The highest number that was heard of the member's own counter, which it raises in every round.",
    },
    silent: Term { word: "Rose", means: "How long ago this number last rose, as seen from here." },
    tolerated: Term {
        word: "Tolerated",
        means: "How long the number may stand still before the member is held down: six times the usual gap between two rises and its usual deviation, at least 2 s and at most 6 s. After half of it the member is suspected.",
    },
    health: "Looks",
    itself: "itself",
    figures: "What came of it",
    was_killed: |name| format!("{name} was killed"),
    since_they_began: "Since they began",
    both_ways: "gossip · all to all",
    noticed_by: Term { word: "Noticed by", means: "How many others hold it down." },
    first: Term { word: "First", means: "After how long the first of the others held it down." },
    half: Term { word: "Half", means: "After how long half of the others that run did." },
    all: Term { word: "All", means: "After how long all of the others that run did." },
    suspicions: Term {
        word: "False suspicions",
        means: "How often one server suspected another that was running. A suspected server is still asked, but not first.",
    },
    alarms: Term {
        word: "False alarms",
        means: "How often one server held another down that was running.",
    },
    lost: Term { word: "Messages lost", means: "On the way, since the servers began." },
    bytes: Term {
        word: "Bytes a message",
        means: "The mean size of the frames. Gossip's grow with the number of servers, since each carries the whole list.",
    },
    try_this: "Lose half of all messages with the fixed tolerance: who holds whom down? Do the same with the other one. Then kill a server: what does it cost to be patient?",
    measuring: |percent| format!("measuring: {percent} %"),
    messages_chart: "Messages",
    messages_axis: "messages a second, in all",
    alarms_chart: "False alarms",
    alarms_axis: "held down in error, an hour",
    loss_axis: "messages lost, %",
    tolerance_lines: ["gossip, 2 s", "all to all, 2 s", "gossip, adapts", "all to all, adapts"],
    sentence,
    keys_help: &[
        ("1 … 9", "select a server"),
        ("s", "the list on the other ring"),
        ("k", "kill the selected server, or start it again"),
        ("l", "lose more messages"),
    ],
};

fn sentence(detection: &DetectionLook, plan: &Plan) -> String {
    let rate = |i: usize| detection.sides.get(i).map_or(0, |side| side.rate);
    let mut text = format!(
        "{} servers tell each other that they live; {} % of the messages are lost. By gossip, each telling {}, that takes {} messages a second, all to all {}.",
        capital(&number(usize::from(detection.servers))),
        detection.loss,
        number(usize::from(plan.fan_out)),
        rate(0),
        rate(1),
    );
    let alarms: u64 = detection.sides.iter().map(|side| side.counted.alarms).sum();
    if let Some(killed) = detection.killed {
        let name = name(killed);
        let by: Vec<String> = detection
            .sides
            .iter()
            .zip(["by gossip", "all to all"])
            .map(|(side, way)| match side.noticed {
                Some(Noticed { all: Some(all), .. }) => format!("{way}, all after {all}"),
                Some(noticed) => format!("{way}, {}", number(usize::from(noticed.by))),
                None => format!("{way}, nobody"),
            })
            .collect();
        text.push_str(&format!(" {name} is down. Who noticed: {}.", by.join("; ")));
    } else if alarms > 0 {
        let times = if alarms == 1 { "once".into() } else { format!("{alarms} times") };
        text.push_str(&format!(" One that lives was held down {times}."));
    }
    text
}
