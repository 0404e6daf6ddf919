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

#[test]
fn r9_6_filters_are_brought_into_the_form_of_addresses() {
    let parse = |domain: &str, deny: &str| Filter::parse(&[domain.into()], &[deny.into()]);
    let filter = parse("Example.COM", "HTTP://Example.com:80/private").unwrap();
    assert_eq!(filter.check(&address("http://example.com/")), Ok(()));
    let denied = filter.check(&address("http://example.com/private/x"));
    assert_eq!(denied, Err(Refusal::Denied));
    for wrong in ["", "http://a.example", "a.example/x", "a.example:80", "a b"] {
        let got = wrong.into();
        assert_eq!(parse(wrong, "http://a/"), Err(PlanError::Domain { got }), "{wrong:?}");
    }
    let got = "example.com/private".into();
    assert_eq!(parse("a.example", "example.com/private"), Err(PlanError::Denied { got }));
}

#[test]
fn r9_10_a_crawl_of_more_sites_than_it_remembers_ends() {
    // Thousands of sites that all answer, beside one whose robots.txt fails and is asked for again.
    let hubs = (0..12).map(|hub| format!("<a href=/{hub}>x</a>")).collect::<String>();
    let first = format!("<a href=http://slow.example/>x</a>{hubs}");
    let sites = |hub: &str| -> String {
        (0..400).map(|site| format!("<a href=http://s{site}.{hub}.example/>x</a>")).collect()
    };
    let mut plan = Plan::new(vec![address("http://first.example/")], 200_000);
    plan.filter = Filter::default();
    let mut crawl = Crawl::new(plan, crate::base::Instant::ZERO);
    let mut now = crate::base::Now::default();
    let (mut slow, mut failed, mut asked) = (None, false, 0);
    loop {
        now.instant = now.instant + Span::from_millis(1);
        let answer = |status, body: &str| Fetched {
            status,
            content_type: Some("text/html".into()),
            location: None,
            body: String::from(body).into(),
        };
        match crawl.next(now) {
            // It fails at once, and is slow when it is asked again.
            Task::Robots(rules) if rules.host() == "slow.example" && failed => slow = Some(rules),
            Task::Robots(rules) if rules.host() == "slow.example" => {
                failed = true;
                crawl.robots_came(&rules, Ok(&answer(503, "")), Span::ZERO, now);
            }
            Task::Robots(rules) => {
                crawl.robots_came(&rules, Ok(&answer(404, "")), Span::ZERO, now);
            }
            Task::Page(entry) => {
                asked += 1;
                let body = match (entry.address.host(), entry.address.path()) {
                    ("first.example", "/") => first.clone(),
                    ("first.example", hub) => sites(&hub[1..]),
                    _ => String::new(),
                };
                let arrived = crawl.page_came(entry, Ok(&answer(200, &body)), Span::ZERO, now);
                crawl.written(&arrived.unwrap().step, now);
            }
            Task::At(at) => now.instant = at,
            // All others are done: the slow one answers at last, and not well.
            Task::Wait => match slow.take() {
                Some(rules) => crawl.robots_came(&rules, Ok(&answer(503, "")), Span::ZERO, now),
                None => panic!("the crawl waits for nothing"),
            },
            Task::Finished => break,
        }
    }
    assert_eq!(asked, 1 + 12 + 12 * 400);
}

#[test]
fn r9_10_rules_are_kept_for_one_crawler_only() {
    let mut file = String::from("user-agent: ennead\ndisallow: /a\ncrawl-delay: 3\n");
    (0..1_000).for_each(|i| file.push_str(&format!("user-agent: bot{i}\ndisallow: /{i}\n")));
    let all = Robots::parse(file.as_bytes());
    let kept = all.clone().for_agent("ennead");
    assert!(kept.bytes() * 100 < all.bytes(), "{} of {}", kept.bytes(), all.bytes());
    for (target, allowed) in [("/a", false), ("/1", true)] {
        assert_eq!(kept.is_allowed("ennead", target), allowed);
        assert_eq!(all.is_allowed("ennead", target), allowed);
    }
    assert_eq!(kept.crawl_delay("ennead"), all.crawl_delay("ennead"));
}
