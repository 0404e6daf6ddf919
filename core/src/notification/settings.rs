//! What users do not want to be told, or not that way.

use super::Error;
use super::template::is_name;
use crate::kv::Key;
use crate::port::{self, Channel, Row, UserId, partition};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// The most templates that a user refuses.
pub const MAX_REFUSED: usize = 100;

/// What a user has opted out of. Nobody has at first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Channels that are not to be used.
    pub channels: BTreeSet<Channel>,
    /// Kinds of notices, by their templates, that are not to be sent.
    pub templates: BTreeSet<String>,
}

impl Settings {
    /// Where those of a user are.
    ///
    /// # Errors
    /// None: a user's number is short.
    pub fn key(user: UserId) -> Result<Key, port::Error> {
        Ok(Key::new(partition("notification", &format!("user/{user}")), "settings")?)
    }

    /// Those of a row; siblings are united.
    #[must_use]
    pub fn read(row: &Row) -> Self {
        let values = row.values.iter().filter_map(|value| postcard::from_bytes(value).ok());
        values.reduce(Self::merge).unwrap_or_default()
    }

    /// Whether a notice of this kind is not to be sent over this channel.
    #[must_use]
    pub fn refuses(&self, channel: Channel, template: &str) -> bool {
        self.channels.contains(&channel) || self.templates.contains(template)
    }

    /// Whether they may be kept.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub fn check(&self) -> Result<(), Error> {
        let are_names = self.templates.iter().all(|name| is_name(name));
        match self.templates.len() <= MAX_REFUSED && are_names {
            true => Ok(()),
            false => Err(Error::Settings),
        }
    }

    /// Both: who said no at one place of two is not to be disturbed.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.channels.extend(other.channels);
        self.templates.extend(other.templates);
        self.templates = self.templates.into_iter().take(MAX_REFUSED).collect();
        self
    }
}
