//! How long to wait before something is tried again.

use crate::base::Span;
use serde::{Deserialize, Serialize};

/// Exponential backoff with full jitter.
///
/// ```
/// use ennead::base::Span;
/// use ennead::notification::Backoff;
///
/// let backoff = Backoff { first: Span::from_secs(1), most: Span::from_secs(60) };
/// // After the third failure: anything up to four seconds, by chance.
/// assert_eq!(backoff.ceiling(3), Span::from_secs(4));
/// assert!(backoff.wait(3, u64::MAX) <= Span::from_secs(4));
/// assert_eq!(backoff.ceiling(1_000), Span::from_secs(60));
/// ```
///
/// The ceiling doubles with every failure, and the wait is drawn evenly below it. So of many that failed
/// at the same moment no two come back together, and the whole waits half as long as without jitter.
///
/// Source: Brooker, "Exponential backoff and jitter" (AWS Architecture Blog, 2015).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff {
    /// The ceiling after the first failure.
    pub first: Span,
    /// The highest ceiling.
    pub most: Span,
}

impl Backoff {
    /// The longest wait after so many failures, from 1 on.
    #[must_use]
    pub fn ceiling(&self, failures: u16) -> Span {
        let doublings = u32::from(failures.saturating_sub(1)).min(63);
        let span = self.first.as_micros().saturating_mul(1 << doublings);
        Span::from_micros(span.min(self.most.as_micros()))
    }

    /// The wait after so many failures, where `random` is any number: evenly from nothing to the
    /// ceiling.
    #[must_use]
    pub fn wait(&self, failures: u16, random: u64) -> Span {
        let choices = u128::from(self.ceiling(failures).as_micros()) + 1;
        let drawn = (u128::from(random) * choices) >> 64;
        Span::from_micros(u64::try_from(drawn).unwrap_or(u64::MAX))
    }
}
