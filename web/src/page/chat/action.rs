//! What can be done with phones.

use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use ennead::chat::ConversationId;
use ennead::port::UserId;
use ennead::ring::NodeId;
use ennead::sim::{Input, Touch};

/// Who is on the page: Ana, Ben, and Cho, who has no phone.
pub(crate) const ANA: UserId = UserId(1);
pub(crate) const BEN: UserId = UserId(2);
pub(crate) const CHO: UserId = UserId(3);
/// The phones: whose each is, and where it connects first.
pub(crate) const PHONES: [(UserId, NodeId); 3] =
    [(ANA, NodeId(0)), (BEN, NodeId(1)), (BEN, NodeId(2))];
/// What is said before a person at the page says anything, and on which phone.
const SAID: [(usize, &str); 3] = [
    (0, "Are you there?"),
    (1, "On the train, on my phone."),
    (2, "And now at my desk. Same talk."),
];

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// On which phone something is said.
    pub(crate) phone: usize,
    /// To Cho, who is never on-line, and not to the other of the two.
    pub(crate) to_cho: bool,
    /// What is said.
    pub(crate) text: String,
}

impl Default for Fields {
    /// Filled in already, so that one click does something.
    fn default() -> Self {
        Self { phone: 0, to_cho: false, text: "See you at the station at six".into() }
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
    /// The two whose conversation is looked at.
    pub(crate) fn pair(&self) -> (UserId, UserId) {
        let user = user_of(self.phone);
        match (self.to_cho, user) {
            (true, user) => (user, CHO),
            (false, BEN) => (BEN, ANA),
            (false, user) => (user, BEN),
        }
    }

    /// Their conversation.
    pub(crate) fn conversation(&self) -> ConversationId {
        let (one, other) = self.pair();
        ConversationId::between(one, other).unwrap_or(ConversationId::Pair(ANA, BEN))
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Choose a phone.
    Phone(usize),
    /// Choose to whom.
    To(bool),
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
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Input> {
    let fields = &mut interface.chat;
    let conversation = fields.conversation();
    let seen = |phone: usize| snapshot.chat.phones.get(phone);
    let (phone, touch) = match verb {
        Verb::Phone(phone) => {
            fields.phone = phone;
            return Vec::new();
        }
        Verb::To(to_cho) => {
            fields.to_cho = to_cho;
            return Vec::new();
        }
        Verb::Text(text) => {
            fields.text = text;
            return Vec::new();
        }
        Verb::Say => {
            let text = fields.text.trim().to_string();
            if text.is_empty() {
                return Vec::new();
            }
            (fields.phone, Touch::Say { conversation, text })
        }
        Verb::Switch(phone) => (phone, Touch::Online(seen(phone).is_some_and(|it| !it.is_on))),
        Verb::Carry(phone) => {
            (phone, Touch::Reception(seen(phone).is_some_and(|it| !it.has_reception)))
        }
        Verb::Read(phone) => (phone, Touch::Read(conversation)),
    };
    vec![Input::Phone { phone: number(phone), touch }]
}

/// What the page's world begins with: three phones, and a few words.
pub(crate) fn begin(_snapshot: &Snapshot) -> Vec<Input> {
    let phones = PHONES.iter().enumerate().map(|(phone, &(user, home))| {
        let touch = Touch::TakeUp { user, home: Some(home) };
        Input::Phone { phone: number(phone), touch }
    });
    let said = SAID.into_iter().map(|(phone, text)| {
        let conversation = ConversationId::Pair(ANA, BEN);
        let touch = Touch::Say { conversation, text: text.into() };
        Input::Phone { phone: number(phone), touch }
    });
    phones.chain(said).collect()
}
