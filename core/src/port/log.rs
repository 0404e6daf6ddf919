//! A log on a register and a table: entries in one order, to which anybody may append.
//!
//! The register is the *head*: the last entry, and the names of those shortly before it. Whoever
//! appends reads the head, stores its entry in the table as a row, and then puts an entry with the next
//! number into the register, if the head is still the one that was read. So
//!
//! - an entry is durable once it is appended: a majority of the register's replicas holds it, and it
//!   leaves the register only when the table has it;
//! - numbers begin at one and have no gaps, and their order is that of appending, whatever clocks show;
//! - a row is never changed: whoever stores it stores the same, so that doing it twice does no harm.
//!
//! An entry has a *name*, given by whoever appends it. Appending a name that is there answers its
//! number and changes nothing, so that an append of which nobody knows what came can be tried again.
//! The head names the last [`WINDOW`] entries. Who tries later says after which number the entry must be,
//! which is what was known of the log when it was first tried: the rows since then are looked through, once, up to
//! [`MAX_BEHIND`] of them and [`MAX_SEARCHED`] bytes. Who is further behind is refused, and reads first.
//!
//! # Limits
//! Appending costs a read and a change of the register and one row; appenders that meet step back for a
//! random while, so a log takes some tens of entries a second, and other logs do not mind. A late retry costs one
//! range read more for each 16 entries that it is late by, at most 63. Bodies up to [`MAX_BODY`] bytes. Rows lie in segments of [`SEGMENT`], each a partition, so that a long log spreads
//! over the ring. Reading asks a majority for the head: without one a log can neither be read nor appended to.

use super::{Error, Random, Register, Select, Sleep, Table};
use crate::base::Span;
use crate::kv::{self, Key, Update};
use alloc::string::ToString;
use alloc::vec::Vec;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The last entries whose names the head holds.
pub const WINDOW: usize = 64;
/// The longest body of an entry, in bytes.
pub const MAX_BODY: usize = 512 << 10;
/// Entries of a segment.
pub const SEGMENT: u64 = 1_024;
/// How many entries may have been appended since the number that a late retry names.
pub const MAX_BEHIND: u64 = 1_000;
/// The bodies of these that are looked through, in bytes.
pub const MAX_SEARCHED: usize = 4 << 20;
/// Bodies that are read at once, in bytes; some more if the last ones are long.
const MAX_READ: usize = 1 << 20;
/// Rows that are read at once.
const CHUNK: u64 = 16;
/// Attempts to append before others.
const ATTEMPTS: u64 = 16;
/// The shortest pause after having met another.
const PAUSE: Span = Span::from_millis(4);

/// A log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    head: Key,
}

/// What was appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// The name that it was given.
    pub name: u128,
    /// What it says.
    pub body: Bytes,
}

/// What came of appending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The number of the entry.
    pub number: u64,
    /// Whether it was appended now; false if it was there.
    pub is_new: bool,
}

/// Why a log was not read or appended to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The store refused. The entry may have been appended, if the error says so.
    #[error(transparent)]
    Port(#[from] Error),
    /// Others were faster, again and again.
    #[error("{ATTEMPTS} attempts to append met others; nothing was appended. Try again")]
    Contended,
    /// A body that is too long.
    #[error("an entry of {got} bytes, expected at most {MAX_BODY}")]
    Body {
        /// Its length.
        got: u64,
    },
    /// A row that is there was not among the copies that were read.
    #[error("the entry {number} is on no copy that can be read now; try again")]
    Gap {
        /// Its number.
        number: u64,
    },
    /// Too much was appended since.
    #[error(
        "whether the entry is there already cannot be told: it would be after {after}, and the log is at {last}, \
         more than {MAX_BEHIND} entries or {MAX_SEARCHED} bytes later; nothing was appended. Read the log from \
         there, and if the entry is not there, try again with the last number that was read"
    )]
    Behind {
        /// What was known of the log.
        after: u64,
        /// Its last number.
        last: u64,
    },
}

impl From<kv::Error> for LogError {
    fn from(error: kv::Error) -> Self {
        Self::Port(error.into())
    }
}

/// What the register holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    last: Entry,
    /// The names of the entries before the last, the oldest first.
    earlier: Vec<u128>,
}

fn bytes(value: &impl Serialize) -> Option<Bytes> {
    postcard::to_allocvec(value).ok().map(Bytes::from) // plain data always encodes
}

impl Head {
    fn read(value: Option<&Bytes>) -> Option<Self> {
        postcard::from_bytes(value?).ok()
    }

    /// The number of an entry whose name it knows.
    fn number_of(&self, name: u128) -> Option<u64> {
        let names = self.earlier.iter().chain([&self.last.name]).rev();
        let back = (0..self.last.number).zip(names).find(|(_, known)| **known == name)?.0;
        Some(self.last.number - back)
    }

    /// The first entry whose name it knows.
    fn oldest(&self) -> u64 {
        self.last.number - self.earlier.len() as u64
    }

    /// The head after one more entry.
    fn after(head: Option<&Self>, name: u128, body: Bytes) -> Self {
        let (number, earlier) = match head {
            None => (1, Vec::new()),
            Some(Self { last, earlier }) => {
                let skip = (earlier.len() + 2).saturating_sub(WINDOW);
                let names = earlier.iter().skip(skip).copied().chain([last.name]);
                (last.number + 1, names.collect())
            }
        };
        Self { last: Entry { number, name, body }, earlier }
    }
}

fn sort_key(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

impl Log {
    /// The log `name` of a service.
    ///
    /// # Errors
    /// [`kv::Error::KeyLength`] for a name that is too long.
    pub fn new(service: &str, name: &str) -> Result<Self, Error> {
        Ok(Self { head: Key::new(super::partition(service, name), "")? })
    }

    /// The register of its head, for looking at.
    #[must_use]
    pub const fn head(&self) -> &Key {
        &self.head
    }

    /// Appends an entry, unless the last [`WINDOW`] or those after the number `after` have its name.
    ///
    /// # Errors
    /// [`LogError`]. If the entry may have been appended, trying again with the same name tells.
    pub async fn append<P: Table + Register + Random + Sleep>(
        &self,
        ports: &P,
        name: u128,
        body: Bytes,
        mut after: Option<u64>,
    ) -> Result<Appended, LogError> {
        if body.len() > MAX_BODY {
            return Err(LogError::Body { got: body.len() as u64 });
        }
        let mut found = ports.update(&self.head, Update::Read).await?.value;
        for attempt in 1..=ATTEMPTS {
            let head = Head::read(found.as_ref());
            if let Some(head) = &head {
                if let Some(number) = self.find(ports, head, name, after).await? {
                    return Ok(Appended { number, is_new: false });
                }
                // The next attempt need not look there again.
                after = Some(head.last.number);
                // Only now may another entry take its place.
                let Entry { number, .. } = head.last;
                ports.put(&self.row(number)?, bytes(&head.last), None).await?;
            }
            let next = Head::after(head.as_ref(), name, body.clone());
            let update = Update::CompareAndSet { expected: found, value: bytes(&next) };
            let updated = ports.update(&self.head, update).await?;
            if updated.applied {
                return Ok(Appended { number: next.last.number, is_new: true });
            }
            found = updated.value;
            let longest = PAUSE.as_micros() << attempt.min(6);
            ports.sleep(Span::from_micros(PAUSE.as_micros() + ports.random() % longest)).await;
        }
        Err(LogError::Contended)
    }

    /// The number under which a name was appended, as far as it must be looked for.
    async fn find<P: Table>(
        &self,
        ports: &P,
        head: &Head,
        name: u128,
        after: Option<u64>,
    ) -> Result<Option<u64>, LogError> {
        if let Some(number) = head.number_of(name) {
            return Ok(Some(number));
        }
        let (last, oldest) = (head.last.number, head.oldest());
        let Some(after) = after.filter(|&after| after.saturating_add(1) < oldest) else {
            return Ok(None);
        };
        if last - after > MAX_BEHIND {
            return Err(LogError::Behind { after, last });
        }
        let (mut next, mut length) = (after + 1, 0);
        while next < oldest {
            if length > MAX_SEARCHED {
                return Err(LogError::Behind { after, last });
            }
            let until = oldest.min(next + CHUNK);
            let entries = self.rows(ports, next, until).await?;
            length += entries.iter().map(|entry| entry.body.len()).sum::<usize>();
            if let Some(entry) = entries.into_iter().find(|entry| entry.name == name) {
                return Ok(Some(entry.number));
            }
            next = until;
        }
        Ok(None)
    }

    /// The number of the last entry; zero if there is none.
    ///
    /// # Errors
    /// [`Error`] of the register.
    pub async fn last<P: Register>(&self, ports: &P) -> Result<u64, Error> {
        Ok(self.read_head(ports).await?.map_or(0, |head| head.last.number))
    }

    /// The entries that follow on a number, in order, at most `limit` of them and fewer if they are long.
    ///
    /// # Errors
    /// [`LogError::Port`], [`LogError::Gap`].
    pub async fn read_after<P: Table + Register>(
        &self,
        ports: &P,
        after: u64,
        limit: u16,
    ) -> Result<Vec<Entry>, LogError> {
        let Some(Head { last, .. }) = self.read_head(ports).await? else { return Ok(Vec::new()) };
        let end = last.number.min(after.saturating_add(u64::from(limit)));
        let (mut entries, mut length, mut next) = (Vec::new(), 0, after.saturating_add(1));
        while next <= end && length < MAX_READ {
            let until = (end + 1).min(next + CHUNK);
            let rows = self.rows(ports, next, until.min(last.number)).await?;
            length += rows.iter().map(|entry| entry.body.len()).sum::<usize>();
            entries.extend(rows);
            if until > last.number {
                entries.push(last.clone());
            }
            next = until;
        }
        Ok(entries)
    }

    /// The entries just before a number, or the last ones, in order, at most `limit` of them and fewer if they
    /// are long.
    ///
    /// # Errors
    /// [`LogError::Port`], [`LogError::Gap`].
    pub async fn read_before<P: Table + Register>(
        &self,
        ports: &P,
        before: Option<u64>,
        limit: u16,
    ) -> Result<Vec<Entry>, LogError> {
        let Some(Head { last, .. }) = self.read_head(ports).await? else { return Ok(Vec::new()) };
        let mut until = before.unwrap_or(u64::MAX).clamp(1, last.number + 1);
        let begin = until.saturating_sub(u64::from(limit)).max(1);
        let (mut chunks, mut length) = (Vec::new(), 0);
        while begin < until && length < MAX_READ {
            let from = begin.max(until.saturating_sub(CHUNK));
            let mut rows = self.rows(ports, from, until.min(last.number)).await?;
            if until > last.number {
                rows.push(last.clone());
            }
            length += rows.iter().map(|entry| entry.body.len()).sum::<usize>();
            chunks.push(rows);
            until = from;
        }
        Ok(chunks.into_iter().rev().flatten().collect())
    }

    async fn read_head<P: Register>(&self, ports: &P) -> Result<Option<Head>, Error> {
        Ok(Head::read(ports.update(&self.head, Update::Read).await?.value.as_ref()))
    }

    /// The entries of the numbers from `from` until before `until`, which are in the table.
    async fn rows<P: Table>(
        &self,
        ports: &P,
        from: u64,
        until: u64,
    ) -> Result<Vec<Entry>, LogError> {
        let (mut entries, mut next) = (Vec::new(), from);
        while next < until {
            let end = until.min((next / SEGMENT + 1) * SEGMENT);
            let mut select = Select {
                from: Some(sort_key(next)),
                until: Some(sort_key(end)),
                ..Select::default()
            };
            loop {
                let page = ports.range(&self.segment(next), &select).await?;
                for (_, row) in page.rows {
                    // All values of a row are the same.
                    let entry =
                        row.values.first().and_then(|value| postcard::from_bytes(value).ok());
                    let entry: Entry = entry.ok_or(LogError::Gap { number: next })?;
                    if entry.number != next {
                        return Err(LogError::Gap { number: next });
                    }
                    entries.push(entry);
                    next += 1;
                }
                select.after = page.next;
                if select.after.is_none() {
                    break;
                }
            }
            if next < end {
                return Err(LogError::Gap { number: next });
            }
        }
        Ok(entries)
    }

    fn segment(&self, number: u64) -> Bytes {
        let mut partition = self.head.partition().to_vec();
        partition.push(b'/');
        partition.extend_from_slice((number / SEGMENT).to_string().as_bytes());
        partition.into()
    }

    fn row(&self, number: u64) -> Result<Key, Error> {
        Ok(Key::new(self.segment(number), sort_key(number))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r12_8_the_head_knows_the_numbers_of_the_last_names() {
        let mut head = None;
        for name in 1..=200_u128 {
            head = Some(Head::after(head.as_ref(), name, Bytes::new()));
        }
        let head = head.unwrap();
        assert_eq!((head.last.number, head.oldest(), head.earlier.len()), (200, 137, WINDOW - 1));
        for number in 137..=200 {
            assert_eq!(head.number_of(u128::from(number)), Some(number));
        }
        assert_eq!((head.number_of(136), head.number_of(201)), (None, None));
    }
}
