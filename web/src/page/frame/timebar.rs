//! The time bar: play and pause, step, speed, the moment, and the line of what happened when.

use crate::page::action::Action;
use crate::page::engine::SPEEDS;
use crate::page::look::Look;
use crate::page::snapshot::{COLUMNS, figure, seconds};
use ennead::base::Instant;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Steps of the speed's slider; it is logarithmic.
const STEPS: f64 = 100.0;

fn step_of(speed: f64) -> f64 {
    let (least, most) = SPEEDS;
    ((speed / least).ln() / (most / least).ln() * STEPS).round()
}

fn speed_of(step: f64) -> f64 {
    let (least, most) = SPEEDS;
    let speed = least * ((most / least).ln() * step / STEPS).exp();
    // Two digits are enough, so that the written value is the real one.
    let unit = 10_f64.powf(speed.log10().floor() - 1.0);
    (speed / unit).round() * unit
}

/// Where a slider was moved to.
pub(crate) fn value(event: &InputEvent) -> Option<f64> {
    let value = event.target_dyn_into::<HtmlInputElement>()?.value_as_number();
    value.is_finite().then_some(value)
}

/// The time bar.
#[component]
pub(crate) fn TimeBar(look: &Look) -> Html {
    let Look { snapshot, interface, act, .. } = look;
    let texts = look.texts();
    let play = if snapshot.playing { texts.pause } else { texts.play };
    let set_speed = Callback::from({
        let act = act.clone();
        move |event: InputEvent| {
            if let Some(step) = value(&event) {
                act.emit(Action::Speed(speed_of(step)));
            }
        }
    });
    let speed = figure(snapshot.speed);
    let log_word = if interface.log_open { texts.close_log } else { texts.open_log };
    let behind = snapshot.behind.map(|reached| (texts.speed_reached)(reached));
    html! {
        <section class="timebar" aria-label={texts.time}>
            <button type="button" data-test="pause" class="play" aria-pressed={(!snapshot.playing).to_string()}
                onclick={act.reform(|_| Action::TogglePlay)}>{ play }</button>
            <button type="button" data-test="step" onclick={act.reform(|_| Action::Step)}>{ texts.step }</button>
            <label class="speed">
                <span class="quiet">{ texts.speed }</span>
                <input type="range" min="0" max={STEPS.to_string()} step="1" data-test="speed"
                    value={step_of(snapshot.speed).to_string()}
                    aria-valuetext={format!("×{speed}")} oninput={set_speed} />
                <span class="figure" data-test="speed-value">{ format!("×{speed}") }</span>
            </label>
            <Track ..look.clone() />
            <span class="moment figure" data-test="moment">
                { match (snapshot.progress, behind) {
                    (Some(part), _) => (texts.replaying)(percent(part)),
                    (None, Some(behind)) => behind,
                    (None, None) => format!("{} s", seconds(snapshot.moment)),
                } }
            </span>
            <button type="button" class="open-log" data-test="toggle-log" aria-expanded={interface.log_open.to_string()}
                onclick={act.reform(|_| Action::ToggleLog)}>{ log_word }</button>
        </section>
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 100
fn percent(part: f64) -> u32 {
    (part * 100.0) as u32
}

/// The line: from the beginning to the latest moment reached, with a stroke for what happened. It is
/// a slider too: moved back, the world is replayed from its seed.
#[component]
fn Track(look: &Look) -> Html {
    let Look { snapshot, act, .. } = look;
    let texts = look.texts();
    // While the knob is held it stays where the hand is, whatever the world does meanwhile.
    let held = use_state(|| None::<f64>);
    let hold = {
        let held = held.clone();
        Callback::from(move |event: InputEvent| held.set(value(&event)))
    };
    let seek = {
        let (act, held) = (act.clone(), held.clone());
        Callback::from(move |event: Event| {
            held.set(None);
            let input = event.target_dyn_into::<HtmlInputElement>();
            let moment = input.map(|input| input.value_as_number());
            if let Some(moment) = moment.filter(|moment| moment.is_finite()) {
                act.emit(Action::Seek(instant(moment)));
            }
        })
    };
    let shown = held.map_or(snapshot.destination, |moment| instant(moment).as_micros());
    let end = snapshot.end.as_micros().max(1);
    let part = (shown as f64 / end as f64).min(1.0) * COLUMNS as f64;
    let strokes = snapshot.strokes.iter().map(|(kind, columns)| {
        let (top, height) = match kind.class() {
            "fault" | "refusal" => (4, 20),
            _ => (9, 10),
        };
        let path: String =
            columns.iter().map(|column| format!("M{column}.5 {top}v{height}")).collect();
        html! { <path key={kind.class()} class={kind.class()} d={path} /> }
    });
    html! {
        <div class="track">
            <svg viewBox={format!("0 0 {COLUMNS} 28")} preserveAspectRatio="none" aria-hidden="true">
                <path class="line" d={format!("M0 14H{COLUMNS}")} />
                <path class="past" d={format!("M0 14H{part:.1}")} />
                <g>{ for strokes }</g>
                <path class="now" d={format!("M{part:.1} 1V27")} />
            </svg>
            <input type="range" min="0" max={end.to_string()} step="100000" data-test="seek"
                value={shown.min(end).to_string()} aria-label={texts.moment}
                aria-valuetext={format!("{} s", seconds(shown))} oninput={hold} onchange={seek} />
        </div>
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a slider's value
fn instant(micros: f64) -> Instant {
    Instant::from_micros(micros.max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slider_reaches_both_ends_and_finds_back() {
        assert_eq!(figure(speed_of(0.0)), "0.001");
        assert_eq!(figure(speed_of(STEPS)), "100");
        for step in 0..=100_u8 {
            let step = f64::from(step);
            assert!((step_of(speed_of(step)) - step).abs() <= 1.0, "{step}");
        }
    }
}
