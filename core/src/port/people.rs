//! What services need of each other: who people are, and that they be told.
//!
//! A service never uses another one. What it needs of accounts and of notifications it takes as one of
//! these traits, which [`crate::services`] fills in; a test fills it in with a list of names.

use super::Error;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::num::ParseIntError;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// Friends that a user may have.
pub const MAX_FRIENDS: usize = 5_000;

/// A user, by a number that is given once: a Snowflake, so that later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(pub u64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

/// What others see of a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Profile {
    /// The name that the user signed up with: unique, never changed.
    pub name: String,
    /// What the user wants to be called.
    pub display_name: String,
}

/// A way by which people are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Channel {
    /// Apple's push service, to a device token.
    ApplePush,
    /// Firebase Cloud Messaging, to a device token.
    AndroidPush,
    /// Web Push (RFC 8030), to a subscription's address.
    WebPush,
    /// A text message, to a telephone number.
    Sms,
    /// A mail, to an address.
    Email,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::ApplePush, Self::AndroidPush, Self::WebPush, Self::Sms, Self::Email];

    /// Its name, in words joined by `-`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApplePush => "apple-push",
            Self::AndroidPush => "android-push",
            Self::WebPush => "web-push",
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a user is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contact {
    /// By which way.
    pub channel: Channel,
    /// At what: a device token, a number, an address.
    pub address: String,
}

/// Who people are to each other.
#[allow(async_fn_in_trait)] // no bound is wanted: see the module above
pub trait People {
    /// What others see of a user; none if there is no such user.
    ///
    /// # Errors
    /// [`Error`] of the store.
    async fn profile(&self, user: UserId) -> Result<Option<Profile>, Error>;

    /// All friends of a user, in order, at most [`MAX_FRIENDS`]. Friendship is mutual.
    ///
    /// # Errors
    /// [`Error`] of the store.
    async fn friends(&self, user: UserId) -> Result<Vec<UserId>, Error>;

    /// The same with the number of each friendship: two that are friends again after they had parted have
    /// another one.
    ///
    /// # Errors
    /// [`Error`] of the store.
    async fn friendships(&self, user: UserId) -> Result<Vec<(UserId, u64)>, Error>;

    /// Whether two are friends.
    ///
    /// # Errors
    /// [`Error`] of the store.
    async fn are_friends(&self, one: UserId, other: UserId) -> Result<bool, Error>;

    /// Those who have blocked a user or whom the user has blocked: neither is to see the other's words.
    ///
    /// # Errors
    /// [`Error`] of the store.
    async fn hidden_from(&self, user: UserId) -> Result<BTreeSet<UserId>, Error>;

    /// Whether one of two has blocked the other.
    ///
    /// # Errors
    /// [`Error`] of the store.
    async fn are_hidden(&self, one: UserId, other: UserId) -> Result<bool, Error>;

    /// Where a user is reached.
    ///
    /// # Errors
    /// [`Error`] of the store.
    async fn contacts(&self, user: UserId) -> Result<Vec<Contact>, Error>;

    /// A push service says that a device's token is dead: it is no contact any more. Mail addresses and telephone
    /// numbers stay, since the user said them.
    ///
    /// # Errors
    /// [`Error`] of the store.
    async fn forget_device(&self, user: UserId, contact: &Contact) -> Result<(), Error>;
}

/// Something that a user is to be told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened, by a name that is given once: a second notice of the same name is dropped.
    pub event: String,
    /// Who is told.
    pub to: UserId,
    /// The template of its words.
    pub template: String,
    /// What the template leaves open.
    pub fields: BTreeMap<String, String>,
}

/// Telling people.
#[allow(async_fn_in_trait)] // no bound is wanted: see the module above
pub trait Notify {
    /// Takes a notice over. Once this returns it will be delivered or set aside as a dead letter, though
    /// nodes are killed; if it does not, the same notice may be given again.
    ///
    /// # Errors
    /// [`Error`] of the store; the notice may have been taken over.
    async fn notify(&self, notice: &Notice) -> Result<(), Error>;
}

impl<T: People> People for Arc<T> {
    async fn profile(&self, user: UserId) -> Result<Option<Profile>, Error> {
        (**self).profile(user).await
    }

    async fn friends(&self, user: UserId) -> Result<Vec<UserId>, Error> {
        (**self).friends(user).await
    }

    async fn friendships(&self, user: UserId) -> Result<Vec<(UserId, u64)>, Error> {
        (**self).friendships(user).await
    }

    async fn are_friends(&self, one: UserId, other: UserId) -> Result<bool, Error> {
        (**self).are_friends(one, other).await
    }

    async fn hidden_from(&self, user: UserId) -> Result<BTreeSet<UserId>, Error> {
        (**self).hidden_from(user).await
    }

    async fn are_hidden(&self, one: UserId, other: UserId) -> Result<bool, Error> {
        (**self).are_hidden(one, other).await
    }

    async fn contacts(&self, user: UserId) -> Result<Vec<Contact>, Error> {
        (**self).contacts(user).await
    }

    async fn forget_device(&self, user: UserId, contact: &Contact) -> Result<(), Error> {
        (**self).forget_device(user, contact).await
    }
}
