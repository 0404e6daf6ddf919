use super::*;
use crate::sketch::Permutation;
use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;
use proptest::prelude::*;

#[test]
fn r8_4_the_first_seven_digits_of_each_hash() {
    let url = "https://en.wikipedia.org/wiki/Systems_design";
    let first = |function| hash_candidates(function, url).next().unwrap();
    assert_eq!(first(HashFunction::Crc32), "5cb5405"); // of 5cb54054
    assert_eq!(first(HashFunction::Md5), "5a62509"); // of 5a62509a84df9ee03fe1230b9df8b84e
    assert_eq!(first(HashFunction::Sha1), "0eeae79"); // of 0eeae7916c06853901d9ccbefbfcaf4de57ed85b
}

#[test]
fn r8_4_a_fixed_text_is_appended_for_the_next_candidate() {
    let url = "https://example.com/";
    let candidates: Vec<String> = hash_candidates(HashFunction::Sha1, url).collect();
    assert_eq!(candidates.len(), MAX_CANDIDATES);
    let second = hash_candidates(HashFunction::Sha1, "https://example.com/#ennead").next();
    assert_eq!(Some(&candidates[1]), second.as_ref());
    assert_eq!(candidates.iter().collect::<BTreeSet<_>>().len(), MAX_CANDIDATES);
    assert!(candidates.iter().all(|code| code.len() == LENGTH));
}

#[test]
fn r8_4_hash_codes_collide_as_often_as_chance_says() {
    // 28 bits: n addresses give about n^2 / 2^29 pairs, 168 here.
    let codes: Vec<String> = (0..300_000)
        .filter_map(|i| {
            hash_candidates(HashFunction::Md5, &alloc::format!("https://example.com/{i}")).next()
        })
        .collect();
    let different = codes.iter().collect::<BTreeSet<_>>().len();
    let collisions = codes.len() - different;
    assert!((60..260).contains(&collisions), "{collisions} of 300000");
}

#[test]
fn r8_5_codes_of_a_counter_have_seven_characters_and_never_repeat() {
    let codes: Vec<String> = (0..50_000).filter_map(|i| code_of_number(i, 42)).collect();
    assert!(codes.len() > 49_980, "{} of 50000 are not skipped", codes.len());
    assert!(codes.iter().all(|code| code.len() == LENGTH));
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    assert!(code_of_number(CODES - 1, 42).is_some());
    assert_eq!(code_of_number(CODES, 42), None);
}

#[test]
fn r8_6_codes_of_counter_hash_and_wish_are_of_different_kinds() {
    // The number whose code looks like that of a hash is skipped.
    for text in ["0000000", "5cb5405", "healthz", "metrics"] {
        let place = crate::sketch::base62::decode(text).unwrap();
        let number = Permutation::new(CODES, 42).invert(place);
        assert_eq!(code_of_number(number, 42), None, "{text}");
        assert!(check_wished(text).is_err(), "{text}");
    }
    let code = code_of_number(1, 42).unwrap();
    assert!(matches!(check_wished(&code), Err(Error::Code { .. })));
}

#[test]
fn r8_7_codes_that_are_wished_for_are_checked() {
    for right in ["abc", "my-link", "summer_2026", "abcdef", "abcdefgh", "a_c-e_g"] {
        assert_eq!(check_wished(right), Ok(()), "{right}");
    }
    for wrong in ["", "ab", "abcdefg", "1234567", "a b", "a/b", "a.b", "é-é", &"x".repeat(33)] {
        assert!(matches!(check_wished(wrong), Err(Error::Code { .. })), "{wrong:?}");
    }
    for reserved in ["healthz", "METRICS", "assets", "v1", "Api"] {
        assert!(matches!(check_wished(reserved), Err(Error::Reserved { .. })), "{reserved}");
    }
    assert!(check_wished(&"x".repeat(5_000)).unwrap_err().to_string().len() < 400);
}

#[test]
fn r8_7_unsafe_addresses_are_refused() {
    for wrong in [
        "",
        "example.com",
        "//example.com",
        "javascript:alert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.com/",
        "http:/example.com",
        "http://",
        "http:///path",
        "http://?q",
        "http://user@example.com/",
        "https://example.com:pw@evil.example/",
        "https://example.com\\@evil.example/",
        "https://example.com/a b",
        "https://example.com/\r\nSet-Cookie: a=b",
        "https://example.com/\u{7f}",
        "https://exämple.com/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:+80/",
        "https://ex%61mple.com/",
        "https://a..b/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://127.1/",
        "https://1.2.3.256/",
        "https://[::1/",
        "https://[::1]evil/",
        "https://[::g]/",
    ] {
        assert!(matches!(check_url(wrong), Err(Error::Url { .. })), "{wrong:?}");
    }
    let long = alloc::format!("https://example.com/{}", "x".repeat(MAX_URL - 20));
    assert!(check_url(&long).is_ok());
    assert!(check_url(&(long + "x")).is_err());
}

#[test]
fn r8_7_addresses_lead_where_browsers_go() {
    for (url, is_secure, host, port) in [
        ("http://example.com", false, "example.com", 80),
        ("HTTPS://Example.COM./a?b#c", true, "example.com", 443),
        ("https://example.com:8443?x=@y", true, "example.com", 8443),
        ("http://127.0.0.1:8101/v1", false, "127.0.0.1", 8101),
        ("http://[::1]:8101/", false, "[::1]", 8101),
        ("http://[2001:db8::1]/x:y", false, "[2001:db8::1]", 80),
        ("https://xn--9t4b11yi5a.example/", true, "xn--9t4b11yi5a.example", 443),
    ] {
        let expected = Origin { is_secure, host: String::from(host), port };
        assert_eq!(check_url(url), Ok(expected), "{url}");
    }
}

#[test]
fn r8_7_addresses_of_the_shortener_itself_are_refused() {
    let check = |url: &str| Wish::new(url).check("https://sho.rt");
    for own in ["https://sho.rt/abc", "https://SHO.RT:443/", "https://sho.rt./x?y"] {
        assert!(matches!(check(own), Err(Error::Loop { .. })), "{own}");
    }
    for other in ["http://sho.rt/", "https://sho.rt:8443/", "https://sho.rt.example/"] {
        assert_eq!(check(other), Ok(()), "{other}");
    }
}

#[test]
fn r8_1_a_301_may_be_remembered_and_a_302_not() {
    let now = Wall::from_millis(1_000_000);
    let link = |redirect, expires: Option<u64>| {
        let expires = expires.map(Wall::from_millis);
        Link { created: now, id: None, url: String::new(), redirect, expires }
    };
    assert_eq!(link(Redirect::Temporary, None).max_age(now), None);
    assert_eq!(link(Redirect::Permanent, None).max_age(now), Some(86_400));
    assert_eq!(link(Redirect::Permanent, Some(1_005_500)).max_age(now), Some(5));
    assert!(link(Redirect::Permanent, Some(1_000_000)).is_expired(now));
    assert_eq!(Redirect::of_status(303), None);
    assert_eq!(Day::of(Wall::from_millis(86_400_000 * 365)).to_string(), "1971-01-01");
}

proptest! {
    #[test]
    fn r8_7_any_text_is_an_address_or_refused(text in "(https?://)?[a-zA-Z0-9.:@/\\\\?#\\[\\]%_ é-]{0,40}") {
        if let Ok(origin) = check_url(&text) {
            prop_assert!(text.is_ascii() && !text.contains(['\\', ' ']));
            prop_assert!(!origin.host.is_empty() && origin.port > 0);
            // What it says of itself is an address of the same place.
            let scheme = if origin.is_secure { "https" } else { "http" };
            let again = alloc::format!("{scheme}://{}:{}/", origin.host, origin.port);
            prop_assert_eq!(check_url(&again), Ok(origin));
        }
    }
}
