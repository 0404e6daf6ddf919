//! Who talks to whom: pairs, whose name says it, and groups, whose members a register holds.

use super::{Error, MAX_GROUP, MAX_NAME};
use crate::base::Span;
use crate::kv::{Key, Update};
use crate::port::{self, Random, Register, Sleep, UserId, partition};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bytes::Bytes;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// Attempts to change a group before others.
const ATTEMPTS: u64 = 8;

/// The name of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConversationId {
    /// Of two users, the smaller first: whoever of them begins it, it is the same.
    Pair(UserId, UserId),
    /// Of a group, by its Snowflake.
    Group(u64),
}

impl ConversationId {
    /// The conversation of two users.
    ///
    /// # Errors
    /// [`Error::Alone`] if they are one.
    pub fn between(one: UserId, other: UserId) -> Result<Self, Error> {
        match one.cmp(&other) {
            core::cmp::Ordering::Less => Ok(Self::Pair(one, other)),
            core::cmp::Ordering::Greater => Ok(Self::Pair(other, one)),
            core::cmp::Ordering::Equal => Err(Error::Alone { got: one }),
        }
    }

    /// Whom a user talks to here, if it is a conversation of two of whom the user is one.
    #[must_use]
    pub fn other(self, user: UserId) -> Option<UserId> {
        match self {
            Self::Pair(one, other) if one == user => Some(other),
            Self::Pair(one, other) if other == user => Some(one),
            _ => None,
        }
    }
}

impl fmt::Display for ConversationId {
    /// As `p7-12` or `g99`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pair(one, other) => write!(f, "p{one}-{other}"),
            Self::Group(number) => write!(f, "g{number}"),
        }
    }
}

impl FromStr for ConversationId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // One name for each: no signs and no zeros in front.
        let number =
            |digits: &str| digits.parse::<u64>().ok().filter(|number| number.to_string() == digits);
        let pair = |rest: &str| {
            let (one, other) = rest.split_once('-')?;
            let (one, other) = (number(one)?, number(other)?);
            (one < other).then_some(Self::Pair(UserId(one), UserId(other)))
        };
        let found = match text.split_at_checked(1) {
            Some(("p", rest)) => pair(rest),
            Some(("g", rest)) => number(rest).map(Self::Group),
            _ => None,
        };
        found.ok_or_else(|| Error::Conversation { got: text.chars().take(64).collect() })
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// Who may remove others: whoever opened it, and when that one leaves the member with the smallest number.
    pub owner: UserId,
    /// Who reads and writes there.
    pub members: BTreeSet<UserId>,
}

/// What is done to a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// One more member; any member may do it who is a friend.
    Add(UserId),
    /// One less: members may leave, and the owner may remove others.
    Remove(UserId),
    /// Another name; any member may do it.
    Rename(String),
}

fn check_name(name: &str) -> Result<(), Error> {
    let got = name.chars().take(MAX_NAME + 1).count();
    if (1..=MAX_NAME).contains(&got) { Ok(()) } else { Err(Error::Name { got: got as u64 }) }
}

impl Group {
    /// A group of its owner and others.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Group`].
    pub fn new(name: &str, owner: UserId, others: &[UserId]) -> Result<Self, Error> {
        check_name(name)?;
        let members: BTreeSet<UserId> = others.iter().copied().chain([owner]).collect();
        if !(2..=MAX_GROUP).contains(&members.len()) {
            return Err(Error::Group { got: members.len() as u64 });
        }
        Ok(Self { name: String::from(name), owner, members })
    }

    /// The group after a change by a member. A change that was made before is made again without harm.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Group`], [`Error::NotOwner`].
    pub fn after(mut self, by: UserId, change: &Change) -> Result<Self, Error> {
        match change {
            Change::Add(user) => {
                self.members.insert(*user);
                if self.members.len() > MAX_GROUP {
                    return Err(Error::Group { got: self.members.len() as u64 });
                }
            }
            Change::Remove(user) if *user == by || by == self.owner => {
                self.members.remove(user);
                if *user == self.owner {
                    self.owner = self.members.first().copied().unwrap_or(self.owner);
                }
            }
            Change::Remove(_) => return Err(Error::NotOwner { owner: self.owner }),
            Change::Rename(name) => {
                check_name(name)?;
                self.name.clone_from(name);
            }
        }
        Ok(self)
    }
}

fn key(group: u64) -> Result<Key, port::Error> {
    Ok(Key::new(partition("chat", &format!("group/{group}")), "")?)
}

fn bytes(group: &Group) -> Option<Bytes> {
    postcard::to_allocvec(group).ok().map(Bytes::from) // plain data always encodes
}

fn read(value: Option<&Bytes>) -> Option<Group> {
    postcard::from_bytes(value?).ok()
}

fn not_member(user: UserId, conversation: ConversationId) -> Error {
    Error::NotMember { user, conversation: conversation.to_string() }
}

/// Stores a new group.
pub(super) async fn create<P: Register>(
    ports: &P,
    number: u64,
    group: &Group,
) -> Result<(), Error> {
    let update = Update::CompareAndSet { expected: None, value: bytes(group) };
    ports.update(&key(number)?, update).await?;
    Ok(())
}

/// A group, as one of its members sees it.
pub(super) async fn look<P: Register>(ports: &P, number: u64, by: UserId) -> Result<Group, Error> {
    let held = ports.update(&key(number)?, Update::Read).await?.value;
    let group = read(held.as_ref()).filter(|group| group.members.contains(&by));
    group.ok_or_else(|| not_member(by, ConversationId::Group(number)))
}

/// Changes a group: what it is then, and whether that is new. Removing oneself a second time is no error.
pub(super) async fn change<P: Register + Random + Sleep>(
    ports: &P,
    number: u64,
    by: UserId,
    change: &Change,
) -> Result<(Group, bool), Error> {
    let key = key(number)?;
    let mut held = ports.update(&key, Update::Read).await?.value;
    for _ in 0..ATTEMPTS {
        let old =
            read(held.as_ref()).ok_or_else(|| not_member(by, ConversationId::Group(number)))?;
        if !old.members.contains(&by) {
            if *change == Change::Remove(by) {
                return Ok((old, false));
            }
            return Err(not_member(by, ConversationId::Group(number)));
        }
        let new = old.clone().after(by, change)?;
        if new == old {
            return Ok((new, false));
        }
        let update = Update::CompareAndSet { expected: held, value: bytes(&new) };
        let updated = ports.update(&key, update).await?;
        if updated.applied {
            return Ok((new, true));
        }
        held = updated.value;
        ports.sleep(Span::from_millis(5 + ports.random() % 50)).await;
    }
    Err(Error::Contended)
}

/// Those who read and write in a conversation, in order: for workers, who are no members.
pub(super) async fn everyone<P: Register>(
    ports: &P,
    conversation: ConversationId,
) -> Result<Vec<UserId>, port::Error> {
    Ok(match conversation {
        ConversationId::Pair(one, other) => [one, other].into(),
        ConversationId::Group(number) => {
            let group = read(ports.update(&key(number)?, Update::Read).await?.value.as_ref());
            group.map(|group| group.members.into_iter().collect()).unwrap_or_default()
        }
    })
}

/// Those who read and write in a conversation, in order, if a user is one of them.
pub(super) async fn members<P: Register>(
    ports: &P,
    conversation: ConversationId,
    user: UserId,
) -> Result<Vec<UserId>, Error> {
    match conversation {
        // The smaller is first in whatever has come from text; links carry what they like.
        ConversationId::Pair(one, other) if one < other && (user == one || user == other) => {
            Ok([one, other].into())
        }
        ConversationId::Pair(..) => Err(not_member(user, conversation)),
        ConversationId::Group(number) => {
            Ok(look(ports, number, user).await?.members.into_iter().collect())
        }
    }
}
