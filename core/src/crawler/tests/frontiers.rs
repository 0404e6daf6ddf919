//! The frontier: its orders, and that politeness holds whatever happens.

use crate::base::{Instant, Random, Ratio, Span};
use crate::crawler::*;
use std::collections::{BTreeMap, BTreeSet};

fn entry(text: &str, depth: u16) -> Entry {
    Entry::new(Address::parse(text).unwrap(), depth)
}

fn paths(order: Order) -> Vec<String> {
    let mut frontier = Frontier::new(order, Pace::default());
    for (depth, path) in ["/a", "/b", "/c"].into_iter().enumerate() {
        frontier.push(entry(&format!("http://h{depth}.example{path}"), 0));
    }
    let mut got = Vec::new();
    while let Next::Fetch(entry) = frontier.next(Instant::ZERO) {
        got.push(entry.address.path().to_owned());
    }
    got
}

#[test]
fn r9_1_orders() {
    assert_eq!(paths(Order::DepthFirst), ["/c", "/b", "/a"]);
    assert_eq!(paths(Order::BreadthFirst), ["/a", "/b", "/c"]);
    assert_eq!(paths(Order::PoliteBreadthFirst), ["/a", "/b", "/c"]);
}

#[test]
fn r9_2_front_queues_favour_and_do_not_starve() {
    let mut frontier = Frontier::new(Order::PoliteBreadthFirst, Pace::default());
    for i in 0..40 {
        for depth in [0, 2, 4, 8] {
            frontier.push(entry(&format!("http://h{i}-{depth}.example/"), depth));
        }
    }
    assert_eq!(frontier.fronts(), [40; 4]);
    let mut of_priority = [0; FRONTS];
    for _ in 0..64 {
        let Next::Fetch(entry) = frontier.next(Instant::ZERO) else { panic!("all hosts rest") };
        of_priority[usize::from(entry.priority)] += 1;
    }
    // All hosts fit into back queues at once and are then as good as each other; so the front
    // decides only which are first.
    assert_eq!(of_priority.iter().sum::<i32>(), 64);
    let mut crowded = Frontier::new(Order::PoliteBreadthFirst, Pace::default());
    for i in 0..4 * MAX_BACKS {
        let depth = [0, 2, 4, 8][i % 4];
        crowded.push(entry(&format!("http://h{i}.example/"), depth));
    }
    let _ = crowded.next(Instant::ZERO);
    let left = crowded.fronts();
    assert!(left[0] < left[1] && left[1] < left[2] && left[2] <= left[3], "{left:?}");
    assert!(left[3] < MAX_BACKS, "the last queue starves: {left:?}");
}

#[test]
fn r9_2_a_host_that_fails_rests_longer_and_is_given_up() {
    let pace = Pace::default();
    let mut frontier = Frontier::new(Order::PoliteBreadthFirst, pace);
    for i in 0..10 {
        frontier.push(entry(&format!("http://bad.example/{i}"), i));
    }
    frontier.push_at(entry("http://bad.example/later", 0), Instant::from_micros(u64::MAX));
    let (mut now, mut rests, mut given_up) = (Instant::ZERO, Vec::new(), Vec::new());
    while given_up.is_empty() {
        match frontier.next(now) {
            Next::Fetch(_) => given_up = frontier.done("bad.example", now, Ended::Failed),
            Next::At(at) => {
                rests.push(at.since(now).as_millis() / 1_000);
                now = at;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(rests, [2, 4, 8, 16, 32]);
    assert_eq!(given_up.len(), 10 - usize::from(MAX_FAILURES) + 1);
    assert!(frontier.is_given_up("bad.example"));
    assert!(!frontier.push(entry("http://bad.example/new", 0)));
    assert_eq!(frontier.len(), 0);
    now = now + pace.most;
    assert_eq!(frontier.next(now), Next::Empty);
}

#[test]
fn r9_2_revisits_wait_for_their_moment() {
    for order in [Order::DepthFirst, Order::BreadthFirst, Order::PoliteBreadthFirst] {
        let mut frontier = Frontier::new(order, Pace::default());
        let at = Instant::ZERO + Span::from_secs(10);
        frontier.push_at(entry("http://a.example/", 0), at);
        assert_eq!(frontier.next(Instant::ZERO), Next::At(at));
        assert!(matches!(frontier.next(at), Next::Fetch(_)));
        assert_eq!(frontier.next(at), Next::Wait);
        frontier.done("a.example", at, Ended::Failed);
        assert!(frontier.is_empty());
    }
}

#[test]
fn r9_2_politeness_holds_and_nothing_is_lost() {
    for seed in 0..60 {
        let random = &mut Random::new(seed);
        let pace = Pace { delay: Span::from_millis(500), factor: 5, most: Span::from_secs(20) };
        let mut frontier = Frontier::new(Order::PoliteBreadthFirst, pace);
        let hosts = random.between(1, 30);
        let (mut now, mut pushed, mut fetched) = (Instant::ZERO, BTreeSet::new(), BTreeSet::new());
        let mut rested: BTreeMap<String, Instant> = BTreeMap::new();
        let mut under_way: BTreeMap<Instant, Vec<(String, Span)>> = BTreeMap::new();
        for i in 0..random.between(1, 300) {
            let text = format!("http://h{}.example/{i}", random.below(hosts));
            frontier.push(entry(&text, u16::try_from(random.below(10)).unwrap()));
            pushed.insert(text);
        }
        loop {
            match frontier.next(now) {
                Next::Fetch(entry) => {
                    let host = entry.address.host().to_owned();
                    assert!(under_way.values().flatten().all(|(other, _)| *other != host));
                    assert!(rested.get(&host).is_none_or(|&until| until <= now), "seed {seed}");
                    assert!(fetched.insert(entry.address.to_string()));
                    let took = Span::from_millis(random.below(2_000));
                    under_way.entry(now + took).or_default().push((host, took));
                    continue;
                }
                Next::At(at) => {
                    let next = under_way.keys().next().copied().unwrap_or(at).min(at);
                    now = if random.chance(Ratio::new(1, 3)) { now.max(next) } else { next };
                }
                Next::Wait => now = *under_way.keys().next().expect("something is under way"),
                Next::Empty => break,
            }
            while let Some(ended) = under_way.first_entry().filter(|ended| *ended.key() <= now) {
                for (host, took) in ended.remove() {
                    let asked = random.chance(Ratio::new(1, 4)).then(|| Span::from_secs(3));
                    let least = pace.delay.max(asked.unwrap_or(Span::ZERO)).max(took * 5);
                    rested.insert(host.clone(), now + least.min(pace.most));
                    let given_up = frontier.done(&host, now, Ended::Answered { took, asked });
                    assert!(given_up.is_empty());
                }
            }
        }
        assert_eq!(pushed, fetched, "seed {seed}");
    }
}
