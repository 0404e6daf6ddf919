//! What the parts of one server process share: who it is, whether its cluster is founded, the way
//! to its node, and whether it is stopping.

use super::error::HostError;
use super::founding::{Founding, Gathering, Hello, Introduction, MAGIC};
use super::node_thread::{NodeHandle, Outgoing};
use super::ports::Handle;
use crate::kv::Config;
use crate::ring::{Layout, NodeId};
use crate::services::Services;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};

/// Peers whose problems are remembered.
const MAX_PROBLEMS: usize = 1_024;

/// A node that serves.
#[derive(Debug)]
pub struct Running {
    /// The members as agreed.
    pub founding: Founding,
    /// Who holds what.
    pub layout: Arc<Layout>,
    /// This node's number.
    pub me: NodeId,
    /// The cluster's choices.
    pub config: Config,
    /// The way to the node.
    pub node: NodeHandle,
    /// What runs beside the node.
    pub services: Arc<Services<Handle>>,
    /// The queues towards the others.
    pub outgoing: BTreeMap<NodeId, Outgoing>,
}

/// What this process has counted outside its node.
#[derive(Debug, Default)]
pub struct HostCounters {
    /// Connections of peers that were ended since they broke the protocol.
    pub bad_peers: AtomicU64,
    /// RESP connections accepted.
    pub resp_connections: AtomicU64,
    /// RESP connections open now.
    pub resp_clients: AtomicU64,
    /// RESP commands answered.
    pub resp_commands: AtomicU64,
    /// RESP connections ended since they broke the protocol.
    pub bad_resp: AtomicU64,
    /// HTTP requests answered.
    pub http_requests: AtomicU64,
    /// Of these, those that were refused since their client sent too many: reads, writes, requests to services.
    pub http_limited: [AtomicU64; 4],
}

/// Adds one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// One server process.
#[derive(Debug)]
pub struct Host {
    /// Who it is.
    pub me: Introduction,
    /// What it has counted.
    pub counters: HostCounters,
    /// When it started.
    pub started: super::clock::Clock,
    gathering: Mutex<Gathering>,
    problems: Mutex<BTreeMap<SocketAddr, String>>,
    directory: Mutex<BTreeMap<String, Introduction>>,
    connected: Mutex<BTreeSet<NodeId>>,
    decided: mpsc::UnboundedSender<Result<Founding, HostError>>,
    running: watch::Sender<Option<Arc<Running>>>,
    stopping: watch::Sender<bool>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Host {
    /// A process that has no node yet. What the peers decide comes out of the second value.
    #[must_use]
    pub fn new(
        me: Introduction,
        join: &[SocketAddr],
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Result<Founding, HostError>>) {
        let (decided, decisions) = mpsc::unbounded_channel();
        let host = Self {
            gathering: Mutex::new(Gathering::new(me.clone(), join)),
            directory: Mutex::new(BTreeMap::from([(me.name.clone(), me.clone())])),
            me,
            counters: HostCounters::default(),
            started: super::clock::Clock::start(),
            problems: Mutex::default(),
            connected: Mutex::default(),
            decided,
            running: watch::Sender::new(None),
            stopping: watch::Sender::new(false),
        };
        (Arc::new(host), decisions)
    }

    /// The node, once there is one.
    #[must_use]
    pub fn running(&self) -> Option<Arc<Running>> {
        self.running.borrow().clone()
    }

    /// Waits until there is a node.
    pub async fn until_running(&self) -> Option<Arc<Running>> {
        let mut running = self.running.subscribe();
        running.wait_for(Option::is_some).await.ok().and_then(|running| running.clone())
    }

    /// The node serves from now on.
    pub fn set_running(&self, running: Arc<Running>) {
        self.running.send_replace(Some(running));
    }

    /// Whether the process is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Tells all parts to stop.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Waits until the process is stopping.
    pub async fn until_stopping(&self) {
        let mut stopping = self.stopping.subscribe();
        let _ = stopping.wait_for(|&stopping| stopping).await; // the sender lives as long as self
    }

    /// What this node greets others with.
    #[must_use]
    pub fn hello(&self) -> Hello {
        match self.running() {
            Some(running) => Hello {
                magic: MAGIC,
                me: self.me.clone(),
                everyone: BTreeSet::new(),
                founding: Some(running.founding.clone()),
                config: Some(running.config),
            },
            None => locked(&self.gathering).hello(),
        }
    }

    /// Takes in a greeting while there is no node, and decides what follows from it.
    pub fn handle_hello(&self, hello: &Hello) {
        self.introduce(&hello.me);
        let mut gathering = locked(&self.gathering);
        let decision = match gathering.handle_hello(hello) {
            Ok(Some(founding)) => Some(Ok(founding)),
            Ok(None) => gathering.found(super::clock::entropy).transpose(),
            Err(HostError::Hello(error)) => {
                drop(gathering);
                self.note_problem(hello.me.peer, &error.to_string());
                return;
            }
            Err(error) => Some(Err(error)),
        };
        drop(gathering);
        self.clear_problem(hello.me.peer);
        if let Some(decision) = decision {
            let _ = self.decided.send(decision); // once decided, nobody listens any more
        }
    }

    /// Founds a cluster of one, if there is nobody to wait for.
    pub fn found_alone(&self) {
        let founding = locked(&self.gathering).found(super::clock::entropy).transpose();
        if let Some(founding) = founding {
            let _ = self.decided.send(founding); // once decided, nobody listens any more
        }
    }

    /// Whether an address is that of a node of this cluster over HTTP, as far as this one knows them.
    #[must_use]
    pub fn is_of_a_node(&self, host: &str, port: u16) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_node = |node: &Introduction| match bare.parse::<IpAddr>() {
            Ok(address) => SocketAddr::new(address, port) == node.http,
            Err(_) => {
                bare == "localhost" && node.http.ip().is_loopback() && node.http.port() == port
            }
        };
        locked(&self.directory).values().any(is_node)
    }

    /// The peers that have not been heard from while the cluster is not founded.
    #[must_use]
    pub fn missing(&self) -> Vec<SocketAddr> {
        locked(&self.gathering).missing()
    }

    /// What keeps peers from fitting, by peer address.
    #[must_use]
    pub fn problems(&self) -> BTreeMap<SocketAddr, String> {
        locked(&self.problems).clone()
    }

    /// Remembers what keeps a peer from fitting, and logs it when it is new.
    pub fn note_problem(&self, peer: SocketAddr, problem: &str) {
        let mut problems = locked(&self.problems);
        if problems.len() >= MAX_PROBLEMS {
            problems.clear(); // whoever makes up addresses shall not fill the memory
        }
        let old = problems.insert(peer, problem.to_owned());
        drop(problems);
        if old.as_deref() != Some(problem) {
            tracing::warn!("peer {peer}: {problem}");
        }
    }

    /// Forgets what kept a peer from fitting.
    pub fn clear_problem(&self, peer: SocketAddr) {
        locked(&self.problems).remove(&peer);
    }

    /// Remembers where a node says it answers.
    pub fn introduce(&self, node: &Introduction) {
        locked(&self.directory).insert(node.name.clone(), node.clone());
    }

    /// Where a node says it answers, if it has been heard from.
    #[must_use]
    pub fn introduction(&self, name: &str) -> Option<Introduction> {
        locked(&self.directory).get(name).cloned()
    }

    /// Remembers whether there is a connection to a peer.
    pub fn set_connected(&self, peer: NodeId, is: bool) {
        let mut connected = locked(&self.connected);
        if is {
            connected.insert(peer);
        } else {
            connected.remove(&peer);
        }
    }

    /// Whether there is a connection to a peer.
    #[must_use]
    pub fn is_connected(&self, peer: NodeId) -> bool {
        locked(&self.connected).contains(&peer)
    }
}
