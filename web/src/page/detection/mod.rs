//! The page *Detection*: servers that tell each other that they live, by gossip and all to all, side by
//! side on one lossy network.

pub(crate) mod action;
mod charts;
mod inspector;
mod measure;
pub(crate) mod run;
mod stage;
mod verbs;

use super::PageParts;
use super::action::Action;
use super::look::Look;
use action::Verb;

/// What the page gives to the frame.
pub(crate) static PARTS: PageParts = PageParts {
    slug: "detection",
    title: |texts| texts.detection.title,
    sentence: |look| {
        let shown = look.snapshot.detection.as_ref();
        shown.map_or_else(String::new, |detection| {
            (look.texts().detection.sentence)(detection, &look.interface.detection.plan)
        })
    },
    verbs: verbs::verbs,
    stage: stage::stage,
    inspector: inspector::panels,
    commands,
    key,
    keys_help: |texts| texts.detection.keys_help,
    has_time: true,
    beginnings: &[],
};

fn commands(look: &Look) -> Vec<(String, Action)> {
    let texts = look.texts().detection;
    let fields = &look.interface.detection;
    let mut list = Vec::new();
    if let Some(verb) = kill_or_restart(look) {
        let word = if verb == Verb::Kill { texts.kill } else { texts.restart };
        list.push((word(&name(fields.chosen)), Action::Detection(verb)));
    }
    list.push((texts.again.to_string(), Action::Detection(Verb::Again)));
    for (choice, loss) in action::LOSSES.iter().enumerate() {
        list.push((format!("{} {loss} %", texts.loss), Action::Detection(Verb::Loss(choice))));
    }
    list
}

/// Digits choose a server, `s` the other ring, `k` kills the chosen server or starts it again, `l` loses more.
fn key(key: &str, look: &Look) -> Option<Action> {
    let fields = &look.interface.detection;
    let loss = look.snapshot.detection.as_ref()?.loss;
    let verb = match key {
        "k" => kill_or_restart(look)?,
        "s" => Verb::Choose(1 - fields.side, fields.chosen),
        "l" => {
            let more = action::LOSSES.iter().position(|&other| other > loss);
            Verb::Loss(more.unwrap_or(0))
        }
        digit => {
            let place = digit.parse::<u16>().ok()?.checked_sub(1)?;
            (place < fields.plan.servers).then_some(Verb::Choose(fields.side, place))?
        }
    };
    Some(Action::Detection(verb))
}

/// What can be done to the chosen server; none if nothing more can be.
fn kill_or_restart(look: &Look) -> Option<Verb> {
    let fields = &look.interface.detection;
    let runs = look.snapshot.detection.as_ref()?.running.get(usize::from(fields.chosen))?;
    let verb = if *runs { Verb::Kill } else { Verb::Restart };
    (!fields.plan.is_full()).then_some(verb)
}

/// A server's name.
pub(crate) fn name(server: u16) -> String {
    char::from(b'A' + u8::try_from(server % 26).unwrap_or(0)).to_string()
}
