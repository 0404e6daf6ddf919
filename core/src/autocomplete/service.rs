//! The service: any node counts, any node suggests, and what was acknowledged is never lost.
//!
//! A query is added to the node's open batch; every [`GATHER`] the batch goes to the node's log in the table,
//! as one row however many queries it holds, and only then are those who asked answered. A stored batch is
//! published, so that the other nodes count it some milliseconds later, and they look into the logs every
//! [`FOLLOW`] for what they missed. So each node holds the whole index in memory and answers from there.
//!
//! A failure to store is told to all who wait, and new queries are refused until the batch is through: it is
//! written again, under the same number, until it is. "May be counted" therefore means: will be, unless the
//! node is killed first.

use super::blocked::{BlockError, Blocked};
use super::checkpoint;
use super::error::QueryError;
use super::index::{Look, Period};
use super::log::{
    Batch, Cursor, LogId, MAX_BATCH, News, logs, open_entries, read_sort_key, sort_key,
};
use super::query;
use super::rank::Suggestion;
use super::state::{Counters, State};
use crate::base::Span;
use crate::ids::LeasedCounter;
use crate::kv::{self, Key};
use crate::port::{self, Lease, Ports, Select, Topic, partition};
use crate::ring::NodeId;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use spin::{Mutex, MutexGuard};

/// What is published under: one topic a service.
pub const TOPIC: Topic = Topic(13);
/// For how long a batch gathers queries.
pub const GATHER: Span = Span::from_millis(10);
/// How often the logs are looked into.
pub const FOLLOW: Span = Span::from_secs(2);
/// After this time a query weighs half.
pub const HALF_LIFE: Span = Span::from_secs(7 * 24 * 60 * 60);
/// Queries of a snapshot that are handled before others have their turn.
const STEP: usize = 2_000;
/// Pause after a failure.
const AGAIN: Span = Span::from_millis(300);
/// Rows of a log read at once.
const ROWS: u16 = 16;

/// Why the service did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// The query.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The phrase to block.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The store; the error says whether the query may be counted.
    #[error(transparent)]
    Port(#[from] port::Error),
    /// The node has just started.
    #[error(
        "this node is still reading what was counted before it started; try again, or ask another"
    )]
    Loading,
    /// The batch before is not stored yet.
    #[error("{0} That was an earlier batch of queries; this query was not counted. Try again")]
    Behind(port::Error),
    /// More queries than can be stored.
    #[error("more queries than can be stored; this one was not counted. Try again")]
    Overloaded,
    /// Some queries are counted, or may be: to send them again would count them twice.
    #[error(
        "{counted} queries are counted; the {unsure} after them will be, unless this node is killed first; those after these are not. Send only these again: {error}"
    )]
    Partly {
        /// How many are counted, the first ones.
        counted: u64,
        /// How many of those that follow them may be counted yet.
        unsure: u64,
        /// What went wrong then.
        error: Box<Self>,
    },
}

impl From<kv::Error> for ServiceError {
    fn from(error: kv::Error) -> Self {
        Self::Port(error.into())
    }
}

/// Autocomplete on one node.
#[derive(Debug)]
pub struct Autocomplete<P> {
    pub(super) ports: P,
    pub(super) node: NodeId,
    state: Mutex<State>,
}

/// The log that this life of the node writes.
#[derive(Debug, Default)]
struct Own {
    log: Option<LogId>,
    is_entered: bool,
    /// How many batches are in it.
    batches: u64,
}

fn blocked_words() -> Bytes {
    partition("autocomplete", "blocked")
}

impl<P: Ports> Autocomplete<P> {
    /// On a node; nothing is read or written until somebody asks.
    #[must_use]
    pub fn new(ports: P, node: NodeId) -> Self {
        Self { ports, node, state: Mutex::default() }
    }

    /// Never held across an await.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Begins to read what was counted before, as the first request does too.
    pub fn activate(&self) {
        let mut state = self.lock();
        state.is_active = true;
        state.wake_writer();
    }

    /// Counts a query `times` times; once this returns it is stored.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn record(&self, query: &str, times: u64) -> Result<(), ServiceError> {
        self.record_all([(query, times)]).await
    }

    /// Counts queries, as [`Autocomplete::record`] does, batch by batch in their order.
    ///
    /// # Errors
    /// [`ServiceError`]; unless it is [`ServiceError::Partly`], nothing was counted.
    pub async fn record_all(
        &self,
        queries: impl IntoIterator<Item = (&str, u64)>,
    ) -> Result<(), ServiceError> {
        self.until_ready().await?;
        let mut keys = Vec::new();
        for (query, times) in queries {
            keys.push((query::fold(query)?, times));
        }
        let mut counted = 0;
        while counted < keys.len() {
            let partly = |unsure: usize, error| {
                let (counted, unsure, error) = (counted as u64, unsure as u64, Box::new(error));
                ServiceError::Partly { counted, unsure, error }
            };
            let (taken, ticket) = match self.gather(&keys[counted..]) {
                Err(error) if counted > 0 => return Err(partly(0, error)),
                gathered => gathered?,
            };
            self.stored(ticket).await.map_err(|error| partly(taken, error.into()))?;
            counted += taken;
            self.lock().counters.recorded += taken as u64;
        }
        Ok(())
    }

    /// Puts as many keys as fit into the open batch; how many, and its number and the failures so far.
    fn gather(&self, keys: &[(String, u64)]) -> Result<(usize, (u64, u64)), ServiceError> {
        let mut state = self.lock();
        let state = &mut *state;
        if let Some(error) = &state.failing {
            return Err(ServiceError::Behind(error.clone()));
        }
        let mut taken = 0;
        for (key, times) in keys {
            if !state.index.has_room_for(key) {
                let limit = state.index.limit() as u64;
                return if taken == 0 { Err(QueryError::Full { limit }.into()) } else { break };
            }
            let bytes = key.len() + 8;
            if state.open_bytes + bytes > MAX_BATCH {
                break;
            }
            let count = state.open.entry(key.clone()).or_insert(0);
            if *count == 0 {
                state.open_bytes += bytes;
            }
            *count = count.saturating_add(*times);
            taken += 1;
        }
        if taken == 0 {
            return Err(ServiceError::Overloaded);
        }
        state.wake_writer();
        Ok((taken, (state.begun, state.failures)))
    }

    async fn stored(&self, (batch, failures): (u64, u64)) -> Result<(), port::Error> {
        let number = self.lock().wait_number();
        poll_fn(|context| {
            let mut state = self.lock();
            match &state.failing {
                _ if state.stored > batch => Poll::Ready(Ok(())),
                Some(error) if state.failures > failures => Poll::Ready(Err(error.clone())),
                _ => state.wait(number, context),
            }
        })
        .await
    }

    async fn until_ready(&self) -> Result<(), ServiceError> {
        self.activate();
        let began = self.ports.now().instant;
        while !self.lock().is_ready {
            if self.ports.now().instant.since(began) > Span::from_secs(5) {
                return Err(ServiceError::Loading);
            }
            self.ports.sleep(Span::from_millis(20)).await;
        }
        Ok(())
    }

    /// The best queries that begin with what was typed, as [`Index::suggest`] gives them: all that this node
    /// acknowledged is counted, and what others did some milliseconds before.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn suggest(
        &self,
        typed: &str,
        limit: usize,
    ) -> Result<Vec<Suggestion>, ServiceError> {
        self.until_ready().await?;
        let mut state = self.lock();
        state.counters.suggested += 1;
        Ok(state.index.suggest(typed, limit, state.period)?)
    }

    /// How often a query was asked, as far as this node knows.
    ///
    /// # Errors
    /// [`QueryError::Empty`], [`QueryError::TooLong`].
    pub fn count(&self, query: &str) -> Result<u64, QueryError> {
        let state = self.lock();
        state.index.count(query, state.period)
    }

    /// What [`Autocomplete::suggest`] would answer now, without asking: for people who look on.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn peek(&self, typed: &str, limit: usize) -> Result<Vec<Suggestion>, QueryError> {
        let state = self.lock();
        state.index.suggest(typed, limit, state.period)
    }

    /// A node of the trie, for people.
    ///
    /// # Errors
    /// [`QueryError::TooLong`].
    pub fn look(&self, typed: &str, fanout: usize) -> Result<Look, QueryError> {
        let state = self.lock();
        state.index.look(typed, fanout, state.period)
    }

    /// How many wakers it keeps.
    #[cfg(test)]
    pub(crate) fn wakers(&self) -> usize {
        self.lock().wakers()
    }

    /// What this node has counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    /// Blocks a word or phrase on all nodes, or frees it again.
    ///
    /// # Errors
    /// [`ServiceError::Block`], [`ServiceError::Port`].
    pub async fn set_blocked(&self, phrase: &str, is_blocked: bool) -> Result<(), ServiceError> {
        self.until_ready().await?;
        if is_blocked {
            self.lock().index.blocked().clone().block(phrase)?;
        }
        let key = Key::new(blocked_words(), query::fold(phrase)?.into_bytes())?;
        self.ports.put(&key, is_blocked.then(|| Bytes::from_static(b"1")), None).await?;
        self.lock().set_blocked(phrase, is_blocked)?;
        Ok(())
    }

    /// The blocked words and phrases, as this node knows them.
    #[must_use]
    pub fn blocked(&self) -> Vec<String> {
        self.lock().index.blocked().phrases().collect()
    }

    /// A node has published something under [`TOPIC`].
    pub fn handle_published(&self, body: &[u8]) {
        let Ok(News { log, number, batch }) = postcard::from_bytes(body) else {
            return; // of another version; the logs will tell
        };
        let now = self.ports.now().instant;
        let mut state = self.lock();
        if state.is_ready {
            state.apply(now, log, number, &batch);
        }
    }

    /// What the service does as long as its node runs; never ends.
    pub async fn run(&self) {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.is_active { Poll::Ready(()) } else { state.wait_as_writer(context) }
        })
        .await;
        let (mut writer, mut follower) = (pin!(self.write_log()), pin!(self.follow_logs()));
        poll_fn(|context| {
            let _: Poll<()> = writer.as_mut().poll(context);
            let _: Poll<()> = follower.as_mut().poll(context);
            Poll::Pending
        })
        .await
    }

    async fn write_log(&self) {
        let mut own = Own::default();
        loop {
            poll_fn(|context| {
                let mut state = self.lock();
                if state.open.is_empty() { state.wait_as_writer(context) } else { Poll::Ready(()) }
            })
            .await;
            self.ports.sleep(GATHER).await;
            let batch = {
                let mut state = self.lock();
                state.begun += 1;
                state.open_bytes = 0;
                let counts = core::mem::take(&mut state.open).into_iter().collect();
                Batch { period: state.period, counts }
            };
            let bytes = batch.bytes();
            let log = loop {
                let error = match self.write(&mut own, &bytes).await {
                    Ok(log) => break log,
                    Err(error) => error,
                };
                {
                    let mut state = self.lock();
                    state.failing = Some(error);
                    state.failures += 1;
                    state.wake();
                }
                self.ports.sleep(AGAIN).await;
            };
            let (number, now) = (own.batches, self.ports.now().instant);
            own.batches += 1;
            {
                let mut state = self.lock();
                state.failing = None;
                state.stored += 1;
                state.counters.batches += 1;
                state.apply(now, log, number, &batch);
                state.wake();
            }
            let news = News { log, number, batch };
            let body = postcard::to_allocvec(&news).unwrap_or_default(); // plain data always encodes
            self.ports.publish(TOPIC, body.into());
        }
    }

    /// Writes the next batch to the node's own log, which is begun and entered before its first.
    async fn write(&self, own: &mut Own, bytes: &Bytes) -> Result<LogId, port::Error> {
        let log = match own.log {
            Some(log) => log,
            None => {
                let node = self.node;
                let lives = LeasedCounter::new("autocomplete", &format!("lives/{}", node.0), 1);
                let life = lives.take_central(&self.ports, 1).await?.first().copied();
                *own.log.insert(LogId { node, life: life.ok_or_else(checkpoint::missing)? })
            }
        };
        if !own.is_entered {
            let entered = Some(Bytes::from_static(b"1"));
            self.ports.put(&Key::new(logs(), log.entry())?, entered, None).await?;
            own.is_entered = true;
        }
        self.ports.put(&log.key(own.batches)?, Some(bytes.clone()), None).await?;
        Ok(log)
    }

    async fn follow_logs(&self) {
        let (mut rounds, mut aggregator) = (0u64, None);
        loop {
            let followed = self.follow(rounds, &mut aggregator).await;
            match followed {
                Ok(()) => {
                    let mut state = self.lock();
                    state.is_ready = true;
                    drop(state);
                    self.ports.sleep(FOLLOW).await;
                    rounds += 1;
                }
                Err(_) => self.ports.sleep(AGAIN).await, // it is tried again until it goes well
            }
        }
    }

    async fn follow(&self, rounds: u64, aggregator: &mut Option<Lease>) -> Result<(), port::Error> {
        if rounds.is_multiple_of(checkpoint::EVERY) {
            self.follow_head().await?;
        }
        self.read_blocked().await?;
        self.read_logs().await?;
        // What is missing in between may have been cut off: then the head has it.
        let is_whole = self.lock().cursors.values().all(Cursor::is_whole);
        if !is_whole {
            self.follow_head().await?;
        }
        if rounds % checkpoint::EVERY == checkpoint::EVERY - 1 {
            self.keep_time().await?;
            self.checkpoint(aggregator).await?;
        }
        let is_due = self.lock().index.is_due();
        if is_due {
            let reference = self.lock().index.reference();
            self.rebuild(reference).await;
        }
        Ok(())
    }

    /// Makes a new snapshot in memory, in steps.
    pub(super) async fn rebuild(&self, reference: Period) {
        self.lock().index.begin(reference);
        while !self.lock().index.step(STEP) {
            if !self.lock().index.is_building() {
                return; // begun anew from a checkpoint meanwhile
            }
            self.ports.sleep(Span::from_millis(1)).await;
        }
        self.lock().counters.snapshots += 1;
    }

    async fn read_blocked(&self) -> Result<(), port::Error> {
        let before = self.lock().blockings;
        let mut blocked = Blocked::default();
        let mut select = Select::default();
        loop {
            let page = self.ports.range(&blocked_words(), &select).await?;
            for (key, _) in page.rows {
                // What was stored was a key once; more than may be is left out.
                let _ = core::str::from_utf8(&key).map(|key| blocked.block(key));
            }
            select.after = page.next;
            if select.after.is_none() {
                break;
            }
        }
        self.lock().take_blocked(before, blocked);
        Ok(())
    }

    async fn read_logs(&self) -> Result<(), port::Error> {
        let selects = open_entries(&self.lock().ends);
        for mut select in selects {
            loop {
                let page = self.ports.range(&logs(), &select).await?;
                for log in page.rows.iter().filter_map(|(key, _)| LogId::read_entry(key)) {
                    self.read_log(log).await?;
                }
                select.after = page.next;
                if select.after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn read_log(&self, log: LogId) -> Result<(), port::Error> {
        let next = self.lock().cursors.get(&log).map_or(0, Cursor::next);
        let mut select = Select { from: Some(sort_key(next)), limit: ROWS, ..Select::default() };
        let partition = log.partition();
        loop {
            let page = self.ports.range(&partition, &select).await?;
            for (key, row) in page.rows {
                let number = read_sort_key(&key);
                let batch = row.values.first().and_then(|value| Batch::read(value));
                if let (Some(number), Some(batch)) = (number, batch) {
                    let now = self.ports.now().instant;
                    self.lock().apply(now, log, number, &batch);
                }
            }
            select.after = page.next;
            if select.after.is_none() {
                return Ok(());
            }
        }
    }
}
