//! The ids that one node gives.

use super::lease::LeasedCounter;
use super::worker::Holding;
use super::{Error, IdError, MultiMaster, Scheme, Snowflake, SnowflakeId, Uuid, UuidV7, Worker};
use crate::base::{Counted, Span, Wall};
use crate::port::{Ports, SingleFlight};
use crate::ring::NodeId;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};
use spin::Mutex;

/// The most ids in one answer.
pub const MAX_COUNT: u16 = 10_000;
/// Numbers that a node leases at once.
pub const RANGE: u64 = 1_000;
/// The longest wait for a clock that went back; beyond it another worker id is taken.
const MAX_WAIT: Span = Span::from_secs(1);
/// The longest that one request for Snowflakes tries.
const PATIENCE: Span = Span::from_secs(3);

/// An id of any scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Id {
    /// Of multi-master, ticket or Snowflake.
    Number(u64),
    /// A UUID.
    Uuid(Uuid),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Uuid(uuid) => uuid.fmt(f),
        }
    }
}

/// How ids are to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Variant {
    /// In steps of the number of nodes.
    MultiMaster,
    /// Version 4: chance.
    UuidV4,
    /// Version 7: time, then chance.
    UuidV7,
    /// One counter that every request asks.
    CentralTicket,
    /// The same counter, leased in ranges of [`RANGE`].
    Ticket,
    /// Time, worker, sequence.
    Snowflake,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::MultiMaster,
        Self::UuidV4,
        Self::UuidV7,
        Self::CentralTicket,
        Self::Ticket,
        Self::Snowflake,
    ];

    /// Whose variant it is.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        match self {
            Self::MultiMaster => Scheme::MultiMaster,
            Self::UuidV4 | Self::UuidV7 => Scheme::Uuid,
            Self::CentralTicket | Self::Ticket => Scheme::Ticket,
            Self::Snowflake => Scheme::Snowflake,
        }
    }
}

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Ids of each scheme, in the order of [`Scheme::ALL`].
    pub given: [u64; 4],
    /// Worker ids taken.
    pub workers: u64,
    /// Waits for the next millisecond, or for a clock that went back.
    pub waits: u64,
}

impl Counters {
    /// All of them, by name.
    #[must_use]
    pub const fn named(&self) -> [Counted; 6] {
        let [multi_master, uuid, ticket, snowflake] = self.given;
        [
            Counted::new("ids_multi_master", "Multi-master ids given", multi_master),
            Counted::new("ids_uuid", "UUIDs given", uuid),
            Counted::new("ids_ticket", "Tickets given", ticket),
            Counted::new("ids_snowflake", "Snowflakes given", snowflake),
            Counted::new("ids_workers", "Worker ids taken", self.workers),
            Counted::new("ids_waits", "Waits for the next millisecond or for a clock", self.waits),
        ]
    }
}

#[derive(Debug)]
struct Snowflakes {
    generator: Snowflake,
    holding: Holding,
}

/// The ids of one node. Any node gives them, and none of them twice in the cluster.
#[derive(Debug)]
pub struct Ids<P> {
    ports: P,
    node: NodeId,
    nodes: u16,
    /// A number that no other life of a node has.
    holder: u64,
    tickets: LeasedCounter,
    turns: LeasedCounter,
    // None of these locks is held while something is awaited.
    snowflakes: Mutex<Option<Snowflakes>>,
    holds: SingleFlight<Error>,
    uuids: Mutex<UuidV7>,
    counters: Mutex<Counters>,
}

impl<P: Ports> Ids<P> {
    /// The ids of node `node` of `nodes`.
    #[must_use]
    pub fn new(ports: P, node: NodeId, nodes: u16) -> Self {
        Self {
            holder: ports.random(),
            ports,
            node,
            nodes,
            tickets: LeasedCounter::new("ids", "ticket", RANGE),
            turns: LeasedCounter::new("ids", &alloc::format!("multi-master/{}", node.0), RANGE),
            snowflakes: Mutex::default(),
            holds: SingleFlight::default(),
            uuids: Mutex::default(),
            counters: Mutex::default(),
        }
    }

    /// New ids: `count` of them, 1 to [`MAX_COUNT`], in the order in which they were made.
    ///
    /// # Errors
    /// [`Error`]. Ids that were made by then are never given.
    pub async fn issue(&self, variant: Variant, count: u16) -> Result<Vec<Id>, Error> {
        if count == 0 || count > MAX_COUNT {
            return Err(Error::Count { got: count });
        }
        let wanted = usize::from(count);
        let numbers = |numbers: Vec<u64>| {
            let all = numbers.len() == wanted;
            all.then(|| numbers.into_iter().map(Id::Number).collect()).ok_or(IdError::Exhausted)
        };
        let ids: Vec<Id> = match variant {
            Variant::MultiMaster => {
                let turns = self.turns.take(&self.ports, wanted).await?;
                let server = MultiMaster::new(self.node.0, self.nodes)?;
                numbers(turns.iter().filter_map(|turn| server.at_turn(turn - 1).next()).collect())?
            }
            Variant::UuidV4 => {
                let uuid = |_| Id::Uuid(Uuid::v4(self.ports.random(), self.ports.random()));
                (0..count).map(uuid).collect()
            }
            Variant::UuidV7 => {
                let now = self.ports.now().wall;
                // Chance may come from the system: it is drawn before the lock is taken.
                let draw = |_| (self.ports.random(), self.ports.random());
                let chance: Vec<(u64, u64)> = (0..count).map(draw).collect();
                let mut generator = self.uuids.lock();
                let uuid = |(start, chance)| generator.next(now, start, chance).map(Id::Uuid);
                chance.into_iter().map(uuid).collect::<Result<_, _>>()?
            }
            Variant::CentralTicket => {
                numbers(self.tickets.take_central(&self.ports, wanted).await?)?
            }
            Variant::Ticket => numbers(self.tickets.take(&self.ports, wanted).await?)?,
            Variant::Snowflake => {
                let ids = self.snowflakes(wanted).await?;
                ids.into_iter().map(|id| Id::Number(id.0)).collect()
            }
        };
        if let Some(given) = self.counters.lock().given.get_mut(variant.scheme() as usize) {
            *given += u64::from(count);
        }
        Ok(ids)
    }

    /// What it has counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        *self.counters.lock()
    }

    /// The worker id that it holds, and until when it may give ids of it.
    #[must_use]
    pub fn worker(&self) -> Option<(Worker, Wall)> {
        let snowflakes = self.snowflakes.lock();
        snowflakes.as_ref().map(|held| (held.holding.worker, held.holding.until()))
    }

    async fn snowflakes(&self, count: usize) -> Result<Vec<SnowflakeId>, Error> {
        let begun = self.ports.now().instant;
        let mut ids = Vec::with_capacity(count);
        loop {
            let now = self.ports.now();
            let Err(obstacle) = self.fill(now.wall, count, &mut ids) else { return Ok(ids) };
            if now.instant.since(begun) > PATIENCE {
                return Err(obstacle.into());
            }
            match obstacle {
                IdError::Wait(span) => {
                    self.counters.lock().waits += 1;
                    self.ports.sleep(span).await;
                }
                IdError::Lapsed { .. } => self.holds.join(self.hold()).await?,
                other => return Err(other.into()),
            }
        }
    }

    /// Adds ids until there are `count`.
    fn fill(&self, now: Wall, count: usize, ids: &mut Vec<SnowflakeId>) -> Result<(), IdError> {
        let mut snowflakes = self.snowflakes.lock();
        while ids.len() < count {
            let Some(held) = snowflakes.as_mut() else {
                return Err(IdError::Lapsed { until: Wall::default() });
            };
            match held.generator.next(now) {
                Ok(id) => ids.push(id),
                // The clock went far back: another worker id has not been there yet.
                Err(IdError::Wait(span)) if span > MAX_WAIT => *snowflakes = None,
                Err(obstacle) => return Err(obstacle),
            }
        }
        Ok(())
    }

    /// Keeps the worker id for longer, or takes one, unless there is one for now again. One request at a time does,
    /// for all that wait.
    async fn hold(&self) -> Result<(), Error> {
        let held = self.snowflakes.lock().as_ref().map(|held| held.holding.clone());
        if let Some(mut holding) = held {
            if holding.until() >= self.ports.now().wall {
                return Ok(());
            }
            if holding.keep(&self.ports).await? {
                // Unless it was given up meanwhile.
                if let Some(now) = self.snowflakes.lock().as_mut() {
                    now.generator.extend(holding.until());
                    now.holding = holding;
                }
                return Ok(());
            }
        }
        let first = Worker::from_number(self.node.0);
        let holding = Holding::take(&self.ports, self.holder, first).await?;
        let generator = Snowflake::new(holding.worker).within(holding.after, holding.until());
        *self.snowflakes.lock() = Some(Snowflakes { generator, holding });
        self.counters.lock().workers += 1;
        Ok(())
    }
}
