//! The world: what is due, in which order, and what comes of it.

use super::check::Check;
use super::disk::Disk;
use super::load::{Asked, Load, Steady};
use super::log::{Entry, LENGTH, What};
use super::network::Network;
use super::options::Options;
use super::ports::{Handle, Process};
use super::transition::{Fault, Logged, Sight, Transition, node_name};
use super::view::{CopyView, Flight, KeyView, Mark, NodeView, RegisterView, Status, View};
use super::weather::Change;
use crate::base::hash::Digest;
use crate::base::{Instant, Now, Random, Recent, Span, Timers, Wall};
use crate::kv::{
    Answer, Body, Context, Effect, Effects, Key, Message, Node, Operation, Reply, Request,
    RequestId, Sequence, Storage, Table, Timer, Versions, Wishes,
};
use crate::ring::{Layout, Member, NodeId};
use crate::services::{Answered, Ask, Services};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

mod faults;
mod look;
mod phones;
mod services;
mod turns;

use phones::Phones;
pub use phones::TalkView;
use services::Served;

/// When worlds begin by their wall clocks: 2026-01-01T00:00:00Z.
const DAWN: Wall = Wall::from_millis(1_767_225_600_000);

/// By how much a slow disk is slower.
const SLOW: u64 = 50;

/// What is due at some moment.
#[derive(Debug)]
pub(crate) enum Due {
    Message {
        number: u64,
        from: NodeId,
        to: NodeId,
        /// The life of the receiver that it was sent to: connections do not outlive a process.
        life: u32,
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
    /// A request that came while the node stood still.
    Request {
        node: NodeId,
        id: RequestId,
        request: Box<Request>,
    },
    /// A sleep of a service is over.
    Awake {
        node: NodeId,
        life: u32,
        number: u64,
    },
    Client,
    /// Phones look after their connections.
    Phones,
    /// The next question of those who ask services steadily, by their number.
    Steady(usize),
    Weather(Change),
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
    /// By how many milliseconds its wall clock is ahead.
    clock_ahead: i64,
    /// Until when its disk is slow.
    slow_until: Instant,
    /// The next sync of its disk fails.
    fails_sync: bool,
    process: Option<Process>,
    services: Option<Rc<Services<Handle>>>,
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
    steady: Vec<Steady>,
    asked: BTreeMap<RequestId, Asked>,
    served: Served,
    phones: Phones,
    requests: RequestId,
    /// The last one that was not of a service.
    last_request: RequestId,
    person: BTreeMap<Key, Context>,
    refused: Option<(RequestId, crate::kv::Error)>,
    check: Check,
    transitions: Vec<Logged>,
    /// How many of the transitions have happened.
    transition_next: usize,
    /// All that was done, by whomever, if it is recorded.
    recorded: Option<Vec<Logged>>,
    digest: Digest,
    events: u64,
    messages: u64,
    log: Option<Recent<Entry>>,
    logged: u64,
    effects: Effects,
    /// The draws of what happens to machines.
    pub(crate) chance: Random,
    /// The draws of the weather.
    pub(crate) sky: Random,
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

    /// The same in which a person's transitions will happen again.
    pub(crate) fn with_transitions(
        seed: u64,
        options: Options,
        transitions: Vec<Logged>,
        is_logged: bool,
    ) -> Self {
        Self::make(seed, options, transitions, is_logged)
    }

    /// From now on all that is done is recorded, by whomever it is.
    pub(crate) fn record(&mut self) {
        self.recorded = Some(Vec::new());
    }

    fn make(seed: u64, mut options: Options, transitions: Vec<Logged>, is_logged: bool) -> Self {
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
            clock_ahead: skew(&options, &mut random),
            slow_until: Instant::ZERO,
            fails_sync: false,
            process: None,
            services: None,
        };
        let machines = (0..options.nodes).map(|_| machine()).collect();
        let mut world = Self {
            network: Network::new(options.nodes, random.fork()),
            load: Load::new(&options, random.fork()),
            chance: random.fork(),
            sky: random.fork(),
            check: Check::new(&options),
            weather_now: options,
            seed,
            options,
            layout,
            now: Instant::ZERO,
            due: Timers::new(),
            machines,
            steady: Vec::new(),
            asked: BTreeMap::new(),
            served: Served::default(),
            phones: Phones::new(),
            requests: 0,
            last_request: 0,
            person: BTreeMap::new(),
            refused: None,
            transitions,
            transition_next: 0,
            recorded: None,
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

impl Machine {
    fn disk(&self) -> Option<&Disk> {
        self.node.as_ref().map(Node::storage).or(self.disk.as_ref())
    }

    fn table(&self) -> Option<&Table> {
        self.disk().map(Disk::table)
    }
}

// Driving it.
impl World {
    /// Lets everything happen that is due up to a moment, or so much of it if that is less: events, and moments
    /// at which something is done to the world. How much it was. When all has happened, the moment is `until`.
    pub fn run_until(&mut self, until: Instant, most: u64) -> u64 {
        self.run_up_to(u64::MAX, until, most)
    }

    /// The same, and events only as long as there have been fewer than `events`.
    pub(crate) fn run_up_to(&mut self, events: u64, until: Instant, most: u64) -> u64 {
        for count in 0..most {
            if !self.happen_next(events, until) {
                self.now = self.now.max(until);
                return count;
            }
        }
        most
    }

    /// Lets the next thing happen; whether there was one.
    pub fn step(&mut self) -> bool {
        self.happen_next(u64::MAX, Instant::from_micros(u64::MAX))
    }

    fn happen_next(&mut self, events: u64, until: Instant) -> bool {
        if let Some((at, _)) = self.next_turn(until) {
            self.take_turns(at);
            return true;
        }
        if self.events >= events {
            return false;
        }
        let Some(at) = self.due.next().filter(|&at| at <= until) else { return false };
        let Some(due) = self.due.pop_due(at) else { return false };
        self.now = self.now.max(at);
        self.events += 1;
        self.happen(due);
        // Whoever stops here and whoever goes on are to see the same.
        self.take_turns(self.now);
        true
    }

    /// What the person was last refused, if it was this request.
    pub(crate) fn last_error(&self, id: RequestId) -> Option<&crate::kv::Error> {
        self.refused.as_ref().filter(|(request, _)| *request == id).map(|(_, error)| error)
    }

    /// The number of the last request that a client or a person made: right after an [`Transition`] that asks
    /// for something, of that.
    #[must_use]
    pub const fn last_request(&self) -> RequestId {
        self.last_request
    }

    /// Whether a request is still unanswered.
    #[must_use]
    pub fn is_open(&self, id: RequestId) -> bool {
        self.asked.contains_key(&id) || self.served.is_open(id)
    }

    pub(crate) fn set(&mut self, after: Span, due: Due) {
        self.due.set(self.now + after, due);
    }

    fn happen(&mut self, due: Due) {
        self.digest.add(self.now.as_micros());
        let (to, life) = match &due {
            Due::Message { from, to, life, message, .. } => {
                self.digest.add(u64::from(from.0) << 16 | u64::from(to.0));
                self.digest.add(message_digest(&message.body));
                (*to, Some(*life))
            }
            Due::Timer { node, life, .. }
            | Due::Synced { node, life, .. }
            | Due::Awake { node, life, .. } => {
                self.digest.add(u64::from(node.0));
                (*node, Some(*life))
            }
            Due::Disconnected { node, peer } => {
                self.digest.add(u64::from(node.0) << 16 | u64::from(peer.0));
                (*node, None)
            }
            Due::Request { node, id, .. } => {
                self.digest.add(*id);
                (*node, None)
            }
            // These two have their turns before events.
            Due::Client | Due::Weather(_) => return,
            Due::Phones => return self.handle_phones(),
            Due::Steady(number) => {
                self.digest.add(*number as u64);
                return self.handle_steady(*number);
            }
        };
        let Some(machine) = self.machines.get_mut(to.index()) else { return };
        if life.is_some_and(|life| life != machine.life) {
            if let Due::Message { from, message, .. } = due {
                let mark = Mark::of(&message.body);
                self.note(None, || What::Lost { from, to, mark });
            }
            return;
        }
        match (machine.status, due) {
            (Status::Paused, due) => machine.waiting.push(due),
            (Status::Down, Due::Message { from, message, .. }) => {
                let mark = Mark::of(&message.body);
                self.note(None, || What::Lost { from, to, mark });
            }
            (Status::Up, Due::Message { from, sent, message, .. }) => {
                if !self.network.lets_through(from, to, sent) {
                    // The link was cut, or its connection broke, while it was on its way.
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
            (Status::Up, Due::Request { id, request, .. }) => {
                self.with_node(to, |node, now, effects| node.request(now, id, *request, effects));
            }
            (Status::Up, Due::Awake { number, .. }) => {
                if let Some(process) = &mut machine.process {
                    process.awake(number);
                }
                self.run_services(to);
            }
            (Status::Up, Due::Timer { timer, .. }) => {
                self.with_node(to, |node, now, effects| node.handle_timer(now, timer, effects));
            }
            (Status::Up, Due::Synced { .. }) if machine.fails_sync => {
                // What a disk holds after a failed sync is not known: every host stops the node.
                self.note(None, || What::Fault(Fault::Kill(to)));
                self.kill(to);
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

    /// Lets a running node take an input, and carries out what it wishes.
    fn with_node(&mut self, id: NodeId, input: impl FnOnce(&mut Node<Disk>, Now, &mut Effects)) {
        self.with_node_alone(id, input);
        self.run_services(id);
    }

    /// What the clocks of a machine show.
    fn now_at(&self, id: NodeId) -> Now {
        let since = DAWN + self.now.since(Instant::ZERO);
        let ahead = self.machines.get(id.index()).map_or(0, |machine| machine.clock_ahead);
        let wall = Wall::from_millis(since.as_millis().saturating_add_signed(ahead));
        Now { instant: self.now, wall }
    }

    /// The same, and its services wait.
    fn with_node_alone(
        &mut self,
        id: NodeId,
        input: impl FnOnce(&mut Node<Disk>, Now, &mut Effects),
    ) {
        let now = self.now_at(id);
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
                Effect::Deliver(published) => {
                    if let Some(machine) = self.machines.get(id.index())
                        && let Some(services) = &machine.services
                    {
                        services.handle_published(&published);
                    }
                }
                Effect::Tell(event) => self.note(Some(id), || What::Node(event)),
            }
        }
        let Some(machine) = self.machines.get_mut(id.index()) else { return };
        let disk = machine.node.as_mut().map(Node::storage_mut);
        if let Some(sequence) = disk.and_then(Disk::begin_sync) {
            let (life, after) = (machine.life, self.options.sync.draw(&mut machine.random));
            let after = if self.now < machine.slow_until { after * SLOW } else { after };
            self.set(after, Due::Synced { node: id, life, sequence });
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: Message) {
        self.messages += 1;
        let delivery = self.network.send(self.now, from, to, &self.weather_now);
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
        let (number, sent, life) = (self.messages, self.now, self.life(to));
        self.set(after, Due::Message { number, from, to, life, sent, message: Box::new(message) });
    }

    fn reply(&mut self, node: NodeId, Reply { request, outcome }: Reply) {
        self.digest.add(request);
        self.digest.add(u64::from(outcome.is_ok()));
        if let Some(number) = self.served.stores.remove(&request) {
            return self.answer_service(node, number, outcome);
        }
        self.check.answered(request, &outcome, self.now);
        self.judge_copies(request, &outcome);
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

/// By how many milliseconds a wall clock is ahead from the start.
fn skew(options: &Options, random: &mut Random) -> i64 {
    let most = options.skew.as_millis();
    let drawn = random.below(2 * most + 1);
    i64::try_from(drawn).unwrap_or(0) - i64::try_from(most).unwrap_or(0)
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
            add(3, newest(versions), None);
        }
        Body::Stored { operation, .. } => add(4, *operation, None),
        Body::Fetch { operation, key } => add(5, *operation, Some(key)),
        Body::Fetched { operation, versions } => {
            add(6, *operation, None);
            add(6, versions.as_ref().map_or(0, |versions| newest(versions)), None);
        }
        Body::List { operation, .. } => add(7, *operation, None),
        Body::Listed { operation, entries, .. } => {
            add(8, *operation, entries.first().map(|e| &e.0))
        }
        Body::OtherLayout { operation } => add(9, *operation, None),
        Body::Compare(_) => add(10, 0, None),
        Body::Register { operation, key, ballot, .. } => {
            add(11, *operation, Some(key));
            add(11, ballot.round, None);
        }
        Body::Vote { operation, ballot, .. } => {
            add(12, *operation, None);
            add(12, ballot.round, None);
        }
        Body::Published(published) => add(13, crate::base::hash::keyed(0, &published.body), None),
    }
    digest.value()
}

/// Near enough a name for versions, and cheap: the full digests of what is stored come at the end.
fn newest(versions: &Versions) -> u64 {
    versions.siblings().iter().map(|sibling| sibling.dot.counter).sum()
}
