//! Chapter 6: a key-value store after Dynamo, as a machine without I/O.
//!
//! ```
//! use ennead::base::Now;
//! use ennead::kv::{Answer, Config, Effect, Effects, Key, MemoryStorage, Node, Request};
//! use ennead::ring::{Layout, Member, NodeId};
//! use std::sync::Arc;
//!
//! let layout = Arc::new(Layout::founding(vec![Member::new(NodeId(0), "A")]).unwrap());
//! let (now, mut effects) = (Now::default(), Effects::new());
//! let mut node = Node::start(
//!     now, Config::default(), layout, NodeId(0), 7, 1, MemoryStorage::new(), &mut effects,
//! );
//! let key = Key::new("city", "").unwrap();
//! node.request(now, 1, Request::put(key, "Seoul"), &mut effects);
//! let written = node.storage().written();
//! node.handle_durable(now, written, &mut effects); // acknowledged only now
//! let acknowledged = effects.drain().any(|effect| {
//!     matches!(effect, Effect::Reply(reply) if matches!(reply.outcome, Ok(Answer::Written { .. })))
//! });
//! assert!(acknowledged);
//! ```
//!
//! # How a request goes
//! Any node takes it. A key lies in a slice; the slice's preference list names its N owners and,
//! after them, who stands in. A read is asked of the first N healthy nodes and answered when R have
//! said what they know, merged. A write goes to an owner, which becomes its *coordinator*: it gives
//! the write a dot, stores it, sends the result to the other owners and answers when W have it
//! durably. What an owner could not be given is kept as a *hint*, by a stand-in or else by the
//! coordinator, and handed over when the owner is back.
//!
//! # What stands where
//! | file | what |
//! | --- | --- |
//! | `version.rs` | dots, contexts, siblings: what supersedes what |
//! | `coordinator/` | reads, writes and scans under N, W, R, and who takes over |
//! | `membership.rs`, `rhythm.rs` | gossip of heartbeat counters: who is up, as seen from here; how long a silence is tolerated |
//! | `all_to_all.rs` | heartbeats told to everybody, to measure gossip against |
//! | `handoff.rs` | hints and their way home |
//! | `register.rs`, `coordinator/update.rs` | single keys changed linearizably, by CASPaxos |
//! | `repair.rs` | owners compare their slices and exchange what differs |
//! | `storage.rs` | the port to a disk, and the table in memory |
//! | `node.rs` | the machine: inputs, effects, and what waits for durability |
//!
//! # Limits
//! Keys up to [`MAX_KEY`] bytes a part, values up to [`MAX_VALUE`], [`MAX_SIBLINGS`] siblings,
//! [`MAX_OPERATIONS`] requests at once a node. Members are fixed when the cluster is founded.
//! Tombstones are not yet collected.
//!
//! # Sources
//! DeCandia et al., "Dynamo: Amazon's highly available key-value store" (2007); van Renesse et al.,
//! "A gossip-style failure detection service" (1998); and those of `version.rs`.

mod all_to_all;
mod coordinator;
mod error;
mod handoff;
mod key;
mod membership;
mod message;
mod node;
pub mod register;
pub mod repair;
mod rhythm;
mod storage;
#[cfg(test)]
mod tests;
mod version;

pub(crate) use all_to_all::AllToAll;
pub use error::Error;
pub use key::{Key, MAX_KEY, MAX_VALUE};
pub use membership::MemberView;
pub(crate) use membership::Membership;
pub use message::{
    Answer, Body, Effect, Effects, Event, Health, Heartbeat, Message, Operation, OperationId,
    Published, Quorum, Range, Reply, Request, RequestId, Timer, Topic, Wishes,
};
pub(crate) use node::Outbox;
pub use node::{Counters, Node};
pub use register::{Update, Updated};
pub use storage::{Change, MemoryStorage, Sequence, Storage, Table};
pub use version::{Actor, Context, Dot, MAX_ACTORS, MAX_SIBLINGS, Sibling, Versions};

use crate::base::Span;
use serde::{Deserialize, Serialize};

/// The most requests under way on one node; more are refused as overload.
pub const MAX_OPERATIONS: usize = 16_384;
/// The longest that a request is tried; a longer wish counts as this.
pub const MAX_DEADLINE: Span = Span::from_secs(60);
/// The most bytes of values that one key may hold in all its siblings: they travel together.
pub const MAX_RECORD: usize = 8 << 20;
/// The most keys on one page of a range.
pub const MAX_PAGE: u16 = 1_000;
/// The most hints that a node keeps; above it, what would be hinted is left to repair.
pub const MAX_HINTS: u64 = 1_000_000;

/// What the operator chooses, the same on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Copies of each key (N); never more than there are nodes.
    pub copies: u8,
    /// Acknowledgements of a write (W); none for a majority of the copies.
    pub write: Option<u8>,
    /// Answers to a read (R); none for a majority of the copies.
    pub read: Option<u8>,
    /// Whether stand-ins may count.
    pub quorum: Quorum,
    /// How long a request is tried.
    pub deadline: Span,
    /// How long the nodes that were asked first are waited for before others are asked too.
    pub hedge_after: Span,
    /// Between two rounds of gossip.
    pub gossip_every: Span,
    /// How many members each round tells.
    pub gossip_fanout: u8,
    /// After how long without a rise of its counter a member is suspected.
    pub suspect_after: Span,
    /// After how long without a rise of its counter a member is held down.
    pub down_after: Span,
    /// How many times these two are tolerated at most of a member whose news comes irregularly; 1 for
    /// never more than they say.
    pub most_stretch: u8,
    /// Between two batches of hints.
    pub handoff_every: Span,
    /// Hints under way at once.
    pub handoff_batch: u16,
    /// Between two comparisons of slices with another owner.
    pub repair_every: Span,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            copies: 3,
            write: None,
            read: None,
            quorum: Quorum::Sloppy,
            deadline: Span::from_millis(1_000),
            hedge_after: Span::from_millis(100),
            gossip_every: Span::from_millis(200),
            gossip_fanout: 2,
            suspect_after: Span::from_millis(1_000),
            down_after: Span::from_millis(2_000),
            most_stretch: 3,
            handoff_every: Span::from_millis(100),
            handoff_batch: 64,
            repair_every: Span::from_secs(5),
        }
    }
}

/// N, W and R as they hold for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorums {
    /// Copies (N).
    pub copies: u8,
    /// Acknowledgements of a write (W).
    pub write: u8,
    /// Answers to a read (R).
    pub read: u8,
    /// Whether stand-ins may count.
    pub quorum: Quorum,
}

impl Quorums {
    /// Whether every read meets the latest acknowledged write: W + R > N and only owners count.
    #[must_use]
    pub const fn is_strong(&self) -> bool {
        self.write as u16 + self.read as u16 > self.copies as u16
            && matches!(self.quorum, Quorum::Strict)
    }
}

impl Config {
    /// N, W and R for a request among `nodes` nodes.
    ///
    /// # Errors
    /// [`Error::Copies`] or [`Error::Quorum`] if a wish cannot be met by that many nodes.
    pub fn quorums(&self, wishes: &Wishes, nodes: u16) -> Result<Quorums, Error> {
        let most = u8::try_from(nodes).unwrap_or(u8::MAX);
        let copies = wishes.copies.unwrap_or(self.copies.min(most));
        if copies == 0 || copies > most {
            return Err(Error::Copies { got: copies, nodes });
        }
        let majority = copies / 2 + 1;
        let check = |which, wish: Option<u8>, default: Option<u8>| {
            let got = wish.unwrap_or_else(|| default.unwrap_or(majority).min(copies));
            let right = (1..=copies).contains(&got);
            if right { Ok(got) } else { Err(Error::Quorum { which, got, copies }) }
        };
        Ok(Quorums {
            copies,
            write: check('w', wishes.write, self.write)?,
            read: check('r', wishes.read, self.read)?,
            quorum: wishes.quorum.unwrap_or(self.quorum),
        })
    }
}
