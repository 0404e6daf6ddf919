//! The stage: the ring with its points outside, the keys where they lie, and the same keys by modulo
//! on the circle inside. What the last change moved is a stroke instead of a dot.

use super::action::Verb;
use super::state::{Placed, State, key_name};
use crate::page::action::Action;
use crate::page::frame::geometry::{
    CENTRE, RING, SIZE, arc, on_circle, place_of, point_of, turn_of,
};
use crate::page::frame::marker::key_marker;
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use crate::page::texts::{Language, short};
use ennead::ring::{NodeId, RingHash};
use std::rc::Rc;
use yew::prelude::*;

/// On which circle keys lie on the ring, and on which by modulo.
const KEYS: f64 = 236.0;
const MODULO: f64 = 176.0;
/// More points than this are not drawn one by one, and the ring is drawn in so many sectors.
const MOST_POINTS: usize = 400;
const SECTORS: u64 = 1_440;

#[derive(Clone, PartialEq, Properties)]
struct Props {
    state: Rc<State>,
    key_at_hand: String,
    chosen: Option<NodeId>,
    language: Language,
    act: Callback<Action>,
}

/// The stage.
pub(crate) fn stage(look: &Look) -> Html {
    let fields = &look.interface.ring;
    html! {
        <>
            <Stage state={Rc::clone(&fields.state)} key_at_hand={fields.key.clone()} chosen={fields.chosen}
                language={look.interface.language} act={look.act.clone()} />
            { legend(look) }
        </>
    }
}

#[component]
fn Stage(props: &Props) -> Html {
    let Props { state, key_at_hand, chosen, language, act } = props;
    let texts = language.texts().ring;
    let onclick = {
        let (act, state) = (act.clone(), Rc::clone(state));
        Callback::from(move |event: MouseEvent| {
            let Some((place, far)) = point_of(&event).map(place_of) else { return };
            if far > (RING + KEYS) / 2.0 {
                act.emit(Action::Ring(Verb::Choose(state.ring.owner_at(place))));
            } else if let Some(key) = state.key_at(place).filter(|_| far > MODULO - 20.0) {
                act.emit(Action::Ring(Verb::Key(key_name(key))));
            }
        })
    };
    let dim = |id: NodeId| chosen.is_some_and(|chosen| chosen != id).then_some("dim");
    let arcs = arcs(state).into_iter().map(|(id, path)| {
        html! { <path key={id.0} class={classes!("arc", colour(id), dim(id))} d={path} /> }
    });
    let few = state.ring.points().len() <= MOST_POINTS;
    let points = state.members().iter().filter(|_| few).map(|member| {
        let own = state.ring.points().iter().filter(|(_, id)| *id == member.id);
        let path = own.map(|(place, _)| stroke(place.prefix(), RING + 9.0, RING + 18.0)).collect::<String>();
        html! { <path key={member.id.0} class={classes!("point", colour(member.id), dim(member.id))} d={path} /> }
    });
    let on_ring = keys(state, KEYS, dim, |key| (key.ring, key.ring_moved));
    let by_modulo = keys(state, MODULO, dim, |key| (key.modulo, key.modulo_moved));
    let size = format!("0 0 {SIZE} {SIZE}");
    html! {
        <svg class="stage ring-stage" viewBox={size} role="img" aria-label={(texts.picture)(state)} {onclick}>
            <g>{ for arcs }</g>
            <g>{ for points }</g>
            <circle class="modulo-circle" cx={CENTRE.to_string()} cy={CENTRE.to_string()} r={(MODULO - 14.0).to_string()} />
            { on_ring }
            { by_modulo }
            <g>{ way(state, key_at_hand) }</g>
            <g class="middle">{ middle(state, *language) }</g>
        </svg>
    }
}

fn stroke(place: u64, from: f64, to: f64) -> String {
    let (a, b) = (on_circle(turn_of(place), from), on_circle(turn_of(place), to));
    format!("M{:.1} {:.1}L{:.1} {:.1}", a.x, a.y, b.x, b.y)
}

/// Keys on a circle, in two paths a server: dots, and strokes for those that were moved.
fn keys(
    state: &State,
    radius: f64,
    dim: impl Fn(NodeId) -> Option<&'static str>,
    of: impl Fn(&Placed) -> (NodeId, bool),
) -> Html {
    let groups = state.members().iter().map(|member| {
        let (mut dots, mut strokes) = (String::new(), String::new());
        for key in &state.keys {
            match of(key) {
                (id, _) if id != member.id => {}
                (_, true) => strokes.push_str(&stroke(key.place, radius - 7.0, radius + 7.0)),
                (_, false) => {
                    let at = on_circle(turn_of(key.place), radius);
                    dots.push_str(&format!("M{:.1} {:.1}h0", at.x, at.y));
                }
            }
        }
        html! {
            <g key={member.id.0} class={classes!(colour(member.id), dim(member.id))}>
                <path class="key-dots" d={dots} />
                <path class="key-strokes" d={strokes} />
            </g>
        }
    });
    html! { <g>{ for groups }</g> }
}

/// For each server the arcs of which it is the owner: each ends at one of its points. Where points
/// are many, whose arcs no eye can tell apart, the owners of equal sectors.
fn arcs(state: &State) -> Vec<(NodeId, String)> {
    let points = state.ring.points();
    let ends: Vec<(f64, NodeId)> = if points.len() > MOST_POINTS {
        let width = u64::MAX / SECTORS;
        (0..SECTORS)
            .filter_map(|i| Some((i, state.ring.owner_at(width * i + width / 2)?)))
            .map(|(i, id)| ((i + 1) as f64 / SECTORS as f64, id))
            .collect()
    } else {
        let all = points.iter().map(|(place, id)| (turn_of(place.prefix()), *id));
        // What lies after the last point belongs to the first one's server.
        all.chain(points.first().map(|(_, id)| (1.0, *id))).collect()
    };
    let mut paths: Vec<(NodeId, String)> =
        state.members().iter().map(|member| (member.id, String::new())).collect();
    let mut from = 0.0;
    for (i, &(end, id)) in ends.iter().enumerate() {
        if ends.get(i + 1).is_some_and(|&(_, next)| next == id) {
            continue;
        }
        if let Some((_, path)) = paths.iter_mut().find(|(other, _)| *other == id) {
            // A full turn would begin and end at one point, and show nothing.
            path.push_str(&arc(from, end.min(from + 0.9999), RING));
        }
        from = end;
    }
    paths
}

/// From the key at hand clockwise to the point that it belongs to.
fn way(state: &State, key: &str) -> Html {
    let place = RingHash::of_key(key.as_bytes()).prefix();
    let points = state.ring.points();
    let next = points.iter().find(|(point, _)| point.prefix() >= place).or(points.first());
    let Some(&(point, id)) = next else { return Html::default() };
    let (from, to) = (turn_of(place), turn_of(point.prefix()));
    let to = if to < from { to + 1.0 } else { to };
    html! {
        <>
            <path class={classes!("way", colour(id))} d={arc(from, to, RING)} />
            <path class="radius" d={stroke(place, MODULO - 10.0, RING - 7.0)} />
            <g class="keys">{ key_marker(place, &short(key.as_bytes())) }</g>
        </>
    }
}

/// What the last change moved, in figures.
fn middle(state: &State, language: Language) -> Html {
    let texts = language.texts().ring;
    let line = |y: f64, class: &'static str, text: String| {
        html! { <text {class} x={CENTRE.to_string()} y={(CENTRE + y).to_string()} text-anchor="middle">{ text }</text> }
    };
    let Some(change) = state.changes.first() else {
        return html! { <>{ line(-4.0, "quiet", texts.nothing_yet.0.into()) }{ line(20.0, "quiet", texts.nothing_yet.1.into()) }</> };
    };
    html! {
        <>
            { line(-56.0, "quiet", (texts.what)(&change.what)) }
            { line(-14.0, "large", change.ring.moved().to_string()) }
            { line(8.0, "quiet", texts.moved_on_ring.into()) }
            { line(50.0, "large", change.modulo.moved().to_string()) }
            { line(72.0, "quiet", texts.moved_by_modulo.into()) }
        </>
    }
}

fn legend(look: &Look) -> Html {
    let texts = look.texts().ring;
    let mark = |class: &'static str, path: &'static str, word: &'static str| {
        html! {
            <li key={word}>
                <svg viewBox="-10 -10 20 20" aria-hidden="true"><path {class} d={path} /></svg>
                { word }
            </li>
        }
    };
    html! {
        <ul class="legend">
            { mark("key-dots", "M0 0h0", texts.a_key) }
            { mark("key-strokes", "M0-7V7", texts.a_moved_key) }
            { mark("point", "M0-5V5", texts.a_point) }
            <li key="circles">{ texts.circles }</li>
        </ul>
    }
}
