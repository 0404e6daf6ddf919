//! Base 62: numbers as text of digits, small letters and capitals, as short as an address may be.
//!
//! ```
//! use ennead::sketch::base62;
//!
//! assert_eq!(base62::encode(11_157), "2TX");
//! assert_eq!(base62::encode_fixed(11_157, 7).unwrap(), "00002TX");
//! assert_eq!(base62::decode("00002TX"), Ok(11_157));
//! ```
//!
//! The digits stand for 0 to 9, `a` for 10 to `z` for 35, `A` for 36 to `Z` for 61, the most
//! significant first. Texts of equal length sort as their numbers do only by this order of digits,
//! not by that of ASCII.

use alloc::string::String;
use alloc::vec::Vec;

/// The digits in the order of their values.
pub const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// The most digits that a 64-bit number takes.
pub const MAX_LENGTH: usize = 11;
/// The greatest width to which zeros are put before a number.
pub const MAX_WIDTH: usize = 64;

/// Why a text is not a number in base 62, or a number does not fit its width.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base62Error {
    /// A character that is no digit.
    #[error("{got:?} at place {place} is no digit of base 62: expected 0 to 9, a to z or A to Z")]
    Digit {
        /// The character.
        got: char,
        /// Characters before it.
        place: usize,
    },
    /// Nothing, or more than a 64-bit number.
    #[error(
        "{length} digits of base 62 are no 64-bit number: expected 1 to 11, at most lYGhA16ahyf"
    )]
    Range {
        /// How many digits there are.
        length: usize,
    },
    /// A number that needs more digits than the width has.
    #[error(
        "{number} does not fit {width} digits of base 62: expected a width of 1 to {MAX_WIDTH}, wide enough"
    )]
    Width {
        /// The number.
        number: u64,
        /// The width.
        width: usize,
    },
}

/// A number without leading zeros: 1 to 11 digits.
#[must_use]
pub fn encode(number: u64) -> String {
    text(number, 1)
}

/// A number in exactly `width` digits.
///
/// # Errors
/// [`Base62Error::Width`].
pub fn encode_fixed(number: u64, width: usize) -> Result<String, Base62Error> {
    let beyond = u32::try_from(width).ok().and_then(|width| 62u64.checked_pow(width));
    if (1..=MAX_WIDTH).contains(&width) && beyond.is_none_or(|beyond| number < beyond) {
        Ok(text(number, width))
    } else {
        Err(Base62Error::Width { number, width })
    }
}

fn text(mut number: u64, width: usize) -> String {
    let mut reversed = Vec::with_capacity(width.max(MAX_LENGTH));
    while number > 0 || reversed.len() < width {
        reversed.push(char::from(DIGITS[(number % 62) as usize]));
        number /= 62;
    }
    reversed.into_iter().rev().collect()
}

/// The number of a text; leading zeros count for nothing.
///
/// # Errors
/// [`Base62Error::Digit`] or [`Base62Error::Range`].
pub fn decode(text: &str) -> Result<u64, Base62Error> {
    let range = Base62Error::Range { length: text.chars().take(1_000).count() };
    if text.is_empty() {
        return Err(range);
    }
    text.chars().enumerate().try_fold(0u64, |number, (place, got)| {
        let digit = value(got).ok_or(Base62Error::Digit { got, place })?;
        let number = number.checked_mul(62).and_then(|number| number.checked_add(digit));
        number.ok_or(range.clone())
    })
}

fn value(digit: char) -> Option<u64> {
    let base = match digit {
        '0'..='9' => '0' as u64,
        'a'..='z' => 'a' as u64 - 10,
        'A'..='Z' => 'A' as u64 - 36,
        _ => return None,
    };
    Some(u64::from(u32::from(digit)) - base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r8_5_known_answers() {
        for (number, text) in [
            (0, "0"),
            (10, "a"),
            (35, "z"),
            (36, "A"),
            (61, "Z"),
            (62, "10"),
            (11_157, "2TX"),
            (3_521_614_606_207, "ZZZZZZZ"), // 62^7 - 1
            (u64::MAX, "lYGhA16ahyf"),
        ] {
            assert_eq!((encode(number).as_str(), decode(text)), (text, Ok(number)));
        }
        assert_eq!(encode_fixed(0, 7).as_deref(), Ok("0000000"));
        assert_eq!(encode_fixed(u64::MAX, 12).as_deref(), Ok("0lYGhA16ahyf"));
    }

    #[test]
    fn r8_5_what_is_no_number_is_refused() {
        assert_eq!(decode("2-X"), Err(Base62Error::Digit { got: '-', place: 1 }));
        assert_eq!(decode("é"), Err(Base62Error::Digit { got: 'é', place: 0 }));
        assert_eq!(decode(""), Err(Base62Error::Range { length: 0 }));
        assert_eq!(decode("lYGhA16ahyg"), Err(Base62Error::Range { length: 11 }));
        assert_eq!(decode("100000000000"), Err(Base62Error::Range { length: 12 }));
        let beyond = 62u64.pow(7);
        assert_eq!(encode_fixed(beyond, 7), Err(Base62Error::Width { number: beyond, width: 7 }));
        for width in [0, MAX_WIDTH + 1, usize::MAX] {
            assert_eq!(encode_fixed(0, width), Err(Base62Error::Width { number: 0, width }));
        }
    }

    proptest! {
        #[test]
        fn r8_5_numbers_come_back(number: u64) {
            prop_assert_eq!(decode(&encode(number)), Ok(number));
            prop_assert_eq!(decode(&encode_fixed(number, 11).unwrap()), Ok(number));
        }

        #[test]
        fn r8_5_any_text_is_a_number_or_refused(text in "[0-9a-zA-Zé-]{0,14}") {
            if let Ok(number) = decode(&text) {
                prop_assert_eq!(encode_fixed(number, text.len()), Ok(text));
            }
        }
    }
}
