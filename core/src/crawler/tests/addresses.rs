//! Addresses, by hand and against the crate `url`.

use crate::crawler::*;
use proptest::prelude::*;

fn normal(text: &str) -> String {
    Address::parse(text).map_or_else(|error| error.to_string(), |address| address.to_string())
}

#[test]
fn r9_6_one_page_has_one_address() {
    for (text, expected) in [
        ("HTTP://EXAMPLE.com", "http://example.com/"),
        ("http://example.com:80/a", "http://example.com/a"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:80/a", "https://example.com:80/a"),
        ("http://example.com/a/./b/../c", "http://example.com/a/c"),
        ("http://example.com/a/%2e%2E/b", "http://example.com/b"),
        ("http://example.com/../../a/..", "http://example.com/"),
        ("http://example.com/%7euser/%41%2f%c3%a9", "http://example.com/~user/A%2F%C3%A9"),
        (
            "http://example.com/a b\"<>`{}^?q=a b'\"<>",
            "http://example.com/a%20b%22%3C%3E%60%7B%7D%5E?q=a%20b%27%22%3C%3E",
        ),
        ("http://example.com/\u{E9}?\u{E9}", "http://example.com/%C3%A9?%C3%A9"),
        ("http:\\\\example.com\\a\\b?c\\d", "http://example.com/a/b?c\\d"),
        (" \t http://exa\nmple.com/a\tb#top ", "http://example.com/ab"),
        ("http://example.com?q", "http://example.com/?q"),
        ("http://example.com/?", "http://example.com/?"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0177.0.0.01./", "http://127.0.0.1/"),
        ("http://[2001:DB8:0:0:1:0:0:1]:8080/", "http://[2001:db8::1:0:0:1]:8080/"),
        ("http://[::ffff:1.2.3.4]/", "http://[::ffff:102:304]/"),
        ("http://ex%61mple.com/", "http://example.com/"),
        ("http://b\u{FC}cher.example/", "http://xn--bcher-kva.example/"),
        ("http:///example.com//a//b", "http://example.com//a//b"),
    ] {
        assert_eq!(normal(text), expected, "{text:?}");
    }
}

#[test]
fn r9_6_relative_becomes_absolute() {
    // The examples of RFC 3986, section 5.4, that lead to pages.
    let base = Address::parse("http://a/b/c/d;p?q").unwrap();
    for (reference, expected) in [
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"),
        (";x", "http://a/b/c/;x"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../../../g", "http://a/g"),
        ("./../g", "http://a/b/g"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("http:g", "http://a/b/c/g"),
        ("https:g", "https://g/"),
        ("https://h/i", "https://h/i"),
    ] {
        assert_eq!(base.join(reference).unwrap().as_str(), expected, "{reference:?}");
    }
}

#[test]
fn r9_6_what_is_no_page_is_refused_in_words() {
    for (text, expected) in [
        ("mailto:a@b", "the scheme is \"mailto\", expected http or https"),
        ("JavaScript:void(0)", "the scheme is \"javascript\", expected http or https"),
        ("/a", "the address is relative, expected http:// or https:// and a host"),
        ("http://", "the host is \"\", expected a name or an address"),
        ("http://a b/", "the host is \"a b\", expected a name or an address"),
        ("http://1.2.3.256/", "the host is \"1.2.3.256\", expected a name or an address"),
        ("http://1.2.3.4.5/", "the host is \"1.2.3.4.5\", expected a name or an address"),
        ("http://[::1/", "the host is \"[::1\", expected a name or an address"),
        ("http://a:65536/", "the port is \"65536\", expected a number up to 65535"),
        ("http://a:+1/", "the port is \"+1\", expected a number up to 65535"),
        (
            "http://me:secret@a/",
            "the address names a user: a crawler does not log in, leave out what is before the @",
        ),
    ] {
        assert_eq!(normal(text), expected, "{text:?}");
    }
    let long = format!("http://a/{}", "x".repeat(MAX_ADDRESS));
    assert!(matches!(Address::parse(&long), Err(AddressError::Length { got: 2_057 })));
    let long = format!("http://a/{}", "\u{E9}".repeat(MAX_ADDRESS / 3));
    assert!(matches!(Address::parse(&long), Err(AddressError::Length { .. })));
}

#[test]
fn the_parts_of_an_address() {
    let address = Address::parse("https://[::1]:8443/a/b?c=d/e").unwrap();
    assert_eq!((address.scheme(), address.host(), address.port()), ("https", "[::1]", 8443));
    assert_eq!(address.origin(), "https://[::1]:8443");
    assert_eq!((address.path(), address.target()), ("/a/b", "/a/b?c=d/e"));
    assert_eq!(address.at("/robots.txt").unwrap().as_str(), "https://[::1]:8443/robots.txt");
    assert_eq!(Address::parse("http://a").unwrap().port(), 80);
    let stored = postcard::to_allocvec(&address).unwrap();
    assert_eq!(postcard::from_bytes::<Address>(&stored), Ok(address));
}

/// Texts made of pieces that addresses are made of, whole and broken.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        [
            "http:",
            "https:",
            "HTTP:",
            "//",
            "/",
            "\\",
            "a.example",
            "B.Example",
            "127.1",
            "0x7F",
            "1.2.3.4",
            "08",
            "[::1]",
            "[1:0:0:2::3]",
            ":80",
            ":443",
            ":8080",
            ":",
            "..",
            ".",
            "%2e",
            "%41",
            "%zz",
            "%",
            "?",
            "q=1",
            "#",
            "x",
            "\u{E9}",
            " ",
            "\t",
            "'",
            "\"",
            "<",
            "{",
            "^",
            "|",
            "~",
            "mailto:",
            "\u{30C4}",
            "%C3%A9",
            "%2F",
            ";",
            "&",
        ]
        .as_slice(),
    );
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

/// What the crate `url` makes of a text, in this module's normal form; none if either refuses what
/// the other cannot have.
fn by_url(text: &str, base: Option<&Address>) -> Option<Result<String, ()>> {
    let base = base.map(|base| url::Url::parse(base.as_str()).unwrap());
    let mut url = match url::Url::options().base_url(base.as_ref()).parse(text) {
        Ok(url) => url,
        Err(_) => return Some(Err(())),
    };
    if !matches!(url.scheme(), "http" | "https") || url.has_authority() && text.contains('@') {
        return Some(Err(()));
    }
    url.set_fragment(None);
    Some(Address::parse(url.as_str()).map(String::from).map_err(|_| ()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn r9_6_addresses_are_read_as_the_crate_url_reads_them(text in pieces(), start in prop::bool::ANY) {
        let text = if start { format!("http://a.example/{text}") } else { text };
        prop_assert_eq!(Address::parse(&text).map(String::from).map_err(|_| ()), by_url(&text, None).unwrap());
    }

    #[test]
    fn r9_6_references_are_resolved_as_the_crate_url_resolves_them(base in pieces(), text in pieces()) {
        let Ok(base) = Address::parse(&format!("http://a.example/{base}")) else { return Ok(()) };
        // Of more than two slashes the standard passes over all; `url` does so in absolute texts only.
        let slashes = text.trim_start().chars().filter(|c| !c.is_whitespace());
        prop_assume!(slashes.take_while(|c| matches!(c, '/' | '\\')).count() < 3);
        let got = base.join(&text).map(String::from).map_err(|_| ());
        prop_assert_eq!(got, by_url(&text, Some(&base)).unwrap());
    }

    #[test]
    fn r9_6_an_address_in_normal_form_stays_as_it_is(text in pieces()) {
        if let Ok(address) = Address::parse(&text) {
            let again = Address::parse(address.as_str());
            prop_assert_eq!(again.as_ref(), Ok(&address));
            prop_assert_eq!(address.join(""), Ok(address.clone()));
        }
    }

    #[test]
    fn r9_6_any_text_is_read_or_refused(text: String, base in pieces()) {
        let _ = Address::parse(&text);
        if let Ok(base) = Address::parse(&base) {
            let _ = base.join(&text);
        }
    }
}
