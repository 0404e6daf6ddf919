//! The people of the world, whom several pages show.

use crate::page::snapshot::Snapshot;
use ennead::port::UserId;
use ennead::services::Ask;
use ennead::sim::{CAST, CAST_FRIENDS, Input, cast};

/// What a world with people begins with: all of them have accounts and friends.
pub(crate) fn begin(snapshot: &Snapshot) -> Vec<Input> {
    let ask = Ask::Accounts(cast(CAST.len()));
    snapshot.nodes_up().next().map(|at| Input::Ask { at, ask }).into_iter().collect()
}

/// Somebody's name, with a capital.
pub(crate) fn name(user: UserId) -> String {
    let known = CAST.iter().find(|&&(_, id)| id == user);
    let Some(&(name, _)) = known else { return user.to_string() };
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        std::iter::once(first.to_ascii_uppercase()).chain(letters).collect()
    })
}

/// The friends that somebody begins with.
pub(crate) fn friends(user: UserId) -> impl Iterator<Item = UserId> {
    CAST_FRIENDS.into_iter().filter_map(move |(one, other)| match user.0 {
        id if id == one => Some(UserId(other)),
        id if id == other => Some(UserId(one)),
        _ => None,
    })
}
