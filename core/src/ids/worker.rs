//! Worker ids: no two nodes give ids of one worker for the same millisecond.
//!
//! A register for each of the 1,024 worker ids names its holder and *until* which millisecond the
//! holder may give ids. Whoever takes a worker id begins after the moment until which the holder before
//! could go; whoever keeps one moves that moment on. Each is a compare-and-set. So the moments of two
//! holders never overlap, whatever their clocks show, however they stand still, and whether or not
//! each knows of the other. Clocks decide only who must wait.
//!
//! This is no [`crate::port::Lease`]: that one ends on a steady clock and says when to stop, while ids carry the
//! moments of wall clocks, which may have been given already; what must not overlap is those moments.

use super::{Error, WORKERS, Worker};
use crate::base::{Span, Wall};
use crate::kv::{Key, Update};
use crate::port::{Clock, Random, Register, partition};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// For how long a worker id is taken or kept: as long as a node gives ids while it is cut off.
pub(super) const TERM: Span = Span::from_secs(10);
/// Worker ids that are tried in turn.
const ATTEMPTS: u32 = 32;

/// What the register holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// A number that no two lives of nodes share.
    holder: u64,
    until: Wall,
}

/// A worker id that this node may use.
#[derive(Clone, Debug)]
pub(super) struct Holding {
    pub(super) worker: Worker,
    /// Ids of moments after this.
    pub(super) after: Wall,
    entry: Entry,
}

impl Entry {
    fn read(value: Option<&Bytes>) -> Option<Self> {
        value.and_then(|value| postcard::from_bytes(value).ok())
    }

    fn bytes(&self) -> Option<Bytes> {
        // Two integers always encode; none would only mean that nothing is taken.
        postcard::to_allocvec(self).ok().map(Bytes::from)
    }
}

fn key(worker: Worker) -> Result<Key, Error> {
    let name = alloc::format!("worker/{}", worker.number());
    Ok(Key::new(partition("ids", &name), "").map_err(crate::port::Error::from)?)
}

impl Holding {
    /// Ids of moments up to this.
    pub(super) const fn until(&self) -> Wall {
        self.entry.until
    }

    /// Takes a worker id that nobody may use now: `first` if it can be had.
    pub(super) async fn take<P: Register + Clock + Random>(
        ports: &P,
        holder: u64,
        first: Worker,
    ) -> Result<Self, Error> {
        let mut worker = first;
        for _ in 0..ATTEMPTS {
            let key = key(worker)?;
            let found = ports.update(&key, Update::Read).await?.value;
            let now = ports.now().wall;
            let after = Entry::read(found.as_ref()).map_or(Wall::default(), |entry| entry.until);
            if after < now {
                let entry = Entry { holder, until: now + TERM };
                let update = Update::CompareAndSet { expected: found, value: entry.bytes() };
                if ports.update(&key, update).await?.applied {
                    return Ok(Self { worker, after, entry });
                }
            }
            #[allow(clippy::cast_possible_truncation)] // ten bits are left
            let any = (ports.random() % u64::from(WORKERS)) as u16;
            worker = Worker::from_number(any);
        }
        Err(Error::Workers { tried: ATTEMPTS })
    }

    /// Keeps it for a term from now; false if another has it, and it must no longer be used.
    pub(super) async fn keep<P: Register + Clock>(&mut self, ports: &P) -> Result<bool, Error> {
        let until = (ports.now().wall + TERM).max(self.entry.until);
        let entry = Entry { until, ..self.entry.clone() };
        let update = Update::CompareAndSet { expected: self.entry.bytes(), value: entry.bytes() };
        let updated = ports.update(&key(self.worker)?, update).await?;
        // If it was not applied, an earlier attempt may have come through without our knowing.
        match Entry::read(updated.value.as_ref()) {
            Some(found) if found.holder == self.entry.holder => {
                self.entry = found;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
