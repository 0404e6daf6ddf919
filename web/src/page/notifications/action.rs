//! What can be done with notifications.

use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use ennead::base::Span;
use ennead::notification::{Ask as Of, Settings};
use ennead::port::{Channel, Notice, UserId};
use ennead::services::Ask;
use ennead::sim::{CAST, Fault, Transition, cast};

/// How many of the cast this page knows.
pub(crate) const PEOPLE: usize = 4;
/// How many notices *Send many* gives over.
pub(crate) const MANY: u16 = 12;

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Who is told, by the place in the cast.
    pub(crate) to: usize,
    /// The words.
    pub(crate) text: String,
}

impl Default for Fields {
    /// Filled in already, so that one click does something.
    fn default() -> Self {
        Self { to: 0, text: "Tea at four?".into() }
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Choose who is told.
    To(usize),
    /// Type the words.
    Text(String),
    /// Give one notice over.
    Send,
    /// Give many over.
    SendMany,
    /// Let a channel's provider fail, or work again.
    Provider(Channel),
    /// Let the person opt out of a channel, or in again.
    Opt(Channel),
    /// Take the dead letters back.
    Replay,
}

/// The number of a person.
pub(crate) fn user(place: usize) -> UserId {
    CAST.get(place).map_or(UserId(1), |&(_, id)| id)
}

fn notice(event: String, to: UserId, from: &str, text: &str) -> Ask {
    let fields = [("from", from), ("text", text)];
    let fields = fields.map(|(name, field)| (name.into(), field.into())).into();
    let notice = Notice { event, to, template: "message".into(), fields };
    Ask::Notification(Of::Notify { notice, not_before: None })
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let fields = &mut interface.notifications;
    let to = user(fields.to);
    // A name that no earlier notice of this world has.
    let event = |i: u16| format!("page {} {i}", snapshot.events);
    let asks: Vec<Ask> = match verb {
        Verb::To(place) => {
            fields.to = place.min(PEOPLE - 1);
            return Vec::new();
        }
        Verb::Text(text) => {
            fields.text = text;
            return Vec::new();
        }
        Verb::Provider(channel) => {
            let is_down = snapshot.notifications.as_ref().is_some_and(|view| view.is_down(channel));
            let fault = if is_down { Fault::Accept(channel) } else { Fault::Refuse(channel) };
            return vec![Transition::Fault(fault)];
        }
        Verb::Send => vec![notice(event(0), to, "Mina", &fields.text)],
        Verb::SendMany => (0..MANY)
            .map(|i| notice(event(i), to, "Mina", &format!("{} ({})", fields.text, i + 1)))
            .collect(),
        Verb::Opt(channel) => {
            let old = snapshot.notifications.as_ref().map(|view| view.opted_out(to));
            let mut settings =
                Settings { channels: old.unwrap_or_default(), ..Settings::default() };
            if !settings.channels.remove(&channel) {
                settings.channels.insert(channel);
            }
            vec![Ask::Notification(Of::Set(to, settings))]
        }
        Verb::Replay => vec![Ask::Notification(Of::Replay)],
    };
    let Some(at) = interface.node_to_ask(snapshot) else { return Vec::new() };
    asks.into_iter().map(|ask| Transition::Ask { at, ask }).collect()
}

/// Who there is to be told.
pub(crate) fn invite(snapshot: &Snapshot) -> Vec<Transition> {
    let at = snapshot.nodes_up().next();
    at.map(|at| Transition::Ask { at, ask: Ask::Accounts(cast(PEOPLE)) }).into_iter().collect()
}

/// A notice now and then, each an event of its own.
pub(crate) fn begin(_: &Snapshot) -> Vec<Transition> {
    let words = ["Tea at four?", "The bus is late.", "See you there.", "Your turn."];
    let asks = words.into_iter().enumerate().map(|(place, text)| {
        let from = CAST.get((place + 1) % PEOPLE).map_or("", |&(name, _)| name);
        notice(String::new(), user(place), from, text)
    });
    vec![Transition::Steady { every: Span::from_millis(900), asks: asks.collect() }]
}
