//! One world as a test: faults first, and safety; then peace, and progress.

use super::check::Violation;
use super::link::Link;
use super::options::Options;
use super::shrink::shrink;
use super::silence::probe_silence;
use super::transition::{Fault, Logged, Sight, Transition};
use super::world::World;
use crate::base::{Instant, Span};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::mem::discriminant;

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

/// What is left of a world that failed when all is left out that it fails without.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// How much its clients and its weather did.
    pub of: usize,
    /// What of that it still fails with.
    pub left: Vec<Logged>,
    /// What comes of doing only that, and the link that replays it.
    pub report: Report,
}

/// Runs the world of a seed for `span` with its faults, heals it, and judges. `progress` is told the
/// moment, about once a second of the world.
pub fn run(seed: u64, options: Options, span: Span, mut progress: impl FnMut(Instant)) -> Report {
    let mut world = World::without_log(seed, options);
    let link = endure(&mut world, Instant::ZERO + span, &mut progress);
    judge(world, link, &mut progress)
}

/// Everything that clients and weather do in the world that [`run`] would run.
#[must_use]
pub fn record(seed: u64, options: Options, span: Span) -> Vec<Logged> {
    let mut world = World::without_log(seed, options);
    world.record();
    endure(&mut world, Instant::ZERO + span, &mut |_| {});
    world.recorded().to_vec()
}

/// Runs the world of a seed in which only this is done, heals it after the last of it, and judges.
#[must_use]
pub fn replay(seed: u64, options: Options, transitions: Vec<Logged>) -> Report {
    let end = transitions.last().map_or(Instant::ZERO, |last| last.at);
    let mut world = World::with_transitions(seed, options.still(), transitions, false);
    let link = endure(&mut world, end, &mut |_| {});
    judge(world, link, &mut |_| {})
}

/// Goes where a link leads, heals the world there, and judges.
pub fn follow(link: &Link, mut progress: impl FnMut(Instant)) -> Report {
    let (seed, options) = (link.seed, link.options);
    let mut world = World::with_transitions(seed, options, link.transitions.clone(), false);
    while !link.advance(&mut world, 100_000) {
        progress(world.now());
    }
    judge(world, Some(link.clone()), &mut progress)
}

impl Report {
    /// What is left of the world of a failed run of `span`, when all is left out that it fails without in the same
    /// way. `go_on` is told before each attempt how much of how much is left; false ends the search. None if
    /// nothing failed, or if the list of what was done does not fail without the seed's hand.
    pub fn shrink(
        &self,
        span: Span,
        mut go_on: impl FnMut(usize, usize) -> bool,
    ) -> Option<Shrunk> {
        let kind = discriminant(self.violations.first()?);
        let mut all = record(self.seed, self.options, span);
        // In a shorter list fewer events come before each.
        all.iter_mut().for_each(|logged| logged.after = 0);
        let of = all.len();
        let mut best = None;
        let mut fails = |part: &[Logged]| {
            let report = replay(self.seed, self.options, part.to_vec());
            let is_same = report.violations.iter().any(|found| discriminant(found) == kind);
            if is_same {
                best = Some(report);
            }
            is_same
        };
        if !fails(&all) {
            return None;
        }
        let mut least = of;
        let left = shrink(all, |part| {
            go_on(least, of).then(|| {
                let is_same = fails(part);
                least = if is_same { part.len() } else { least };
                is_same
            })
        });
        Some(Shrunk { of, left, report: best? })
    }
}

/// Lets a world run with its faults until `end`; the link to its first violation, if there was any.
fn endure(world: &mut World, end: Instant, progress: &mut impl FnMut(Instant)) -> Option<Link> {
    let mut link = None;
    loop {
        let until = (world.now() + Span::from_secs(1)).min(end);
        run_to(world, until);
        progress(world.now());
        if link.is_none() && !world.check().violations().is_empty() {
            link = Some(Link::of(world));
        }
        if world.now() >= end {
            return link;
        }
    }
}

/// Heals a world, lets it come to rest, asks every node for something, and judges what they hold.
fn judge(mut world: World, link: Option<Link>, progress: &mut impl FnMut(Instant)) -> Report {
    world.apply(Transition::Fault(Fault::HealAll));
    settle(&mut world, progress);
    probe(&mut world);
    settle(&mut world, progress);
    probe_silence(&mut world);
    settle(&mut world, progress);
    world.judge_rest();
    Report {
        seed: world.seed(),
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
