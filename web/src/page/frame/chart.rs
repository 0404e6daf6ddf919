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
