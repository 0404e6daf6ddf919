//! What a user is: a name that nobody else has, and what the user says of itself.

use super::{Error, Password};
use crate::base::Wall;
use crate::port::{Profile, UserId};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// The longest name, in bytes.
pub const MAX_NAME: usize = 32;
/// The longest display name, in bytes.
pub const MAX_DISPLAY_NAME: usize = 128;

/// Somebody who wants an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUp {
    /// The name: upper and lower case are the same.
    pub name: String,
    /// The password.
    pub password: Password,
    /// What is said of oneself.
    pub details: Changes,
}

impl SignUp {
    /// A name and a password, and nothing else.
    #[must_use]
    pub fn new(name: &str, password: &str) -> Self {
        let (name, password) = (String::from(name), Password::new(password));
        Self { name, password, details: Changes::default() }
    }
}

/// What a user says of itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Details {
    /// What the user wants to be called.
    pub display_name: String,
    /// Where mails reach the user.
    pub email: Option<String>,
    /// Where text messages do: `+` and digits (E.164).
    pub phone: Option<String>,
}

/// What is to be changed of it. An empty address or number takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    /// Another display name.
    pub display_name: Option<String>,
    /// Another mail address.
    pub email: Option<String>,
    /// Another telephone number.
    pub phone: Option<String>,
}

impl Changes {
    /// # Errors
    /// [`Error::Detail`].
    pub(super) fn check(&self) -> Result<(), Error> {
        let is_display = |name: &String| {
            (1..=MAX_DISPLAY_NAME).contains(&name.len()) && !name.chars().any(char::is_control)
        };
        let is_email = |email: &String| {
            let sides = email.rsplit_once('@');
            let is_visible = email.chars().all(|c| !c.is_whitespace() && !c.is_control());
            let both = sides.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
            email.is_empty() || (email.len() <= 254 && is_visible && both)
        };
        let is_phone = |phone: &String| {
            let digits = phone.strip_prefix('+').unwrap_or_default();
            let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
            phone.is_empty() || ((8..=15).contains(&digits.len()) && are_digits)
        };
        let detail = |what, expected| Err(Error::Detail { what, expected });
        if !self.display_name.as_ref().is_none_or(is_display) {
            return detail("display_name", "1 to 128 bytes without control characters");
        }
        if !self.email.as_ref().is_none_or(is_email) {
            return detail("email", "an address as ana@example.com of at most 254 bytes");
        }
        if !self.phone.as_ref().is_none_or(is_phone) {
            return detail("phone", "'+' and 8 to 15 digits");
        }
        Ok(())
    }

    /// The details after the change.
    pub(super) fn applied_to(self, details: Details) -> Details {
        let changed = |new: Option<String>, old: Option<String>| match new {
            Some(new) => (!new.is_empty()).then_some(new),
            None => old,
        };
        Details {
            display_name: self.display_name.unwrap_or(details.display_name),
            email: changed(self.email, details.email),
            phone: changed(self.phone, details.phone),
        }
    }
}

/// A user as it is stored under its number. Of siblings the one that was edited most is the user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct User {
    /// How often it was changed.
    pub edits: u64,
    /// Its number.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// When it signed up.
    pub created: Wall,
    /// What it says of itself.
    pub details: Details,
}

impl User {
    /// What others see of it.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile { name: self.name.clone(), display_name: self.details.display_name.clone() }
    }
}

/// The name as it is kept: in small letters. Digits alone are a user's number, and no name.
///
/// # Errors
/// [`Error::Name`].
pub fn folded(name: &str) -> Result<String, Error> {
    let folded = name.to_ascii_lowercase();
    let is_possible = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if (3..=MAX_NAME).contains(&folded.len())
        && folded.bytes().all(is_possible)
        && !folded.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Ok(folded);
    }
    Err(Error::Name { got: name.chars().take(64).collect() })
}
