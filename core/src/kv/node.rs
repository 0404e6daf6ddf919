//! The machine: inputs in, effects out, and what waits for durability.

use super::coordinator::Coordinator;
use super::handoff::Handoff;
use super::membership::{MemberView, Membership};
use super::message::{
    Body, Effects, Event, Message, OperationId, Published, Request, RequestId, Timer,
};
use super::register::{Ballot, Vote};
use super::repair::Repair;
use super::storage::{Change, Sequence, Storage, Table};
use super::version::{Actor, Context, Dot, Versions};
use super::{Config, Key, MAX_HINTS};
use crate::base::{Instant, Mistake, Now, Random, is_planted};
use crate::ring::{Layout, NodeId};
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Puts the layout's version on whatever is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outbox {
    layout: u64,
}

impl Outbox {
    pub(crate) const fn new(layout: u64) -> Self {
        Self { layout }
    }

    pub(crate) fn send(&self, to: NodeId, body: Body, effects: &mut Effects) {
        effects.send(to, Message { layout: self.layout, body });
    }
}

/// How often things happened at a node since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Reads answered.
    pub reads: u64,
    /// Writes acknowledged.
    pub writes: u64,
    /// Pages of ranges answered.
    pub scans: u64,
    /// Updates of registers answered.
    pub updates: u64,
    /// Rounds of such updates that met another proposer and stepped back.
    pub updates_contended: u64,
    /// Requests refused.
    pub refused: u64,
    /// Requests passed on to another coordinator.
    pub forwarded: u64,
    /// Writes repeated because a replica held what they had not seen.
    pub extended: u64,
    /// Hints kept.
    pub hints_kept: u64,
    /// Hints handed over.
    pub hints_handed_over: u64,
    /// Hints not kept because there were too many.
    pub hints_dropped: u64,
    /// Replicas that a read found behind.
    pub read_repairs: u64,
    /// Keys sent because a comparison found them to differ.
    pub keys_repaired: u64,
}

/// What may only be done once a batch is durable.
#[derive(Debug)]
enum Waiting {
    /// Tell a coordinator that its versions are stored.
    Stored { to: NodeId, operation: OperationId, unknown: Option<Context> },
    /// Count this node's own copy.
    Own { operation: OperationId },
    /// Vote on an update of a register.
    Vote { to: NodeId, operation: OperationId, ballot: Ballot, vote: Vote },
}

/// A node of the store.
///
/// It does no I/O. Its host hands over what arrives (a message, a timer that is due, the number of
/// the last durable batch, a client's request), and then carries out the effects in order. Any
/// order of inputs is allowed; messages may be lost, doubled and reordered.
#[derive(Debug)]
pub struct Node<S> {
    pub(crate) me: NodeId,
    pub(crate) layout: Arc<Layout>,
    pub(crate) config: Config,
    pub(crate) storage: S,
    pub(crate) random: Random,
    pub(crate) membership: Membership,
    pub(crate) out: Outbox,
    pub(crate) coordinator: Coordinator,
    pub(crate) handoff: Handoff,
    pub(crate) repair: Repair,
    pub(crate) counters: Counters,
    incarnation: u64,
    dots_given: u64,
    waiting: VecDeque<(Sequence, Waiting)>,
    written: Sequence,
    durable: Sequence,
    last_input: Instant,
    /// Until when what peers ask may be older than they would wait for.
    late_until: Instant,
}

// Getters.
impl<S: Storage> Node<S> {
    /// Its number in the layout.
    #[must_use]
    pub const fn id(&self) -> NodeId {
        self.me
    }

    /// The layout that it goes by.
    #[must_use]
    pub const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// What its operator chose.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Where it keeps things.
    #[must_use]
    pub const fn storage(&self) -> &S {
        &self.storage
    }

    /// Where it keeps things, for the host to drive.
    pub const fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// Its storage, when the node is gone.
    pub fn into_storage(self) -> S {
        self.storage
    }

    /// The members as it sees them, by number; its own entry is always up.
    #[must_use]
    pub fn members(&self) -> &[MemberView] {
        self.membership.views()
    }

    /// Which start of the node this is: never twice the same.
    #[must_use]
    pub const fn incarnation(&self) -> u64 {
        self.incarnation
    }

    /// How often things happened since it started.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many operations it coordinates or has forwarded.
    #[must_use]
    pub fn operations_under_way(&self) -> usize {
        self.coordinator.len()
    }
}

// Inputs.
impl<S: Storage> Node<S> {
    /// Starts node `me` of `layout` on what `storage` holds.
    ///
    /// `seed` determines all its random draws. `incarnation` must differ from every one that this
    /// node was ever started with, also on a copy of its disk, and should rise: wall time above
    /// random bits does. It begins the node's dots, so none is given twice.
    #[allow(clippy::too_many_arguments)] // each is a different thing, and all are needed
    pub fn start(
        now: Now,
        config: Config,
        layout: Arc<Layout>,
        me: NodeId,
        seed: u64,
        incarnation: u64,
        mut storage: S,
        effects: &mut Effects,
    ) -> Self {
        let last = storage.table().incarnation().unwrap_or(0);
        let mut incarnation = incarnation.max(last.saturating_add(1));
        let mut dots_given = 0;
        if is_planted(Mistake::GiveDotTwice) && last > 0 {
            (incarnation, dots_given) = (last, last_dot_on_disk(storage.table(), me, last));
        }
        let written = storage.apply(alloc::vec![Change::Incarnation(Some(incarnation))]);
        let mut random = Random::new(seed);
        let mut node = Self {
            me,
            membership: Membership::new(
                now,
                &config,
                me,
                layout.members().iter().map(|member| member.id),
            ),
            out: Outbox::new(layout.version()),
            // Answers to an earlier life must not be taken for answers to this one.
            coordinator: Coordinator::new(random.u64()),
            handoff: Handoff::default(),
            repair: Repair::default(),
            counters: Counters::default(),
            layout,
            config,
            storage,
            incarnation,
            dots_given,
            waiting: VecDeque::new(),
            written,
            durable: 0,
            last_input: now.instant,
            late_until: now.instant,
            random,
        };
        // Nodes that start together should not speak together.
        let spread = |every: crate::base::Span, random: &mut Random| {
            crate::base::Span::from_micros(random.below(every.as_micros()))
        };
        effects.set_timer(spread(config.gossip_every, &mut node.random), Timer::Gossip);
        effects.set_timer(spread(config.repair_every, &mut node.random), Timer::Repair);
        if node.storage.table().hint_count() > 0 {
            node.arm_handoff(effects);
        }
        node
    }

    /// A message came in. The host delivers only what was sent to this life of the node, as a connection
    /// does: a request to coordinate that reached the next life would be carried out late.
    pub fn handle_message(
        &mut self,
        now: Now,
        from: NodeId,
        message: Message,
        effects: &mut Effects,
    ) {
        self.notice_standstill(now);
        if !self.membership.is_member(from) || from == self.me {
            effects.tell(Event::Ignored { from, reason: "the sender is not a member" });
            return;
        }
        if message.layout != self.layout.version() {
            self.handle_other_layout(from, &message, effects);
            return;
        }
        match message.body {
            Body::Gossip(list) => {
                let out = self.out;
                if self.membership.handle_gossip(now, &self.config, from, &list, &out, effects) {
                    self.arm_handoff(effects);
                }
            }
            Body::Forward { operation, request } => {
                self.handle_forward(now, from, operation, request, effects);
            }
            Body::Forwarded { operation, outcome } => {
                self.handle_forwarded(now, from, operation, outcome, effects);
            }
            Body::Store { operation, key, versions, hint_for } => {
                self.handle_store(now, from, operation, key, versions, hint_for, effects);
            }
            Body::Stored { operation, unknown } => {
                if !self.handle_handed_over(from, operation, effects) {
                    self.handle_stored(now, from, operation, unknown, effects);
                }
            }
            Body::Fetch { operation, key } => {
                let versions = self.storage.table().known(&key);
                self.out.send(from, Body::Fetched { operation, versions }, effects);
            }
            Body::Fetched { operation, versions } => {
                self.handle_fetched(now, from, operation, versions, effects);
            }
            Body::List { operation, range } => {
                let (entries, more) = self.list(&range);
                self.out.send(from, Body::Listed { operation, entries, more }, effects);
            }
            Body::Listed { operation, entries, more } => {
                self.handle_listed(now, from, operation, entries, more, effects);
            }
            Body::OtherLayout { operation } => {
                self.handle_refused_layout(operation, message.layout, effects);
            }
            Body::Register { operation, key, ballot, ask } => {
                self.handle_register(now, from, operation, key, ballot, ask, effects);
            }
            Body::Vote { operation, ballot, vote } => {
                self.handle_vote(now, from, operation, ballot, vote, effects);
            }
            Body::Published(published) => effects.deliver(published),
            Body::Compare(compare) => self.handle_compare(from, compare, effects),
        }
    }

    /// A timer that was set is due.
    pub fn handle_timer(&mut self, now: Now, timer: Timer, effects: &mut Effects) {
        self.notice_standstill(now);
        match timer {
            Timer::Gossip => {
                let out = self.out;
                self.membership.handle_round(now, &self.config, &mut self.random, &out, effects);
                effects.set_timer(self.config.gossip_every, Timer::Gossip);
            }
            Timer::Handoff => self.handle_handoff_timer(now, effects),
            Timer::Repair => {
                self.handle_repair_timer(effects);
                effects.set_timer(self.config.repair_every, Timer::Repair);
            }
            Timer::Hedge(operation) => self.handle_hedge(now, operation, effects),
            Timer::Deadline(operation) => self.handle_deadline(now, operation, effects),
        }
    }

    /// All batches up to `sequence` are durable.
    pub fn handle_durable(&mut self, now: Now, sequence: Sequence, effects: &mut Effects) {
        self.durable = self.durable.max(sequence);
        while let Some((_, waiting)) =
            self.waiting.pop_front_if(|(sequence, _)| *sequence <= self.durable)
        {
            match waiting {
                Waiting::Stored { to, operation, unknown } => {
                    self.out.send(to, Body::Stored { operation, unknown }, effects);
                }
                Waiting::Own { operation } => {
                    self.handle_stored(now, self.me, operation, None, effects);
                }
                Waiting::Vote { to, operation, ballot, vote } => {
                    self.vote(now, to, operation, ballot, vote, effects);
                }
            }
        }
    }

    /// The connection to a peer broke: its process ended, or the network between failed. Hosts whose
    /// network does not tell may leave this out; silence is noticed too, only later.
    pub fn handle_disconnected(&mut self, now: Now, peer: NodeId, effects: &mut Effects) {
        if peer != self.me {
            self.membership.handle_disconnected(now, peer, effects);
            self.reforward_from(now, peer, effects);
            if is_planted(Mistake::LoseOnReconnect) {
                self.take_handed_over_as_arrived(peer, effects);
            }
        }
    }

    /// A client asks for something; the answer leaves as a reply with the same `id`.
    pub fn request(&mut self, now: Now, id: RequestId, request: Request, effects: &mut Effects) {
        self.notice_standstill(now);
        self.begin(now, id, request, effects);
    }

    /// Sends a message to what runs beside every node that is up, this one included. It may be lost.
    pub fn publish(&mut self, published: Published, effects: &mut Effects) {
        for member in self.membership.views() {
            if member.id != self.me && self.membership.is_healthy(member.id) {
                self.out.send(member.id, Body::Published(published.clone()), effects);
            }
        }
        effects.deliver(published);
    }
}

// Shared by the mechanisms.
impl<S: Storage> Node<S> {
    /// A node hears its own gossip timer often. If nothing came for longer than a request is tried,
    /// it stood still, and what waited for it meanwhile is old.
    fn notice_standstill(&mut self, now: Now) {
        if now.instant.since(self.last_input) > self.config.deadline {
            self.late_until = now.instant + self.config.deadline;
        }
        self.last_input = now.instant;
    }

    /// Whether this node stood still not long ago.
    pub(crate) fn stood_still(&self, now: Now) -> bool {
        now.instant < self.late_until
    }

    /// The name of this node's next write of `key`, and whether it begins an epoch.
    pub(crate) fn next_dot(&mut self, key: &Key) -> (Dot, bool) {
        self.dots_given += 1;
        let counter = self.dots_given;
        let held = self
            .storage
            .table()
            .epoch(key)
            .filter(|&(incarnation, _)| incarnation == self.incarnation);
        let epoch = held.map_or(counter, |(_, epoch)| epoch);
        let actor = Actor { node: self.me, incarnation: self.incarnation, epoch };
        (Dot { actor, counter }, held.is_none())
    }

    /// Writes a batch; `then` happens when it is durable.
    fn keep(&mut self, now: Now, batch: Vec<Change>, then: Option<Waiting>, effects: &mut Effects) {
        if !batch.is_empty() {
            self.written = self.storage.apply(batch);
        }
        let Some(then) = then else { return };
        if is_planted(Mistake::AcknowledgeBeforeDurable) {
            self.durable = self.written;
        }
        self.waiting.push_back((self.written, then));
        if self.written <= self.durable {
            // Nothing new to wait for: it was durable before.
            self.handle_durable(now, self.durable, effects);
        }
    }

    /// Writes what a vote on a register needs kept; it is told when it is durable.
    #[allow(clippy::too_many_arguments)] // the fields of one message
    pub(crate) fn keep_vote(
        &mut self,
        now: Now,
        change: Option<Change>,
        to: NodeId,
        operation: OperationId,
        ballot: Ballot,
        vote: Vote,
        effects: &mut Effects,
    ) {
        let then = Waiting::Vote { to, operation, ballot, vote };
        self.keep(now, change.into_iter().collect(), Some(then), effects);
    }

    /// Writes a batch of which nothing has to be told.
    pub(crate) fn keep_quietly(&mut self, batch: Vec<Change>) {
        if !batch.is_empty() {
            self.written = self.storage.apply(batch);
        }
    }

    /// Writes a coordinator's own copy; it counts when it is durable.
    pub(crate) fn keep_own(
        &mut self,
        now: Now,
        batch: Vec<Change>,
        operation: OperationId,
        effects: &mut Effects,
    ) {
        self.keep(now, batch, Some(Waiting::Own { operation }), effects);
    }

    /// A coordinator, a stand-in or an owner with a repair sends versions to merge.
    #[allow(clippy::too_many_arguments)] // the fields of one message
    fn handle_store(
        &mut self,
        now: Now,
        from: NodeId,
        operation: OperationId,
        key: Key,
        versions: Arc<Versions>,
        hint_for: Option<NodeId>,
        effects: &mut Effects,
    ) {
        if let Err(error) = versions.check() {
            effects.tell(Event::Refused { key, write: true, error });
            return;
        }
        let owner = hint_for.filter(|&owner| owner != self.me);
        let table = self.storage.table();
        if owner.is_some_and(|owner| !self.membership.is_member(owner)) {
            effects.tell(Event::Ignored { from, reason: "it hints for a node that is no member" });
            return;
        }
        // Whatever is held of the key counts, also for others: reads answer with it, too.
        let unknown = table
            .known(&key)
            .filter(|held| held.siblings().iter().any(|s| !versions.context().covers(s.dot)))
            .map(|held| held.context().clone());
        let mut batch = Vec::new();
        match owner {
            None if is_planted(Mistake::ResurrectByReadRepair) && operation == NOBODY => {
                batch.push(Change::Record { key, versions: Some(versions) });
            }
            None => batch.extend(self.merge_record(&key, &versions, effects)),
            Some(owner) => match self.merge_hint(owner, &key, &versions, effects) {
                Ok(change) => batch.extend(change),
                Err(TooManyHints) => return, // unacknowledged, so it counts nowhere
            },
        }
        let then =
            (operation != NOBODY).then_some(Waiting::Stored { to: from, operation, unknown });
        self.keep(now, batch, then, effects);
    }

    /// The change that merges versions into this node's own record; none if it knew all.
    pub(crate) fn merge_record(
        &self,
        key: &Key,
        versions: &Arc<Versions>,
        effects: &mut Effects,
    ) -> Option<Change> {
        let merged = merged(self.storage.table().record(key), versions)?;
        let siblings = u16::try_from(merged.siblings().len()).unwrap_or(u16::MAX);
        effects.tell(Event::Stored { key: key.clone(), siblings });
        Some(Change::Record { key: key.clone(), versions: Some(merged) })
    }

    /// The change that keeps versions for an owner; none if they are kept.
    pub(crate) fn merge_hint(
        &mut self,
        owner: NodeId,
        key: &Key,
        versions: &Arc<Versions>,
        effects: &mut Effects,
    ) -> Result<Option<Change>, TooManyHints> {
        let table = self.storage.table();
        let held = table.hint(owner, key);
        if held.is_none() && table.hint_count() >= MAX_HINTS {
            self.counters.hints_dropped += 1;
            return Err(TooManyHints);
        }
        let total = table.hint_count_for(owner) + u64::from(held.is_none());
        let Some(merged) = merged(held, versions) else {
            return Ok(None);
        };
        self.counters.hints_kept += 1;
        effects.tell(Event::HintKept { owner, key: key.clone(), total });
        self.arm_handoff(effects);
        Ok(Some(Change::Hint { owner, key: key.clone(), versions: Some(merged) }))
    }

    /// A message of a node that goes by another layout: say so where an answer is expected.
    fn handle_other_layout(&mut self, from: NodeId, message: &Message, effects: &mut Effects) {
        match message.body {
            Body::Forward { operation, .. }
            | Body::Store { operation, .. }
            | Body::Fetch { operation, .. }
            | Body::List { operation, .. }
            | Body::Register { operation, .. } => {
                self.out.send(from, Body::OtherLayout { operation }, effects);
            }
            Body::OtherLayout { operation } => {
                self.handle_refused_layout(operation, message.layout, effects);
            }
            _ => {
                effects.tell(Event::Ignored { from, reason: "the sender has another layout" });
            }
        }
    }
}

/// The greatest counter of an incarnation that a disk tells of: what [`Mistake::GiveDotTwice`] goes on from.
fn last_dot_on_disk(table: &Table, me: NodeId, incarnation: u64) -> u64 {
    let contexts = table.records_from(None).map(|(_, versions)| versions.context().vector());
    let own = contexts
        .flatten()
        .filter(|(actor, _)| (actor.node, actor.incarnation) == (me, incarnation));
    own.map(|&(_, counter)| counter).max().unwrap_or(0)
}

/// More hints than [`MAX_HINTS`].
#[derive(Debug)]
pub(crate) struct TooManyHints;

/// The operation number of a store that wants no answer.
pub(crate) const NOBODY: OperationId = 0;

/// `new` merged into what is held; none if that changes nothing.
fn merged(held: Option<&Arc<Versions>>, new: &Arc<Versions>) -> Option<Arc<Versions>> {
    let Some(held) = held else {
        return Some(Arc::clone(new));
    };
    if Arc::ptr_eq(held, new) || held == new {
        return None;
    }
    let merged = held.merge(new);
    (merged != **held).then(|| Arc::new(merged))
}
