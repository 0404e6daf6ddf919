//! Questions to the feed, as people ask them in a simulated world.

use super::{Draft, Error, Feed, Page, Post, PostId};
use crate::port::{People, Ports, UserId};
use alloc::sync::Arc;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Publish a post.
    Publish {
        /// Whose.
        author: UserId,
        /// What.
        draft: Draft,
    },
    /// Delete a post.
    Delete {
        /// Who asks.
        author: UserId,
        /// Which.
        post: PostId,
    },
    /// Read a page.
    Read {
        /// Whose feed.
        reader: UserId,
        /// Before which post; none for the latest.
        before: Option<PostId>,
        /// Posts, 1 to [`super::MAX_PAGE`].
        limit: u16,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// A post.
    Published(Result<Arc<Post>, Error>),
    /// Of a deletion.
    Deleted(Result<PostId, Error>),
    /// A page of somebody's feed.
    Read(UserId, Result<Page, Error>),
}

impl Answered {
    /// Whether it was refused, or cannot be said.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        match self {
            Self::Published(came) => came.is_err(),
            Self::Deleted(came) => came.is_err(),
            Self::Read(_, came) => came.is_err(),
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish { author, draft } => {
                let text = draft.text.chars().take(40);
                write!(f, "publish for {author}: ")?;
                text.into_iter().try_for_each(|c| write!(f, "{c}"))
            }
            Self::Delete { author, post } => write!(f, "delete the post {post} of {author}"),
            Self::Read { reader, before: None, .. } => write!(f, "read the feed of {reader}"),
            Self::Read { reader, before: Some(before), .. } => {
                write!(f, "read the feed of {reader} before {before}")
            }
        }
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(Ok(post)) => write!(f, "post {}", post.id),
            Self::Deleted(Ok(post)) => write!(f, "post {post} is gone"),
            Self::Read(reader, Ok(page)) => write!(f, "{} posts for {reader}", page.posts.len()),
            Self::Published(Err(error)) | Self::Deleted(Err(error)) | Self::Read(_, Err(error)) => {
                write!(f, "refused: {error}")
            }
        }
    }
}

impl<P: Ports, O: People> Feed<P, O> {
    /// Answers a question.
    pub async fn serve(&self, ask: Ask) -> Answered {
        match ask {
            Ask::Publish { author, draft } => {
                Answered::Published(self.publish(author, draft).await)
            }
            Ask::Delete { author, post } => {
                Answered::Deleted(self.delete(author, post).await.map(|()| post))
            }
            Ask::Read { reader, before, limit } => {
                Answered::Read(reader, self.page(reader, before, limit).await)
            }
        }
    }
}
