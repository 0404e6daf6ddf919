//! Keys: a partition key that decides the place, a sort key that decides the order there.

use super::error::Error;
use crate::base::hash;
use crate::ring::{RingHash, Slice};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The longest partition key and the longest sort key, in bytes.
pub const MAX_KEY: usize = 1 << 10;
/// The longest value, in bytes: one mebibyte.
pub const MAX_VALUE: usize = 1 << 20;

/// A key. Keys are ordered as they are stored: by place on the ring, then by partition key, then
/// by sort key, so that a slice and a partition are each one range.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Key {
    place: u64,
    partition: Bytes,
    sort: Bytes,
}

/// What travels: the place is computed anew, never believed.
#[derive(Clone, Serialize, Deserialize)]
struct Parts(Bytes, Bytes);

impl TryFrom<Parts> for Key {
    type Error = Error;
    fn try_from(Parts(partition, sort): Parts) -> Result<Self, Error> {
        Self::new(partition, sort)
    }
}

impl From<Key> for Parts {
    fn from(key: Key) -> Self {
        Self(key.partition, key.sort)
    }
}

impl Key {
    /// A key of a partition key (1 to [`MAX_KEY`] bytes) and a sort key (up to [`MAX_KEY`] bytes).
    ///
    /// # Errors
    /// [`Error::KeyLength`].
    pub fn new(partition: impl Into<Bytes>, sort: impl Into<Bytes>) -> Result<Self, Error> {
        let (partition, sort) = (partition.into(), sort.into());
        let got = partition.len().max(sort.len());
        if partition.is_empty() || got > MAX_KEY {
            return Err(Error::KeyLength { got: got as u64 });
        }
        Ok(Self { place: RingHash::of_key(&partition).prefix(), partition, sort })
    }

    /// The partition key.
    #[must_use]
    pub const fn partition(&self) -> &Bytes {
        &self.partition
    }

    /// The sort key.
    #[must_use]
    pub const fn sort(&self) -> &Bytes {
        &self.sort
    }

    /// Whether its partition belongs to a service: those begin with a zero byte.
    #[must_use]
    pub fn is_of_service(&self) -> bool {
        self.partition.first() == Some(&0)
    }

    /// The first 64 bits of its place on the ring.
    #[must_use]
    pub const fn place(&self) -> u64 {
        self.place
    }

    /// The slice in which it lies.
    #[must_use]
    pub const fn slice(&self) -> Slice {
        Slice::of(self.place)
    }

    /// The least of all possible keys at a place: a bound for ranges, not a key to store.
    #[must_use]
    pub(crate) const fn first_at(place: u64) -> Self {
        Self { place, partition: Bytes::new(), sort: Bytes::new() }
    }

    /// A hash of all of it, for digests.
    #[must_use]
    pub fn digest(&self) -> u64 {
        hash::keyed(hash::keyed(self.place, &self.partition), &self.sort)
    }
}
