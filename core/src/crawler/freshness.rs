//! When a page is visited again: by how often it was found changed, and by how important it is.
//!
//! ```
//! use ennead::base::Span;
//! use ennead::crawler::Revisit;
//! let day = Span::from_secs(86_400);
//! let revisit = Revisit { first: day, least: Span::from_secs(3_600), most: day * 30 };
//! let often = revisit.next(day, true, 0);
//! let seldom = revisit.next(day, false, 0);
//! assert!(often < day && day < seldom);
//! assert!(revisit.first(3) > revisit.first(0)); // less important, less often
//! ```
//!
//! An interval is halved after a change and grows by half without one, so it settles where about
//! one visit in 1 + log 2 / log 1.5 = 2.7 finds a change. Priority p stretches the first interval and
//! both bounds by 1 + p.

use crate::base::Span;
use serde::{Deserialize, Serialize};

/// The bounds of intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revisit {
    /// The interval before anything is known of a page.
    pub first: Span,
    /// The shortest.
    pub least: Span,
    /// The longest.
    pub most: Span,
}

impl Revisit {
    /// The interval after the first visit of a page of priority `priority`.
    #[must_use]
    pub fn first(&self, priority: u8) -> Span {
        self.bounded(self.first * (1 + u64::from(priority)), priority)
    }

    /// The interval after one of `previous`, at whose end the page was found changed or not.
    #[must_use]
    pub fn next(&self, previous: Span, has_changed: bool, priority: u8) -> Span {
        let micros = previous.as_micros();
        let next = if has_changed { micros / 2 } else { micros.saturating_add(micros / 2) };
        self.bounded(Span::from_micros(next), priority)
    }

    fn bounded(&self, interval: Span, priority: u8) -> Span {
        let stretch = 1 + u64::from(priority);
        interval.max(self.least * stretch).min((self.most * stretch).max(self.least * stretch))
    }
}
