//! The stage: the same servers on two rings, telling each other by gossip and all to all.

use super::action::Verb;
use super::name;
use super::run::{DetectionLook, SideLook};
use crate::page::action::Action;
use crate::page::frame::facts::count;
use crate::page::frame::geometry::SIZE;
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use crate::page::store::geometry::{node_at, node_radius};
use ennead::ring::NodeId;
use yew::prelude::*;

/// The two rings and what their signs mean.
pub(crate) fn stage(look: &Look) -> Html {
    let texts = look.texts().detection;
    let Some(detection) = &look.snapshot.detection else { return Html::default() };
    let rings = detection.sides.iter().enumerate().map(|(i, side)| ring(look, detection, i, side));
    let mark = |class: &'static str, path: &'static str, word: &'static str| {
        html! {
            <li key={word}>
                <svg viewBox="-10 -10 20 20" aria-hidden="true"><path {class} d={path} /></svg>{ word }
            </li>
        }
    };
    html! {
        <>
            <div class="pair">{ for rings }</div>
            <ul class="legend">
                { mark("mark gossip", "M-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0Z", texts.a_heartbeat) }
                { mark("sign doubted", "M0-7A7 7 0 0 0 0 7ZM-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0Z", texts.a_doubted) }
                { mark("sign down", "M-4-4L4 4M-4 4L4-4", texts.a_killed) }
            </ul>
        </>
    }
}

fn ring(look: &Look, detection: &DetectionLook, i: usize, side: &SideLook) -> Html {
    let texts = look.texts().detection;
    let fields = &look.interface.detection;
    let scheme = texts.schemes[i];
    let servers = usize::from(detection.servers);
    let nodes = (0..detection.servers).map(|id| {
        let runs = detection.running.get(usize::from(id)).copied().unwrap_or(true);
        let doubted = side.doubted.get(usize::from(id)).copied().unwrap_or(0);
        let is_chosen = fields.side == i && fields.chosen == id;
        node(look, (i, id), runs, doubted, is_chosen, servers)
    });
    html! {
        <figure key={i} class={classes!("detection-ring", (fields.side == i).then_some("chosen"))}>
            <figcaption>
                <strong>{ scheme.word }</strong>
                <span class="figure" data-test={format!("rate-{i}")}>{ (texts.a_second)(&count(side.rate)) }</span>
            </figcaption>
            <svg class="stage" viewBox={format!("90 90 {0} {0}", SIZE - 180.0)} role="group" aria-label={scheme.word}>
                <g class="flights" ref={fields.layers[i].clone()} aria-hidden="true"></g>
                <g class="nodes">{ for nodes }</g>
            </svg>
        </figure>
    }
}

/// A server: filled while it runs, half filled while others doubt it, hollow and crossed while it is down.
fn node(
    look: &Look,
    (side, id): (usize, u16),
    runs: bool,
    doubted: u16,
    is_chosen: bool,
    count: usize,
) -> Html {
    let texts = look.texts().detection;
    let (at, r) = (node_at(usize::from(id), count), node_radius(count).max(15.0));
    let status = match (runs, doubted) {
        (false, _) => "down",
        (true, 0) => "up",
        (true, _) => "doubted",
    };
    let onclick = look.act.reform(move |_: MouseEvent| Action::Detection(Verb::Choose(side, id)));
    let act = look.act.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            event.stop_propagation();
            act.emit(Action::Detection(Verb::Choose(side, id)));
        }
    });
    let arm = r * 0.36;
    let sign = match status {
        "down" => html! {
            <path class="cross" d={format!("M{a} {a}L{arm} {arm}M{a} {arm}L{arm} {a}", a = -arm)} />
        },
        "doubted" => {
            html! { <path class="half" d={format!("M0 {top}A{r} {r} 0 0 0 0 {r}Z", top = -r)} /> }
        }
        _ => Html::default(),
    };
    // The name stands in the server while that is filled, else beside it; with it by how many it is doubted.
    let label = match status {
        "up" => html! {
            <text class="name" style={format!("font-size:{:.0}px", r * 0.8)} dy="0.35em">{ name(id) }</text>
        },
        _ => html! {
            <text class="name beside" y={format!("{:.0}", r + 22.0)}>{ format!("{} · {doubted}", name(id)) }</text>
        },
    };
    html! {
        <g key={id} class={classes!("node", colour(NodeId(id)), status, is_chosen.then_some("selected"))}
            transform={format!("translate({:.1} {:.1})", at.x, at.y)} role="button" tabindex="0"
            aria-label={(texts.server_is)(&name(id), runs, doubted)} aria-pressed={is_chosen.to_string()}
            data-test={format!("server-{side}-{}", name(id))} data-status={status} {onclick} {onkeydown}>
            <circle class="halo" r={(r + 7.0).to_string()} />
            <circle class="body" r={r.to_string()} />
            <g class="sign">{ sign }</g>
            <g>{ label }</g>
        </g>
    }
}
