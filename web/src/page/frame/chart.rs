//! Charts with axes and units, small enough for the inspector.

use yew::prelude::*;

/// A bar and what it stands for.
pub(crate) struct Bar {
    /// Its name, short.
    pub(crate) name: String,
    /// Its class in the style sheet: a colour.
    pub(crate) class: String,
    /// How long it is, in the axis's unit.
    pub(crate) value: f64,
    /// The value as it is written.
    pub(crate) figure: String,
}

const ROW: f64 = 24.0;
/// Where the axis begins and ends.
const FROM: f64 = 32.0;
const TO: f64 = 212.0;

/// Bars one beneath the other from 0, with a line at the mean. The axis is named below.
pub(crate) fn bars(label: &str, bars: &[Bar], mean: f64, mean_word: &str, axis: &str) -> Html {
    let most = bars.iter().map(|bar| bar.value).fold(mean, f64::max).max(f64::MIN_POSITIVE) * 1.04;
    let x = |value: f64| FROM + (TO - FROM) * value / most;
    let height = ROW * bars.len() as f64;
    let rows = bars.iter().enumerate().map(|(i, bar)| {
        let y = ROW * i as f64;
        html! {
            <g key={bar.name.clone()} class={bar.class.clone()}>
                <text x="0" y={(y + 16.0).to_string()}>{ &bar.name }</text>
                <rect x={FROM.to_string()} y={(y + 4.0).to_string()} height={(ROW - 8.0).to_string()}
                    width={format!("{:.1}", x(bar.value) - FROM)} />
                <text class="figure" x="264" y={(y + 16.0).to_string()} text-anchor="end">{ &bar.figure }</text>
            </g>
        }
    });
    let told: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.name, bar.figure)).collect();
    let at_mean = format!("{:.1}", x(mean));
    html! {
        <svg class="chart" viewBox={format!("0 0 264 {}", height + 40.0)} role="img"
            aria-label={format!("{label}: {}", told.join(", "))}>
            { for rows }
            <path class="axis" d={format!("M{FROM} 0V{height}H{TO}")} />
            <path class="mean" d={format!("M{at_mean} 0V{}", height + 4.0)} />
            <text class="note" x={FROM.to_string()} y={(height + 16.0).to_string()} text-anchor="middle">{ "0" }</text>
            <text class="note" x={at_mean} y={(height + 16.0).to_string()} text-anchor="middle">{ mean_word }</text>
            <text class="note" x={FROM.to_string()} y={(height + 34.0).to_string()}>{ axis }</text>
        </svg>
    }
}

/// A line of a chart.
pub(crate) struct Line {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its class in the style sheet: a colour, and whether it is dashed.
    pub(crate) class: &'static str,
    /// Its points, in the units of the axes, from left to right.
    pub(crate) points: Vec<(f64, f64)>,
}

/// An axis: its name with its unit, and where which figures stand, the least first.
pub(crate) struct Axis {
    pub(crate) name: &'static str,
    pub(crate) ticks: Vec<(f64, String)>,
}

/// Where the lines' field begins and ends, and how high it is.
const LEFT: f64 = 46.0;
const RIGHT: f64 = 256.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 148.0;

/// Lines over two axes; what is beyond the last figure of an axis is cut there. Their names stand below.
pub(crate) fn lines(label: &str, lines: &[Line], x: &Axis, y: &Axis) -> Html {
    let least = |axis: &Axis| axis.ticks.first().map_or(0.0, |tick| tick.0);
    let most = |axis: &Axis| axis.ticks.last().map_or(1.0, |tick| tick.0);
    let part = |axis: &Axis, value: f64| {
        let width = (most(axis) - least(axis)).max(f64::MIN_POSITIVE);
        ((value - least(axis)) / width).clamp(0.0, 1.0)
    };
    let right = |value: f64| LEFT + (RIGHT - LEFT) * part(x, value);
    let down = |value: f64| BOTTOM - (BOTTOM - TOP) * part(y, value);
    let columns = x.ticks.iter().map(|(value, figure)| {
        let at = format!("{:.1}", right(*value));
        html! { <text key={figure.clone()} class="note" x={at} y={(BOTTOM + 16.0).to_string()} text-anchor="middle">{ figure }</text> }
    });
    let rows = y.ticks.iter().map(|(value, figure)| {
        let at = down(*value);
        html! {
            <g key={figure.clone()}>
                <path class="grid" d={format!("M{LEFT} {at:.1}H{RIGHT}")} />
                <text class="note" x={(LEFT - 6.0).to_string()} y={format!("{:.1}", at + 4.0)} text-anchor="end">{ figure }</text>
            </g>
        }
    });
    let drawn = lines.iter().enumerate().map(|(i, line)| {
        let mut path = String::new();
        for (i, &(x, y)) in line.points.iter().enumerate() {
            let letter = if i == 0 { 'M' } else { 'L' };
            path.push_str(&format!("{letter}{:.1} {:.1}", right(x), down(y)));
        }
        let below = BOTTOM + 58.0 + 18.0 * i as f64;
        let sample = format!("M{LEFT} {}h28", below - 4.0);
        html! {
            <g key={line.name} class={classes!("curve", line.class)}>
                <path d={path} />
                <path d={sample} />
                <text x={(LEFT + 36.0).to_string()} y={below.to_string()}>{ line.name }</text>
            </g>
        }
    });
    let told: Vec<String> = lines.iter().map(|line| line.name.to_string()).collect();
    let height = BOTTOM + 48.0 + 18.0 * lines.len() as f64;
    html! {
        <svg class="chart" viewBox={format!("0 0 264 {height}")} role="img"
            aria-label={format!("{label}: {}. {}, {}", told.join(", "), x.name, y.name)}>
            <text class="note" x="0" y="12">{ y.name }</text>
            <g>{ for rows }</g>
            <path class="axis" d={format!("M{LEFT} {TOP}V{BOTTOM}H{RIGHT}")} />
            <g>{ for columns }</g>
            <text class="note" x={RIGHT.to_string()} y={(BOTTOM + 34.0).to_string()} text-anchor="end">{ x.name }</text>
            <g>{ for drawn }</g>
        </svg>
    }
}
