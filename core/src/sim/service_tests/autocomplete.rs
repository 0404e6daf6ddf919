//! Autocomplete, against plain counts.

use super::{after, answer, ask, fault, in_trouble, world};
use crate::autocomplete::Suggestion;
use crate::base::{Random, Span};
use crate::kv::RequestId;
use crate::ring::NodeId;
use crate::services::{Answered, Ask};
use crate::sim::{Fault, World};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

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
    for request in [first, second] {
        assert!(matches!(world.answer(request), Some(Answered::Counted(Err(_)))), "{request}");
    }
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
    for i in 0..400u16 {
        let query = QUERIES[usize::from(i) * usize::from(i) % 12];
        count(&mut world, i % 3, query);
        *model.entry(query.to_string()).or_default() += 1;
        after(&mut world, Span::from_millis(200));
    }
    let checkpoints = |world: &World| -> u64 {
        let nodes = (0..3).filter_map(|node| world.services(NodeId(node)));
        nodes.map(|services| services.autocomplete.counters().checkpoints).sum()
    };
    let (done, keys) = (checkpoints(&world), world.view().nodes[0].keys);
    assert!(done >= 2, "{done} checkpoints");
    assert!(keys > 0);
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
        let counts = |world: &World, at: u16| -> BTreeMap<String, u64> {
            let service = &world.services(NodeId(at)).unwrap().autocomplete;
            let count = |query: &&str| (query.to_string(), service.count(query).unwrap());
            QUERIES.iter().map(count).filter(|(_, count)| *count > 0).collect()
        };
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
