//! What happened in a cluster, as plain objects: what kind of thing, where, about which key, and
//! the same in words.

use super::view::{Names, health, millis, text};
use ennead::kv::{Answer, Event, Key};
use ennead::sim::{Entry, Transition, What};
use serde::Serialize;

/// One entry.
#[derive(Serialize)]
pub(super) struct EntryOut {
    number: u64,
    time: f64,
    node: Option<String>,
    kind: &'static str,
    key: Option<String>,
    text: String,
}

/// What an entry says: its kind, the key it is about, and words.
type Said = (&'static str, Option<String>, String);

/// An entry of the log.
pub(super) fn entry(names: Names<'_>, entry: &Entry) -> EntryOut {
    let (kind, key, text) = match &entry.what {
        What::Node(event) => node(names, event),
        What::Done(transition) => person(names, transition),
        What::Answer { key, outcome, .. } => match outcome {
            Ok(Answer::Got(versions)) => {
                let count = versions.values().count();
                ("got", Some(of(key)), format!("the caller got {count} values"))
            }
            Ok(_) => ("written", Some(of(key)), "the caller's write is acknowledged".into()),
            Err(error) => ("failed", Some(of(key)), error.to_string()),
        },
        What::Served { answered, .. } => {
            ("served", None, format!("the caller was answered: {answered}"))
        }
        What::Phone { phone, news } => ("phone", None, format!("phone {phone}: {news}")),
        What::Unanswered { at } => {
            ("unanswered", None, format!("{} does not run: nobody answers", names.of(*at)))
        }
        What::Fault(fault) => ("fault", None, fault.to_string()),
        What::Lost { from, to, .. } => (
            "lost",
            None,
            format!("a message from {} to {} is lost", names.of(*from), names.of(*to)),
        ),
        What::Violation(words) => ("violation", None, words.clone()),
    };
    EntryOut {
        number: entry.number,
        time: millis(entry.at.as_micros()),
        node: entry.node.map(|id| names.of(id)),
        kind,
        key,
        text,
    }
}

fn of(key: &Key) -> String {
    text(key.partition())
}

fn node(names: Names<'_>, event: &Event) -> Said {
    let with = |kind, key: &Key, words: String| (kind, Some(of(key)), words);
    match event {
        Event::Coordinating { key, replicas, stand_ins, .. } => {
            let mut words = format!("sends a write to {}", names.all(replicas).join(", "));
            for (stand_in, owner) in stand_ins {
                words += &format!("; {} stands in for {}", names.of(*stand_in), names.of(*owner));
            }
            with("coordinating", key, words)
        }
        Event::Reading { key, asked, .. } => {
            with("reading", key, format!("asks {}", names.all(asked).join(", ")))
        }
        Event::Forwarding { key, to, .. } => {
            with("forwarding", key, format!("passes the request on to {}", names.of(*to)))
        }
        Event::Stored { key, siblings } => {
            with("stored", key, format!("stores it: {siblings} siblings"))
        }
        Event::Acknowledged { key, got, needed, after, .. } => {
            with("acknowledged", key, format!("{got} of {needed} stored it within {after}"))
        }
        Event::Answered { key, got, values, after, .. } => {
            with("answered", key, format!("{got} answered within {after}: {values} values"))
        }
        Event::Refused { key, error, .. } => with("refused", key, error.to_string()),
        Event::Extended { key, .. } => {
            with("extended", key, "writes once more, over what it had not seen".into())
        }
        Event::HintKept { owner, key, total } => {
            with("hintKept", key, format!("keeps a hint for {}: {total} now", names.of(*owner)))
        }
        Event::HintHandedOver { owner, key, left } => {
            let words = format!("hands a hint over to {}: {left} left", names.of(*owner));
            with("hintHandedOver", key, words)
        }
        Event::ReadRepaired { node, key } => {
            with("readRepaired", key, format!("found {} behind and told it", names.of(*node)))
        }
        Event::Repaired { node, keys } => {
            ("repaired", None, format!("sent {keys} keys that differed to {}", names.of(*node)))
        }
        Event::MemberIs { member, health: is } => {
            ("memberIs", None, format!("sees {} {}", names.of(*member), health(*is)))
        }
        Event::Ignored { from, reason } => {
            ("ignored", None, format!("ignores a message from {}: {reason}", names.of(*from)))
        }
    }
}

fn person(names: Names<'_>, transition: &Transition) -> Said {
    match transition {
        Transition::Put { at, key, value, .. } => {
            ("put", Some(key.clone()), format!("put {value:?} at {}", names.of(*at)))
        }
        Transition::Get { at, key } => {
            ("get", Some(key.clone()), format!("get at {}", names.of(*at)))
        }
        Transition::Delete { at, key, .. } => {
            ("delete", Some(key.clone()), format!("delete at {}", names.of(*at)))
        }
        Transition::Client { .. } => ("ask", None, transition.to_string()),
        Transition::Ask { at, ask } => ("ask", None, format!("{ask} at {}", names.of(*at))),
        Transition::Phone { phone, touch } => ("touch", None, format!("phone {phone}: {touch}")),
        Transition::Fault(fault) => ("input", None, fault.to_string()),
        Transition::Steady { every, asks } => {
            let first = asks.first().map(ToString::to_string).unwrap_or_default();
            ("steady", None, format!("from now on, every {every}, clients: {first}"))
        }
    }
}
