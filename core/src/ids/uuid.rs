//! UUIDs: 128 bits without coordination, random (v4) or in the order of time (v7).
//!
//! ```
//! use ennead::base::Wall;
//! use ennead::ids::{Uuid, UuidV7};
//!
//! assert_eq!(Uuid::v4(0, 0).to_string(), "00000000-0000-4000-8000-000000000000");
//! let mut generator = UuidV7::new();
//! let now = Wall::from_millis(1_700_000_000_000);
//! assert!(generator.next(now, 5, 9).unwrap() < generator.next(now, 1, 2).unwrap());
//! ```

use super::IdError;
use crate::base::Wall;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

const EXPECTED: &str = "a UUID, 32 hexadecimal digits as 8-4-4-4-12";
/// The greatest millisecond since 1970 that 48 bits hold: the year 10889.
const MAX_MILLIS: u64 = (1 << 48) - 1;
const MAX_COUNTER: u16 = (1 << 12) - 1;
const VARIANT: u128 = 0b10 << 62;

/// A UUID (RFC 9562).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Uuid(pub u128);

impl Uuid {
    /// Version 4: 122 of the 128 random bits, and version and variant.
    #[must_use]
    pub const fn v4(high: u64, low: u64) -> Self {
        let random = (high as u128) << 64 | low as u128;
        Self(random & !(0xF << 76 | 0b11 << 62) | 4 << 76 | VARIANT)
    }

    /// Version 7 of its parts: milliseconds since 1970 (48 bits), a counter (12 bits), chance (62
    /// bits).
    #[must_use]
    const fn v7(millis: u64, counter: u16, chance: u64) -> Self {
        let head = (millis as u128) << 80 | 7 << 76 | (counter as u128) << 64;
        Self(head | VARIANT | (chance >> 2) as u128)
    }

    /// Its version, 0 to 15.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // four bits are wanted
    pub const fn version(self) -> u8 {
        (self.0 >> 76) as u8 & 0xF
    }

    /// Its variant: 2 for those of RFC 9562.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // two bits are wanted
    pub const fn variant(self) -> u8 {
        (self.0 >> 62) as u8 & 0b11
    }

    /// When it was made, which only version 7 says.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // 48 bits are left
    pub const fn wall(self) -> Option<Wall> {
        match self.version() {
            7 => Some(Wall::from_millis((self.0 >> 80) as u64)),
            _ => None,
        }
    }
}

impl fmt::Display for Uuid {
    /// As `017f22e2-79b0-7cc3-98c4-dc0c0c07398f`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |low: u32, digits: u32| self.0 >> low & ((1 << (digits * 4)) - 1);
        write!(f, "{:08x}-{:04x}-{:04x}-", part(96, 8), part(80, 4), part(64, 4))?;
        write!(f, "{:04x}-{:012x}", part(48, 4), part(0, 12))
    }
}

impl FromStr for Uuid {
    type Err = IdError;

    /// Reads 8-4-4-4-12 hexadecimal digits, small or capital.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError::text(text, EXPECTED);
        if text.len() != 36 {
            return Err(wrong());
        }
        let mut value = 0;
        for (place, c) in text.chars().enumerate() {
            match (place, c.to_digit(16)) {
                (8 | 13 | 18 | 23, None) if c == '-' => {}
                (8 | 13 | 18 | 23, _) | (_, None) => return Err(wrong()),
                (_, Some(digit)) => value = value << 4 | u128::from(digit),
            }
        }
        Ok(Self(value))
    }
}

/// A generator of version 7 whose UUIDs rise, also within a millisecond and when the clock goes
/// back: 12 bits are a counter that begins at random in its lower half, and what overflows it goes
/// to the next millisecond (RFC 9562, section 6.2, method 1).
#[derive(Clone, Debug, Default)]
pub struct UuidV7 {
    last: Option<(u64, u16)>,
}

impl UuidV7 {
    /// A generator that has given nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None }
    }

    /// The next UUID: greater than all before it. `start` and `chance` are random numbers.
    ///
    /// # Errors
    /// [`IdError::Exhausted`] after the year 10889.
    pub fn next(&mut self, now: Wall, start: u64, chance: u64) -> Result<Uuid, IdError> {
        let clock = now.as_millis();
        #[allow(clippy::cast_possible_truncation)] // eleven bits are left
        let first = (start & 0x7FF) as u16;
        let (millis, counter) = match self.last {
            Some((millis, MAX_COUNTER)) if clock <= millis => (millis + 1, first),
            Some((millis, counter)) if clock <= millis => (millis, counter + 1),
            _ => (clock, first),
        };
        if millis > MAX_MILLIS {
            return Err(IdError::Exhausted);
        }
        self.last = Some((millis, counter));
        Ok(Uuid::v7(millis, counter, chance))
    }
}
