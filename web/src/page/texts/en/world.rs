//! English: nodes, links, messages, faults, and the lines of the log.

use super::super::{Names, Term, World, key_name, short, span, strong};

use crate::page::action::LinkFault;
use ennead::kv::{Answer, Error, Event, Health};
use ennead::sim::{Entry, Fault, Flight, Mark, Status, Transition, What};

/// The words.
pub(super) static WORLD: World = World {
    world: "World",
    new_world: "New world",
    the_nodes: "Nodes",
    nodes: "nodes",
    at_node: "at node",
    any_node: "any",
    node: "Node",
    link: "Link",
    message: "Message",
    event: "Event",
    ring_held: Term {
        word: "Ring held",
        means: "All hashes from 0 to 2^160 - 1, closed into a circle and cut into 1,024 slices. A key lies where its hash lies; the nodes met first clockwise keep it.",
    },
    keys_held: "Keys",
    hints_kept: Term {
        word: "Hints kept",
        means: "A copy that a stand-in keeps for a node that cannot be reached, with a note for whom. It is handed over when that node is back.",
    },
    requests_under_way: "Under way",
    requests_served: "Requests",
    sees: Term {
        word: "Sees",
        means: "Each node counts up and tells a few others all counters that it knows. A counter that stands still too long is suspected, then held down. Every node judges by itself.",
    },
    sees_all_up: "all up",
    nothing_while_down: "nothing",
    start: Term {
        word: "Start",
        means: "Which start of the node this is. Names of writes carry it, so that none is given twice after a crash.",
    },
    zone: "Zone",
    counters: "Since it started",
    reads: "Reads",
    writes: "Writes",
    refused: "Refused",
    forwarded: "Passed on",
    hints_handed_over: "Hints handed over",
    read_repairs: "Repaired when read",
    keys_repaired: "Repaired by comparing",
    links: "Links",
    kill: "Kill",
    restart: "Restart",
    wipe: "Wipe",
    pause_node: "Pause",
    resume: "Resume",
    cut_off: "Cut off",
    heal: "Heal",
    heal_all: "Heal all links",
    cut: "Cut",
    slow: "Slow down",
    lose: "Lose half",
    split: "Split",
    one_side: "One side of a split",
    network: "Network",
    whole: "whole",
    is_cut: "cut",
    is_impaired: "slow or lossy",
    works: "works",
    from: "From",
    to: "To",
    about: "About",
    sent: "Sent",
    arrives: "Arrives",
    arrived: "Arrived",
    in_the_air: "Messages in the air",
    nothing_in_the_air: "None at this moment.",
    digest: Term {
        word: "Digest",
        means: "A number over everything that happened. The same seed and inputs give the same digest on every machine.",
    },
    events: "Events",
    violations: "Broken promises",
    entry,
    flight,
    mark: |mark| match mark {
        Mark::Request => "request",
        Mark::Reply => "reply",
        Mark::Gossip => "gossip",
        Mark::Hint => "hint",
        Mark::Repair => "repair",
    },
    status: |status| match status {
        Status::Up => "up",
        Status::Paused => "paused",
        Status::Down => "down",
    },
    health: |health| match health {
        Health::Up => "up",
        Health::Suspected => "suspected",
        Health::Down => "down",
    },
    lasting: |state, time| format!("{state}, {}", span(time)),
    hint_badge: |node, hints| {
        let parts: Vec<String> =
            hints.iter().map(|(owner, count)| format!("{count} for {owner}")).collect();
        format!("{node} keeps hints: {}", parts.join(", "))
    },
    link_verb: |fault, a, b| match fault {
        LinkFault::Cut => format!("Cut the link {a}–{b}"),
        LinkFault::Slow => format!("Slow down the link {a}–{b}"),
        LinkFault::Lose => format!("Lose half on the link {a}–{b}"),
        LinkFault::Heal => format!("Heal the link {a}–{b}"),
    },
    node_verb: |verb, node| format!("{verb} {node}"),
    world_of: |nodes| format!("New world of {nodes} nodes"),
    world_under: |load| format!("New world of {load} requests a second"),
    load: "requests/s",
    keys_help: &[
        ("Space", "play or pause"),
        (".", "one event"),
        ("1 … 9", "select a node"),
        ("k", "kill or restart the selected node"),
        ("p", "pause or resume the selected node"),
        ("c", "cut off or heal the selected node"),
        ("l", "open or close the log"),
    ],
};

fn fault(names: &Names<'_>, fault: &Fault, yours: bool) -> String {
    let n = |id: &ennead::ring::NodeId| strong(names.of(*id));
    let (you, s) = if yours { ("You ", "") } else { ("Chance ", "s") };
    let what = match fault {
        Fault::Kill(id) => format!("kill{s} {}", n(id)),
        Fault::Restart(id) => format!("start{s} {} again on what its disk holds", n(id)),
        Fault::Wipe(id) => format!("wipe{s} {}: it starts again on an empty disk", n(id)),
        Fault::Pause(id) => format!("pause{s} {}: it stands still, and what arrives waits", n(id)),
        Fault::Jump { node, millis } => {
            format!("the wall clock of {} jumps by {millis} ms", names.of(*node))
        }
        Fault::Resume(id) => format!("let{s} {} go on", n(id)),
        Fault::CutOff(id) => format!("cut{s} {} off from all others", n(id)),
        Fault::Split(side) => {
            format!("split{s} the network: {} on one side", strong(&names.list(side)))
        }
        Fault::Cut { from, to } => format!("cut{s} the way from {} to {}", n(from), n(to)),
        Fault::SlowDisk { node, lasts } => {
            format!("slow{s} the disk of {} down for {}", n(node), span(*lasts))
        }
        Fault::FailSync(id) => format!("let{s} the next sync of {} fail: it will stop", n(id)),
        Fault::Clog { from, to, lasts } => {
            let (from, to) = (n(from), n(to));
            format!("hold{s} back what {from} sends to {to} for {}", span(*lasts))
        }
        Fault::Slow { a, b } => format!("slow{s} the link {}–{} down", n(a), n(b)),
        Fault::Reset { a, b } => format!("break{s} the connection {}–{}", n(a), n(b)),
        Fault::Lose { a, b } => format!("make{s} the link {}–{} lose half", n(a), n(b)),
        Fault::HealLink { a, b } => format!("heal{s} the link {}–{}", n(a), n(b)),
        Fault::HealNetwork => format!("heal{s} all links"),
        Fault::HealAll => format!("mend{s} everything"),
        Fault::Refuse(channel) => format!("let{s} the provider of {channel} fail"),
        Fault::Accept(channel) => format!("let{s} the provider of {channel} work again"),
    };
    format!("{you}{what}")
}

fn refusal(error: &Error) -> String {
    match error {
        Error::Unreachable { healthy, needed } => {
            format!("{healthy} of {needed} needed nodes are up; nothing was stored")
        }
        Error::Timeout { got, needed, after } => {
            format!("{got} of {needed} answers within {}; a write may have happened", span(*after))
        }
        other => other.to_string(),
    }
}

fn outcome(outcome: &Result<Answer, Error>) -> String {
    match outcome {
        Ok(Answer::Written { .. }) => "stored".into(),
        Ok(Answer::Got(versions)) => {
            let values: Vec<String> =
                versions.values().map(|value| strong(&short(value))).collect();
            match values.len() {
                0 => "no value".into(),
                1 => values[0].clone(),
                count => format!("{count} values: {}", values.join(", ")),
            }
        }
        Ok(Answer::Updated(updated)) => format!("version {}", updated.version),
        Ok(Answer::Page { entries, .. }) => format!("{} keys", entries.len()),
        Err(error) => format!("refused: {}", refusal(error)),
    }
}

fn entry(names: &Names<'_>, entry: &Entry) -> String {
    let at = entry.node.map_or_else(String::new, |id| names.of(id).to_string());
    match &entry.what {
        What::Done(Transition::Put { at, key, value, .. }) => format!(
            "You put {} = {} at {}",
            strong(&short(key.as_bytes())),
            short(value.as_bytes()),
            names.of(*at)
        ),
        What::Done(Transition::Get { at, key }) => {
            format!("You get {} at {}", strong(&short(key.as_bytes())), names.of(*at))
        }
        What::Done(Transition::Delete { at, key, .. }) => {
            format!("You delete {} at {}", strong(&short(key.as_bytes())), names.of(*at))
        }
        What::Done(client @ Transition::Client { .. }) => format!("As recorded: {client}"),
        What::Done(Transition::Ask { at, ask }) => format!("You: {ask}, at {}", names.of(*at)),
        What::Served { answered, .. } if at.is_empty() => format!("Answer: {answered}"),
        What::Served { answered, .. } => format!("{at} answers: {answered}"),
        What::Done(Transition::Phone { phone, touch }) => format!("You: phone {phone}: {touch}"),
        What::Phone { phone, news } => format!("Phone {phone}: {news}"),
        What::Done(Transition::Fault(f)) => fault(names, f, true),
        What::Done(Transition::Steady { every, asks }) => {
            let first = asks.first().map(ToString::to_string).unwrap_or_default();
            format!("From now on clients ask every {}: {first}", span(*every))
        }
        What::Unanswered { at } => {
            format!("Not answered: {} does not run", strong(names.of(*at)))
        }
        What::Violation(what) => format!("A promise was broken: {what}"),
        What::Fault(f) => fault(names, f, false),
        What::Answer { key, outcome: result, .. } => {
            format!("Answer about {}: {}", key_name(key), outcome(result))
        }
        What::Lost { from, to, mark } => {
            format!("Lost: a {} from {} to {}", (WORLD.mark)(*mark), names.of(*from), names.of(*to))
        }
        What::Node(event) => event_at(names, &at, event),
    }
}

fn event_at(names: &Names<'_>, at: &str, event: &Event) -> String {
    match event {
        Event::Coordinating { key, dot, replicas, stand_ins, .. } => {
            let mut text = format!(
                "{at} names the write {}·{} and asks {} to store {}",
                names.of(dot.actor.node),
                dot.counter,
                strong(&names.list(replicas)),
                key_name(key)
            );
            for (keeper, owner) in stand_ins {
                text.push_str(&format!(
                    ", {} in place of {}",
                    strong(names.of(*keeper)),
                    names.of(*owner)
                ));
            }
            text
        }
        Event::Reading { key, asked, .. } => {
            format!("{at} asks {} for {}", strong(&names.list(asked)), key_name(key))
        }
        Event::Forwarding { key, to, .. } => {
            format!("{at} passes {} on to {}, one of its owners", key_name(key), names.of(*to))
        }
        Event::Stored { key, siblings: 0 | 1 } => format!("{at} stored {}", key_name(key)),
        Event::Stored { key, siblings } => {
            format!("{at} stored {}, now {siblings} siblings", key_name(key))
        }
        Event::Acknowledged { key, got, needed, after, .. } => format!(
            "Stored {}: {got} of {needed} acknowledgements after {}",
            key_name(key),
            span(*after)
        ),
        Event::Answered { key, got, values, after, .. } => format!(
            "{at} answers {}: {} from {got} nodes after {}",
            key_name(key),
            match values {
                0 => "no value".to_string(),
                1 => "one value".to_string(),
                count => format!("{count} siblings"),
            },
            span(*after)
        ),
        Event::Refused { key, write, error } => format!(
            "Refused at {at}: {} {}: {}",
            if *write { "write of" } else { "read of" },
            key_name(key),
            refusal(error)
        ),
        Event::Extended { key, dot } => format!(
            "{at} found siblings of {} and supersedes them too: {}·{}",
            key_name(key),
            names.of(dot.actor.node),
            dot.counter
        ),
        Event::HintKept { owner, key, total } => {
            format!(
                "{at} keeps a hint for {}: {} ({total} in all)",
                names.of(*owner),
                key_name(key)
            )
        }
        Event::HintHandedOver { owner, key, left } => {
            format!("{at} handed {} over to {} ({left} left)", key_name(key), names.of(*owner))
        }
        Event::ReadRepaired { node, key } => {
            format!("{at} sent {} what it lacked of {}", names.of(*node), key_name(key))
        }
        Event::Repaired { node, keys } => {
            format!("{at} compared with {} and sent {keys} keys", names.of(*node))
        }
        Event::MemberIs { member, health } => match health {
            Health::Up => format!("{at} hears {} again", strong(names.of(*member))),
            Health::Suspected => format!("{at} suspects {}: silent", strong(names.of(*member))),
            Health::Down => format!("{at} holds {} down", strong(names.of(*member))),
        },
        Event::Ignored { from, reason } => {
            format!("{at} ignored a message from {}: {reason}", names.of(*from))
        }
    }
}

fn flight(names: &Names<'_>, flight: &Flight) -> String {
    let mut text = format!(
        "{} {} → {}",
        (WORLD.mark)(flight.mark),
        names.of(flight.from),
        names.of(flight.to)
    );
    if let Some(key) = &flight.key {
        text.push_str(&format!(", {}", short(key.partition())));
    }
    text
}
