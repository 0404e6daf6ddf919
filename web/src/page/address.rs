//! The part of the address behind `#`: which page, and the world that a link carries.
//!
//! `#store` is a page, `#world=…` a link's world, and both may stand together with `&` between.

use super::Page;
use ennead::sim::{Link, LinkError};
use gloo::utils::window;

const WORLD: &str = "world=";

/// What an address asks for.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Address {
    /// The page, if it names one.
    pub(crate) page: Option<Page>,
    /// The world, if it carries one.
    pub(crate) link: Option<Result<Link, LinkError>>,
}

impl Address {
    /// Reads what stands behind `#`.
    pub(crate) fn parse(hash: &str) -> Self {
        let mut address = Self::default();
        for part in hash.trim_start_matches(['#', '/']).split('&') {
            match part.strip_prefix(WORLD) {
                Some(text) => address.link = Some(Link::parse(text)),
                None => address.page = address.page.or(Page::of_slug(part)),
            }
        }
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

/// The whole address of a link.
pub(crate) fn of_link(page: Page, link: &Link) -> String {
    let all = window().location().href().unwrap_or_default();
    let base = all.split('#').next().unwrap_or_default();
    format!("{base}#{}&{WORLD}{}", page.parts().slug, link.to_fragment())
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
    }
}
