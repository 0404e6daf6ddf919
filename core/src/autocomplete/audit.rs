//! What lies in the table, for tests.

use super::checkpoint::missing;
use super::log::{Head, LogId, logs, sort_key};
use super::service::Autocomplete;
use crate::kv::Update;
use crate::port::{self, Ports, Select};
use bytes::Bytes;

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audit {
    /// Logs that are entered.
    pub(crate) entered: usize,
    /// Logs that the head names one by one.
    pub(crate) named: usize,
    /// Logs of which it keeps a sum alone.
    pub(crate) ended: u64,
    /// Batches that a checkpoint holds, whose rows should be gone.
    pub(crate) held: u64,
    /// Rows of such batches.
    pub(crate) rows: usize,
}

impl<P: Ports> Autocomplete<P> {
    pub(crate) async fn audit(&self) -> Result<Audit, port::Error> {
        let found = self.ports.update(&Head::key()?, Update::Read).await?.value;
        let head = Head::read(found.as_ref()).ok_or_else(missing)?;
        let mut audit = Audit {
            entered: self.rows(&logs(), Select::default()).await?,
            named: head.marks.len().max(head.kept.len()).max(head.swept.len()),
            ..Audit::default()
        };
        for (log, &kept) in &head.kept {
            let until = Some(sort_key(kept));
            audit.held += kept;
            audit.rows +=
                self.rows(&log.partition(), Select { until, ..Select::default() }).await?;
        }
        for (&node, ended) in &head.ends {
            audit.ended += ended.life;
            audit.held += ended.batches;
            for life in 1..=ended.life {
                let log = LogId { node, life };
                audit.rows += self.rows(&log.partition(), Select::default()).await?;
            }
        }
        Ok(audit)
    }

    async fn rows(&self, partition: &Bytes, mut select: Select) -> Result<usize, port::Error> {
        let mut rows = 0;
        loop {
            let page = self.ports.range(partition, &select).await?;
            rows += page.rows.len();
            select.after = page.next;
            if select.after.is_none() {
                return Ok(rows);
            }
        }
    }
}
