//! What must hold, judged from outside.
//!
//! The check knows what clients asked and were answered, and keeps that and nothing else. Against
//! it stand answers as they come, and at the end what the nodes hold. Judged are:
//!
//! - **No acknowledged write is lost**: at the end its dot is covered, and if its value is gone, then
//!   because of a write that had seen it, or of a blind one that was not over before it began.
//! - **What is acknowledged is durable**: at that moment W owners have it on their disks, where only owners count, and
//!   else one node at least.
//! - **A dot is given once**: no two acknowledged writes have one name.
//! - **No sibling is dominated**: of two siblings, neither author had seen the other.
//! - **Strong reads** (W + R > N, strict): a read covers all writes of its key that were acknowledged
//!   before it was asked.
//! - **Convergence**: once healed, all owners of a key hold the same, and no hint is left.
//! - **Registers are linearizable**: some order explains all answers.
//! - **Progress**: once healed, requests succeed.

use super::linearizable::{self, Call};
use super::options::Options;
use crate::base::{Instant, Span};
use crate::kv::{
    Answer, Context, Dot, Error, Health, Key, MAX_ACTORS, Operation, Quorum, RequestId, Table,
    Versions, Wishes,
};
use crate::ring::{Layout, NodeId};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use core::fmt::Write as _;

/// Something that must not happen did.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A write that was acknowledged is gone, and nothing superseded it.
    #[error("key {key}: the acknowledged write {dot} is lost")]
    LostWrite {
        /// The key.
        key: String,
        /// The write.
        dot: String,
    },
    /// A write was acknowledged that too few disks have.
    #[error(
        "key {key}: the write {dot} is acknowledged and {got} disks have it, expected {needed}"
    )]
    NotDurable {
        /// The key.
        key: String,
        /// The write.
        dot: String,
        /// How many disks would have it after a loss of power.
        got: u64,
        /// How many must.
        needed: u64,
    },
    /// Two writes were given one name.
    #[error("key {key}: the dot {dot} is given to a second write")]
    DotTwice {
        /// The key of the second one.
        key: String,
        /// Their name.
        dot: String,
    },
    /// A sibling stands beside one whose author had seen it.
    #[error("key {key}: sibling {dominated} stands beside {by}, whose author had seen it")]
    DominatedSibling {
        /// The key.
        key: String,
        /// The one that should be gone.
        dominated: String,
        /// The one that superseded it.
        by: String,
    },
    /// A read under a strong quorum did not cover a write acknowledged before it.
    #[error("key {key}: a strong read missed what was acknowledged before it: {missed}")]
    StaleRead {
        /// The key.
        key: String,
        /// What it should have covered.
        missed: String,
    },
    /// Two owners hold different versions of a key, long after all was healed.
    #[error("key {key}: nodes {one} and {other} hold different versions after healing")]
    Diverged {
        /// The key.
        key: String,
        /// One owner.
        one: u16,
        /// The other.
        other: u16,
    },
    /// A hint is left, long after all was healed.
    #[error("node {node} still keeps {count} hints for node {owner} after healing")]
    HintsLeft {
        /// Who keeps them.
        node: u16,
        /// For whom.
        owner: u16,
        /// How many.
        count: u64,
    },
    /// The answers of a register contradict each other.
    #[error("register {key}: {why}")]
    NotLinearizable {
        /// The register.
        key: String,
        /// In what way.
        why: String,
    },
    /// A node does not see how another is, although all is well but for that.
    #[error("node {by} sees node {node} {seen} after {after}, expected {expected}")]
    Unnoticed {
        /// Who does not see it.
        by: u16,
        /// How whom is.
        node: u16,
        /// How it is.
        expected: &'static str,
        /// How it looks.
        seen: &'static str,
        /// For how long it has been so.
        after: Span,
    },
    /// A request failed, long after all was healed.
    #[error("a request failed after healing: {error}")]
    NoProgress {
        /// Its error, or that none came.
        error: String,
    },
}

#[derive(Debug)]
struct Written {
    id: RequestId,
    is_delete: bool,
    /// What the author had seen; none if it wrote blindly.
    seen: Option<Context>,
    asked: Instant,
    answered: Option<Instant>,
    dot: Option<Dot>,
    /// It was refused, and the refusal said that nothing was stored.
    is_void: bool,
}

#[derive(Debug, Default)]
struct KeyModel {
    writes: Vec<Written>,
    by_value: BTreeMap<Bytes, usize>,
    acknowledged: Context,
}

impl KeyModel {
    /// The write that a sibling came from.
    fn author(&self, dot: Dot, value: Option<&Bytes>) -> Option<&Written> {
        match value {
            Some(value) => self.by_value.get(value).and_then(|&i| self.writes.get(i)),
            None => self.writes.iter().find(|write| write.dot == Some(dot)),
        }
    }

    /// Whether some other write may have superseded an acknowledged one.
    fn may_be_superseded(&self, at: usize, lost: &Written, dot: Dot) -> bool {
        // Most likely by one of the next: look there first.
        let (before, after) = self.writes.split_at(at);
        let others = after.iter().skip(1).chain(before).filter(|write| !write.is_void);
        others.into_iter().any(|write| match &write.seen {
            Some(seen) => seen.covers(dot),
            None => write.answered.is_none_or(|answered| answered >= lost.asked),
        })
    }
}

#[derive(Debug)]
enum Question {
    Read { key: Key, must_cover: Context },
    Write { key: Key, index: usize },
    Update { key: Key, index: usize },
}

/// The judge of one world.
#[derive(Debug)]
pub struct Check {
    keys: BTreeMap<Key, KeyModel>,
    /// The calls to each register, less those that surely did not happen.
    registers: BTreeMap<Key, Vec<Option<Call>>>,
    open: BTreeMap<RequestId, Question>,
    /// The node, its incarnation and its count, of every acknowledged write.
    dots: BTreeSet<(NodeId, u64, u64)>,
    /// How many disks must have what is acknowledged.
    copies: u64,
    is_strong: bool,
    /// A disk was emptied: what was acknowledged may rightly be gone.
    is_excused: bool,
    violations: Vec<Violation>,
}

impl Check {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            keys: BTreeMap::new(),
            registers: BTreeMap::new(),
            open: BTreeMap::new(),
            dots: BTreeSet::new(),
            copies: must_have(options),
            is_strong: options.is_strong(),
            is_excused: false,
            violations: Vec::new(),
        }
    }

    /// What was found so far.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// From here on lost writes are no fault of the store.
    pub(crate) fn excuse_losses(&mut self) {
        self.is_excused = true;
    }

    pub(crate) fn asked(&mut self, id: RequestId, operation: &Operation, now: Instant) {
        let question = match operation {
            Operation::Get { key } => {
                let model = self.keys.entry(key.clone()).or_default();
                let must_cover =
                    if self.is_strong { model.acknowledged.clone() } else { Context::default() };
                Question::Read { key: key.clone(), must_cover }
            }
            Operation::Put { key, value, seen } => {
                let model = self.keys.entry(key.clone()).or_default();
                let index = model.writes.len();
                let seen = seen.clone();
                model.writes.push(Written {
                    id,
                    is_delete: value.is_none(),
                    seen,
                    asked: now,
                    answered: None,
                    dot: None,
                    is_void: false,
                });
                if let Some(value) = value {
                    model.by_value.insert(value.clone(), index);
                }
                Question::Write { key: key.clone(), index }
            }
            Operation::Update { key, update } => {
                let history = self.registers.entry(key.clone()).or_default();
                let (update, begun) = (update.clone(), now.as_micros());
                history.push(Some(Call { update, begun, ended: None }));
                Question::Update { key: key.clone(), index: history.len() - 1 }
            }
            Operation::Scan(_) => return,
        };
        self.open.insert(id, question);
    }

    pub(crate) fn answered(
        &mut self,
        id: RequestId,
        outcome: &Result<Answer, Error>,
        now: Instant,
    ) {
        let Some(question) = self.open.remove(&id) else { return };
        match (question, outcome) {
            (Question::Write { key, index }, Ok(Answer::Written { dot, .. })) => {
                if !self.dots.insert((dot.actor.node, dot.actor.incarnation, dot.counter)) {
                    let (key, dot) = (name(&key), dot_name(*dot));
                    self.violations.push(Violation::DotTwice { key, dot });
                }
                let model = self.keys.entry(key).or_default();
                model.acknowledged.add(*dot);
                if let Some(write) = model.writes.get_mut(index) {
                    write.dot = Some(*dot);
                    write.answered = Some(now);
                }
            }
            (Question::Write { key, index }, Err(error)) if !error.may_have_happened() => {
                let model = self.keys.entry(key).or_default();
                if let Some(write) = model.writes.get_mut(index) {
                    write.is_void = true;
                }
            }
            (Question::Update { key, index }, outcome) => {
                let Some(history) = self.registers.get_mut(&key) else { return };
                let Some(call) = history.get_mut(index) else { return };
                match outcome {
                    Ok(Answer::Updated(updated)) => {
                        if let Some(call) = call {
                            call.ended = Some((now.as_micros(), updated.clone()));
                        }
                    }
                    Err(error) if !error.may_have_happened() => *call = None,
                    _ => {}
                }
            }
            (Question::Read { key, must_cover }, Ok(Answer::Got(versions))) => {
                if !self.is_excused && misses(versions.context(), &must_cover) {
                    let missed = describe(&must_cover);
                    let key = name(&key);
                    self.violations.push(Violation::StaleRead { key, missed });
                }
                self.judge_siblings(&key, versions);
            }
            _ => {}
        }
    }

    pub(crate) fn judge_copies(&mut self, key: &Key, dot: Dot, copies: usize) {
        let (got, needed) = (copies as u64, self.copies);
        if got < needed && !self.is_excused {
            let (key, dot) = (name(key), dot_name(dot));
            self.violations.push(Violation::NotDurable { key, dot, got, needed });
        }
    }

    fn judge_siblings(&mut self, key: &Key, versions: &Versions) {
        let siblings = versions.siblings();
        // A full context has dropped actors: what they wrote may be back, see `kv/version.rs`.
        let is_full = versions.context().vector().len() >= MAX_ACTORS;
        let is_judged = siblings.len() > 1 && !is_full;
        let Some(model) = self.keys.get(key).filter(|_| is_judged) else { return };
        for by in siblings {
            let author = model.author(by.dot, by.value.as_ref());
            let Some(seen) = author.and_then(|author| author.seen.as_ref()) else { continue };
            if let Some(sibling) = siblings.iter().find(|s| s.dot != by.dot && seen.covers(s.dot)) {
                self.violations.push(Violation::DominatedSibling {
                    key: name(key),
                    dominated: dot_name(sibling.dot),
                    by: dot_name(by.dot),
                });
            }
        }
    }

    /// Judges what nodes hold once everything is healed and at rest.
    pub(crate) fn judge_rest(
        &mut self,
        layout: &Layout,
        copies: usize,
        tables: &[(NodeId, &Table)],
    ) {
        for (node, table) in tables {
            for (owner, count) in table.hint_counts() {
                let (node, owner) = (node.0, owner.0);
                self.violations.push(Violation::HintsLeft { node, owner, count });
            }
        }
        if !self.is_excused {
            for (key, history) in &self.registers {
                let calls: Vec<Call> = history.iter().flatten().cloned().collect();
                if let Err(why) = linearizable::check(&calls) {
                    let key = name(key);
                    self.violations.push(Violation::NotLinearizable { key, why });
                }
            }
        }
        let keys: Vec<Key> = self.keys.keys().cloned().collect();
        for key in keys {
            let owners = &layout.preference_list(key.slice())[..copies];
            let held: Vec<(NodeId, Versions)> = tables
                .iter()
                .filter(|(node, _)| owners.contains(node))
                .map(|(node, table)| {
                    (*node, table.record(&key).map(|v| (**v).clone()).unwrap_or_default())
                })
                .collect();
            let Some((first, versions)) = held.first() else { continue };
            if let Some((other, _)) = held.iter().find(|(_, other)| other != versions) {
                let (key, one, other) = (name(&key), first.0, other.0);
                self.violations.push(Violation::Diverged { key, one, other });
            }
            self.judge_siblings(&key, versions);
            if !self.is_excused {
                self.judge_losses(&key, versions);
            }
        }
    }

    fn judge_losses(&mut self, key: &Key, versions: &Versions) {
        let Some(model) = self.keys.get(key) else { return };
        for (at, write) in model.writes.iter().enumerate() {
            let Some(dot) = write.dot else { continue };
            // A write whose coordinator died may have been made twice, under two names; of a
            // delete's second name nothing tells whose it was.
            let is_present = versions.siblings().iter().any(|sibling| {
                let author = model.author(sibling.dot, sibling.value.as_ref());
                sibling.dot == dot || author.map_or(write.is_delete, |by| by.id == write.id)
            });
            if !is_present && !model.may_be_superseded(at, write, dot) {
                let (key, dot) = (name(key), dot_name(dot));
                self.violations.push(Violation::LostWrite { key, dot });
            }
        }
    }

    pub(crate) fn unnoticed(
        &mut self,
        by: NodeId,
        node: NodeId,
        (expected, seen): (Health, Health),
        after: Span,
    ) {
        let name = |health| match health {
            Health::Up => "up",
            Health::Suspected => "suspected",
            Health::Down => "down",
        };
        let (by, node, expected, seen) = (by.0, node.0, name(expected), name(seen));
        self.violations.push(Violation::Unnoticed { by, node, expected, seen, after });
    }

    pub(crate) fn no_progress(&mut self, error: String) {
        self.violations.push(Violation::NoProgress { error });
    }
}

/// How many disks must have what is acknowledged: W owners, where only they count. A stand-in may have handed its copy
/// over and dropped it before the other owners have theirs.
fn must_have(options: &Options) -> u64 {
    match options.config.quorums(&Wishes::default(), options.nodes) {
        Ok(quorums) if quorums.quorum == Quorum::Strict => u64::from(quorums.write),
        _ => 1,
    }
}

/// Whether a context lacks something of another. A full one may lack actors older than all that it
/// holds: those are dropped.
fn misses(context: &Context, needed: &Context) -> bool {
    let is_full = context.vector().len() >= MAX_ACTORS;
    let oldest = context.vector().iter().map(|(actor, _)| actor.incarnation).min().unwrap_or(0);
    needed.vector().iter().any(|&(actor, counter)| {
        let may_be_dropped = is_full && actor.incarnation <= oldest;
        !may_be_dropped && !context.covers(Dot { actor, counter })
    })
}

fn name(key: &Key) -> String {
    String::from_utf8_lossy(key.partition()).into_owned()
}

fn dot_name(dot: Dot) -> String {
    let actor = dot.actor;
    alloc::format!("{}:{:x}:{}.{}", actor.node.0, actor.incarnation, actor.epoch, dot.counter)
}

fn describe(context: &Context) -> String {
    let mut text = String::new();
    for &(actor, counter) in context.vector() {
        let _ = write!(text, "{} ", dot_name(Dot { actor, counter }));
    }
    text
}
