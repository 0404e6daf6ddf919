//! What the page *Feed* says.

use super::{Term, Word};
use crate::page::feed::view::{Reach, Sums};
use ennead::feed::Post;
use ennead::port::UserId;
use std::collections::BTreeMap;

/// The words.
pub(crate) struct Feed {
    pub(crate) title: Word,
    pub(crate) author: Word,
    pub(crate) text: Word,
    pub(crate) publish: Word,
    pub(crate) reader: Word,
    pub(crate) read: Word,
    pub(crate) stage: Word,
    pub(crate) pushed_way: Word,
    pub(crate) pulled_way: Word,
    pub(crate) waiting_way: Word,
    pub(crate) friendship: Word,
    pub(crate) not_read: Word,
    pub(crate) empty: Word,
    pub(crate) own: Word,
    pub(crate) by_push: Word,
    pub(crate) by_pull: Word,
    pub(crate) number: Word,
    pub(crate) said_at: Word,
    pub(crate) way: Term,
    pub(crate) pushed_to: Word,
    pub(crate) belongs_to: Word,
    pub(crate) held_by: Word,
    pub(crate) costs: Word,
    pub(crate) costs_of: Word,
    /// Push, pull, hybrid: short enough for a chart.
    pub(crate) ways: [Word; 3],
    pub(crate) mean: Word,
    pub(crate) rows_written: Word,
    pub(crate) ranges_read: Word,
    pub(crate) counted: Word,
    pub(crate) fanned_out: Term,
    pub(crate) resumed: Word,
    pub(crate) pushed: Word,
    pub(crate) skipped: Term,
    pub(crate) inboxes: Word,
    pub(crate) pulled: Word,
    pub(crate) looked_up: Word,
    pub(crate) remembered: Word,
    pub(crate) try_this: Word,
    pub(crate) sentence: fn(&Sums) -> String,
    pub(crate) feed_of: fn(&str) -> String,
    pub(crate) post_of: fn(&str) -> String,
    pub(crate) of_friends: fn(u64, u64) -> String,
    pub(crate) graph: fn(Option<&Post>, &BTreeMap<UserId, Reach>) -> String,
}
