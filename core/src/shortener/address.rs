//! Which addresses may be shortened: stricter than browsers, so that all parsers agree on where they
//! lead.

use super::Error;
use alloc::string::String;

/// The longest address, in bytes.
pub const MAX_URL: usize = 2_048;

/// Where an address leads: scheme, host and port, in the form in which they are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whether by HTTPS.
    pub is_secure: bool,
    /// The host in small letters, without a dot behind it.
    pub host: String,
    /// The port, also if the address leaves it out.
    pub port: u16,
}

/// Checks an address and says where it leads.
///
/// Refused are: other schemes than http and https (`javascript:` and the like would run in the page
/// that follows them), names and passwords before the host (which make one host look like another),
/// backslashes, spaces and control characters (which parsers read differently, and which would end
/// a header), and hosts that are neither names, nor IPv4 addresses in four parts, nor IPv6 addresses.
///
/// # Errors
/// [`Error::Url`].
pub fn check_url(url: &str) -> Result<Origin, Error> {
    let wrong = |reason| Err(Error::Url { reason });
    if url.len() > MAX_URL {
        return wrong("is too long");
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong("holds spaces, control characters or characters beyond ASCII");
    }
    if url.contains('\\') {
        return wrong("holds a backslash");
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return wrong("has no scheme");
    };
    let is_secure = scheme.eq_ignore_ascii_case("https");
    if !is_secure && !scheme.eq_ignore_ascii_case("http") {
        return wrong("has another scheme");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return wrong("holds a name or password before the host");
    }
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address stand within brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port = match port {
        None => Some(if is_secure { 443 } else { 80 }),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        Some(_) => None,
    };
    let Some(port) = port.filter(|&port| port > 0) else {
        return wrong("has a port out of range");
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if is_ipv6(&host) || is_name_or_ipv4(&host) {
        Ok(Origin { is_secure, host, port })
    } else {
        wrong("has no host, or one that is no name and no IP address")
    }
}

fn is_ipv6(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<core::net::Ipv6Addr>().is_ok())
}

/// Labels of letters, digits, hyphens and underscores, up to 63 each and 253 in all. If the last one
/// is a number, all of them must be an IPv4 address in its usual form: 2130706433 and 0x7f.1 are
/// 127.0.0.1 to browsers.
fn is_name_or_ipv4(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        return false;
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    !is_number || host.parse::<core::net::Ipv4Addr>().is_ok()
}
