//! The parser: what a page says, where it leads, and what it asks of crawlers.
//!
//! ```
//! use ennead::crawler::{Address, extract};
//! let at = Address::parse("http://a.example/docs/").unwrap();
//! let page = extract(b"<title>Hi</title><a href='b'>b</a><a rel=nofollow href='c'>c</a>", &at);
//! assert_eq!(page.title, "Hi");
//! assert_eq!(page.links, [Address::parse("http://a.example/docs/b").unwrap()]);
//! ```

use super::address::Address;
use super::html::{Tag, Token, Tokens, decoded};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// The most bytes of a page that are read; a server that sends more is cut off.
pub const MAX_BODY: usize = 2 << 20;
/// The most links of one page that are followed.
pub const MAX_LINKS: usize = 500;
/// The most bytes that the links of one page may take together.
pub const MAX_LINK_BYTES: usize = 128 * 1024;
/// The most bytes of visible text that are compared with other pages'.
pub const MAX_TEXT: usize = 64 * 1024;
/// The longest title, in bytes.
pub const MAX_TITLE: usize = 256;

/// What the parser found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its title, cut at [`MAX_TITLE`] bytes.
    pub title: String,
    /// Where it leads, each address once, in the order of the page, at most [`MAX_LINKS`].
    pub links: Vec<Address>,
    /// Links that are none (`mailto:`, `javascript:`, damaged), or that were too many.
    pub refused: u32,
    /// Links that the page asks not to follow.
    pub nofollow: u32,
    /// Whether the page allows that it is kept (no `noindex`).
    pub may_keep: bool,
    /// Its visible text, words separated by one space, cut at [`MAX_TEXT`] bytes.
    pub text: String,
}

/// Reads a page that was found at an address. Never fails: of a broken page, what can be read is.
/// Linear in its length.
#[must_use]
pub fn extract(html: &[u8], at: &Address) -> Page {
    let html = &html[..html.len().min(MAX_BODY)];
    let mut found = Found { may_keep: true, may_follow: true, ..Found::default() };
    let mut inside = None; // the element whose text is not the page's
    for token in Tokens::new(html) {
        match token {
            Token::Text(text) => match inside.as_deref() {
                None => found.text.add(&decoded(text)),
                Some("title") if found.title.0.is_empty() => found.title.add(&decoded(text)),
                Some(_) => {}
            },
            Token::Tag(tag) => {
                let hides =
                    ["script", "style", "textarea", "title", "noembed", "noframes", "iframe"];
                inside =
                    (!tag.is_end && hides.contains(&tag.name.as_str())).then(|| tag.name.clone());
                if !tag.is_end {
                    found.tag(&tag);
                }
            }
        }
    }
    found.resolve(at)
}

/// Reads plain text: it has no title and leads nowhere.
#[must_use]
pub(super) fn plain(text: &[u8]) -> Page {
    let mut words = Words::<MAX_TEXT>(String::new());
    words.add(&String::from_utf8_lossy(&text[..text.len().min(MAX_BODY)]));
    Page { text: words.0, may_keep: true, ..Page::default() }
}

/// A bounded text with single spaces between its words.
#[derive(Default)]
struct Words<const MOST: usize>(String);

impl<const MOST: usize> Words<MOST> {
    fn add(&mut self, text: &str) {
        for word in text.split_whitespace() {
            if self.0.len() + 1 + word.len() > MOST {
                return;
            }
            if !self.0.is_empty() {
                self.0.push(' ');
            }
            self.0.push_str(word);
        }
    }
}

#[derive(Default)]
struct Found {
    title: Words<MAX_TITLE>,
    text: Words<MAX_TEXT>,
    base: Option<String>,
    references: Vec<String>,
    refused: u32,
    nofollow: u32,
    may_keep: bool,
    may_follow: bool,
}

impl Found {
    fn tag(&mut self, tag: &Tag) {
        let has = |name: &str, word: &str| {
            let mut words = tag.get(name).unwrap_or_default().split([' ', ',', '\t', '\n']);
            words.any(|found| found.eq_ignore_ascii_case(word))
        };
        match tag.name.as_str() {
            "a" | "area" if has("rel", "nofollow") => {
                self.nofollow += u32::from(tag.get("href").is_some());
            }
            "a" | "area" => self.refer(tag.get("href")),
            "link" if has("rel", "canonical") || has("rel", "next") || has("rel", "prev") => {
                self.refer(tag.get("href"));
            }
            "frame" | "iframe" => self.refer(tag.get("src")),
            "base" if self.base.is_none() => self.base = tag.get("href").map(String::from),
            "meta" if has("name", "robots") => {
                self.may_keep &= !has("content", "noindex") && !has("content", "none");
                self.may_follow &= !has("content", "nofollow") && !has("content", "none");
            }
            "meta" if has("http-equiv", "refresh") => {
                let content = tag.get("content").unwrap_or_default();
                self.refer(refresh(content));
            }
            _ => {}
        }
    }

    fn refer(&mut self, reference: Option<&str>) {
        let Some(reference) = reference else { return };
        // More are read than are kept, since many lead to the same page.
        if self.references.len() < 4 * MAX_LINKS {
            self.references.push(String::from(reference));
        } else {
            self.refused += 1;
        }
    }

    fn resolve(self, at: &Address) -> Page {
        // Without a word to the contrary, references are relative to the page itself.
        let base = self.base.and_then(|base| at.join(&base).ok()).unwrap_or_else(|| at.clone());
        let mut page = Page {
            title: self.title.0,
            text: self.text.0,
            may_keep: self.may_keep,
            refused: self.refused,
            nofollow: self.nofollow,
            links: Vec::new(),
        };
        if !self.may_follow {
            page.nofollow += u32::try_from(self.references.len()).unwrap_or(u32::MAX);
            return page;
        }
        let mut known = BTreeSet::new();
        let mut bytes = 0;
        for reference in &self.references {
            let Ok(link) = base.join(reference) else {
                page.refused += 1;
                continue;
            };
            if !known.insert(link.clone()) {
                continue;
            }
            bytes += link.as_str().len();
            if page.links.len() == MAX_LINKS || bytes > MAX_LINK_BYTES {
                page.refused += 1;
            } else {
                page.links.push(link);
            }
        }
        page
    }
}

/// The address in `5; url='next.html'`.
fn refresh(content: &str) -> Option<&str> {
    let (_, after) = content.split_once([';', ','])?;
    let after = after.trim_start();
    let is_url = after.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("url"));
    let address = if is_url { after[3..].trim_start().strip_prefix('=')? } else { after };
    let address = address.trim();
    let quote = address.chars().next().filter(|c| matches!(c, '\'' | '"'));
    match quote {
        Some(quote) => address[1..].split(quote).next(),
        None => Some(address),
    }
}
