//! Why the chat refuses.

use super::{
    MAX_ASKED, MAX_GROUP, MAX_ID, MAX_KNOWN, MAX_NAME, MAX_SESSIONS, MAX_SESSIONS_OF_USER, MAX_TEXT,
};
use crate::base::Span;
use crate::ids;
use crate::kv;
use crate::port::{self, LogError, UserId};
use alloc::string::String;

/// Why a request to the chat is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing to say, or too much.
    #[error("a text of {got} characters, expected 1 to {MAX_TEXT}: send it in parts")]
    Text {
        /// How many there are.
        got: u64,
    },
    /// A message's id that cannot be one.
    #[error("a message's id of {got} bytes, expected 1 to {MAX_ID}: a UUID is fine")]
    Id {
        /// How many there are.
        got: u64,
    },
    /// A conversation's name that is none.
    #[error(
        "the conversation {got:?}: expected p and two users' numbers as p7-12, the smaller first, or g and \
         a group's number as g99"
    )]
    Conversation {
        /// What was said, at most its first 64 characters.
        got: String,
    },
    /// A name that a group cannot have.
    #[error("a group's name of {got} characters, expected 1 to {MAX_NAME}")]
    Name {
        /// How many there are.
        got: u64,
    },
    /// Too many people for a group.
    #[error("a group of {got}, expected 2 to {MAX_GROUP} members")]
    Group {
        /// How many it would have.
        got: u64,
    },
    /// There is no such user.
    #[error("there is no user {got}")]
    NoUser {
        /// The user asked for.
        got: UserId,
    },
    /// Talking to oneself.
    #[error("both sides of the conversation are {got}: name another user")]
    Alone {
        /// The user.
        got: UserId,
    },
    /// Not among those who talk there, or nobody does.
    #[error("the user {user} is no member of the conversation {conversation}")]
    NotMember {
        /// Who asked.
        user: UserId,
        /// For what, as text.
        conversation: String,
    },
    /// What only the owner of a group may do.
    #[error("only the owner {owner} may remove others from the group")]
    NotOwner {
        /// Who it is.
        owner: UserId,
    },
    /// One of two has blocked the other.
    #[error("the user {got} cannot be written to")]
    Blocked {
        /// Who.
        got: UserId,
    },
    /// Whom one may not put into a group.
    #[error("the user {got} is no friend of yours: only friends are put into a group")]
    NotFriends {
        /// Who.
        got: UserId,
    },
    /// Too much is said, read or typed, or groups are changed too often.
    #[error("too much at once: try again in {after}")]
    TooOften {
        /// When it may be tried again.
        after: Span,
    },
    /// A device says of too many conversations how far it is.
    #[error("{got} conversations, expected at most {MAX_KNOWN}: name only those that spoke last")]
    Known {
        /// How many they are.
        got: u64,
    },
    /// Too many users are asked about.
    #[error("{got} users, expected at most {MAX_ASKED}: ask in parts")]
    Asked {
        /// How many they are.
        got: u64,
    },
    /// Too many connections.
    #[error("this node has {MAX_SESSIONS} devices connected: connect to another")]
    Full,
    /// Too many connections of one user.
    #[error("{MAX_SESSIONS_OF_USER} devices of this user are connected here: disconnect one")]
    Devices,
    /// There is no such connection any more.
    #[error("the device is not connected: connect again")]
    NotConnected,
    /// Others changed the group at the same time, again and again.
    #[error("others are changing the group; nothing was changed. Try again")]
    Contended,
    /// The log of the conversation.
    #[error(transparent)]
    Log(LogError),
    /// No number for a group.
    #[error(transparent)]
    Ids(#[from] ids::Error),
    /// The first step is done, and the store refused the next.
    #[error(
        "it may have happened: it was begun, and then {reason}. Ask again, a message under the same id: nothing is \
         done twice"
    )]
    Unsure {
        /// Why it was not ended.
        reason: port::Error,
    },
    /// The store refused.
    #[error(transparent)]
    Port(#[from] port::Error),
}

impl From<kv::Error> for Error {
    fn from(error: kv::Error) -> Self {
        Self::Port(error.into())
    }
}

impl From<LogError> for Error {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Port(error) => Self::Port(error),
            error => Self::Log(error),
        }
    }
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// Nothing was heard of the device for too long.
    #[error("nothing was heard of the device for too long")]
    Silent,
    /// The device took what it was sent too slowly.
    #[error(
        "the device takes what it is sent too slowly: connect again and go on from what it has"
    )]
    Slow,
    /// The login that it connected with has ended.
    #[error("logged out")]
    LoggedOut,
    /// The node is about to stop.
    #[error("the node is about to stop: connect to another after a random while")]
    Draining,
    /// It is not known, or was ended by its own side.
    #[error("not connected")]
    Gone,
}
