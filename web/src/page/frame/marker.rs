//! A key on a ring, with its name.

use super::geometry::{RING, SIZE, on_circle, turn_of};
use crate::page::settings;
use yew::prelude::*;

/// The key at hand: a ring on the ring, and its name outside, where there is room.
pub(crate) fn key_marker(place: u64, name: &str) -> Html {
    let turn = turn_of(place);
    let (at, label) = (on_circle(turn, RING), on_circle(turn, RING + 26.0));
    // Names stand outside; where the page is narrow, those far out run back over the ring.
    let narrow = settings::is_narrow();
    let above = if label.y < SIZE / 2.0 { -10.0 } else { 22.0 };
    let (anchor, dx, dy) = match label.x - SIZE / 2.0 {
        x if narrow && x > 200.0 => ("end", 4.0, above),
        x if narrow && x < -200.0 => ("start", -4.0, above),
        x if x > 60.0 => ("start", 6.0, 6.0),
        x if x < -60.0 => ("end", -6.0, 6.0),
        _ if label.y > SIZE / 2.0 => ("middle", 0.0, 18.0),
        _ => ("middle", 0.0, -4.0),
    };
    html! {
        <>
            <line
                x1={format!("{:.1}", at.x)} y1={format!("{:.1}", at.y)}
                x2={format!("{:.1}", label.x)} y2={format!("{:.1}", label.y)}
            />
            <circle cx={format!("{:.1}", at.x)} cy={format!("{:.1}", at.y)} r="7" />
            <text x={format!("{:.1}", label.x + dx)} y={format!("{:.1}", label.y + dy)} text-anchor={anchor}>
                { name.to_string() }
            </text>
        </>
    }
}
