//! Whether silence is noticed: once all is healed, one node stands still, and goes on.
//!
//! Faults make rumours: what a node said last may reach another long after. So the bound is judged in peace.

use super::transition::{Fault, Transition};
use super::world::World;
use crate::base::Span;
use crate::kv::Health;
use crate::ring::NodeId;

/// Stands a node still for as long as silence is ever tolerated, and a little longer, since its last heartbeat travels
/// for a while; then lets it go on. A person does both, so that the link replays them.
pub(super) fn probe_silence(world: &mut World) {
    let running = world.running();
    let [_, .., silent] = running[..] else { return };
    let config = world.options().config;
    let most = config.down_after * (u64::from(config.most_stretch) + 1);
    stand(world, Fault::Pause(silent), most);
    judge(world, silent, Health::Down, most);
    let soon = config.down_after * 2;
    stand(world, Fault::Resume(silent), soon);
    judge(world, silent, Health::Up, soon);
}

fn stand(world: &mut World, fault: Fault, span: Span) {
    world.apply(Transition::Fault(fault));
    let until = world.now() + span;
    world.run_until(until, u64::MAX);
}

/// All others must see the node so by now.
fn judge(world: &mut World, node: NodeId, health: Health, after: Span) {
    let nodes = world.view().nodes;
    for by in nodes.iter().filter(|by| by.id != node) {
        let view = by.sees.iter().find(|view| view.id == node);
        if let Some(view) = view.filter(|view| view.health != health) {
            world.check_mut().unnoticed(by.id, node, (health, view.health), after);
        }
    }
}
