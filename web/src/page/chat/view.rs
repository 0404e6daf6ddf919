//! What there is to see of phones and of the message at hand.

use super::action::{Fields, PHONES, phone_of, user_of};
use crate::page::world::people::{friends, friendships};
use ennead::chat::{ConversationId, Counters, Draft, Message};
use ennead::port::UserId;
use ennead::ring::NodeId;
use ennead::sim::{TalkView, World};
use std::collections::BTreeSet;

/// Messages that a phone shows.
const SHOWN: usize = 7;

/// All that the page shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChatView {
    /// The phones, once the world has them.
    pub(crate) phones: Vec<PhoneView>,
    /// Who takes part in the conversation that is looked at.
    pub(crate) members: BTreeSet<UserId>,
    /// Who are friends.
    pub(crate) friendships: Vec<(UserId, UserId)>,
    /// The group, once it is opened and as long as anybody is in it.
    pub(crate) group: Option<GroupView>,
    /// Where the conversation stands.
    pub(crate) talk: TalkView,
    /// The message at hand: the last that anybody said there.
    pub(crate) at_hand: Option<AtHand>,
    /// What the nodes that run have counted since they started, together.
    pub(crate) counters: Counters,
}

/// The group.
#[derive(Clone, Debug)]
pub(crate) struct GroupView {
    pub(crate) id: ConversationId,
    pub(crate) number: u64,
    pub(crate) members: BTreeSet<UserId>,
}

/// A phone, as it is seen.
#[derive(Clone, Debug)]
pub(crate) struct PhoneView {
    /// Whose it is.
    pub(crate) user: UserId,
    /// Where it is connected or connecting.
    pub(crate) node: Option<NodeId>,
    pub(crate) is_connected: bool,
    pub(crate) is_on: bool,
    pub(crate) has_reception: bool,
    /// Whether its user takes part in the conversation that is looked at.
    pub(crate) takes_part: bool,
    /// The last messages of that.
    pub(crate) messages: Vec<Message>,
    /// What waits to be said there.
    pub(crate) outbox: Vec<Draft>,
    /// The last number that it has of it.
    pub(crate) last: u64,
    /// How far any other has read, as this phone was told.
    pub(crate) read: u64,
    /// Friends who are on-line, as it was told.
    pub(crate) online: BTreeSet<UserId>,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct AtHand {
    pub(crate) author: UserId,
    pub(crate) text: String,
    /// The phone on which it was said, if it waits there.
    pub(crate) waits_on: Option<usize>,
    /// Its number, once it is in the log as far as any phone knows.
    pub(crate) message: Option<Message>,
}

/// How far a message has come.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    /// Those for whom it is who have devices.
    pub(crate) with: Vec<String>,
    /// How many of their devices have it.
    pub(crate) given: usize,
    /// Of how many.
    pub(crate) all: usize,
    /// Those for whom it is who have none.
    pub(crate) without: Vec<String>,
}

/// Looks at the world.
pub(crate) fn take(world: &World, fields: &Fields) -> ChatView {
    let group = world.groups().iter().rev().find_map(|(&id, group)| match id {
        ConversationId::Group(number) if !group.members.is_empty() => {
            Some(GroupView { id, number, members: group.members.clone() })
        }
        _ => None,
    });
    let friendships = friendships(world);
    let conversation = fields.conversation(group.as_ref().map(|group| group.id));
    let members: BTreeSet<UserId> = match (fields.other(), &group) {
        (Some(other), _) => [user_of(fields.phone), other].into(),
        (None, Some(group)) => group.members.clone(),
        (None, None) => fields.founders(&friendships),
    };
    let users: Vec<UserId> = members.iter().copied().collect();
    let talk = conversation.map(|conversation| world.talk_view(conversation, &users));
    let talk = talk.unwrap_or_default();
    let mut view = ChatView { talk, members, friendships, group, ..ChatView::default() };
    for (_, phone) in world.phones().filter(|&(number, _)| phone_of(number).is_some()) {
        let user = phone.device.user();
        let kept = phone.device.conversations().find(|&(id, _)| Some(id) == conversation);
        let kept = kept.map(|(_, kept)| kept);
        let messages = kept.map(|kept| &kept.messages);
        let others = view.members.iter().filter(|&&member| member != user);
        let read = others.filter_map(|other| kept?.read.get(other).copied()).max();
        view.phones.push(PhoneView {
            user,
            node: phone.calls(),
            is_connected: phone.is_connected,
            is_on: phone.is_on,
            has_reception: phone.has_reception,
            takes_part: view.members.contains(&user),
            messages: messages
                .map(|all| all.iter().rev().take(SHOWN).rev().cloned().collect())
                .unwrap_or_default(),
            outbox: phone
                .device
                .outbox()
                .filter(|draft| Some(draft.conversation) == conversation)
                .cloned()
                .collect(),
            last: conversation.map_or(0, |conversation| phone.device.last(conversation)),
            read: read.unwrap_or(0),
            online: phone.device.online().clone(),
        });
    }
    view.at_hand = at_hand(&view);
    for id in world.layout().members().iter().map(|member| member.id) {
        if let Some(services) = world.services(id) {
            add(&mut view.counters, &services.chat.counters());
        }
    }
    view
}

fn at_hand(view: &ChatView) -> Option<AtHand> {
    let waiting = view.phones.iter().enumerate().find_map(|(number, phone)| {
        let draft = phone.outbox.first()?;
        let (text, waits_on) = (draft.text.clone(), Some(number));
        Some(AtHand { author: phone.user, text, waits_on, message: None })
    });
    let last = view.phones.iter().filter_map(|phone| phone.messages.last());
    let last = last.max_by_key(|message| message.number).cloned();
    waiting.or_else(|| {
        let message = last?;
        let text = message.text.clone().unwrap_or_default();
        Some(AtHand { author: message.author, text, waits_on: None, message: Some(message) })
    })
}

impl ChatView {
    /// The number of the message at hand, once it has one.
    pub(crate) fn number(&self) -> Option<u64> {
        self.at_hand.as_ref()?.message.as_ref().map(|message| message.number)
    }

    /// Who the message at hand is for.
    pub(crate) fn receivers(&self) -> Vec<UserId> {
        let author = self.at_hand.as_ref().map(|at_hand| at_hand.author);
        self.members.iter().copied().filter(|&member| Some(member) != author).collect()
    }

    /// The phones of a user, with their numbers.
    pub(crate) fn phones_of(&self, user: UserId) -> impl Iterator<Item = (usize, &PhoneView)> {
        self.phones.iter().enumerate().filter(move |(_, phone)| phone.user == user)
    }

    /// Who of these lets somebody into a group, or out of it: oneself out, and a friend in.
    pub(crate) fn whoever_lets(&self, user: UserId, who: &BTreeSet<UserId>) -> Option<UserId> {
        let is_in = who.contains(&user).then_some(user);
        is_in.or_else(|| friends(&self.friendships, user).find(|friend| who.contains(friend)))
    }

    /// Whether all phones are there.
    pub(crate) fn is_begun(&self) -> bool {
        self.phones.len() == PHONES.len()
    }
}

fn add(sum: &mut Counters, more: &Counters) {
    sum.sent += more.sent;
    sum.known += more.known;
    sum.given += more.given;
    sum.remembered += more.remembered;
    sum.synced += more.synced;
    sum.notices += more.notices;
    sum.connected += more.connected;
    sum.cut_off += more.cut_off;
}
