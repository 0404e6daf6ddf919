use super::*;
use crate::base::{Instant, Span};
use crate::kv::{Health, Key};
use crate::ring::NodeId;
use alloc::string::String;
use alloc::vec::Vec;
use proptest::prelude::*;

mod log;
mod ports;
mod turns;

fn put(at: u16, key: &str, value: &str, sight: Sight) -> Transition {
    Transition::Put { at: NodeId(at), key: String::from(key), value: String::from(value), sight }
}

fn after(world: &mut World, span: Span) {
    let until = world.now() + span;
    world.run_until(until, u64::MAX);
}

fn quiet() -> Options {
    Options { operations: 0, ..Options::gentle(5) }
}

#[test]
fn r6_17_nothing_acknowledged_is_lost_under_faults_in_60_worlds() {
    for seed in 1..=60 {
        let options = Options::swarm(seed);
        let report = run(seed, options, Span::from_secs(15), |_| {});
        assert_eq!(report.violations, [], "seed {seed}\n{options}");
    }
}

#[test]
fn r6_12_a_world_with_more_restarts_than_a_context_has_room_for_holds() {
    let report = run(2, Options::from_seed(2, 5), Span::from_secs(600), |_| {});
    assert_eq!(report.violations, []);
}

#[test]
fn the_same_seed_gives_the_same_digest_and_another_one_another() {
    let digest = |seed| run(seed, Options::from_seed(7, 5), Span::from_secs(10), |_| {}).digest;
    assert_eq!(digest(7), digest(7));
    assert_ne!(digest(7), digest(8));
}

#[test]
fn the_link_of_a_run_leads_to_its_digest() {
    let report = run(7, Options::from_seed(7, 5), Span::from_secs(20), |_| {});
    let mut replayed = report.link.begin();
    while !report.link.advance(&mut replayed, 1_000) {}
    assert_eq!(replayed.digest(), report.digest);
}

#[test]
fn the_log_does_not_influence_the_world() {
    let options = Options::from_seed(3, 5);
    let (mut seen, mut unseen) = (World::new(3, options), World::without_log(3, options));
    after(&mut seen, Span::from_secs(10));
    after(&mut unseen, Span::from_secs(10));
    assert_eq!(seen.digest(), unseen.digest());
    assert!(seen.log().count() > 100);
}

#[test]
fn the_page_world_begins_healthy_and_stays_so() {
    let mut world = World::new(7, Options::gentle(5));
    after(&mut world, Span::from_secs(60));
    let view = world.view();
    assert!(view.nodes.iter().all(|node| node.status == Status::Up && node.hints.is_empty()));
    assert!(view.nodes.iter().map(|node| node.counters.writes).sum::<u64>() > 50);
    assert_eq!(view.nodes.iter().map(|node| node.counters.refused).sum::<u64>(), 0);
    assert_eq!(view.violations, Vec::<String>::new());
}

#[test]
fn r6_9_a_killed_owner_is_stood_in_for_and_gets_its_hint() {
    let mut world = World::new(7, quiet());
    after(&mut world, Span::from_secs(1));
    let city = Key::new("city", "").unwrap();
    let owner = world.key_view(&city).owners[0];
    world.apply(Transition::Fault(Fault::Kill(owner)));
    after(&mut world, Span::from_secs(3));
    world.apply(put((owner.0 + 1) % 5, "city", "Seoul", Sight::Blind));
    after(&mut world, Span::from_millis(500));
    let hinted = world.key_view(&city).copies.iter().any(|copy| copy.hint_for == Some(owner));
    assert!(hinted, "a stand-in keeps a hint");

    world.apply(Transition::Fault(Fault::Restart(owner)));
    after(&mut world, Span::from_secs(3));
    let copies = world.key_view(&city).copies;
    assert!(copies.iter().all(|copy| copy.hint_for.is_none()), "the hint was handed over");
    assert!(copies.iter().any(|copy| copy.node == owner));
}

#[test]
fn r6_7_two_writes_at_once_are_siblings_in_the_page_world() {
    let mut world = World::new(7, quiet());
    after(&mut world, Span::from_secs(1));
    world.apply(put(0, "city", "Seoul", Sight::LastRead));
    world.apply(put(3, "city", "Busan", Sight::LastRead));
    after(&mut world, Span::from_secs(1));
    let city = Key::new("city", "").unwrap();
    let siblings = |world: &World| world.key_view(&city).copies[0].versions.siblings().len();
    assert_eq!(siblings(&world), 2);
    world.apply(Transition::Get { at: NodeId(1), key: String::from("city") });
    after(&mut world, Span::from_secs(1));
    world.apply(put(2, "city", "Jeju", Sight::LastRead));
    after(&mut world, Span::from_secs(1));
    assert_eq!(siblings(&world), 1);
}

#[test]
fn r6_9_after_a_split_both_sides_write_and_after_healing_both_writes_are_there() {
    let mut world = World::new(7, quiet());
    after(&mut world, Span::from_secs(1));
    world.apply(Transition::Fault(Fault::Split(Vec::from([NodeId(0), NodeId(1)]))));
    after(&mut world, Span::from_secs(4));
    world.apply(put(0, "city", "Seoul", Sight::LastRead));
    world.apply(put(4, "city", "Busan", Sight::LastRead));
    after(&mut world, Span::from_secs(1));
    world.apply(Transition::Fault(Fault::HealNetwork));
    after(&mut world, Span::from_secs(20));
    assert!(world.is_at_rest());
    let city = Key::new("city", "").unwrap();
    for copy in world.key_view(&city).copies {
        assert_eq!(copy.versions.values().count(), 2, "at node {}", copy.node.0);
    }
}

#[test]
fn r6_5_a_write_that_was_given_up_does_not_come_back_from_a_node_that_stood_still() {
    let mut world = World::new(7, Options { nodes: 3, ..quiet() });
    after(&mut world, Span::from_secs(1));
    let city = Key::new("city", "").unwrap();
    let (first, other) = {
        let owners = world.key_view(&city).owners;
        (owners[0], owners[1].0)
    };
    world.apply(Transition::Fault(Fault::Pause(first)));
    world.apply(put(other, "city", "old", Sight::Blind));
    after(&mut world, Span::from_secs(3));
    world.apply(put(other, "city", "new", Sight::Blind));
    after(&mut world, Span::from_secs(1));
    world.apply(Transition::Fault(Fault::Resume(first)));
    after(&mut world, Span::from_secs(5));
    for copy in world.key_view(&city).copies {
        let values: Vec<_> = copy.versions.values().cloned().collect();
        assert_eq!(values, ["new"], "at node {}", copy.node.0);
    }
}

#[test]
fn r6_9_a_node_whose_connection_broke_is_not_brought_back_by_old_news() {
    for seed in 0..20 {
        let mut world = World::new(seed, Options { operations: 50, ..Options::gentle(5) });
        after(&mut world, Span::from_millis(1_000 + 37 * seed));
        world.apply(Transition::Fault(Fault::Kill(NodeId(2))));
        after(&mut world, Span::from_millis(10));
        for _ in 0..20 {
            after(&mut world, Span::from_millis(100));
            let view = world.view();
            let others = view.nodes.iter().filter(|node| node.id != NodeId(2));
            for node in others {
                assert_eq!(node.sees[2].health, Health::Down, "seen from {}", node.name);
                assert_eq!(node.counters.refused, 0, "refused by {}", node.name);
            }
        }
        world.apply(Transition::Fault(Fault::Restart(NodeId(2))));
        after(&mut world, Span::from_secs(3));
        let view = world.view();
        assert!(view.nodes.iter().all(|node| node.sees[2].health == Health::Up), "seed {seed}");
    }
}

#[test]
fn r6_9_both_ends_of_a_connection_that_breaks_know_and_hear_of_each_other_soon() {
    let mut world = World::new(3, quiet());
    after(&mut world, Span::from_secs(2));
    let (a, b) = (NodeId(0), NodeId(1));
    let sees = |world: &World, by: NodeId, node: NodeId| {
        let nodes = world.view().nodes;
        nodes[by.index()].sees.iter().find(|view| view.id == node).map(|view| view.health)
    };
    world.apply(Transition::Fault(Fault::Reset { a, b }));
    after(&mut world, Span::from_millis(1));
    assert_eq!((sees(&world, a, b), sees(&world, b, a)), (Some(Health::Down), Some(Health::Down)));
    after(&mut world, Span::from_secs(5));
    assert_eq!((sees(&world, a, b), sees(&world, b, a)), (Some(Health::Up), Some(Health::Up)));
    assert!(world.check().violations().is_empty());
}

#[test]
fn a_node_that_stands_still_answers_when_it_goes_on() {
    let mut world = World::new(7, quiet());
    after(&mut world, Span::from_secs(1));
    world.apply(Transition::Fault(Fault::Pause(NodeId(0))));
    world.apply(put(0, "city", "Seoul", Sight::Blind));
    after(&mut world, Span::from_millis(500));
    let city = Key::new("city", "").unwrap();
    assert_eq!(world.key_view(&city).copies, []);
    world.apply(Transition::Fault(Fault::Resume(NodeId(0))));
    after(&mut world, Span::from_secs(1));
    assert!(!world.key_view(&city).copies.is_empty());
}

#[test]
fn a_wiped_node_refills() {
    let mut world = World::new(7, Options::gentle(5));
    after(&mut world, Span::from_secs(30));
    let keys = |world: &World| world.view().nodes[2].keys;
    let before = keys(&world);
    world.apply(Transition::Fault(Fault::Wipe(NodeId(2))));
    assert_eq!(keys(&world), 0);
    after(&mut world, Span::from_secs(60));
    assert!(keys(&world) >= before && before > 10, "{} of {before}", keys(&world));
}

#[test]
fn damaged_links_are_refused_in_words() {
    let text = Link::of(&World::new(1, quiet())).to_fragment();
    assert!(Link::parse(&text).is_ok());
    assert_eq!(Link::parse("not a link!"), Err(LinkError::Text));
    assert_eq!(Link::parse(""), Err(LinkError::Text));
    for length in 0..text.len() {
        assert!(Link::parse(&text[..length]).is_err(), "cut at {length}");
    }
    let mut link = Link::of(&World::new(1, quiet()));
    link.options.nodes = 65;
    assert!(matches!(Link::parse(&link.to_fragment()), Err(LinkError::Options(_))));
    link.options = Options { keys: u32::MAX, ..quiet() };
    assert!(matches!(Link::parse(&link.to_fragment()), Err(LinkError::Options(_))));
    for seed in 0..200 {
        let nodes = 1 + u16::try_from(seed % 9).unwrap();
        assert_eq!(Options::from_seed(seed, nodes).check(), Ok(()), "seed {seed}");
    }
}

fn deeds() -> impl Strategy<Value = Vec<(u16, u16, u64)>> {
    prop::collection::vec((0u16..9, 0u16..5, 1u64..3_000), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_link_replays_what_its_sender_saw(seed in 0u64..1_000, deeds in deeds(), budget in 1u64..500) {
        let mut world = World::new(seed, Options::gentle(5));
        for (kind, node, millis) in deeds {
            // In bits, as a page does it, and once in the middle of a moment.
            let until = world.now() + Span::from_millis(millis);
            world.run_until(until, millis);
            world.step();
            let node = NodeId(node);
            world.apply(match kind {
                0 => Transition::Fault(Fault::Kill(node)),
                1 => Transition::Fault(Fault::Restart(node)),
                2 => Transition::Fault(Fault::Pause(node)),
                3 => Transition::Fault(Fault::Resume(node)),
                4 => Transition::Fault(Fault::Split(Vec::from([node]))),
                5 => Transition::Fault(Fault::HealNetwork),
                6 => Transition::Get { at: node, key: String::from("city") },
                7 => put(node.0, "city", "Seoul", Sight::LastRead),
                _ => put(node.0, "city", "Busan", Sight::Blind),
            });
        }
        after(&mut world, Span::from_millis(777));
        let link = Link::parse(&Link::of(&world).to_fragment()).unwrap();
        let mut replayed = link.begin();
        while !link.advance(&mut replayed, budget) {}
        prop_assert_eq!(replayed.digest(), world.digest());
        prop_assert_eq!(replayed.now(), world.now());
        prop_assert_eq!(replayed.transitions(), world.transitions());
        let end = Instant::from_micros(world.now().as_micros() + 5_000_000);
        world.run_until(end, u64::MAX);
        replayed.run_until(end, u64::MAX);
        prop_assert_eq!(replayed.digest(), world.digest());
    }
}
