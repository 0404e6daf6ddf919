//! Services in worlds with faults, judged by what they answered.

mod accounts;
mod autocomplete;
mod chat;
mod crawl;
mod feed;
mod ids;
mod notification;
mod shortener;

use super::{Fault, Options, Transition, World};
use crate::base::{Random, Span};
use crate::kv::RequestId;
use crate::ring::NodeId;
use crate::services::{Answered, Ask};
use alloc::vec::Vec;

/// A world without clients of its own.
fn world(seed: u64, nodes: u16) -> World {
    let mut world = World::without_log(seed, Options { operations: 0, ..Options::gentle(nodes) });
    after(&mut world, Span::from_secs(1));
    world
}

fn after(world: &mut World, span: Span) {
    let until = world.now() + span;
    world.run_until(until, u64::MAX);
}

/// Asks without waiting.
fn ask(world: &mut World, at: u16, ask: Ask) -> RequestId {
    world.apply(Transition::Ask { at: NodeId(at), ask });
    world.last_request()
}

/// Asks and waits for the answer, which must come within ten seconds.
fn answer(world: &mut World, at: u16, question: Ask) -> Answered {
    let id = ask(world, at, question);
    for _ in 0..1_000 {
        if let Some(answered) = world.answer(id) {
            return answered.clone();
        }
        after(world, Span::from_millis(10));
    }
    panic!("no answer of {at} within ten seconds");
}

fn fault(world: &mut World, fault: Fault) {
    world.apply(Transition::Fault(fault));
}

/// Sometimes something happens to a node, or to all.
fn trouble(world: &mut World, random: &mut Random, victim: NodeId) {
    match random.below(60) {
        0 => fault(world, Fault::Kill(victim)),
        1..4 => fault(world, Fault::Restart(victim)),
        4 => fault(world, Fault::Pause(victim)),
        5..8 => fault(world, Fault::Resume(victim)),
        8 => fault(world, Fault::CutOff(victim)),
        9 | 10 => fault(world, Fault::HealNetwork),
        11 => {
            let millis = i64::try_from(random.below(40_000)).unwrap() - 20_000;
            fault(world, Fault::Jump { node: victim, millis });
        }
        _ => {}
    }
}

/// Asks `rounds` questions of random nodes, 20 ms apart, while nodes are killed, paused and cut off
/// and their clocks jump; then all is healed. Which questions were asked of whom.
fn in_trouble(
    world: &mut World,
    random: &mut Random,
    rounds: u32,
    mut question: impl FnMut(&mut Random) -> Ask,
) -> Vec<(RequestId, NodeId)> {
    let nodes = u64::from(world.options().nodes);
    let mut asked = Vec::new();
    for _ in 0..rounds {
        #[allow(clippy::cast_possible_truncation)] // worlds are small
        let mut node = || NodeId(random.below(nodes) as u16);
        let (at, victim) = (node(), node());
        trouble(world, random, victim);
        let question = question(random);
        asked.push((ask(world, at.0, question), at));
        after(world, Span::from_millis(20));
    }
    fault(world, Fault::HealAll);
    after(world, Span::from_secs(15));
    asked
}
