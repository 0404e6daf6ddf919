//! What there is to see of a world.

use super::{
    Answer, Check, CopyView, Due, Entry, Flight, KeyView, Logged, Machine, Mark, NodeView, Options,
    RegisterView, RequestId, Status, View, World,
};
use crate::base::{Instant, Recent};
use crate::kv::{Body, Error, Health, Key, Message, Operation, Table, Versions, Wishes};
use crate::notification::{DeadLetter, Settings};
use crate::port::{Row, UserId};
use crate::ring::{Layout, NodeId};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

impl World {
    /// The moment.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The seed.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The options.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// The layout that all nodes go by.
    #[must_use]
    pub const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// A number over all that has happened and all that nodes hold: equal worlds, equal digests.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut digest = self.digest;
        for (_, table) in self.tables() {
            crate::ring::Slice::all().for_each(|slice| digest.add(table.slice_digest(slice)));
            digest.add(table.hint_count());
            digest.add(table.register_digest());
        }
        digest.value()
    }

    /// How many events have happened. What is done to a world is none: it only leads to events.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// How many messages were sent.
    #[must_use]
    pub const fn messages(&self) -> u64 {
        self.messages
    }

    /// What a person did.
    #[must_use]
    pub fn transitions(&self) -> &[Logged] {
        &self.transitions[..self.transition_next]
    }

    /// All that was done by whomever, since it is recorded.
    pub(crate) fn recorded(&self) -> &[Logged] {
        self.recorded.as_deref().unwrap_or_default()
    }

    /// What happened, the last 100,000 entries; empty in a world without a log.
    pub fn log(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.log.iter().flat_map(Recent::iter)
    }

    /// How many entries the log has had, forgotten ones included.
    #[must_use]
    pub const fn logged(&self) -> u64 {
        self.logged
    }

    /// The judge.
    #[must_use]
    pub const fn check(&self) -> &Check {
        &self.check
    }

    /// Everything there is to see, as plain data.
    #[must_use]
    pub fn view(&self) -> View {
        let wishes = Wishes::default();
        let one =
            crate::kv::Quorums { copies: 1, write: 1, read: 1, quorum: self.options.config.quorum };
        let quorums = self.options.config.quorums(&wishes, self.options.nodes).unwrap_or(one);
        let nodes = self.layout.members().iter().filter_map(|member| {
            let machine = self.machines.get(member.id.index())?;
            let table = machine.table()?;
            let node = machine.node.as_ref();
            let slices = self.layout.slices_held(member.id, usize::from(quorums.copies));
            Some(NodeView {
                id: member.id,
                name: member.name.clone(),
                zone: member.zone.clone(),
                status: machine.status,
                since: machine.since,
                slices: u16::try_from(slices).unwrap_or(u16::MAX),
                keys: table.record_count(),
                hints: table.hint_counts().collect(),
                sees: node.map(|node| node.members().to_vec()).unwrap_or_default(),
                incarnation: table.incarnation().unwrap_or(0),
                counters: node.map(|node| *node.counters()).unwrap_or_default(),
                operations: node.map_or(0, |node| node.operations_under_way() as u64),
            })
        });
        View {
            now: self.now,
            nodes: nodes.collect(),
            quorums,
            cuts: self.network.cuts(),
            impaired: self.network.impaired(self.now),
            violations: self.check.violations().iter().map(ToString::to_string).collect(),
        }
    }

    /// Where a key is.
    #[must_use]
    pub fn key_view(&self, key: &Key) -> KeyView {
        let owners = self.owners(key);
        let mut found = Vec::new();
        for (node, table) in self.tables() {
            if let Some(versions) = table.record(key) {
                let versions = Arc::clone(versions);
                found.push(CopyView { node, hint_for: None, versions });
            }
            for (owner, _) in table.hint_counts() {
                if let Some(versions) = table.hint(owner, key) {
                    let versions = Arc::clone(versions);
                    found.push(CopyView { node, hint_for: Some(owner), versions });
                }
            }
        }
        KeyView { key: key.clone(), place: key.place(), owners, copies: found }
    }

    /// What waits for a person, the oldest first, as all nodes hold it together.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut rows: BTreeMap<&Key, Versions> = BTreeMap::new();
        let partition = DeadLetter::partition();
        let Ok(first) = Key::new(partition.clone(), "") else { return Vec::new() };
        for (_, table) in self.tables() {
            let records = table.records_from(Some(&first));
            for (key, versions) in records.take_while(|(key, _)| *key.partition() == partition) {
                let known = rows.entry(key).or_default();
                *known = known.merge(versions);
            }
        }
        rows.values().filter_map(|versions| DeadLetter::read(&Row::from(versions))).collect()
    }

    /// What a user has opted out of, as all nodes hold it together.
    #[must_use]
    pub fn opted_out(&self, user: UserId) -> Settings {
        let Ok(key) = Settings::key(user) else { return Settings::default() };
        let known = self.tables().filter_map(|(_, table)| table.known(&key));
        let known = known.fold(Versions::default(), |sum, versions| sum.merge(&versions));
        Settings::read(&Row::from(&known))
    }

    /// The keys of a partition of which any node holds a row, a tombstone or a hint, in order. O(rows of the partition,
    /// and hints).
    #[must_use]
    pub fn keys_of(&self, partition: &[u8]) -> BTreeSet<Key> {
        let Ok(first) = Key::new(partition.to_vec(), "") else { return BTreeSet::new() };
        let is_of = |key: &&Key| key.partition() == first.partition();
        let mut keys = BTreeSet::new();
        for (_, table) in self.tables() {
            let rows = table.records_from(Some(&first)).map(|(key, _)| key);
            keys.extend(rows.take_while(is_of).cloned());
            for (owner, _) in table.hint_counts() {
                keys.extend(table.hints(owner).map(|(key, _)| key).filter(is_of).cloned());
            }
        }
        keys
    }

    /// Where a register is.
    #[must_use]
    pub fn register_view(&self, key: &Key) -> RegisterView {
        let owners = self.owners(key);
        let replicas = self.tables().filter_map(|(node, table)| {
            table.register(key).map(|acceptor| (node, Arc::clone(acceptor)))
        });
        let replicas = replicas.collect();
        RegisterView { key: key.clone(), place: key.place(), owners, replicas }
    }

    fn owners(&self, key: &Key) -> Vec<NodeId> {
        let copies = usize::from(self.view_copies());
        self.layout.preference_list(key.slice())[..copies].to_vec()
    }

    fn view_copies(&self) -> u8 {
        let quorums = self.options.config.quorums(&Wishes::default(), self.options.nodes);
        quorums.map_or(1, |quorums| quorums.copies)
    }

    /// The messages on their way, in no order that may matter.
    pub fn flights(&self) -> impl Iterator<Item = Flight> + '_ {
        self.due.iter().filter_map(|(arrives, due)| match due {
            Due::Message { number, from, to, sent, message, .. } => {
                let (mark, key) = self.describe(*from, message);
                Some(Flight {
                    number: *number,
                    from: *from,
                    to: *to,
                    sent: *sent,
                    arrives,
                    mark,
                    key,
                })
            }
            _ => None,
        })
    }

    fn describe(&self, from: NodeId, message: &Message) -> (Mark, Option<Key>) {
        let key = match &message.body {
            Body::Store { key, .. } | Body::Fetch { key, .. } | Body::Register { key, .. } => {
                Some(key.clone())
            }
            Body::Forward { request, .. } => match &request.operation {
                Operation::Get { key }
                | Operation::Put { key, .. }
                | Operation::Update { key, .. } => Some(key.clone()),
                Operation::Scan(_) => None,
            },
            _ => None,
        };
        let goes_home = match &message.body {
            Body::Store { operation, .. } => self.machines[from.index()]
                .node
                .as_ref()
                .is_some_and(|node| node.is_handing_over(*operation)),
            _ => false,
        };
        (if goes_home { Mark::Hint } else { Mark::of(&message.body) }, key)
    }

    fn tables(&self) -> impl Iterator<Item = (NodeId, &Table)> {
        let ids = self.layout.members().iter().map(|member| member.id);
        ids.filter_map(|id| Some((id, self.machines.get(id.index())?.table()?)))
    }

    pub(crate) fn life(&self, node: NodeId) -> u32 {
        self.machines.get(node.index()).map_or(0, |machine| machine.life)
    }

    pub(crate) fn status(&self, node: NodeId) -> Status {
        self.machines.get(node.index()).map_or(Status::Down, |machine| machine.status)
    }

    pub(crate) fn ids(&self) -> Vec<NodeId> {
        self.layout.members().iter().map(|member| member.id).collect()
    }

    pub(crate) fn running(&self) -> Vec<NodeId> {
        let ids = self.layout.members().iter().map(|member| member.id);
        ids.filter(|&id| self.status(id) == Status::Up).collect()
    }

    /// Whether nothing is under way: all run and see each other, no request is open, no hint is kept,
    /// and all owners hold the same.
    pub(crate) fn is_at_rest(&self) -> bool {
        let is_idle = |machine: &Machine| {
            machine.node.as_ref().is_some_and(|node| {
                node.operations_under_way() == 0
                    && node.members().iter().all(|view| view.health == Health::Up)
            })
        };
        self.machines.iter().all(is_idle)
            && self.tables().all(|(_, table)| table.hint_count() == 0)
            && crate::ring::Slice::all().all(|slice| {
                let owners = &self.layout.preference_list(slice)[..usize::from(self.view_copies())];
                let mut digests = self
                    .tables()
                    .filter(|(id, _)| owners.contains(id))
                    .map(|(_, table)| table.slice_digest(slice));
                let first = digests.next();
                digests.all(|digest| Some(digest) == first)
            })
    }

    /// Judges what nodes hold; the world should be at rest.
    pub(crate) fn judge_rest(&mut self) {
        let mut check = core::mem::replace(&mut self.check, Check::new(&self.options));
        let tables: Vec<(NodeId, &Table)> = self.tables().collect();
        check.judge_rest(&self.layout, usize::from(self.view_copies()), &tables);
        self.check = check;
    }

    /// A write was acknowledged: judges how many disks have it.
    pub(super) fn judge_copies(&mut self, id: RequestId, outcome: &Result<Answer, Error>) {
        let (Some(asked), Ok(Answer::Written { dot, .. })) = (self.asked.get(&id), outcome) else {
            return;
        };
        let disks = self.machines.iter().filter_map(Machine::disk);
        let copies = disks.filter(|disk| disk.has_durably(&asked.key, *dot)).count();
        self.check.judge_copies(&asked.key, *dot, copies);
    }

    pub(crate) fn check_mut(&mut self) -> &mut Check {
        &mut self.check
    }
}
