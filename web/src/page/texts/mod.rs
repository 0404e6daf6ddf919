//! The words of the page: a folder a language, in it a file a page, the same entries in each.

mod accounts;
mod autocomplete;
mod chat;
mod crawler;
mod detection;
mod en;
mod feed;
mod ids;
mod ko;
mod live;
mod notifications;
mod overview;
mod ring;
mod shortener;
mod store;
mod world;

pub(crate) use accounts::Accounts;
pub(crate) use autocomplete::Autocomplete;
pub(crate) use chat::Chat;
pub(crate) use crawler::Crawler;
pub(crate) use detection::Detection;
pub(crate) use feed::Feed;
pub(crate) use ids::Ids;
pub(crate) use live::Live;
pub(crate) use notifications::Notifications;
pub(crate) use overview::Overview;
pub(crate) use ring::Ring;
pub(crate) use shortener::Shortener;
pub(crate) use store::Store;
pub(crate) use world::World;

use super::action::{Lines, Notice};
use ennead::base::Span;
use ennead::ring::{Layout, NodeId};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// Its code in documents.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// Its texts.
    pub(crate) const fn texts(self) -> &'static Texts {
        match self {
            Self::English => &en::TEXTS,
            Self::Korean => &ko::TEXTS,
        }
    }

    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::English => Self::Korean,
            Self::Korean => Self::English,
        }
    }
}

/// A term, explained where it first stands on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The term as it stands in the text.
    pub(crate) word: Word,
    /// What it means, in a sentence or two.
    pub(crate) means: Word,
}

/// What a button does, in one word or two, and what it is called for readers who do not see it.
type Word = &'static str;

/// All words of one language.
pub(crate) struct Texts {
    /// The language in itself, for the switch in the other language's page.
    pub(crate) this_language: Word,
    pub(crate) pages: Word,
    pub(crate) foundations: Word,
    pub(crate) services: Word,
    /// The tabs of a narrow page.
    pub(crate) panels: Word,
    pub(crate) light: Word,
    pub(crate) dark: Word,
    pub(crate) keyboard: Word,
    pub(crate) commands: Word,
    pub(crate) search_commands: Word,
    pub(crate) no_command: Word,
    pub(crate) close: Word,
    pub(crate) dismiss: Word,
    pub(crate) copy_link: Word,
    pub(crate) try_this: Word,
    pub(crate) time: Word,
    pub(crate) play: Word,
    pub(crate) pause: Word,
    pub(crate) step: Word,
    pub(crate) speed: Word,
    pub(crate) moment: Word,
    pub(crate) log: Word,
    pub(crate) open_log: Word,
    pub(crate) close_log: Word,
    pub(crate) filter: Word,
    pub(crate) kinds: Word,
    pub(crate) only_selected: Word,
    pub(crate) no_lines: Word,
    pub(crate) held: Word,
    pub(crate) do_tab: Word,
    pub(crate) inspect_tab: Word,
    pub(crate) keys_help: &'static [(&'static str, Word)],
    pub(crate) replaying: fn(percent: u32) -> String,
    pub(crate) speed_reached: fn(f64) -> String,
    pub(crate) lines: fn(Lines) -> Word,
    pub(crate) notice: fn(&Notice) -> String,
    pub(crate) go_to_page: fn(&str) -> String,
    pub(crate) go_to_speed: fn(&str) -> String,
    pub(crate) world: &'static World,
    pub(crate) overview: &'static Overview,
    pub(crate) ring: &'static Ring,
    pub(crate) store: &'static Store,
    pub(crate) autocomplete: &'static Autocomplete,
    pub(crate) ids: &'static Ids,
    pub(crate) shortener: &'static Shortener,
    pub(crate) accounts: &'static Accounts,
    pub(crate) notifications: &'static Notifications,
    pub(crate) crawler: &'static Crawler,
    pub(crate) detection: &'static Detection,
    pub(crate) chat: &'static Chat,
    pub(crate) feed: &'static Feed,
    pub(crate) live: &'static Live,
}

/// The nodes' names.
pub(crate) struct Names<'a>(pub(crate) &'a Layout);

impl Names<'_> {
    /// A node's name.
    pub(crate) fn of(&self, id: NodeId) -> &str {
        self.0.member(id).map_or("?", |member| &member.name)
    }

    /// Names with commas.
    pub(crate) fn list(&self, ids: &[NodeId]) -> String {
        ids.iter().map(|&id| self.of(id)).collect::<Vec<_>>().join(", ")
    }
}

/// What opens and closes what stands out in a line of the log. No text from outside holds them:
/// control characters are taken out of keys and values.
pub(crate) const STRONG: (char, char) = ('\u{2}', '\u{3}');

/// Text that stands out.
fn strong(text: &str) -> String {
    format!("{}{text}{}", STRONG.0, STRONG.1)
}

/// A key or value as text of one short line.
pub(crate) fn short(bytes: &[u8]) -> String {
    const MOST: usize = 40;
    let text = String::from_utf8_lossy(bytes);
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// A key's name that stands out.
fn key_name(key: &ennead::kv::Key) -> String {
    strong(&short(key.partition()))
}

/// Milliseconds below a second, seconds above.
fn span(span: Span) -> String {
    span.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_odd_texts_are_shortened() {
        assert_eq!(short(b"city"), "city");
        assert_eq!(short("서울\u{2}\n".as_bytes()), "서울");
        assert_eq!(short(&[b'a'; 50]).chars().count(), 41);
        assert_eq!(short(&[0xff]), "\u{fffd}");
    }

    #[test]
    fn both_languages_help_with_the_same_keys() {
        let keys = |language: Language| {
            let texts = language.texts();
            let all = texts
                .keys_help
                .iter()
                .chain(texts.world.keys_help)
                .chain(texts.ring.keys_help)
                .chain(texts.crawler.keys_help)
                .chain(texts.detection.keys_help);
            all.map(|&(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(keys(Language::English), keys(Language::Korean));
    }
}
