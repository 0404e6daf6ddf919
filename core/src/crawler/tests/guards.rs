//! Filters, traps, and what was seen.

use crate::base::Span;
use crate::crawler::*;
use proptest::prelude::*;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

#[test]
fn r9_6_the_url_filter() {
    let filter = Filter {
        domains: vec!["a.example".into(), "b.example".into()],
        deny: vec!["http://a.example/private/".into()],
    };
    for (text, expected) in [
        ("http://a.example/", Ok(())),
        ("http://www.b.example/x.html", Ok(())),
        ("http://nota.example/", Err(Refusal::Domain)),
        ("http://a.example.evil/", Err(Refusal::Domain)),
        ("http://a.example/private/x", Err(Refusal::Denied)),
        ("http://a.example/x.PNG", Err(Refusal::Extension)),
        ("http://a.example/x.tar.gz?v=2", Err(Refusal::Extension)),
        ("http://a.example/x.zip/", Ok(())),
        ("http://a.example/x?file=y.zip", Ok(())),
    ] {
        assert_eq!(filter.check(&address(text)), expected, "{text}");
    }
    assert_eq!(Filter::default().check(&address("http://any.example/")), Ok(()));
}

#[test]
fn r9_6_content_types() {
    for (header, expected) in [
        (None, Some(Kind::Html)),
        (Some("Text/HTML; charset=utf-8"), Some(Kind::Html)),
        (Some("application/xhtml+xml"), Some(Kind::Html)),
        (Some("text/plain"), Some(Kind::Text)),
        (Some("image/png"), None),
        (Some("application/octet-stream"), None),
    ] {
        assert_eq!(Kind::of(header), expected, "{header:?}");
    }
}

#[test]
fn r9_10_traps_are_bounded() {
    let caps = Caps { per_host: 50, per_prefix: 20, ..Caps::default() };
    let mut traps = Traps::default();
    let mut admit = |text: &str, depth| traps.admit(&caps, &address(text), depth);
    assert_eq!(admit(&format!("http://a/{}", "x".repeat(1_100)), 0), Err(Trap::Length));
    assert_eq!(admit("http://a/", 33), Err(Trap::Depth));
    assert_eq!(admit(&format!("http://a{}", "/x/y/z/w".repeat(7)), 0), Err(Trap::Depth));
    assert_eq!(admit("http://a/b/c/b/c/b/c/b", 0), Err(Trap::Repeats));
    // A calendar, by folder and by query.
    let by_folder = (0..100).filter(|day| admit(&format!("http://a/cal/{day}"), 1).is_ok()).count();
    assert_eq!(by_folder, 20);
    assert_eq!(admit("http://a/cal/more", 1), Err(Trap::Prefix));
    let by_query =
        (0..100).filter(|day| admit(&format!("http://a/c?day={day}"), 1).is_ok()).count();
    assert_eq!(by_query, 20);
    // Other pages of the same site have their place, up to the host's bound.
    let rest = (0..100).filter(|i| admit(&format!("http://a/page{i}"), 1).is_ok()).count();
    assert_eq!(rest, 10);
    assert_eq!(admit("http://a/page", 1), Err(Trap::Host));
    assert_eq!(admit("http://b/page", 1), Ok(()));
    assert_eq!(traps.hosts()["a"], 50);
}

#[test]
fn r9_7_the_bloom_filter_spares_most_look_ups() {
    let mut seen = SeenAddresses::new(10_000, 3);
    let new = (0..10_000).filter(|i| seen.insert(&format!("http://a.example/{i}"))).count();
    assert_eq!((new, seen.len()), (10_000, 10_000));
    assert!(seen.looked_up() < 150, "{} of 10,000 new addresses were looked up", seen.looked_up());
}

#[test]
fn r9_2_revisits_settle_at_the_rate_of_change() {
    let hour = Span::from_secs(3_600);
    let revisit = Revisit { first: hour * 24, least: hour, most: hour * 24 * 30 };
    assert_eq!(revisit.first(0), hour * 24);
    assert_eq!(revisit.first(1), hour * 48);
    for every in [hour * 6, hour * 24 * 3] {
        // A page that changes at fixed times; the interval stays near that.
        let (mut at, mut interval, mut known) = (Span::ZERO, revisit.first(0), 0);
        let mut visits = 0_u64;
        while at < every * 200 {
            at = at + interval;
            visits += 1;
            let version = at.as_micros() / every.as_micros();
            interval = revisit.next(interval, version != known, 0);
            known = version;
        }
        assert!((200..800).contains(&visits), "{visits} visits for 200 changes");
    }
    let never = (0..40).fold(hour, |interval, _| revisit.next(interval, false, 0));
    let always = (0..40).fold(hour * 100, |interval, _| revisit.next(interval, true, 2));
    assert_eq!((never, always), (hour * 24 * 30, hour * 3));
}

proptest! {
    #[test]
    fn r9_7_no_address_that_was_seen_is_called_new(room in 0u64..50, texts in prop::collection::vec("[a-d]{0,3}", 0..200)) {
        let mut seen = SeenAddresses::new(room, 1);
        let mut model = std::collections::BTreeSet::new();
        for text in texts {
            prop_assert_eq!(seen.contains(&text), model.contains(&text));
            prop_assert_eq!(seen.insert(&text), model.insert(text.clone()));
        }
        prop_assert_eq!(seen.len(), model.len() as u64);
    }
}
