//! Where things are on the stage, in units of its own: a square of [`SIZE`].

use ennead::ring::{Layout, NodeId, SLICES, Slice};
use std::f64::consts::TAU;

/// The stage's width and height.
pub(crate) const SIZE: f64 = 640.0;
const CENTRE: f64 = SIZE / 2.0;
/// The ring's radius, to the middle of its band.
pub(crate) const RING: f64 = 266.0;
/// On which circle the nodes stand.
const ORBIT: f64 = 178.0;

/// A point on the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    /// To the right.
    pub(crate) x: f64,
    /// Downwards.
    pub(crate) y: f64,
}

impl Point {
    /// The point so far along the way to another, 0 to 1.
    pub(crate) fn towards(self, other: Self, part: f64) -> Self {
        Self { x: self.x + (other.x - self.x) * part, y: self.y + (other.y - self.y) * part }
    }

    /// How far another is.
    pub(crate) fn distance(self, other: Self) -> f64 {
        (other.x - self.x).hypot(other.y - self.y)
    }

    /// How far the stretch between two points is.
    pub(crate) fn distance_to_stretch(self, a: Self, b: Self) -> f64 {
        let length = a.distance(b).max(1.0);
        let along = ((self.x - a.x) * (b.x - a.x) + (self.y - a.y) * (b.y - a.y)) / length / length;
        self.distance(a.towards(b, along.clamp(0.0, 1.0)))
    }
}

/// A point on a circle around the middle, `turn` of a whole turn clockwise from the top.
pub(crate) fn on_circle(turn: f64, radius: f64) -> Point {
    let angle = turn * TAU;
    Point { x: CENTRE + radius * angle.sin(), y: CENTRE - radius * angle.cos() }
}

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

/// A place of the ring as a part of a whole turn.
pub(crate) fn turn_of(place: u64) -> f64 {
    place as f64 / 2_f64.powi(64)
}

/// The arc between two turns as an SVG path.
fn arc(from: f64, to: f64, radius: f64) -> String {
    let (a, b) = (on_circle(from, radius), on_circle(to, radius));
    let large = u8::from(to - from > 0.5);
    format!("M{:.2} {:.2}A{radius} {radius} 0 {large} 1 {:.2} {:.2}", a.x, a.y, b.x, b.y)
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
    use ennead::ring::Member;

    #[test]
    fn the_first_node_stands_at_the_top() {
        let top = node_at(0, 5);
        assert!((top.x - CENTRE).abs() < 1e-9 && top.y < CENTRE);
        assert!((turn_of(1 << 63) - 0.5).abs() < 1e-9);
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
