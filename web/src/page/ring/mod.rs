//! The page *Ring*: servers and keys on a ring, what moves when servers come and go, and modulo
//! placement beside it. It runs the core's ring; it stands on no cluster, so its time bar goes by its own
//! changes, and its links carry the ring itself.

pub(crate) mod action;
mod bar;
mod inspector;
pub(crate) mod link;
mod stage;
pub(crate) mod state;
mod verbs;

use super::PageParts;
use super::action::Action;
use super::look::Look;
use action::Verb;
pub(crate) use bar::bar;

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "ring",
    title: |texts| texts.ring.title,
    sentence: |look| (look.texts().ring.sentence)(&look.interface.ring),
    verbs: verbs::verbs,
    stage: stage::stage,
    inspector: inspector::panels,
    commands,
    key,
    keys_help: |texts| texts.ring.keys_help,
    has_time: false,
    beginnings: &[],
};

fn commands(look: &Look) -> Vec<(String, Action)> {
    let texts = look.texts().ring;
    let state = &look.interface.ring.state;
    let mut list = vec![(texts.join.to_string(), Action::Ring(Verb::Join))];
    for member in state.members() {
        list.push(((texts.leave)(&member.name), Action::Ring(Verb::Leave(member.id))));
    }
    list.push((texts.reset.to_string(), Action::Ring(Verb::Reset)));
    list
}

/// Digits choose servers, `j` lets one join, `k` lets the chosen one leave, `+` and `-` weigh it, `,` and `.` go a
/// change back and on.
fn key(key: &str, look: &Look) -> Option<Action> {
    let fields = &look.interface.ring;
    let chosen = fields.chosen.and_then(|id| fields.state.member(id));
    let verb = match (key, chosen) {
        ("j", _) => Verb::Join,
        (",", _) => Verb::Go(fields.at.saturating_sub(1)),
        (".", _) => Verb::Go(fields.at + 1),
        ("k", Some(member)) => Verb::Leave(member.id),
        ("+", Some(member)) => Verb::Weigh(member.id, member.weight + 1),
        ("-", Some(member)) => Verb::Weigh(member.id, member.weight.saturating_sub(1)),
        ("Escape", Some(_)) => Verb::Choose(None),
        (digit, _) => {
            let place = digit.parse::<usize>().ok()?.checked_sub(1)?;
            Verb::Choose(Some(fields.state.members().get(place)?.id))
        }
    };
    Some(Action::Ring(verb))
}
