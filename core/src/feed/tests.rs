use super::keys::written;
use super::post::Stored;
use super::reader::{Reader, Spans};
use super::*;
use crate::base::{Span, Wall};
use crate::port::{Row, UserId};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn r11_5_merging_equals_sorting_all(lists in prop::collection::vec(
        prop::collection::btree_set(0_u8..60, 0..20), 0..8), limit in 0_usize..60) {
        let all: BTreeSet<u8> = lists.iter().flatten().copied().collect();
        let expected: Vec<u8> = all.into_iter().rev().take(limit).collect();
        let lists = lists.into_iter().map(|list| list.into_iter().rev().collect()).collect();
        prop_assert_eq!(merge(lists, limit), expected);
    }
}

#[test]
fn r11_1_drafts_are_bounded() {
    let media = |url: &str| Media { kind: MediaKind::Image, url: url.to_string() };
    let with = |media| Draft { media, ..Draft::default() };
    for draft in [
        Draft::new(&"\u{d55c}".repeat(MAX_TEXT)),
        with(vec![media("https://example.com/a.jpg"); MAX_MEDIA]),
        Draft::new("a").keyed("try-1"),
    ] {
        assert_eq!(draft.check(), Ok(()));
    }
    for (draft, error) in [
        (Draft::new(" \n"), Error::Empty),
        (Draft::new(&"a".repeat(MAX_TEXT + 1)), Error::Text { got: MAX_TEXT + 1 }),
        (with(vec![media("https://example.com/"); 11]), Error::Media { got: 11 }),
        (with(vec![media("javascript:alert(1)")]), Error::Url),
        (with(vec![media("https://example.com/a b")]), Error::Url),
        (with(vec![media(&("https://".to_string() + &"a".repeat(MAX_URL)))]), Error::Url),
        (Draft::new("a").keyed(""), Error::Key { got: 0 }),
        (Draft::new("a").keyed(&"k".repeat(65)), Error::Key { got: 65 }),
        (Draft::new("a").keyed("a b"), Error::Key { got: 3 }),
    ] {
        assert_eq!(draft.check(), Err(error));
    }
}

#[test]
fn r11_6_what_was_deleted_stays_so_beside_a_late_write() {
    let text = String::new();
    let (id, author, created) = (PostId(u64::MAX), UserId(u64::MAX), Wall::from_millis(u64::MAX));
    let post = Post { id, author, created, text, media: Vec::new() };
    assert!(Stored::Deleted > Stored::Post(post));
}

const SPANS: Spans = Spans { settled: Span::from_secs(60), inactive: Span::from_secs(30 * 86_400) };

fn at(seconds: u64) -> Wall {
    Wall::from_millis(1_767_225_600_000 + seconds * 1_000)
}

#[test]
fn r11_6_friends_are_covered_when_they_are_settled_and_only_as_long_as_they_are() {
    let (ana, ben) = (UserId(1), UserId(2));
    let both = BTreeMap::from([(ana, 1), (ben, 1)]);
    let mut reader = Reader::default();
    assert!(reader.meet(&both, at(0), SPANS), "a first read is written down");
    assert!(!reader.meet(&both, at(1), SPANS), "a second one says nothing new");
    assert_eq!(reader.ripe(at(59), SPANS), []);
    assert_eq!(reader.ripe(at(60), SPANS), [ana, ben]);
    reader.cover(&[ana], PostId(7));
    assert_eq!((reader.covered().collect::<Vec<_>>(), reader.floor), (vec![ana], PostId(7)));
    assert_eq!(reader.ripe(at(60), SPANS), [ben]);
    // Friends again after they had parted are new friends.
    assert!(reader.meet(&BTreeMap::from([(ana, 3), (ben, 1)]), at(70), SPANS));
    assert_eq!(reader.covered().count(), 0);
    assert_eq!(reader.ripe(at(80), SPANS), [ben]);
    reader.cover(&[ana, ben], PostId(5));
    assert_eq!(reader.floor, PostId(7), "a floor never sinks");
    assert!(reader.meet(&BTreeMap::from([(ana, 3)]), at(90), SPANS));
    assert_eq!(reader.covered().collect::<Vec<_>>(), [ana]);
}

#[test]
fn r11_6_who_was_long_away_is_not_pushed_to_and_who_was_left_out_is_pulled() {
    let (ana, friends) = (UserId(1), BTreeMap::from([(UserId(1), 1)]));
    let mut reader = Reader::default();
    reader.meet(&friends, at(0), SPANS);
    reader.cover(&[ana], PostId(0));
    let day = 86_400;
    assert!(reader.is_active(at(29 * day), SPANS) && !reader.is_active(at(30 * day), SPANS));
    assert!(reader.meet(&friends, at(40 * day), SPANS), "that it reads is noted anew");
    assert!(reader.is_active(at(41 * day), SPANS));
    assert_eq!(reader.covered().count(), 1, "whoever left it out has left a mark");
    assert!(reader.uncover(ana, at(40 * day)) && !reader.uncover(ana, at(40 * day)));
    assert!(!reader.uncover(UserId(2), at(40 * day)), "nobody it knows");
    assert_eq!((reader.covered().count(), reader.ripe(at(40 * day + 60), SPANS)), (0, vec![ana]));
}

#[test]
fn r11_6_of_two_claims_holds_what_both_say() {
    let both = BTreeMap::from([(UserId(1), 1), (UserId(2), 1)]);
    let mut one = Reader::default();
    one.meet(&both, at(0), SPANS);
    one.cover(&[UserId(1), UserId(2)], PostId(5));
    let mut other = one.clone();
    other.uncover(UserId(1), at(9));
    other.cover(&[UserId(2)], PostId(7));
    let values = [&one, &other].map(|claim| written(claim).unwrap()).to_vec();
    for values in [values.clone(), values.into_iter().rev().collect()] {
        let read = Reader::of(&Row { values, ..Row::default() }).unwrap();
        assert_eq!((read.covered().collect(), read.floor), (vec![UserId(2)], PostId(7)));
    }
    assert_eq!(Reader::of(&Row::default()), None);
}

#[test]
fn r11_7_a_place_knows_what_was_shown_out_of_order() {
    let mut place = Place::default();
    (100..200).rev().for_each(|post| place.add(PostId(post)));
    assert!(!place.is_new(PostId(184)) && !place.is_new(PostId(199)) && place.is_new(PostId(200)));
    let back: Place = place.to_string().parse().unwrap();
    assert_eq!(back, place);
    assert!(place.to_string().len() < 100);
    for text in ["", "a", "1.", "1.-2", ".1"] {
        assert!(text.parse::<Place>().is_err(), "{text}");
    }
}

#[test]
fn r11_4_costs_are_counted_by_each_way() {
    let mut costs = Costs::new(3);
    for friends in [2, 3, 7] {
        costs.publish(friends);
    }
    costs.read(2, 1);
    costs.read(7, 0);
    let all: Vec<(u64, u64)> = Way::ALL.iter().map(|&way| costs.of(way)).collect();
    assert_eq!(all, [(15, 2), (0, 11), (5, 5)]);
}
