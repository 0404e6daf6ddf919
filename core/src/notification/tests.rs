use super::*;
use crate::base::{Instant, Random, Rate, Span};
use crate::port::{Channel, UserId};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

fn fields(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(name, field)| (name.to_string(), field.to_string())).collect()
}

#[test]
fn r10_7_templates_are_filled_in_and_say_what_is_missing() {
    let template = Template::new("{from}: {n} new", "{{literal}} {text} {text}").unwrap();
    assert_eq!(template.places().into_iter().collect::<Vec<_>>(), ["from", "n", "text"]);
    let all = fields(&[("from", "Ana\nBob"), ("n", "3"), ("text", "{n}"), ("more", "x")]);
    assert_eq!(template.check(&all), Ok(()));
    let message = template.render(&all);
    assert_eq!((&*message.title, &*message.body), ("Ana Bob: 3 new", "{literal} {n} {n}"));
    let some = fields(&[("from", "Ana"), ("text", "x")]);
    assert_eq!(template.check(&some), Err(Error::Missing { place: "n".into() }));
    assert_eq!(template.render(&some).title, "Ana: {n} new");
}

#[test]
fn r10_7_words_that_no_row_has_room_for_are_refused() {
    let many = "{text}".repeat(MAX_BODY / 6);
    let template = Template::new("", &many).unwrap();
    let message = template.render(&fields(&[("text", &"é".repeat(MAX_FIELD))]));
    let got = message.body.len() as u64;
    assert_eq!(message.clone().checked(), Err(Error::TooLong { got }));
    let cut = message.cut().checked().unwrap();
    assert!(cut.body.len() > MAX_WORDS / 4 && cut.body.ends_with('…'));
}

#[test]
fn r10_7_templates_that_are_none_are_refused() {
    let long = "x".repeat(MAX_TITLE + 1);
    let many: String = (0..=MAX_PLACES).map(|i| alloc::format!("{{p{i}}}")).collect();
    for (title, body) in [
        ("{", ""),
        ("}", ""),
        ("{a", ""),
        ("{}", ""),
        ("{A}", ""),
        ("{a b}", ""),
        ("", "{{{"),
        ("two\nlines", ""),
        (&long, ""),
        ("", &many),
        ("", &"é".repeat(MAX_BODY + 1)),
    ] {
        let refused = Template::new(title, body);
        assert!(matches!(refused, Err(Error::Template { .. })), "{title:?} {refused:?}");
    }
    assert!(Template::new(&"é".repeat(MAX_TITLE), &"é".repeat(MAX_BODY)).is_ok());
    for name in BUILT_IN {
        let template = template::built_in(name).unwrap();
        assert_eq!(Template::new(template.title(), template.body()), Ok(template));
    }
}

proptest! {
    #[test]
    fn r10_7_no_text_breaks_a_template(title in "[{}a-z \n]{0,12}", body in "\\PC{0,40}") {
        if let Ok(template) = Template::new(&title, &body) {
            let places = template.places().into_iter().map(|place| (place.into(), "é{x}".into()));
            let message = template.render(&places.collect());
            // Words stay as they are, but for double braces and places.
            if !title.contains(['{', '}']) {
                prop_assert_eq!(message.title, title);
            }
            prop_assert!(template.check(&BTreeMap::new()).is_ok() == template.places().is_empty());
        }
    }
}

#[test]
fn r10_9_backoff_doubles_up_to_its_ceiling_and_is_spread_evenly() {
    let backoff = Backoff { first: Span::from_secs(1), most: Span::from_secs(900) };
    let ceilings: Vec<u64> =
        (1..=12).map(|failures| backoff.ceiling(failures).as_millis() / 1_000).collect();
    assert_eq!(ceilings, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert_eq!(backoff.ceiling(u16::MAX), Span::from_secs(900));
    // Four quarters of what is possible, each as often as the others.
    let mut random = Random::new(1);
    let mut quarters = [0u32; 4];
    for _ in 0..40_000 {
        let wait = backoff.wait(4, random.u64());
        assert!(wait <= Span::from_secs(8));
        quarters[(wait.as_micros() / 2_000_001) as usize] += 1;
    }
    assert!(quarters.iter().all(|n| (9_700..10_300).contains(n)), "{quarters:?}");
}

#[test]
fn r10_9_a_breaker_opens_tries_one_and_closes() {
    let at = |millis| Instant::ZERO + Span::from_millis(millis);
    let mut breaker = Breaker::new(COOL);
    for i in 0..u64::from(FAILURES) {
        assert_eq!(breaker.room(at(i), 3, 10), 7);
        breaker.failed(at(i));
    }
    assert_eq!(breaker.room(at(100), 0, 10), 0);
    // What was under way when it opened says nothing more.
    breaker.failed(at(500));
    let until = breaker.open_until().unwrap();
    assert_eq!(until, at(4) + COOL.first);
    assert_eq!((breaker.room(until, 0, 10), breaker.room(until, 1, 10)), (1, 0));
    breaker.failed(until);
    assert_eq!(breaker.open_until(), Some(until + COOL.first * 2));
    let until = until + COOL.first * 2;
    for _ in 0..40 {
        let until = breaker.open_until().unwrap();
        breaker.failed(until);
        assert!(breaker.open_until().unwrap() <= until + COOL.most);
    }
    breaker.succeeded();
    assert_eq!(breaker.room(until, 0, 10), 10);
}

#[test]
fn r10_7_who_is_told_too_often_waits_in_line_and_each_gets_a_moment_of_its_own() {
    let mut limits = limits::Limits::new(Rate::new(1, Span::from_secs(2), 3));
    let now = Instant::ZERO;
    let waits: Vec<u64> = (0..6)
        .map(|_| limits.admit(UserId(1), now).err().unwrap_or_default().as_millis())
        .collect();
    assert_eq!(waits, [0, 0, 0, 2_000, 4_000, 6_000]);
    assert_eq!(limits.admit(UserId(2), now), Ok(()));
    // Each passes when it comes at its moment.
    for wait in &waits[3..] {
        assert_eq!(limits.admit(UserId(1), now + Span::from_millis(*wait)), Ok(()));
    }
}

#[test]
fn r10_7_settings_of_two_places_are_united() {
    let refusing = |channel, name: &str| Settings {
        channels: [channel].into(),
        templates: [String::from(name)].into(),
    };
    let both = refusing(Channel::Sms, "posted").merge(refusing(Channel::Email, "friend"));
    assert!(both.refuses(Channel::Sms, "message") && both.refuses(Channel::Email, "message"));
    assert!(both.refuses(Channel::WebPush, "posted") && !both.refuses(Channel::WebPush, "message"));
    assert!(!Settings::default().refuses(Channel::Sms, "posted"));
    assert_eq!(refusing(Channel::Sms, "No!").check(), Err(Error::Settings));
    let templates = (0..=MAX_REFUSED).map(|i| alloc::format!("t{i}")).collect();
    assert_eq!(Settings { templates, ..Settings::default() }.check(), Err(Error::Settings));
}

#[test]
fn r10_4_a_user_has_one_queue_on_each_channel_and_all_queues_are_used() {
    let mut used = alloc::collections::BTreeSet::new();
    for channel in Channel::ALL {
        for user in 0..100 {
            let queue = queue_of(channel, UserId(user));
            assert_eq!(queue, queue_of(channel, UserId(user)));
            used.insert(queue);
        }
    }
    assert_eq!(used.into_iter().collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
}

#[test]
fn r10_6_numbers_are_of_sender_and_event() {
    let id = NotificationId::of("a", "b/c");
    assert_eq!(id, NotificationId::of("a", "b/c"));
    assert_ne!(id, NotificationId::of("a/b", "c"));
    assert_eq!(NotificationId::parse(&id.to_string()), Some(id));
    for wrong in ["", "+123", &"f".repeat(33), &"g".repeat(32), &"é".repeat(16)] {
        assert_eq!(DeliveryId::parse(wrong), None);
    }
}

#[test]
fn r10_7_a_signature_holds_for_what_was_signed() {
    // HMAC-SHA256 of "POST\n/v1/notifications\n1767225600\norder 7\n{}" under "secret", by OpenSSL.
    let signature = sign("secret", "POST", "/v1/notifications", 1_767_225_600, "order 7", b"{}");
    assert_eq!(signature, "74dc6ca259d2fd4a6ae811b09b7c5ebde12030529b2844ad460a6f5c7a214253");
}
