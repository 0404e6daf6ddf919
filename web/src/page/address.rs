//! The part of the address behind `#`: which page, and the world that a link carries.
//!
//! `#store` is a page, `#world=…` a link's world, and both may stand together with `&` between. The page
//! *Ring* has no world: `#ring&servers=…&key=…` is its ring. `&crawls=…` is what the page *Crawler* shows,
//! `&detect=…` what *Detection* does.

use super::Page;
use super::crawler::action::Fields as Crawls;
use super::detection::action::Fields as Servers;
use super::ring::link::Shared;
use ennead::sim::{Link, LinkError};
use gloo::utils::window;

const WORLD: &str = "world=";
const SERVERS: &str = "servers=";
const KEY: &str = "key=";
const CRAWLS: &str = "crawls=";
const DETECT: &str = "detect=";
/// The longest key that is taken, in characters.
const MOST_KEY: usize = 1_024;

/// What an address asks for.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Address {
    /// The page, if it names one.
    pub(crate) page: Option<Page>,
    /// The world, if it carries one.
    pub(crate) link: Option<Result<Link, LinkError>>,
    /// The ring, if it carries one.
    pub(crate) ring: Option<Result<Shared, Damaged>>,
    /// What the page *Crawler* shows, if it says so.
    pub(crate) crawls: Option<Result<Crawls, Damaged>>,
    /// The servers of the page *Detection*, if it carries them.
    pub(crate) detection: Option<Result<Servers, Damaged>>,
}

/// Text in an address that is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    /// What it should be.
    what: &'static str,
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {} in the link is damaged or cut short: copy all of it again", self.what)
    }
}

impl Address {
    /// Reads what stands behind `#`.
    pub(crate) fn parse(hash: &str) -> Self {
        let mut address = Self::default();
        let (mut servers, mut key) = (None, String::new());
        for part in hash.trim_start_matches(['#', '/']).split('&') {
            if let Some(text) = part.strip_prefix(WORLD) {
                address.link = Some(Link::parse(text));
            } else if let Some(text) = part.strip_prefix(SERVERS) {
                servers = Some(text);
            } else if let Some(text) = part.strip_prefix(KEY) {
                key = decoded(text);
            } else if let Some(text) = part.strip_prefix(CRAWLS) {
                let crawls = Crawls::parse(&decoded(text));
                address.crawls = Some(crawls.ok_or(Damaged { what: "crawl" }));
            } else if let Some(text) = part.strip_prefix(DETECT) {
                let servers = Servers::parse(&decoded(text));
                address.detection = Some(servers.ok_or(Damaged { what: "set of servers" }));
            } else {
                address.page = address.page.or(Page::of_slug(part));
            }
        }
        address.ring = servers.map(|text| Shared::parse(text, key).ok_or(Damaged { what: "ring" }));
        address
    }

    /// The address as it is now.
    pub(crate) fn now() -> Self {
        Self::parse(&window().location().hash().unwrap_or_default())
    }
}

/// Leads to a page, as its link in the rail does: the change of the address turns to it.
pub(crate) fn go(page: Page) {
    let _ = window().location().set_hash(page.parts().slug);
}

/// The address of a page alone.
pub(crate) fn of_page(page: Page) -> String {
    let all = window().location().href().unwrap_or_default();
    let base = all.split('#').next().unwrap_or_default();
    format!("{base}#{}", page.parts().slug)
}

/// The whole address of a ring.
pub(crate) fn of_ring(ring: &Shared) -> String {
    format!("{}&{SERVERS}{}&{KEY}{}", of_page(Page::Ring), ring.to_text(), encoded(&ring.key))
}

/// The whole address of a link to what the page *Crawler* shows.
pub(crate) fn of_crawls(crawls: &Crawls, link: &Link) -> String {
    format!(
        "{}&{CRAWLS}{}&{WORLD}{}",
        of_page(Page::Crawler),
        encoded(&crawls.to_text()),
        link.to_fragment()
    )
}

/// The whole address of a link to what the page *Detection* shows.
pub(crate) fn of_detection(servers: &Servers, link: &Link) -> String {
    format!(
        "{}&{DETECT}{}&{WORLD}{}",
        of_page(Page::Detection),
        encoded(&servers.to_text()),
        link.to_fragment()
    )
}

fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// What was written with percent signs, as far as the field takes it; text as it is if it was not.
fn decoded(text: &str) -> String {
    let key = js_sys::decode_uri_component(text).map_or_else(|_| text.to_owned(), String::from);
    key.chars().take(MOST_KEY).collect()
}

/// The whole address of a link.
pub(crate) fn of_link(page: Page, link: &Link) -> String {
    format!("{}&{WORLD}{}", of_page(page), link.to_fragment())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ennead::base::Span;
    use ennead::sim::{Options, World};

    #[test]
    fn pages_and_worlds_are_read_in_any_order() {
        assert_eq!(Address::parse("#store").page, Some(Page::Store));
        assert_eq!(Address::parse("#/store").page, Some(Page::Store));
        assert_eq!(Address::parse("#nothing"), Address::default());
        assert_eq!(Address::parse(""), Address::default());
        let mut world = World::new(7, Options::gentle(3));
        world.run_until(ennead::base::Instant::ZERO + Span::from_millis(50), u64::MAX);
        let link = Link::of(&world);
        for hash in [
            format!("#store&world={}", link.to_fragment()),
            format!("#world={}", link.to_fragment()),
        ] {
            assert_eq!(Address::parse(&hash).link, Some(Ok(link.clone())));
        }
    }

    #[test]
    fn damaged_worlds_are_refused_with_a_reason() {
        for hash in ["#world=", "#world=%%%", "#store&world=AAAA"] {
            assert!(matches!(Address::parse(hash).link, Some(Err(_))), "{hash}");
        }
        assert_eq!(
            Address::parse("#ring&servers=16,4:0x9").ring,
            Some(Err(Damaged { what: "ring" }))
        );
        let ring = Address::parse("#ring&servers=16,4:0x1.3x4").ring;
        assert!(matches!(ring, Some(Ok(Shared { before: None, .. }))), "{ring:?}");
    }
}
