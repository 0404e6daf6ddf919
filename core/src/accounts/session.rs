//! Sessions: a token that only its owner has, and what the cluster knows of it.

use super::service::{Accounts, read, user_row, written};
use super::{Error, TOPIC, TRUST};
use crate::base::{Instant, Span, Wall};
use crate::kv::Key;
use crate::port::{Ports, Random, Select, UserId, partition};
use alloc::format;
use alloc::string::String;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use blake2::{Blake2b256, Digest as _};
use bytes::Bytes;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// How long a session lasts.
pub const LASTS: Span = Span::from_secs(30 * 24 * 60 * 60);
/// The longest name of a device, in bytes.
pub const MAX_DEVICE: usize = 64;
/// How many sessions a user may have: whoever opens one more ends the earliest.
pub const MAX_SESSIONS: usize = 100;
/// Before a user's sessions, which are listed in the order of their ends.
const PREFIX: &[u8] = b"session/";
/// Sessions that one log-in forgets at most.
const SWEPT: usize = 16;

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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = BASE64.decode(text).map_err(|_| Error::Session)?;
        bytes.try_into().map(Self).map_err(|_| Error::Session)
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

/// What is stored under a session's name. Of siblings the greatest holds: what has ended stays so, though another
/// side of a partition knew nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Stored {
    Open(Session),
    Ended,
}

/// Where a session is stored.
///
/// # Errors
/// None: hashes make keys.
pub fn session_key(session: SessionId) -> Result<Key, Error> {
    Ok(Key::new(partition("accounts", &format!("session/{session}")), "")?)
}

/// Where a session is listed among its user's.
fn listed(user: UserId, expires: Wall, session: SessionId) -> Result<Key, Error> {
    let sort = [PREFIX, &expires.as_millis().to_be_bytes(), &session.0].concat();
    Ok(Key::new(user_row(user), sort)?)
}

/// When the session of such an entry expires, and its name.
fn entry(sort: &Bytes) -> Option<(Wall, SessionId)> {
    let (expires, session) = sort.strip_prefix(PREFIX)?.split_first_chunk::<8>()?;
    let session = SessionId(session.try_into().ok()?);
    Some((Wall::from_millis(u64::from_be_bytes(*expires)), session))
}

impl<P: Ports> Accounts<P> {
    /// Opens a session of a user. It is listed first, so that none is open and never forgotten.
    pub(super) async fn open(&self, user: UserId, device: &str) -> Result<(Token, Session), Error> {
        let token = Token::draw(&self.ports);
        let created = self.ports.now().wall;
        let (device, expires) = (String::from(device), created + LASTS);
        let session = Session { user, device, created, expires };
        let id = token.session();
        let _ = self.sweep(user, created).await; // else the next log-in does
        self.ports.put(&listed(user, expires, id)?, Some(Bytes::from_static(b"-")), None).await?;
        let row = written(&Stored::Open(session.clone()));
        self.ports.put(&session_key(id)?, row, None).await?;
        Ok((token, session))
    }

    /// Forgets sessions of a user that expired long ago, by a clock that may be a month ahead, and the earliest ones
    /// of too many.
    async fn sweep(&self, user: UserId, now: Wall) -> Result<(), Error> {
        let page = self.ports.range(&user_row(user), &Select::prefix(PREFIX)).await?;
        let excess = (page.rows.len() + 1).saturating_sub(MAX_SESSIONS);
        let entries = page.rows.iter().filter_map(|(sort, _)| entry(sort)).enumerate();
        let dead = entries.filter(|(i, (expires, _))| *i < excess || *expires + LASTS <= now);
        for (_, (expires, session)) in dead.take(SWEPT) {
            self.end(session).await?;
            self.ports.put(&listed(user, expires, session)?, None, None).await?;
        }
        Ok(())
    }

    /// Whose session it is.
    ///
    /// # Errors
    /// [`Error::Session`], [`Error::Port`].
    pub async fn check(&self, session: SessionId) -> Result<Session, Error> {
        let now = self.ports.now();
        self.counters.lock().checked += 1;
        let known = self.sessions.lock().get(&session);
        let is_fresh = |asked| now.instant.since(asked) < TRUST;
        let found = match known {
            Some((None, _)) => return Err(Error::Session), // it never opens again
            Some((Some(found), asked)) if is_fresh(asked) => {
                self.counters.lock().remembered += 1;
                found
            }
            _ => {
                let row = self.ports.get_strict(&session_key(session)?).await?;
                let Some(Stored::Open(found)) = read(&row) else { return Err(Error::Session) };
                let mut sessions = self.sessions.lock();
                // Word of its end may have come since the row was read.
                if matches!(sessions.get(&session), Some((None, _))) {
                    return Err(Error::Session);
                }
                sessions.put(session, (Some(found.clone()), now.instant));
                found
            }
        };
        if found.expires <= now.wall { Err(Error::Session) } else { Ok(found) }
    }

    /// Until when this node takes a session for good without asking, if it does at all: for looking at.
    #[must_use]
    pub fn trusts(&self, session: SessionId) -> Option<Instant> {
        let sessions = self.sessions.lock();
        let (known, asked) = sessions.peek(&session)?;
        known.as_ref().map(|_| *asked + TRUST)
    }

    /// Ends a session, on all nodes at once. One that there is not is ended already.
    ///
    /// # Errors
    /// [`Error::Port`]; ask again then.
    pub async fn log_out(&self, session: SessionId) -> Result<(), Error> {
        let known = self.sessions.lock().get(&session).and_then(|(known, _)| known);
        self.end(session).await?;
        self.counters.lock().logged_out += 1;
        if let Some(Session { user, expires, .. }) = known {
            // Otherwise a later log-in takes it off the list.
            let _ = self.ports.put(&listed(user, expires, session)?, None, None).await;
        }
        Ok(())
    }

    /// Never a deletion: what did not know of the session would not delete it.
    async fn end(&self, session: SessionId) -> Result<(), Error> {
        self.ports.put(&session_key(session)?, written(&Stored::Ended), None).await?;
        self.forget(session);
        if let Some(word) = written(&session) {
            self.ports.publish(TOPIC, word);
        }
        Ok(())
    }

    fn forget(&self, session: SessionId) {
        let now = self.ports.now().instant;
        self.sessions.lock().put(session, (None, now));
    }

    /// A node has published something under [`TOPIC`]: the session that was ended.
    pub fn handle_published(&self, body: &[u8]) -> Option<SessionId> {
        let ended = postcard::from_bytes(body).ok()?;
        self.forget(ended);
        Some(ended)
    }
}
