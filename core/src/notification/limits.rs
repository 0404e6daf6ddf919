//! How fast a user is told: who would be told more often waits in line.

use crate::base::{Instant, Rate, RateLimiter, Span};
use crate::port::UserId;
use alloc::collections::BTreeMap;

/// Users that a worker remembers.
const ROOM: usize = 10_000;

/// The rate of each user on one channel, and for each who is over it, the end of the line of what waits. Whoever
/// has to wait is told a moment of its own, so that not all come back together to be sent away again.
#[derive(Debug)]
pub(super) struct Limits {
    limiter: RateLimiter<UserId>,
    lines: BTreeMap<UserId, Instant>,
}

impl Limits {
    pub(super) fn new(rate: Rate) -> Self {
        Self { limiter: RateLimiter::new(rate, ROOM), lines: BTreeMap::new() }
    }

    /// Lets a delivery to a user pass, or says how long it should wait.
    pub(super) fn admit(&mut self, user: UserId, now: Instant) -> Result<(), Span> {
        let Err(wait) = self.limiter.check(user, now) else { return Ok(()) };
        if self.lines.len() >= ROOM {
            self.lines.retain(|_, end| *end > now);
        }
        let behind = self.lines.get(&user).map_or(Span::ZERO, |end| end.since(now));
        let wait = wait.max(behind + self.limiter.rate().interval());
        if self.lines.len() < ROOM || self.lines.contains_key(&user) {
            self.lines.insert(user, now + wait);
        }
        Err(wait)
    }
}
