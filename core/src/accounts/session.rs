//! Sessions: a token that only its owner has, and what the cluster knows of it.

use crate::base::{Span, Wall};
use crate::port::{Random, UserId};
use alloc::string::String;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use blake2::{Blake2b256, Digest as _};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// How long a session lasts.
pub const LASTS: Span = Span::from_secs(30 * 24 * 60 * 60);
/// The longest name of a device, in bytes.
pub const MAX_DEVICE: usize = 64;

/// What opens a session: 256 bits that nobody can guess. Never shown but by [`Token::secret`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    pub(super) fn draw(random: &impl Random) -> Self {
        let mut token = [0; 32];
        for part in token.chunks_mut(8) {
            part.copy_from_slice(&random.random().to_be_bytes());
        }
        Self(token)
    }

    /// The text that its owner is given: 43 characters.
    #[must_use]
    pub fn secret(&self) -> String {
        BASE64.encode(self.0)
    }

    /// The session that it opens.
    #[must_use]
    pub fn session(&self) -> SessionId {
        SessionId(Blake2b256::digest(self.0).into())
    }
}

impl FromStr for Token {
    type Err = super::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = BASE64.decode(text).map_err(|_| super::Error::Session)?;
        bytes.try_into().map(Self).map_err(|_| super::Error::Session)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// A session's name: the BLAKE2b-256 hash of its token. Who reads the store finds no token there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionId([u8; 32]);

impl SessionId {
    /// The hash itself, as a name for services that do not know accounts.
    #[must_use]
    pub const fn bytes(&self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

/// What is known of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Session {
    /// Who logged in.
    pub user: UserId,
    /// On what, in the words of who logged in.
    pub device: String,
    /// When.
    pub created: Wall,
    /// From when it opens nothing any more.
    pub expires: Wall,
}
