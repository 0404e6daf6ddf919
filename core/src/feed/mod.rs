//! Chapter 11: a news feed.
//!
//! ```
//! use ennead::feed::{Draft, merge};
//!
//! assert!(Draft::new("A fine day").check().is_ok());
//! assert!(Draft::new(" ").check().is_err());
//! // A page is the latest of several lists: of the inbox, and of authors whose posts are pulled.
//! let (inbox, own, famous) = (vec![90, 70, 20], vec![80], vec![95, 10]);
//! assert_eq!(merge(vec![inbox, own, famous], 4), [95, 90, 80, 70]);
//! ```
//!
//! # The flow
//! ```text
//! publish -> limit -> number -> post's row -> task in a queue -> author's list -> acknowledged, announced
//! worker  -> task -> friends in order -> a row in each inbox, the place noted after every 64
//!                 -> then a notice to each ("posted") -> done
//!                 -> more friends than the threshold: nothing but, once, "pull this author"
//! live    -> announced and by a friend? its post; every five seconds the first page, for what was not announced
//! read    -> friends now -> inbox + own list + lists of those who are pulled -> merge -> posts, from memory
//! ```
//!
//! # Why nothing is missed and nothing twice
//! A page goes down by the numbers of posts, each once, and a cursor is the number where the last page
//! ended: what comes in above changes nothing below. What the inbox holds is known by a claim (of which friends, from
//! which number on); everything outside of it is pulled from the authors' lists. The claim grows only in an order in
//! which nothing can slip between: first the reader is known to read and to be a friend, then what the friend has
//! listed is taken over. A fan-out goes the other way round: it lists its post, then looks who is a friend
//! and reads. So each post is met by one of the two, or by both, which is the same row.
//!
//! A task is in its queue before the post is acknowledged, and a worker that takes over goes on from the noted
//! place: a fan-out may be late and is never forgotten. Nothing is pushed to readers who were long away, and whoever
//! leaves one out leaves a mark that the author is pulled: so a wrong clock costs ranges and hides nothing. Whether a
//! post is shown is decided when a page is read, by what friendship, blocks and deletions are then.
//!
//! # What stands where
//! | key | what |
//! | --- | --- |
//! | table `feed/post/ID` | the post, or that it was deleted, which wins among siblings |
//! | table `feed/by/AUTHOR`, sort key ID | the author's list |
//! | table `feed/inbox/READER`, sort key `in/ID` | a post that was pushed, and its author |
//! | the same, `pull/AUTHOR` | an author whose posts are pulled: for good, or until the reader comes back |
//! | the same, `reader` | the claim; of siblings what all of them claim |
//! | table `feed/author/AUTHOR` | that the author's posts are pulled, from the first time on |
//! | table `feed/fan-out/0` to `3` | the queues of tasks |
//! | register `feed/named/AUTHOR/KEY` | the number of the post that an author named so |
//!
//! # Limits
//! - The design load: 10 million daily users with up to 5,000 friends. With two posts a day and 200 friends each,
//!   push alone would write 46,000 rows a second; a post of somebody with 5,000 friends 5,000 rows at once, with
//!   the threshold of 500 none. See [`Costs`].
//! - A post takes three writes (and a register if it is named) before it is acknowledged; it is in its friends'
//!   inboxes some tens of milliseconds later, and after up to five seconds if its announcement was lost. A killed
//!   worker is replaced after ten. A post that was taken by a node whose clock is a minute late may be pushed some
//!   seconds later ([`crate::port::Queue`]).
//! - What fails is tried again after a second, then less and less often, at least twice a minute; a worker has some
//!   thousand posts in hand. Sixteen are told of at once: of many posts readers are told late, and shown them before.
//! - A page takes a range of friends, one of the claim, one of the inbox, one of each author that is pulled, and the
//!   posts that the node does not remember. A new friend is pulled until the next page after a minute
//!   ([`Options::settled`]).
//! - Texts up to [`MAX_TEXT`] characters, [`MAX_MEDIA`] images and videos by address. Inboxes are cut back to 800 posts when
//!   they are read; what lies below is pulled from all friends, at most 16 requests at once.
//! - [`QUEUES`] workers in a cluster. Who has once been famous stays pulled.
//! - A post that was deleted may be shown for [`TRUST`] by a node that did not hear of it.
//!
//! # Sources
//! Silberstein, Terrace, Cooper and Ramakrishnan, "Feeding Frenzy: Selectively Materializing Users' Event Feeds" (SIGMOD
//! 2010), for push and pull by rate; Bronson et al., "TAO: Facebook's Distributed Data Store for the Social Graph"
//! (USENIX ATC 2013).

mod ask;
mod cost;
mod error;
mod fan_out;
mod inbox;
mod keys;
mod live;
mod merge;
mod page;
mod post;
mod reader;
mod service;
#[cfg(test)]
mod tests;

pub use ask::{Answered, Ask};
pub use cost::{Costs, Way};
pub use error::Error;
pub use fan_out::QUEUES;
pub use keys::{post as post_key, pulled as pulled_key, pushed as pushed_key};
pub use live::{Live, Place};
pub use merge::merge;
pub use page::Page;
pub use post::{Draft, MAX_KEY, MAX_MEDIA, MAX_TEXT, MAX_URL, Media, MediaKind, Post, PostId};
pub use service::{Announced, Counters, Feed, MAX_PAGE, Options, TOPIC, TRUST, UNLIMITED};
