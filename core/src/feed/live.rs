//! Open feeds: a reader is told of new posts without asking again and again.
//!
//! An announcement brings a post within milliseconds. It may be lost, so every five seconds the first page is read
//! as well, and whatever was not shown is shown then.

use super::service::Feed;
use super::{Error, MAX_PAGE, Post, PostId};
use crate::base::{Cache, Instant, Span};
use crate::port::{People, Ports, UserId};
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Between two looks at the first page.
const LOOK: Span = Span::from_secs(5);
/// Posts that an open feed remembers to have shown, at least.
const SHOWN: usize = 500;
/// Pages that a reader who comes back may have missed.
const MISSED: usize = 5;

/// An open feed.
#[derive(Debug)]
pub struct Live {
    reader: UserId,
    /// The last post that was shown before.
    after: Option<PostId>,
    shown: Cache<PostId, ()>,
    /// The reader and its friends, at the last look.
    authors: BTreeSet<UserId>,
    looked: Option<Instant>,
    heard: u64,
}

impl<P: Ports, O: People> Feed<P, O> {
    /// Opens a feed: what comes after a post, or after now.
    #[must_use]
    pub fn open(&self, reader: UserId, after: Option<PostId>) -> Live {
        Live {
            reader,
            after,
            shown: Cache::new(SHOWN),
            authors: BTreeSet::new(),
            looked: None,
            heard: self.announced(u64::MAX).1,
        }
    }

    /// Posts that an open feed has not shown yet, the earliest first; waits for five seconds at most, and may come to
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Port`]. Nothing is lost: what was missed is in a later answer.
    pub async fn next_posts(&self, live: &mut Live) -> Result<Vec<Arc<Post>>, Error> {
        let due = |now: Instant| live.looked.is_none_or(|looked| now.since(looked) >= LOOK);
        if due(self.now_steady()) {
            return self.look(live).await;
        }
        self.await_news(live.heard, LOOK).await;
        let (news, heard) = self.announced(live.heard);
        let mut posts = Vec::new();
        for news in news {
            if live.authors.contains(&news.author)
                && live.shown.get(&news.post).is_none()
                && let Some(post) = self.look_up(news.post).await?
            {
                posts.push(post);
            }
        }
        live.heard = heard;
        posts.iter().for_each(|post| live.shown.put(post.id, ()));
        Ok(posts)
    }

    /// Reads the first page, and more of them for a reader who was away.
    async fn look(&self, live: &mut Live) -> Result<Vec<Arc<Post>>, Error> {
        let friends = self.people.friends(live.reader).await?;
        let is_first = live.looked.is_none();
        let after = live.after;
        let (mut posts, mut before) = (Vec::new(), None);
        for _ in 0..MISSED {
            let page = self.page(live.reader, before, MAX_PAGE / 2).await?;
            let is_new = |post: &Arc<Post>| after.is_none_or(|after| post.id > after);
            let all_new = page.posts.iter().all(is_new);
            posts.extend(page.posts.into_iter().filter(is_new));
            before = page.next;
            if before.is_none() || after.is_none() || !all_new || !is_first {
                break;
            }
        }
        live.authors = friends.into_iter().chain([live.reader]).collect();
        live.looked = Some(self.now_steady());
        let is_quiet = is_first && after.is_none(); // what is there was there before
        posts.reverse();
        posts.retain(|post| {
            let is_new = live.shown.get(&post.id).is_none();
            live.shown.put(post.id, ());
            is_new && !is_quiet
        });
        if let Some(last) = posts.last() {
            live.after = live.after.max(Some(last.id));
        }
        Ok(posts)
    }
}
