//! The services of one node, together: what a host starts, asks and lets hear what is published.
//!
//! Services know ports and never each other; this is the only place that knows them all.

use crate::ids::{self, Id, Ids, Variant};
use crate::kv::{Key, Published, Update, Updated};
use crate::port::{self, Ports};
use crate::ring::NodeId;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// All services of a node.
#[derive(Debug)]
pub struct Services<P> {
    ports: P,
    node: NodeId,
    /// Unique ids.
    pub ids: Ids<P>,
}

/// What services are told when their node starts.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The node.
    pub node: NodeId,
    /// How many members the cluster has.
    pub nodes: u16,
}

/// Something that a service counts, for people and their instruments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its name, in words joined by `_`.
    pub name: &'static str,
    /// What it is, in a phrase.
    pub help: &'static str,
    /// How often since the node started.
    pub value: u64,
}

/// A question to a service, as people ask it in a simulated world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Read or change a register.
    Update {
        /// Which.
        key: Key,
        /// How.
        update: Update,
    },
    /// Give ids.
    Ids {
        /// How they are made.
        variant: Variant,
        /// How many.
        count: u16,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Of an update of a register.
    Updated(Result<Updated, port::Error>),
    /// Of ids.
    Ids(Result<Vec<Id>, ids::Error>),
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Update { key, update } => {
                let key = String::from_utf8_lossy(key.partition());
                match update {
                    Update::Read => write!(f, "read the register {key}"),
                    Update::CompareAndSet { .. } => write!(f, "compare and set the register {key}"),
                    Update::Add(amount) => write!(f, "add {amount} to the register {key}"),
                }
            }
            Self::Ids { variant, count } => write!(f, "give {count} ids: {}", variant.scheme()),
        }
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Updated(Ok(Updated { value, version, .. })) => {
                let value = value.as_deref().map(String::from_utf8_lossy);
                write!(f, "{} (version {version})", value.as_deref().unwrap_or("nothing"))
            }
            Self::Ids(Ok(ids)) => match ids.as_slice() {
                [only] => only.fmt(f),
                [first, .., last] => write!(f, "{} ids from {first} to {last}", ids.len()),
                [] => f.write_str("no ids"),
            },
            Self::Updated(Err(error)) => write!(f, "refused: {error}"),
            Self::Ids(Err(error)) => write!(f, "refused: {error}"),
        }
    }
}

impl<P: Ports> Services<P> {
    /// The services of a node.
    #[must_use]
    pub fn new(ports: P, setting: Setting) -> Self {
        let Setting { node, nodes } = setting;
        let ids = Ids::new(ports.clone(), node, nodes);
        Self { ports, node, ids }
    }

    /// What they stand on.
    #[must_use]
    pub const fn ports(&self) -> &P {
        &self.ports
    }

    /// Which node they run on.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Answers a question.
    pub async fn serve(&self, ask: Ask) -> Answered {
        match ask {
            Ask::Update { key, update } => Answered::Updated(self.ports.update(&key, update).await),
            Ask::Ids { variant, count } => Answered::Ids(self.ids.issue(variant, count).await),
        }
    }

    /// What the services have counted since the node started.
    #[must_use]
    pub fn counted(&self) -> Vec<Counted> {
        let mut counted = Vec::new();
        counted.extend(self.ids.counters().named());
        counted.into_iter().map(|(name, help, value)| Counted { name, help, value }).collect()
    }

    /// A node, perhaps this one, has published something.
    pub fn handle_published(&self, _published: &Published) {}
}
