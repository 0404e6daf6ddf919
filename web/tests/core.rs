//! The core as WebAssembly in a headless browser: the same worlds as on other machines.
#![allow(clippy::unwrap_used)] // a test may panic
#![cfg(target_arch = "wasm32")]

use ennead::base::{Instant, Span};
use ennead::kv::Key;
use ennead::ring::{HashRing, Member, NodeId, RingHash};
use ennead::sim::{Fault, Link, Options, Sight, Transition, World, run};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn put(at: u16, value: &str) -> Transition {
    let (key, value) = ("city".to_owned(), value.to_owned());
    Transition::Put { at: NodeId(at), key, value, sight: Sight::LastRead }
}

fn after(world: &mut World, millis: u64) {
    let until = world.now() + Span::from_millis(millis);
    world.run_until(until, u64::MAX);
}

#[wasm_bindgen_test]
fn r5_1_hashes_do_not_depend_on_the_width_of_a_word() {
    // SHA-1 of "abc", as FIPS 180 gives it.
    assert_eq!(RingHash::of_key(b"abc").prefix(), 0xA999_3E36_4706_816A);
    let mut ring = HashRing::new();
    ring.add(&Member::new(NodeId(3), "A").weighing(2)).unwrap();
    assert_eq!((ring.points().len(), ring.owner(b"city")), (512, Some(NodeId(3))));
}

#[wasm_bindgen_test]
fn r6_17_a_world_of_faults_loses_nothing_and_repeats_itself() {
    for seed in 1..=3 {
        let world = || run(seed, Options::from_seed(seed, 5), Span::from_secs(10), |_| {});
        let report = world();
        assert_eq!(report.violations, [], "seed {seed}\n{}", report.options);
        assert_eq!(world().digest, report.digest, "seed {seed}");
    }
}

#[wasm_bindgen_test]
fn r6_17_a_link_replays_what_its_sender_saw() {
    let mut world = World::new(7, Options::gentle(5));
    after(&mut world, 1_000);
    world.apply(Transition::Fault(Fault::Kill(NodeId(2))));
    world.apply(put(0, "Seoul"));
    after(&mut world, 2_500);
    world.apply(Transition::Fault(Fault::Restart(NodeId(2))));
    after(&mut world, 1_234);
    let link = Link::parse(&Link::of(&world).to_fragment()).unwrap();
    let mut replayed = link.begin();
    while !link.advance(&mut replayed, 100) {}
    assert_eq!((replayed.digest(), replayed.now()), (world.digest(), world.now()));
}

#[wasm_bindgen_test]
fn r6_7_two_writes_at_once_are_siblings() {
    let mut world = World::new(7, Options { operations: 0, ..Options::gentle(5) });
    world.run_until(Instant::ZERO + Span::from_secs(1), u64::MAX);
    world.apply(put(0, "Seoul"));
    world.apply(put(3, "Busan"));
    after(&mut world, 1_000);
    let view = world.key_view(&Key::new("city", "").unwrap());
    assert_eq!(view.copies.len(), 3);
    assert!(view.copies.iter().all(|copy| copy.versions.siblings().len() == 2));
}
