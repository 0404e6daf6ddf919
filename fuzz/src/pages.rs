//! What foreign sites send: addresses, pages, `robots.txt`.
//!
//! An input is an address, a line end, and a body that is read both as a page of that address and as a
//! `robots.txt`.

use ennead::crawler::{
    Address, MAX_ADDRESS, MAX_CRAWL_DELAY, MAX_LINK_BYTES, MAX_LINKS, MAX_TEXT, MAX_TITLE, Robots,
    extract,
};
use std::collections::BTreeSet;

/// Who asks.
const AGENTS: [&str; 3] = ["ennead", "other", ""];

pub(super) fn run(data: &[u8]) {
    let line = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let (first, rest) = data.split_at(line);
    let first = String::from_utf8_lossy(first);
    let body = rest.get(1..).unwrap_or_default();
    let home = Address::parse("http://a.example/b/c").expect("an address");
    let read: Vec<Address> =
        [Address::parse(&first), home.join(&first)].into_iter().flatten().collect();
    read.iter().for_each(check);
    let at = read.last().unwrap_or(&home);
    let page = extract(body, at);
    assert!(page.title.len() <= MAX_TITLE && page.text.len() <= MAX_TEXT);
    assert!(page.links.len() <= MAX_LINKS);
    assert!(page.links.iter().map(|link| link.as_str().len()).sum::<usize>() <= MAX_LINK_BYTES);
    let different: BTreeSet<&Address> = page.links.iter().collect();
    assert_eq!(different.len(), page.links.len(), "a link stands twice");
    page.links.iter().for_each(check);
    rules(body, at, page.links.iter().take(4));
}

/// An address is in normal form: what is made of it is itself.
fn check(address: &Address) {
    let text = address.as_str();
    assert!(text.len() <= MAX_ADDRESS && text.is_ascii() && !text.contains(['#', ' ']), "{text}");
    assert_eq!(Address::parse(text).as_ref(), Ok(address));
    assert_eq!(address.join(text).as_ref(), Ok(address));
    assert_eq!(address.join("").as_ref(), Ok(address));
    assert!(!address.host().is_empty() && address.target().starts_with('/'), "{text}");
    assert_eq!(address.at(address.target()).as_ref(), Ok(address));
}

/// The rules of one agent decide as those of all do, and nobody is kept from the rules themselves.
fn rules<'a>(body: &[u8], at: &'a Address, links: impl Iterator<Item = &'a Address> + Clone) {
    let robots = Robots::parse(body);
    for agent in AGENTS {
        let own = robots.clone().for_agent(agent);
        for address in links.clone().chain([at]) {
            let (is_allowed, target) =
                (robots.is_allowed(agent, address.target()), address.target());
            assert_eq!(own.is_allowed(agent, target), is_allowed, "{agent} at {target}");
        }
        assert!(robots.is_allowed(agent, "/robots.txt"));
        assert_eq!(own.crawl_delay(agent), robots.crawl_delay(agent));
        assert!(robots.crawl_delay(agent).is_none_or(|delay| delay <= MAX_CRAWL_DELAY));
        assert!(own.bytes() <= robots.bytes());
    }
}
