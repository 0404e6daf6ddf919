//! What an id says, field by field.
//!
//! ```
//! use ennead::ids::{Reading, Scheme, decode};
//!
//! let decoded = decode("1541815603606036480", &Reading::default()).unwrap();
//! assert_eq!(decoded.scheme, Scheme::Snowflake);
//! let fields: Vec<_> = decoded.fields.iter().map(|field| (field.name, field.bits)).collect();
//! assert_eq!(fields[..3], [("sign", 1), ("time", 41), ("data centre", 5)]);
//! assert_eq!(decoded.wall.unwrap().to_string(), "2022-06-28T16:07:40.105Z");
//! ```

use super::snowflake::EPOCH;
use super::{IdError, MultiMaster, SnowflakeId, Uuid};
use crate::base::Wall;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// The four ways to give unique ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scheme {
    /// Several counters in steps of their number.
    MultiMaster,
    /// 128 bits of chance, or of time and chance.
    Uuid,
    /// One counter for all.
    Ticket,
    /// Time, worker and sequence in 64 bits.
    Snowflake,
}

impl Scheme {
    /// All of them, in the order of the chapter.
    pub const ALL: [Self; 4] = [Self::MultiMaster, Self::Uuid, Self::Ticket, Self::Snowflake];

    /// Its name in addresses and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MultiMaster => "multi-master",
            Self::Uuid => "uuid",
            Self::Ticket => "ticket",
            Self::Snowflake => "snowflake",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scheme {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == text).ok_or_else(|| {
            IdError::text(text, "one of the schemes multi-master, uuid, ticket, snowflake")
        })
    }
}

/// How an id is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its scheme; none to tell from its shape: hyphens make a UUID, 2^22 or more a Snowflake, and
    /// less a ticket.
    pub scheme: Option<Scheme>,
    /// The epoch of a Snowflake.
    pub epoch: Wall,
    /// Of how many servers a multi-master id is.
    pub servers: u16,
}

impl Default for Reading {
    fn default() -> Self {
        Self { scheme: None, epoch: EPOCH, servers: 1 }
    }
}

/// A part of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it is.
    pub name: &'static str,
    /// How many bits it takes; none if it is not made of whole bits.
    pub bits: u8,
    /// What stands in it.
    pub value: u64,
}

/// An id taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The scheme by which it was read.
    pub scheme: Scheme,
    /// The id in its usual form.
    pub id: String,
    /// Its parts, the most significant first.
    pub fields: Vec<Field>,
    /// When it was given, if it says so.
    pub wall: Option<Wall>,
}

const fn field(name: &'static str, bits: u8, value: u64) -> Field {
    Field { name, bits, value }
}

/// Takes an id apart.
///
/// # Errors
/// [`IdError::Text`] if the text is no id of the scheme.
pub fn decode(text: &str, reading: &Reading) -> Result<Decoded, IdError> {
    let number = || -> Result<u64, IdError> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or_else(|| {
            IdError::text(text, "a whole number of at most 64 bits, or a UUID as 8-4-4-4-12")
        })
    };
    let scheme = match reading.scheme {
        Some(scheme) => scheme,
        None if text.contains('-') => Scheme::Uuid,
        None if number()? >= 1 << 22 => Scheme::Snowflake,
        None => Scheme::Ticket,
    };
    match scheme {
        Scheme::Uuid => text.parse().map(decode_uuid),
        Scheme::Snowflake => {
            let id = number()?;
            if id > i64::MAX.cast_unsigned() {
                return Err(IdError::text(text, "a Snowflake, whose first bit is 0"));
            }
            Ok(decode_snowflake(SnowflakeId(id), reading.epoch))
        }
        Scheme::Ticket => {
            let id = number()?;
            let fields = Vec::from([field("number", 64, id)]);
            Ok(Decoded { scheme, id: id.to_string(), fields, wall: None })
        }
        Scheme::MultiMaster => {
            let id: u64 = number()?;
            if id == 0 || reading.servers == 0 {
                return Err(IdError::text(text, "a number from 1 on, of 1 or more servers"));
            }
            let (server, turn) = MultiMaster::turn(id, reading.servers);
            let fields = Vec::from([field("turn", 0, turn), field("server", 0, u64::from(server))]);
            Ok(Decoded { scheme, id: id.to_string(), fields, wall: None })
        }
    }
}

fn decode_snowflake(id: SnowflakeId, epoch: Wall) -> Decoded {
    let parts = id.parts();
    let fields = Vec::from([
        field("sign", 1, id.0 >> 63),
        field("time", 41, parts.time),
        field("data centre", 5, u64::from(parts.worker.data_centre())),
        field("machine", 5, u64::from(parts.worker.machine())),
        field("sequence", 12, u64::from(parts.sequence)),
    ]);
    let wall = Some(parts.wall(epoch));
    Decoded { scheme: Scheme::Snowflake, id: id.0.to_string(), fields, wall }
}

#[allow(clippy::cast_possible_truncation)] // each part is cut out first
fn decode_uuid(uuid: Uuid) -> Decoded {
    let part = |low: u32, bits: u32| (uuid.0 >> low) as u64 & (u64::MAX >> (64 - bits));
    let [head, middle] = match uuid.version() {
        7 => ["time", "counter"],
        _ => ["chance", "chance"],
    };
    let fields = Vec::from([
        field(head, 48, part(80, 48)),
        field("version", 4, part(76, 4)),
        field(middle, 12, part(64, 12)),
        field("variant", 2, part(62, 2)),
        field("chance", 62, part(0, 62)),
    ]);
    Decoded { scheme: Scheme::Uuid, id: uuid.to_string(), fields, wall: uuid.wall() }
}
