//! Templates: words with places that each notice fills in.

use super::Error;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// The longest title of a template, in characters.
pub const MAX_TITLE: usize = 200;
/// The longest body of a template, in characters.
pub const MAX_BODY: usize = 4_000;
/// The longest words, in bytes of title and body together: a row has room for them and for all contacts.
pub const MAX_WORDS: usize = 256 << 10;
/// The most places of a template.
pub const MAX_PLACES: usize = 32;
/// The longest name of a template or a place, in characters.
pub const MAX_NAME: usize = 32;

/// The words of a kind of notice. `{name}` is a place that a notice fills in; `{{` and `}}` are braces.
///
/// ```
/// use ennead::notification::Template;
/// use std::collections::BTreeMap;
///
/// let template = Template::new("{from} wrote", "{{{text}}}").unwrap();
/// let fields = BTreeMap::from([("from".into(), "Ana".into()), ("text".into(), "{from}?".into())]);
/// // What fills a place is words, and not a template again.
/// assert_eq!(template.render(&fields).body, "{{from}?}");
/// assert!(template.check(&BTreeMap::new()).is_err());
/// assert!(Template::new("{from wrote", "").is_err());
/// ```
///
/// Escaping is not its business: what a brace or a `<` means is known where the words go, so each provider
/// escapes for its own channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Template {
    title: String,
    body: String,
}

/// Words as they are delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Message {
    /// The first line: a mail's subject, the bold words of a push.
    pub title: String,
    /// The rest.
    pub body: String,
}

impl Message {
    /// The same, if a row has room for it.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub(super) fn checked(self) -> Result<Self, Error> {
        match self.title.len() + self.body.len() {
            0..=MAX_WORDS => Ok(self),
            got => Err(Error::TooLong { got: got as u64 }),
        }
    }

    /// As much of it as a row has room for, whatever the script.
    pub(super) fn cut(&self) -> Self {
        let title = cut(&self.title, MAX_TITLE);
        Self { title, body: cut(&self.body, MAX_WORDS / 4 - MAX_TITLE) }
    }
}

/// A piece of a template.
enum Piece<'a> {
    Words(&'a str),
    Place(&'a str),
}

impl Template {
    /// A template of a title and a body.
    ///
    /// # Errors
    /// [`Error::Template`].
    pub fn new(title: &str, body: &str) -> Result<Self, Error> {
        let wrong = |reason| Error::Template { reason };
        if title.chars().count() > MAX_TITLE || title.chars().any(char::is_control) {
            return Err(wrong("has a title that is too long, or of more than one line"));
        }
        if body.chars().count() > MAX_BODY {
            return Err(wrong("has a body that is too long"));
        }
        let template = Self { title: String::from(title), body: String::from(body) };
        for text in [title, body] {
            let mut rest = text;
            while let Some((_, after)) = next(rest).map_err(wrong)? {
                rest = after;
            }
        }
        if template.places().len() > MAX_PLACES {
            return Err(wrong("has too many places"));
        }
        Ok(template)
    }

    /// Its title, with places.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its body, with places.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The places that a notice has to fill in.
    #[must_use]
    pub fn places(&self) -> BTreeSet<&str> {
        let mut places = BTreeSet::new();
        for mut rest in [self.title.as_str(), self.body.as_str()] {
            while let Ok(Some((piece, after))) = next(rest) {
                if let Piece::Place(name) = piece {
                    places.insert(name);
                }
                rest = after;
            }
        }
        places
    }

    /// Whether fields fill in every place. More fields than places do no harm.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn check(&self, fields: &BTreeMap<String, String>) -> Result<(), Error> {
        match self.places().into_iter().find(|&place| !fields.contains_key(place)) {
            Some(place) => Err(Error::Missing { place: String::from(place) }),
            None => Ok(()),
        }
    }

    /// The words. A place that no field fills in stays as it is; a title stays one line.
    #[must_use]
    pub fn render(&self, fields: &BTreeMap<String, String>) -> Message {
        let title = fill(&self.title, fields);
        let one_line = |c: char| if c.is_control() { ' ' } else { c };
        Message { title: title.chars().map(one_line).collect(), body: fill(&self.body, fields) }
    }
}

fn fill(text: &str, fields: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Ok(Some((piece, after))) = next(rest) {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Place(name) => match fields.get(name) {
                Some(field) => filled.push_str(field),
                None => filled.extend(["{", name, "}"]),
            },
        }
        rest = after;
    }
    filled
}

/// The first piece of a text and what comes after it; none at the end.
fn next(text: &str) -> Result<Option<(Piece<'_>, &str)>, &'static str> {
    for brace in ["{{", "}}"] {
        if let Some(rest) = text.strip_prefix(brace) {
            return Ok(Some((Piece::Words(&brace[..1]), rest)));
        }
    }
    if let Some(rest) = text.strip_prefix('{') {
        let (name, rest) = rest.split_once('}').ok_or("opens a brace and does not close it")?;
        return match is_name(name) {
            true => Ok(Some((Piece::Place(name), rest))),
            false => Err("has a place without a fit name: a-z, 0-9, _ and -, at most 32 of them"),
        };
    }
    if text.starts_with('}') {
        return Err("closes a brace that is not open: write }} for the character");
    }
    let end = text.find(['{', '}']).unwrap_or(text.len());
    Ok((end > 0).then(|| (Piece::Words(&text[..end]), &text[end..])))
}

/// Whether something may be the name of a template or of a place.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(fits)
}

/// A text, cut to so many characters; that it was cut is seen by its end.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => String::from(text),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A template that comes with the service.
pub(super) fn built_in(name: &str) -> Option<Template> {
    let of = |title: &str, body: &str| Template { title: title.into(), body: body.into() };
    Some(match name {
        "message" => of("{from}", "{text}"),
        "posted" => of("{from} has posted", "{text}"),
        "friend" => of("{from}", "{from} would like to be your friend."),
        _ => return None,
    })
}

/// The names of the templates that come with the service.
pub const BUILT_IN: [&str; 3] = ["friend", "message", "posted"];
