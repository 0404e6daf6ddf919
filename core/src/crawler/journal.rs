//! What of a crawl is in the table, and under which keys.
//!
//! | partition | sort key | value |
//! | --- | --- | --- |
//! | `crawler/open` | number of a crawl | nothing: it is to be carried out |
//! | `crawler/all` | when it was opened, number | nothing: there is or was such a crawl |
//! | `crawler/NUMBER` | `plan` | the [`Plan`] |
//! | | `report` | the [`Report`] of its runner, about once a second |
//! | | `cancelled` | nothing: it is to end |
//! | | `step`, fence, sequence | one [`Step`] |
//! | register `crawler/NUMBER` | `runner` | the lease |
//!
//! A step is one row, written before anything is done by it. Each runner writes under the fence of
//! its lease, so that two which believe themselves alone never meet in a row. A step that cannot be
//! read for now (its owners are away, and stand-ins hold it) only means that its page is fetched once more.

use super::crawl::Step;
use super::plan::{Plan, Report};
use crate::base::{Span, Wall};
use crate::kv::{self, Key};
use crate::port::{self, Lease, Select, Table, partition};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long a runner that is gone keeps its crawl.
pub const TERM: Span = Span::from_secs(10);
/// Steps read at once when a crawl is taken up.
const PAGE: u16 = 100;
const STEP: &[u8] = b"step";
const REPORT: &str = "report";

/// A crawl's place in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal {
    partition: Bytes,
}

fn open() -> Bytes {
    partition("crawler", "open")
}

fn all() -> Bytes {
    partition("crawler", "all")
}

fn bytes<T: Serialize>(value: &T) -> Result<Bytes, port::Error> {
    // Plans, reports and steps encode; if one did not, it would be too long for a value.
    let encoded = postcard::to_allocvec(value);
    let encoded = encoded.map_err(|_| kv::Error::ValueLength { got: u64::MAX })?;
    Ok(encoded.into())
}

fn read<T: DeserializeOwned>(values: &[Bytes]) -> impl Iterator<Item = T> {
    values.iter().filter_map(|value| postcard::from_bytes(value).ok())
}

/// Under which key the report of a crawl is: for those who look at replicas from outside.
///
/// # Errors
/// [`port::Error`], if the number is too long for a key.
pub fn report_key(number: &str) -> Result<Key, port::Error> {
    Journal::of(number).key(REPORT)
}

impl Report {
    /// The latest of the reports that are read as values of the table. If two runners raced, the later
    /// one knows more.
    #[must_use]
    pub fn latest(values: &[Bytes]) -> Option<Self> {
        read::<Self>(values).max_by_key(|report| (report.runs, report.running))
    }
}

impl Journal {
    pub(super) fn of(number: &str) -> Self {
        Self { partition: partition("crawler", number) }
    }

    fn key(&self, sort: impl Into<Bytes>) -> Result<Key, port::Error> {
        Ok(Key::new(self.partition.clone(), sort)?)
    }

    pub(super) fn lease(&self) -> Result<Lease, port::Error> {
        Ok(Lease::new(self.key("runner")?, TERM))
    }

    /// Writes a plan down, and then that it is to be carried out.
    pub(super) async fn open<P: Table>(
        &self,
        ports: &P,
        number: &str,
        plan: &Plan,
    ) -> Result<(), port::Error> {
        ports.put(&self.key("plan")?, Some(bytes(plan)?), None).await?;
        let key = Key::new(open(), String::from(number))?;
        ports.put(&key, Some(Bytes::new()), None).await.map(drop)
    }

    /// Writes down that a crawl is about to be opened, so that it can be found.
    pub(super) async fn enlist<P: Table>(
        ports: &P,
        at: Wall,
        number: &str,
    ) -> Result<(), port::Error> {
        let place = format!("{:016x}-{number}", at.as_millis());
        ports.put(&Key::new(all(), place)?, Some(Bytes::new()), None).await.map(drop)
    }

    /// A page of the numbers of all crawls, the latest first, and where it ended.
    pub(super) async fn page_of_all<P: Table>(
        ports: &P,
        after: Option<Bytes>,
        limit: u16,
    ) -> Result<(Vec<String>, Option<Bytes>), port::Error> {
        let select = Select { after, limit, reverse: true, ..Select::default() };
        let page = ports.range(&all(), &select).await?;
        let number = |(place, _): &(Bytes, _)| {
            let (_, number) = core::str::from_utf8(place).ok()?.split_once('-')?;
            Some(String::from(number))
        };
        Ok((page.rows.iter().filter_map(number).collect(), page.next))
    }

    /// Writes down that the crawl is to end.
    pub(super) async fn cancel<P: Table>(&self, ports: &P) -> Result<(), port::Error> {
        ports.put(&self.key("cancelled")?, Some(Bytes::new()), None).await.map(drop)
    }

    /// Whether the crawl is to end.
    pub(super) async fn is_cancelled<P: Table>(&self, ports: &P) -> Result<bool, port::Error> {
        Ok(!ports.get(&self.key("cancelled")?).await?.values.is_empty())
    }

    /// Says that a crawl needs no runner any more.
    pub(super) async fn close<P: Table>(ports: &P, number: &str) -> Result<(), port::Error> {
        ports.put(&Key::new(open(), String::from(number))?, None, None).await.map(drop)
    }

    /// The numbers of the crawls that need a runner, at most `limit`.
    pub(super) async fn all_open<P: Table>(
        ports: &P,
        limit: u16,
    ) -> Result<Vec<String>, port::Error> {
        let mut numbers = Vec::new();
        let mut select = Select { limit, ..Select::default() };
        loop {
            let page = ports.range(&open(), &select).await?;
            let read = |(key, _): &(Bytes, _)| String::from_utf8(key.to_vec()).ok();
            numbers.extend(page.rows.iter().filter_map(read));
            select.after = page.next;
            if select.after.is_none() || numbers.len() >= usize::from(limit) {
                numbers.truncate(usize::from(limit));
                return Ok(numbers);
            }
        }
    }

    pub(super) async fn plan<P: Table>(&self, ports: &P) -> Result<Option<Plan>, port::Error> {
        Ok(read(&ports.get(&self.key("plan")?).await?.values).next())
    }

    pub(super) async fn report<P: Table>(&self, ports: &P) -> Result<Option<Report>, port::Error> {
        Ok(Report::latest(&ports.get(&self.key(REPORT)?).await?.values))
    }

    pub(super) async fn write_report<P: Table>(
        &self,
        ports: &P,
        report: &Report,
    ) -> Result<(), port::Error> {
        ports.put(&self.key(REPORT)?, Some(bytes(report)?), None).await.map(drop)
    }

    pub(super) async fn write_step<P: Table>(
        &self,
        ports: &P,
        place: (u64, u64),
        step: &Step,
    ) -> Result<(), port::Error> {
        let key = [STEP, &place.0.to_be_bytes(), &place.1.to_be_bytes()].concat();
        ports.put(&self.key(key)?, Some(bytes(step)?), None).await.map(drop)
    }

    /// A page of the steps written so far, in the order of fence and sequence, and where it ended.
    pub(super) async fn steps<P: Table>(
        &self,
        ports: &P,
        after: Option<Bytes>,
    ) -> Result<(Vec<Step>, Option<Bytes>), port::Error> {
        let select = Select { after, limit: PAGE, ..Select::prefix(STEP) };
        let page = ports.range(&self.partition, &select).await?;
        let steps = page.rows.iter().flat_map(|(_, row)| read(&row.values)).collect();
        Ok((steps, page.next))
    }
}
