//! Addresses of pages: `http` and `https` URLs in one normal form.
//!
//! ```
//! use ennead::crawler::Address;
//! let page = Address::parse("HTTP://Example.com:80/a/./b/../c%7e?q=1#top").unwrap();
//! assert_eq!(page.as_str(), "http://example.com/a/c~?q=1");
//! assert_eq!(page.join("../d").unwrap().as_str(), "http://example.com/d");
//! ```
//!
//! Parsing follows the WHATWG URL standard for these two schemes; then RFC 3986's safe equivalences
//! are applied (6.2.2: escapes of unreserved characters undone, the others in capitals), and the
//! fragment goes, since no server sees it. The property tests hold it against the crate `url`,
//! which is not used itself because its tables for international names would add 61 kB (Brotli) to
//! the page. Names beyond ASCII are converted where the server is built, and refused elsewhere.

use super::error::AddressError;
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::net::Ipv6Addr;
use serde::{Deserialize, Serialize};

/// The longest address, in bytes.
pub const MAX_ADDRESS: usize = 2_048;
/// The longest name of a host, in bytes (RFC 1035).
const MAX_HOST: usize = 253;

/// An absolute `http` or `https` URL in normal form, without a fragment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    text: String,
    /// Where the host begins and ends, and where the path begins.
    host: (u16, u16),
    path: u16,
}

impl Address {
    /// Reads an absolute address.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        Self::read(text, None)
    }

    /// Reads a reference as it stands on this page: absolute, or relative to it.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn join(&self, reference: &str) -> Result<Self, AddressError> {
        Self::read(reference, Some(self))
    }

    fn read(text: &str, base: Option<&Self>) -> Result<Self, AddressError> {
        let text = text.trim_matches(|c: char| c <= ' ');
        if text.len() > MAX_ADDRESS {
            return Err(AddressError::Length { got: text.len() as u64 });
        }
        let text: Cow<'_, str> = if text.contains(['\t', '\n', '\r']) {
            Cow::Owned(text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect())
        } else {
            Cow::Borrowed(text)
        };
        let text = text.split('#').next().unwrap_or_default();
        let (scheme, rest) = match split_scheme(text) {
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "http" => ("http", rest),
                "https" => ("https", rest),
                other => return Err(AddressError::Scheme { got: other.to_string() }),
            },
            None => (base.ok_or(AddressError::Relative)?.scheme(), text),
        };
        let is_slash = |c: char| c == '/' || c == '\\';
        let is_absolute = rest.len() != text.len();
        let has_authority = rest.starts_with("//")
            || (rest.starts_with(is_slash) && rest[1..].starts_with(is_slash));
        match base.filter(|base| !has_authority && (!is_absolute || base.scheme() == scheme)) {
            Some(base) => base.join_path(rest),
            None => Self::absolute(scheme, rest.trim_start_matches(is_slash)),
        }
    }

    /// From the authority on.
    fn absolute(scheme: &str, rest: &str) -> Result<Self, AddressError> {
        let end = rest.find(['/', '\\', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if authority.contains('@') {
            return Err(AddressError::Credentials);
        }
        // Colons within brackets belong to the name.
        let name_end = match authority.starts_with('[') {
            true => authority.find(']').map_or(authority.len(), |bracket| bracket + 1),
            false => 0,
        };
        let colon = authority[name_end..].find(':').map(|at| name_end + at);
        let (name, port) = match colon {
            Some(colon) => (&authority[..colon], &authority[colon + 1..]),
            None => (authority, ""),
        };
        let port = match port {
            "" => None,
            digits => Some(read_port(digits)?),
        };
        let host = read_host(name)?;
        let mut text = String::with_capacity(scheme.len() + host.len() + rest.len() + 10);
        text += scheme;
        text += "://";
        let begin = text.len();
        text += &host;
        let end = text.len();
        if let Some(port) = port.filter(|&port| port != default_port(scheme)) {
            // Writing to a string cannot fail.
            let _ = write!(text, ":{port}");
        }
        let path = text.len();
        write_target(rest, &[], &mut text);
        Self::checked(text, (begin, end), path)
    }

    /// On the same host.
    fn join_path(&self, rest: &str) -> Result<Self, AddressError> {
        let mut text = String::from(&self.text[..usize::from(self.path)]);
        let path = text.len();
        let old_path = self.path();
        if rest.is_empty() {
            return Ok(self.clone());
        } else if rest.starts_with('?') {
            text += old_path;
            write_query(rest, &mut text);
        } else if rest.starts_with(['/', '\\']) {
            write_target(rest, &[], &mut text);
        } else {
            let mut segments: Vec<&str> = old_path[1..].split('/').collect();
            segments.pop();
            write_target(rest, &segments, &mut text);
        }
        let host = (usize::from(self.host.0), usize::from(self.host.1));
        Self::checked(text, host, path)
    }

    fn checked(text: String, host: (usize, usize), path: usize) -> Result<Self, AddressError> {
        let short = |at: usize| u16::try_from(at).ok().filter(|_| text.len() <= MAX_ADDRESS);
        let too_long = || AddressError::Length { got: text.len() as u64 };
        let host = (short(host.0).ok_or_else(too_long)?, short(host.1).ok_or_else(too_long)?);
        let path = short(path).ok_or_else(too_long)?;
        Ok(Self { text, host, path })
    }

    fn split_target(&self) -> (&str, Option<&str>) {
        match self.target().split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target(), None),
        }
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.text.starts_with("https:") { "https" } else { "http" }
    }

    /// The host: a name in lower case, or an address; IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.text[usize::from(self.host.0)..usize::from(self.host.1)]
    }

    /// The port, said or not.
    #[must_use]
    pub fn port(&self) -> u16 {
        let said = self.text[usize::from(self.host.1)..usize::from(self.path)].strip_prefix(':');
        said.and_then(|port| port.parse().ok()).unwrap_or_else(|| default_port(self.scheme()))
    }

    /// Scheme, host and port: what one `robots.txt` speaks for.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.text[..usize::from(self.path)]
    }

    /// The path and the query, as a request names them.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.text[usize::from(self.path)..]
    }

    /// The path, which begins with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.split_target().0
    }

    /// Another page of the same origin, from a path that begins with `/`.
    ///
    /// # Errors
    /// [`AddressError::Length`].
    pub fn at(&self, path: &str) -> Result<Self, AddressError> {
        self.join_path(path)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.text
    }
}

/// `scheme:rest`, if it begins so.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    is_scheme.then_some((scheme, rest))
}

fn default_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

fn read_port(digits: &str) -> Result<u16, AddressError> {
    let port = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok());
    port.flatten().ok_or_else(|| AddressError::Port { got: digits.to_string() })
}

fn read_host(name: &str) -> Result<String, AddressError> {
    let wrong = || AddressError::Host { got: name.to_string() };
    if let Some(inner) = name.strip_prefix('[') {
        let inner = inner.strip_suffix(']').ok_or_else(wrong)?;
        return Ok(ipv6(inner.parse().map_err(|_| wrong())?));
    }
    let mut bytes = Vec::with_capacity(name.len());
    unescape(name.as_bytes(), |byte, _| bytes.push(byte));
    let name = String::from_utf8(bytes).map_err(|_| wrong())?;
    let host = if name.is_ascii() { name.to_ascii_lowercase() } else { international(&name)? };
    let is_forbidden = |c: char| c <= ' ' || c == '\x7F' || "#%/:<>?@[\\]^|".contains(c);
    if host.is_empty() || host.len() > MAX_HOST || host.contains(is_forbidden) {
        return Err(wrong());
    }
    let labels = host.strip_suffix('.').unwrap_or(&host);
    let last = labels.rsplit('.').next().unwrap_or_default();
    let is_number = (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
        || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if is_number { ipv4(labels).ok_or_else(wrong) } else { Ok(host) }
}

/// A name beyond ASCII in the form in which DNS knows it.
#[cfg(feature = "native")]
fn international(name: &str) -> Result<String, AddressError> {
    idna::domain_to_ascii(name).map_err(|_| AddressError::Host { got: name.to_string() })
}

/// A name beyond ASCII: without the tables of Unicode there is nothing to be said.
#[cfg(not(feature = "native"))]
fn international(name: &str) -> Result<String, AddressError> {
    Err(AddressError::International { got: name.to_string() })
}

/// One to four numbers, decimal, octal (`0…`) or hexadecimal (`0x…`); the last fills what is left.
fn ipv4(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let mut numbers = Vec::with_capacity(4);
    for part in &parts {
        let number = match part.strip_prefix("0x") {
            Some("") => 0,
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok()?,
            None if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok()?,
            None => return None,
        };
        numbers.push(number);
    }
    let (&last, first) = numbers.split_last()?;
    let mut address = 0_u32;
    for &number in first {
        address = address.checked_mul(256)?.checked_add(number).filter(|_| number < 256)?;
    }
    let free = 4_u32.checked_sub(u32::try_from(first.len()).ok()?)?;
    if free == 0 || (free < 4 && last >= 1 << (8 * free)) {
        return None;
    }
    let high = if free == 4 { 0 } else { address << (8 * free) };
    Some(core::net::Ipv4Addr::from(high | last).to_string())
}

/// In brackets, the first longest run of two or more zeros as `::`.
fn ipv6(address: Ipv6Addr) -> String {
    let pieces = address.segments();
    let run = |at: usize| pieces[at..].iter().take_while(|&&piece| piece == 0).count();
    let longest = (0..8).map(run).max().unwrap_or(0);
    let gap = if longest > 1 { (0..8).find(|&at| run(at) == longest) } else { None };
    let mut out = String::from("[");
    let mut at = 0;
    while at < 8 {
        if gap == Some(at) {
            out += if at == 0 { "::" } else { ":" };
            at += longest;
            continue;
        }
        let _ = write!(out, "{:x}", pieces[at]); // writing to a string cannot fail
        at += 1;
        if at < 8 {
            out.push(':');
        }
    }
    out.push(']');
    out
}

/// Hands out the bytes of a text with its escapes undone, and whether each one was escaped.
fn unescape(text: &[u8], mut take: impl FnMut(u8, bool)) {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                take(u8::try_from(high * 16 + low).unwrap_or_default(), true);
                at += 3;
            }
            _ => {
                take(byte, false);
                at += 1;
            }
        }
    }
}

/// Appends a part of a path or a query, with what may not stand there escaped.
fn write_part(part: &str, forbidden: &[u8], out: &mut String) {
    unescape(part.as_bytes(), |byte, was_escaped| {
        let is_unreserved =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        let may_stand = byte.is_ascii_graphic() && !forbidden.contains(&byte);
        // A percent sign that escapes nothing would do so after the next one is undone.
        if is_unreserved || (may_stand && !was_escaped && byte != b'%') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}"); // writing to a string cannot fail
        }
    });
}

fn write_query(query: &str, out: &mut String) {
    out.push('?');
    write_part(query.strip_prefix('?').unwrap_or(query), b"\"#<>'", out);
}

/// Appends a path, below the segments of a folder, and its query.
fn write_target(rest: &str, folder: &[&str], out: &mut String) {
    let (path, query) = match rest.find('?') {
        Some(at) => (&rest[..at], Some(&rest[at..])),
        None => (rest, None),
    };
    let mut segments: Vec<String> = folder.iter().map(|&segment| segment.to_string()).collect();
    let is_slash = ['/', '\\'];
    let path = path.strip_prefix(is_slash).unwrap_or(path);
    let mut parts = path.split(is_slash).peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let mut segment = String::with_capacity(part.len());
        write_part(part, b"\"#<>?`{}^", &mut segment);
        match segment.as_str() {
            "." | ".." => {
                if segment == ".." {
                    segments.pop();
                }
                if is_last {
                    segments.push(String::new());
                }
            }
            _ => segments.push(segment),
        }
    }
    for segment in &segments {
        out.push('/');
        out.push_str(segment);
    }
    if let Some(query) = query {
        write_query(query, out);
    }
}
