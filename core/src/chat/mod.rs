//! Chapter 12: a chat system.
//!
//! ```
//! use ennead::chat::{ConversationId, Device, Event, Message};
//! use ennead::port::UserId;
//! use ennead::base::Wall;
//!
//! // Two users have one conversation, whoever begins it.
//! let (ada, bob) = (UserId(7), UserId(12));
//! let talk = ConversationId::between(bob, ada)?;
//! assert_eq!((talk.to_string(), talk.other(ada)), ("p7-12".into(), Some(bob)));
//!
//! // What a device says waits in its outbox until the conversation has it; sent twice, it is there once.
//! let mut device = Device::new(ada, 0xada);
//! let draft = device.say(talk, "Good morning");
//! let (id, text) = (draft.id, Some(draft.text));
//! let message = Message { number: 1, author: ada, id, time: Wall::from_millis(0), text };
//! let event = Event::Messages { conversation: talk, messages: vec![message] };
//! assert_eq!(device.handle(event.clone()), Ok(1));
//! assert_eq!(device.handle(event), Ok(0));
//! assert_eq!((device.outbox().len(), device.last(talk)), (0, 1));
//! # Ok::<(), ennead::chat::Error>(())
//! ```
//!
//! # The flow
//! ```text
//! device -> its chat server: who is it, is it a member, is anybody blocked, does it say too much?
//!        -> the conversation's log: the next number, or the one that it has already   (crate::port::Log)
//!        -> published: the servers of members that are on-line give it to their devices
//!        -> the message sync queue                                                    (sync.rs)
//!        -> acknowledged, with its number
//! worker -> the inbox of each member is raised to the number                          (inbox.rs)
//!        -> a second queue, whose worker has members told who have no device on-line  (tell.rs)
//! ```
//! The log is id generator and store in one: it gives numbers that are unique and in order within a conversation,
//! which is all that a reader can see. What is published is only faster: a server that misses it finds
//! the raised inbox at its next look, within five seconds, and a device that was away finds it when it connects.
//!
//! # Many devices
//! Each device keeps the last number that it has of each conversation, and says it when it connects
//! ([`Device`], [`Hello`]). Its server gives it what follows, in order and without gaps ([`Event::Messages`]),
//! whether that was said a moment or a month ago. Of very many conversations these are the [`MAX_KNOWN`] that spoke
//! last; the others are read when somebody looks at them. A group needs nothing more: its members share one log, and each has an
//! inbox that says how far it is, and how far the user has read.
//!
//! # Presence
//! A device is on-line while its server hears of it: it says something every [`HEARTBEAT`], and after three
//! missed ones it is off-line. The server in turn tells all others every [`BEAT`] who is there, and is lost after
//! [`MISSED`] beats. Friends are told of who comes and goes; others, such as the members of a large group, ask
//! ([`Chat::presence`]). Logging out, disconnecting and blocking are told at once: whoever has blocked another is not
//! shown what that one says, nor told that they type or read.
//!
//! The best server for a device is, of those that are heard of and are not about to stop, the one with the fewest
//! connections ([`Chat::recommended`]).
//!
//! # Why nothing is lost or doubled
//! A message is acknowledged once a majority has it in its log *and* it is in a queue that a killed worker leaves to
//! the next; if it is in the log alone, whoever sent it is told that it may have happened ([`Error::Unsure`]). Whoever
//! was not answered sends it again under the same id and is given the same number. A device takes
//! a message only if it follows on the one before, so that neither reordering nor a second copy shows.
//!
//! # What stands where
//! | key | what |
//! | --- | --- |
//! | register `chat/log/CONVERSATION` | the last message, and the names of some before it |
//! | table `chat/log/CONVERSATION/SEGMENT`, sort key of the number | the messages before it |
//! | register `chat/group/NUMBER` | a group: its name, owner, members |
//! | table `chat/inbox/USER`, sort key `last/CONVERSATION` | the last message that the user is to get |
//! | the same, sort key `read/CONVERSATION` | the last message that the user has read |
//! | table `chat/active/USER` | when a device of the user was last on-line, and where |
//! | table `chat/sync/SHARD` | messages to be brought to inboxes; its worker's lease is the register |
//! | table `chat/tell/SHARD` | messages whose members are to be told, if they are off-line; the same |
//!
//! History lies in the key-value store, and for good: it grows without end, nearly all of it is never read again, and
//! what is read are short ranges at a place that the reader knows; no joins, no transactions over conversations. Users
//! and friends are few and are related to each other: they could as well lie in a relational database.
//!
//! # Limits
//! - The design load: 50 million daily users. At 40 messages a day each that is 23,000 a second: 2 G messages a day,
//!   of 100 bytes 200 GB. A conversation is one log: some tens of messages a second, which people do not reach.
//! - Groups of [`MAX_GROUP`], each a friend of whoever put that member in; texts of [`MAX_TEXT`] characters (up to 400 kB in a row); [`RATE`] messages, or changes of groups, a user and
//!   node; [`MAX_SESSIONS`] devices a node.
//! - What is published goes to every node, so with very many nodes it would be sent to those that have members
//!   on-line only; a beat names every user of its server (8 bytes each, every two seconds).
//! - A message costs, for a pair, a look-up of who is blocked, one read and one change of a register, three rows and
//!   two inbox marks. A notice may come although a device has just come on-line, never the other way.
//! - A list of conversations looks over 16,000 rows, pairs before groups. A worker keeps 10,000 messages for their second
//!   look: at more than 500 a second and queue it comes earlier. What fails of a message is tried again after 1 s to 16 s.
//! - A message that is sent again is found for sure among the last [`crate::port::WINDOW`], and among those that were
//!   said since the device knew the conversation, up to 1,000 and 4 MiB. Whoever is further behind is refused
//!   ([`crate::port::LogError::Behind`]) and catches up first ([`Device::catch_up`]). Only a device that knew nothing of a
//!   long talk, sent, was not answered, and came back so much later, may double what it said.
//! - Telling friends who comes and goes takes, for each news, a look at all devices of a node.
//! - Whoever leaves a group keeps what the devices have; whoever joins may read from the beginning.
//! - No end-to-end encryption: servers read what is said.
//!
//! # Sources
//! RFC 6455 for WebSocket; Facebook's Messenger and its Iris log of inboxes (2014) and "The Underlying
//! Technology of Messages" (2010) for per-user sync queues over a key-value store; Discord, "How Discord
//! stores billions of messages" (2017), for a partition a conversation and a range of time.

mod ask;
mod conversation;
mod device;
mod devices;
mod error;
mod inbox;
mod message;
mod presence;
mod servers;
mod service;
mod session;
mod sync;
mod tell;
#[cfg(test)]
mod tests;

pub use ask::{Answered, Ask};
pub use conversation::{Change, ConversationId, Group};
pub use device::{Device, Gap, Kept, MAX_KEPT};
pub use devices::Connected;
pub use error::{Closed, Error};
pub use inbox::{Conversation, Mark, inbox_key};
pub use message::{Draft, Message, log};
pub use presence::{BEAT, Load, MISSED};
pub use servers::Presence;
pub use service::{Chat, Counters, Part, Sent};
pub use session::{
    Event, HEARTBEAT, Hello, Login, MAX_NEWS, MAX_SESSIONS, MAX_SESSIONS_OF_USER, OFFLINE_AFTER,
    SessionId,
};
pub use tell::SECOND_LOOK;

use crate::base::{Rate, Span};
use crate::port::{self, Topic};

/// What is published under: one topic a service.
pub const TOPIC: Topic = Topic(12);
/// The longest text, in characters.
pub const MAX_TEXT: usize = 100_000;
/// The longest id that a device gives a message, in bytes.
pub const MAX_ID: usize = 64;
/// The longest name of a group, in characters.
pub const MAX_NAME: usize = 100;
/// The most members of a group.
pub const MAX_GROUP: usize = 100;
/// The most messages in one answer.
pub const MAX_PAGE: u16 = 100;
/// The most conversations of which a device says how far it is.
pub const MAX_KNOWN: usize = 1_000;
/// The most messages that a device is given at first of a conversation that it does not know.
pub const MAX_BACKLOG: u16 = 1_000;
/// The most users whose presence is asked for at once.
pub const MAX_ASKED: usize = 100;
/// How often a user may say something, say how far one has read, type, open or change a group, or ask who is there, at each
/// node. To name others
/// by their names, which are looked up, counts once more.
pub const RATE: Rate = Rate::new(20, Span::from_secs(1), 100);
/// Message sync queues.
pub const SHARDS: u64 = 4;
/// Texts up to so many bytes travel with the news of them; longer ones are read from the log.
const MAX_CARRIED: usize = 16 << 10;

// Four bytes a character, an id and some numbers.
const _: () = assert!(4 * MAX_TEXT + MAX_ID + 64 <= port::MAX_BODY);
