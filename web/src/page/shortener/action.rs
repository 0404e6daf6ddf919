//! What can be done with short addresses.

use crate::page::action::{Interface, Tab};
use crate::page::snapshot::Snapshot;
use ennead::base::Span;
use ennead::ring::NodeId;
use ennead::services::Ask;
use ennead::shortener::{Redirect, Scheme, Wish};
use ennead::sim::Transition;

/// Addresses that the page's world begins with, and the codes that their makers wished for.
const FIRST_LINKS: [(&str, &str); 4] = [
    ("https://en.wikipedia.org/wiki/Consistent_hashing", "ring"),
    ("https://en.wikipedia.org/wiki/Bloom_filter", "bloom"),
    ("https://www.rfc-editor.org/rfc/rfc9562.html", "uuid"),
    ("https://www.rfc-editor.org/rfc/rfc9110.html", "http"),
];

/// The redirects in the order in which they are offered.
pub(crate) const REDIRECTS: [Redirect; 2] = [Redirect::Temporary, Redirect::Permanent];

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// The long address.
    pub(crate) url: String,
    /// The code that is wished for; empty for any.
    pub(crate) code: String,
    /// Where codes come from.
    pub(crate) scheme: Scheme,
    /// How browsers are led on.
    pub(crate) redirect: Redirect,
    /// The code that is looked at; none for the newest.
    pub(crate) chosen: Option<String>,
}

impl Default for Fields {
    /// Filled in already, so that one click does something.
    fn default() -> Self {
        Self {
            url: "https://en.wikipedia.org/wiki/Systems_design".into(),
            code: String::new(),
            scheme: Scheme::default(),
            redirect: Redirect::default(),
            chosen: None,
        }
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Type an address.
    Url(String),
    /// Type a code.
    Code(String),
    /// Choose where codes come from, by its place in [`Scheme::ALL`].
    Scheme(usize),
    /// Choose how browsers are led on, by its place in [`REDIRECTS`].
    Redirect(usize),
    /// Shorten the address.
    Shorten,
    /// Follow the code that is looked at.
    Follow,
    /// Look at a code.
    Choose(String),
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let fields = &mut interface.shortener;
    let ask = match verb {
        Verb::Url(url) => {
            fields.url = url;
            None
        }
        Verb::Code(code) => {
            fields.code = code;
            None
        }
        Verb::Scheme(place) => {
            fields.scheme = Scheme::ALL.get(place).copied().unwrap_or(fields.scheme);
            None
        }
        Verb::Redirect(place) => {
            fields.redirect = REDIRECTS.get(place).copied().unwrap_or(fields.redirect);
            None
        }
        Verb::Choose(code) => {
            fields.chosen = Some(code);
            interface.tab = Tab::Inspect;
            None
        }
        Verb::Shorten => {
            fields.chosen = None; // what comes of it is looked at
            let code = fields.code.trim();
            Some(Ask::Shorten(Wish {
                code: (!code.is_empty()).then(|| code.to_owned()),
                ..Wish::new(fields.url.trim()).by(fields.scheme).redirecting(fields.redirect)
            }))
        }
        Verb::Follow => super::view::at_hand(interface, snapshot).map(|code| Ask::Follow { code }),
    };
    let Some(ask) = ask else { return Vec::new() };
    let at = interface.node_to_ask(snapshot);
    at.map(|at| Transition::Ask { at, ask }).into_iter().collect()
}

/// What the page's world begins with: a few short addresses, and people who follow them.
pub(crate) fn begin(snapshot: &Snapshot) -> Vec<Transition> {
    begin_at(&snapshot.nodes_up().collect::<Vec<_>>())
}

/// The same for these nodes.
pub(crate) fn begin_at(nodes: &[NodeId]) -> Vec<Transition> {
    let wishes = FIRST_LINKS.iter().zip(nodes.iter().cycle()).map(|(&(url, code), &at)| {
        let wish = Wish { code: Some(code.into()), ..Wish::new(url) };
        Transition::Ask { at, ask: Ask::Shorten(wish) }
    });
    let asks = FIRST_LINKS.map(|(_, code)| Ask::Follow { code: code.into() }).into();
    wishes.chain([Transition::Steady { every: Span::from_secs(1), asks }]).collect()
}
