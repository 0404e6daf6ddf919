//! Codes: from a counter, from a hash, or as somebody wishes.

use super::Error;
use crate::base::hash::{crc32, sha1};
use crate::sketch::{Permutation, base62};
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;
use md5::Digest as _;
use serde::{Deserialize, Serialize};

/// Characters of a code that the service gives.
pub const LENGTH: usize = 7;
/// How many codes of that length there are: 62^7.
pub const CODES: u64 = 62u64.pow(7);
/// The most characters of a code that is wished for.
pub const MAX_CODE: usize = 32;
/// How many candidates of a hash are tried.
pub const MAX_CANDIDATES: usize = 32;

/// What is appended to an address to get the next candidate of a hash.
const SUFFIX: &str = "#ennead";

/// Words with which the service's own addresses begin. No code is one of them, in any letters.
pub const RESERVED: [&str; 12] = [
    "admin", "api", "assets", "crawl", "docs", "healthz", "help", "login", "metrics", "openapi",
    "robots", "v1",
];

/// A hash function of the chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HashFunction {
    /// 32 bits, of which 28 are used.
    Crc32,
    /// 128 bits, of which 28 are used.
    Md5,
    /// 160 bits, of which 28 are used.
    Sha1,
}

/// Where codes come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// A dense counter, permuted, in base 62.
    #[default]
    Counter,
    /// The first digits of a hash of the address.
    Hash(HashFunction),
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Counter,
        Self::Hash(HashFunction::Crc32),
        Self::Hash(HashFunction::Md5),
        Self::Hash(HashFunction::Sha1),
    ];

    /// Its name in requests and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Hash(HashFunction::Crc32) => "crc32",
            Self::Hash(HashFunction::Md5) => "md5",
            Self::Hash(HashFunction::Sha1) => "sha1",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scheme {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let found = Self::ALL.into_iter().find(|scheme| scheme.name() == text);
        found.ok_or("expected one of the schemes counter, crc32, md5, sha1")
    }
}

/// The code of a number of the counter under a key; none for the few numbers whose code looks like
/// one of a hash or is a reserved word, which are skipped, and for numbers that are not below
/// [`CODES`].
#[must_use]
pub fn code_of_number(number: u64, key: u64) -> Option<String> {
    if number >= CODES {
        return None;
    }
    let code = base62::encode_fixed(Permutation::new(CODES, key).apply(number), LENGTH).ok()?;
    (!is_hash_code(&code) && !is_reserved(&code)).then_some(code)
}

/// The codes that an address may have by a hash, in the order in which they are tried.
pub fn hash_candidates(function: HashFunction, url: &str) -> impl Iterator<Item = String> + use<> {
    let mut text = String::from(url);
    (0..MAX_CANDIDATES).map(move |_| {
        let head = match function {
            HashFunction::Crc32 => crc32(&[text.as_bytes()]),
            HashFunction::Md5 => head(md5::Md5::digest(text.as_bytes()).as_slice()),
            HashFunction::Sha1 => head(&sha1(&[text.as_bytes()])),
        };
        text.push_str(SUFFIX);
        format!("{:07x}", head >> 4) // seven of the eight digits
    })
}

fn head(digest: &[u8]) -> u32 {
    digest.iter().take(4).fold(0, |head, &byte| head << 8 | u32::from(byte))
}

/// Whether a code could be that of a link: such a code is looked up.
pub(super) fn is_possible(code: &str) -> bool {
    (3..=MAX_CODE).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_hash_code(code: &str) -> bool {
    code.len() == LENGTH && code.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_reserved(code: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(code))
}

/// Checks a code that somebody wishes for: 3 to [`MAX_CODE`] letters, digits, `-` and `_`, none of
/// [`RESERVED`], and not of the shape of those that the service gives.
///
/// # Errors
/// [`Error::Code`] or [`Error::Reserved`].
pub fn check_wished(code: &str) -> Result<(), Error> {
    let got: String = code.chars().take(64).collect();
    let is_given = code.len() == LENGTH && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_reserved(code) {
        Err(Error::Reserved { got })
    } else if is_given || !is_possible(code) {
        Err(Error::Code { got })
    } else {
        Ok(())
    }
}
