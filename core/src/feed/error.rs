//! Why nothing is posted or shown.

use super::{MAX_KEY, MAX_MEDIA, MAX_TEXT, MAX_URL, PostId};
use crate::base::Span;
use crate::{ids, port};

/// Why the feed refuses a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A post that says nothing.
    #[error("the post is empty: expected text, or images or videos")]
    Empty,
    /// A text that is too long.
    #[error("a text of {got} characters, at most {MAX_TEXT} are posted")]
    Text {
        /// Its length in characters.
        got: usize,
    },
    /// Too much beside the text.
    #[error("{got} images and videos, at most {MAX_MEDIA} are posted at once")]
    Media {
        /// How much.
        got: usize,
    },
    /// An address that nobody should be shown.
    #[error(
        "an address of an image or a video is not understood: expected http:// or https:// and at most {MAX_URL} bytes of visible ASCII"
    )]
    Url,
    /// A key by which a post cannot be known.
    #[error("a key of {got} bytes: expected 1 to {MAX_KEY} of visible ASCII")]
    Key {
        /// Its length in bytes.
        got: usize,
    },
    /// Too many posts.
    #[error("too many posts: the next one is taken in {wait}")]
    TooOften {
        /// After how long.
        wait: Span,
    },
    /// No such post, or none that the reader may see.
    #[error("there is no post {got} that you may see")]
    Unknown {
        /// Its number.
        got: PostId,
    },
    /// Somebody else's post.
    #[error("the post {got} is not yours: only its author deletes it")]
    NotYours {
        /// Its number.
        got: PostId,
    },
    /// No number for the post.
    #[error(transparent)]
    Ids(#[from] ids::Error),
    /// The store refused.
    #[error(transparent)]
    Port(#[from] port::Error),
}

impl Error {
    /// The same of a step that is not the first one.
    pub(super) fn begun(self) -> Self {
        match self {
            Self::Port(error) => Self::Port(error.begun()),
            other => other,
        }
    }
}
