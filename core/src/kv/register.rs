//! Registers: single keys that are read and changed linearizably, by CASPaxos.
//!
//! Any node *proposes*: it asks the key's N replicas to promise that they will accept nothing older
//! than its ballot, takes the state with the highest ballot that a majority has accepted, changes it,
//! and asks them to accept the result. A majority that has done so durably makes it so. There is no
//! leader and no log: the state itself is replicated, a register is as independent of others as keys
//! of the store are.
//!
//! # Why it is safe to try again
//! A proposal that was refused half-way may yet be taken up by the next proposer. So a state carries
//! the ballots of the last [`RECENT`] updates: a proposer that prepares again finds its own there if
//! its update came through. If it is not there, and no more than that many updates were made
//! since, it did not and never will, once something newer is accepted. Otherwise the client is told
//! that it may have happened.
//!
//! # Reads
//! A read first asks what the replicas have accepted. If a majority has accepted the same, that is
//! decided, and nothing newer was decided before the read began: the replica that both majorities share
//! would have said so. Only if they differ does the read prepare, as a change does; so readers do not
//! disturb writers.
//!
//! # Limits
//! Two rounds to a majority for a change, each with a sync; one round without a sync for a read while nobody writes.
//! Proposers that meet step back for a random while. Values up to [`super::MAX_VALUE`] bytes. A
//! replica whose disk was emptied has forgotten its promises and may let one change be lost: replacing
//! replicas is part of changing membership.
//!
//! # Sources
//! Rystsov, "CASPaxos: Replicated State Machines without logs" (2018); Lamport, "Paxos Made Simple"
//! (2001).

use super::message::OperationId;
use crate::base::hash::{self, Digest};
use crate::base::{Mistake, is_planted};
use crate::ring::NodeId;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// How many of its last updates a state names.
pub(crate) const RECENT: usize = 16;

/// How far a round or a version may be ahead of what a replica knows. No register is changed that often: what
/// is further ahead is damaged, and would leave no room above it.
pub(crate) const MOST_AHEAD: u64 = 1 << 40;

/// What is done to a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Update {
    /// Nothing: only say what it holds.
    Read,
    /// Set it, or with no value empty it, if it holds what is expected; nothing is expected of an
    /// empty one.
    CompareAndSet {
        /// What it must hold.
        expected: Option<Bytes>,
        /// What it holds then.
        value: Option<Bytes>,
    },
    /// Add to a decimal number, from -2^63 to 2^63 - 1; an empty register counts as zero.
    Add(i64),
}

impl Update {
    /// Set it if it is empty.
    #[must_use]
    pub fn create(value: impl Into<Bytes>) -> Self {
        Self::CompareAndSet { expected: None, value: Some(value.into()) }
    }

    /// The value that it would store.
    pub(crate) const fn value(&self) -> Option<&Bytes> {
        match self {
            Self::CompareAndSet { value, .. } => value.as_ref(),
            Self::Read | Self::Add(_) => None,
        }
    }
}

/// What came of an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Updated {
    /// Whether it was done: false if the register held something else than expected, or no number
    /// that could be added to.
    pub applied: bool,
    /// What the register holds after it.
    pub value: Option<Bytes>,
    /// How many updates have changed it so far.
    pub version: u64,
}

/// The name of one attempt to have a register accept something. No two are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ballot {
    /// Higher than what was seen.
    pub round: u64,
    /// Whose update it is for.
    pub update: UpdateId,
}

/// The name of an update: who proposes it, in which life, and its number there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UpdateId {
    /// The proposer.
    pub node: NodeId,
    /// Its life.
    pub incarnation: u64,
    /// The operation there.
    pub operation: OperationId,
}

/// What a register holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// How many updates have changed it.
    pub version: u64,
    /// Its value.
    pub value: Option<Bytes>,
    /// The ballots with which the last of them were proposed, oldest first.
    pub recent: Vec<Ballot>,
}

impl State {
    /// The state after an update; none if the update changes nothing.
    pub(crate) fn after(&self, update: &Update, ballot: Ballot) -> Option<Self> {
        let value = match update {
            Update::CompareAndSet { expected, value } if *expected == self.value => value.clone(),
            Update::Add(amount) => Some(self.number()?.checked_add(*amount)?.to_string().into()),
            Update::Read | Update::CompareAndSet { .. } => return None,
        };
        let skip = (self.recent.len() + 1).saturating_sub(RECENT);
        let recent = self.recent.iter().skip(skip).copied().chain([ballot]).collect();
        Some(Self { version: self.version.checked_add(1)?, value, recent })
    }

    fn number(&self) -> Option<i64> {
        match &self.value {
            None => Some(0),
            Some(value) => core::str::from_utf8(value).ok()?.parse().ok(),
        }
    }

    /// What the client of an update is told that left this state.
    pub(crate) fn answer(&self, applied: bool) -> Updated {
        Updated { applied, value: self.value.clone(), version: self.version }
    }
}

/// What a replica keeps of a register.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptor {
    /// It accepts nothing older.
    pub promised: Ballot,
    /// What it has accepted last.
    pub accepted: Option<(Ballot, Arc<State>)>,
}

impl Acceptor {
    /// Whether a proposer that knows its register can ask this.
    pub(crate) fn believes(&self, ballot: Ballot, ask: &Ask) -> bool {
        let known = self.accepted.as_ref().map_or(0, |(_, state)| state.version);
        let is_near = |got: u64, known: u64| got <= known.saturating_add(MOST_AHEAD);
        let is_state = match ask {
            Ask::Accept(state) => is_near(state.version, known) && state.recent.len() <= RECENT,
            Ask::Read | Ask::Prepare => true,
        };
        is_near(ballot.round, self.promised.round) && is_state
    }

    /// The acceptor after a promise; none if it has promised more.
    pub(crate) fn promise(&self, ballot: Ballot) -> Option<Self> {
        let accepted = self.accepted.clone();
        self.may_take(ballot).then_some(Self { promised: ballot, accepted })
    }

    /// The acceptor after accepting; none if it has promised more.
    pub(crate) fn accept(&self, ballot: Ballot, state: &Arc<State>) -> Option<Self> {
        let accepted = Some((ballot, Arc::clone(state)));
        self.may_take(ballot).then_some(Self { promised: ballot, accepted })
    }

    fn may_take(&self, ballot: Ballot) -> bool {
        ballot >= self.promised || is_planted(Mistake::LetBallotGoBack)
    }

    /// A number over all of it, for digests.
    pub(crate) fn digest(&self) -> u64 {
        let mut digest = Digest::new(self.promised.round);
        digest.add(self.promised.update.operation);
        if let Some((ballot, state)) = &self.accepted {
            digest.add(ballot.round);
            digest.add(state.version);
            digest.add(state.value.as_ref().map_or(0, |value| hash::keyed(1, value)));
        }
        digest.value()
    }
}

/// What proposers and replicas of a register say to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Only say what was accepted last.
    Read,
    /// Accept nothing older than this ballot.
    Prepare,
    /// Accept this.
    Accept(Arc<State>),
}

/// What a replica answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Vote {
    /// This is what it has accepted last; it promises nothing.
    Holds(Option<(Ballot, Arc<State>)>),
    /// It will accept nothing older; this is what it has accepted last.
    Promised(Option<(Ballot, Arc<State>)>),
    /// It has accepted the state durably.
    Accepted,
    /// It has promised this newer ballot.
    Refused(Ballot),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot(round: u64) -> Ballot {
        let update = UpdateId { node: NodeId(1), incarnation: 1, operation: round };
        Ballot { round, update }
    }

    #[test]
    fn r6_20_updates_apply_only_where_they_fit() {
        let empty = State::default();
        let one = empty.after(&Update::create("a"), ballot(1)).unwrap();
        assert_eq!((one.version, one.value.as_deref()), (1, Some(&b"a"[..])));
        assert_eq!(one.after(&Update::create("b"), ballot(2)), None);
        assert_eq!(one.after(&Update::Add(1), ballot(2)), None, "not a number");
        let expected = Some(Bytes::from("a"));
        let gone = one.after(&Update::CompareAndSet { expected, value: None }, ballot(2)).unwrap();
        assert_eq!((gone.version, gone.value), (2, None));
        let most = empty.after(&Update::Add(i64::MAX), ballot(1)).unwrap();
        assert_eq!(most.after(&Update::Add(1), ballot(2)), None, "it would overflow");
    }

    #[test]
    fn r6_20_a_state_names_its_last_updates_only() {
        let mut state = State::default();
        for i in 0..40 {
            state = state.after(&Update::Add(1), ballot(i)).unwrap();
        }
        assert_eq!(state.value.as_deref(), Some(&b"40"[..]));
        assert_eq!(state.recent, (24..40).map(ballot).collect::<Vec<_>>());
    }

    #[test]
    fn r6_20_an_acceptor_never_goes_back() {
        let promised = Acceptor::default().promise(ballot(5)).unwrap();
        assert_eq!(promised.promise(ballot(4)), None);
        let state = Arc::new(State::default());
        assert_eq!(promised.accept(ballot(4), &state), None);
        assert_eq!(promised.accept(ballot(5), &state).unwrap().promised, ballot(5));
    }
}
