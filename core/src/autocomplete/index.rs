//! The index: a snapshot, what was counted since, and the next snapshot while it is made.

use super::blocked::Blocked;
use super::delta::{Delta, Walk};
use super::error::QueryError;
use super::query::{self, MAX_TOP};
use super::rank::{Ranked, Suggestion};
use super::snapshot::{Builder, Snapshot};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The most distinct queries of one index.
pub const MAX_QUERIES: usize = 8 << 20;
/// The greatest power of two by which later queries weigh more than those of the index's reference.
pub const MAX_SHIFT: u32 = 24;

/// A query of the reference's period weighs two to this power: earlier ones still weigh something.
const FRACTION: u32 = 8;

/// A number of half-lives since some beginning, equal for all who count together.
pub type Period = u32;

/// Exact suggestions over counts that change.
#[derive(Clone, Debug)]
pub struct Index {
    snapshot: Arc<Snapshot>,
    /// What goes into the snapshot that is being built.
    frozen: Delta,
    live: Delta,
    build: Option<Build>,
    blocked: Blocked,
    /// Whether words were blocked or freed since the snapshot was built.
    is_stale: bool,
    /// The period in which a query weighs 1.
    reference: Period,
    distinct: usize,
    limit: usize,
}

/// A snapshot on its way: a merge of the last one and the frozen delta.
#[derive(Clone, Debug)]
struct Build {
    builder: Builder,
    /// The next entry of the old snapshot.
    at: usize,
    walk: Walk,
    /// The next entry of the frozen delta, if it was looked at already.
    ahead: Option<(String, u64)>,
    /// By how many periods the reference moves on.
    shift: u32,
}

/// What there is to see of a node of the trie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The prefix, as a key.
    pub prefix: String,
    /// How many queries begin with it.
    pub queries: u64,
    /// The best of them.
    pub top: Vec<Suggestion>,
    /// The characters that may follow, each with the best query beyond it, best first.
    pub next: Vec<(char, Suggestion)>,
}

impl Default for Index {
    fn default() -> Self {
        Self::new(Snapshot::default(), 0)
    }
}

impl Index {
    /// Over a snapshot that an index with this reference has made, or an empty one.
    #[must_use]
    pub fn new(snapshot: Snapshot, reference: Period) -> Self {
        Self {
            distinct: snapshot.len(),
            snapshot: Arc::new(snapshot),
            frozen: Delta::default(),
            live: Delta::default(),
            build: None,
            blocked: Blocked::default(),
            is_stale: false,
            reference,
            limit: MAX_QUERIES,
        }
    }

    /// The same with room for fewer distinct queries.
    #[must_use]
    pub fn limited(mut self, limit: usize) -> Self {
        self.limit = limit.min(MAX_QUERIES);
        self
    }

    /// Counts a query: `times` times in a period. A later period weighs twice as much as the one before, which
    /// orders queries as if older counts had halved. O(length).
    ///
    /// # Errors
    /// [`QueryError::Empty`], [`QueryError::TooLong`], [`QueryError::Full`]; then nothing was counted.
    pub fn record(&mut self, query: &str, times: u64, period: Period) -> Result<(), QueryError> {
        self.record_key(&query::fold(query)?, times, period)
    }

    /// As [`Index::record`], for what is a key already.
    ///
    /// # Errors
    /// As [`Index::record`].
    pub fn record_key(&mut self, key: &str, times: u64, period: Period) -> Result<(), QueryError> {
        if key.is_empty() {
            return Err(QueryError::Empty);
        }
        if key.len() > query::MAX_KEY {
            return Err(QueryError::TooLong { got: key.len() as u64 });
        }
        let score = weigh(times, self.reference, period);
        if score > 0 { self.add(key, score) } else { Ok(()) }
    }

    /// By which power of two a score is greater than a count of today.
    const fn shift(&self, now: Period) -> u32 {
        now.saturating_sub(self.reference).saturating_add(FRACTION)
    }

    /// The whole score of a key: the newest level that holds it knows.
    fn base(&self, key: &str) -> u64 {
        let newer = self.live.score(key).or_else(|| self.frozen.score(key));
        newer.unwrap_or_else(|| self.snapshot.score(key))
    }

    fn add(&mut self, key: &str, score: u64) -> Result<(), QueryError> {
        let known = self.live.score(key);
        let base =
            known.or_else(|| self.frozen.score(key)).unwrap_or_else(|| self.snapshot.score(key));
        if base == 0 {
            if self.distinct >= self.limit {
                return Err(QueryError::Full { limit: self.limit as u64 });
            }
            self.distinct += 1;
        }
        let is_hidden = self.blocked.hides(key);
        self.live.add(key, score, is_hidden, || base);
        Ok(())
    }

    /// The best queries that begin with what was typed, best first: by count, then in the order of their keys.
    /// Exact, except while a word that was just blocked awaits the next snapshot: of ten kept ready, those with
    /// the word are left out, and fewer may remain. O(length of the prefix).
    ///
    /// # Errors
    /// [`QueryError::TooLong`], [`QueryError::Limit`] unless `limit` is 1 to [`MAX_TOP`].
    pub fn suggest(
        &self,
        typed: &str,
        limit: usize,
        now: Period,
    ) -> Result<Vec<Suggestion>, QueryError> {
        if limit == 0 || limit > MAX_TOP {
            return Err(QueryError::Limit { got: limit as u64 });
        }
        let shift = self.shift(now);
        let prefixes = query::prefixes(&query::fold_prefix(typed)?);
        let best = self.best(&prefixes, limit);
        let shown = best.iter().map(|found| found.shown(shift));
        Ok(shown.take_while(|found| found.count > 0).collect())
    }

    /// Each level names its best by what it knows; the newest level that holds a key knows its score. Scores
    /// only rise from level to level, so that a key of the whole's best is among the best of its newest level.
    fn best(&self, prefixes: &[String], limit: usize) -> Vec<Ranked<'_>> {
        let mut found = Vec::with_capacity(3 * MAX_TOP);
        let shows = |key: &str| !self.blocked.hides(key);
        for prefix in prefixes {
            self.live.best(prefix, shows, &mut found);
            let is_older = |key: &str| self.live.score(key).is_none();
            self.frozen.best(prefix, |key| shows(key) && is_older(key), &mut found);
            let is_oldest = |key: &str| is_older(key) && self.frozen.score(key).is_none();
            let from = found.len();
            self.snapshot.best(prefix, shows, &mut found);
            let mut at = 0;
            found.retain(|one| {
                at += 1;
                at <= from || is_oldest(one.key)
            });
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.truncate(limit);
        found
    }

    /// How often a query was asked, after decay.
    ///
    /// # Errors
    /// [`QueryError::Empty`], [`QueryError::TooLong`].
    pub fn count(&self, query: &str, now: Period) -> Result<u64, QueryError> {
        let key = query::fold(query)?;
        Ok(self.base(&key).checked_shr(self.shift(now)).unwrap_or(0))
    }

    /// The words that are never suggested.
    #[must_use]
    pub const fn blocked(&self) -> &Blocked {
        &self.blocked
    }

    /// Puts other words in their place. Those that are new are left out from now on; those that are no longer
    /// there return with the next snapshot.
    pub fn set_blocked(&mut self, blocked: Blocked) {
        self.is_stale |= blocked != self.blocked;
        self.blocked = blocked;
    }

    /// How many distinct queries there is room for.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Whether a key can be counted: it is known, or not one too many.
    #[must_use]
    pub fn has_room_for(&self, key: &str) -> bool {
        self.distinct < self.limit || self.base(key) > 0
    }

    /// Distinct queries.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.distinct
    }

    /// Whether nothing was counted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.distinct == 0
    }

    /// The last snapshot.
    #[must_use]
    pub const fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Queries counted since the last snapshot was begun.
    #[must_use]
    pub fn live(&self) -> usize {
        self.live.len()
    }

    /// The period in which a query weighs 1.
    #[must_use]
    pub const fn reference(&self) -> Period {
        self.reference
    }

    /// Whether a new snapshot is worth its while: words were blocked or freed, or the live counts have grown to
    /// a sixteenth of the snapshot, and to 1,024 at least.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.is_stale || self.live.len() >= (self.snapshot.len() / 16).max(1_024)
    }

    /// Whether a snapshot is being built.
    #[must_use]
    pub const fn is_building(&self) -> bool {
        self.build.is_some()
    }

    /// Begins a new snapshot of all that was counted until now; nothing happens if one is being built. If `now`
    /// is [`MAX_SHIFT`] periods or more after the reference, counts are halved [`MAX_SHIFT`] times and the reference
    /// moves on by as much; what then weighs next to nothing is forgotten.
    pub fn begin(&mut self, now: Period) {
        if self.build.is_some() {
            return;
        }
        let shift = now.saturating_sub(self.reference);
        self.frozen = core::mem::take(&mut self.live);
        self.is_stale = false;
        let bytes = self.snapshot.bytes() / 2; // about what the text takes
        let room = usize::try_from(bytes).unwrap_or(0);
        self.build = Some(Build {
            builder: Builder::with_capacity(self.distinct, room),
            at: 0,
            walk: Walk::new(),
            ahead: None,
            shift: if shift >= MAX_SHIFT { MAX_SHIFT } else { 0 },
        });
    }

    /// Goes on building for `budget` queries; whether the new snapshot has just taken the old one's place. Until
    /// then, and from then on, every suggestion is exact.
    pub fn step(&mut self, budget: usize) -> bool {
        let Some(build) = &mut self.build else {
            return false;
        };
        for _ in 0..budget {
            if build.ahead.is_none() {
                let next = self.frozen.next(&mut build.walk);
                build.ahead = next.map(|next| (next.key.into(), next.score));
            }
            let old = self.snapshot.get(build.at);
            let order = match (&old, &build.ahead) {
                (None, None) => {
                    self.swap();
                    return true;
                }
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some((new, _))) => old.key.cmp(new.as_str()),
            };
            let (key, score) = match (old, &build.ahead) {
                (Some(old), _) if order == Ordering::Less => (old.key, old.score),
                (_, Some((key, score))) => (key.as_str(), *score),
                _ => continue,
            };
            let score = score.checked_shr(build.shift).unwrap_or(0);
            if score > 0 {
                let is_hidden = self.blocked.hides(key);
                // Keys come from a snapshot and a delta: in order, of allowed length, and few enough.
                let pushed = build.builder.push(key, score, is_hidden);
                debug_assert_eq!(pushed, Ok(()));
            }
            if order != Ordering::Greater {
                build.at += 1;
            }
            if order != Ordering::Less {
                build.ahead = None;
            }
        }
        false
    }

    fn swap(&mut self) {
        let Some(build) = self.build.take() else {
            return;
        };
        self.snapshot = Arc::new(build.builder.finish());
        self.frozen = Delta::default();
        if build.shift > 0 {
            self.reference += build.shift;
            self.distinct = self.snapshot.len();
            for (key, added) in core::mem::take(&mut self.live).added() {
                let score = added.checked_shr(build.shift).unwrap_or(0);
                if score > 0 {
                    let _ = self.add(key, score); // there is room: it was there before
                }
            }
        }
    }

    /// Builds a new snapshot at once.
    pub fn rebuild(&mut self, now: Period) {
        while self.build.is_some() && !self.step(usize::MAX) {}
        self.begin(now);
        self.step(usize::MAX);
    }

    /// The node of the trie for what was typed, with at most `fanout` characters that may follow. For people:
    /// O(length of the prefix times characters that follow).
    ///
    /// # Errors
    /// [`QueryError::TooLong`].
    pub fn look(&self, typed: &str, fanout: usize, now: Period) -> Result<Look, QueryError> {
        let prefix = query::fold_prefix(typed)?;
        let shift = self.shift(now);
        let mut next = BTreeSet::new();
        self.snapshot.next_characters(&prefix, &mut next);
        self.frozen.next_characters(&prefix, &mut next);
        self.live.next_characters(&prefix, &mut next);
        let mut beyond: Vec<(Ranked<'_>, char)> = Vec::with_capacity(next.len());
        for c in next {
            let mut longer = prefix.clone();
            longer.push(c);
            beyond.extend(self.best(&[longer], 1).first().map(|&best| (best, c)));
        }
        beyond.sort_unstable_by(|a, b| b.cmp(a));
        beyond.truncate(fanout);
        let below = self.snapshot.range(&prefix).len();
        let is_new = |key: &str| self.snapshot.score(key) == 0;
        let frozen = self.frozen.below(&prefix).filter(|key| is_new(key)).count();
        let is_newer = |key: &str| is_new(key) && self.frozen.score(key).is_none();
        let live = self.live.below(&prefix).filter(|key| is_newer(key)).count();
        let top = self.best(core::slice::from_ref(&prefix), MAX_TOP);
        Ok(Look {
            queries: (below + frozen + live) as u64,
            top: top.iter().map(|found| found.shown(shift)).collect(),
            next: beyond.into_iter().map(|(best, c)| (c, best.shown(shift))).collect(),
            prefix,
        })
    }
}

/// What `times` queries of a period weigh.
fn weigh(times: u64, reference: Period, period: Period) -> u64 {
    match (u64::from(period) + u64::from(FRACTION)).checked_sub(u64::from(reference)) {
        Some(shift @ 0..64) => times.saturating_mul(1 << shift),
        Some(_) if times > 0 => u64::MAX,
        Some(_) => 0,
        None => {
            let shift = reference - period - FRACTION; // no more than the difference that is negative
            times.checked_shr(shift).unwrap_or(0)
        }
    }
}
