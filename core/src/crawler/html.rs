//! HTML into tags and texts: as much of the WHATWG standard's tokenizer as finding links takes.
//!
//! Comments, raw text (`<script>`, `<style>` and the like), quotes, character references and every
//! kind of broken mark-up are read as browsers read them; no tree is built, and only the attributes
//! that a crawler needs are kept. The property tests hold it against the crate `html5gum`, which is
//! not used itself because it needs the standard library and adds 40 kB (Brotli) to the page.

use alloc::string::String;
use alloc::vec::Vec;

/// The attributes that are kept; of one name the first counts.
const KEPT: [&str; 6] = ["content", "href", "http-equiv", "name", "rel", "src"];

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text as it stands, character references and all.
    Text(&'a [u8]),
    /// A start or an end tag.
    Tag(Tag),
}

/// A tag with the attributes of [`KEPT`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag {
    /// In lower case.
    pub(super) name: String,
    pub(super) is_end: bool,
    attributes: Vec<(&'static str, String)>,
}

impl Tag {
    /// The value of an attribute of [`KEPT`], character references undone.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(kept, _)| *kept == name).map(|(_, value)| value.as_str())
    }
}

/// The tokens of a page, in one pass over its bytes.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
    /// The element whose end tag alone ends the text that follows.
    raw: Option<String>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a [u8]) -> Self {
        Self { rest: html, raw: None }
    }

    fn take_text(&mut self, length: usize) -> Option<Token<'a>> {
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        (!text.is_empty()).then_some(Token::Text(text))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if let Some(name) = self.raw.take() {
                let length = raw_length(self.rest, name.as_bytes());
                if let Some(text) = self.take_text(length) {
                    return Some(text);
                }
            }
            if self.rest.is_empty() {
                return None;
            }
            let is_tag = |pair: &[u8]| {
                pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || b"!/?".contains(&pair[1]))
            };
            let text = self.rest.windows(2).position(is_tag).unwrap_or(self.rest.len());
            if let Some(text) = self.take_text(text) {
                return Some(text);
            }
            let after = &self.rest[1..];
            if let Some(comment) = after.strip_prefix(b"!--") {
                self.rest = after_comment(comment);
            } else if after[0].is_ascii_alphabetic()
                || (after[0] == b'/' && after.get(1).is_some_and(u8::is_ascii_alphabetic))
            {
                let Some((tag, rest)) = read_tag(after) else {
                    self.rest = &[]; // a tag that the end of the page cuts is none
                    return None;
                };
                self.rest = rest;
                if !tag.is_end && is_raw(&tag.name) {
                    self.raw = Some(tag.name.clone());
                }
                return Some(Token::Tag(tag));
            } else if after == b"/" {
                return self.take_text(2);
            } else {
                // A doctype, or a comment by mistake.
                let end = after.iter().position(|&byte| byte == b'>');
                self.rest = end.map_or(&[], |end| &after[end + 1..]);
            }
        }
    }
}

/// Elements whose content is text up to their own end tag.
fn is_raw(name: &str) -> bool {
    const RAW: [&str; 9] = [
        "iframe",
        "noembed",
        "noframes",
        "plaintext",
        "script",
        "style",
        "textarea",
        "title",
        "xmp",
    ];
    RAW.contains(&name)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C)
}

fn ends_name(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'/' | b'>')
}

/// What follows a comment, from after its `<!--`.
fn after_comment(comment: &[u8]) -> &[u8] {
    for short in [b">".as_slice(), b"->"] {
        if let Some(rest) = comment.strip_prefix(short) {
            return rest;
        }
    }
    let mut at = 0;
    while let Some(dashes) = comment[at..].windows(2).position(|pair| pair == b"--") {
        let after = &comment[at + dashes + 2..];
        for end in [b">".as_slice(), b"!>"] {
            if let Some(rest) = after.strip_prefix(end) {
                return rest;
            }
        }
        at += dashes + 1;
    }
    &[]
}

/// How long the text is that only the end tag of `name` ends.
///
/// In a script, `<!--` hides a `<script>` with its `</script>` until `-->`.
fn raw_length(text: &[u8], name: &[u8]) -> usize {
    if name == b"plaintext" {
        return text.len();
    }
    let (mut is_escaped, mut is_doubly_escaped) = (false, false);
    let is_script = name == b"script";
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let names = |start: usize| {
            let end = start + name.len();
            rest.get(start..end).is_some_and(|found| found.eq_ignore_ascii_case(name))
                && rest.get(end).is_some_and(|&byte| ends_name(byte))
        };
        if rest.starts_with(b"</") && names(2) {
            if !is_doubly_escaped {
                return at;
            }
            is_doubly_escaped = false;
        } else if is_script && rest.starts_with(b"<!--") && !is_escaped {
            is_escaped = true;
            at += 1; // its dashes may end it already
        } else if is_script && rest.starts_with(b"-->") {
            (is_escaped, is_doubly_escaped) = (false, false);
        } else if is_escaped && rest[0] == b'<' && names(1) {
            is_doubly_escaped = true;
        }
        at += 1;
    }
    text.len()
}

/// Reads a tag from after its `<`, and what follows it; none if the page ends within it.
fn read_tag(text: &[u8]) -> Option<(Tag, &[u8])> {
    let is_end = text.first() == Some(&b'/');
    let mut rest = &text[usize::from(is_end)..];
    let mut tag = Tag { is_end, ..Tag::default() };
    let length = rest.iter().position(|&byte| ends_name(byte))?;
    tag.name = lower(&rest[..length]);
    rest = &rest[length..];
    loop {
        let skipped = rest.iter().position(|&byte| !is_space(byte) && byte != b'/')?;
        rest = &rest[skipped..];
        if let Some(rest) = rest.strip_prefix(b">") {
            return Some((tag, rest));
        }
        // An equals sign at the start of a name belongs to it.
        let ends = |&byte: &u8| ends_name(byte) || byte == b'=';
        let length = 1 + rest[1..].iter().position(ends)?;
        let name = &rest[..length];
        rest = skip_spaces(&rest[length..])?;
        let mut value: &[u8] = &[];
        if let Some(after) = rest.strip_prefix(b"=") {
            rest = skip_spaces(after)?;
            let quote = rest[0];
            if quote == b'"' || quote == b'\'' {
                let end = rest[1..].iter().position(|&byte| byte == quote)?;
                value = &rest[1..=end];
                rest = &rest[end + 2..];
            } else {
                let end = rest.iter().position(|&byte| is_space(byte) || byte == b'>')?;
                value = &rest[..end];
                rest = &rest[end..];
            }
        }
        let kept = KEPT.iter().find(|kept| name.eq_ignore_ascii_case(kept.as_bytes()));
        if let Some(kept) = kept.filter(|kept| !is_end && tag.get(kept).is_none()) {
            tag.attributes.push((kept, decoded(value)));
        }
    }
}

/// What follows white space; none if nothing does.
fn skip_spaces(text: &[u8]) -> Option<&[u8]> {
    text.iter().position(|&byte| !is_space(byte)).map(|at| &text[at..])
}

fn lower(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

/// A text with its character references undone: the numeric ones, and the names that addresses and
/// titles are written with. Bytes that are not UTF-8 become U+FFFD.
pub(super) fn decoded(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(at) = rest.find('&') {
        out += &rest[..at];
        rest = &rest[at..];
        match reference(&rest[1..]) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[1 + length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// The character that a reference means, from after its `&`, and how long it is.
fn reference(text: &str) -> Option<(char, usize)> {
    const NAMES: [(&str, char); 6] = [
        ("amp", '&'),
        ("apos;", '\''),
        ("gt", '>'),
        ("lt", '<'),
        ("nbsp", '\u{A0}'),
        ("quot", '"'),
    ];
    if let Some(number) = text.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let (digits, radix) = hex.map_or((number, 10), |hex| (hex, 16));
        let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        if length == 0 {
            return None;
        }
        // A number too large to read is no character either.
        let value = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
        let c = char::from_u32(value).filter(|&c| c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER);
        let end = text.len() - digits.len() + length;
        return Some((c, end + usize::from(text[end..].starts_with(';'))));
    }
    let &(name, c) = NAMES.iter().find(|(name, _)| text.starts_with(name))?;
    let after = &text[name.len()..];
    if name.ends_with(';') || after.starts_with(';') {
        return Some((c, name.len() + usize::from(!name.ends_with(';'))));
    }
    // `&amp=` and `&lto` are parameters of an address rather than references.
    let goes_on = after.starts_with(|c: char| c == '=' || c.is_ascii_alphanumeric());
    (!goes_on).then_some((c, name.len()))
}
