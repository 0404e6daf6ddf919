//! Hashes that are the same on every machine.
//!
//! ```
//! use ennead::base::hash;
//! assert_eq!(hash::sha1(&[b"abc"])[..4], [0xa9, 0x99, 0x3e, 0x36]);
//! assert_eq!(hash::keyed(1, b"city"), hash::keyed(1, b"city"));
//! ```
//!
//! SHA-1 (FIPS 180-4) places servers and keys on the ring; it need not resist collisions there.
//! SipHash-1-3 (Aumasson and Bernstein, 2012) is the fast keyed one, for checks and digests.

use core::hash::Hasher;
use sha1::{Digest as _, Sha1};
use siphasher::sip::SipHasher13;

/// SHA-1 of the parts one after the other. The parts are not delimited.
#[must_use]
pub fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    let mut hasher = Sha1::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// CRC-32 (ISO-HDLC, as in gzip) of the parts one after the other. The parts are not delimited.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn crc32(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

/// CRC-32 (ISO-HDLC, as in gzip) of the parts one after the other. The parts are not delimited.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn crc32(parts: &[&[u8]]) -> u32 {
    crc32_by_nibbles(parts)
}

/// The same with a table of 64 bytes instead of 16 kB, which no compression shrinks and a page would
/// have to load.
#[cfg(any(test, target_arch = "wasm32"))]
fn crc32_by_nibbles(parts: &[&[u8]]) -> u32 {
    #[allow(clippy::cast_possible_truncation)] // below 16
    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let mut i = 0;
        while i < 16 {
            let (mut rest, mut bit) = (i as u32, 0);
            while bit < 4 {
                rest = if rest & 1 == 1 { rest >> 1 ^ 0xEDB8_8320 } else { rest >> 1 };
                bit += 1;
            }
            table[i] = rest;
            i += 1;
        }
        table
    };
    let step = |crc: u32, nibble: u32| TABLE[(crc ^ nibble) as usize & 15] ^ crc >> 4;
    let bytes = parts.iter().flat_map(|part| part.iter());
    !bytes.fold(!0, |crc, &byte| {
        let byte = u32::from(byte);
        step(step(crc, byte & 15), byte >> 4)
    })
}

/// SipHash-1-3 of `bytes` under a 64-bit key.
#[must_use]
pub fn keyed(key: u64, bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(key, 0);
    hasher.write(bytes);
    hasher.finish()
}

/// A digest of a sequence of numbers, cheap enough for every event of a simulated world.
///
/// Equal sequences give equal digests on every machine. It tells runs apart; it does not resist
/// an adversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    /// The digest of nothing, under `key`.
    #[must_use]
    pub const fn new(key: u64) -> Self {
        Self(key ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// Adds one number (SplitMix64's finaliser over the running state).
    pub const fn add(&mut self, word: u64) {
        let mut z = self.0 ^ word.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        self.0 = (z ^ (z >> 31)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    }

    /// Adds bytes and their length.
    pub fn add_bytes(&mut self, bytes: &[u8]) {
        self.add(keyed(bytes.len() as u64, bytes));
    }

    /// The digest so far.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn both_ways_to_a_crc_agree() {
        // The check value of the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xCBF4_3926);
        let mut bytes = Vec::new();
        for byte in 0..=255 {
            assert_eq!(crc32_by_nibbles(&[&bytes]), crc32(&[&bytes]));
            bytes.push(byte);
        }
    }

    #[test]
    fn known_answers() {
        assert_eq!(sha1(&[b"", b"abc"]), sha1(&[b"a", b"bc"]));
        // The vector of RFC 3174, test 1.
        assert_eq!(
            sha1(&[b"abc"]),
            [
                0xA9, 0x99, 0x3E, 0x36, 0x47, 0x06, 0x81, 0x6A, 0xBA, 0x3E, 0x25, 0x71, 0x78, 0x50,
                0xC2, 0x6C, 0x9C, 0xD0, 0xD8, 0x9D
            ]
        );
        assert_ne!(keyed(1, b"a"), keyed(2, b"a"));
    }

    #[test]
    fn a_digest_depends_on_order_and_length() {
        let of = |words: &[u64]| {
            let mut digest = Digest::new(0);
            words.iter().for_each(|&word| digest.add(word));
            digest.value()
        };
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&[0]), of(&[0, 0]));
        assert_eq!(of(&[5, 6]), of(&[5, 6]));
    }
}
