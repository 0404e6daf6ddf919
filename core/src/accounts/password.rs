//! Passwords: what is stored is an Argon2id hash, which is slow to guess against.

use super::Error;
use alloc::string::{String, ToString};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The shortest password, in bytes.
pub const MIN_PASSWORD: usize = 8;
/// The longest password, in bytes: longer ones only cost.
pub const MAX_PASSWORD: usize = 256;

/// A password as it was typed. It is never shown: not in logs, not in traces.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Password(String);

impl Password {
    /// What was typed.
    #[must_use]
    pub fn new(typed: impl Into<String>) -> Self {
        Self(typed.into())
    }

    /// Whether it has a length that passwords have.
    ///
    /// # Errors
    /// [`Error::Password`].
    pub(super) const fn check(&self) -> Result<(), Error> {
        match self.0.len() {
            MIN_PASSWORD..=MAX_PASSWORD => Ok(()),
            got => Err(Error::Password { got }),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// What it costs to hash a password, and to guess one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, 8 at least.
    pub memory: u32,
    /// How often the memory is walked through, once at least.
    pub passes: u32,
}

impl Cost {
    /// What OWASP recommends for servers: 19 MiB, twice; 20 to 60 ms.
    pub const SERVER: Self = Self { memory: 19 * 1_024, passes: 2 };
    /// The least there is, for simulated worlds: their passwords guard nothing.
    pub const LEAST: Self = Self { memory: Params::MIN_M_COST, passes: Params::MIN_T_COST };

    fn argon2(self) -> Result<Argon2<'static>, Error> {
        let params = Params::new(self.memory, self.passes, 1, None).map_err(|_| Error::Damaged)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// Hashes a password under a salt; the text names the algorithm, its cost and the salt (PHC format).
pub(super) fn hash(password: &Password, salt: [u8; 16], cost: Cost) -> Result<String, Error> {
    let hash: PasswordHash = cost
        .argon2()?
        .hash_password_with_salt(password.0.as_bytes(), &salt)
        .map_err(|_| Error::Damaged)?;
    Ok(hash.to_string())
}

/// Whether a hash is of this password. The hash says what it cost, whatever costs now.
pub(super) fn is_of(password: &Password, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.0.as_bytes(), &hash).is_ok())
}
