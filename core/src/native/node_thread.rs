//! A node on a thread of its own: inputs come through bounded queues, effects go out at once.
//!
//! ```text
//! peers    --messages-->  +-------------+ --Send--> a bounded queue a peer
//! clients  --requests-->  | Node        | --Reply-> who asked
//! engine   --durable--->  | + timers    | --Tell--> the log
//! clock    ------------>  +-------------+
//! ```
//!
//! A full queue towards the node makes whoever fills it wait, and so stops sockets from being read.
//! The node itself never waits for a peer: what does not fit into a peer's queue is dropped and
//! counted, since the protocol tolerates loss.

use super::clock::Clock;
use super::engine::{Durable, Engine};
use super::error::HostError;
use crate::base::{Effect, Timers};
use crate::kv::{
    self, Answer, Counters, Effects, Event, Health, MemberView, Message, Node, Published, Reply,
    Request, RequestId, Storage, Timer,
};
use crate::port;
use crate::ring::{Layout, NodeId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Messages from peers that may wait for the node.
const MESSAGES: usize = 8_192;
/// Requests that may wait for the node.
const REQUESTS: usize = 4_096;
/// Messages that may wait for a connection to a peer.
pub const OUTGOING: usize = 8_192;
/// What was published and may wait for the services.
pub const PUBLISHED: usize = 1_024;
/// Inputs of one kind that are handled before the others have their turn.
const BATCH: usize = 256;

/// What came of a request.
pub type Outcome = Result<Answer, kv::Error>;

/// What a node looks like at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Which start of the node this is.
    pub incarnation: u64,
    /// The members as seen from it.
    pub members: Vec<MemberView>,
    /// When it looked like this.
    pub now: crate::base::Now,
    /// Keys that it holds, tombstones included.
    pub records: u64,
    /// Hints that it keeps, by owner.
    pub hints: Vec<(NodeId, u64)>,
    /// What it has counted.
    pub counters: Counters,
    /// Requests under way.
    pub operations: usize,
    /// Batches handed to the disk, and how many of them are safe.
    pub batches: (u64, u64),
}

#[allow(clippy::large_enum_variant)] // nearly all are requests: a box would cost each of them
enum Input {
    Request(Box<Request>, oneshot::Sender<Outcome>),
    Snapshot(oneshot::Sender<Snapshot>),
    Disconnected(NodeId, oneshot::Sender<()>),
    Publish(Published),
}

/// The queue towards one peer.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Takes messages.
    pub queue: mpsc::Sender<Message>,
    /// Messages that did not fit, or were meant for a connection that broke.
    pub dropped: Arc<AtomicU64>,
    /// Wakes whoever waits before the next attempt to connect.
    pub redial: Arc<Notify>,
}

/// The node has stopped and answers no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node is stopping: ask another node")]
pub struct Stopped;

impl From<Stopped> for port::Error {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}

/// The way to a running node.
#[derive(Clone, Debug)]
pub struct NodeHandle {
    inputs: mpsc::Sender<Input>,
    messages: mpsc::Sender<(NodeId, Message)>,
    stop: Arc<watch::Sender<bool>>,
    gone: watch::Receiver<()>,
}

impl NodeHandle {
    /// Hands a request over; its outcome comes later. Waits while the node's queue is full.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn submit(&self, request: Request) -> Result<oneshot::Receiver<Outcome>, Stopped> {
        let (reply, outcome) = oneshot::channel();
        self.inputs.send(Input::Request(Box::new(request), reply)).await.map_err(|_| Stopped)?;
        Ok(outcome)
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// [`port::Error`].
    pub async fn ask(&self, request: Request) -> Result<Answer, port::Error> {
        let outcome = self.submit(request).await?;
        Ok(outcome.await.map_err(|_| Stopped)??)
    }

    /// Sends a message to what runs beside every node. It is dropped if the node's queue is full.
    pub fn publish(&self, published: Published) {
        let _ = self.inputs.try_send(Input::Publish(published)); // at most once is all that is promised
    }

    /// Hands a peer's message over. Waits while the node's queue is full.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn deliver(&self, from: NodeId, message: Message) -> Result<(), Stopped> {
        self.messages.send((from, message)).await.map_err(|_| Stopped)
    }

    /// Says that the connection to a peer broke, and waits until the node knows.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn disconnected(&self, peer: NodeId) -> Result<(), Stopped> {
        let (reply, known) = oneshot::channel();
        self.inputs.send(Input::Disconnected(peer, reply)).await.map_err(|_| Stopped)?;
        known.await.map_err(|_| Stopped)
    }

    /// What the node looks like now.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn snapshot(&self) -> Result<Snapshot, Stopped> {
        let (reply, snapshot) = oneshot::channel();
        self.inputs.send(Input::Snapshot(reply)).await.map_err(|_| Stopped)?;
        snapshot.await.map_err(|_| Stopped)
    }

    /// Makes the node stop; what it has is synced first.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until the node is gone and what it had is on disk.
    pub async fn until_gone(&self) {
        let _ = self.gone.clone().changed().await; // an error: the thread has let go of it
    }
}

/// What a node begins with.
#[derive(Debug)]
pub struct Start {
    /// The cluster's choices.
    pub config: kv::Config,
    /// Who holds what.
    pub layout: Arc<Layout>,
    /// Which member it is.
    pub me: NodeId,
    /// Its storage.
    pub engine: Engine,
    /// How far the disk has come.
    pub durable: watch::Receiver<Durable>,
    /// The queues towards the others.
    pub outgoing: BTreeMap<NodeId, Outgoing>,
    /// Takes what nodes publish; what does not fit is dropped.
    pub published: mpsc::Sender<Published>,
}

/// Starts the thread. The second value comes when it has stopped, with the reason if it failed.
///
/// # Errors
/// [`HostError::System`] without entropy or threads.
pub fn start(
    start: Start,
) -> Result<(NodeHandle, oneshot::Receiver<Result<(), HostError>>), HostError> {
    let (inputs, input_queue) = mpsc::channel(REQUESTS);
    let (messages, message_queue) = mpsc::channel(MESSAGES);
    let (stop, stopped) = watch::channel(false);
    let (done, ended) = oneshot::channel();
    let (going, gone) = watch::channel(());
    let (seed, incarnation) = (super::clock::entropy()?, super::clock::incarnation()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| HostError::System(error.to_string()))?;
    std::thread::Builder::new()
        .name("node".into())
        .spawn(move || {
            let thread = NodeThread::new(start, seed, incarnation);
            let queues = Queues { inputs: input_queue, messages: message_queue, stopped };
            let ended = runtime.block_on(thread.run(queues)); // the engine has synced by now
            let _ = done.send(ended); // a host that stops no longer asks
            drop(going);
        })
        .map_err(|error| HostError::System(error.to_string()))?;
    Ok((NodeHandle { inputs, messages, stop: Arc::new(stop), gone }, ended))
}

struct Queues {
    inputs: mpsc::Receiver<Input>,
    messages: mpsc::Receiver<(NodeId, Message)>,
    stopped: watch::Receiver<bool>,
}

struct NodeThread {
    clock: Clock,
    node: Node<Engine>,
    effects: Effects,
    timers: Timers<Timer>,
    outgoing: BTreeMap<NodeId, Outgoing>,
    published: mpsc::Sender<Published>,
    durable: watch::Receiver<Durable>,
    waiting: BTreeMap<RequestId, oneshot::Sender<Outcome>>,
    next_request: RequestId,
    synced: u64,
}

impl NodeThread {
    fn new(start: Start, seed: u64, incarnation: u64) -> Self {
        let clock = Clock::start();
        let mut effects = Effects::new();
        let node = Node::start(
            clock.now(),
            start.config,
            start.layout,
            start.me,
            seed,
            incarnation,
            start.engine,
            &mut effects,
        );
        let mut thread = Self {
            clock,
            node,
            effects,
            timers: Timers::new(),
            outgoing: start.outgoing,
            published: start.published,
            durable: start.durable,
            waiting: BTreeMap::new(),
            next_request: 1,
            synced: 0,
        };
        thread.carry_out();
        thread
    }

    async fn run(mut self, mut queues: Queues) -> Result<(), HostError> {
        let mut messages = Vec::with_capacity(BATCH);
        let mut inputs = Vec::with_capacity(BATCH);
        loop {
            let due =
                self.timers.next().map(|at| tokio::time::Instant::from_std(self.clock.at(at)));
            tokio::select! {
                biased;
                _ = queues.stopped.changed() => return Ok(()),
                changed = self.durable.changed() => {
                    if changed.is_err() {
                        return Err(HostError::Sync { reason: "the engine's thread ended".into() });
                    }
                }
                _ = queues.messages.recv_many(&mut messages, BATCH) => {}
                () = sleep_until(due) => {}
                _ = queues.inputs.recv_many(&mut inputs, BATCH) => {}
            }
            self.handle_durable()?;
            self.handle_timers();
            // Whatever woke the thread, each kind has its turn.
            while messages.len() < BATCH
                && let Ok(message) = queues.messages.try_recv()
            {
                messages.push(message);
            }
            while inputs.len() < BATCH
                && let Ok(input) = queues.inputs.try_recv()
            {
                inputs.push(input);
            }
            for (from, message) in messages.drain(..) {
                self.node.handle_message(self.clock.now(), from, message, &mut self.effects);
                self.carry_out();
            }
            for input in inputs.drain(..) {
                self.handle_input(input);
            }
        }
    }

    fn handle_durable(&mut self) -> Result<(), HostError> {
        let upto = match &*self.durable.borrow_and_update() {
            Durable::Upto(upto) => *upto,
            Durable::Failed(reason) => {
                return Err(HostError::Sync { reason: reason.to_string() });
            }
        };
        if upto > self.synced {
            self.synced = upto;
            self.node.handle_durable(self.clock.now(), upto, &mut self.effects);
            self.carry_out();
        }
        Ok(())
    }

    fn handle_timers(&mut self) {
        let now = self.clock.now();
        while let Some(timer) = self.timers.pop_due(now.instant) {
            self.node.handle_timer(now, timer, &mut self.effects);
            self.carry_out();
        }
    }

    fn handle_input(&mut self, input: Input) {
        match input {
            Input::Request(request, reply) => {
                let id = self.next_request;
                self.next_request += 1;
                self.waiting.insert(id, reply);
                self.node.request(self.clock.now(), id, *request, &mut self.effects);
                self.carry_out();
            }
            Input::Publish(published) => {
                self.node.publish(published, &mut self.effects);
                self.carry_out();
            }
            Input::Disconnected(peer, reply) => {
                self.node.handle_disconnected(self.clock.now(), peer, &mut self.effects);
                self.carry_out();
                let _ = reply.send(()); // a host that stops no longer asks
            }
            Input::Snapshot(reply) => {
                let table = self.node.storage().table();
                let snapshot = Snapshot {
                    incarnation: self.node.incarnation(),
                    members: self.node.members().to_vec(),
                    now: self.clock.now(),
                    records: table.record_count(),
                    hints: table.hint_counts().collect(),
                    counters: *self.node.counters(),
                    operations: self.node.operations_under_way(),
                    batches: (self.node.storage().written(), self.synced),
                };
                let _ = reply.send(snapshot); // who asked may have gone
            }
        }
    }

    fn carry_out(&mut self) {
        let now = self.clock.now().instant;
        for effect in self.effects.drain() {
            match effect {
                Effect::Send { to, message } => {
                    if let Some(peer) = self.outgoing.get(&to)
                        && peer.queue.try_send(message).is_err()
                    {
                        peer.dropped.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Effect::SetTimer { after, timer } => self.timers.set(now + after, timer),
                Effect::Reply(Reply { request, outcome }) => {
                    if let Some(reply) = self.waiting.remove(&request) {
                        let _ = reply.send(outcome); // who asked may have gone
                    }
                }
                Effect::Deliver(published) => {
                    let _ = self.published.try_send(published); // at most once is all that is promised
                }
                Effect::Tell(event) => tell(self.node.layout(), &event),
            }
        }
    }
}

async fn sleep_until(due: Option<tokio::time::Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Writes an event to the log in words. What happens at every request is for debugging.
fn tell(layout: &Layout, event: &Event) {
    let name = |id: NodeId| layout.member(id).map_or("?", |member| member.name.as_str());
    match event {
        Event::MemberIs { member, health } => {
            let health = match health {
                Health::Up => "up",
                Health::Suspected => "suspected: its heartbeat stands still",
                Health::Down => {
                    "down: its connection broke, or its heartbeat stood still for too long"
                }
            };
            tracing::info!("{} is {health}", name(*member));
        }
        Event::HintKept { owner, total, .. } => {
            tracing::debug!("hint kept for {}: {total} now", name(*owner));
        }
        Event::HintHandedOver { owner, left: 0, .. } => {
            tracing::info!("all hints for {} are handed over", name(*owner));
        }
        Event::HintHandedOver { owner, left, .. } => {
            tracing::debug!("hint handed over to {}: {left} left", name(*owner));
        }
        Event::ReadRepaired { node, .. } => {
            tracing::debug!("{} was behind, and was sent what it lacked", name(*node));
        }
        Event::Repaired { node, keys } => {
            tracing::info!("slices compared with {}: {keys} keys sent", name(*node));
        }
        Event::Refused { write, error, .. } => {
            tracing::debug!("{} refused: {error}", if *write { "write" } else { "read" });
        }
        Event::Ignored { from, reason } => {
            tracing::debug!("message from {} ignored: {reason}", name(*from));
        }
        other => tracing::trace!("{other:?}"),
    }
}
