//! One world as a test: faults first, and safety; then peace, and progress.

use super::check::Violation;
use super::link::Link;
use super::options::Options;
use super::transition::{Fault, Sight, Transition};
use super::world::World;
use crate::base::{Instant, Span};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

/// How long a healed world may take to come to rest.
const PATIENCE: Span = Span::from_secs(120);

/// What came of a world.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// Its options.
    pub options: Options,
    /// A number over all that happened.
    pub digest: u64,
    /// Events that happened.
    pub events: u64,
    /// Messages that were sent.
    pub messages: u64,
    /// How long it lasted on its own clock.
    pub lasted: Span,
    /// What must not happen and did.
    pub violations: Vec<Violation>,
    /// What replays it up to the first violation, or to its end.
    pub link: Link,
}

/// Runs the world of a seed for `span` with its faults, heals it, and judges. `progress` is told the
/// moment, about once a second of the world.
pub fn run(seed: u64, options: Options, span: Span, mut progress: impl FnMut(Instant)) -> Report {
    let mut world = World::without_log(seed, options);
    let mut link = None;
    let second = Span::from_secs(1);
    let end = Instant::ZERO + span;
    while world.now() < end {
        let until = (world.now() + second).min(end);
        run_to(&mut world, until);
        progress(world.now());
        if link.is_none() && !world.check().violations().is_empty() {
            link = Some(Link::of(&world));
        }
    }
    world.apply(Transition::Fault(Fault::HealAll));
    settle(&mut world, &mut progress);
    probe(&mut world);
    settle(&mut world, &mut progress);
    world.judge_rest();
    Report {
        seed,
        options: *world.options(),
        digest: world.digest(),
        events: world.events(),
        messages: world.messages(),
        lasted: world.now().since(Instant::ZERO),
        violations: world.check().violations().to_vec(),
        link: link.unwrap_or_else(|| Link::of(&world)),
    }
}

fn run_to(world: &mut World, until: Instant) {
    world.run_until(until, u64::MAX);
}

fn settle(world: &mut World, progress: &mut impl FnMut(Instant)) {
    let end = world.now() + PATIENCE;
    while world.now() < end && !world.is_at_rest() {
        let until = world.now() + Span::from_secs(1);
        run_to(world, until);
        progress(world.now());
    }
}

/// Every node must now serve a write and a read. A person asks, so that the link replays it.
fn probe(world: &mut World) {
    for at in world.running() {
        let key = format!("probe-{}", at.0);
        let value = "probe".to_string();
        let put = Transition::Put { at, key: key.clone(), value, sight: Sight::Blind };
        for transition in [put, Transition::Get { at, key }] {
            world.apply(transition);
            let asked = world.last_request();
            let until = world.now() + Span::from_secs(2);
            run_to(world, until);
            if world.is_open(asked) {
                let error = format!("node {} did not answer", at.0);
                world.check_mut().no_progress(error);
            } else if let Some(error) = world.last_error(asked) {
                let error = error.to_string();
                world.check_mut().no_progress(error);
            }
        }
    }
}
