//! The world: what is due, in which order, and what comes of it.

use super::check::Check;
use super::disk::Disk;
use super::input::{Fault, Input, Logged, Sight};
use super::load::{Asked, Load};
use super::log::{Entry, LENGTH, What};
use super::network::Network;
use super::options::Options;
use super::view::{CopyView, Flight, KeyView, Mark, NodeView, Status, View};
use super::weather::Weather;
use crate::base::hash::Digest;
use crate::base::{Instant, Now, Random, Ratio, Recent, Span, Timers, Wall};
use crate::kv::{
    Answer, Body, Context, Effect, Effects, Health, Key, Message, Node, Operation, Reply, Request,
    RequestId, Sequence, Storage, Table, Timer, Wishes,
};
use crate::ring::{Layout, Member, NodeId};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// When worlds begin by their wall clocks: 2026-01-01T00:00:00Z.
const DAWN: Wall = Wall::from_millis(1_767_225_600_000);

/// What is due at some moment.
#[derive(Debug)]
pub(crate) enum Due {
    Message {
        number: u64,
        from: NodeId,
        to: NodeId,
        sent: Instant,
        message: Box<Message>,
    },
    Timer {
        node: NodeId,
        life: u32,
        timer: Timer,
    },
    Synced {
        node: NodeId,
        life: u32,
        sequence: Sequence,
    },
    /// The connection to a killed peer breaks.
    Disconnected {
        node: NodeId,
        peer: NodeId,
    },
    Client,
    Weather(Weather),
}

/// A machine: the node while it runs, its disk while it does not.
#[derive(Debug)]
struct Machine {
    status: Status,
    since: Instant,
    life: u32,
    node: Option<Node<Disk>>,
    disk: Option<Disk>,
    /// What arrived while it stood still.
    waiting: Vec<Due>,
    random: Random,
}

/// Nodes, network, disks and clients on one virtual clock.
///
/// Drive it with [`World::run_until`], [`World::step`] and [`World::apply`]; look at it in between.
#[derive(Debug)]
pub struct World {
    seed: u64,
    options: Options,
    /// The options that hold now: healing takes losses away.
    weather_now: Options,
    layout: Arc<Layout>,
    now: Instant,
    due: Timers<Due>,
    machines: Vec<Machine>,
    network: Network,
    load: Load,
    asked: BTreeMap<RequestId, Asked>,
    requests: RequestId,
    person: BTreeMap<Key, Context>,
    refused: Option<(RequestId, crate::kv::Error)>,
    check: Check,
    inputs: Vec<Logged>,
    /// How many of the inputs have happened.
    input_next: usize,
    digest: Digest,
    events: u64,
    messages: u64,
    log: Option<Recent<Entry>>,
    logged: u64,
    effects: Effects,
    pub(crate) chance: Random,
    pub(crate) is_calm: bool,
}

// Making one.
impl World {
    /// The world of a seed, at its beginning. With nodes beyond [`Options::MAX_NODES`] or without
    /// any, it has as many as allowed.
    #[must_use]
    pub fn new(seed: u64, options: Options) -> Self {
        Self::make(seed, options, Vec::new(), true)
    }

    /// The same without a log: nobody will look at it.
    #[must_use]
    pub fn without_log(seed: u64, options: Options) -> Self {
        Self::make(seed, options, Vec::new(), false)
    }

    /// The same in which a person's inputs will happen again.
    pub(crate) fn with_inputs(seed: u64, options: Options, inputs: Vec<Logged>) -> Self {
        Self::make(seed, options, inputs, true)
    }

    fn make(seed: u64, mut options: Options, inputs: Vec<Logged>, is_logged: bool) -> Self {
        options.nodes = options.nodes.clamp(1, Options::MAX_NODES);
        let mut random = Random::new(seed);
        let members = (0..options.nodes).map(|i| {
            let member = Member::new(NodeId(i), &node_name(i));
            if options.zones > 1 {
                member.in_zone(&alloc::format!("zone-{}", i % options.zones + 1))
            } else {
                member
            }
        });
        // Names and weights are right by construction; should they not be, the world is empty.
        let layout = Layout::founding(members.collect())
            .or_else(|_| Layout::founding(alloc::vec![Member::new(NodeId(0), "A")]));
        let layout = Arc::new(layout.unwrap_or_else(|_| unreachable!("one member is a layout")));
        let mut machine = || Machine {
            status: Status::Down,
            since: Instant::ZERO,
            life: 0,
            node: None,
            disk: Some(Disk::default()),
            waiting: Vec::new(),
            random: random.fork(),
        };
        let machines = (0..options.nodes).map(|_| machine()).collect();
        let mut world = Self {
            network: Network::new(options.nodes, random.fork()),
            load: Load::new(&options, random.fork()),
            chance: random.fork(),
            check: Check::new(&options),
            weather_now: options,
            seed,
            options,
            layout,
            now: Instant::ZERO,
            due: Timers::new(),
            machines,
            asked: BTreeMap::new(),
            requests: 0,
            person: BTreeMap::new(),
            refused: None,
            inputs,
            input_next: 0,
            digest: Digest::new(seed),
            events: 0,
            messages: 0,
            log: is_logged.then(|| Recent::new(LENGTH)),
            logged: 0,
            effects: Effects::new(),
            is_calm: false,
        };
        for i in 0..options.nodes {
            world.start(NodeId(i));
        }
        if options.operations > 0 {
            world.set(Span::from_millis(1), Due::Client);
        }
        world.begin_weather();
        world
    }
}

// Looking at it.
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
        }
        digest.value()
    }

    /// How many events have happened.
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
    pub fn inputs(&self) -> &[Logged] {
        &self.inputs[..self.input_next]
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
            impaired: self.network.impaired(),
            violations: self.check.violations().iter().map(ToString::to_string).collect(),
        }
    }

    /// Where a key is.
    #[must_use]
    pub fn key_view(&self, key: &Key) -> KeyView {
        let copies = usize::from(self.view_copies());
        let owners = self.layout.preference_list(key.slice())[..copies].to_vec();
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

    fn view_copies(&self) -> u8 {
        let quorums = self.options.config.quorums(&Wishes::default(), self.options.nodes);
        quorums.map_or(1, |quorums| quorums.copies)
    }

    /// The messages on their way, in no order that may matter.
    pub fn flights(&self) -> impl Iterator<Item = Flight> + '_ {
        self.due.iter().filter_map(|(arrives, due)| match due {
            Due::Message { number, from, to, sent, message } => {
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
            Body::Store { key, .. } | Body::Fetch { key, .. } => Some(key.clone()),
            Body::Forward { request, .. } => match &request.operation {
                Operation::Get { key } | Operation::Put { key, .. } => Some(key.clone()),
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

    pub(crate) fn check_mut(&mut self) -> &mut Check {
        &mut self.check
    }
}

impl Machine {
    fn table(&self) -> Option<&Table> {
        let disk = self.node.as_ref().map(Node::storage).or(self.disk.as_ref());
        disk.map(Disk::table)
    }
}

// Driving it.
impl World {
    /// Lets everything happen that is due up to a moment, or so many events if that is less; how
    /// many it was. When all has happened, the moment is `until`.
    pub fn run_until(&mut self, until: Instant, most_events: u64) -> u64 {
        let mut count = 0;
        while count < most_events {
            if !self.happen_next(until) {
                self.rest_until(until);
                break;
            }
            count += 1;
        }
        count
    }

    /// Lets the next thing happen; whether there was one.
    pub fn step(&mut self) -> bool {
        self.happen_next(Instant::from_micros(u64::MAX))
    }

    /// Nothing more happens before `moment`: only time passes, and inputs that come now.
    pub(crate) fn rest_until(&mut self, moment: Instant) {
        while self.repeat_input(moment) {}
        self.now = self.now.max(moment);
    }

    fn happen_next(&mut self, until: Instant) -> bool {
        while self.repeat_input(until) {}
        let Some(at) = self.due.next().filter(|&at| at <= until) else { return false };
        let Some(due) = self.due.pop_due(at) else { return false };
        self.now = self.now.max(at);
        self.events += 1;
        self.happen(due);
        true
    }

    /// Lets a logged input happen again, if this is its place.
    fn repeat_input(&mut self, until: Instant) -> bool {
        let Some(next) = self.inputs.get(self.input_next) else { return false };
        if next.after > self.events || next.at > until {
            return false;
        }
        let Logged { at, input, .. } = next.clone();
        self.input_next += 1;
        self.now = self.now.max(at);
        self.carry_out(input);
        true
    }

    /// A person does something, now. Whatever a replayed person would still have done is forgotten.
    pub fn apply(&mut self, input: Input) {
        self.inputs.truncate(self.input_next);
        self.inputs.push(Logged { after: self.events, at: self.now, input: input.clone() });
        self.input_next += 1;
        self.carry_out(input);
    }

    fn carry_out(&mut self, input: Input) {
        self.note(None, || What::Input(input.clone()));
        self.digest.add(0x0049_4E50_5554);
        let (at, operation) = match input {
            Input::Fault(fault) => return self.fault(&fault),
            Input::Put { at, key, value, sight } => {
                let value = Some(value.into_bytes().into());
                (at, self.put(key, value, sight))
            }
            Input::Delete { at, key, sight } => (at, self.put(key, None, sight)),
            Input::Get { at, key } => {
                (at, Key::new(key.into_bytes(), "").map(|key| Operation::Get { key }))
            }
        };
        let Ok(operation) = operation else { return };
        if self.status(at) == Status::Down {
            self.note(Some(at), || What::Unanswered { at });
        } else {
            self.ask(None, at, Request { operation, wishes: Wishes::default() });
        }
    }

    fn put(
        &self,
        key: String,
        value: Option<bytes::Bytes>,
        sight: Sight,
    ) -> Result<Operation, crate::kv::Error> {
        let key = Key::new(key.into_bytes(), "")?;
        let seen = match sight {
            Sight::Blind => None,
            Sight::Nothing => Some(Context::default()),
            Sight::LastRead => Some(self.person.get(&key).cloned().unwrap_or_default()),
        };
        Ok(Operation::Put { key, value, seen })
    }

    /// Asks a node for something, as a client or as the person.
    pub(crate) fn ask(&mut self, client: Option<usize>, at: NodeId, request: Request) -> RequestId {
        self.requests += 1;
        let id = self.requests;
        if let Operation::Get { key } | Operation::Put { key, .. } = &request.operation {
            let asked = Asked { client, key: key.clone() };
            self.asked.insert(id, asked);
        }
        self.check.asked(id, &request.operation, self.now);
        self.with_node(at, |node, now, effects| node.request(now, id, request, effects));
        id
    }

    /// What the person was last refused, if it was this request.
    pub(crate) fn last_error(&self, id: RequestId) -> Option<&crate::kv::Error> {
        self.refused.as_ref().filter(|(request, _)| *request == id).map(|(_, error)| error)
    }

    /// Whether a request is still unanswered.
    pub(crate) fn is_open(&self, id: RequestId) -> bool {
        self.asked.contains_key(&id)
    }

    pub(crate) fn set(&mut self, after: Span, due: Due) {
        self.due.set(self.now + after, due);
    }

    fn happen(&mut self, due: Due) {
        self.digest.add(self.now.as_micros());
        let (to, life) = match &due {
            Due::Message { from, to, message, .. } => {
                self.digest.add(u64::from(from.0) << 16 | u64::from(to.0));
                self.digest.add(message_digest(&message.body));
                (*to, None)
            }
            Due::Timer { node, life, .. } | Due::Synced { node, life, .. } => {
                self.digest.add(u64::from(node.0));
                (*node, Some(*life))
            }
            Due::Disconnected { node, peer } => {
                self.digest.add(u64::from(node.0) << 16 | u64::from(peer.0));
                (*node, None)
            }
            Due::Client => return self.handle_client(),
            Due::Weather(kind) => {
                self.digest.add(kind.code());
                return self.handle_weather(*kind);
            }
        };
        let Some(machine) = self.machines.get_mut(to.index()) else { return };
        if life.is_some_and(|life| life != machine.life) {
            return;
        }
        match (machine.status, due) {
            (Status::Paused, due) => machine.waiting.push(due),
            (Status::Down, Due::Message { from, message, .. }) => {
                let mark = Mark::of(&message.body);
                self.note(None, || What::Lost { from, to, mark });
            }
            (Status::Up, Due::Message { from, message, .. }) => {
                if self.network.is_cut(from, to) {
                    // The cut came while it was on its way.
                    let mark = Mark::of(&message.body);
                    self.note(None, || What::Lost { from, to, mark });
                } else {
                    self.with_node(to, |node, now, effects| {
                        node.handle_message(now, from, *message, effects);
                    });
                }
            }
            (Status::Up, Due::Disconnected { peer, .. }) if !self.network.is_cut(peer, to) => {
                self.with_node(to, |node, now, effects| {
                    node.handle_disconnected(now, peer, effects);
                });
            }
            (Status::Up, Due::Timer { timer, .. }) => {
                self.with_node(to, |node, now, effects| node.handle_timer(now, timer, effects));
            }
            (Status::Up, Due::Synced { sequence, .. }) => {
                self.with_node(to, |node, now, effects| {
                    node.storage_mut().finish_sync(sequence);
                    node.handle_durable(now, sequence, effects);
                });
            }
            _ => {}
        }
    }

    fn handle_client(&mut self) {
        if self.is_calm {
            return;
        }
        let running = self.running();
        if !running.is_empty() {
            let at = running[self.load.index(running.len())];
            let (client, request) = self.load.next(&self.options);
            self.ask(Some(client), at, request);
        }
        let pause = self.load.pause(&self.options);
        self.set(pause, Due::Client);
    }

    /// Lets a running node take an input, and carries out what it wishes.
    fn with_node(&mut self, id: NodeId, input: impl FnOnce(&mut Node<Disk>, Now, &mut Effects)) {
        let now = Now { instant: self.now, wall: DAWN + self.now.since(Instant::ZERO) };
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        let Some(node) = machine.node.as_mut() else { return };
        let mut effects = core::mem::take(&mut self.effects);
        input(node, now, &mut effects);
        self.carry_out_effects(id, &mut effects);
        self.effects = effects;
    }

    fn carry_out_effects(&mut self, id: NodeId, effects: &mut Effects) {
        for effect in effects.drain() {
            match effect {
                Effect::Send { to, message } => self.send(id, to, message),
                Effect::SetTimer { after, timer } => {
                    let life = self.life(id);
                    self.set(after, Due::Timer { node: id, life, timer });
                }
                Effect::Reply(reply) => self.reply(id, reply),
                Effect::Tell(event) => self.note(Some(id), || What::Node(event)),
            }
        }
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        let disk = machine.node.as_mut().map(Node::storage_mut);
        if let Some(sequence) = disk.and_then(Disk::begin_sync) {
            let (life, after) = (machine.life, self.options.sync.draw(&mut machine.random));
            self.set(after, Due::Synced { node: id, life, sequence });
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: Message) {
        self.messages += 1;
        let delivery = self.network.send(from, to, &self.weather_now);
        if delivery.first.is_none() {
            let mark = Mark::of(&message.body);
            self.note(None, || What::Lost { from, to, mark });
        }
        if let Some(second) = delivery.second {
            self.set_message(second, from, to, message.clone());
        }
        if let Some(first) = delivery.first {
            self.set_message(first, from, to, message);
        }
    }

    fn set_message(&mut self, after: Span, from: NodeId, to: NodeId, message: Message) {
        let (number, sent) = (self.messages, self.now);
        self.set(after, Due::Message { number, from, to, sent, message: Box::new(message) });
    }

    fn reply(&mut self, node: NodeId, Reply { request, outcome }: Reply) {
        self.check.answered(request, &outcome, self.now);
        self.digest.add(request);
        self.digest.add(u64::from(outcome.is_ok()));
        let Some(asked) = self.asked.remove(&request) else { return };
        if let (Some(client), Ok(answer)) = (asked.client, &outcome) {
            self.load.answered(client, &asked.key, answer);
        }
        if asked.client.is_none() {
            let seen = match &outcome {
                Ok(Answer::Got(versions)) => Some(versions.context().clone()),
                Ok(Answer::Written { seen, .. }) => Some(seen.clone()),
                _ => None,
            };
            if let Err(error) = &outcome {
                self.refused = Some((request, error.clone()));
            }
            if let Some(seen) = seen {
                self.person.insert(asked.key.clone(), seen);
            }
            let key = asked.key;
            self.note(Some(node), || What::Answer { request, key, outcome });
        }
    }

    fn note(&mut self, node: Option<NodeId>, what: impl FnOnce() -> What) {
        if let Some(log) = &mut self.log {
            log.push(Entry { number: self.logged, at: self.now, node, what: what() });
            self.logged += 1;
        }
    }
}

// Breaking and mending it.
impl World {
    pub(crate) fn fault(&mut self, fault: &Fault) {
        self.note(None, || What::Fault(fault.clone()));
        self.digest.add(0x0046_4155_4C54);
        match fault {
            Fault::Kill(node) => self.kill(*node),
            Fault::Restart(node) => self.start(*node),
            Fault::Wipe(node) => {
                self.kill(*node);
                self.check.excuse_losses();
                if let Some(machine) = self.machines.get_mut(node.index()) {
                    machine.disk = Some(Disk::default());
                }
                self.start(*node);
            }
            Fault::Pause(node) => {
                if let Some(machine) = self.machines.get_mut(node.index())
                    && machine.status == Status::Up
                {
                    (machine.status, machine.since) = (Status::Paused, self.now);
                }
            }
            Fault::Resume(node) => self.resume(*node),
            Fault::HealAll => {
                self.network.apply(&Fault::HealNetwork);
                self.is_calm = true;
                self.weather_now.loss = Ratio::NEVER;
                self.weather_now.duplication = Ratio::NEVER;
                self.weather_now.reordering = Ratio::NEVER;
                for i in 0..self.options.nodes {
                    self.resume(NodeId(i));
                    self.start(NodeId(i));
                }
            }
            links => {
                self.network.apply(links);
            }
        }
    }

    fn kill(&mut self, node: NodeId) {
        let Some(machine) = self.machines.get_mut(node.index()) else { return };
        let Some(running) = machine.node.take() else { return };
        let mut disk = running.into_storage();
        disk.crash(&mut machine.random);
        machine.disk = Some(disk);
        machine.life += 1;
        machine.waiting.clear();
        (machine.status, machine.since) = (Status::Down, self.now);
        for i in (0..self.options.nodes).filter(|&i| i != node.0) {
            let after = self.options.latency.draw(&mut self.chance);
            self.set(after, Due::Disconnected { node: NodeId(i), peer: node });
        }
    }

    fn start(&mut self, id: NodeId) {
        let now = Now { instant: self.now, wall: DAWN + self.now.since(Instant::ZERO) };
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        let Some(disk) = machine.disk.take() else { return };
        let seed = machine.random.u64();
        let incarnation = now.wall.as_millis() << 20 | machine.random.below(1 << 20);
        machine.life += 1;
        (machine.status, machine.since) = (Status::Up, self.now);
        let mut effects = core::mem::take(&mut self.effects);
        machine.node = Some(Node::start(
            now,
            self.options.config,
            Arc::clone(&self.layout),
            id,
            seed,
            incarnation,
            disk,
            &mut effects,
        ));
        self.carry_out_effects(id, &mut effects);
        self.effects = effects;
    }

    fn resume(&mut self, id: NodeId) {
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        if machine.status != Status::Paused {
            return;
        }
        (machine.status, machine.since) = (Status::Up, self.now);
        for due in core::mem::take(&mut machine.waiting) {
            self.set(Span::ZERO, due);
        }
    }
}

/// A number over what a message says, near enough: who asks, and what about.
fn message_digest(body: &Body) -> u64 {
    let mut digest = Digest::new(0);
    let mut add = |kind: u64, operation: u64, key: Option<&Key>| {
        digest.add(kind);
        digest.add(operation);
        digest.add(key.map_or(0, Key::place));
    };
    match body {
        Body::Gossip(list) => add(0, list.iter().map(|beat| beat.counter).sum(), None),
        Body::Forward { operation, .. } => add(1, *operation, None),
        Body::Forwarded { operation, .. } => add(2, *operation, None),
        Body::Store { operation, key, versions, .. } => {
            add(3, *operation, Some(key));
            add(3, versions.digest(), None);
        }
        Body::Stored { operation, .. } => add(4, *operation, None),
        Body::Fetch { operation, key } => add(5, *operation, Some(key)),
        Body::Fetched { operation, versions } => {
            add(6, *operation, None);
            add(6, versions.as_ref().map_or(0, |versions| versions.digest()), None);
        }
        Body::List { operation, .. } => add(7, *operation, None),
        Body::Listed { operation, entries, .. } => {
            add(8, *operation, entries.first().map(|e| &e.0))
        }
        Body::OtherLayout { operation } => add(9, *operation, None),
        Body::Compare(_) => add(10, 0, None),
    }
    digest.value()
}

/// A, B, … Z, then N27, N28, …
fn node_name(i: u16) -> String {
    match u8::try_from(i) {
        Ok(i) if i < 26 => String::from(char::from(b'A' + i)),
        _ => alloc::format!("N{}", i + 1),
    }
}
