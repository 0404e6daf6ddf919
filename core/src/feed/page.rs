//! Reading: where the posts of a feed are, and the latest of them together.

use super::inbox::Kept;
use super::keys::{self, read, written};
use super::post::Post;
use super::reader::Reader;
use super::service::{Feed, MAX_PAGE, PARALLEL};
use super::{Error, PostId, merge};
use crate::base::all_within;
use crate::port::{People, Ports, Select, UserId};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Rounds of a page whose posts were deleted.
const ROUNDS: u32 = 8;

/// A page of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Posts, the latest first.
    pub posts: Vec<Arc<Post>>,
    /// Before which post the next page begins; none after the last one.
    pub next: Option<PostId>,
}

/// Where the posts of a feed are found.
struct Sources {
    /// Friends whose posts are in the inbox from the floor on.
    covered: BTreeSet<UserId>,
    /// All others, and the reader.
    pulled: Vec<UserId>,
    floor: PostId,
}

impl<P: Ports, O: People> Feed<P, O> {
    /// A page of a reader's feed: up to `limit` posts, 1 to [`MAX_PAGE`], of friends and the reader's own, the latest
    /// first, before a post or from the latest on. What friendship, blocks and deletions are now is what counts. A
    /// page may be short and not the last.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn page(
        &self,
        reader: UserId,
        before: Option<PostId>,
        limit: u16,
    ) -> Result<Page, Error> {
        self.counters.lock().pages += 1;
        let limit = usize::from(limit.clamp(1, MAX_PAGE));
        let mut sources = self.sources(reader, before.is_none()).await?;
        let mut page = Page { posts: Vec::new(), next: before };
        let mut before = before.unwrap_or(PostId(u64::MAX));
        for _ in 0..ROUNDS {
            let wanted = limit - page.posts.len();
            let found = self.candidates(reader, &mut sources, before, wanted).await?;
            let is_last = found.len() < wanted;
            if let Some(&(last, _)) = found.last() {
                before = last;
            }
            let posts = found.iter().map(|&(id, _)| self.look_up(id)).collect();
            for post in all_within(posts, PARALLEL).await {
                page.posts.extend(post?);
            }
            page.next = (!is_last).then_some(before);
            if is_last || page.posts.len() >= limit {
                break;
            }
        }
        Ok(page)
    }

    /// Where a reader's posts are; if it `begins` to read, its inbox is brought up to date on the way.
    async fn sources(&self, reader: UserId, begins: bool) -> Result<Sources, Error> {
        let friends: BTreeMap<UserId, u64> =
            self.people.friendships(reader).await?.into_iter().collect();
        let Kept { mut claim, context, mut pulled, away } = self.kept(reader).await?;
        let now = self.ports.now().wall;
        let mut is_changed = claim.meet(&friends, now, self.spans());
        if begins {
            for (author, _) in &away {
                is_changed |= claim.uncover(*author, now);
            }
            let ripe = claim.ripe(now, self.spans());
            let ripe: Vec<UserId> =
                ripe.into_iter().filter(|friend| !pulled.contains(friend)).collect();
            is_changed |= self.cover(reader, &mut claim, ripe, &mut pulled).await?;
            let is_cut = is_changed && self.cut(reader, &mut claim).await?;
            if is_changed {
                let key = keys::reader(reader)?;
                self.ports.put(&key, written(&claim), Some(&context)).await?;
            }
            self.come_back(reader, &away).await?;
            if is_cut {
                self.trim(reader, claim.floor).await?;
            }
        }
        let covered: BTreeSet<UserId> =
            claim.covered().filter(|friend| !pulled.contains(friend)).collect();
        let pulled = friends.into_keys().filter(|friend| !covered.contains(friend));
        let pulled = pulled.chain([reader]).collect();
        Ok(Sources { covered, pulled, floor: claim.floor })
    }

    /// The latest posts before one, at most `wanted`; fewer only if there are no more.
    async fn candidates(
        &self,
        reader: UserId,
        sources: &mut Sources,
        before: PostId,
        wanted: usize,
    ) -> Result<Vec<(PostId, UserId)>, Error> {
        let limit = u16::try_from(wanted).unwrap_or(MAX_PAGE);
        let mut inbox = Vec::new();
        while !sources.covered.is_empty() {
            let (found, rows) = self.inbox(reader, sources, before, wanted).await?;
            inbox = found;
            // The latest rows are never cut off. Of others another request may have deleted some meanwhile,
            // after it had raised the floor.
            if before == PostId(u64::MAX) && rows < usize::from(self.options.inbox) {
                break;
            }
            let row = self.ports.get_strict(&keys::reader(reader)?).await?;
            let floor = Reader::of(&row).map_or(sources.floor, |claim| claim.floor);
            if floor <= sources.floor {
                break;
            }
            sources.floor = floor;
        }
        let has_more_below = inbox.len() < wanted && sources.floor > PostId(0);
        let mut lists = self.pull(&sources.pulled, PostId(0), before, limit).await?;
        if has_more_below {
            let covered: Vec<UserId> = sources.covered.iter().copied().collect();
            lists.extend(self.pull(&covered, PostId(0), before.min(sources.floor), limit).await?);
        }
        lists.push(inbox);
        Ok(merge(lists, wanted))
    }

    /// The latest posts of an inbox before one, and how many rows were looked at.
    async fn inbox(
        &self,
        reader: UserId,
        sources: &Sources,
        before: PostId,
        wanted: usize,
    ) -> Result<(Vec<(PostId, UserId)>, usize), Error> {
        let (mut found, mut rows) = (Vec::new(), 0);
        let limit = u16::try_from(wanted).unwrap_or(MAX_PAGE);
        let mut select = keys::pushed_between(sources.floor, before, limit);
        if sources.floor >= before {
            return Ok((found, rows));
        }
        loop {
            self.counters.lock().inboxes += 1;
            let page = self.ports.range(&keys::inbox(reader), &select).await?;
            rows += page.rows.len();
            found.extend(page.rows.iter().filter_map(|(sort, row)| {
                let author: UserId = read(row)?;
                let id = keys::pushed_id(sort)?;
                sources.covered.contains(&author).then_some((id, author))
            }));
            select.after = page.next;
            if select.after.is_none() || found.len() >= wanted {
                break;
            }
        }
        found.truncate(wanted);
        Ok((found, rows))
    }

    /// Of each author the latest posts from `floor` on and before one, at most `limit`.
    pub(super) async fn pull(
        &self,
        authors: &[UserId],
        floor: PostId,
        before: PostId,
        limit: u16,
    ) -> Result<Vec<Vec<(PostId, UserId)>>, Error> {
        let each = authors.iter().map(|&author| self.pull_one(author, floor, before, limit));
        all_within(each.collect(), PARALLEL).await.into_iter().collect()
    }

    async fn pull_one(
        &self,
        author: UserId,
        floor: PostId,
        before: PostId,
        limit: u16,
    ) -> Result<Vec<(PostId, UserId)>, Error> {
        let mut found = Vec::new();
        let (from, until) = (Some(keys::entry_sort(floor)), Some(keys::entry_sort(before)));
        let mut select = Select { from, until, after: None, limit, reverse: true };
        if floor >= before {
            return Ok(found);
        }
        loop {
            self.counters.lock().pulled += 1;
            let page = self.ports.range(&keys::by(author), &select).await?;
            let ids = page.rows.iter().filter_map(|(sort, _)| keys::entry_id(sort));
            found.extend(ids.map(|id| (id, author)));
            select.after = page.next;
            if select.after.is_none() || found.len() >= usize::from(limit) {
                break;
            }
        }
        found.truncate(usize::from(limit));
        Ok(found)
    }
}
