//! The people of simulated worlds, the same on every page.

use crate::accounts::Ask;
use crate::base::{Rate, Span};
use crate::feed;
use crate::port::UserId;
use alloc::string::ToString;
use alloc::vec::Vec;

/// Names and numbers of the people that pages begin with.
pub const CAST: [(&str, UserId); 8] = [
    ("ana", UserId(1)),
    ("ben", UserId(2)),
    ("cho", UserId(3)),
    ("dan", UserId(4)),
    ("eva", UserId(5)),
    ("fay", UserId(6)),
    ("gil", UserId(7)),
    ("mina", UserId(8)),
];

/// Who are friends among them: each with two or three others, and all with Mina, who is famous.
pub const CAST_FRIENDS: [(u64, u64); 15] = [
    (1, 2),
    (2, 3),
    (3, 4),
    (4, 5),
    (5, 6),
    (6, 7),
    (7, 1),
    (1, 4),
    (1, 8),
    (2, 8),
    (3, 8),
    (4, 8),
    (5, 8),
    (6, 8),
    (7, 8),
];

/// What signs the first `count` of them up and makes friends of them. Asked again, it finishes what a fault
/// left undone, and changes nothing else. Their numbers are known from the start, so that questions about them need
/// not wait for its answer.
#[must_use]
pub fn cast(count: usize) -> Ask {
    let people: Vec<_> =
        CAST.iter().take(count).map(|&(name, id)| (name.to_string(), id)).collect();
    let is_there = |id: u64| people.iter().any(|&(_, UserId(there))| there == id);
    let friends = CAST_FRIENDS.iter().filter(|&&(one, other)| is_there(one) && is_there(other));
    let friends = friends.map(|&(one, other)| (UserId(one), UserId(other))).collect();
    Ask::Invite { people, friends }
}

/// What the feed is like in simulated worlds: as small as their people are few, so that Mina is famous.
#[must_use]
pub const fn feed_options() -> feed::Options {
    feed::Options {
        threshold: 5,
        settled: Span::from_secs(4),
        inbox: 50,
        batch: 2,
        inactive: Span::from_secs(30 * 24 * 60 * 60),
        rate: Rate::new(10, Span::from_secs(1), 100),
    }
}
