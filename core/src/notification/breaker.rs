//! A circuit breaker: a provider that fails is left alone for a while.

use super::Backoff;
use crate::base::{Instant, Span};

/// Failures in a row that open it.
pub const FAILURES: u32 = 5;
/// For how long it opens the first time, twice as long whenever a trial fails, and at most.
pub const COOL: Backoff = Backoff { first: Span::from_secs(2), most: Span::from_secs(60) };

/// Closed while all is well; open after [`FAILURES`] failures in a row, and then half open: one delivery is
/// tried, and what comes of it decides.
///
/// What waits meanwhile waits in its queue, and none of it is counted as a failed attempt.
///
/// Source: Nygard, "Release It!" (2007), chapter 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    cool: Backoff,
    failures: u32,
    opened: u16,
    /// While it is open, or half open: when a trial may be made.
    until: Option<Instant>,
}

impl Breaker {
    /// A closed one, which stays open for so long.
    #[must_use]
    pub const fn new(cool: Backoff) -> Self {
        Self { cool, failures: 0, opened: 0, until: None }
    }

    /// How many deliveries may begin now, if `in_hand` are under way of at most `most`.
    #[must_use]
    pub fn room(&self, now: Instant, in_hand: usize, most: usize) -> usize {
        match self.until {
            None => most.saturating_sub(in_hand),
            Some(until) if until <= now => 1_usize.saturating_sub(in_hand),
            Some(_) => 0,
        }
    }

    /// Until when nothing may begin.
    #[must_use]
    pub const fn open_until(&self) -> Option<Instant> {
        self.until
    }

    /// The provider did what it should, be it that it refused for good.
    pub fn succeeded(&mut self) {
        *self = Self::new(self.cool);
    }

    /// The provider failed, or cannot now.
    pub fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        // What was under way when it opened is no trial.
        let is_trial = self.until.is_some_and(|until| until <= now);
        if is_trial || (self.until.is_none() && self.failures >= FAILURES) {
            self.opened = self.opened.saturating_add(1);
            self.until = Some(now + self.cool.ceiling(self.opened));
        }
    }
}
