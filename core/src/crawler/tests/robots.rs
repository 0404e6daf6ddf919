//! RFC 9309 rule by rule, and the cases that crawlers commonly get wrong.

use crate::base::Span;
use crate::crawler::*;

/// A file, an agent, a target, and whether it is allowed.
type Case<'a> = (&'a str, &'a str, &'a str, bool);

fn check(cases: &[Case<'_>]) {
    for &(file, agent, target, expected) in cases {
        let got = Robots::parse(file.as_bytes()).is_allowed(agent, target);
        assert_eq!(got, expected, "{agent} at {target} by {file:?}");
    }
}

#[test]
fn r9_3_robots_groups_are_chosen_by_name_and_merged() {
    // The example of RFC 9309, section 5.1, in its structure.
    let simple = "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n\
                  User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n\
                  User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\n\
                  User-Agent: quxbot\n";
    let twice = "User-agent: a\nDisallow: /x\n\nUser-agent: b\nDisallow: /y\n\nUser-agent: a\nDisallow: /z\n";
    check(&[
        (simple, "anybot", "/example/", false),
        (simple, "anybot", "/publications/", true),
        (simple, "anybot", "/picture.gif", false),
        (simple, "anybot", "/picture.gif?size=1", true),
        (simple, "foobot", "/other", false),
        (simple, "foobot", "/example/page.html", true),
        (simple, "FooBot/2.1", "/example/allowed.gif", true),
        (simple, "barbot", "/example/page.html", false),
        (simple, "bazbot", "/example/page.html", false),
        (simple, "bazbot", "/picture.gif", true),
        (simple, "quxbot", "/example/", true),
        (twice, "a", "/x", false),
        (twice, "a", "/z", false),
        (twice, "a", "/y", true),
        // A longer or a shorter name is another name.
        ("user-agent: foo\ndisallow: /", "foobar", "/", true),
        ("user-agent: foobar\ndisallow: /", "foo", "/", true),
        ("user-agent: foo-bar\ndisallow: /", "foo-bar", "/", false),
        ("user-agent: foo bar\ndisallow: /", "foo", "/", false),
        ("user-agent: *baz\ndisallow: /", "foo", "/", true),
        ("user-agent: * baz\ndisallow: /", "foo", "/", false),
        // Rules above the first name are nobody's.
        ("disallow: /\nuser-agent: b\ndisallow: /b", "a", "/a", true),
        ("", "a", "/", true),
    ]);
}

#[test]
fn r9_3_robots_lines_are_read_leniently() {
    check(&[
        ("USER-AGENT: a\nDISALLOW: /x", "A", "/x", false),
        ("user-agent:a\rdisallow:/x\r\nallow : /x/y", "a", "/x/y", true),
        ("\u{FEFF}user-agent: a\ndisallow: /", "a", "/", false),
        ("user-agent: a # me\ndisallow: /x # not this\n# nothing", "a", "/x", false),
        ("user-agent: a\nnonsense\nsitemap: http://a/s\ndisallow: /x", "a", "/x", false),
        // Other lines do not part names that stand together.
        ("user-agent: a\nsitemap: http://a/s\nuser-agent: b\ndisallow: /", "a", "/", false),
        ("user-agent: a\n\n\nuser-agent: b\ndisallow: /", "a", "/", false),
        ("user-agent: a\nallow: /\nuser-agent: b\ndisallow: /", "a", "/", true),
    ]);
    let odd =
        [b"user-agent: *\n\xFF\xFE\0: \0\ndisallow: /\xFFz\n".as_slice(), b":\n::\n%"].concat();
    let robots = Robots::parse(&odd);
    assert!(robots.is_allowed("a", "/"));
    assert!(!robots.is_allowed("a", "/%ff%7a"));
}

#[test]
fn r9_3_robots_the_longest_match_decides_and_permission_wins_ties() {
    check(&[
        ("user-agent: *\nallow: /p\ndisallow: /", "a", "/page", true),
        ("user-agent: *\nallow: /folder\ndisallow: /folder", "a", "/folder/page", true),
        ("user-agent: *\nallow: /page\ndisallow: /*.htm", "a", "/page.htm", false),
        ("user-agent: *\nallow: /page\ndisallow: /*.ph", "a", "/page.php5", true),
        ("user-agent: *\nallow: /$\ndisallow: /", "a", "/", true),
        ("user-agent: *\nallow: /$\ndisallow: /", "a", "/page.htm", false),
        ("user-agent: *\ndisallow: /x/\nallow: /x/page.html", "a", "/x/page.html", true),
        ("user-agent: *\nallow: /x/page.html\ndisallow: /x/", "a", "/x/", false),
        ("user-agent: *\ndisallow:", "a", "/anything", true),
        ("user-agent: *\ndisallow: /\nallow:", "a", "/anything", false),
        // The file itself may always be fetched, and paths are told apart by case.
        ("user-agent: *\ndisallow: /", "a", "/robots.txt", true),
        ("user-agent: *\ndisallow: /Page", "a", "/page", true),
        ("user-agent: *\ndisallow: /", "a", "", false),
    ]);
}

#[test]
fn r9_3_robots_stars_and_dollars() {
    for (pattern, matches, others) in [
        (
            "/fish",
            &["/fish", "/fish.html", "/fish/salmon", "/fishheads", "/fish.php?id=1"][..],
            &["/Fish.asp", "/catfish", "/?id=fish"][..],
        ),
        ("/fish*", &["/fish", "/fish/salmon.html", "/fishheads"], &["/Fish", "/catfish"]),
        ("/fish/", &["/fish/", "/fish/?id=1", "/fish/salmon.htm"], &["/fish", "/fish.html"]),
        (
            "/*.php",
            &["/index.php", "/f/x.php?p", "/f/any.php.html", "/x.php/"],
            &["/", "/windows.PHP"],
        ),
        ("/*.php$", &["/x.php", "/f/x.php"], &["/x.php?p", "/x.php/", "/x.php5"]),
        ("/fish*.php", &["/fish.php", "/fishheads/catfish.php?p"], &["/Fish.PHP", "/fish.htm"]),
        ("*/b/*c$", &["/a/b/c", "/b/bc", "/b/c/c"], &["/b/cd", "/a/c"]),
        ("/a*a$", &["/aa", "/aba", "/a/a/a"], &["/a", "/ab"]),
        ("/a$b", &["/a$b", "/a%24bc"], &["/a", "/ab"]),
        ("/**x**$", &["/x", "/yxz"], &["/y"]),
        ("/$", &["/"], &["/a"]),
    ] {
        let robots = Robots::parse(format!("user-agent: *\ndisallow: {pattern}").as_bytes());
        for target in matches {
            assert!(!robots.is_allowed("a", target), "{pattern} matches {target}");
        }
        for target in others {
            assert!(robots.is_allowed("a", target), "{pattern} does not match {target}");
        }
    }
}

#[test]
fn r9_3_robots_paths_are_compared_in_one_form() {
    // The tables of RFC 9309, sections 2.2.2 and 2.2.3.
    for (pattern, target) in [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https://foo.bar"),
        ("/foo/bar/\u{30C4}", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html"),
        ("/path/foo-%24", "/path/foo-$"),
    ] {
        let robots = Robots::parse(format!("user-agent: *\ndisallow: {pattern}").as_bytes());
        assert!(!robots.is_allowed("a", target), "{pattern} matches {target}");
    }
    // An escaped slash is not a slash.
    check(&[("user-agent: *\ndisallow: /a%2Fb", "a", "/a/b", true)]);
}

#[test]
fn r9_3_robots_answers_other_than_files() {
    let deny = b"user-agent: *\ndisallow: /".as_slice();
    for (status, body, expected) in [
        (Some(200), deny, false),
        (Some(204), b"".as_slice(), true),
        (Some(301), deny, true), // more redirects than are followed
        (Some(404), deny, true),
        (Some(403), deny, true),
        (Some(429), b"", false),
        (Some(500), b"", false),
        (Some(503), b"", false),
        (None, b"", false),
    ] {
        assert_eq!(Robots::from_answer(status, body).is_allowed("a", "/x"), expected, "{status:?}");
    }
}

#[test]
fn r9_3_robots_files_are_bounded() {
    let head = b"user-agent: *\ndisallow: /early\n".as_slice();
    let filler = b"# nothing\n".repeat(MAX_ROBOTS / 10);
    let robots = Robots::parse(&[head, &filler, b"disallow: /late\n"].concat());
    assert!(!robots.is_allowed("a", "/early"));
    assert!(robots.is_allowed("a", "/late"));
    // A rule that the bound cuts does not count: what is left of it may mean more than it said.
    let mut cut = head.to_vec();
    cut.resize(MAX_ROBOTS - "disallow: /lat".len(), b'\n');
    cut.extend(b"disallow: /late");
    assert!(Robots::parse(&cut).is_allowed("a", "/latest"));
}

#[test]
fn r9_3_robots_delays_and_sitemaps() {
    let file = b"Sitemap: https://a.example/one.xml\nUser-agent: slow\nCrawl-delay: 2.5\n\
                 User-agent: slower\nCrawl-delay: 100000000000000000000\nDisallow: /x\n\
                 User-agent: odd\nCrawl-delay: -1\nsitemap:two.xml\nDisallow: /";
    let robots = Robots::parse(file);
    // The two names stand together: a delay is no rule that would part them.
    assert_eq!(robots.crawl_delay("slow"), Some(MAX_CRAWL_DELAY));
    assert_eq!(robots.crawl_delay("odd"), None);
    assert_eq!(robots.sitemaps(), ["https://a.example/one.xml", "two.xml"]);
    let short = Robots::parse(b"user-agent: *\ncrawl-delay: .5\ncrawl-delay: 0.25");
    assert_eq!(short.crawl_delay("a"), Some(Span::from_millis(250)));
}

proptest::proptest! {
    #[test]
    fn r9_3_robots_stars_match_as_a_naive_matcher_does(pattern in "/[ab*]{0,8}\\$?", target in "/[ab]{0,10}") {
        fn naive(pattern: &[u8], target: &[u8]) -> bool {
            match pattern.split_first() {
                None => true,
                Some((b'$', [])) => target.is_empty(),
                Some((b'*', rest)) => (0..=target.len()).any(|at| naive(rest, &target[at..])),
                Some((c, rest)) => target.split_first().is_some_and(|(d, after)| c == d && naive(rest, after)),
            }
        }
        let robots = Robots::parse(format!("user-agent: *\ndisallow: {pattern}").as_bytes());
        proptest::prop_assert_eq!(!robots.is_allowed("x", &target), naive(pattern.as_bytes(), target.as_bytes()));
    }

    #[test]
    fn r9_3_robots_any_file_is_read(file: Vec<u8>, agent: String, target: String) {
        let _ = Robots::parse(&file).is_allowed(&agent, &target);
    }
}
