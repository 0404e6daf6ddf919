//! Reads, writes and scans: who is asked, who must answer, and who takes over.
//!
//! An operation goes through three moments. It begins: the nodes that should answer are asked. It
//! is *hedged*: those that have not answered for a while get company, stand-ins where the quorum is
//! sloppy, another coordinator where the request was passed on. It ends: when all have answered, or
//! at its deadline; what an owner has not acknowledged by then is kept as a hint. The client is
//! answered in between, as soon as its quorum is there.
//!
//! Limits: a write costs N stores and as many acknowledgements, a read N fetches; one more message
//! each way if the client's node is not an owner.
//!
//! Source: "Dynamo" (2007), sections 4.5 and 4.6.

use super::message::{
    Answer, Body, Effects, Event, Operation, OperationId, Quorum, Reply, Request, RequestId, Timer,
};
use super::node::{NOBODY, Node, TooManyHints};
use super::storage::{Change, Storage};
use super::version::{Context, Dot, Versions};
use super::{
    Error, Key, MAX_DEADLINE, MAX_OPERATIONS, MAX_RECORD, MAX_SIBLINGS, MAX_VALUE, Quorums,
};
use crate::base::{Instant, Mistake, Now, Span, is_planted};
use crate::ring::{NodeId, Slice};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use bytes::Bytes;

mod forward;
mod read;
mod scan;
mod update;
mod write;

use forward::Forward;
use read::Read;
use scan::Scan;
use update::Proposal;
use write::{Target, Write};

/// Who waits for the answer.
#[derive(Clone, Copy, Debug)]
enum Asker {
    Client(RequestId),
    Peer(NodeId, OperationId),
}

#[derive(Debug)]
enum Kind {
    Write(Write),
    Read(Read),
    Scan(Scan),
    Forward(Forward),
    Update(Proposal),
}

/// An operation under way.
#[derive(Debug)]
struct Pending {
    /// Nobody, once answered.
    asker: Option<Asker>,
    key: Key,
    started: Instant,
    deadline: Span,
    quorums: Quorums,
    kind: Kind,
}

/// How many of the last requests passed on to this node it remembers.
const REMEMBERED_FORWARDS: usize = 8_192;

/// What a node has under way.
#[derive(Debug)]
pub(crate) struct Coordinator {
    pending: BTreeMap<OperationId, Pending>,
    last: OperationId,
    /// The last requests that were passed on to this node: a doubled message must not write twice.
    taken: BTreeSet<(NodeId, OperationId)>,
    taken_in_order: VecDeque<(NodeId, OperationId)>,
}

impl Coordinator {
    pub(crate) const fn new(first: OperationId) -> Self {
        Self {
            pending: BTreeMap::new(),
            last: first,
            taken: BTreeSet::new(),
            taken_in_order: VecDeque::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether this request is passed on for the first time.
    fn take(&mut self, from: NodeId, operation: OperationId) -> bool {
        if !self.taken.insert((from, operation)) {
            return false;
        }
        self.taken_in_order.push_back((from, operation));
        if self.taken_in_order.len() > REMEMBERED_FORWARDS
            && let Some(oldest) = self.taken_in_order.pop_front()
        {
            self.taken.remove(&oldest);
        }
        true
    }

    /// A number that no operation of this life had.
    pub(crate) fn next_id(&mut self) -> OperationId {
        self.last = self.last.wrapping_add(1);
        if self.last == NOBODY {
            self.last = 1;
        }
        self.last
    }
}

/// How long a request may take and since when.
#[derive(Clone, Copy, Debug)]
struct Clock {
    started: Instant,
    deadline: Span,
}

// Beginning.
impl<S: Storage> Node<S> {
    pub(crate) fn begin(
        &mut self,
        now: Now,
        id: RequestId,
        request: Request,
        effects: &mut Effects,
    ) {
        self.begin_for(now, Asker::Client(id), request, effects);
    }

    /// Another node asks this one to coordinate.
    pub(crate) fn handle_forward(
        &mut self,
        now: Now,
        from: NodeId,
        operation: OperationId,
        request: Request,
        effects: &mut Effects,
    ) {
        if !self.coordinator.take(from, operation) {
            return;
        }
        self.begin_for(now, Asker::Peer(from, operation), request, effects);
    }

    fn begin_for(&mut self, now: Now, asker: Asker, request: Request, effects: &mut Effects) {
        let key = match &request.operation {
            Operation::Get { key } | Operation::Put { key, .. } | Operation::Update { key, .. } => {
                key.clone()
            }
            Operation::Scan(range) => Key::first_at(range.slice.first_prefix()),
        };
        let is_write =
            matches!(request.operation, Operation::Put { .. } | Operation::Update { .. });
        if let Err(error) = self.try_begin(now, asker, &key, request, effects) {
            self.refuse(asker, &key, is_write, error, effects);
        }
    }

    fn try_begin(
        &mut self,
        now: Now,
        asker: Asker,
        key: &Key,
        request: Request,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        if self.stood_still(now) && !Self::may_repeat(&request) {
            return Err(Error::StoodStill);
        }
        if self.coordinator.len() >= MAX_OPERATIONS {
            return Err(Error::Overloaded { limit: MAX_OPERATIONS as u64 });
        }
        let nodes = u16::try_from(self.layout.members().len()).unwrap_or(u16::MAX);
        let quorums = self.config.quorums(&request.wishes, nodes)?;
        let deadline = request.wishes.deadline.unwrap_or(self.config.deadline).min(MAX_DEADLINE);
        let clock = Clock { started: now.instant, deadline };
        match &request.operation {
            Operation::Get { .. } => self.begin_read(now, asker, key, quorums, clock, effects),
            Operation::Scan(range) => {
                self.begin_scan(now, asker, range.clone(), quorums, clock, effects)
            }
            Operation::Update { update, .. } => {
                let value = update.value();
                if let Some(got) = value.map(Bytes::len).filter(|&got| got > MAX_VALUE) {
                    return Err(Error::ValueLength { got: got as u64 });
                }
                self.begin_update(now, asker, key, update.clone(), clock, effects)
            }
            Operation::Put { value, seen, .. } => {
                if let Some(got) = value.as_ref().map(Bytes::len).filter(|&got| got > MAX_VALUE) {
                    return Err(Error::ValueLength { got: got as u64 });
                }
                if let Some(seen) = seen {
                    seen.check()?;
                }
                self.check_reachable(key.slice(), quorums, quorums.write)?;
                let may_coordinate = match asker {
                    Asker::Peer(..) => true, // passed on once is enough
                    Asker::Client(_) => {
                        match seen {
                            // Any owner will do; the first one keeps blind writes in one row.
                            Some(_) => self.owns(key, quorums),
                            None => self.first_coordinator(key.slice(), quorums) == Some(self.me),
                        }
                    }
                };
                if may_coordinate {
                    let (value, seen) = (value.clone(), seen.clone());
                    self.coordinate(now, asker, key, value, seen, quorums, clock, effects)
                } else {
                    self.begin_forward(now, asker, key, request, quorums, clock, effects)
                }
            }
        }
    }

    fn owners(&self, slice: Slice, quorums: Quorums) -> &[NodeId] {
        let (list, copies) = (self.layout.preference_list(slice), usize::from(quorums.copies));
        if is_planted(Mistake::ServeStaleLayout) && self.me == NodeId(0) && copies < list.len() {
            return &list[1..=copies];
        }
        &list[..copies]
    }

    fn owns(&self, key: &Key, quorums: Quorums) -> bool {
        self.owners(key.slice(), quorums).contains(&self.me)
    }

    /// Who may answer for a slice: owners only, or whoever is next where stand-ins count.
    fn eligible(&self, slice: Slice, quorums: Quorums) -> &[NodeId] {
        match quorums.quorum {
            Quorum::Strict => self.owners(slice, quorums),
            Quorum::Sloppy => self.layout.preference_list(slice),
        }
    }

    /// Healthy nodes that may coordinate a write, best first.
    fn coordinators(&self, slice: Slice, quorums: Quorums) -> impl Iterator<Item = NodeId> + '_ {
        let healthy = |&id: &NodeId| self.membership.is_healthy(id);
        self.eligible(slice, quorums).iter().copied().filter(healthy)
    }

    /// The best of them: the first that is not even suspected, else the first.
    fn first_coordinator(&self, slice: Slice, quorums: Quorums) -> Option<NodeId> {
        self.coordinators(slice, quorums)
            .find(|&id| self.membership.is_up(id))
            .or_else(|| self.coordinators(slice, quorums).next())
    }

    /// Refuses at once what cannot succeed.
    fn check_reachable(&self, slice: Slice, quorums: Quorums, needed: u8) -> Result<(), Error> {
        let count = self.coordinators(slice, quorums).count().min(usize::from(quorums.copies));
        match u8::try_from(count) {
            Ok(healthy) if healthy < needed => Err(Error::Unreachable { healthy, needed }),
            _ => Ok(()),
        }
    }

    fn insert(
        &mut self,
        asker: Asker,
        key: &Key,
        quorums: Quorums,
        clock: Clock,
        kind: Kind,
    ) -> OperationId {
        let id = self.coordinator.next_id();
        let Clock { started, deadline } = clock;
        let pending =
            Pending { asker: Some(asker), key: key.clone(), started, deadline, quorums, kind };
        self.coordinator.pending.insert(id, pending);
        id
    }

    fn set_timers(&self, now: Now, id: OperationId, clock: Clock, effects: &mut Effects) {
        let spent = now.instant.since(clock.started).as_micros();
        let left = Span::from_micros(clock.deadline.as_micros().saturating_sub(spent));
        effects.set_timer(left, Timer::Deadline(id));
        if self.config.hedge_after < left {
            effects.set_timer(self.config.hedge_after, Timer::Hedge(id));
        }
    }
}

// Later moments of any operation.
impl<S: Storage> Node<S> {
    /// Some have not answered for a while: asks others too.
    pub(crate) fn handle_hedge(&mut self, now: Now, operation: OperationId, effects: &mut Effects) {
        let Some(pending) = self.coordinator.pending.get(&operation) else {
            return;
        };
        if pending.asker.is_none() {
            return;
        }
        match &pending.kind {
            Kind::Forward(forward) => {
                if Self::may_repeat(&forward.request) {
                    self.forward_again(now, operation, effects);
                }
            }
            Kind::Write(_) => self.hedge_write(operation, effects),
            Kind::Read(_) => self.hedge_read(now, operation, effects),
            Kind::Scan(_) => {} // scans read owners only
            Kind::Update(_) => self.hedge_update(now, operation, effects),
        }
    }

    /// The time of an operation is over.
    pub(crate) fn handle_deadline(
        &mut self,
        now: Now,
        operation: OperationId,
        effects: &mut Effects,
    ) {
        let Some(pending) = self.coordinator.pending.get_mut(&operation) else {
            return;
        };
        let asker = pending.asker.take();
        let (got, needed, write) = match &pending.kind {
            Kind::Write(write) => {
                let got = count(write.targets.iter().filter(|target| target.acknowledged));
                (got, pending.quorums.write, true)
            }
            Kind::Forward(_) => (0, pending.quorums.write, true),
            Kind::Read(read) => (count(read.replies.iter()), pending.quorums.read, false),
            Kind::Scan(scan) => (scan.replies(), pending.quorums.read, false),
            Kind::Update(proposal) => (proposal.votes(), pending.quorums.write, true),
        };
        let nothing_stored = matches!(&pending.kind, Kind::Update(p) if !p.may_have_happened());
        let key = pending.key.clone();
        if let Some(asker) = asker {
            let after = now.instant.since(pending.started);
            let error = if nothing_stored {
                Error::NoMajority { got, needed, after }
            } else {
                Error::Timeout { got, needed, after }
            };
            self.refuse(asker, &key, write, error, effects);
        }
        match self.coordinator.pending.get(&operation).map(|pending| &pending.kind) {
            Some(Kind::Read(_)) => self.finish_read(operation, effects),
            Some(Kind::Write(_)) => self.hint_what_is_missing(operation, effects),
            _ => {}
        }
        self.coordinator.pending.remove(&operation);
    }

    /// A node that was asked goes by another layout.
    pub(crate) fn handle_refused_layout(
        &mut self,
        operation: OperationId,
        theirs: u64,
        effects: &mut Effects,
    ) {
        let Some(pending) = self.coordinator.pending.get_mut(&operation) else {
            return;
        };
        let Some(asker) = pending.asker.take() else {
            return;
        };
        let (key, write) =
            (pending.key.clone(), !matches!(pending.kind, Kind::Read(_) | Kind::Scan(_)));
        let error = Error::Layout { ours: self.layout.version(), theirs };
        self.refuse(asker, &key, write, error, effects);
    }

    fn refuse(
        &mut self,
        asker: Asker,
        key: &Key,
        write: bool,
        error: Error,
        effects: &mut Effects,
    ) {
        self.counters.refused += 1;
        effects.tell(Event::Refused { key: key.clone(), write, error: error.clone() });
        self.answer(asker, Err(error), effects);
    }

    fn answer(&self, asker: Asker, outcome: Result<Answer, Error>, effects: &mut Effects) {
        match asker {
            Asker::Client(request) => effects.reply(Reply { request, outcome }),
            Asker::Peer(to, operation) => {
                self.out.send(to, Body::Forwarded { operation, outcome }, effects);
            }
        }
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> u8 {
    u8::try_from(items.count()).unwrap_or(u8::MAX)
}
