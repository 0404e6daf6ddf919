//! What a person does to a world.

use super::phone::Touch;
use crate::base::{Instant, Span};
use crate::port::Channel;
use crate::ring::NodeId;
use crate::services::Ask;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What the writer of a value says it has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// Nothing is said: supersede whatever is there.
    Blind,
    /// It has seen nothing: stand beside whatever is there.
    Nothing,
    /// What this person was last answered for the key; like `Nothing` if nothing was.
    LastRead,
}

/// One thing that a person does. Inputs are logged, so that a link replays them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Write a key.
    Put {
        /// The node asked.
        at: NodeId,
        /// The partition key; the sort key is empty.
        key: String,
        /// The value.
        value: String,
        /// What the writer has seen.
        sight: Sight,
    },
    /// Read a key.
    Get {
        /// The node asked.
        at: NodeId,
        /// The partition key; the sort key is empty.
        key: String,
    },
    /// Delete a key.
    Delete {
        /// The node asked.
        at: NodeId,
        /// The partition key; the sort key is empty.
        key: String,
        /// What the writer has seen.
        sight: Sight,
    },
    /// Ask a service.
    Ask {
        /// The node asked.
        at: NodeId,
        /// For what.
        ask: Ask,
    },
    /// Break or mend something.
    Fault(Fault),
    /// Let clients ask services from now on, one question at a time: each of these in turn, of each
    /// running node in turn. A world takes 32 such wishes; further ones change nothing.
    Steady {
        /// The time between two questions; less than 10 ms is 10 ms.
        every: Span,
        /// The questions.
        asks: Vec<Ask>,
    },
    /// Do something with a phone.
    Phone {
        /// Its number, by the person's choice.
        phone: u16,
        /// What.
        touch: Touch,
    },
}

/// An input with its place in the course of events, so that it happens there again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// How many events had been when it came.
    pub after: u64,
    /// The moment.
    pub at: Instant,
    /// What it was.
    pub input: Input,
}

/// Something that breaks, or is mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The process ends at once; what was not synced may be lost.
    Kill(NodeId),
    /// The process starts on what its disk holds.
    Restart(NodeId),
    /// The process ends and its disk is emptied; it starts again on nothing.
    Wipe(NodeId),
    /// The process stands still; what arrives waits.
    Pause(NodeId),
    /// It goes on.
    Resume(NodeId),
    /// Its wall clock jumps, forwards or back; it stays so over restarts.
    Jump {
        /// The node.
        node: NodeId,
        /// By how much, in milliseconds; beyond a hundred years it is cut to that.
        millis: i64,
    },
    /// No message from or to a node gets through.
    CutOff(NodeId),
    /// No message between these nodes and the others gets through.
    Split(Vec<NodeId>),
    /// No message in this direction gets through.
    Cut {
        /// From.
        from: NodeId,
        /// To.
        to: NodeId,
    },
    /// Messages between two nodes take twenty times as long.
    Slow {
        /// One.
        a: NodeId,
        /// The other.
        b: NodeId,
    },
    /// Half of the messages between two nodes are lost.
    Lose {
        /// One.
        a: NodeId,
        /// The other.
        b: NodeId,
    },
    /// The link between two nodes is as at first, both ways.
    HealLink {
        /// One.
        a: NodeId,
        /// The other.
        b: NodeId,
    },
    /// All links are as at first.
    HealNetwork,
    /// Everything is mended and left in peace: all nodes run, all links are good, and neither the
    /// world's own faults nor its clients go on.
    HealAll,
    /// The provider of a channel refuses whatever it is handed, for now.
    Refuse(Channel),
    /// It works again.
    Accept(Channel),
}
