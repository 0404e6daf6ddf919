//! Chapter 7: unique ids in a distributed system, four ways.
//!
//! ```
//! use ennead::base::Wall;
//! use ennead::ids::{ClockPolicy, IdError, Snowflake, Worker};
//!
//! let mut ids = Snowflake::new(Worker::new(0, 1).unwrap()).with_policy(ClockPolicy::Refuse);
//! let now = 1_700_000_000_000;
//! let first = ids.next(Wall::from_millis(now)).unwrap();
//! assert!(ids.next(Wall::from_millis(now + 1)).unwrap() > first);
//! // The clock goes back: no id rather than one that was given before.
//! assert!(matches!(ids.next(Wall::from_millis(now)), Err(IdError::ClockBack { .. })));
//! ```
//!
//! # The four
//! | | multi-master | UUID | ticket | Snowflake |
//! | --- | --- | --- | --- | --- |
//! | file | `counter.rs` | `uuid.rs` | `counter.rs` | `snowflake.rs` |
//! | unique | while K stays | but for 1 in 2^63 (a billion of v4) | yes | while worker ids differ |
//! | ordered | on each server only | v4 no; v7 by time | yes; within a range if leased | by time |
//! | length | up to 64 bits | 128 bits, 36 characters | up to 64 bits | 63 bits, 19 digits |
//! | rate | a counter's | any | the central counter's, or any if leased | 4,096 a ms and worker |
//! | fails | when servers come or go | when chance is poor | with its counter | when a clock goes back |
//!
//! Every generator is a machine without a clock: time and chance are arguments. What must not fail
//! in the third and the fourth is mended: tickets are leased in ranges, so that the counter may be
//! away for as long as they last; a Snowflake generator notices a clock that goes back
//! ([`ClockPolicy`]) and gives ids only of moments that it was promised ([`Snowflake::within`]).
//!
//! # On a node
//! [`Ids`] gives ids of all four on every node of a cluster; what must be agreed on stands in
//! registers (`crate::port::Register`).
//!
//! | file | what |
//! | --- | --- |
//! | `service.rs` | [`Ids`]: batches, waits, who holds what |
//! | `worker.rs` | worker ids for Snowflake: which node may use which, for which moments |
//! | `lease.rs` | [`LeasedCounter`]: the ticket counter, and each node's own of multi-master |
//! | `decode.rs` | what an id says |
//!
//! A node that is cut off from the majority goes on: UUIDs for ever, tickets and multi-master to the end
//! of a range of [`RANGE`], Snowflakes to the end of its promise, at most 10 s. Then it refuses.
//!
//! # Limits
//! - Up to [`MAX_COUNT`] ids in one answer.
//! - Snowflake: 32 data centres of 32 machines, 4,096 ids a millisecond each, 69.7 years from the
//!   epoch. Ids of different workers are ordered to within the difference of their clocks. A clock
//!   that goes back by up to 1 s is waited for; beyond that the node takes another worker id, and its
//!   ids go back with the clock, still without repeating any.
//! - A clock that is ahead takes its worker id with it: nobody may use that id until their clocks come to the
//!   moment it was promised for. A node a year ahead costs one of the 1,024 for that year, and one more if it is
//!   started again within 10 s. 32 ids are tried in turn, so that one request in a hundred fails when 887 are lost.
//! - Requests that find a range at its end, or no worker id, wait for one of them to lease or take it.
//! - UUID v7: within one generator 2,048 to 4,096 a millisecond, beyond which its time runs ahead.
//! - Multi-master: up to [`MAX_STEP`] servers, whose number must not change.
//!
//! # In JavaScript
//! A number holds 53 bits exactly. Ids travel as text, and are read as `BigInt`.
//!
//! # Sources
//! Announcing Snowflake (2010) and its source; RFC 9562 (2024) for UUIDs; "Ticket servers:
//! distributed unique primary keys on the cheap" (2010) for the central counter.

mod counter;
mod decode;
mod error;
mod lease;
mod service;
mod snowflake;
#[cfg(test)]
mod tests;
mod uuid;
mod worker;

pub use counter::{LeasedRange, MAX_STEP, MultiMaster};
pub use decode::{Decoded, Field, Reading, Scheme, decode};
pub use error::{Error, IdError};
pub use lease::LeasedCounter;
pub use service::{Counters, Id, Ids, MAX_COUNT, RANGE, Variant};
pub use snowflake::{
    ClockPolicy, DATA_CENTRES, EPOCH, MACHINES, MAX_TIME, NaiveSnowflake, PER_MILLISECOND,
    Snowflake, SnowflakeId, SnowflakeParts, WORKERS, Worker,
};
pub use uuid::{Uuid, UuidV7};
