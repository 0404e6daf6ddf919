//! Where nodes, messages and copies are on the stage.

use crate::page::frame::geometry::{Point, RING, arc, on_circle};
use ennead::ring::{Layout, NodeId, SLICES, Slice};

/// On which circle the nodes stand.
const ORBIT: f64 = 178.0;

/// Where a node stands.
pub(crate) fn node_at(index: usize, count: usize) -> Point {
    on_circle(index as f64 / count.max(1) as f64, ORBIT)
}

/// How large a node is drawn among so many.
pub(crate) fn node_radius(count: usize) -> f64 {
    match count {
        0..=7 => 32.0,
        8..=12 => 24.0,
        13..=20 => 18.0,
        _ => 8.0,
    }
}

/// The way of a message between two nodes, from rim to rim. Each direction keeps to its own side.
pub(crate) fn chord(from: usize, to: usize, count: usize) -> (Point, Point) {
    let (a, b) = (node_at(from, count), node_at(to, count));
    let length = a.distance(b).max(1.0);
    let gap = (node_radius(count) + 6.0) / length;
    let aside = 4.0 / length;
    let shift = Point { x: -(b.y - a.y) * aside, y: (b.x - a.x) * aside };
    let shifted = |point: Point| Point { x: point.x + shift.x, y: point.y + shift.y };
    (shifted(a.towards(b, gap)), shifted(b.towards(a, gap)))
}

/// For each node the part of the ring whose first owner it is: one path of many arcs.
pub(crate) fn first_owner_arcs(layout: &Layout) -> Vec<(NodeId, String)> {
    let whole = f64::from(SLICES);
    let owner = |slice: u16| layout.preference_list(Slice(slice)).first().copied();
    let mut paths: Vec<(NodeId, String)> =
        layout.members().iter().map(|member| (member.id, String::new())).collect();
    let mut start = 0;
    while start < SLICES {
        let first = owner(start);
        let mut end = start + 1;
        while end < SLICES && owner(end) == first {
            end += 1;
        }
        if let Some((_, path)) = paths.iter_mut().find(|(id, _)| Some(*id) == first) {
            // A hair is left between arcs, so that neighbours are told apart.
            let (from, to) = (f64::from(start) + 0.08, f64::from(end) - 0.08);
            path.push_str(&arc(from / whole, to / whole, RING));
        }
        start = end;
    }
    paths
}

/// The part of the ring of which a node holds any copy: one path of many arcs.
pub(crate) fn held_arcs(layout: &Layout, node: NodeId, copies: usize, radius: f64) -> String {
    let whole = f64::from(SLICES);
    let mut path = String::new();
    let mut start = 0;
    while start < SLICES {
        let mut end = start;
        while end < SLICES && layout.holds(node, Slice(end), copies) {
            end += 1;
        }
        if end > start {
            // A full turn would begin and end at one point, and show nothing.
            let to = f64::from(end).min(f64::from(start) + whole - 0.01);
            path.push_str(&arc(f64::from(start) / whole, to / whole, radius));
        }
        start = end + 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::frame::geometry::CENTRE;
    use ennead::ring::Member;

    #[test]
    fn the_first_node_stands_at_the_top() {
        let top = node_at(0, 5);
        assert!((top.x - CENTRE).abs() < 1e-9 && top.y < CENTRE);
    }

    #[test]
    fn ways_there_and_back_lie_apart() {
        let (a, b) = chord(0, 2, 5);
        let (c, d) = chord(2, 0, 5);
        assert!(a.distance(d) > 7.0 && b.distance(c) > 7.0);
        assert!(a.distance_to_stretch(c, d) > 7.0);
    }

    #[test]
    fn arcs_cover_the_ring() {
        let members = ["A", "B", "C"].iter().zip(0..).map(|(name, i)| Member::new(NodeId(i), name));
        let layout = Layout::founding(members.collect()).expect("three members");
        let arcs = first_owner_arcs(&layout);
        assert_eq!(arcs.len(), 3);
        assert!(arcs.iter().all(|(_, path)| path.starts_with('M')));
        // Three copies on three nodes: each holds the whole ring, in one arc.
        assert_eq!(held_arcs(&layout, NodeId(0), 3, RING).matches('M').count(), 1);
    }
}
