//! Inboxes: what is claimed of them, taken over into them, and cut off.

use super::keys;
use super::reader::Reader;
use super::service::{Feed, PARALLEL};
use super::{Error, PostId, merge};
use crate::base::all_within;
use crate::kv::Context;
use crate::port::{People, Ports, UserId};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Pages of rows that one reading deletes at most.
const TRIMMED: u32 = 16;

/// What is kept for a reader beside the posts.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) claim: Reader,
    /// What to write over the claim with.
    pub(super) context: Context,
    /// Those whose posts the reader pulls.
    pub(super) pulled: BTreeSet<UserId>,
    /// Of these, those who are pulled only since the reader was taken for away, and what to take that back with.
    pub(super) away: Vec<(UserId, Context)>,
}

impl<P: Ports, O: People> Feed<P, O> {
    /// What is kept for a reader beside the posts.
    pub(super) async fn kept(&self, reader: UserId) -> Result<Kept, Error> {
        let (mut kept, mut select) = (Kept::default(), keys::about_reader());
        loop {
            let page = self.ports.range(&keys::inbox(reader), &select).await?;
            for (sort, row) in page.rows {
                if keys::is_reader(&sort) {
                    kept.claim = Reader::of(&row).unwrap_or_default();
                    kept.context = row.context;
                } else if let Some(author) = keys::pulled_author(&sort) {
                    kept.pulled.insert(author);
                    if row.values.iter().all(|why| why == keys::AWAY) {
                        kept.away.push((author, row.context));
                    }
                }
            }
            select.after = page.next;
            if select.after.is_none() {
                return Ok(kept);
            }
        }
    }

    /// Takes back that the reader is away. What was not pushed meanwhile is in the authors' lists, so the claim must
    /// not cover them any more by now.
    pub(super) async fn come_back(
        &self,
        reader: UserId,
        away: &[(UserId, Context)],
    ) -> Result<(), Error> {
        let back = away.iter().map(|(author, context)| async move {
            self.ports.put(&keys::pulled(reader, *author)?, None, Some(context)).await?;
            Ok(())
        });
        all_within(back.collect(), PARALLEL).await.into_iter().collect()
    }

    /// Brings those of `ripe` into the inbox whose fan-out reaches the reader by now; whether there are any. The order
    /// is what makes it whole: that the reader reads was written before, that it is a friend is known on the other
    /// side, and every fan-out lists its post before it looks for either. So a post that was not pushed to
    /// the reader is listed by now.
    pub(super) async fn cover(
        &self,
        reader: UserId,
        claim: &mut Reader,
        ripe: Vec<UserId>,
        pulled: &mut BTreeSet<UserId>,
    ) -> Result<bool, Error> {
        let known = ripe.iter().map(|&friend| self.people.are_friends(friend, reader)).collect();
        let famous = ripe.iter().map(|&friend| self.is_famous(friend)).collect();
        let known = all_within(known, PARALLEL).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let famous =
            all_within(famous, PARALLEL).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let (mut covered, mut marks) = (Vec::new(), Vec::new());
        for ((friend, known), famous) in ripe.into_iter().zip(known).zip(famous) {
            if famous {
                pulled.insert(friend);
                marks.push(self.mark(reader, friend, keys::FAMOUS, None));
            } else if known {
                covered.push(friend);
            }
        }
        all_within(marks, PARALLEL).await.into_iter().collect::<Result<(), _>>()?;
        if covered.is_empty() {
            return Ok(false);
        }
        let most = self.options.inbox.max(1);
        let lists = self.pull(&covered, claim.floor, PostId(u64::MAX), most).await?;
        // Where a list is cut off the inbox cannot begin earlier, nor where there are too many together.
        let cut = lists.iter().filter(|list| list.len() >= usize::from(most));
        let ends = cut.filter_map(|list| list.last()).map(|&(id, _)| id).max();
        let mut merged = merge(lists, usize::from(most));
        let full = merged.last().filter(|_| merged.len() >= usize::from(most)).map(|&(id, _)| id);
        let floor = ends.max(full).unwrap_or(claim.floor);
        merged.retain(|&(id, _)| id >= floor);
        self.counters.lock().backfilled += merged.len() as u64;
        let rows = merged.into_iter().map(|(id, author)| self.push(reader, author, id)).collect();
        all_within(rows, PARALLEL).await.into_iter().collect::<Result<(), _>>()?;
        claim.cover(&covered, floor);
        Ok(true)
    }

    /// Raises the floor of an inbox that has grown too long; whether it had. Rows may go once that is written.
    pub(super) async fn cut(&self, reader: UserId, claim: &mut Reader) -> Result<bool, Error> {
        let most = usize::from(self.options.inbox.max(1));
        let mut select = keys::pushed_between(claim.floor, PostId(u64::MAX), 0);
        let mut ids = Vec::new();
        while ids.len() <= most {
            let page = self.ports.range(&keys::inbox(reader), &select).await?;
            ids.extend(page.rows.iter().filter_map(|(sort, _)| keys::pushed_id(sort)));
            select.after = page.next;
            if select.after.is_none() {
                break;
            }
        }
        if ids.len() <= most {
            return Ok(false);
        }
        claim.floor = claim.floor.max(ids[most - 1]);
        Ok(true)
    }

    /// Deletes what lies below the floor of an inbox, some thousands of rows at most.
    pub(super) async fn trim(&self, reader: UserId, floor: PostId) -> Result<(), Error> {
        let mut select = keys::pushed_between(PostId(0), floor, 0);
        for _ in 0..TRIMMED {
            let page = self.ports.range(&keys::inbox(reader), &select).await?;
            let below = page.rows.iter().filter_map(|(sort, _)| keys::pushed_id(sort));
            let gone = below.map(|id| self.take_out(reader, id)).collect();
            all_within(gone, PARALLEL).await.into_iter().collect::<Result<(), _>>()?;
            select.after = page.next;
            if select.after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn take_out(&self, reader: UserId, id: PostId) -> Result<(), Error> {
        self.ports.put(&keys::pushed(reader, id)?, None, None).await?;
        Ok(())
    }
}
