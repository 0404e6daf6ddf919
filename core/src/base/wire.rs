//! Frames: how values travel over a byte stream.
//!
//! ```
//! use ennead::base::wire;
//! let mut bytes = Vec::new();
//! wire::encode(&("hello", 7u32), &mut bytes).unwrap();
//! let (value, used): ((String, u32), usize) = wire::decode(&bytes).unwrap().unwrap();
//! assert_eq!((value.0.as_str(), value.1, used), ("hello", 7, bytes.len()));
//! ```
//!
//! A frame is a 10-byte head and a body. The head: version (1 byte), a zero (1 byte), length of the
//! body (4 bytes, little-endian), CRC-32 of version, length and body (4 bytes, little-endian). The
//! body is the value in postcard's format. A frame of the version before ours is read too;
//! others are refused, as are lengths above [`MAX_BODY`] before anything is allocated for them.
//!
//! Sources: the postcard wire format specification 1.0; CRC-32 as in IEEE 802.3.

use super::hash::crc32;
use alloc::vec::Vec;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version that this program writes.
pub const VERSION: u8 = 1;
/// The oldest version that this program reads: the one before its own, once there is one.
pub const OLDEST: u8 = if VERSION > 1 { VERSION - 1 } else { 1 };
/// Bytes of a frame's head.
pub const HEAD: usize = 10;
/// The longest body, in bytes: sixteen mebibytes.
pub const MAX_BODY: u32 = 16 << 20;

/// Why bytes are not a frame. The stream they came from cannot be read further; nothing else
/// changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Another version of the protocol, or not this protocol at all.
    #[error(
        "frame version {got}, expected {OLDEST} to {VERSION}: upgrade the older of the two programs, or check that the peer is an ennead node"
    )]
    Version {
        /// The version byte.
        got: u8,
    },
    /// A body that is longer than any this program sends.
    #[error("frame of {got} bytes, at most {MAX_BODY} are allowed: split the value")]
    TooLong {
        /// The claimed or attempted length.
        got: u64,
    },
    /// The bytes changed on their way, or are not a frame.
    #[error("frame checksum {got:08x}, expected {expected:08x}: the stream is damaged, reconnect")]
    Checksum {
        /// Computed from the bytes.
        got: u32,
        /// Found in the head.
        expected: u32,
    },
    /// A whole frame whose body is not a value of the expected type.
    #[error("frame body is not a message of version {version}: {reason}")]
    Body {
        /// The frame's version.
        version: u8,
        /// What the format's reader says.
        reason: postcard::Error,
    },
}

fn checksum(version: u8, body: &[u8]) -> u32 {
    crc32(&[&[version], &(body.len() as u64).to_le_bytes(), body])
}

/// Appends `value` as one frame.
///
/// # Errors
/// [`WireError::TooLong`] above [`MAX_BODY`], [`WireError::Body`] if the value cannot be encoded;
/// `out` is then as it was.
pub fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), WireError> {
    let body = postcard::to_allocvec(value)
        .map_err(|reason| WireError::Body { version: VERSION, reason })?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|&length| length <= MAX_BODY)
        .ok_or(WireError::TooLong { got: body.len() as u64 })?;
    out.extend_from_slice(&[VERSION, 0]);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(VERSION, &body).to_le_bytes());
    out.extend_from_slice(&body);
    Ok(())
}

/// How many bytes `value` takes as one frame, without making it; none if it cannot be encoded.
pub fn length<T: Serialize + ?Sized>(value: &T) -> Option<u64> {
    let size = postcard::ser_flavors::Size::default();
    let body = postcard::serialize_with_flavor(value, size).ok()?;
    Some(HEAD as u64 + body as u64)
}

/// Reads the first frame of `bytes`: its value and how many bytes it took, or `None` if more bytes
/// are needed.
///
/// # Errors
/// [`WireError`]; the stream is of no further use.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<Option<(T, usize)>, WireError> {
    let Some(&version) = bytes.first() else {
        return Ok(None);
    };
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(WireError::Version { got: version });
    }
    let Some(head) = bytes.first_chunk::<HEAD>() else {
        return Ok(None);
    };
    let [_, _, l0, l1, l2, l3, c0, c1, c2, c3] = *head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    if length > MAX_BODY {
        return Err(WireError::TooLong { got: u64::from(length) });
    }
    let Some(body) = bytes.get(HEAD..HEAD + length as usize) else {
        return Ok(None);
    };
    let (expected, got) = (u32::from_le_bytes([c0, c1, c2, c3]), checksum(version, body));
    if got != expected {
        return Err(WireError::Checksum { got, expected });
    }
    let value = postcard::from_bytes(body).map_err(|reason| WireError::Body { version, reason })?;
    Ok(Some((value, HEAD + body.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn frame() -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&(String::from("city"), 41u64), &mut bytes).unwrap();
        bytes
    }

    type Read = Option<((String, u64), usize)>;

    fn read(bytes: &[u8]) -> Result<Read, WireError> {
        decode(bytes)
    }

    #[test]
    fn a_frame_cut_short_anywhere_waits_for_more() {
        let bytes = frame();
        assert_eq!(length(&(String::from("city"), 41u64)), Some(bytes.len() as u64));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Ok(None), "cut at {length}");
        }
        assert_eq!(read(&bytes), Ok(Some(((String::from("city"), 41), bytes.len()))));
    }

    #[test]
    fn any_flipped_bit_of_length_checksum_or_body_is_noticed() {
        let good = frame();
        for bit in 16..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches!(read(&bytes), Ok(Some(_))), "bit {bit}");
        }
    }

    #[test]
    fn other_versions_and_excessive_lengths_are_refused_at_once() {
        assert_eq!(read(&[VERSION + 1]), Err(WireError::Version { got: VERSION + 1 }));
        assert_eq!(read(b"GET / HTTP/1.1\r\n"), Err(WireError::Version { got: b'G' }));
        let mut bytes = frame();
        bytes[2..6].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(read(&bytes), Err(WireError::TooLong { got: u64::from(u32::MAX) }));
    }

    #[test]
    fn a_whole_frame_of_another_type_says_so() {
        let mut bytes = Vec::new();
        encode(&1u8, &mut bytes).unwrap();
        assert!(matches!(read(&bytes), Err(WireError::Body { version: VERSION, .. })));
    }
}
