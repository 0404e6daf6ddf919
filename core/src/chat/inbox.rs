//! What a user has to read: for each conversation how far it is, and how far the user has read.
//!
//! A row each, in the partition of the user, that holds a number which only rises: of siblings the greatest
//! counts, and who finds a smaller one than its own raises it. So it does not matter who writes it, how often, or in
//! which order.

use super::conversation::everyone;
use super::{ConversationId, Error};
use crate::base::Wall;
use crate::kv::Key;
use crate::port::{self, Register, Row, Select, Table, UserId, partition};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Pages of a user's rows that are read: 16,000 conversations, with those that the user has left of late.
const MAX_PAGES: u32 = 16;

/// A number of a conversation that only rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// The number of a message; zero before the first.
    pub number: u64,
    /// When it was said, or read.
    pub time: Wall,
}

impl Mark {
    /// The mark that a value of a row holds.
    #[must_use]
    pub fn read(value: &Bytes) -> Option<Self> {
        postcard::from_bytes(value).ok()
    }
}

/// A conversation, as one of its members sees it in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// Its last message, as far as the inbox knows.
    pub last: Mark,
    /// What the user has read last.
    pub read: Mark,
}

impl Conversation {
    /// How many messages the user has not read.
    #[must_use]
    pub const fn unread(&self) -> u64 {
        self.last.number.saturating_sub(self.read.number)
    }
}

/// What a mark is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The last message.
    Last,
    /// The last that was read.
    Read,
}

impl Of {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Last => "last/",
            Self::Read => "read/",
        }
    }
}

fn inbox(user: UserId) -> Bytes {
    partition("chat", &format!("inbox/{user}"))
}

/// Where it stands how far a conversation is for a user: a row of [`Mark`]s, of which the greatest counts.
///
/// # Errors
/// None: all names of conversations are short enough.
pub fn inbox_key(user: UserId, conversation: ConversationId) -> Result<Key, port::Error> {
    key(user, Of::Last, conversation)
}

fn key(user: UserId, of: Of, conversation: ConversationId) -> Result<Key, port::Error> {
    Ok(Key::new(inbox(user), format!("{}{conversation}", of.prefix()).into_bytes())?)
}

fn read(row: &Row) -> Mark {
    row.values.iter().filter_map(Mark::read).max().unwrap_or_default()
}

/// How far a mark is.
pub(super) async fn look<P: Table>(
    ports: &P,
    user: UserId,
    of: Of,
    conversation: ConversationId,
) -> Result<Mark, port::Error> {
    Ok(read(&ports.get(&key(user, of, conversation)?).await?))
}

/// Raises a mark, unless it is that far; where there is none, zero is written too.
pub(super) async fn raise<P: Table>(
    ports: &P,
    user: UserId,
    of: Of,
    conversation: ConversationId,
    mark: Mark,
) -> Result<(), port::Error> {
    let key = key(user, of, conversation)?;
    let row = ports.get(&key).await?;
    let held = read(&row);
    if held.number >= mark.number && row.values.len() == 1 {
        return Ok(());
    }
    write(ports, &key, &row, held.max(mark)).await
}

async fn write<P: Table>(ports: &P, key: &Key, seen: &Row, mark: Mark) -> Result<(), port::Error> {
    let value = postcard::to_allocvec(&mark).map(Bytes::from).ok();
    ports.put(key, value, Some(&seen.context)).await.map(drop)
}

/// The user has come into a conversation. It is written though it be there: whoever is about to take it out has not
/// seen this then.
pub(super) async fn enter<P: Table>(
    ports: &P,
    user: UserId,
    conversation: ConversationId,
    mark: Mark,
) -> Result<(), port::Error> {
    let key = key(user, Of::Last, conversation)?;
    let row = ports.get(&key).await?;
    write(ports, &key, &row, read(&row).max(mark)).await
}

/// Takes a conversation out of the inbox, unless the user is a member of it.
pub(super) async fn forget<P: Table + Register>(
    ports: &P,
    user: UserId,
    conversation: ConversationId,
) -> Result<(), port::Error> {
    let key = key(user, Of::Last, conversation)?;
    // Read before the members are: of a user who comes after that, what is written then stays.
    let row = ports.get(&key).await?;
    if row.values.is_empty() || everyone(ports, conversation).await?.contains(&user) {
        return Ok(());
    }
    ports.put(&key, None, Some(&row.context)).await.map(drop)
}

/// All marks of a kind, pairs before groups: into these others put the user, and may fill pages with them.
pub(super) async fn marks<P: Table>(
    ports: &P,
    user: UserId,
    of: Of,
) -> Result<BTreeMap<ConversationId, Mark>, port::Error> {
    let mut select = Select { reverse: true, ..Select::prefix(of.prefix()) };
    let mut marks = BTreeMap::new();
    for _ in 0..MAX_PAGES {
        let page = ports.range(&inbox(user), &select).await?;
        for (sort, row) in page.rows {
            let name =
                sort.get(of.prefix().len()..).and_then(|name| core::str::from_utf8(name).ok());
            if let Some(id) = name.and_then(|name| name.parse().ok()) {
                marks.insert(id, read(&row));
            }
        }
        select.after = page.next;
        if select.after.is_none() {
            break;
        }
    }
    Ok(marks)
}

/// The conversations of a user, the one that spoke last first.
pub(super) async fn list<P: Table>(ports: &P, user: UserId) -> Result<Vec<Conversation>, Error> {
    let last = marks(ports, user, Of::Last).await?;
    let read = marks(ports, user, Of::Read).await?;
    let row =
        |(id, last)| Conversation { id, last, read: read.get(&id).copied().unwrap_or_default() };
    let mut list: Vec<Conversation> = last.into_iter().map(row).collect();
    list.sort_by_key(|row| (core::cmp::Reverse(row.last.time), row.id));
    Ok(list)
}
