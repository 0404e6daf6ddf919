//! Updates of registers: the proposer's side of CASPaxos, and the replica's.

use super::{
    Answer, Asker, Body, Clock, Coordinator, Effects, Error, Event, Key, Kind, Node, NodeId, Now,
    OperationId, Pending, Storage, Timer,
};
use crate::base::{Instant, Span};
use crate::kv::register::{
    Acceptor, Ask, Ballot, MOST_AHEAD, RECENT, State, Update, UpdateId, Updated, Vote,
};
use crate::kv::storage::Change;
use crate::kv::{Quorum, Wishes};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The longest first pause of a proposer that met another; it doubles seven times.
const PAUSE: Span = Span::from_millis(4);

/// What a replica has accepted, if anything.
type Accepted = Option<(Ballot, Arc<State>)>;

#[derive(Debug)]
enum Phase {
    /// Asking without a ballot; updates that only read begin so.
    Reading(Vec<(NodeId, Accepted)>),
    Preparing(Vec<(NodeId, Accepted)>),
    Accepting {
        state: Arc<State>,
        accepted: Vec<NodeId>,
        result: Updated,
    },
    /// Stepping back, until the timer comes.
    Pausing,
}

/// An update under way at its proposer.
#[derive(Debug)]
pub(super) struct Proposal {
    update: Update,
    ballot: Ballot,
    phase: Phase,
    refused: Vec<NodeId>,
    /// The highest round that anybody spoke of.
    seen: u64,
    attempts: u32,
    /// When it goes on by itself: timers that come before are those of earlier rounds.
    wake: Instant,
    /// Each ballot with which a changed state was proposed: the version that it was made from, and what
    /// it answers if it came through.
    proposed: Vec<(Ballot, u64, Updated)>,
}

impl Proposal {
    /// Answers so far in this round.
    pub(super) fn votes(&self) -> u8 {
        super::count(
            0..match &self.phase {
                Phase::Reading(holds) => holds.len(),
                Phase::Preparing(promises) => promises.len(),
                Phase::Accepting { accepted, .. } => accepted.len(),
                Phase::Pausing => 0,
            },
        )
    }

    /// Whether the change may have been, or may yet be, accepted.
    pub(super) fn may_have_happened(&self) -> bool {
        !self.proposed.is_empty()
    }

    /// What to ask a replica that has not answered in this round; none if it has.
    fn question(&self, node: NodeId) -> Option<Ask> {
        match &self.phase {
            _ if self.refused.contains(&node) => None,
            Phase::Reading(holds) => {
                (!holds.iter().any(|(from, _)| *from == node)).then_some(Ask::Read)
            }
            Phase::Preparing(promises) => {
                (!promises.iter().any(|(from, _)| *from == node)).then_some(Ask::Prepare)
            }
            Phase::Accepting { state, accepted, .. } => {
                (!accepted.contains(&node)).then(|| Ask::Accept(Arc::clone(state)))
            }
            Phase::Pausing => None,
        }
    }
}

/// What follows from a vote.
enum Then {
    Wait,
    Ask,
    Prepare,
    Pause,
    Answer(Result<Updated, Error>),
}

// The proposer.
impl<S: Storage> Node<S> {
    pub(super) fn begin_update(
        &mut self,
        now: Now,
        asker: Asker,
        key: &Key,
        update: Update,
        clock: Clock,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        // A register has the cluster's own replicas and a majority of them, whatever a request wishes.
        let nodes = u16::try_from(self.layout.members().len()).unwrap_or(u16::MAX);
        let mut quorums = self.config.quorums(&Wishes::default(), nodes)?;
        quorums.write = quorums.copies / 2 + 1;
        quorums.quorum = Quorum::Strict;
        self.check_reachable(key.slice(), quorums, quorums.write)?;
        let is_read = update == Update::Read;
        let proposal = Proposal {
            update,
            ballot: Ballot::default(),
            phase: Phase::Reading(Vec::new()),
            refused: Vec::new(),
            seen: 0,
            attempts: 0,
            wake: now.instant,
            proposed: Vec::new(),
        };
        let operation = self.insert(asker, key, quorums, clock, Kind::Update(proposal));
        let spent = now.instant.since(clock.started).as_micros();
        let left = Span::from_micros(clock.deadline.as_micros().saturating_sub(spent));
        effects.set_timer(left, Timer::Deadline(operation));
        if is_read {
            self.wake_after(now, self.config.hedge_after, operation, effects);
            self.ask_replicas(now, operation, effects);
        } else {
            self.prepare(now, operation, effects);
        }
        Ok(())
    }

    /// Begins a round with a ballot above all that were seen.
    fn prepare(&mut self, now: Now, operation: OperationId, effects: &mut Effects) {
        let update = UpdateId { node: self.me, incarnation: self.incarnation(), operation };
        let Some(proposal) = self.coordinator.proposal(operation) else { return };
        proposal.seen = proposal.seen.saturating_add(1);
        proposal.ballot = Ballot { round: proposal.seen, update };
        proposal.phase = Phase::Preparing(Vec::new());
        proposal.refused.clear();
        self.wake_after(now, self.config.hedge_after, operation, effects);
        self.ask_replicas(now, operation, effects);
    }

    /// Sets the timer of an update, in place of the one that was set before.
    fn wake_after(&mut self, now: Now, span: Span, operation: OperationId, effects: &mut Effects) {
        if let Some(proposal) = self.coordinator.proposal(operation) {
            proposal.wake = now.instant + span;
            effects.set_timer(span, Timer::Hedge(operation));
        }
    }

    /// Asks the replicas that have not answered in this round.
    fn ask_replicas(&mut self, now: Now, operation: OperationId, effects: &mut Effects) {
        let Some(pending) = self.coordinator.pending.get(&operation) else { return };
        let Kind::Update(proposal) = &pending.kind else { return };
        let (key, ballot) = (pending.key.clone(), proposal.ballot);
        let mut own = None;
        for &node in self.owners(key.slice(), pending.quorums) {
            let Some(ask) = proposal.question(node) else { continue };
            if node == self.me {
                own = Some(ask);
            } else {
                let key = key.clone();
                self.out.send(node, Body::Register { operation, key, ballot, ask }, effects);
            }
        }
        if let Some(ask) = own {
            self.handle_register(now, self.me, operation, key, ballot, ask, effects);
        }
    }

    /// The timer of an update: lost messages are repeated, a pause is over, replicas that a read still
    /// waits for may be down.
    pub(super) fn hedge_update(&mut self, now: Now, operation: OperationId, effects: &mut Effects) {
        let Some(proposal) = self.coordinator.proposal(operation) else { return };
        if now.instant < proposal.wake {
            return;
        }
        if matches!(proposal.phase, Phase::Pausing | Phase::Reading(_)) {
            self.prepare(now, operation, effects);
        } else {
            self.wake_after(now, self.config.hedge_after, operation, effects);
            self.ask_replicas(now, operation, effects);
        }
    }

    /// A replica, perhaps this node itself, votes.
    pub(crate) fn handle_vote(
        &mut self,
        now: Now,
        from: NodeId,
        operation: OperationId,
        ballot: Ballot,
        vote: Vote,
        effects: &mut Effects,
    ) {
        let Some(pending) = self.coordinator.pending.get_mut(&operation) else { return };
        let quorums = pending.quorums;
        let Kind::Update(proposal) = &mut pending.kind else { return };
        let replicas = &self.layout.preference_list(pending.key.slice())[..quorums.copies.into()];
        if ballot != proposal.ballot || !replicas.contains(&from) {
            return;
        }
        let majority = usize::from(quorums.write);
        let after = now.instant.since(pending.started);
        match proposal.take(from, vote, majority, replicas.len(), after) {
            Then::Wait => {}
            Then::Ask => self.ask_replicas(now, operation, effects),
            Then::Prepare => self.prepare(now, operation, effects),
            Then::Pause => {
                self.counters.updates_contended += 1;
                let longest = PAUSE.as_micros() << proposal.attempts.min(7);
                proposal.attempts = proposal.attempts.saturating_add(1);
                proposal.phase = Phase::Pausing;
                let pause = Span::from_micros(1 + self.random.below(longest));
                self.wake_after(now, pause, operation, effects);
            }
            Then::Answer(outcome) => {
                let Some(pending) = self.coordinator.pending.remove(&operation) else { return };
                let Some(asker) = pending.asker else { return };
                match outcome {
                    Ok(updated) => {
                        self.counters.updates += 1;
                        self.answer(asker, Ok(Answer::Updated(updated)), effects);
                    }
                    Err(error) => self.refuse(asker, &pending.key, true, error, effects),
                }
            }
        }
    }
}

impl Proposal {
    fn take(
        &mut self,
        from: NodeId,
        vote: Vote,
        majority: usize,
        replicas: usize,
        after: Span,
    ) -> Then {
        match (vote, &mut self.phase) {
            (_, Phase::Pausing) => return Then::Wait,
            // Half as far as replicas believe, so that they believe what is proposed above it.
            (Vote::Refused(promised), _)
                if promised.round > self.seen.saturating_add(MOST_AHEAD / 2) =>
            {
                return Then::Wait;
            }
            (Vote::Refused(promised), _) => {
                self.seen = self.seen.max(promised.round);
                if !self.refused.contains(&from) {
                    self.refused.push(from);
                }
                let lost = self.refused.len() > replicas - majority;
                return if lost { Then::Pause } else { Then::Wait };
            }
            (Vote::Holds(accepted), Phase::Reading(holds)) => {
                if holds.iter().any(|(node, _)| *node == from) {
                    return Then::Wait;
                }
                holds.push((from, accepted));
                return Self::read(holds, majority, replicas);
            }
            (Vote::Promised(accepted), Phase::Preparing(promises)) => {
                if promises.iter().any(|(node, _)| *node == from) {
                    return Then::Wait;
                }
                promises.push((from, accepted));
                if promises.len() < majority {
                    return Then::Wait;
                }
            }
            (Vote::Accepted, Phase::Accepting { accepted, result, .. }) => {
                if !accepted.contains(&from) {
                    accepted.push(from);
                }
                let is_done = accepted.len() >= majority;
                return if is_done { Then::Answer(Ok(result.clone())) } else { Then::Wait };
            }
            _ => return Then::Wait,
        }
        self.propose(majority, after)
    }

    /// Whether a majority has accepted the same, or no longer can have.
    fn read(holds: &[(NodeId, Accepted)], majority: usize, replicas: usize) -> Then {
        let ballot = |accepted: &Accepted| accepted.as_ref().map(|(ballot, _)| *ballot);
        let alike =
            |one: &Accepted| holds.iter().filter(|(_, other)| ballot(other) == ballot(one)).count();
        let most = holds.iter().max_by_key(|(_, accepted)| (alike(accepted), ballot(accepted)));
        let Some((_, accepted)) = most else { return Then::Wait };
        let count = alike(accepted);
        if count >= majority {
            let state = accepted.as_ref().map_or_else(Arc::default, |(_, state)| Arc::clone(state));
            Then::Answer(Ok(state.answer(true)))
        } else if count + (replicas - holds.len()) < majority {
            Then::Prepare
        } else {
            Then::Wait
        }
    }

    /// A majority has promised: what it has accepted last is changed and proposed.
    fn propose(&mut self, majority: usize, after: Span) -> Then {
        let Phase::Preparing(promises) = &self.phase else { return Then::Wait };
        let newest =
            promises.iter().filter_map(|(_, accepted)| accepted.as_ref()).max_by_key(|a| a.0);
        let ballot = newest.map(|(ballot, _)| *ballot);
        // What a majority has accepted alike is decided; there is no need to have it accepted again.
        let is_decided = promises
            .iter()
            .all(|(_, accepted)| accepted.as_ref().map(|(ballot, _)| *ballot) == ballot);
        let current = newest.map_or_else(Arc::default, |(_, state)| Arc::clone(state));
        let accepting = |state, result| Phase::Accepting { state, accepted: Vec::new(), result };
        // The oldest is told by its version: a later attempt may have begun from an older state.
        if let Some(oldest) = self.proposed.iter().map(|(_, version, _)| *version).min() {
            let mine = |(ballot, ..): &&(Ballot, u64, Updated)| current.recent.contains(ballot);
            if let Some((_, _, result)) = self.proposed.iter().find(mine) {
                let result = result.clone();
                self.phase = accepting(current, result);
                self.refused.clear();
                return Then::Ask;
            }
            let since = current.version.saturating_sub(oldest);
            if since > RECENT as u64 {
                let needed = u8::try_from(majority).unwrap_or(u8::MAX);
                return Then::Answer(Err(Error::Timeout { got: 0, needed, after }));
            }
        }
        match current.after(&self.update, self.ballot) {
            Some(next) => {
                let result = next.answer(true);
                self.proposed.push((self.ballot, current.version, result.clone()));
                self.phase = accepting(Arc::new(next), result);
            }
            None => {
                let result = current.answer(self.update == Update::Read);
                // What was proposed before and did not come through must be buried by something newer.
                if is_decided && self.proposed.is_empty() {
                    return Then::Answer(Ok(result));
                }
                self.phase = accepting(current, result);
            }
        }
        self.refused.clear();
        Then::Ask
    }
}

impl Coordinator {
    fn proposal(&mut self, operation: OperationId) -> Option<&mut Proposal> {
        match self.pending.get_mut(&operation) {
            Some(Pending { kind: Kind::Update(proposal), .. }) => Some(proposal),
            _ => None,
        }
    }
}

// The replica.
impl<S: Storage> Node<S> {
    /// A proposer, perhaps this node itself, wants a promise or an acceptance.
    #[allow(clippy::too_many_arguments)] // the fields of one message
    pub(crate) fn handle_register(
        &mut self,
        now: Now,
        from: NodeId,
        operation: OperationId,
        key: Key,
        ballot: Ballot,
        ask: Ask,
        effects: &mut Effects,
    ) {
        let held = self.storage.table().register(&key);
        let acceptor = held.map_or_else(Acceptor::default, |held| (**held).clone());
        if !acceptor.believes(ballot, &ask) {
            effects.tell(Event::Ignored { from, reason: "it is too far ahead of its register" });
            return;
        }
        let next = match &ask {
            Ask::Read => Some(acceptor.clone()),
            Ask::Prepare => acceptor.promise(ballot),
            Ask::Accept(state) => acceptor.accept(ballot, state),
        };
        let Some(next) = next else {
            let vote = Vote::Refused(acceptor.promised);
            return self.vote(now, from, operation, ballot, vote, effects);
        };
        let vote = match ask {
            Ask::Read => Vote::Holds(next.accepted.clone()),
            Ask::Prepare => Vote::Promised(next.accepted.clone()),
            Ask::Accept(_) => Vote::Accepted,
        };
        let change =
            (next != acceptor).then(|| Change::Register { key, acceptor: Some(Arc::new(next)) });
        self.keep_vote(now, change, from, operation, ballot, vote, effects);
    }

    /// Tells a proposer, perhaps this node itself, how this replica votes.
    pub(crate) fn vote(
        &mut self,
        now: Now,
        to: NodeId,
        operation: OperationId,
        ballot: Ballot,
        vote: Vote,
        effects: &mut Effects,
    ) {
        if to == self.me {
            self.handle_vote(now, to, operation, ballot, vote, effects);
        } else {
            self.out.send(to, Body::Vote { operation, ballot, vote }, effects);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot(round: u64, operation: u64) -> Ballot {
        Ballot { round, update: UpdateId { node: NodeId(0), incarnation: 1, operation } }
    }

    /// The state after so many additions of somebody else.
    fn state(version: u64) -> (Ballot, Arc<State>) {
        let mut state = State::default();
        for round in 1..=version {
            state = state.after(&Update::Add(1), ballot(round, 99)).unwrap();
        }
        (ballot(version, 99), Arc::new(state))
    }

    /// A round in which a majority holds the same.
    fn round(proposal: &mut Proposal, round: u64, held: (Ballot, Arc<State>)) -> Then {
        proposal.ballot = ballot(round, 7);
        let promise = |node| (NodeId(node), Some(held.clone()));
        proposal.phase = Phase::Preparing(vec![promise(1), promise(2)]);
        proposal.propose(2, Span::from_secs(1))
    }

    #[test]
    fn r6_20_an_update_that_may_be_done_long_ago_is_not_done_again() {
        let mut proposal = Proposal {
            update: Update::Add(1),
            ballot: Ballot::default(),
            phase: Phase::Pausing,
            refused: Vec::new(),
            seen: 0,
            attempts: 0,
            wake: Instant::ZERO,
            proposed: Vec::new(),
        };
        // Two attempts that got no majority, the later one from an older state: whoever holds what the
        // first made is gone, for now.
        assert!(matches!(round(&mut proposal, 20, state(11)), Then::Ask));
        assert!(matches!(round(&mut proposal, 21, state(10)), Then::Ask));
        // As long as either would still be remembered, what came of it is known.
        let remembered = 10 + RECENT as u64;
        assert!(matches!(round(&mut proposal, 40, state(remembered)), Then::Ask));
        // After that the second may be among those that are forgotten.
        proposal.proposed.truncate(2);
        let Then::Answer(Err(error)) = round(&mut proposal, 41, state(remembered + 1)) else {
            panic!("it was proposed again");
        };
        assert!(error.may_have_happened());
    }
}
