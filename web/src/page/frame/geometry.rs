//! Places on a stage that is a ring, in units of its own: a square of [`SIZE`].

use std::f64::consts::TAU;
use web_sys::Element;
use yew::prelude::*;

/// The stage's width and height.
pub(crate) const SIZE: f64 = 640.0;
/// Its middle, both ways.
pub(crate) const CENTRE: f64 = SIZE / 2.0;
/// The ring's radius, to the middle of its band.
pub(crate) const RING: f64 = 266.0;

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

/// A place of the ring as a part of a whole turn.
pub(crate) fn turn_of(place: u64) -> f64 {
    place as f64 / 2_f64.powi(64)
}

/// The arc between two turns as an SVG path.
pub(crate) fn arc(from: f64, to: f64, radius: f64) -> String {
    let (a, b) = (on_circle(from, radius), on_circle(to, radius));
    let large = u8::from(to - from > 0.5);
    format!("M{:.2} {:.2}A{radius} {radius} 0 {large} 1 {:.2} {:.2}", a.x, a.y, b.x, b.y)
}

/// Where on the stage a click was.
pub(crate) fn point_of(event: &MouseEvent) -> Option<Point> {
    let target: Element = event.target_dyn_into()?;
    let area = target.closest(".stage").ok()??.get_bounding_client_rect();
    let side = area.width().min(area.height()).max(1.0);
    let scale = SIZE / side;
    let left = area.left() + (area.width() - side) / 2.0;
    let top = area.top() + (area.height() - side) / 2.0;
    Some(Point {
        x: (f64::from(event.client_x()) - left) * scale,
        y: (f64::from(event.client_y()) - top) * scale,
    })
}

/// A point's place of the ring, and how far it is from the middle.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a part of one, of 2^64
pub(crate) fn place_of(point: Point) -> (u64, f64) {
    let (x, y) = (point.x - CENTRE, CENTRE - point.y);
    let turn = (x.atan2(y) / TAU).rem_euclid(1.0);
    ((turn * 2_f64.powi(64)) as u64, x.hypot(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_begins_at_the_top_and_runs_clockwise() {
        let (top, right) = (on_circle(0.0, RING), on_circle(0.25, RING));
        assert!((top.x - CENTRE).abs() < 1e-9 && top.y < CENTRE);
        assert!((right.y - CENTRE).abs() < 1e-9 && right.x > CENTRE);
        assert!((turn_of(1 << 63) - 0.5).abs() < 1e-9);
        for turn in [0.1, 0.4, 0.6, 0.9] {
            let (place, far) = place_of(on_circle(turn, 100.0));
            assert!((turn_of(place) - turn).abs() < 1e-9 && (far - 100.0).abs() < 1e-9);
        }
    }
}
