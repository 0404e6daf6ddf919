//! Questions to the chat, as people ask them in a simulated world.

use super::conversation::{Change, Group};
use super::inbox::Conversation;
use super::message::{Draft, Message};
use super::presence::Load;
use super::servers::Presence;
use super::service::{Chat, Part, Sent};
use super::{ConversationId, Error};
use crate::port::{Notify, People, Ports, UserId};
use crate::ring::NodeId;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Say something.
    Send {
        /// Who.
        by: UserId,
        /// What, and where.
        draft: Draft,
    },
    /// Read messages.
    History {
        /// Who.
        by: UserId,
        /// Where.
        conversation: ConversationId,
        /// Which.
        part: Part,
        /// How many at most.
        limit: u16,
    },
    /// List conversations.
    List {
        /// Whose.
        by: UserId,
    },
    /// Say how far one has read.
    Read {
        /// Who.
        by: UserId,
        /// Where.
        conversation: ConversationId,
        /// The last message that was read.
        number: u64,
    },
    /// Open a group.
    Open {
        /// Its owner.
        by: UserId,
        /// Its name.
        name: String,
        /// Its other members.
        others: Vec<UserId>,
    },
    /// Change a group.
    Change {
        /// Who.
        by: UserId,
        /// Which.
        group: u64,
        /// How.
        change: Change,
    },
    /// Ask who is on-line.
    Presence {
        /// Who asks.
        by: UserId,
        /// About whom.
        users: Vec<UserId>,
    },
    /// Ask for the best server.
    Server,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Of saying something.
    Sent(Result<Sent, Error>),
    /// Of reading.
    History(Result<Vec<Message>, Error>),
    /// Of listing conversations.
    List(Result<Vec<Conversation>, Error>),
    /// Of saying how far one has read.
    Read(Result<(), Error>),
    /// Of opening a group.
    Opened(Result<(ConversationId, Group), Error>),
    /// Of changing a group: which.
    Changed(ConversationId, Result<Group, Error>),
    /// Of asking who is on-line.
    Presence(Result<Vec<Presence>, Error>),
    /// The best server.
    Server(NodeId, Load),
}

impl Answered {
    /// Whether it was refused, or cannot be said.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        match self {
            Self::Sent(came) => came.is_err(),
            Self::History(came) => came.is_err(),
            Self::List(came) => came.is_err(),
            Self::Read(came) => came.is_err(),
            Self::Opened(came) => came.is_err(),
            Self::Changed(_, came) => came.is_err(),
            Self::Presence(came) => came.is_err(),
            Self::Server(..) => false,
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { by, draft: Draft { conversation, text, .. } } => {
                let excerpt: String = text.chars().take(40).collect();
                write!(f, "{by} says {excerpt:?} in {conversation}")
            }
            Self::History { by, conversation, .. } => write!(f, "{by} reads {conversation}"),
            Self::List { by } => write!(f, "list the conversations of {by}"),
            Self::Read { by, conversation, number } => {
                write!(f, "{by} has read {conversation} up to {number}")
            }
            Self::Open { by, name, others } => {
                write!(f, "{by} opens the group {name:?} with {} others", others.len())
            }
            Self::Change { by, group, change: Change::Add(user) } => {
                write!(f, "{by} adds {user} to g{group}")
            }
            Self::Change { by, group, change: Change::Remove(user) } => {
                write!(f, "{by} removes {user} from g{group}")
            }
            Self::Change { by, group, change: Change::Rename(name) } => {
                write!(f, "{by} calls g{group} {name:?}")
            }
            Self::Presence { by, users } => write!(f, "{by} asks how {} users are", users.len()),
            Self::Server => f.write_str("which chat server is the best"),
        }
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent(Ok(Sent { number, is_new: true })) => write!(f, "message {number}"),
            Self::Sent(Ok(Sent { number, .. })) => write!(f, "message {number}, as before"),
            Self::History(Ok(messages)) => write!(f, "{} messages", messages.len()),
            Self::List(Ok(list)) => write!(f, "{} conversations", list.len()),
            Self::Read(Ok(())) => f.write_str("read"),
            Self::Opened(Ok((conversation, _))) => conversation.fmt(f),
            Self::Changed(_, Ok(group)) => write!(f, "{} members", group.members.len()),
            Self::Presence(Ok(found)) => {
                let online = found.iter().filter(|presence| presence.is_online).count();
                write!(f, "{online} of {} on-line", found.len())
            }
            Self::Server(node, load) => {
                write!(f, "node {}, with {} connections", node.0, load.connections)
            }
            Self::Sent(Err(error))
            | Self::History(Err(error))
            | Self::List(Err(error))
            | Self::Read(Err(error))
            | Self::Opened(Err(error))
            | Self::Changed(_, Err(error))
            | Self::Presence(Err(error)) => write!(f, "refused: {error}"),
        }
    }
}

impl<P: Ports, O: People + Notify> Chat<P, O> {
    /// Answers a question.
    pub async fn serve(&self, ask: Ask) -> Answered {
        match ask {
            Ask::Send { by, draft } => Answered::Sent(self.send(by, &draft).await),
            Ask::History { by, conversation, part, limit } => {
                Answered::History(self.history(by, conversation, part, limit).await)
            }
            Ask::List { by } => Answered::List(self.conversations(by).await),
            Ask::Read { by, conversation, number } => {
                Answered::Read(self.read(by, conversation, number).await)
            }
            Ask::Open { by, name, others } => {
                Answered::Opened(self.open_group(by, &name, &others).await)
            }
            Ask::Change { by, group, change } => {
                let changed = self.change_group(by, group, &change).await;
                Answered::Changed(ConversationId::Group(group), changed)
            }
            Ask::Presence { by, users } => Answered::Presence(self.presence(by, &users).await),
            Ask::Server => {
                let (node, load) = self.recommended();
                Answered::Server(node, load)
            }
        }
    }
}
