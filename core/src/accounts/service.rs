//! The accounts as one node serves them: signing up, logging in and out, who is who.

use super::Error;
use super::friends::STEPS;
use super::password::{self, Cost, Password};
use super::session::{MAX_DEVICE, Session, SessionId, Token};
use super::user::{Changes, Details, SignUp, User, folded};
use crate::base::{Cache, Counted, Instant, Rate, RateLimiter, Span};
use crate::ids::{Id, Ids, Variant};
use crate::kv::{Key, Update};
use crate::port::{Ports, Row, Topic, UserId, partition};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use spin::Mutex;

/// What is published when a session ends.
pub const TOPIC: Topic = Topic(1);
/// For how long a node trusts what it knows of a session: so long may one that was logged out elsewhere live on,
/// should the word of it be lost.
pub const TRUST: Span = Span::from_secs(5);
/// For how long a node trusts what it knows of a user: so old may a display name be.
const KNOWN: Span = Span::from_secs(10);
/// How many sessions, and how many users, a node remembers at least.
const REMEMBERED: usize = 10_000;
/// How often a password may be tried for a name.
pub const TRIES: Rate = Rate::new(10, Span::from_secs(60), 10);
/// For how many names tries are counted, and for how many users steps.
const TRIED: usize = 50_000;

/// What the operator chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What hashing a password costs.
    pub cost: Cost,
}

/// What a register keeps under a name: the account as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) user: User,
    pub(super) password: String,
}

/// A session that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedIn {
    /// What opens it, for its owner alone.
    pub token: Token,
    /// What it is.
    pub session: Session,
}

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Accounts made.
    pub signed_up: u64,
    /// Sessions opened.
    pub logged_in: u64,
    /// Log-ins with a wrong name or password.
    pub refused: u64,
    /// Log-ins that came too often.
    pub too_often: u64,
    /// Sessions ended by their owners.
    pub logged_out: u64,
    /// Sessions that were checked.
    pub checked: u64,
    /// Of these, those that were known.
    pub remembered: u64,
    /// Friendships and blocks that were decided.
    pub decided: u64,
    /// Sides of pairs that were made whole after the fact.
    pub repaired: u64,
}

impl Counters {
    /// All of them, for instruments.
    #[must_use]
    pub const fn named(&self) -> [Counted; 9] {
        [
            Counted::new("accounts_signed_up", "Accounts made", self.signed_up),
            Counted::new("accounts_logged_in", "Sessions opened", self.logged_in),
            Counted::new("accounts_refused", "Log-ins with a wrong name or password", self.refused),
            Counted::new("accounts_too_often", "Log-ins that came too often", self.too_often),
            Counted::new("accounts_logged_out", "Sessions ended by their owners", self.logged_out),
            Counted::new("accounts_checked", "Sessions checked", self.checked),
            Counted::new("accounts_remembered", "Sessions checked from memory", self.remembered),
            Counted::new("accounts_decided", "Friendships and blocks decided", self.decided),
            Counted::new("accounts_repaired", "Sides of pairs made whole later", self.repaired),
        ]
    }
}

/// The row of a user, and the partition of all that is the user's.
pub(super) fn user_row(user: UserId) -> Bytes {
    partition("accounts", &format!("user/{user}"))
}

/// Where a user is stored: the first row of all that is the user's.
///
/// # Errors
/// None: numbers make keys.
pub fn user_key(user: UserId) -> Result<Key, Error> {
    Ok(Key::new(user_row(user), "")?)
}

/// The register of a name.
///
/// # Errors
/// [`Error::Port`] for a name that is longer than keys are.
pub fn name_register(name: &str) -> Result<Key, Error> {
    Ok(Key::new(partition("accounts", &format!("name/{name}")), "")?)
}

/// What a row holds; of siblings the greatest.
pub(super) fn read<T: DeserializeOwned + Ord>(row: &Row) -> Option<T> {
    row.values.iter().filter_map(|value| postcard::from_bytes(value).ok()).max()
}

pub(super) fn written<T: Serialize>(value: &T) -> Option<Bytes> {
    // Texts and integers always encode.
    postcard::to_allocvec(value).ok().map(Bytes::from)
}

/// The accounts of one node. Any node serves any request.
#[derive(Debug)]
pub struct Accounts<P> {
    pub(super) ports: P,
    ids: Arc<Ids<P>>,
    options: Options,
    // None of these locks is held while something is awaited.
    /// Sessions, and when they were looked up; none if it has ended.
    pub(super) sessions: Mutex<Cache<SessionId, (Option<Session>, Instant)>>,
    users: Mutex<Cache<UserId, (Arc<User>, Instant)>>,
    /// Names never change hands.
    names: Mutex<Cache<String, UserId>>,
    tries: Mutex<RateLimiter<String>>,
    pub(super) steps: Mutex<RateLimiter<UserId>>,
    pub(super) counters: Mutex<Counters>,
}

impl<P: Ports> Accounts<P> {
    /// The accounts of a node whose users are numbered by `ids`.
    #[must_use]
    pub fn new(ports: P, ids: Arc<Ids<P>>, options: Options) -> Self {
        Self {
            ports,
            ids,
            options,
            sessions: Mutex::new(Cache::new(REMEMBERED)),
            users: Mutex::new(Cache::new(REMEMBERED)),
            names: Mutex::new(Cache::new(REMEMBERED)),
            tries: Mutex::new(RateLimiter::new(TRIES, TRIED)),
            steps: Mutex::new(RateLimiter::new(STEPS, TRIED)),
            counters: Mutex::default(),
        }
    }

    /// What it has counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        *self.counters.lock()
    }

    /// Makes an account, or finds the one that an earlier attempt with the same name and password made.
    ///
    /// # Errors
    /// [`Error`]. If the store did not answer, the account may exist: the same request again finds it.
    pub async fn sign_up(&self, wish: &SignUp) -> Result<UserId, Error> {
        self.make(wish, None).await
    }

    /// The same under a number of the asker's choice, if there is one.
    pub(super) async fn make(&self, wish: &SignUp, id: Option<UserId>) -> Result<UserId, Error> {
        let name = folded(&wish.name)?;
        wish.password.check()?;
        wish.details.check()?;
        self.count_try(&name)?;
        let Some(account) = self.account(&name).await? else {
            return self.claim(name, wish, id).await;
        };
        self.complete(account, wish.password.clone()).await
    }

    /// Claims a free name.
    async fn claim(
        &self,
        name: String,
        wish: &SignUp,
        id: Option<UserId>,
    ) -> Result<UserId, Error> {
        let salt = [self.ports.random().to_be_bytes(), self.ports.random().to_be_bytes()];
        let (password, cost) = (wish.password.clone(), self.options.cost);
        let salt: [u8; 16] = salt.concat().try_into().unwrap_or_default();
        let password = self.ports.compute(move || password::hash(&password, salt, cost)).await??;
        let id = match id {
            Some(id) => id,
            None => match self.ids.issue(Variant::Snowflake, 1).await?.first() {
                Some(&Id::Number(id)) => UserId(id),
                _ => return Err(Error::Damaged),
            },
        };
        let anybody = Details { display_name: name.clone(), email: None, phone: None };
        let user = User {
            edits: 0,
            id,
            name: name.clone(),
            created: self.ports.now().wall,
            details: wish.details.clone().applied_to(anybody),
        };
        let account = Account { user, password };
        let update = Update::CompareAndSet { expected: None, value: written(&account) };
        let updated = self.ports.update(&name_register(&name)?, update).await?;
        if !updated.applied {
            // Somebody was faster: another, or this request as it was sent before.
            let held = updated.value.and_then(|value| postcard::from_bytes(&value).ok());
            return self.complete(held.ok_or(Error::Damaged)?, wish.password.clone()).await;
        }
        self.store(&account.user).await?;
        self.counters.lock().signed_up += 1;
        Ok(account.user.id)
    }

    /// Makes an account whole that was claimed before, if it is the asker's own.
    async fn complete(&self, account: Account, password: Password) -> Result<UserId, Error> {
        let Account { user, password: hash } = account;
        if !self.ports.compute(move || password::is_of(&password, &hash)).await? {
            return Err(Error::Taken { name: user.name });
        }
        self.store(&user).await?;
        Ok(user.id)
    }

    /// Writes a user's row, unless it is there.
    async fn store(&self, user: &User) -> Result<(), Error> {
        let key = user_key(user.id)?;
        let row = self.ports.get_strict(&key).await?;
        if read::<User>(&row).is_none() {
            self.ports.put(&key, written(user), Some(&row.context)).await?;
        }
        Ok(())
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, Error> {
        let found = self.ports.update(&name_register(name)?, Update::Read).await?.value;
        let account = found.map(|found| postcard::from_bytes(&found)).transpose();
        account.map_err(|_| Error::Damaged)
    }

    fn count_try(&self, name: &str) -> Result<(), Error> {
        let now = self.ports.now().instant;
        self.tries.lock().check(String::from(name), now).map_err(|wait| {
            self.counters.lock().too_often += 1;
            Error::TooOften { wait }
        })
    }

    /// Opens a session of thirty days. An unknown name takes as long as a wrong password.
    ///
    /// # Errors
    /// [`Error::Credentials`], [`Error::TooOften`], [`Error::Detail`], [`Error::Port`].
    pub async fn log_in(
        &self,
        name: &str,
        password: &Password,
        device: &str,
    ) -> Result<LoggedIn, Error> {
        if device.len() > MAX_DEVICE || device.chars().any(char::is_control) {
            let expected = "at most 64 bytes without control characters";
            return Err(Error::Detail { what: "device", expected });
        }
        let name = folded(name)?;
        password.check()?;
        self.count_try(&name)?;
        let account = self.account(&name).await?;
        let (password, cost) = (password.clone(), self.options.cost);
        let user = self
            .ports
            .compute(move || match account {
                Some(account) => {
                    password::is_of(&password, &account.password).then_some(account.user)
                }
                None => {
                    let _ = password::hash(&password, [0; 16], cost); // for the time that it takes
                    None
                }
            })
            .await?;
        let Some(user) = user else {
            self.counters.lock().refused += 1;
            return Err(Error::Credentials);
        };
        // Signing up may have ended between the claim and the row.
        self.store(&user).await?;
        let (token, session) = self.open(user.id, device).await?;
        self.counters.lock().logged_in += 1;
        Ok(LoggedIn { token, session })
    }

    /// A user.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Port`].
    pub async fn user(&self, id: UserId) -> Result<Arc<User>, Error> {
        let now = self.ports.now().instant;
        let known = self.users.lock().get(&id);
        if let Some((user, _)) = known.filter(|(_, asked)| now.since(*asked) < KNOWN) {
            return Ok(user);
        }
        let found = read::<User>(&self.ports.get_strict(&user_key(id)?).await?);
        let user = Arc::new(found.ok_or_else(|| Error::Unknown { got: id.to_string() })?);
        self.users.lock().put(id, (Arc::clone(&user), now));
        Ok(user)
    }

    /// The number of whoever has a name.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Port`].
    pub async fn named(&self, name: &str) -> Result<UserId, Error> {
        let unknown = || Error::Unknown { got: name.chars().take(64).collect() };
        let name = folded(name).map_err(|_| unknown())?;
        if let Some(id) = self.names.lock().get(&name) {
            return Ok(id);
        }
        let account = self.account(&name).await?.ok_or_else(unknown)?;
        self.store(&account.user).await?;
        self.names.lock().put(name.clone(), account.user.id);
        Ok(account.user.id)
    }

    /// Changes what a user says of itself. Of two changes at the same moment one wins as a whole.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn edit(&self, id: UserId, changes: Changes) -> Result<Arc<User>, Error> {
        changes.check()?;
        let key = user_key(id)?;
        let row = self.ports.get_strict(&key).await?;
        let user: User = read(&row).ok_or_else(|| Error::Unknown { got: id.to_string() })?;
        let details = changes.applied_to(user.details.clone());
        let user = Arc::new(User { edits: user.edits + 1, details, ..user });
        self.ports.put(&key, written(&*user), Some(&row.context)).await?;
        self.users.lock().put(id, (Arc::clone(&user), self.ports.now().instant));
        Ok(user)
    }
}
