//! The words of the page: one file a language, the same entries in each.

mod en;
mod ko;

use super::action::{Lines, LinkFault, Notice};
use super::snapshot::Facts;
use ennead::base::Span;
use ennead::kv::Health;
use ennead::ring::{Layout, NodeId};
use ennead::sim::{Entry, Flight, Mark, Status};

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

/// A term that is explained where it first stands on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    /// N.
    Copies,
    /// W.
    Write,
    /// R.
    Read,
    /// Strict or sloppy.
    Quorum,
    /// The ring.
    Ring,
    /// A hint.
    Hint,
    /// A version's name.
    Version,
    /// Versions that do not know of each other.
    Sibling,
    /// The nodes of a key.
    Owners,
    /// What a node sees by gossip.
    Gossip,
    /// Which start of a node.
    Incarnation,
    /// The digest of the trace.
    Digest,
}

/// What a button does, in one word or two, and what it is called for readers who do not see it.
type Word = &'static str;

/// All words of one language.
pub(crate) struct Texts {
    /// The language in itself, for the switch in the other language's page.
    pub(crate) this_language: Word,
    pub(crate) pages: Word,
    pub(crate) foundations: Word,
    pub(crate) store: Word,
    pub(crate) light: Word,
    pub(crate) dark: Word,
    pub(crate) keyboard: Word,
    pub(crate) commands: Word,
    pub(crate) search_commands: Word,
    pub(crate) no_command: Word,
    pub(crate) close: Word,
    pub(crate) dismiss: Word,
    pub(crate) world: Word,
    pub(crate) new_world: Word,
    pub(crate) nodes: Word,
    pub(crate) copy_link: Word,
    pub(crate) key: Word,
    pub(crate) value: Word,
    pub(crate) first_key: Word,
    pub(crate) first_value: Word,
    pub(crate) second_value: Word,
    pub(crate) at_node: Word,
    pub(crate) any_node: Word,
    pub(crate) put: Word,
    pub(crate) get: Word,
    pub(crate) delete: Word,
    pub(crate) put_twice: Word,
    pub(crate) put_twice_hint: Word,
    pub(crate) copies: Word,
    pub(crate) write: Word,
    pub(crate) read: Word,
    pub(crate) quorum: Word,
    pub(crate) strict: Word,
    pub(crate) sloppy: Word,
    pub(crate) stage: Word,
    pub(crate) marks: Word,
    pub(crate) cut_link: Word,
    pub(crate) node: Word,
    pub(crate) link: Word,
    pub(crate) message: Word,
    pub(crate) event: Word,
    pub(crate) ring_held: Word,
    pub(crate) keys_held: Word,
    pub(crate) hints_kept: Word,
    pub(crate) requests_under_way: Word,
    pub(crate) requests_served: Word,
    pub(crate) sees: Word,
    pub(crate) sees_all_up: Word,
    pub(crate) nothing_while_down: Word,
    pub(crate) start: Word,
    pub(crate) zone: Word,
    pub(crate) counters: Word,
    pub(crate) reads: Word,
    pub(crate) writes: Word,
    pub(crate) refused: Word,
    pub(crate) forwarded: Word,
    pub(crate) hints_handed_over: Word,
    pub(crate) read_repairs: Word,
    pub(crate) keys_repaired: Word,
    pub(crate) links: Word,
    pub(crate) kill: Word,
    pub(crate) restart: Word,
    pub(crate) wipe: Word,
    pub(crate) pause_node: Word,
    pub(crate) resume: Word,
    pub(crate) cut_off: Word,
    pub(crate) heal: Word,
    pub(crate) heal_all: Word,
    pub(crate) cut: Word,
    pub(crate) slow: Word,
    pub(crate) lose: Word,
    pub(crate) split: Word,
    pub(crate) one_side: Word,
    pub(crate) network: Word,
    pub(crate) whole: Word,
    pub(crate) is_cut: Word,
    pub(crate) is_impaired: Word,
    pub(crate) works: Word,
    pub(crate) from: Word,
    pub(crate) to: Word,
    pub(crate) about: Word,
    pub(crate) sent: Word,
    pub(crate) arrives: Word,
    pub(crate) arrived: Word,
    pub(crate) in_the_air: Word,
    pub(crate) nothing_in_the_air: Word,
    pub(crate) not_stored: Word,
    pub(crate) deleted: Word,
    pub(crate) version: Word,
    pub(crate) belongs_to: Word,
    pub(crate) held_by: Word,
    pub(crate) nobody: Word,
    pub(crate) copies_differ: Word,
    pub(crate) copies_agree: Word,
    pub(crate) siblings: Word,
    pub(crate) keep: Word,
    pub(crate) take_key: Word,
    pub(crate) each_copy: Word,
    pub(crate) try_this: Word,
    pub(crate) try_store: Word,
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
    pub(crate) digest: Word,
    pub(crate) events: Word,
    pub(crate) violations: Word,
    pub(crate) keys_help: &'static [(&'static str, Word)],
    pub(crate) replaying: fn(percent: u32) -> String,
    pub(crate) speed_reached: fn(f64) -> String,
    pub(crate) sentence: fn(&Facts) -> String,
    pub(crate) entry: fn(&Names<'_>, &Entry) -> String,
    pub(crate) flight: fn(&Names<'_>, &Flight) -> String,
    pub(crate) mark: fn(Mark) -> Word,
    pub(crate) status: fn(Status) -> Word,
    pub(crate) health: fn(Health) -> Word,
    pub(crate) lasting: fn(Word, Span) -> String,
    pub(crate) hint_badge: fn(&str, &[(String, u64)]) -> String,
    pub(crate) stands_in: fn(&str, &str) -> String,
    pub(crate) lines: fn(Lines) -> Word,
    pub(crate) notice: fn(&Notice) -> String,
    pub(crate) term: fn(Term) -> Word,
    pub(crate) link_verb: fn(LinkFault, &str, &str) -> String,
    pub(crate) node_verb: fn(Word, &str) -> String,
    pub(crate) go_to_speed: fn(&str) -> String,
    pub(crate) world_of: fn(u16) -> String,
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
            language.texts().keys_help.iter().map(|&(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(keys(Language::English), keys(Language::Korean));
    }
}
