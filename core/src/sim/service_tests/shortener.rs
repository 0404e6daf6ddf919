use super::*;
use crate::shortener::{Error, HashFunction, Redirect, Scheme, Shortened, Wish};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};

fn shorten(world: &mut World, at: u16, wish: Wish) -> Result<Shortened, Error> {
    match answer(world, at, Ask::Shorten(wish)) {
        Answered::Shortened(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn follow(world: &mut World, at: u16, code: &str) -> Result<String, Error> {
    match answer(world, at, Ask::Follow { code: code.to_string() }) {
        Answered::Followed(outcome) => outcome.map(|link| link.url.clone()),
        other => panic!("{other:?}"),
    }
}

fn clicks(world: &mut World, at: u16, code: &str) -> u64 {
    match answer(world, at, Ask::Clicks { code: code.to_string() }) {
        Answered::Clicks(Ok(stats)) => stats.days.iter().map(|(_, clicks)| clicks).sum(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn r8_6_a_known_address_has_its_code_on_every_node() {
    for scheme in Scheme::ALL {
        let mut world = world(1, 5);
        let wish = Wish::new("https://example.com/a?b=c#d").by(scheme);
        let first = shorten(&mut world, 0, wish.clone()).unwrap();
        assert!(first.is_new && first.code.len() == 7, "{scheme}: {first:?}");
        for at in 1..5 {
            let again = shorten(&mut world, at, wish.clone()).unwrap();
            assert!(!again.is_new && again.code == first.code, "{scheme}: {again:?}");
            assert_eq!(follow(&mut world, at, &first.code).as_deref(), Ok(wish.url.as_str()));
        }
        // The same address led on in another way is another link.
        let other = wish.clone().redirecting(Redirect::Permanent);
        let other = shorten(&mut world, 2, other).unwrap();
        assert!(other.is_new && other.code != first.code);
        assert_eq!(other.link.redirect.status(), 301);
        assert_eq!(follow(&mut world, 3, &other.code), Ok(wish.url));
    }
}

#[test]
fn r8_4_the_next_candidate_is_taken_if_another_address_has_the_first() {
    // Two addresses whose CRC-32 begin with the same seven digits.
    let code =
        |url: &str| crate::shortener::hash_candidates(HashFunction::Crc32, url).next().unwrap();
    let mut met = BTreeMap::new();
    let (first, second) = (0..)
        .find_map(|i| {
            let url = format!("https://example.com/{i}");
            met.insert(code(&url), url.clone()).map(|earlier| (earlier, url))
        })
        .unwrap();
    let mut world = world(2, 3);
    let by_crc = |url: &str| Wish::new(url).by(Scheme::Hash(HashFunction::Crc32));
    let a = shorten(&mut world, 0, by_crc(&first)).unwrap();
    // At a node whose filter has met the code, and at one whose filter has not.
    let b = shorten(&mut world, 0, by_crc(&second)).unwrap();
    assert_eq!((a.code.as_str(), a.code == b.code), (code(&first).as_str(), false));
    let counters = world.services(NodeId(0)).unwrap().shortener.counters();
    assert_eq!((counters.candidates, counters.collisions, counters.spared), (3, 1, 2));
    let permanent = by_crc(&second).redirecting(Redirect::Permanent);
    let c = shorten(&mut world, 1, permanent).unwrap();
    let codes = BTreeSet::from([&a.code, &b.code, &c.code]);
    assert_eq!(codes.len(), 3);
    let counters = world.services(NodeId(1)).unwrap().shortener.counters();
    assert_eq!((counters.candidates, counters.collisions), (3, 2));
    for at in 0..3 {
        assert_eq!(follow(&mut world, at, &a.code).as_ref(), Ok(&first));
        assert_eq!(follow(&mut world, at, &b.code).as_ref(), Ok(&second));
        assert_eq!(follow(&mut world, at, &c.code).as_ref(), Ok(&second));
    }
}

#[test]
fn r8_7_a_code_that_is_wished_for_goes_to_one_address() {
    let mut world = world(3, 5);
    // All nodes at once.
    let asked: Vec<RequestId> = (0..5)
        .map(|at| {
            let wish = Wish::new(&format!("https://example.com/{at}")).coded("summer");
            ask(&mut world, at, Ask::Shorten(wish))
        })
        .collect();
    after(&mut world, Span::from_secs(5));
    let mut owner = None;
    for (at, id) in asked.into_iter().enumerate() {
        match world.answer(id) {
            Some(Answered::Shortened(Ok(made))) => {
                assert!(made.is_new && owner.replace(at).is_none(), "{made:?}");
            }
            Some(Answered::Shortened(Err(Error::Taken { got }))) => assert_eq!(got, "summer"),
            other => panic!("{other:?}"),
        }
    }
    let url = format!("https://example.com/{}", owner.unwrap());
    assert_eq!(follow(&mut world, 4, "summer").as_ref(), Ok(&url));
    let again = shorten(&mut world, 4, Wish::new(&url).coded("summer")).unwrap();
    assert!(!again.is_new);
    let refused = shorten(&mut world, 1, Wish::new("https://other.example/").coded("summer"));
    assert!(matches!(refused, Err(Error::Taken { .. })), "{refused:?}");
}

#[test]
fn r8_7_links_end_and_what_leads_nowhere_says_so() {
    let mut world = world(4, 3);
    let wall = |world: &World| world.services(NodeId(0)).unwrap().now();
    let mut wish = Wish::new("https://example.com/");
    wish.expires = Some(wall(&world) + Span::from_secs(5));
    let made = shorten(&mut world, 0, wish.clone()).unwrap();
    assert!(follow(&mut world, 1, &made.code).is_ok());
    after(&mut world, Span::from_secs(6));
    assert!(matches!(follow(&mut world, 1, &made.code), Err(Error::Gone { .. })));
    assert!(matches!(shorten(&mut world, 0, wish), Err(Error::Expired { .. })));
    for code in ["nothing", "no", "favicon.ico", "x-y-z"] {
        let refused = follow(&mut world, 1, code);
        assert!(matches!(refused, Err(Error::Unknown { .. })), "{refused:?}");
    }
    for url in ["javascript:alert(1)", "http://127.0.0.1:8080/x"] {
        assert!(shorten(&mut world, 0, Wish::new(url)).is_err(), "{url}");
    }
}

#[test]
fn r8_1_clicks_are_counted_by_all_nodes_together() {
    let mut world = world(5, 3);
    let code = shorten(&mut world, 0, Wish::new("https://example.com/")).unwrap().code;
    for round in 0..30 {
        assert!(follow(&mut world, round % 3, &code).is_ok());
    }
    after(&mut world, Span::from_secs(3));
    for at in 0..3 {
        assert_eq!(clicks(&mut world, at, &code), 30);
    }
    // A node that starts again goes on from what it had written.
    fault(&mut world, Fault::Kill(NodeId(1)));
    fault(&mut world, Fault::Restart(NodeId(1)));
    after(&mut world, Span::from_secs(2));
    assert!(follow(&mut world, 1, &code).is_ok());
    after(&mut world, Span::from_secs(3));
    assert_eq!(clicks(&mut world, 2, &code), 31);
}

/// What the shortener must equal once all is quiet: of each code that was acknowledged, its address.
#[test]
fn r8_6_no_acknowledged_link_is_lost_and_no_code_leads_to_two_addresses_in_40_worlds() {
    let mut total = 0;
    for seed in 1..=40 {
        let mut random = Random::new(seed);
        let mut world = world(seed, 5);
        let scheme = Scheme::ALL[usize::try_from(seed % 4).unwrap()];
        let mut wishes = Vec::new();
        let asked = in_trouble(&mut world, &mut random, 250, |random| {
            // Few addresses and fewer codes, so that many meet.
            let url = format!("https://example.com/{}", random.below(60));
            let wish = Wish::new(&url).by(scheme);
            let wish = match random.below(4) {
                0 => wish.coded(&format!("code-{}", random.below(10))),
                _ => wish,
            };
            wishes.push(wish.clone());
            Ask::Shorten(wish)
        });
        let mut model: BTreeMap<String, String> = BTreeMap::new();
        for ((id, _), wish) in asked.into_iter().zip(&wishes) {
            let Some(Answered::Shortened(Ok(made))) = world.answer(id) else { continue };
            total += 1;
            assert_eq!(made.link.url, wish.url);
            assert!(wish.code.as_ref().is_none_or(|code| *code == made.code));
            let before = model.insert(made.code.clone(), wish.url.clone());
            assert!(
                before.is_none_or(|before| before == wish.url),
                "seed {seed}: {} leads to two addresses",
                made.code
            );
        }
        for (i, (code, url)) in model.iter().enumerate() {
            let at = u16::try_from(i % 5).unwrap();
            assert_eq!(follow(&mut world, at, code).as_ref(), Ok(url), "seed {seed}: {code}");
        }
    }
    assert!(total > 4_000, "only {total} of 10000 were answered");
}

#[test]
fn r8_6_an_address_has_one_code_though_nodes_race_and_die_in_40_worlds() {
    let (mut answered, mut made) = (0, 0);
    for seed in 1..=40 {
        let mut random = Random::new(seed);
        let mut world = world(seed, 5);
        // In every other world each request draws its own scheme.
        let scheme = Scheme::ALL[usize::try_from(seed % 4).unwrap()];
        let mut asked: Vec<(RequestId, String)> = Vec::new();
        for _ in 0..60 {
            #[allow(clippy::cast_possible_truncation)] // there are five
            let victim = NodeId(random.below(5) as u16);
            trouble(&mut world, &mut random, victim);
            let url = format!("https://example.com/{}", random.below(30));
            // All nodes at once.
            for at in 0..5 {
                let own = Scheme::ALL[usize::try_from(random.below(4)).unwrap()];
                let wish = Wish::new(&url).by(if seed % 2 == 0 { own } else { scheme });
                asked.push((ask(&mut world, at, Ask::Shorten(wish)), url.clone()));
            }
            after(&mut world, Span::from_millis(random.below(100)));
        }
        fault(&mut world, Fault::HealAll);
        after(&mut world, Span::from_secs(15));
        let mut codes: BTreeMap<String, String> = BTreeMap::new();
        for (id, url) in asked {
            let Some(Answered::Shortened(Ok(shortened))) = world.answer(id) else { continue };
            answered += 1;
            made += u32::from(shortened.is_new);
            let code = codes.entry(url.clone()).or_insert_with(|| shortened.code.clone());
            assert_eq!(*code, shortened.code, "seed {seed}: {url}");
        }
        for (i, (url, code)) in codes.iter().enumerate() {
            let at = u16::try_from(i % 5).unwrap();
            assert_eq!(follow(&mut world, at, code).as_ref(), Ok(url), "seed {seed}: {code}");
            let again = shorten(&mut world, (at + 1) % 5, Wish::new(url)).unwrap();
            assert_eq!((&again.code, again.is_new), (code, false), "seed {seed}: {url}");
        }
    }
    assert!(answered > 5_000 && made <= 40 * 30, "{answered} answered, {made} of them as new");
}
