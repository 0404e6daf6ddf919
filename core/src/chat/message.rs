//! Messages: what is said, and what a conversation's log keeps of it.

use super::{ConversationId, Error, MAX_ID, MAX_TEXT};
use crate::base::Wall;
use crate::base::hash::sha1;
use crate::port::{Entry, Log, UserId};
use alloc::format;
use alloc::string::String;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What a device wants said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Where.
    pub conversation: ConversationId,
    /// A name that the device gives once: sent again under it, a message is there once. 1 to [`MAX_ID`] bytes.
    pub id: String,
    /// 1 to [`MAX_TEXT`] characters.
    pub text: String,
    /// The last number of the conversation that the device knew when it first sent this; none if it knew nothing:
    /// then only the last [`crate::port::WINDOW`] messages are looked through for it.
    pub after: Option<u64>,
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its place in the conversation: 1, 2, 3 and so on.
    pub number: u64,
    /// Who said it.
    pub author: UserId,
    /// The name that the author's device gave it.
    pub id: String,
    /// When, by the wall clock of the node that took it. Numbers tell the order, times need not.
    pub time: Wall,
    /// What; none if the reader is not to see the author's words.
    pub text: Option<String>,
}

impl Draft {
    /// Whether it can be sent, as far as can be told from itself.
    ///
    /// # Errors
    /// [`Error::Text`], [`Error::Id`].
    pub fn check(&self) -> Result<(), Error> {
        // Four bytes a character at most: a longer text need not be counted.
        let is_short = self.text.len() <= 4 * MAX_TEXT;
        let got = if is_short { self.text.chars().count() } else { self.text.len() };
        if !(1..=MAX_TEXT).contains(&got) {
            return Err(Error::Text { got: got as u64 });
        }
        if !(1..=MAX_ID).contains(&self.id.len()) {
            return Err(Error::Id { got: self.id.len() as u64 });
        }
        Ok(())
    }

    /// The name of its entry in the log: authors cannot meet each other's.
    pub(super) fn name(&self, author: UserId) -> u128 {
        let hash = sha1(&[&author.0.to_be_bytes(), self.id.as_bytes()]);
        let mut name = [0; 16];
        name.copy_from_slice(&hash[..16]);
        u128::from_be_bytes(name)
    }

    /// What the log keeps.
    pub(super) fn body(&self, author: UserId, time: Wall) -> Bytes {
        let said = (author, &self.id, time, &self.text);
        postcard::to_allocvec(&said).map(Bytes::from).unwrap_or_default() // plain data always encodes
    }
}

impl Message {
    /// The message of an entry. One of another version has its place, and no words: without it devices would see
    /// a gap.
    pub(super) fn read(entry: &Entry) -> Self {
        let number = entry.number;
        match postcard::from_bytes(&entry.body) {
            Ok((author, id, time, text)) => Self { number, author, id, time, text: Some(text) },
            Err(_) => {
                let (author, id, time) = (UserId(0), String::new(), Wall::default());
                Self { number, author, id, time, text: None }
            }
        }
    }

    /// The same, for readers who are not to see its author's words.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { text: None, ..self }
    }
}

/// The log of a conversation.
///
/// # Errors
/// None: all names of conversations are short enough.
pub fn log(conversation: ConversationId) -> Result<Log, Error> {
    Ok(Log::new("chat", &format!("log/{conversation}"))?)
}
