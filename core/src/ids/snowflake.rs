//! Snowflake: time, worker and a sequence in 63 bits.
//!
//! ```
//! use ennead::base::Wall;
//! use ennead::ids::{Snowflake, SnowflakeId, Worker};
//!
//! let mut generator = Snowflake::new(Worker::new(3, 17).unwrap());
//! let now = Wall::from_millis(1_700_000_000_000);
//! let (a, b) = (generator.next(now).unwrap(), generator.next(now).unwrap());
//! assert!(a < b);
//! let parts = b.parts();
//! assert_eq!((parts.worker.data_centre(), parts.worker.machine(), parts.sequence), (3, 17, 1));
//! assert_eq!(parts.wall(generator.epoch()), now);
//! ```

use super::IdError;
use crate::base::{Span, Wall};
use serde::{Deserialize, Serialize};

/// The epoch unless another is chosen: 2010-11-04T01:42:54.657Z, that of the scheme's inventors.
pub const EPOCH: Wall = Wall::from_millis(1_288_834_974_657);
/// Data centres that can be told apart.
pub const DATA_CENTRES: u8 = 1 << 5;
/// Machines of one data centre that can be told apart.
pub const MACHINES: u8 = 1 << 5;
/// Workers in all.
pub const WORKERS: u16 = DATA_CENTRES as u16 * MACHINES as u16;
/// Ids of one worker in one millisecond.
pub const PER_MILLISECOND: u16 = 1 << SEQUENCE_BITS;
/// The last millisecond after the epoch that fits: 69.7 years.
pub const MAX_TIME: u64 = (1 << TIME_BITS) - 1;

const TIME_BITS: u32 = 41;
const SEQUENCE_BITS: u32 = 12;
const WORKER_BITS: u32 = 10;

/// Who gives ids: one of 32 machines in one of 32 data centres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Worker(u16);

impl Worker {
    /// A machine of a data centre, each 0 to 31.
    ///
    /// # Errors
    /// [`IdError::Worker`].
    pub const fn new(data_centre: u8, machine: u8) -> Result<Self, IdError> {
        if data_centre < DATA_CENTRES && machine < MACHINES {
            Ok(Self((data_centre as u16) << 5 | machine as u16))
        } else {
            Err(IdError::Worker { data_centre, machine })
        }
    }

    /// The worker of a number from 0 to 1,023; higher numbers begin again.
    #[must_use]
    pub const fn from_number(number: u16) -> Self {
        Self(number % WORKERS)
    }

    /// Its number among all workers, 0 to 1,023.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Its data centre, 0 to 31.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // five bits are left
    pub const fn data_centre(self) -> u8 {
        (self.0 >> 5) as u8
    }

    /// Its machine within the data centre, 0 to 31.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // five bits are left
    pub const fn machine(self) -> u8 {
        (self.0 & 0x1F) as u8
    }
}

/// A Snowflake id: its first bit is 0, so it is positive as a signed number, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SnowflakeId(pub u64);

/// What a Snowflake id says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnowflakeParts {
    /// Milliseconds since the epoch, 41 bits.
    pub time: u64,
    /// Who gave it, 5 + 5 bits.
    pub worker: Worker,
    /// Which one of its millisecond, 12 bits.
    pub sequence: u16,
}

impl SnowflakeId {
    /// Puts an id together; of each part as many low bits as it has room for.
    #[must_use]
    pub const fn of(parts: SnowflakeParts) -> Self {
        let time = (parts.time & MAX_TIME) << (WORKER_BITS + SEQUENCE_BITS);
        let worker = (parts.worker.0 as u64) << SEQUENCE_BITS;
        Self(time | worker | (parts.sequence % PER_MILLISECOND) as u64)
    }

    /// Takes it apart. The sign bit counts for nothing.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // twelve and ten bits are left
    pub const fn parts(self) -> SnowflakeParts {
        SnowflakeParts {
            time: self.0 >> (WORKER_BITS + SEQUENCE_BITS) & MAX_TIME,
            worker: Worker::from_number((self.0 >> SEQUENCE_BITS) as u16 % WORKERS),
            sequence: self.0 as u16 % PER_MILLISECOND,
        }
    }
}

impl SnowflakeParts {
    /// When it was given, if its epoch was `epoch`.
    #[must_use]
    pub fn wall(&self, epoch: Wall) -> Wall {
        epoch + Span::from_millis(self.time)
    }
}

/// What happens when the clock shows less than the last id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockPolicy {
    /// No ids until the clock has caught up.
    #[default]
    Wait,
    /// Ids go on from the last one's millisecond, and take following ones before their time.
    Borrow,
    /// An error at once, for a person to look at.
    Refuse,
}

/// A generator of Snowflake ids. Its ids rise, whatever the clock does.
#[derive(Clone, Debug)]
pub struct Snowflake {
    worker: Worker,
    epoch: Wall,
    policy: ClockPolicy,
    /// Time and sequence of the last id.
    last: Option<(u64, u16)>,
    /// The last millisecond, counted from the epoch, that it may use.
    until: u64,
}

impl Snowflake {
    /// A generator with the usual epoch, which waits if the clock goes back.
    #[must_use]
    pub const fn new(worker: Worker) -> Self {
        Self { worker, epoch: EPOCH, policy: ClockPolicy::Wait, last: None, until: MAX_TIME }
    }

    /// The same with another epoch. Ids of different epochs may be equal.
    #[must_use]
    pub const fn with_epoch(mut self, epoch: Wall) -> Self {
        self.epoch = epoch;
        self
    }

    /// The same with another policy.
    #[must_use]
    pub const fn with_policy(mut self, policy: ClockPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The same for moments after `after` and up to `until` only: those that it has been promised.
    /// Two generators of one worker id whose moments do not overlap never give the same id.
    #[must_use]
    pub const fn within(mut self, after: Wall, until: Wall) -> Self {
        let after = after.as_millis().checked_sub(self.epoch.as_millis());
        self.last = match after {
            // As if all ids of that millisecond were given.
            Some(time) => Some((time, PER_MILLISECOND - 1)),
            None => None,
        };
        self.extend(until);
        self
    }

    /// Promises it more: all moments up to `until`.
    pub const fn extend(&mut self, until: Wall) {
        self.until = until.as_millis().saturating_sub(self.epoch.as_millis());
    }

    /// Whose ids they are.
    #[must_use]
    pub const fn worker(&self) -> Worker {
        self.worker
    }

    /// From when time is counted.
    #[must_use]
    pub const fn epoch(&self) -> Wall {
        self.epoch
    }

    /// The next id: greater than all before it. O(1).
    ///
    /// # Errors
    /// [`IdError::Wait`] if all 4,096 ids of the millisecond are given, or the clock went back and
    /// the policy is to wait; [`IdError::ClockBack`], [`IdError::BeforeEpoch`],
    /// [`IdError::Lapsed`], [`IdError::Exhausted`].
    pub fn next(&mut self, now: Wall) -> Result<SnowflakeId, IdError> {
        let epoch = self.epoch;
        let clock = match (now.as_millis().checked_sub(epoch.as_millis()), self.last) {
            (Some(clock), _) => clock,
            (None, Some(_)) => 0, // it went back that far
            (None, None) => return Err(IdError::BeforeEpoch { now, epoch }),
        };
        let (time, sequence) = self.moment(clock)?;
        if time > MAX_TIME {
            return Err(IdError::Exhausted);
        }
        if time > self.until {
            return Err(IdError::Lapsed { until: epoch + Span::from_millis(self.until) });
        }
        self.last = Some((time, sequence));
        Ok(SnowflakeId::of(SnowflakeParts { time, worker: self.worker, sequence }))
    }

    /// Time and sequence of the next id when the clock shows `clock`.
    fn moment(&self, clock: u64) -> Result<(u64, u16), IdError> {
        let Some((time, sequence)) = self.last.filter(|&(time, _)| clock <= time) else {
            return Ok((clock, 0)); // a new millisecond begins its sequence at 0
        };
        let is_spent = sequence + 1 == PER_MILLISECOND;
        let next = if is_spent { (time + 1, 0) } else { (time, sequence + 1) };
        if clock == time {
            return if is_spent { Err(IdError::Wait(Span::from_millis(1))) } else { Ok(next) };
        }
        match self.policy {
            ClockPolicy::Borrow => Ok(next),
            ClockPolicy::Wait => Err(IdError::Wait(Span::from_millis(next.0 - clock))),
            ClockPolicy::Refuse => {
                Err(IdError::ClockBack { behind: Span::from_millis(time - clock) })
            }
        }
    }
}

/// The scheme as it is written down most often: it trusts the clock, and repeats ids when the clock
/// goes back. To be shown beside the other.
#[derive(Clone, Debug)]
pub struct NaiveSnowflake {
    worker: Worker,
    last: (u64, u16),
}

impl NaiveSnowflake {
    /// A generator with the usual epoch.
    #[must_use]
    pub const fn new(worker: Worker) -> Self {
        Self { worker, last: (0, 0) }
    }

    /// An id that need not be new. Sequences begin at 0 in every millisecond, and wrap.
    pub fn next(&mut self, now: Wall) -> SnowflakeId {
        let time = now.as_millis().saturating_sub(EPOCH.as_millis());
        let sequence = if time == self.last.0 { (self.last.1 + 1) % PER_MILLISECOND } else { 0 };
        self.last = (time, sequence);
        SnowflakeId::of(SnowflakeParts { time, worker: self.worker, sequence })
    }
}
