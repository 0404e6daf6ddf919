//! What can be done with phones.

use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use crate::page::world::people::friends;
use ennead::chat::{self, Change, ConversationId};
use ennead::port::UserId;
use ennead::ring::NodeId;
use ennead::services::Ask;
use ennead::sim::{Touch, Transition};
use std::collections::BTreeSet;

/// Who is on the page: Ana and Ben, and Cho and Dan, who have no phones.
pub(crate) const ANA: UserId = UserId(1);
pub(crate) const BEN: UserId = UserId(2);
pub(crate) const CHO: UserId = UserId(3);
pub(crate) const DAN: UserId = UserId(4);
/// The phones: whose each is, and where it connects first.
pub(crate) const PHONES: [(UserId, NodeId); 3] =
    [(ANA, NodeId(0)), (BEN, NodeId(1)), (BEN, NodeId(2))];
/// What is said before a person at the page says anything, and on which phone.
const SAID: [(usize, &str); 3] = [
    (0, "Are you there?"),
    (1, "On the train, on my phone."),
    (2, "And now at my desk. Same talk."),
];

/// To whom something is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum To {
    /// The other of the two.
    #[default]
    Other,
    /// Cho, who is never on-line.
    Cho,
    /// The group.
    Group,
}

impl To {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Other, Self::Cho, Self::Group];
}

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// On which phone something is said.
    pub(crate) phone: usize,
    /// To whom.
    pub(crate) to: To,
    /// What is said.
    pub(crate) text: String,
    /// Who is to be in the group, until it is opened.
    pub(crate) chosen: BTreeSet<UserId>,
}

impl Default for Fields {
    /// Filled in already, so that one click does something.
    fn default() -> Self {
        let text = "See you at the station at six".into();
        Self { phone: 0, to: To::default(), text, chosen: [ANA, BEN, DAN].into() }
    }
}

/// The number of a phone for the world.
fn number(phone: usize) -> u16 {
    u16::try_from(phone).map_or(u16::MAX, |phone| phone + 1)
}

/// The phone of a number of the world.
pub(crate) fn phone_of(number: u16) -> Option<usize> {
    usize::from(number).checked_sub(1).filter(|&phone| phone < PHONES.len())
}

/// Whose a phone is.
pub(crate) fn user_of(phone: usize) -> UserId {
    PHONES.get(phone).map_or(ANA, |&(user, _)| user)
}

impl Fields {
    /// Whom the user of the chosen phone talks to alone; none in a group.
    pub(crate) fn other(&self) -> Option<UserId> {
        match (self.to, user_of(self.phone)) {
            (To::Cho, _) => Some(CHO),
            (To::Other, BEN) => Some(ANA),
            (To::Other, _) => Some(BEN),
            (To::Group, _) => None,
        }
    }

    /// The conversation that is looked at: with the other, or the group's, if there is one.
    pub(crate) fn conversation(&self, group: Option<ConversationId>) -> Option<ConversationId> {
        match self.other() {
            Some(other) => ConversationId::between(user_of(self.phone), other).ok(),
            None => group,
        }
    }

    /// Who would be in the group if it were opened now: whoever opens it is, with friends.
    pub(crate) fn founders(&self, friendships: &[(UserId, UserId)]) -> BTreeSet<UserId> {
        let by = user_of(self.phone);
        friends(friendships, by).filter(|user| self.chosen.contains(user)).chain([by]).collect()
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Choose a phone.
    Phone(usize),
    /// Choose to whom.
    To(To),
    /// Type what to say.
    Text(String),
    /// Say it.
    Say,
    /// Switch a phone off, or on again.
    Switch(usize),
    /// Carry a phone to where nothing is received, or back.
    Carry(usize),
    /// Read all that is on a phone.
    Read(usize),
    /// Let somebody be in the group, or no longer.
    Person(UserId),
    /// Open the group, under this name.
    Open(&'static str),
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let group = snapshot.chat.group.as_ref();
    let fields = &mut interface.chat;
    let conversation = fields.conversation(group.map(|group| group.id));
    let seen = |phone: usize| snapshot.chat.phones.get(phone);
    let (phone, touch) = match verb {
        Verb::Phone(phone) => {
            fields.phone = phone;
            return Vec::new();
        }
        Verb::To(to) => {
            fields.to = to;
            return Vec::new();
        }
        Verb::Person(user) => {
            let Some(group) = group else {
                if !fields.chosen.remove(&user) {
                    fields.chosen.insert(user);
                }
                return Vec::new();
            };
            // Whoever goes does so alone; a friend takes others in.
            let change = match group.members.contains(&user) {
                true => Change::Remove(user),
                false => Change::Add(user),
            };
            let Some(by) = snapshot.chat.whoever_lets(user, &group.members) else {
                return Vec::new();
            };
            return ask(chat::Ask::Change { by, group: group.number, change }, interface, snapshot);
        }
        Verb::Open(name) => {
            let by = user_of(fields.phone);
            let founders = fields.founders(&snapshot.chat.friendships);
            let others = founders.into_iter().filter(|&user| user != by).collect();
            let open = chat::Ask::Open { by, name: name.into(), others };
            return if group.is_none() { ask(open, interface, snapshot) } else { Vec::new() };
        }
        Verb::Text(text) => {
            fields.text = text;
            return Vec::new();
        }
        Verb::Say => {
            let text = fields.text.trim().to_string();
            let Some(conversation) = conversation.filter(|_| !text.is_empty()) else {
                return Vec::new();
            };
            (fields.phone, Touch::Say { conversation, text })
        }
        Verb::Switch(phone) => (phone, Touch::Online(seen(phone).is_some_and(|it| !it.is_on))),
        Verb::Carry(phone) => {
            (phone, Touch::Reception(seen(phone).is_some_and(|it| !it.has_reception)))
        }
        Verb::Read(phone) => match conversation {
            Some(conversation) => (phone, Touch::Read(conversation)),
            None => return Vec::new(),
        },
    };
    vec![Transition::Phone { phone: number(phone), touch }]
}

fn ask(ask: chat::Ask, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let at = interface.node_to_ask(snapshot);
    at.map(|at| Transition::Ask { at, ask: Ask::Chat(ask) }).into_iter().collect()
}

/// What the page's world begins with: three phones, and a few words.
pub(crate) fn begin(_snapshot: &Snapshot) -> Vec<Transition> {
    let phones = PHONES.iter().enumerate().map(|(phone, &(user, home))| {
        let touch = Touch::TakeUp { user, home: Some(home) };
        Transition::Phone { phone: number(phone), touch }
    });
    let said = SAID.into_iter().map(|(phone, text)| {
        let conversation = ConversationId::Pair(ANA, BEN);
        let touch = Touch::Say { conversation, text: text.into() };
        Transition::Phone { phone: number(phone), touch }
    });
    phones.chain(said).collect()
}
