//! What the inbox of a reader covers, so that nothing is missed beside it.
//!
//! An inbox is a cache: rows with the numbers of posts that were pushed to a reader. What it holds is known by a
//! claim: of these friends, all posts from this number on are here, or soon will be. Whatever lies outside
//! of the claim is pulled from its author. So a new friend, a reader who was long away, and what was trimmed
//! are all the same case, and a feed is never empty for want of a cache. Nothing is pushed to a reader who was long
//! away; whoever leaves it out leaves a mark that its author is pulled, since clocks may be wrong. A reader who
//! comes back finds the mark, and takes the author for a new friend.

use super::PostId;
use crate::base::{Span, Wall};
use crate::port::{Row, UserId};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A friend, as a reader knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Known {
    /// The number of the friendship.
    pub(super) friendship: u64,
    /// When the reader first read as a friend.
    pub(super) since: Wall,
    /// Whether the inbox has all of its posts from the floor on.
    pub(super) is_covered: bool,
}

/// A claim about an inbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Reader {
    /// The first post that the inbox claims to have.
    pub(super) floor: PostId,
    /// When the reader read last, to the hour.
    pub(super) last_read: Wall,
    /// The friends that it knows.
    pub(super) friends: BTreeMap<UserId, Known>,
}

/// When a reader counts as new, as away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spans {
    /// From when on an author's fan-out surely reaches a new friend.
    pub(super) settled: Span,
    /// After which time without reading nothing is pushed any more.
    pub(super) inactive: Span,
}

impl Reader {
    /// What a row claims. Of siblings what all of them claim holds: rows below the highest floor may be gone.
    pub(super) fn of(row: &Row) -> Option<Self> {
        let claims = row.values.iter().filter_map(|value| postcard::from_bytes::<Self>(value).ok());
        claims.reduce(|mut one, other| {
            one.floor = one.floor.max(other.floor);
            one.last_read = one.last_read.max(other.last_read);
            one.friends.retain(|friend, known| {
                let also = other.friends.get(friend);
                let also = also.filter(|also| also.friendship == known.friendship);
                known.is_covered &= also.is_some_and(|also| also.is_covered);
                also.is_some()
            });
            one
        })
    }

    /// Takes notice of who the friends are now, and that the reader reads now; whether anything is to be written.
    pub(super) fn meet(
        &mut self,
        friends: &BTreeMap<UserId, u64>,
        now: Wall,
        spans: Spans,
    ) -> bool {
        let away = now.as_millis().saturating_sub(self.last_read.as_millis());
        let is_late = away >= spans.inactive.as_millis() / 720 || now < self.last_read;
        if is_late {
            self.last_read = now;
        }
        let before = self.friends.clone();
        self.friends.retain(|friend, known| friends.get(friend) == Some(&known.friendship));
        for (&friend, &friendship) in friends {
            let new = Known { friendship, since: now, is_covered: false };
            self.friends.entry(friend).or_insert(new);
        }
        is_late || self.friends != before
    }

    /// Posts of this friend may not be in the inbox; whether anything is to be written.
    pub(super) fn uncover(&mut self, friend: UserId, now: Wall) -> bool {
        let known = self.friends.get_mut(&friend).filter(|known| known.is_covered);
        let was_covered = known.is_some();
        if let Some(known) = known {
            (known.since, known.is_covered) = (now, false);
        }
        was_covered
    }

    /// The friends whose posts are in the inbox.
    pub(super) fn covered(&self) -> impl Iterator<Item = UserId> + '_ {
        self.friends.iter().filter(|(_, known)| known.is_covered).map(|(&friend, _)| friend)
    }

    /// The friends that could be covered now and are not.
    pub(super) fn ripe(&self, now: Wall, spans: Spans) -> Vec<UserId> {
        let is_ripe = |known: &Known| {
            let age = now.as_millis().saturating_sub(known.since.as_millis());
            !known.is_covered && age >= spans.settled.as_millis()
        };
        self.friends.iter().filter(|(_, known)| is_ripe(known)).map(|(&friend, _)| friend).collect()
    }

    /// The posts of these friends from the floor on are in the inbox now.
    pub(super) fn cover(&mut self, friends: &[UserId], floor: PostId) {
        self.floor = self.floor.max(floor);
        for friend in friends {
            if let Some(known) = self.friends.get_mut(friend) {
                known.is_covered = true;
            }
        }
    }

    /// Whether posts are pushed to the reader, as a writer's clock has it.
    pub(super) fn is_active(&self, now: Wall, spans: Spans) -> bool {
        let away = now.as_millis().saturating_sub(self.last_read.as_millis());
        away < spans.inactive.as_millis()
    }
}
