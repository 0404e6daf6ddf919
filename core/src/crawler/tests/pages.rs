//! Pages: what is found in them, however broken; and what is a copy of what.

use crate::crawler::html::{Token, Tokens};
use crate::crawler::*;
use crate::sketch::simhash;
use proptest::prelude::*;

fn at() -> Address {
    Address::parse("http://a.example/dir/page").unwrap()
}

fn links(html: &str) -> Vec<String> {
    extract(html.as_bytes(), &at()).links.into_iter().map(String::from).collect()
}

#[test]
fn r9_6_links_of_a_page() {
    for (html, expected) in [
        ("<a href=b>", &["http://a.example/dir/b"][..]),
        ("<A HREF = '/b'>x</A><a href=\"/b\">", &["http://a.example/b"]),
        ("<a href='?a=1&amp;b=2&copy=3'>", &["http://a.example/dir/page?a=1&b=2&copy=3"]),
        ("<a href='&#x2F;x&#121;'>", &["http://a.example/xy"]),
        (
            "<area href=m><iframe src=f></iframe><frame src=g>",
            &["http://a.example/dir/m", "http://a.example/dir/f", "http://a.example/dir/g"],
        ),
        ("<base href='http://b.example/x/'><base href='/no'><a href=y>", &["http://b.example/x/y"]),
        ("<a href=y><base href=../z/>", &["http://a.example/z/y"]),
        ("<link rel='canonical' href=/c><link rel=stylesheet href=s>", &["http://a.example/c"]),
        ("<meta http-equiv=Refresh content=\"5; URL='next'\">", &["http://a.example/dir/next"]),
        ("<a rel='me nofollow' href=x><a href=y>", &["http://a.example/dir/y"]),
        ("<meta name=robots content='index, NoFollow'><a href=y>", &[]),
        ("<!-- <a href=no> --><a href=y>", &["http://a.example/dir/y"]),
        ("<script>'<a href=no>'</script><a href=y>", &["http://a.example/dir/y"]),
        (
            "<script><!--<script></script><a href=no>--></script><a href=y>",
            &["http://a.example/dir/y"],
        ),
        ("<textarea><a href=no></textarea><title><a href=no></title>", &[]),
        ("<a href=mailto:x@y><a href='javascript:x()'><a>", &[]),
        (
            "<a title='>' href=y><a title=\"<a href=no>\" href=z>",
            &["http://a.example/dir/y", "http://a.example/dir/z"],
        ),
        ("<a href=y", &[]),
        ("<a href='y><a href=z>", &[]),
        ("<a\0href=y><a/href=z>", &["http://a.example/dir/z"]),
        (
            "<p><b><a href=y></p></p></body><table><a href=z>",
            &["http://a.example/dir/y", "http://a.example/dir/z"],
        ),
    ] {
        assert_eq!(links(html), expected, "{html}");
    }
    let page = extract(b"<a href=mailto:x><a href=http://[><a rel=nofollow href=x>", &at());
    assert_eq!((page.refused, page.nofollow), (2, 1));
}

#[test]
fn r9_4_what_a_page_says() {
    let html = "<!doctype html><title> A &amp;\n  B </title><style>no</style><p>One<b>two</b>\n\
                three<script>no</script> &lt;four&gt;<meta name='robots' content='noindex'>";
    let page = extract(html.as_bytes(), &at());
    assert_eq!(page.title, "A & B");
    assert_eq!(page.text, "One two three <four>");
    assert!(!page.may_keep);
    assert!(extract(b"", &at()).may_keep);
}

#[test]
fn r9_10_pages_are_bounded() {
    let many: String = (0..10 * MAX_LINKS).map(|i| format!("<a href=/{i}>x</a>")).collect();
    let page = extract(many.as_bytes(), &at());
    assert_eq!(page.links.len(), MAX_LINKS);
    assert_eq!(page.refused as usize, 9 * MAX_LINKS);
    let long: String = (0..200).map(|i| format!("<a href=/{}{i}>", "x".repeat(1_000))).collect();
    let page = extract(long.as_bytes(), &at());
    let bytes: usize = page.links.iter().map(|link| link.as_str().len()).sum();
    assert!(bytes <= MAX_LINK_BYTES && bytes > MAX_LINK_BYTES - 2_000, "{bytes}");
    let words = "word ".repeat(MAX_TEXT);
    let page = extract(format!("<title>{words}</title>{words}").as_bytes(), &at());
    assert!(page.title.len() <= MAX_TITLE && page.text.len() <= MAX_TEXT);
    let late = [vec![b' '; MAX_BODY], b"<a href=late>".to_vec()].concat();
    assert!(extract(&late, &at()).links.is_empty());
}

#[test]
fn r9_5_copies_are_found_by_checksum_and_near_copies_by_simhash() {
    let story: String = (0..300).map(|i| format!("word{} ", i * 7 % 101)).collect();
    let [one, two] = ["Monday", "Tuesday"].map(|day| format!("<p>{story}<p>Printed on {day}"));
    let hash = |html: &str| Some(simhash(&extract(html.as_bytes(), &at()).text));
    let mut seen = SeenContents::new();
    assert_eq!(seen.compare(checksum(one.as_bytes()), hash(&one)), Likeness::New);
    seen.insert(checksum(one.as_bytes()), hash(&one), 1);
    assert_eq!(seen.compare(checksum(one.as_bytes()), hash(&one)), Likeness::Same(1));
    assert_eq!(seen.compare(checksum(two.as_bytes()), hash(&two)), Likeness::Near(1));
    assert_eq!(seen.compare(checksum(two.as_bytes()), None), Likeness::New);
    let other: String = (0..300).map(|i| format!("thing{i} ")).collect();
    assert_eq!(seen.compare(checksum(other.as_bytes()), hash(&other)), Likeness::New);
}

/// Texts made of pieces that pages are made of, whole and broken.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        [
            "<",
            ">",
            "</",
            "/",
            "=",
            "'",
            "\"",
            " ",
            "\n",
            "a",
            "A",
            "href",
            "src",
            "rel",
            "&amp;",
            "&amp",
            "&lt",
            "&#65;",
            "&#x42",
            "&quot;",
            "<!--",
            "-->",
            "--!>",
            "--",
            "!",
            "-",
            "<!",
            "<?",
            "<a href=x>",
            "<a href='y'",
            "</a>",
            "<script>",
            "</script>",
            "<script",
            "</script",
            "<title>",
            "</title>",
            "<style>",
            "</style >",
            "<textarea>",
            "</textarea/",
            "<!doctype x>",
            "text",
            "<plaintext>",
            "<base href=z>",
            "\u{E9}",
        ]
        .as_slice(),
    );
    prop::collection::vec(piece, 0..25).prop_map(|pieces| pieces.concat())
}

/// Start tags with two of their attributes, as this tokenizer sees them.
fn our_tags(html: &[u8]) -> Vec<(String, Option<String>, Option<String>)> {
    let tags = Tokens::new(html).filter_map(|token| match token {
        Token::Tag(tag) if !tag.is_end => Some(tag),
        _ => None,
    });
    let own = |value: Option<&str>| value.map(String::from);
    tags.map(|tag| (tag.name.clone(), own(tag.get("href")), own(tag.get("src")))).collect()
}

/// The same as the crate `html5gum` sees them.
fn their_tags(html: &[u8]) -> Vec<(String, Option<String>, Option<String>)> {
    let mut emitter = html5gum::emitters::default::DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let tokens = html5gum::Tokenizer::new_with_emitter(html, emitter);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut tags = Vec::new();
    for Ok(token) in tokens {
        if let html5gum::Token::StartTag(tag) = token {
            let get = |name: &[u8]| tag.attributes.get(name).map(|value| text(&value.value));
            tags.push((text(&tag.name), get(b"href"), get(b"src")));
        }
    }
    tags
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn r9_4_tags_are_found_as_the_crate_html5gum_finds_them(html in soup()) {
        prop_assert_eq!(our_tags(html.as_bytes()), their_tags(html.as_bytes()));
    }

    #[test]
    fn r9_4_any_bytes_are_a_page(html: Vec<u8>, soup in soup()) {
        let _ = extract(&html, &at());
        let page = extract(soup.as_bytes(), &at());
        prop_assert!(page.links.len() <= MAX_LINKS);
    }
}
