//! Lists of queries as text: a query, a tab and how often it was asked on each line.

use super::error::{QueryError, SnapshotError};
use super::query::fold;
use super::snapshot::{Builder, Snapshot};
use alloc::string::String;
use alloc::vec::Vec;

/// Why a line is no query and count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// Not two columns.
    #[error("no tab: expected a query, a tab and a count")]
    Columns,
    /// The second column is not a number, zero, or more than 32 bits hold.
    #[error("count {got:?}: expected a whole number from 1 to {}", u32::MAX)]
    Count {
        /// The column.
        got: String,
    },
    /// Not text.
    #[error("not UTF-8: convert the list")]
    Text,
    /// The query.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Reads a line, without its end: the query as it was written, and its count.
///
/// # Errors
/// [`Bad`], but for the query's own errors: they show when it is folded.
pub fn line(bytes: &[u8]) -> Result<(&str, u64), Bad> {
    let text = core::str::from_utf8(bytes.strip_suffix(b"\r").unwrap_or(bytes));
    let (query, count) = text.map_err(|_| Bad::Text)?.split_once('\t').ok_or(Bad::Columns)?;
    match count.trim().parse::<u32>() {
        Ok(count) if count > 0 => Ok((query, count.into())),
        _ => Err(Bad::Count { got: count.chars().take(40).collect() }),
    }
}

/// A list on its way to a snapshot; lines may come in any order, and a query more than once.
#[derive(Clone, Debug, Default)]
pub struct List {
    entries: Vec<(String, u64)>,
}

impl List {
    /// Adds a line.
    ///
    /// # Errors
    /// [`Bad`]; the list is as it was.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Bad> {
        let (query, count) = line(bytes)?;
        self.entries.push((fold(query)?, count));
        Ok(())
    }

    /// Lines so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The snapshot, whose scores are the counts; those of equal queries are added up. O(n log n).
    ///
    /// # Errors
    /// [`SnapshotError::TooLarge`].
    pub fn build(mut self) -> Result<Snapshot, SnapshotError> {
        self.entries.sort_unstable();
        self.entries.dedup_by(|later, first| {
            let is_equal = later.0 == first.0;
            if is_equal {
                first.1 = first.1.saturating_add(later.1);
            }
            is_equal
        });
        let bytes = self.entries.iter().map(|(key, _)| key.len()).sum();
        let mut builder = Builder::with_capacity(self.entries.len(), bytes);
        for (key, count) in self.entries {
            builder.push(&key, count, false)?;
        }
        Ok(builder.finish())
    }
}
