//! Autocomplete, against plain counts.

use super::{after, answer, ask, fault, in_trouble, world};
use crate::autocomplete::{Audit, Autocomplete, ServiceError, Suggestion};
use crate::base::{Random, Span};
use crate::kv::RequestId;
use crate::ring::NodeId;
use crate::services::{Answered, Ask};
use crate::sim::{Fault, Handle, World};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

const QUERIES: [&str; 12] = [
    "tree",
    "true",
    "try",
    "toy",
    "wish",
    "win",
    "twitter",
    "twitch",
    "twilight",
    "하나",
    "한국",
    "twin peak",
];

fn count(world: &mut World, at: u16, query: &str) -> RequestId {
    ask(world, at, Ask::Count { queries: Vec::from([(query.to_string(), 1)]) })
}

/// The five best on a node, asked as a person asks.
fn complete(world: &mut World, at: u16, typed: &str) -> Vec<(String, u64)> {
    match answer(world, at, Ask::Complete { typed: typed.to_string() }) {
        Answered::Completed(Ok(found)) => {
            found.into_iter().map(|Suggestion { query, count }| (query, count)).collect()
        }
        other => panic!("node {at} answers {other:?}"),
    }
}

/// The five best of plain counts.
fn naive(counts: &BTreeMap<String, u64>, typed: &str) -> Vec<(String, u64)> {
    let mut found: Vec<_> = counts
        .iter()
        .filter(|(query, _)| query.starts_with(typed))
        .map(|(query, &count)| (query.clone(), count))
        .collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    found.truncate(5);
    found
}

/// Counts `times` queries all around, five a second; `model` counts too.
fn count_around(world: &mut World, model: &mut BTreeMap<String, u64>, times: u16) {
    for i in 0..times {
        let query = QUERIES[usize::from(i) * usize::from(i) % 12];
        count(world, i % 3, query);
        *model.entry(query.to_string()).or_default() += 1;
        after(world, Span::from_millis(200));
    }
}

/// Another one beside a node's own, to be asked what there is no question for.
fn beside(world: &World, node: NodeId) -> Rc<Autocomplete<Handle>> {
    let ports = world.services(node).unwrap().ports().clone();
    Rc::new(Autocomplete::new(ports, node))
}

fn audit(world: &mut World) -> Audit {
    let (service, found) = (beside(world, NodeId(0)), Rc::new(RefCell::new(None)));
    let put = Rc::clone(&found);
    world.spawn(NodeId(0), |_| async move { *put.borrow_mut() = Some(service.audit().await) });
    after(world, Span::from_secs(10));
    found.take().unwrap().unwrap()
}

/// Each query's count on a node.
fn counts(world: &World, at: u16) -> BTreeMap<String, u64> {
    let service = &world.services(NodeId(at)).unwrap().autocomplete;
    let count = |query: &&str| (query.to_string(), service.count(query).unwrap());
    QUERIES.iter().map(count).filter(|(_, count)| *count > 0).collect()
}

#[test]
fn r13_2_any_node_counts_and_soon_every_node_suggests_it() {
    let mut world = world(1, 3);
    for (at, query) in [(0, "twitter"), (1, "twitch"), (2, "twitter"), (0, "Win")] {
        let request = count(&mut world, at, query);
        after(&mut world, Span::from_millis(400));
        assert_eq!(world.answer(request), Some(&Answered::Counted(Ok(()))), "{query}");
    }
    for at in 0..3 {
        let expected = [("twitter".to_string(), 2), ("twitch".to_string(), 1)];
        assert_eq!(complete(&mut world, at, "tw"), expected, "node {at}");
    }
}

#[test]
fn r13_2_what_was_acknowledged_survives_every_node() {
    let mut world = world(1, 3);
    for i in 0..30 {
        count(&mut world, i % 3, QUERIES[usize::from(i) % 3]);
        after(&mut world, Span::from_millis(100));
    }
    after(&mut world, Span::from_secs(1));
    for node in 0..3 {
        fault(&mut world, Fault::Kill(NodeId(node)));
    }
    after(&mut world, Span::from_secs(1));
    for node in 0..3 {
        fault(&mut world, Fault::Restart(NodeId(node)));
    }
    after(&mut world, Span::from_secs(3));
    for at in 0..3 {
        let expected = [("tree", 10), ("true", 10), ("try", 10)].map(|(q, n)| (q.to_string(), n));
        assert_eq!(complete(&mut world, at, "t"), expected, "node {at}");
    }
}

#[test]
fn r13_2_without_a_quorum_queries_are_refused_and_counted_once_at_most() {
    let mut world = world(1, 3);
    assert_eq!(complete(&mut world, 0, "t"), []);
    fault(&mut world, Fault::Kill(NodeId(1)));
    fault(&mut world, Fault::Kill(NodeId(2)));
    let first = count(&mut world, 0, "tree");
    after(&mut world, Span::from_secs(10));
    let second = count(&mut world, 0, "true");
    after(&mut world, Span::from_secs(10));
    let refused = |request| match world.answer(request) {
        Some(Answered::Counted(Err(error))) => error.clone(),
        other => panic!("{other:?}"),
    };
    let unsure = |error: &ServiceError| match error {
        ServiceError::Partly { counted, unsure, .. } => (*counted, *unsure),
        _ => (0, 0),
    };
    assert_eq!(unsure(&refused(first)), (0, 1), "it is said that the first will yet be counted");
    assert!(matches!(refused(second), ServiceError::Behind(_)), "and the second will not");
    fault(&mut world, Fault::Restart(NodeId(1)));
    fault(&mut world, Fault::Restart(NodeId(2)));
    after(&mut world, Span::from_secs(10));
    for at in 0..3 {
        assert_eq!(complete(&mut world, at, "t"), [("tree".to_string(), 1)], "node {at}");
    }
}

#[test]
fn r13_4_the_aggregator_cuts_the_logs_and_a_new_node_reads_its_snapshot() {
    let mut world = world(1, 3);
    let mut model = BTreeMap::new();
    count_around(&mut world, &mut model, 400);
    let checkpoints = |world: &World| -> u64 {
        let nodes = (0..3).filter_map(|node| world.services(NodeId(node)));
        nodes.map(|services| services.autocomplete.counters().checkpoints).sum()
    };
    let done = checkpoints(&world);
    assert!(done >= 2, "{done} checkpoints");
    after(&mut world, Span::from_secs(10));
    let audit = audit(&mut world);
    assert!(audit.held > 100 && audit.rows == 0, "{audit:?}: what a checkpoint holds is deleted");
    fault(&mut world, Fault::Wipe(NodeId(2)));
    after(&mut world, Span::from_secs(20));
    let applied = |world: &World| {
        world.services(NodeId(2)).map(|services| services.autocomplete.counters().applied)
    };
    for typed in ["", "t", "tw", "w"] {
        assert_eq!(complete(&mut world, 2, typed), naive(&model, typed), "{typed:?}");
    }
    let applied = applied(&world).unwrap();
    assert!(applied < 300, "{applied} batches were read, though most are in the snapshot");
}

#[test]
fn r13_4_a_node_that_was_away_while_logs_were_cut_catches_up_within_seconds() {
    for seed in 1..=6 {
        let mut world = world(seed, 3);
        let ask = |world: &mut World, i: u16, at| {
            count(world, at, QUERIES[usize::from(i) * usize::from(i) % 12]);
            after(world, Span::from_millis(200));
        };
        (0..30).for_each(|i| ask(&mut world, i, i % 3));
        fault(&mut world, Fault::CutOff(NodeId(2)));
        (30..400).for_each(|i| ask(&mut world, i, i % 2));
        fault(&mut world, Fault::HealAll);
        (400..410).for_each(|i| ask(&mut world, i, i % 2));
        after(&mut world, Span::from_secs(8));
        let expected = complete(&mut world, 0, "t");
        assert!(
            expected.first().is_some_and(|(_, count)| *count > 100),
            "seed {seed}: {expected:?}"
        );
        assert_eq!(complete(&mut world, 2, "t"), expected, "seed {seed}");
    }
}

#[test]
fn r13_2_under_faults_nothing_acknowledged_is_lost_and_all_nodes_come_to_agree() {
    let (mut acknowledged, mut unsure) = (0, 0);
    for seed in 1..=20 {
        let nodes = 3 + u16::try_from(seed % 3).unwrap();
        let mut world = world(seed, nodes);
        let mut random = Random::new(seed);
        let mut queries = Vec::new();
        let asked = in_trouble(&mut world, &mut random, 300, |random| {
            let query = QUERIES[random.index(QUERIES.len())];
            queries.push(query);
            Ask::Count { queries: Vec::from([(query.to_string(), 1)]) }
        });
        for at in 0..nodes {
            complete(&mut world, at, ""); // a node that was restarted begins to read when it is asked
        }
        after(&mut world, Span::from_secs(20));
        let mut bounds: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for ((request, _), query) in asked.into_iter().zip(queries) {
            let is_counted = matches!(world.answer(request), Some(Answered::Counted(Ok(()))));
            let (least, most) = bounds.entry(query).or_default();
            *least += u64::from(is_counted);
            *most += 1;
            acknowledged += u64::from(is_counted);
            unsure += u64::from(!is_counted);
        }
        let first = counts(&world, 0);
        for (query, (least, most)) in bounds {
            let got = first.get(query).copied().unwrap_or(0);
            let is_right = (least..=most).contains(&got);
            assert!(is_right, "seed {seed}: {query} counted {got}, {least} to {most} expected");
        }
        for at in 0..nodes {
            assert_eq!(counts(&world, at), first, "seed {seed}: node {at} differs from node 0");
            for typed in ["", "t", "tw", "wi", "x"] {
                let found = complete(&mut world, at, typed);
                assert_eq!(found, naive(&first, typed), "seed {seed}: node {at}, {typed:?}");
            }
        }
    }
    assert!(acknowledged > 2_000 && unsure > 100, "{acknowledged} and {unsure}");
}

#[test]
fn r13_2_of_a_list_that_fails_half_way_it_is_said_how_much_is_counted() {
    let mut world = world(1, 3);
    let queries: Vec<(String, u32)> = (0..900).map(|i| (format!("{i:0190}"), 1)).collect();
    let request = ask(&mut world, 0, Ask::Count { queries });
    let recorded = |world: &World| {
        world.services(NodeId(0)).map(|services| services.autocomplete.counters().recorded)
    };
    while recorded(&world) == Some(0) {
        after(&mut world, Span::from_millis(1));
    }
    fault(&mut world, Fault::Kill(NodeId(1)));
    fault(&mut world, Fault::Kill(NodeId(2)));
    after(&mut world, Span::from_secs(15));
    let (counted, unsure) = match world.answer(request) {
        Some(Answered::Counted(Err(ServiceError::Partly { counted, unsure, .. }))) => {
            (*counted, *unsure)
        }
        other => panic!("{other:?}"),
    };
    assert!(counted > 0 && unsure > 0 && counted + unsure < 900, "{counted} and {unsure}");
    assert_eq!(recorded(&world), Some(counted));
    fault(&mut world, Fault::Restart(NodeId(1)));
    fault(&mut world, Fault::Restart(NodeId(2)));
    after(&mut world, Span::from_secs(10));
    complete(&mut world, 1, "");
    let there = |i: u64| {
        let service = &world.services(NodeId(1)).unwrap().autocomplete;
        service.count(&format!("{i:0190}")).unwrap() == 1
    };
    assert!((0..counted + unsure).all(there), "the first ones are counted, each once");
    assert!(!(counted + unsure..900).any(there), "and no others");
}

#[test]
fn r13_4_a_clock_that_is_a_year_wrong_erases_nothing_and_outweighs_nobody() {
    const YEAR: i64 = 365 * 86_400_000;
    let mut by_wrong_clock = 0;
    for (seed, (victim, millis)) in
        (1..).zip([(0, YEAR), (1, YEAR), (2, YEAR), (0, -YEAR), (1, -YEAR), (2, -YEAR)])
    {
        let (mut world, mut model) = (world(seed, 3), BTreeMap::new());
        let done = |world: &World| {
            let services = world.services(NodeId(victim)).unwrap();
            services.autocomplete.counters().checkpoints
        };
        count_around(&mut world, &mut model, 120);
        let before = done(&world);
        fault(&mut world, Fault::Jump { node: NodeId(victim), millis });
        count_around(&mut world, &mut model, 240);
        by_wrong_clock += done(&world) - before;
        for at in 0..3 {
            assert_eq!(counts(&world, at), model, "node {at} while {victim} is off by {millis}");
        }
        fault(&mut world, Fault::Jump { node: NodeId(victim), millis: -millis });
        count_around(&mut world, &mut model, 120);
        after(&mut world, Span::from_secs(20));
        for at in 0..3 {
            assert_eq!(counts(&world, at), model, "node {at} after {victim} was off by {millis}");
        }
    }
    assert!(by_wrong_clock >= 4, "{by_wrong_clock} checkpoints under a wrong clock");
}

#[test]
fn r13_4_counts_halve_when_most_clocks_have_come_to_the_next_half_life() {
    const DAY: i64 = 86_400_000;
    let mut world = world(1, 3);
    ask(&mut world, 0, Ask::Count { queries: Vec::from([("tree".to_string(), 40)]) });
    after(&mut world, Span::from_secs(1));
    for at in 0..3 {
        complete(&mut world, at, "");
    }
    let mut step = |jumps: &[(u16, i64)], expected: u64| {
        after(&mut world, Span::from_secs(60));
        for &(node, days) in jumps {
            fault(&mut world, Fault::Jump { node: NodeId(node), millis: days * DAY });
        }
        after(&mut world, Span::from_secs(60));
        for at in 0..3 {
            let expected = [("tree".to_string(), expected)];
            assert_eq!(complete(&mut world, at, "t"), expected, "node {at} after {jumps:?}");
        }
    };
    step(&[], 40);
    step(&[(0, 7)], 40);
    step(&[(1, 7)], 20);
    step(&[(2, 7)], 20);
    step(&[(0, 365), (1, 365), (2, 365)], 10); // off for a year, or all wrong: once
    step(&[(0, -365), (1, -365), (2, -365)], 10);
    step(&[(0, 7), (1, 7), (2, 7)], 5); // and time goes on from there
    ask(&mut world, 1, Ask::Count { queries: Vec::from([("toy".to_string(), 6)]) });
    after(&mut world, Span::from_secs(1));
    let expected = [("toy".to_string(), 6), ("tree".to_string(), 5)];
    assert_eq!(complete(&mut world, 2, "t"), expected);
}

#[test]
fn r13_2_a_node_that_is_started_often_costs_nothing_for_ever() {
    let (mut world, mut model) = (world(1, 3), BTreeMap::new());
    for _ in 0..6 {
        count_around(&mut world, &mut model, 6);
        after(&mut world, Span::from_secs(1));
        fault(&mut world, Fault::Kill(NodeId(2)));
        fault(&mut world, Fault::Restart(NodeId(2)));
        after(&mut world, Span::from_secs(2));
    }
    let begun = audit(&mut world);
    assert_eq!(begun.entered, 8, "one for each life that counted");
    complete(&mut world, 2, ""); // whoever is to end logs must have watched them
    after(&mut world, Span::from_secs(600));
    for _ in 0..3 {
        count_around(&mut world, &mut model, 100);
        after(&mut world, Span::from_secs(15));
    }
    let audit = audit(&mut world);
    let ended = Audit { entered: 3, named: 3, ended: 6, rows: 0, ..audit };
    assert!(audit == ended && audit.held > 36, "{audit:?}");
    fault(&mut world, Fault::Wipe(NodeId(1)));
    after(&mut world, Span::from_secs(5));
    complete(&mut world, 1, "");
    after(&mut world, Span::from_secs(5));
    for at in 0..3 {
        assert_eq!(counts(&world, at), model, "node {at}");
    }
}

#[test]
fn r13_4_a_phrase_that_was_blocked_here_stays_blocked_here() {
    let mut world = world(1, 3);
    let (service, done) = (beside(&world, NodeId(0)), Rc::new(RefCell::new(Vec::new())));
    let running = Rc::clone(&service);
    world.spawn(NodeId(0), |_| async move { running.run().await });
    for round in 0..150 {
        // Several at once, while the list is read now and then.
        for name in ["one", "two", "three", "four", "five"] {
            let (service, done) = (Rc::clone(&service), Rc::clone(&done));
            let phrase = format!("{name} {round:03}");
            world.spawn(NodeId(0), |_| async move {
                service.set_blocked(&phrase, true).await.unwrap();
                done.borrow_mut().push(phrase);
            });
        }
        after(&mut world, Span::from_millis(17));
        let blocked = BTreeSet::from_iter(service.blocked());
        for phrase in done.borrow().iter() {
            assert!(blocked.contains(phrase), "{phrase} in round {round}");
        }
    }
    after(&mut world, Span::from_secs(5));
    assert_eq!((done.borrow().len(), service.blocked().len()), (750, 750));
}

#[test]
fn r13_2_an_idle_node_keeps_one_waker() {
    let mut world = world(1, 3);
    complete(&mut world, 0, "");
    after(&mut world, Span::from_secs(60));
    let wakers = world.services(NodeId(0)).map(|services| services.autocomplete.wakers());
    assert_eq!(wakers, Some(1));
}
