//! Why there is no id.

use super::{DATA_CENTRES, MACHINES, MAX_COUNT, MAX_STEP};
use crate::base::{Span, Wall};
use crate::port;
use alloc::string::String;

/// Why a generator gives no id, or a text is none. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not yet: all ids of this millisecond are given, or the clock went back and is waited for.
    #[error("no id for another {}: ask again then", .0)]
    Wait(Span),
    /// The clock went back, and the policy is to refuse.
    #[error(
        "the clock stands {behind} before the last id: correct it, or choose the policy wait or borrow"
    )]
    ClockBack {
        /// By how much.
        behind: Span,
    },
    /// The clock shows a time before the epoch.
    #[error(
        "the clock shows {now}, before the epoch {epoch}: correct it, or choose an earlier epoch"
    )]
    BeforeEpoch {
        /// What the clock shows.
        now: Wall,
        /// The epoch.
        epoch: Wall,
    },
    /// All moments of the scheme, or numbers of the counter, are used up.
    #[error("the ids of this scheme are used up: choose a later epoch")]
    Exhausted,
    /// The generator may not yet, or no longer, give ids of this moment.
    #[error("the worker id is leased for ids up to {until}: renew the lease")]
    Lapsed {
        /// The last millisecond that it may use.
        until: Wall,
    },
    /// A data centre or machine out of range.
    #[error(
        "data centre {data_centre}, machine {machine}: expected 0 to {} and 0 to {}",
        DATA_CENTRES - 1,
        MACHINES - 1
    )]
    Worker {
        /// The data centre.
        data_centre: u8,
        /// The machine.
        machine: u8,
    },
    /// Steps that do not keep servers apart.
    #[error("server {server} of {servers}: expected 1 to {MAX_STEP} servers, counted from 0")]
    Step {
        /// Which server.
        server: u16,
        /// Of how many.
        servers: u16,
    },
    /// A text that is no id of the scheme.
    #[error("{got:?} is no id: expected {expected}")]
    Text {
        /// The text, at most its first 64 characters.
        got: String,
        /// What is expected.
        expected: &'static str,
    },
}

impl IdError {
    pub(super) fn text(got: &str, expected: &'static str) -> Self {
        Self::Text { got: got.chars().take(64).collect(), expected }
    }
}

/// Why a node gives no ids.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The scheme has none.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The register of its counter or of its worker ids does not answer.
    #[error(transparent)]
    Port(#[from] port::Error),
    /// None or too many are asked for.
    #[error("{got} ids asked for, expected 1 to {MAX_COUNT}: ask several times")]
    Count {
        /// How many.
        got: u16,
    },
    /// Other nodes hold the worker ids that were tried.
    #[error("{tried} worker ids were tried, and others hold them all: try again in 10 s")]
    Workers {
        /// How many.
        tried: u32,
    },
}
