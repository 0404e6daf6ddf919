//! What is stored of accounts, for looking at: whoever draws a cluster reads what its nodes hold.

use super::pair::Standing;
use super::service::Account;
use super::session::Stored;
use super::user::User;
use super::{devices, friends};
use crate::kv::Versions;
use crate::kv::register::State;
use crate::port::UserId;
use alloc::string::String;

/// What a row says of the user whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Who it is.
    Profile,
    /// Where it is reached.
    Device,
    /// How it stands to somebody.
    Standing,
}

/// What a row of a user's partition says, by its sort key.
#[must_use]
pub fn kind_of(sort: &[u8]) -> Option<Kind> {
    match sort {
        [] => Some(Kind::Profile),
        sort if sort.starts_with(devices::PREFIX.as_bytes()) => Some(Kind::Device),
        sort if sort.starts_with(friends::PREFIX) => Some(Kind::Standing),
        _ => None,
    }
}

/// The account that the register of a name holds: who signed up, and the password's hash.
#[must_use]
pub fn claimed(state: &State) -> Option<(User, String)> {
    let Account { user, password } = postcard::from_bytes(state.value.as_ref()?).ok()?;
    Some((user, password))
}

/// How `me` stands to the other by the register of the two.
#[must_use]
pub fn decided(state: &State, me: UserId, other: UserId) -> Option<Standing> {
    let pair = friends::read_pair(state.value.as_ref()).ok()?;
    Some(pair.standing(me, other, state.version))
}

/// How a user stands to another by what is written down for it.
#[must_use]
pub fn written_down(row: &Versions) -> Option<Standing> {
    row.values().filter_map(|value| postcard::from_bytes(value).ok()).max()
}

/// Whether a session is open by its row.
#[must_use]
pub fn is_open(row: &Versions) -> bool {
    let stored = row.values().filter_map(|value| postcard::from_bytes::<Stored>(value).ok()).max();
    matches!(stored, Some(Stored::Open(_)))
}
