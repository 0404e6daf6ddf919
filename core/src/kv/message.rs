//! What clients ask, what nodes tell each other, what timers come back, what is told to people.

use super::error::Error;
use super::key::Key;
use super::register::{Ask, Ballot, Update, Updated, Vote};
use super::version::{Context, Dot, Versions};
use crate::base::{Span, effects};
use crate::ring::{NodeId, Slice};
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Whose number a client's request carries: the host's, handed back with the answer.
pub type RequestId = u64;
/// The number of an operation at its coordinator.
pub type OperationId = u64;

/// Whether stand-ins may count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quorum {
    /// Only the key's own N replicas count: refuses where too few of them answer.
    Strict,
    /// The first N healthy nodes count: goes on, and hands over later.
    #[default]
    Sloppy,
}

/// What one request wants other than the cluster's defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// Copies (N), 1 to the number of nodes.
    pub copies: Option<u8>,
    /// Acknowledgements of a write (W), 1 to N.
    pub write: Option<u8>,
    /// Answers to a read (R), 1 to N.
    pub read: Option<u8>,
    /// Whether stand-ins may count.
    pub quorum: Option<Quorum>,
    /// How long to try; at most [`super::MAX_DEADLINE`].
    pub deadline: Option<Span>,
}

/// What is asked of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Read a key.
    Get {
        /// Which.
        key: Key,
    },
    /// Write a key; without a value, delete it.
    Put {
        /// Which.
        key: Key,
        /// The value, or nothing to delete.
        value: Option<Bytes>,
        /// What the client had seen. `None`: it does not say, and the write supersedes whatever W
        /// replicas held. Empty: it has seen nothing, and the write stands beside
        /// whatever is there.
        seen: Option<Context>,
    },
    /// Read keys in storage order within a slice.
    Scan(Range),
    /// Read or change a register linearizably. Registers are keys of their own, beside those that are
    /// put.
    Update {
        /// Which.
        key: Key,
        /// What is done to it.
        update: Update,
    },
}

/// A range of keys within one slice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The slice.
    pub slice: Slice,
    /// Only this partition, if named.
    pub partition: Option<Bytes>,
    /// The first key that may be answered; none for the beginning.
    pub from: Option<Key>,
    /// The first key that may no longer be answered; none for the end.
    pub until: Option<Key>,
    /// Where the page before this one ended: answer only what lies behind it, in the direction of
    /// travel.
    pub after: Option<Key>,
    /// Look at so many keys at most, 1 to [`super::MAX_PAGE`]; deleted ones count.
    pub limit: u16,
    /// From the end of the range to its beginning.
    pub reverse: bool,
}

/// A request with its wishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What.
    pub operation: Operation,
    /// How.
    pub wishes: Wishes,
}

impl Request {
    /// Reads `key` with the cluster's defaults.
    #[must_use]
    pub fn get(key: Key) -> Self {
        Self { operation: Operation::Get { key }, wishes: Wishes::default() }
    }

    /// Writes `key` with the cluster's defaults, superseding what is there.
    #[must_use]
    pub fn put(key: Key, value: impl Into<Bytes>) -> Self {
        let operation = Operation::Put { key, value: Some(value.into()), seen: None };
        Self { operation, wishes: Wishes::default() }
    }

    /// Deletes `key` with the cluster's defaults, superseding what is there.
    #[must_use]
    pub fn delete(key: Key) -> Self {
        let operation = Operation::Put { key, value: None, seen: None };
        Self { operation, wishes: Wishes::default() }
    }

    /// Reads or changes the register `key`.
    #[must_use]
    pub fn update(key: Key, update: Update) -> Self {
        Self { operation: Operation::Update { key, update }, wishes: Wishes::default() }
    }

    /// The same with wishes.
    #[must_use]
    pub fn with(mut self, wishes: Wishes) -> Self {
        self.wishes = wishes;
        self
    }

    /// The same as a write by a client that says what it has seen; a read stays as it is.
    #[must_use]
    pub fn having_seen(mut self, what: Context) -> Self {
        if let Operation::Put { seen, .. } = &mut self.operation {
            *seen = Some(what);
        }
        self
    }
}

/// A successful answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// What R replicas know of the key together; empty versions if none knows it.
    Got(Arc<Versions>),
    /// The write is durable on W nodes.
    Written {
        /// The write's name.
        dot: Dot,
        /// What the client that made this write has seen now.
        seen: Context,
    },
    /// A page of a range: keys with at least one value, in order.
    Page {
        /// Keys and what is known of them.
        entries: Vec<(Key, Arc<Versions>)>,
        /// Where this page ended, for [`Range::after`]; none if it was the last.
        next: Option<Key>,
    },
    /// What came of an update of a register.
    Updated(Updated),
}

/// The answer to a client's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The number that the host gave the request.
    pub request: RequestId,
    /// What came of it.
    pub outcome: Result<Answer, Error>,
}

/// What a published message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Topic(pub u8);

/// A message to all nodes, for what runs beside the store on each of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// What it is about.
    pub topic: Topic,
    /// What it says.
    pub body: Bytes,
}

/// A member and how often it has said that it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Who.
    pub member: NodeId,
    /// Its counter.
    pub counter: u64,
}

/// What travels between two nodes of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The sender's layout version.
    pub layout: u64,
    /// What it says.
    pub body: Body,
}

/// What a node says to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// The membership list.
    Gossip(Vec<Heartbeat>),
    /// Coordinate this for me.
    Forward {
        /// The sender's number.
        operation: OperationId,
        /// What.
        request: Request,
    },
    /// What came of it.
    Forwarded {
        /// The number that the asker gave.
        operation: OperationId,
        /// What came of it.
        outcome: Result<Answer, Error>,
    },
    /// Merge these versions and say when that is durable.
    Store {
        /// The sender's number.
        operation: OperationId,
        /// The key.
        key: Key,
        /// What the sender knows of it.
        versions: Arc<Versions>,
        /// Keep it as a hint for this owner, who cannot be reached.
        hint_for: Option<NodeId>,
    },
    /// Merged and durable.
    Stored {
        /// The number that the asker gave.
        operation: OperationId,
        /// What this replica had seen that the sent versions had not: they did not supersede it.
        unknown: Option<Context>,
    },
    /// What do you know of this key?
    Fetch {
        /// The sender's number.
        operation: OperationId,
        /// The key.
        key: Key,
    },
    /// This.
    Fetched {
        /// The number that the asker gave.
        operation: OperationId,
        /// What is known, if anything.
        versions: Option<Arc<Versions>>,
    },
    /// Which keys of this range do you hold?
    List {
        /// The sender's number.
        operation: OperationId,
        /// The range.
        range: Range,
    },
    /// These.
    Listed {
        /// The number that the asker gave.
        operation: OperationId,
        /// Keys in order, tombstones too.
        entries: Vec<(Key, Arc<Versions>)>,
        /// Whether the range holds more.
        more: bool,
    },
    /// This cannot be done: the sender of the request holds another layout.
    OtherLayout {
        /// The number that the asker gave.
        operation: OperationId,
    },
    /// A proposer asks a replica of a register.
    Register {
        /// The proposer's number.
        operation: OperationId,
        /// The register.
        key: Key,
        /// The proposer's ballot.
        ballot: Ballot,
        /// For what.
        ask: Ask,
    },
    /// The replica votes.
    Vote {
        /// The number that the proposer gave.
        operation: OperationId,
        /// The ballot that it asked with.
        ballot: Ballot,
        /// How.
        vote: Vote,
    },
    /// Something for what runs beside the store.
    Published(Published),
    /// Do the slices that both hold agree?
    Compare(super::repair::Compare),
}

/// A timer of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Raise the own heartbeat and tell some members.
    Gossip,
    /// Hand over the next hints.
    Handoff,
    /// Compare the next slices with another owner.
    Repair,
    /// An operation has waited long enough for the nodes that it asked first.
    Hedge(OperationId),
    /// An operation's time is over.
    Deadline(OperationId),
}

/// How a member looks from one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Health {
    /// Its counter rises.
    Up,
    /// Its counter has stood still for a while.
    Suspected,
    /// Its counter has stood still for too long.
    Down,
}

/// What happened at a node, for people to read. Nothing depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A write was given its name and sent out.
    Coordinating {
        /// The operation's number at this node.
        operation: OperationId,
        /// The key.
        key: Key,
        /// The write's name.
        dot: Dot,
        /// Owners that were asked to store it, this node perhaps among them.
        replicas: Vec<NodeId>,
        /// Stand-ins and whom they stand in for.
        stand_ins: Vec<(NodeId, NodeId)>,
    },
    /// A read was sent out.
    Reading {
        /// The operation's number at this node.
        operation: OperationId,
        /// The key.
        key: Key,
        /// The nodes asked.
        asked: Vec<NodeId>,
    },
    /// A request was passed on to a node that may coordinate it.
    Forwarding {
        /// The operation's number at this node.
        operation: OperationId,
        /// The key.
        key: Key,
        /// To whom.
        to: NodeId,
    },
    /// This node has stored what a coordinator sent.
    Stored {
        /// The key.
        key: Key,
        /// Siblings after it.
        siblings: u16,
    },
    /// A write was acknowledged.
    Acknowledged {
        /// The operation's number at this node.
        operation: OperationId,
        /// The key.
        key: Key,
        /// Acknowledgements that came, and how many were needed.
        got: u8,
        /// How many were needed.
        needed: u8,
        /// How long it took.
        after: Span,
    },
    /// A read was answered.
    Answered {
        /// The operation's number at this node.
        operation: OperationId,
        /// The key.
        key: Key,
        /// Answers that came.
        got: u8,
        /// Values found: more than one are siblings.
        values: u16,
        /// How long it took.
        after: Span,
    },
    /// A request was refused.
    Refused {
        /// The key.
        key: Key,
        /// Whether it was a write.
        write: bool,
        /// Why.
        error: Error,
    },
    /// A write found siblings that it did not know of, and supersedes them too.
    Extended {
        /// The key.
        key: Key,
        /// The write's new name.
        dot: Dot,
    },
    /// A hint is kept for a node that cannot be reached.
    HintKept {
        /// For whom.
        owner: NodeId,
        /// The key.
        key: Key,
        /// Hints that this node keeps for it now.
        total: u64,
    },
    /// A hint was handed over, and its owner has it durably.
    HintHandedOver {
        /// To whom.
        owner: NodeId,
        /// The key.
        key: Key,
        /// Hints left for it.
        left: u64,
    },
    /// A read found a replica behind, and sent it what it lacked.
    ReadRepaired {
        /// Who was behind.
        node: NodeId,
        /// The key.
        key: Key,
    },
    /// A comparison of slices found a key that differed, and sent it.
    Repaired {
        /// With whom.
        node: NodeId,
        /// Keys sent.
        keys: u64,
    },
    /// A member looks different from here.
    MemberIs {
        /// Who.
        member: NodeId,
        /// How it looks now.
        health: Health,
    },
    /// A message was dropped.
    Ignored {
        /// From whom.
        from: NodeId,
        /// Why.
        reason: &'static str,
    },
}

/// The sink of a store node.
pub type Effects = effects::Effects<NodeId, Message, Timer, Reply, Published, Event>;
/// One wish of a store node.
pub type Effect = effects::Effect<NodeId, Message, Timer, Reply, Published, Event>;
