//! What a site asks of crawlers: `robots.txt` after RFC 9309.
//!
//! ```
//! use ennead::crawler::Robots;
//! let robots = Robots::parse(b"User-agent: *\nDisallow: /private/\nAllow: /private/open$\n");
//! assert!(robots.is_allowed("ennead", "/private/open"));
//! assert!(!robots.is_allowed("ennead", "/private/open/more"));
//! ```
//!
//! All groups that name the crawler count as one; without any, those for `*` do. Of the rules that
//! match a path the longest decides, and of two equally long ones the permission. Paths are compared
//! with `%` escapes of unreserved characters undone and everything beyond ASCII escaped, so that one
//! path has one form.
//!
//! A check takes time linear in the rules of the group and the length of the path: a file of the
//! greatest size, made to be slow, costs about a tenth of a second a check.

use crate::base::Span;
use alloc::string::String;
use alloc::vec::Vec;

/// How much of a file is read, in bytes; RFC 9309 asks for at least this.
pub const MAX_ROBOTS: usize = 500 * 1024;
/// How long an answer is kept; RFC 9309 allows no longer.
pub const ROBOTS_KEPT: Span = Span::from_secs(24 * 3_600);
/// How many redirects from `/robots.txt` are followed; more count as "there is none".
pub const ROBOTS_REDIRECTS: u8 = 5;
/// The longest pause between two requests that a file can ask for.
pub const MAX_CRAWL_DELAY: Span = Span::from_secs(60);

/// The rules of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

/// Rules for the crawlers that are named above them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    /// Product tokens in lower case; `*` for all.
    agents: Vec<String>,
    rules: Vec<Rule>,
    delay: Option<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allows: bool,
    /// In the one form of [`one_form`], with `*` and a last `$` as they stood.
    pattern: String,
}

impl Robots {
    /// No rules: everything may be fetched. What a site means that answers 404.
    #[must_use]
    pub const fn allow_all() -> Self {
        Self { groups: Vec::new(), sitemaps: Vec::new() }
    }

    /// Nothing may be fetched. What is assumed of a site that cannot be asked.
    #[must_use]
    pub fn disallow_all() -> Self {
        Self::parse(b"User-agent: *\nDisallow: /")
    }

    /// The rules in a file. Whatever is not understood is passed over; bytes after
    /// [`MAX_ROBOTS`] are not read, nor is the line that the bound cuts.
    #[must_use]
    pub fn parse(file: &[u8]) -> Self {
        let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
        let read = match file.get(..MAX_ROBOTS) {
            Some(start) if file.len() > MAX_ROBOTS => {
                let line_end = start.iter().rposition(|&byte| byte == b'\n' || byte == b'\r');
                &start[..line_end.unwrap_or(0)]
            }
            _ => file,
        };
        let mut robots = Self::default();
        // Lines that name crawlers stand together before their rules; the first name after a rule
        // opens the next group.
        let mut names_may_follow = false;
        for line in read.split(|&byte| byte == b'\n' || byte == b'\r') {
            let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
            let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
            let key = line[..colon].trim_ascii();
            let value = line[colon + 1..].trim_ascii();
            if key.eq_ignore_ascii_case(b"user-agent") {
                if !names_may_follow {
                    robots.groups.push(Group::default());
                }
                names_may_follow = true;
                if let Some(group) = robots.groups.last_mut() {
                    group.agents.extend(named_agent(value));
                }
            } else if key.eq_ignore_ascii_case(b"allow") || key.eq_ignore_ascii_case(b"disallow") {
                names_may_follow = false;
                // A rule above all names is nobody's, and an empty path matches nothing.
                if let Some(group) = robots.groups.last_mut()
                    && !value.is_empty()
                {
                    let allows = key.eq_ignore_ascii_case(b"allow");
                    group.rules.push(Rule { allows, pattern: one_form(value, true) });
                }
            } else if key.eq_ignore_ascii_case(b"crawl-delay") {
                if let Some(group) = robots.groups.last_mut() {
                    group.delay = seconds(value).or(group.delay);
                }
            } else if key.eq_ignore_ascii_case(b"sitemap") {
                robots.sitemaps.push(String::from_utf8_lossy(value).into_owned());
            }
        }
        robots
    }

    /// What the answer to a request for `/robots.txt` means (RFC 9309, 2.3.1): a file its rules; a
    /// refusal such as 404, or too many redirects, permission; an answer that says "not now" (429
    /// and 5xx), or none at all, that the whole site is out of bounds for now.
    #[must_use]
    pub fn from_answer(status: Option<u16>, body: &[u8]) -> Self {
        match status {
            Some(200..=299) => Self::parse(body),
            Some(429) | None => Self::disallow_all(),
            Some(300..=499) => Self::allow_all(),
            Some(_) => Self::disallow_all(),
        }
    }

    /// Whether a crawler may fetch a target: a path, with its query if it has one.
    ///
    /// `agent` is a product token such as `ennead`; what follows its letters, `-` and `_` (a
    /// version) does not count.
    #[must_use]
    pub fn is_allowed(&self, agent: &str, target: &str) -> bool {
        let target = one_form(if target.is_empty() { b"/" } else { target.as_bytes() }, false);
        if target == "/robots.txt" {
            return true;
        }
        let matching = self.rules_for(agent).filter(|rule| rule.matches(&target));
        let deciding = matching.max_by_key(|rule| (rule.pattern.len(), rule.allows));
        deciding.is_none_or(|rule| rule.allows)
    }

    /// How long a crawler is asked to wait between two requests (not in the RFC, but widely
    /// written), at most [`MAX_CRAWL_DELAY`].
    #[must_use]
    pub fn crawl_delay(&self, agent: &str) -> Option<Span> {
        self.groups_for(agent).filter_map(|group| group.delay).max()
    }

    /// Only what concerns one crawler: all that it needs to keep.
    #[must_use]
    pub fn for_agent(self, agent: &str) -> Self {
        let rules = self.rules_for(agent).cloned().collect();
        let delay = self.crawl_delay(agent);
        let agents = alloc::vec![String::from("*")];
        Self { groups: alloc::vec![Group { agents, rules, delay }], sitemaps: Vec::new() }
    }

    /// Bytes in memory, nearly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let rules = self.groups.iter().flat_map(|group| &group.rules);
        rules.map(|rule| size_of::<Rule>() + rule.pattern.len()).sum()
    }

    /// Addresses of sitemaps, as written.
    #[must_use]
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    fn groups_for(&self, agent: &str) -> impl Iterator<Item = &Group> {
        let agent = product_token(agent.as_bytes()).to_ascii_lowercase();
        let named = |name: &str| self.groups.iter().any(|group| group.has(name));
        let wanted = if !agent.is_empty() && named(&agent) { agent } else { String::from("*") };
        self.groups.iter().filter(move |group| group.has(&wanted))
    }

    fn rules_for(&self, agent: &str) -> impl Iterator<Item = &Rule> {
        self.groups_for(agent).flat_map(|group| &group.rules)
    }
}

impl Group {
    fn has(&self, agent: &str) -> bool {
        self.agents.iter().any(|name| name == agent)
    }
}

impl Rule {
    /// Whether the pattern matches a prefix of the target, or all of it if it ends in `$`.
    ///
    /// Each piece between two `*` is taken at its first place after the piece before: if any choice
    /// of places matches, this one does.
    fn matches(&self, target: &str) -> bool {
        let (pattern, is_anchored) = match self.pattern.strip_suffix('$') {
            Some(pattern) => (pattern, true),
            None => (self.pattern.as_str(), false),
        };
        let mut pieces = pattern.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = target.strip_prefix(first) else { return false };
        let mut pieces = pieces.peekable();
        if pieces.peek().is_none() {
            return !is_anchored || rest.is_empty();
        }
        while let Some(piece) = pieces.next() {
            if is_anchored && pieces.peek().is_none() {
                return rest.ends_with(piece);
            }
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        true
    }
}

/// The name on a `User-agent` line: a product token in lower case, or `*`.
fn named_agent(value: &[u8]) -> Option<String> {
    if value.first() == Some(&b'*') {
        let is_alone = value.get(1).is_none_or(u8::is_ascii_whitespace);
        return is_alone.then(|| String::from("*"));
    }
    let token = product_token(value).to_ascii_lowercase();
    (!token.is_empty()).then_some(token)
}

/// The letters, `-` and `_` that a name begins with.
fn product_token(name: &[u8]) -> &str {
    let is_part = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
    let end = name.iter().position(|byte| !is_part(byte)).unwrap_or(name.len());
    core::str::from_utf8(&name[..end]).unwrap_or_default()
}

/// Whole or decimal seconds, to the millisecond.
fn seconds(value: &[u8]) -> Option<Span> {
    let text = core::str::from_utf8(value).ok()?;
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    // A number too long to read is longer than the longest pause.
    let whole = whole.parse().unwrap_or(u64::MAX);
    let millis = part.bytes().chain(*b"000").take(3);
    let millis = millis.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some((Span::from_secs(whole) + Span::from_millis(millis)).min(MAX_CRAWL_DELAY))
}

/// A path in the form in which paths are compared (RFC 9309, 2.2.2 and 2.2.3). In a target, and
/// inside a pattern, `*` and `$` stand for themselves and are escaped.
fn one_form(path: &[u8], is_pattern: bool) -> String {
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = path.get(at) {
        at += 1;
        let is_special = match byte {
            b'*' => is_pattern,
            b'$' => is_pattern && at == path.len(),
            _ => false,
        };
        let escaped = if byte == b'%' { path.get(at..at + 2).and_then(hexadecimal) } else { None };
        match escaped {
            Some(byte) => {
                at += 2;
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                    out.push(char::from(byte));
                } else {
                    escape(byte, &mut out);
                }
            }
            None if is_special => out.push(char::from(byte)),
            None if byte.is_ascii_graphic() && byte != b'*' && byte != b'$' => {
                out.push(char::from(byte));
            }
            None => escape(byte, &mut out),
        }
    }
    out
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn escape(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}
