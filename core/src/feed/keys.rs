//! Where the feed keeps what.

use super::{Error, PostId};
use crate::kv::Key;
use crate::port::{Row, Select, UserId, partition};
use alloc::format;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Before the numbers of posts in an inbox.
const IN: &[u8] = b"in/";
/// Before those whose posts a reader pulls.
const PULL: &[u8] = b"pull/";
/// What such a mark says: the author's posts are pulled for good, since it is famous.
pub(super) const FAMOUS: &[u8] = b"-";
/// The same: they were not pushed, since the reader was long away.
pub(super) const AWAY: &[u8] = b"away";
/// The claim about an inbox. It lies behind all the others, next to what is pulled, so that one range has both.
const READER: &[u8] = b"reader";

fn numbered(prefix: &[u8], number: u64) -> Bytes {
    [prefix, &number.to_be_bytes()].concat().into()
}

fn number(prefix: &[u8], sort: &Bytes) -> Option<u64> {
    Some(u64::from_be_bytes(sort.strip_prefix(prefix)?.try_into().ok()?))
}

/// A post's own row.
///
/// # Errors
/// None: such keys are short.
pub fn post(id: PostId) -> Result<Key, Error> {
    key(partition("feed", &format!("post/{id}")), Bytes::new())
}

/// The register of a name that an author gave a post.
pub(super) fn named(author: UserId, name: &str) -> Result<Key, Error> {
    key(partition("feed", &format!("named/{author}/{name}")), Bytes::new())
}

/// The posts of an author, in their order.
pub(super) fn by(author: UserId) -> Bytes {
    partition("feed", &format!("by/{author}"))
}

/// An entry among the posts of its author.
pub(super) fn entry(author: UserId, id: PostId) -> Result<Key, Error> {
    key(by(author), entry_sort(id))
}

/// The sort key of that entry.
pub(super) fn entry_sort(id: PostId) -> Bytes {
    id.0.to_be_bytes().to_vec().into()
}

/// The post of such a sort key.
pub(super) fn entry_id(sort: &Bytes) -> Option<PostId> {
    Some(PostId(u64::from_be_bytes(sort.as_ref().try_into().ok()?)))
}

/// What is known of an author: whether its posts are pulled. It lies in a partition of its own.
pub(super) fn author(author: UserId) -> Result<Key, Error> {
    key(partition("feed", &format!("author/{author}")), Bytes::new())
}

/// All that is kept for a reader.
pub(super) fn inbox(reader: UserId) -> Bytes {
    partition("feed", &format!("inbox/{reader}"))
}

/// A post that was pushed to a reader.
///
/// # Errors
/// None: such keys are short.
pub fn pushed(reader: UserId, id: PostId) -> Result<Key, Error> {
    key(inbox(reader), numbered(IN, id.0))
}

/// The posts in an inbox from `floor` on and before `before`, the latest first.
pub(super) fn pushed_between(floor: PostId, before: PostId, limit: u16) -> Select {
    let (from, until) = (Some(numbered(IN, floor.0)), Some(numbered(IN, before.0)));
    Select { from, until, after: None, limit, reverse: true }
}

/// The post of a row of an inbox.
pub(super) fn pushed_id(sort: &Bytes) -> Option<PostId> {
    number(IN, sort).map(PostId)
}

/// That a reader pulls the posts of an author.
///
/// # Errors
/// None: such keys are short.
pub fn pulled(reader: UserId, author: UserId) -> Result<Key, Error> {
    key(inbox(reader), numbered(PULL, author.0))
}

/// The author of such a row.
pub(super) fn pulled_author(sort: &Bytes) -> Option<UserId> {
    number(PULL, sort).map(UserId)
}

/// The claim about an inbox.
pub(super) fn reader(reader: UserId) -> Result<Key, Error> {
    key(inbox(reader), Bytes::from_static(READER))
}

/// Whether a row is the claim.
pub(super) fn is_reader(sort: &Bytes) -> bool {
    sort == READER
}

/// The claim, and those whose posts are pulled.
pub(super) fn about_reader() -> Select {
    Select { from: Some(Bytes::from_static(PULL)), ..Select::default() }
}

fn key(partition: Bytes, sort: Bytes) -> Result<Key, Error> {
    Ok(Key::new(partition, sort).map_err(crate::port::Error::from)?)
}

/// What a row holds; of siblings the greatest.
pub(super) fn read<T: DeserializeOwned + Ord>(row: &Row) -> Option<T> {
    row.values.iter().filter_map(|value| postcard::from_bytes(value).ok()).max()
}

pub(super) fn written<T: Serialize>(value: &T) -> Option<Bytes> {
    // Texts and integers always encode.
    postcard::to_allocvec(value).ok().map(Bytes::from)
}
