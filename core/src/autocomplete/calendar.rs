//! Which half-life it is: what most clocks say, and no more than one after the one before.
//!
//! A node whose clock is wrong must neither make all counts look old nor its own queries weigh more than all others.
//! So no clock decides alone, and none decides how far to go. Each node writes the half-life of the calendar that its
//! clock shows into a row of its own. When more than half of the rows have come to another one than the head says,
//! the head's `calendar` becomes that, and its `period`, by which all nodes weigh, goes on by one. If they have fallen
//! back by more than one, only the calendar follows: time goes on from there.

use super::index::Period;
use super::log::{Head, read_sort_key, sort_key};
use super::service::{Autocomplete, HALF_LIFE};
use crate::base::{Span, Wall};
use crate::kv::{Key, Update};
use crate::port::{self, Ports, Select, partition};
use alloc::vec::Vec;
use bytes::Bytes;

/// The half-life in which a moment lies. They begin on Mondays, and the calendar began on a Thursday.
#[must_use]
pub(super) fn calendar(now: Wall) -> Period {
    let millis = (now + Span::from_secs(3 * 24 * 60 * 60)).as_millis();
    Period::try_from(millis / HALF_LIFE.as_millis()).unwrap_or(Period::MAX)
}

/// Where each node writes what its clock shows.
fn clocks() -> Bytes {
    partition("autocomplete", "clocks")
}

impl<P: Ports> Autocomplete<P> {
    /// Says what this node's clock shows, and moves the head on if most clocks have moved.
    pub(super) async fn keep_time(&self) -> Result<(), port::Error> {
        let shown = calendar(self.ports.now().wall);
        let (told, known) = {
            let state = self.lock();
            (state.told, state.calendar)
        };
        if told != Some(shown) {
            let key = Key::new(clocks(), sort_key(u64::from(self.node.0)))?;
            self.ports.put(&key, Some(sort_key(u64::from(shown))), None).await?;
            self.lock().told = Some(shown);
        }
        if shown == known {
            return Ok(()); // whoever sees a difference will see to it
        }
        let found = self.ports.update(&Head::key()?, Update::Read).await?.value;
        let most = most(self.clocks().await?);
        let Some(next) =
            Head::read(found.as_ref()).zip(most).and_then(|(head, most)| head.at(most))
        else {
            return Ok(());
        };
        let update = Update::CompareAndSet { expected: found, value: Some(next.bytes()) };
        self.ports.update(&Head::key()?, update).await.map(drop) // or another was faster
    }

    async fn clocks(&self) -> Result<Vec<Period>, port::Error> {
        let page = self.ports.range(&clocks(), &Select::default()).await?; // a row for each node
        let read = |value: &Bytes| Period::try_from(read_sort_key(value)?).ok();
        Ok(page
            .rows
            .iter()
            .filter_map(|(_, row)| row.values.iter().filter_map(read).max())
            .collect())
    }
}

/// The latest that more than half have come to.
pub(super) fn most(mut shown: Vec<Period>) -> Option<Period> {
    shown.sort_unstable_by(|a, b| b.cmp(a));
    shown.get(shown.len() / 2).copied()
}

impl Head {
    /// The same when most clocks show a half-life of the calendar; none if it stays. One back is no change: clocks
    /// are set back a little, and come to the next Monday twice.
    pub(super) fn at(&self, calendar: Period) -> Option<Self> {
        let period = self.period.saturating_add(u32::from(calendar > self.calendar));
        let is_other = calendar > self.calendar || calendar.saturating_add(1) < self.calendar;
        is_other.then(|| Self { period, calendar, ..self.clone() })
    }
}
