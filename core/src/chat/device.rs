//! The side of the device: what it has, what it still has to send, and how both survive broken connections.
//!
//! A device keeps the last number that it has of each conversation and says it when it connects; what it says itself
//! stays in its outbox until it is acknowledged, or comes back as a message. So it may lose its connection at any
//! moment and connect to any other node: nothing is missed, and nothing is there twice.

use super::{ConversationId, Draft, Event, Hello, MAX_KNOWN, Message};
use crate::port::UserId;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// Messages of a conversation that a device keeps; earlier ones are read again from the history.
pub const MAX_KEPT: usize = 10_000;

/// A conversation, as a device has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Messages in order, without gaps.
    pub messages: VecDeque<Message>,
    /// The last number; zero before the first message.
    pub last: u64,
    /// How far members have read, as far as the device was told.
    pub read: BTreeMap<UserId, u64>,
}

/// A device of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    user: UserId,
    tag: u64,
    said: u64,
    conversations: BTreeMap<ConversationId, Kept>,
    /// Those that its greeting had no room for: they may go on anywhere.
    unnamed: BTreeSet<ConversationId>,
    outbox: VecDeque<Draft>,
    online: BTreeSet<UserId>,
}

/// What a device was given does not follow on what it has: it should connect again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "message {got} of the conversation does not follow on {last}: connect again, and say {last}"
)]
pub struct Gap {
    /// The number of the message.
    pub got: u64,
    /// The last number that the device has.
    pub last: u64,
}

impl Device {
    /// A new device. `tag` is a random number that no two devices of a user share.
    #[must_use]
    pub const fn new(user: UserId, tag: u64) -> Self {
        Self {
            user,
            tag,
            said: 0,
            conversations: BTreeMap::new(),
            unnamed: BTreeSet::new(),
            outbox: VecDeque::new(),
            online: BTreeSet::new(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// What it says when it connects. `backlog`: see [`Hello::backlog`]. Of more than [`MAX_KNOWN`] conversations it
    /// names those in which something waits to be sent, and then those that spoke last; of the others it is given the
    /// last messages, as of new ones, and forgets what it had if they do not follow on that.
    pub fn hello(&mut self, backlog: u16) -> Hello {
        let waiting: BTreeSet<_> = self.outbox.iter().map(|draft| draft.conversation).collect();
        let known = self.conversations.iter().filter(|(_, kept)| kept.last > 0);
        let mut known: Vec<_> = known.map(|(&id, kept)| (id, kept)).collect();
        if known.len() > MAX_KNOWN {
            let spoke = |kept: &Kept| kept.messages.back().map(|message| message.time);
            known.sort_by_key(|(id, kept)| Reverse((waiting.contains(id), spoke(kept))));
        }
        let mut known = known.into_iter().map(|(id, kept)| (id, kept.last));
        let named = known.by_ref().take(MAX_KNOWN).collect();
        self.unnamed = known.map(|(id, _)| id).collect();
        Hello { known: named, backlog, ..Hello::new(self.user) }
    }

    /// It is connected; these of its user's friends are on-line.
    pub fn connected(&mut self, online: impl IntoIterator<Item = UserId>) {
        self.online = online.into_iter().collect();
    }

    /// Its user says something: it waits in the outbox, to be sent in turn.
    pub fn say(&mut self, conversation: ConversationId, text: &str) -> Draft {
        self.said += 1;
        let id = format!("{:016x}-{}", self.tag, self.said);
        let draft = Draft {
            conversation,
            id,
            text: String::from(text),
            after: Some(self.last(conversation)),
        };
        self.outbox.push_back(draft.clone());
        draft
    }

    /// What is to be sent, the first first: again after each broken connection, until it is acknowledged.
    pub fn outbox(&self) -> impl ExactSizeIterator<Item = &Draft> {
        self.outbox.iter()
    }

    /// A message is taken, or refused for good: it need not be sent again.
    pub fn settle(&mut self, id: &str) {
        self.outbox.retain(|draft| draft.id != id);
    }

    /// A message was refused since too much was said after what the device knew
    /// ([`LogError::Behind`](crate::port::LogError::Behind)). It stays in the outbox, and is to be sent again once the
    /// device was given more.
    pub fn catch_up(&mut self, id: &str) {
        for draft in self.outbox.iter_mut().filter(|draft| draft.id == id) {
            let kept = self.conversations.get(&draft.conversation);
            draft.after = kept.map(|kept| kept.last).filter(|&last| last > 0);
        }
    }

    /// Takes in what it is told; how many messages are new to it.
    ///
    /// # Errors
    /// [`Gap`]; what came before it is taken in.
    pub fn handle(&mut self, event: Event) -> Result<u64, Gap> {
        match event {
            Event::Messages { conversation, messages } => {
                let mut new = 0;
                for message in messages {
                    new += u64::from(self.take(conversation, message)?);
                }
                return Ok(new);
            }
            Event::Read { conversation, user, number } => {
                let kept = self.conversations.entry(conversation).or_default();
                let read = kept.read.entry(user).or_default();
                *read = number.max(*read);
            }
            Event::Presence { user, is_online: true } => {
                self.online.insert(user);
            }
            Event::Presence { user, is_online: false } => {
                self.online.remove(&user);
            }
            Event::Typing { .. } | Event::Group { .. } => {}
        }
        Ok(0)
    }

    fn take(&mut self, conversation: ConversationId, message: Message) -> Result<bool, Gap> {
        if message.author == self.user {
            self.settle(&message.id);
        }
        let kept = self.conversations.entry(conversation).or_default();
        let (got, last) = (message.number, kept.last);
        if got <= last {
            return Ok(false);
        }
        let follows = got == last + 1;
        // The first that it gets of a conversation need not be the first that was said there.
        if !self.unnamed.remove(&conversation) && last > 0 && !follows {
            return Err(Gap { got, last });
        }
        if follows {
            // What waits is not among what was said until here.
            let waiting = |draft: &&mut Draft| draft.conversation == conversation;
            for draft in self.outbox.iter_mut().filter(waiting) {
                draft.after = draft.after.map(|after| if after == last { got } else { after });
            }
        } else {
            kept.messages.clear();
        }
        if kept.messages.len() >= MAX_KEPT {
            kept.messages.pop_front();
        }
        kept.last = got;
        kept.messages.push_back(message);
        Ok(true)
    }

    /// The last number that it has of a conversation; zero if it has none.
    #[must_use]
    pub fn last(&self, conversation: ConversationId) -> u64 {
        self.conversations.get(&conversation).map_or(0, |kept| kept.last)
    }

    /// Its conversations.
    pub fn conversations(&self) -> impl Iterator<Item = (ConversationId, &Kept)> {
        self.conversations.iter().map(|(&id, kept)| (id, kept))
    }

    /// Friends who are on-line, as far as it knows.
    #[must_use]
    pub const fn online(&self) -> &BTreeSet<UserId> {
        &self.online
    }
}
