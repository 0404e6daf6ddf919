//! What there is to see of a world, as plain data. Pages draw it and decide nothing.

use crate::base::Instant;
use crate::kv::register::{Acceptor, State};
use crate::kv::{Body, Counters, Key, MemberView, Quorums, Versions};
use crate::ring::NodeId;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// How a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It runs.
    Up,
    /// It stands still.
    Paused,
    /// It does not run.
    Down,
}

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeView {
    /// Its number.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// Its zone; empty if there is none.
    pub zone: String,
    /// How it is.
    pub status: Status,
    /// Since when.
    pub since: Instant,
    /// Slices of which it holds a replica, of [`crate::ring::SLICES`].
    pub slices: u16,
    /// Keys that it holds, deleted ones included.
    pub keys: u64,
    /// For whom it keeps hints, and how many.
    pub hints: Vec<(NodeId, u64)>,
    /// How the members look from it; empty while it is down.
    pub sees: Vec<MemberView>,
    /// Which start this is.
    pub incarnation: u64,
    /// How often things happened since it started.
    pub counters: Counters,
    /// Requests under way.
    pub operations: u64,
}

/// A world at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The moment.
    pub now: Instant,
    /// The nodes by number.
    pub nodes: Vec<NodeView>,
    /// N, W and R by default.
    pub quorums: Quorums,
    /// Directions in which nothing gets through.
    pub cuts: Vec<(NodeId, NodeId)>,
    /// Directions that are slow or lossy.
    pub impaired: Vec<(NodeId, NodeId)>,
    /// What the check found.
    pub violations: Vec<String>,
}

/// One node's copy of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyView {
    /// Who holds it.
    pub node: NodeId,
    /// For whom, if it is a hint.
    pub hint_for: Option<NodeId>,
    /// What is held.
    pub versions: Arc<Versions>,
}

/// A key and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyView {
    /// The key.
    pub key: Key,
    /// Its place: the first 64 bits of its 160 on the ring.
    pub place: u64,
    /// Its owners in order of preference.
    pub owners: Vec<NodeId>,
    /// Who holds a copy, also nodes that are down.
    pub copies: Vec<CopyView>,
}

/// A register and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterView {
    /// Its key.
    pub key: Key,
    /// Its place: the first 64 bits of its 160 on the ring.
    pub place: u64,
    /// Its replicas, in order of preference.
    pub owners: Vec<NodeId>,
    /// What each that knows of it has promised and accepted, also nodes that are down.
    pub replicas: Vec<(NodeId, Arc<Acceptor>)>,
}

impl RegisterView {
    /// What was accepted last, and whether a majority has accepted it: then it is decided.
    #[must_use]
    pub fn last(&self) -> Option<(&Arc<State>, bool)> {
        let accepted = || self.replicas.iter().filter_map(|(_, held)| held.accepted.as_ref());
        let (ballot, state) = accepted().max_by_key(|(ballot, _)| *ballot)?;
        let count = accepted().filter(|(other, _)| other == ballot).count();
        Some((state, count > self.owners.len() / 2))
    }
}

/// What a message is for, as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It asks for something.
    Request,
    /// It answers.
    Reply,
    /// It says who lives, or carries what a service publishes.
    Gossip,
    /// It carries a hint, to its keeper or home.
    Hint,
    /// It compares or mends.
    Repair,
}

impl Mark {
    pub(crate) fn of(body: &Body) -> Self {
        match body {
            Body::Gossip(_) | Body::Published(_) => Self::Gossip,
            Body::Store { hint_for: Some(_), .. } => Self::Hint,
            Body::Store { operation: 0, .. } | Body::Compare(_) => Self::Repair,
            Body::Forward { .. }
            | Body::Store { .. }
            | Body::Fetch { .. }
            | Body::List { .. }
            | Body::Register { .. } => Self::Request,
            Body::Forwarded { .. }
            | Body::Stored { .. }
            | Body::Fetched { .. }
            | Body::Listed { .. }
            | Body::Vote { .. }
            | Body::OtherLayout { .. } => Self::Reply,
        }
    }
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// Its number, for as long as the world lasts.
    pub number: u64,
    /// From whom.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
    /// When it was sent.
    pub sent: Instant,
    /// When it arrives.
    pub arrives: Instant,
    /// What it is for.
    pub mark: Mark,
    /// The key that it is about, if it is about one.
    pub key: Option<Key>,
}
