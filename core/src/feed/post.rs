//! Posts: what is said, by whom, under which number.

use super::Error;
use crate::base::Wall;
use crate::port::UserId;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::ParseIntError;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// The longest text, in characters.
pub const MAX_TEXT: usize = 10_000;
/// Images and videos of one post.
pub const MAX_MEDIA: usize = 10;
/// The longest address of one, in bytes.
pub const MAX_URL: usize = 2_048;
/// The longest key that an author gives a post, in bytes.
pub const MAX_KEY: usize = 64;

/// A post, by a Snowflake: later ones are greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostId(pub u64);

impl fmt::Display for PostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PostId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

/// What is shown beside a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video.
    Video,
}

/// An image or a video, by its address. What lies there is not looked at here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Which of the two.
    pub kind: MediaKind,
    /// Where it is.
    pub url: String,
}

/// A post that is to be published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What is said.
    pub text: String,
    /// What is shown.
    pub media: Vec<Media>,
    /// A name of the author's choice: what is published under one name twice is one post.
    pub key: Option<String>,
}

impl Draft {
    /// A text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: String::from(text), ..Self::default() }
    }

    /// The same, under a name.
    #[must_use]
    pub fn keyed(mut self, key: &str) -> Self {
        self.key = Some(String::from(key));
        self
    }

    /// Whether it can be published.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Text`], [`Error::Media`], [`Error::Url`], [`Error::Key`].
    pub fn check(&self) -> Result<(), Error> {
        let is_visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_url = |url: &str| {
            let is_web = url.starts_with("https://") || url.starts_with("http://");
            url.len() <= MAX_URL && is_web && is_visible(url)
        };
        let length = self.text.chars().count();
        match &self.key {
            _ if self.text.trim().is_empty() && self.media.is_empty() => Err(Error::Empty),
            _ if length > MAX_TEXT => Err(Error::Text { got: length }),
            _ if self.media.len() > MAX_MEDIA => Err(Error::Media { got: self.media.len() }),
            _ if !self.media.iter().all(|media| is_url(&media.url)) => Err(Error::Url),
            Some(key) if !(1..=MAX_KEY).contains(&key.len()) || !is_visible(key) => {
                Err(Error::Key { got: key.len() })
            }
            _ => Ok(()),
        }
    }
}

/// A post as it is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Post {
    /// Its number.
    pub id: PostId,
    /// Who says it.
    pub author: UserId,
    /// When, by the clock of the node that took it.
    pub created: Wall,
    /// What is said.
    pub text: String,
    /// What is shown.
    pub media: Vec<Media>,
}

/// What is stored under a post's number. Of siblings the greatest holds: what was deleted stays deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Stored {
    /// The post.
    Post(Post),
    /// There was one.
    Deleted,
}
