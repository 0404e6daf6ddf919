//! What is done to worlds, as lists.

use super::after;
use crate::base::{Instant, Ratio, Span};
use crate::kv::Key;
use crate::sim::shrink::shrink;
use crate::sim::{
    Between, Fault, Link, Logged, Options, Transition, Violation, Wish, World, follow, replay, run,
};
use alloc::vec::Vec;

/// A world after some seconds, all that was done in it recorded.
fn recorded(seed: u64, options: Options, seconds: u64) -> World {
    let mut world = World::without_log(seed, options);
    world.record();
    after(&mut world, Span::from_secs(seconds));
    world
}

#[test]
fn r6_17_the_list_of_what_a_world_did_makes_the_same_world() {
    for seed in 1..=12 {
        let options = Options::swarm(seed);
        let world = recorded(seed, options, 10);
        let list = world.recorded().to_vec();
        let mut again = World::with_transitions(seed, options.still(), list, false);
        // In other steps, which must not matter.
        for step in 0..40 {
            again.run_until(Instant::from_micros(250_000 * (step + 1)), 400 + step);
        }
        after(&mut again, Span::ZERO);
        again.run_until(world.now(), u64::MAX);
        let of = |world: &World| (world.digest(), world.events(), world.messages());
        assert_eq!(of(&again), of(&world), "seed {seed}\n{options}");
        assert_eq!(again.transitions(), world.recorded(), "seed {seed}");
    }
}

#[test]
fn r6_17_a_seed_draws_every_kind_of_fault_and_each_happens() {
    let mut met = Vec::new();
    for seed in 1..=30 {
        let world = recorded(seed, Options::swarm(seed), 10);
        for Logged { transition, .. } in world.recorded() {
            if let Transition::Fault(fault) = transition {
                let kind = core::mem::discriminant(fault);
                if !met.contains(&kind) {
                    met.push(kind);
                }
            }
        }
    }
    let lasts = Span::ZERO;
    let node = crate::ring::NodeId(0);
    let kinds = [
        Fault::Kill(node),
        Fault::Restart(node),
        Fault::Pause(node),
        Fault::Resume(node),
        Fault::Split(Vec::new()),
        Fault::Cut { from: node, to: node },
        Fault::HealNetwork,
        Fault::Clog { from: node, to: node, lasts },
        Fault::SlowDisk { node, lasts },
        Fault::FailSync(node),
        Fault::Jump { node, millis: 0 },
    ];
    for kind in &kinds {
        assert!(met.contains(&core::mem::discriminant(kind)), "{kind}");
    }
}

#[test]
fn options_of_seeds_spread_over_their_ranges() {
    let all: Vec<Options> = (0..300).map(Options::swarm).collect();
    for nodes in 3..=9 {
        assert!(all.iter().any(|options| options.nodes == nodes), "{nodes} nodes");
    }
    for copies in 2..=5 {
        assert!(all.iter().any(|options| options.config.copies == copies), "{copies} copies");
    }
    assert!(all.iter().any(|options| options.loss.times > 250));
    assert!(all.iter().any(|options| options.loss == Ratio::new(0, 1_000)));
    assert!(all.iter().all(|options| options.check().is_ok()));
    let calm = all.iter().filter(|options| options.weather.crashes.every.is_none()).count();
    assert!((60..140).contains(&calm), "{calm} without crashes");
}

#[test]
fn what_a_register_became_shrinks_to_those_who_made_it_so() {
    let options = Options { nodes: 3, loss: Ratio::NEVER, ..Options::swarm(5) }.still();
    let busy = Options { operations: 50, updates: Ratio::new(1, 2), ..options };
    let list: Vec<Logged> = {
        let world = recorded(5, busy, 4);
        world.recorded().iter().map(|logged| Logged { after: 0, ..logged.clone() }).collect()
    };
    let key = Key::new("register-0", "").unwrap();
    let counts_to_three = |list: &[Logged]| {
        let mut world = World::with_transitions(5, options, list.to_vec(), false);
        after(&mut world, Span::from_secs(8));
        let view = world.register_view(&key);
        let value = view.last().and_then(|(state, _)| state.value.clone());
        // Swaps make a multiple of a thousand of it.
        value.is_some_and(|value| value.ends_with(b"003") || *value == *b"3")
    };
    let most = (0..list.len()).find(|&most| counts_to_three(&list[..most])).unwrap();
    let left = shrink(list[..most].to_vec(), |list| Some(counts_to_three(list)));
    assert_eq!(left.len(), 3, "{left:?} of {most}");
    for Logged { transition, .. } in &left {
        let is_add = matches!(transition, Transition::Client { number: 0, wish: Wish::Add, .. });
        assert!(is_add, "{transition}");
    }
}

#[test]
fn r6_17_a_world_that_fails_is_shrunk_and_its_link_fails_in_the_same_way() {
    let slow = Between::millis(50, 100);
    let mut options = Options { latency: slow, sync: slow, ..Options::swarm(3) };
    // No write can succeed in time, whatever is done: so nothing of it is needed.
    options.config.deadline = Span::from_millis(2);
    let span = Span::from_secs(5);
    let report = run(3, options, span, |_| {});
    let is_stuck = |found: &[Violation]| matches!(found, [Violation::NoProgress { .. }, ..]);
    assert!(is_stuck(&report.violations), "{:?}", report.violations);
    let mut attempts = 0;
    let shrunk = report.shrink(span, |left, of| {
        attempts += 1;
        left <= of
    });
    let shrunk = shrunk.unwrap();
    assert!(shrunk.of > 50 && attempts > 0, "{} done, {attempts} attempts", shrunk.of);
    assert_eq!(shrunk.left, []);
    let link = Link::parse(&shrunk.report.link.to_fragment()).unwrap();
    assert!(is_stuck(&follow(&link, |_| {}).violations));
    assert!(run(3, Options::swarm(3), span, |_| {}).shrink(span, |_, _| true).is_none());
    // Without time the whole list is what is left.
    let whole = report.shrink(span, |_, _| false).unwrap();
    assert_eq!(whole.left.len(), whole.of);
}

#[test]
fn nothing_that_comes_in_a_list_from_outside_can_break_a_world() {
    let at = crate::ring::NodeId(u16::MAX);
    let (client, number) = (u8::MAX, u32::MAX);
    let lasts = Span::from_micros(u64::MAX);
    let wishes = [Wish::Get, Wish::Put(1), Wish::Delete, Wish::Read, Wish::Add, Wish::Swap(1)];
    let asks = wishes.map(|wish| Transition::Client { client, at, number, wish });
    let faults = [
        Fault::Clog { from: at, to: at, lasts },
        Fault::Clog { from: crate::ring::NodeId(0), to: crate::ring::NodeId(1), lasts },
        Fault::SlowDisk { node: at, lasts },
        Fault::SlowDisk { node: crate::ring::NodeId(0), lasts },
        Fault::FailSync(at),
    ];
    let all = asks.into_iter().chain(faults.map(Transition::Fault));
    let list = all.map(|transition| Logged { after: 0, at: Instant::ZERO, transition }).collect();
    let report = replay(1, Options::gentle(3), list);
    assert_eq!(report.violations, []);
}
