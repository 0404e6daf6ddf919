//! The inspector: the list of the chosen server, how fast the killed one was noticed, what was measured.

use super::charts;
use super::name;
use super::run::DetectionLook;
use crate::page::frame::facts::{count, fact_of_term, facts};
use crate::page::frame::nodes::colour;
use crate::page::frame::words::Explained;
use crate::page::look::Look;
use crate::page::world::try_this;
use ennead::base::Span;
use ennead::kv::Health;
use ennead::ring::NodeId;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    let Some(detection) = &look.snapshot.detection else { return Html::default() };
    html! {
        <>
            { list(look, detection) }
            { figures(look, detection) }
            { try_this(look, look.texts().detection.try_this) }
            { charts::messages(look, &detection.measured) }
            { charts::alarms(look, &detection.measured) }
        </>
    }
}

/// Seconds with one digit.
fn seconds(span: Span) -> String {
    let tenths = (span.as_millis() + 50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// The membership list: who, counter, how long ago it rose, how long that is tolerated, and so how it looks.
fn list(look: &Look, detection: &DetectionLook) -> Html {
    let texts = look.texts().detection;
    let fields = &look.interface.detection;
    let Some(side) = detection.sides.get(fields.side) else { return Html::default() };
    let chosen = fields.chosen;
    let rows = side.list.iter().flatten().map(|view| {
        let is_own = view.id == NodeId(chosen);
        let class = match view.health {
            Health::Up => "good",
            Health::Suspected => "care",
            Health::Down => "bad",
        };
        let silent = side.now.since(view.risen);
        html! {
            <tr key={view.id.0}>
                <th scope="row"><span class={classes!("chip", colour(view.id))}>{ name(view.id.0) }</span></th>
                <td>{ count(view.counter) }</td>
                <td>{ seconds(silent) }</td>
                <td>{ if is_own { "–".to_string() } else { seconds(view.tolerated) } }</td>
                <td {class}>{ if is_own { texts.itself } else { (look.texts().world.health)(view.health) } }</td>
            </tr>
        }
    });
    let head = html! {
        <div class="panel-head">
            <h2><span class={classes!("spot", colour(NodeId(chosen)))}></span>{ (texts.list_of)(&name(chosen)) }</h2>
            <span class="state"><Explained term={texts.schemes[fields.side]} /></span>
        </div>
    };
    let body = if side.list.is_none() {
        html! { <p class="quiet">{ texts.knows_nothing }</p> }
    } else {
        html! {
            <div class="scrolls"><table class="table">
                <thead><tr>
                    <td></td>
                    <th scope="col"><Explained term={texts.counter} /></th>
                    <th scope="col"><Explained term={texts.silent} /></th>
                    <th scope="col"><Explained term={texts.tolerated} /></th>
                    <th scope="col">{ texts.health }</th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table></div>
        }
    };
    html! { <section class="panel" data-test="member-list">{ head }<div>{ body }</div></section> }
}

/// What happened since the servers began, the two ways side by side.
fn figures(look: &Look, detection: &DetectionLook) -> Html {
    let texts = look.texts().detection;
    let both = |of: &dyn Fn(usize) -> String| html! { <>{ format!("{} · {}", of(0), of(1)) }</> };
    let side = |i: usize| &detection.sides[i.min(detection.sides.len() - 1)];
    let noticed = |i: usize, of: fn(&ennead::sim::detection::Noticed) -> Option<Span>| {
        side(i).noticed.as_ref().and_then(of).map_or_else(|| "–".into(), seconds)
    };
    let mut rows = Vec::new();
    if let Some(killed) = detection.killed {
        let name = name(killed);
        rows.push(fact_of_term(
            texts.noticed_by,
            both(&|i| side(i).noticed.map_or_else(|| "–".into(), |noticed| noticed.by.to_string())),
        ));
        rows.push(fact_of_term(texts.first, both(&|i| noticed(i, |n| n.first))));
        rows.push(fact_of_term(texts.half, both(&|i| noticed(i, |n| n.half))));
        rows.push(fact_of_term(texts.all, both(&|i| noticed(i, |n| n.all))));
        rows.insert(0, html! { <div key="who"><dt>{ (texts.was_killed)(&name) }</dt><dd>{ texts.both_ways }</dd></div> });
    } else {
        rows.push(html! { <div key="who"><dt>{ texts.since_they_began }</dt><dd>{ texts.both_ways }</dd></div> });
    }
    rows.push(fact_of_term(texts.suspicions, both(&|i| count(side(i).counted.suspicions))));
    rows.push(fact_of_term(
        texts.alarms,
        html! { <span data-test="alarms">{ both(&|i| count(side(i).counted.alarms)) }</span> },
    ));
    rows.push(fact_of_term(texts.lost, both(&|i| count(side(i).counted.lost))));
    let kilobytes = |i: usize| {
        let counted = &side(i).counted;
        count(counted.bytes / counted.messages.max(1))
    };
    rows.push(fact_of_term(texts.bytes, both(&kilobytes)));
    html! {
        <section class="panel" data-test="detection-figures">
            <div class="panel-head"><h2>{ texts.figures }</h2></div>
            { facts(rows) }
        </section>
    }
}
