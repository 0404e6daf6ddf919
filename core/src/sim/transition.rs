//! What is done to a world: by a person, by its own clients, and by its weather.
//!
//! A world is a machine of states: between two transitions only time passes in it, and whatever
//! happens then follows from its seed. So a world is its seed, its options and a list of transitions,
//! each with its place, and nothing else. The list comes from a person, who wrote it by using the
//! page; from the seed, as clients and weather draw it; or from what was left of such a list after it was
//! [shrunk](super::shrink). Each transition goes to the nodes, and what it asked and what came of it to the
//! [check](super::check), which is the model that the nodes are measured with.

use super::phone::Touch;
use crate::base::{Instant, Span};
use crate::port::Channel;
use crate::ring::NodeId;
use crate::services::Ask;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
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

/// What one of a world's own clients asks the store. What it has seen follows from what it was answered
/// before, so that the same transition makes sense in a shorter list too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// Read a key.
    Get,
    /// Write a number to a key: blindly if the key's number is even, else on top of what the client has
    /// seen.
    Put(u64),
    /// Delete a key, in the same way.
    Delete,
    /// Read a register.
    Read,
    /// Add one to a register.
    Add,
    /// Set a register to a number, if it holds what the client saw last.
    Swap(u64),
}

/// One thing that is done to a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transition {
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
    /// A client of the world's own asks the store.
    Client {
        /// Its number, below 8.
        client: u8,
        /// The node asked.
        at: NodeId,
        /// The number of the key or the register.
        number: u32,
        /// For what.
        wish: Wish,
    },
}

/// A transition with its place in the course of events, so that it happens there again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// How many events had been when it came; it never comes before so many have been.
    pub after: u64,
    /// The moment.
    pub at: Instant,
    /// What it was.
    pub transition: Transition,
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
    /// Its disk is fifty times as slow for a while.
    SlowDisk {
        /// The node.
        node: NodeId,
        /// For how long.
        lasts: Span,
    },
    /// Its next sync fails: the process ends, and what was not synced may be lost.
    FailSync(NodeId),
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
    /// What is sent in this direction is held back for a while, and then all of it let through.
    Clog {
        /// From.
        from: NodeId,
        /// To.
        to: NodeId,
        /// For how long.
        lasts: Span,
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
    /// The connection between two nodes breaks and is made anew: what is on its way is lost, and both know.
    Reset {
        /// One.
        a: NodeId,
        /// The other.
        b: NodeId,
    },
}

impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at.since(Instant::ZERO), self.transition)
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |id: &NodeId| node_name(id.0);
        match self {
            Self::Put { at, key, value, .. } => write!(f, "put {key} = {value} at {}", of(at)),
            Self::Get { at, key } => write!(f, "get {key} at {}", of(at)),
            Self::Delete { at, key, .. } => write!(f, "delete {key} at {}", of(at)),
            Self::Client { client, at, number, wish } => {
                write!(f, "client {client} ")?;
                match wish {
                    Wish::Get => write!(f, "gets key-{number}"),
                    Wish::Put(value) => write!(f, "puts key-{number} = {value}"),
                    Wish::Delete => write!(f, "deletes key-{number}"),
                    Wish::Read => write!(f, "reads register-{number}"),
                    Wish::Add => write!(f, "adds 1 to register-{number}"),
                    Wish::Swap(value) => write!(f, "swaps register-{number} for {value}"),
                }?;
                write!(f, " at {}", of(at))
            }
            Self::Ask { at, ask } => write!(f, "{ask} at {}", of(at)),
            Self::Fault(fault) => write!(f, "{fault}"),
            Self::Steady { every, asks } => {
                write!(f, "from now on, every {every}, clients ask {} things in turn", asks.len())
            }
            Self::Phone { phone, touch } => write!(f, "phone {phone}: {touch}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |id: &NodeId| node_name(id.0);
        match self {
            Self::Kill(id) => write!(f, "{} is killed", of(id)),
            Self::Restart(id) => write!(f, "{} starts again", of(id)),
            Self::Wipe(id) => write!(f, "{} loses its disk", of(id)),
            Self::Pause(id) => write!(f, "{} stands still", of(id)),
            Self::Resume(id) => write!(f, "{} goes on", of(id)),
            Self::Jump { node, millis } => {
                write!(f, "the wall clock of {} jumps by {millis} ms", of(node))
            }
            Self::SlowDisk { node, lasts } => {
                write!(f, "the disk of {} is slow for {lasts}", of(node))
            }
            Self::FailSync(id) => write!(f, "the next sync of {} fails", of(id)),
            Self::CutOff(id) => write!(f, "{} is cut off", of(id)),
            Self::Split(ids) => {
                let names: Vec<String> = ids.iter().map(of).collect();
                write!(f, "{} are cut off from the others", names.join(", "))
            }
            Self::Cut { from, to } => write!(f, "nothing gets from {} to {}", of(from), of(to)),
            Self::Clog { from, to, lasts } => {
                write!(f, "what {} sends to {} is held back for {lasts}", of(from), of(to))
            }
            Self::Slow { a, b } => write!(f, "{} and {} are slow", of(a), of(b)),
            Self::Reset { a, b } => {
                write!(f, "the connection between {} and {} breaks", of(a), of(b))
            }
            Self::Lose { a, b } => {
                write!(f, "between {} and {} messages are lost", of(a), of(b))
            }
            Self::HealLink { a, b } => write!(f, "the link of {} and {} is healed", of(a), of(b)),
            Self::HealNetwork => f.write_str("the network is healed"),
            Self::HealAll => f.write_str("everything is healed"),
            Self::Refuse(channel) => write!(f, "the provider of {channel} refuses"),
            Self::Accept(channel) => write!(f, "the provider of {channel} works again"),
        }
    }
}

/// A, B, … Z, then N27, N28, …
pub(crate) fn node_name(i: u16) -> String {
    match u8::try_from(i) {
        Ok(i) if i < 26 => String::from(char::from(b'A' + i)),
        _ => alloc::format!("N{}", u32::from(i) + 1),
    }
}
