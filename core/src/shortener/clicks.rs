//! Clicks by day. Every node counts its own in memory and writes them to rows of its own, so that no two
//! write the same row.

use super::service::code_row;
use crate::base::{Wall, all_of};
use crate::kv::Key;
use crate::port::{self, Row, Select, Table};
use crate::ring::NodeId;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use spin::Mutex;

/// Codes and days that wait to be written; clicks on others are not counted then.
const MAX_WAITING: usize = 16_384;
/// Pages of rows that are added up for statistics: 16,000 rows.
const MAX_PAGES: u32 = 16;
/// Rows that are written at once.
const AT_ONCE: usize = 32;
const PREFIX: &str = "clicks/";

/// A day by UTC: whole days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u32);

impl Day {
    /// The day of a moment.
    #[must_use]
    pub fn of(wall: Wall) -> Self {
        Self(u32::try_from(wall.as_millis() / 86_400_000).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Day {
    /// As `2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Wall::from_millis(u64::from(self.0) * 86_400_000).to_string();
        f.write_str(text.split('T').next().unwrap_or_default())
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    /// Clicks that no row holds for sure.
    new: u64,
    /// What the row is known to hold without them.
    base: Option<u64>,
}

/// The clicks that a node has counted and not yet written.
#[derive(Debug)]
pub(super) struct Clicks {
    node: NodeId,
    waiting: Mutex<BTreeMap<(String, Day), Waiting>>,
}

fn row_key(code: &str, day: Day, node: NodeId) -> Result<Key, port::Error> {
    Ok(Key::new(code_row(code), format!("{PREFIX}{:06}/{:05}", day.0, node.0))?)
}

/// What a row says; of siblings the most.
fn count(row: &Row) -> u64 {
    let read = |value: &bytes::Bytes| core::str::from_utf8(value).ok()?.parse().ok();
    row.values.iter().filter_map(read).max().unwrap_or(0)
}

impl Clicks {
    pub(super) fn new(node: NodeId) -> Self {
        Self { node, waiting: Mutex::default() }
    }

    /// Counts a click; false if too many wait to be written.
    pub(super) fn count(&self, code: &str, day: Day) -> bool {
        let mut waiting = self.waiting.lock();
        let key = (String::from(code), day);
        let has_room = waiting.len() < MAX_WAITING || waiting.contains_key(&key);
        if has_room {
            waiting.entry(key).or_default().new += 1;
        }
        has_room
    }

    /// Writes what waits. What cannot be written waits on.
    pub(super) async fn write<P: Table>(&self, ports: &P) {
        let waiting: Vec<((String, Day), Waiting)> =
            self.waiting.lock().iter().map(|(key, waiting)| (key.clone(), *waiting)).collect();
        for some in waiting.chunks(AT_ONCE) {
            // A failure leaves it waiting; the next turn writes the same sum or a greater one.
            all_of(some.iter().map(|(key, waiting)| self.write_one(ports, key, *waiting))).await;
        }
    }

    async fn write_one<P: Table>(
        &self,
        ports: &P,
        key: &(String, Day),
        waiting: Waiting,
    ) -> Result<(), port::Error> {
        let row_key = row_key(&key.0, key.1, self.node)?;
        let row = ports.get(&row_key).await?;
        let base = waiting.base.unwrap_or_else(|| count(&row));
        if let Some(waiting) = self.waiting.lock().get_mut(key) {
            waiting.base = Some(base); // should it be unclear whether the write came through
        }
        let sum = base.saturating_add(waiting.new);
        ports.put(&row_key, Some(sum.to_string().into()), Some(&row.context)).await?;
        let mut all = self.waiting.lock();
        if let Some(now) = all.get_mut(key) {
            now.new -= waiting.new.min(now.new);
            now.base = Some(sum);
            if now.new == 0 {
                all.remove(key);
            }
        }
        Ok(())
    }

    /// The clicks on a code by day: what all nodes have written, and what waits here.
    pub(super) async fn by_day<P: Table>(
        &self,
        ports: &P,
        code: &str,
    ) -> Result<BTreeMap<Day, u64>, port::Error> {
        let mut days: BTreeMap<Day, u64> = BTreeMap::new();
        let mut select = Select::prefix(PREFIX);
        for _ in 0..MAX_PAGES {
            let page = ports.range(&code_row(code), &select).await?;
            for (sort, row) in &page.rows {
                let day = core::str::from_utf8(sort)
                    .ok()
                    .and_then(|sort| sort.strip_prefix(PREFIX)?.split('/').next()?.parse().ok());
                if let Some(day) = day {
                    *days.entry(Day(day)).or_default() += count(row);
                }
            }
            select.after = page.next;
            if select.after.is_none() {
                break;
            }
        }
        for ((_, day), waiting) in
            self.waiting.lock().iter().filter(|((other, _), _)| other == code)
        {
            *days.entry(*day).or_default() += waiting.new;
        }
        Ok(days)
    }
}
