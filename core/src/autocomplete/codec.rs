//! Snapshots as bytes: files, and pieces in a table.
//!
//! A run of entries is written one after the other: how many bytes of the key before are kept, how many follow,
//! those bytes, the score; numbers in seven bits a byte, the lowest first. A file is `ENNEADQ1`, the number of
//! entries (8 bytes, little-endian), their run, and the CRC-32 of all before (4 bytes, little-endian). The trie
//! is not written: it is built again in less time than it would take to check it.

use super::error::SnapshotError;
use super::query::MAX_KEY;
use super::rank::Ranked;
use super::snapshot::{Builder, Snapshot};
use crate::base::hash::crc32;
use alloc::string::String;
use alloc::vec::Vec;

const MAGIC: &[u8; 8] = b"ENNEADQ1";
const HEAD: usize = 16;
const TAIL: usize = 4;

/// Appends entries to a run.
#[derive(Clone, Debug, Default)]
pub struct RunWriter {
    bytes: Vec<u8>,
    before: String,
}

impl RunWriter {
    /// Bytes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends the next entry, in any order; sorted ones take less room.
    pub fn push(&mut self, entry: Ranked<'_>) {
        let key = entry.key.as_bytes();
        let kept = self.before.bytes().zip(key).take_while(|(a, b)| a == *b).count();
        number(kept as u64, &mut self.bytes);
        number((key.len() - kept) as u64, &mut self.bytes);
        self.bytes.extend_from_slice(&key[kept..]);
        number(entry.score, &mut self.bytes);
        self.before.clear();
        self.before.push_str(entry.key);
    }

    /// The run; the writer begins another.
    pub fn take(&mut self) -> Vec<u8> {
        self.before.clear();
        core::mem::take(&mut self.bytes)
    }
}

/// Reads a run, and hands each entry on.
///
/// # Errors
/// [`SnapshotError::Damaged`], or what `each` gives back; earlier entries were handed on.
pub fn read_run(
    run: &[u8],
    mut each: impl FnMut(&str, u64) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    let mut rest = run;
    let mut key = Vec::with_capacity(MAX_KEY);
    while !rest.is_empty() {
        let at = run.len() - rest.len();
        let damaged = SnapshotError::Damaged { at: at as u64, length: run.len() as u64 };
        let Some(score) = entry(&mut rest, &mut key) else {
            return Err(damaged);
        };
        let Ok(text) = core::str::from_utf8(&key) else {
            return Err(damaged);
        };
        each(text, score)?;
    }
    Ok(())
}

/// Reads one entry into `key`; its score.
fn entry(rest: &mut &[u8], key: &mut Vec<u8>) -> Option<u64> {
    let kept = usize::try_from(read_number(rest)?).ok()?;
    let more = usize::try_from(read_number(rest)?).ok()?;
    if kept > key.len() || more > MAX_KEY || kept + more > MAX_KEY {
        return None;
    }
    let (text, after) = rest.split_at_checked(more)?;
    key.truncate(kept);
    key.extend_from_slice(text);
    *rest = after;
    read_number(rest)
}

/// A snapshot as a file.
#[must_use]
pub fn encode(snapshot: &Snapshot) -> Vec<u8> {
    let mut run = RunWriter::default();
    run.bytes.extend_from_slice(MAGIC);
    run.bytes.extend_from_slice(&(snapshot.len() as u64).to_le_bytes());
    for entry in (0..snapshot.len()).filter_map(|i| snapshot.get(i)) {
        run.push(entry);
    }
    let mut bytes = run.take();
    let sum = crc32(&[&bytes]);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

/// Whether bytes begin as a snapshot's file does.
#[must_use]
pub fn is_snapshot(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reads a snapshot's file. About as fast as building from a sorted list.
///
/// # Errors
/// [`SnapshotError`].
pub fn decode(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    if !is_snapshot(bytes) {
        return Err(SnapshotError::Format);
    }
    let length = bytes.len() as u64;
    let damaged = |at| Err(SnapshotError::Damaged { at, length });
    let (Some((body, &sum)), Some(count)) =
        (bytes.split_last_chunk::<TAIL>(), bytes.get(8..HEAD).and_then(|b| b.first_chunk::<8>()))
    else {
        return damaged(length);
    };
    if crc32(&[body]) != u32::from_le_bytes(sum) {
        return damaged(length);
    }
    let Some(run) = body.get(HEAD..) else {
        return damaged(length);
    };
    let mut builder = Builder::new();
    read_run(run, |key, score| builder.push(key, score, false))?;
    if builder.len() as u64 != u64::from_le_bytes(*count) {
        return damaged(length);
    }
    Ok(builder.finish())
}

#[allow(clippy::cast_possible_truncation)] // seven bits are left
fn number(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7F {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for place in 0..10 {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        let part = u64::from(byte & 0x7F);
        if place == 9 && part > 1 {
            return None;
        }
        value |= part << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
