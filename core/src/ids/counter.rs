//! Ids that count: tickets, one by one or in leased ranges, and multi-master steps.
//!
//! ```
//! use ennead::ids::{LeasedRange, MultiMaster};
//!
//! // Three servers count 3, 6, 9 ... from 1, 2, 3.
//! let mut second = MultiMaster::new(1, 3).unwrap();
//! assert_eq!([second.next(), second.next()], [Some(2), Some(5)]);
//! assert_eq!(MultiMaster::turn(5, 3), (1, 1));
//!
//! // A server that has leased 1,000 tickets gives them without asking.
//! let mut range = LeasedRange::new(5_000, 1_000);
//! assert_eq!((range.next(), range.left()), (Some(5_000), 999));
//! ```

use super::IdError;

/// The most servers that can count in turn.
pub const MAX_STEP: u16 = 1_024;

/// Numbers that were leased from a central counter in one go, and belong to one server alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeasedRange {
    next: u64,
    end: u64,
}

impl LeasedRange {
    /// The `count` numbers from `first` on; fewer at the end of all numbers.
    #[must_use]
    pub const fn new(first: u64, count: u64) -> Self {
        Self { next: first, end: first.saturating_add(count) }
    }

    /// How many numbers are left.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.end - self.next
    }
}

impl Iterator for LeasedRange {
    type Item = u64;

    /// The next number, if one is left.
    fn next(&mut self) -> Option<u64> {
        if self.next == self.end {
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }
}

/// One of several databases that count in steps of their number, each from its own place on:
/// 1, 1 + K, 1 + 2K ... for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultiMaster {
    server: u16,
    servers: u16,
    turn: u64,
}

impl MultiMaster {
    /// Server `server`, counted from 0, of `servers` (the notes' K), which begins at turn 0.
    ///
    /// # Errors
    /// [`IdError::Step`].
    pub const fn new(server: u16, servers: u16) -> Result<Self, IdError> {
        if server < servers && servers <= MAX_STEP {
            Ok(Self { server, servers, turn: 0 })
        } else {
            Err(IdError::Step { server, servers })
        }
    }

    /// The same from a turn on: what a server does that was away.
    #[must_use]
    pub const fn at_turn(mut self, turn: u64) -> Self {
        self.turn = turn;
        self
    }

    /// Which of `servers` servers (at least 1) gave an id (from 1 on), and at which turn.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // a remainder by a u16
    pub const fn turn(id: u64, servers: u16) -> (u16, u64) {
        let servers = if servers == 0 { 1 } else { servers as u64 };
        let before = id.saturating_sub(1);
        ((before % servers) as u16, before / servers)
    }
}

impl Iterator for MultiMaster {
    type Item = u64;

    /// The next id; none when 64 bits are used up.
    fn next(&mut self) -> Option<u64> {
        let id = self.turn.checked_mul(u64::from(self.servers))?;
        let id = id.checked_add(u64::from(self.server) + 1)?;
        self.turn += 1;
        Some(id)
    }
}
