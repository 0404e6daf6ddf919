//! The services of one node, together: what a host starts, asks and lets hear what is published.
//!
//! Services know ports and never each other; this is the only place that knows them all.

use crate::kv::{Key, Published, Update, Updated};
use crate::port::{self, Ports};
use crate::ring::NodeId;
use alloc::string::String;
use core::fmt;
use serde::{Deserialize, Serialize};

/// All services of a node.
#[derive(Debug)]
pub struct Services<P> {
    ports: P,
    node: NodeId,
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
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Of an update of a register.
    Updated(Result<Updated, port::Error>),
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
            Self::Updated(Err(error)) => write!(f, "refused: {error}"),
        }
    }
}

impl<P: Ports> Services<P> {
    /// The services of a node.
    #[must_use]
    pub const fn new(ports: P, node: NodeId) -> Self {
        Self { ports, node }
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
        }
    }

    /// A node, perhaps this one, has published something.
    pub fn handle_published(&self, _published: &Published) {}
}
