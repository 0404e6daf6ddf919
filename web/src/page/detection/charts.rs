//! The two charts: messages by number of servers, false alarms by loss.

use super::action::LOSSES;
use super::measure::{AMONG, Measured};
use crate::page::frame::chart::{Axis, Line, lines};
use crate::page::frame::facts::count;
use crate::page::look::Look;
use yew::prelude::*;

/// How many of how many measurements are made, until all are.
fn progress(look: &Look, measured: &Measured) -> Html {
    let (made, all) = measured.made;
    if made == all {
        return Html::default();
    }
    html! { <span class="state quiet">{ (look.texts().detection.measuring)(made * 100 / all.max(1)) }</span> }
}

/// Messages a second in all by number of servers.
pub(super) fn messages(look: &Look, measured: &Measured) -> Html {
    let texts = look.texts().detection;
    let series = texts.schemes.iter().enumerate().map(|(i, scheme)| {
        let rows = AMONG.iter().zip(&measured.messages);
        let points = rows.filter_map(|(&servers, row)| Some((f64::from(servers), row[i]? as f64)));
        Line { name: scheme.word, class: ["first", "second"][i], points: points.collect() }
    });
    let ticks = |values: &[u32]| {
        values.iter().map(|&n| (f64::from(n), count(u64::from(n)))).collect::<Vec<_>>()
    };
    let x = Axis { name: texts.servers, ticks: ticks(&[0, 8, 16, 24, 32]) };
    let y =
        Axis { name: texts.messages_axis, ticks: ticks(&[0, 1_000, 2_000, 3_000, 4_000, 5_000]) };
    html! {
        <section class="panel" data-test="messages-chart">
            <div class="panel-head"><h2>{ texts.messages_chart }</h2>{ progress(look, measured) }</div>
            { lines(texts.messages_chart, &series.collect::<Vec<_>>(), &x, &y) }
        </section>
    }
}

/// False alarms an hour by loss. The axis is logarithmic, but begins at none.
pub(super) fn alarms(look: &Look, measured: &Measured) -> Html {
    let texts = look.texts().detection;
    let place = |alarms: u64| (1.0 + alarms as f64).log10();
    let series = texts.tolerance_lines.iter().enumerate().map(|(i, name)| {
        let rows = LOSSES.iter().zip(&measured.alarms);
        let points = rows.filter_map(|(&loss, row)| Some((f64::from(loss), place(row[i]?))));
        let class = ["first dashed", "second dashed", "first", "second"][i];
        Line { name, class, points: points.collect() }
    });
    let x = Axis {
        name: texts.loss_axis,
        ticks: [0, 10, 20, 30, 40, 50].map(|n| (f64::from(n), n.to_string())).into(),
    };
    let y = Axis {
        name: texts.alarms_axis,
        ticks: [0, 10, 100, 1_000, 10_000].map(|n| (place(n), count(n))).into(),
    };
    html! {
        <section class="panel" data-test="alarms-chart">
            <div class="panel-head"><h2>{ texts.alarms_chart }</h2>{ progress(look, measured) }</div>
            { lines(texts.alarms_chart, &series.collect::<Vec<_>>(), &x, &y) }
        </section>
    }
}
