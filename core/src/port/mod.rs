//! What services stand on: small traits that each host fills in.
//!
//! A service is a story with steps, so it is written as `async fn`s over these traits. It never
//! learns which host it runs in: natively a future runs on tokio, in a simulated world on the
//! world's own executor, which drops it at whatever step it has reached when its node is killed.
//!
//! | port | what it gives | filled by |
//! | --- | --- | --- |
//! | [`Table`] | keys with a partition and a sort key, contexts, ordered ranges | whatever is a [`Store`] |
//! | [`Register`] | one key, read and changed linearizably | whatever is a [`Store`] |
//! | [`Clock`], [`Random`], [`Sleep`] | time, chance, waiting | each host |
//! | [`Publish`] | a message to every node, at most once | each host |
//! | [`Compute`] | long work where it holds up nobody | each host |
//!
//! What several services need on top of them lives here too: [`Lease`], held by one at a time, and
//! [`Queue`], whose items are leased to workers and come back when a worker is lost; [`Log`], entries in
//! one order to which anybody may append; [`SingleFlight`], by which one request of a node fetches what many wait
//! for; and what services need of each other: [`People`] and [`Notify`].
//!
//! # Which of `Table` and `Register`
//! A table takes writes as long as W copies can be made somewhere; writers that race leave siblings,
//! and the service states how they merge. A register needs a majority of the key's own replicas and two
//! rounds to them, and is for what must be decided once: who holds a lease, which code belongs to
//! which address, which range of a counter was given out. Most things need ids, not agreement.
//!
//! # Bounds
//! The ports carry no `Send` bound: a simulated world runs on one thread. The native host asserts it
//! for its own types. Futures may be dropped at any await; what they have asked of the store by then
//! may still happen.

mod lease;
mod log;
mod people;
mod queue;
mod single_flight;
mod store;

pub use lease::{Held, Lease};
pub use log::{
    Appended, Entry, Log, LogError, MAX_BEHIND, MAX_BODY, MAX_SEARCHED, SEGMENT, WINDOW,
};
pub use people::{Channel, Contact, MAX_FRIENDS, Notice, Notify, People, Profile, UserId};
pub use queue::{Item, ItemId, Queue, Worker};
pub use single_flight::SingleFlight;
pub use store::Store;

use crate::base::{Now, Span};
use crate::kv::{self, Context, Key, Update, Updated};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;

/// Why a port did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store refused; the error says whether anything was stored.
    #[error(transparent)]
    Store(#[from] kv::Error),
    /// The machine has too much to compute.
    #[error("too much work waits on this node; nothing was done. Try again, or ask another node")]
    Busy,
    /// The node is ending.
    #[error("the node is stopping; a write may have happened. Ask another node")]
    Stopped,
    /// What takes several steps was begun, and a later step was not done.
    #[error("it may have happened: it was begun, and then {0}")]
    Begun(Box<Self>),
}

impl Error {
    /// Whether a write that ended so may yet have been stored.
    #[must_use]
    pub const fn may_have_happened(&self) -> bool {
        match self {
            Self::Store(error) => error.may_have_happened(),
            Self::Busy => false,
            Self::Stopped | Self::Begun(_) => true,
        }
    }

    /// The same of a step that is not the first one.
    #[must_use]
    pub fn begun(self) -> Self {
        if self.may_have_happened() { self } else { Self::Begun(Box::new(self)) }
    }
}

/// What a table knows of a key: its values, more than one if writers raced, and the context to write
/// over them with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The values, in an order that is the same on every node. Empty: nothing, or deleted.
    pub values: Vec<Bytes>,
    /// What a writer has seen that has seen this row.
    pub context: Context,
}

/// Which keys of a partition to read, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// The first sort key; none for the beginning.
    pub from: Option<Bytes>,
    /// The first sort key that no longer belongs to it; none for the end.
    pub until: Option<Bytes>,
    /// Where the page before this one ended: only what lies behind it in the direction of travel.
    pub after: Option<Bytes>,
    /// Rows on a page, 1 to [`kv::MAX_PAGE`]; zero is taken for as many as there may be.
    pub limit: u16,
    /// From the end to the beginning.
    pub reverse: bool,
}

impl Select {
    /// All sort keys that begin with `prefix`.
    #[must_use]
    pub fn prefix(prefix: impl Into<Bytes>) -> Self {
        let prefix = prefix.into();
        // The first key behind all of them: the last byte that can grow, grown.
        let end = prefix.iter().rposition(|&byte| byte < u8::MAX).map(|last| {
            let mut end = prefix[..=last].to_vec();
            end[last] += 1;
            Bytes::from(end)
        });
        Self { from: Some(prefix), until: end, ..Self::default() }
    }
}

/// A page of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Sort keys in order and their rows; deleted ones are left out.
    pub rows: Vec<(Bytes, Row)>,
    /// Where the page ended, for [`Select::after`]; none if it was the last. A page may be empty and not
    /// the last.
    pub next: Option<Bytes>,
}

/// Keys with a partition and a sort key. Eventually consistent: read R copies, write W.
#[allow(async_fn_in_trait)] // no bound is wanted: see the module
pub trait Table {
    /// Reads a key.
    ///
    /// # Errors
    /// [`Error`], if too few copies can be read.
    async fn get(&self, key: &Key) -> Result<Row, Error>;

    /// Reads a key from its owners alone. While owners are away [`Table::get`] may be answered by stand-ins, who
    /// know nothing of what was written before: then it finds nothing, and this refuses. For what must not be taken
    /// for absent: a session, a user, a deletion.
    ///
    /// # Errors
    /// [`Error`], if too few owners can be read.
    async fn get_strict(&self, key: &Key) -> Result<Row, Error>;

    /// Writes a key, or deletes it if there is no value. `seen` is the context of the row that the write
    /// is based on: what it covers is superseded, anything else stays beside it as a sibling. An empty
    /// one has seen nothing; `None` supersedes whatever W copies held. The context returned covers
    /// this write.
    ///
    /// # Errors
    /// [`Error`], if too few copies can be made.
    async fn put(
        &self,
        key: &Key,
        value: Option<Bytes>,
        seen: Option<&Context>,
    ) -> Result<Context, Error>;

    /// Writes a key as [`Table::put`] does, on copies of its owners alone: whoever reads it strictly from then on finds it.
    ///
    /// # Errors
    /// [`Error`], if too few owners can take it.
    async fn put_strict(
        &self,
        key: &Key,
        value: Option<Bytes>,
        seen: Option<&Context>,
    ) -> Result<Context, Error>;

    /// Reads a page of a partition in the order of sort keys.
    ///
    /// # Errors
    /// [`Error`], if too few copies can be read.
    async fn range(&self, partition: &Bytes, select: &Select) -> Result<Page, Error>;
}

/// Single keys that are read and changed linearizably; a space of keys of its own beside the table's.
#[allow(async_fn_in_trait)] // no bound is wanted: see the module
pub trait Register {
    /// Reads or changes a register, and answers what it holds after that.
    ///
    /// # Errors
    /// [`Error`], if no majority of the key's replicas agrees in time. Unless the error
    /// [may have happened](Error::may_have_happened), nothing was changed.
    async fn update(&self, key: &Key, update: Update) -> Result<Updated, Error>;
}

/// The time.
pub trait Clock {
    /// Monotonic and wall time, now. Wall time may jump either way.
    fn now(&self) -> Now;
}

/// Chance.
pub trait Random {
    /// A uniformly drawn number.
    fn random(&self) -> u64;
}

/// Waiting.
#[allow(async_fn_in_trait)] // no bound is wanted: see the module
pub trait Sleep {
    /// Goes on after a span.
    async fn sleep(&self, span: Span);
}

/// Work that takes long without waiting for anything, as hashing a password does.
#[allow(async_fn_in_trait)] // no bound is wanted: see the module
pub trait Compute {
    /// Does it where it holds up nobody else, and only so much of it at once as the host has room for.
    ///
    /// # Errors
    /// [`Error::Busy`], if too much of it waits; nothing was done then.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error>;
}

/// The largest message that may be published, in bytes.
pub const MAX_PUBLISHED: usize = 64 << 10;

/// Messages to all nodes.
pub trait Publish {
    /// Sends to every node that is up, this one included. At most once, in no order: what must not be
    /// lost belongs into a table, and this only spares looking there. Longer messages than
    /// [`MAX_PUBLISHED`] are not sent; false then.
    fn publish(&self, topic: Topic, body: Bytes) -> bool;
}

/// What a published message is about: one a service that publishes.
pub use crate::kv::Topic;

/// All ports at once, as a service wants them.
pub trait Ports: Table + Register + Clock + Random + Sleep + Publish + Compute + Clone {}

impl<P: Table + Register + Clock + Random + Sleep + Publish + Compute + Clone> Ports for P {}

/// The partition `name` of a service. It begins with a zero byte, so that no service meets another, nor
/// the keys of people ([`Key::is_of_service`]).
#[must_use]
pub fn partition(service: &str, name: &str) -> Bytes {
    let mut partition = String::with_capacity(service.len() + 2 + name.len());
    partition.push('\0');
    partition.push_str(service);
    partition.push('/');
    partition.push_str(name);
    partition.into_bytes().into()
}
