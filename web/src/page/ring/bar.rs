//! The time bar of the ring. Its time goes by changes: nothing happens between two of them.

use super::action::Verb;
use crate::page::action::Action;
use crate::page::frame::timebar::value;
use crate::page::look::Look;
use crate::page::snapshot::COLUMNS;
use yew::prelude::*;

/// The bar: a change back, a change on, and a line with a stroke for each change.
pub(crate) fn bar(look: &Look) -> Html {
    let (texts, all) = (look.texts().ring, look.texts());
    let fields = &look.interface.ring;
    let (at, last) = (fields.at, fields.plans.len() - 1);
    let act = look.act.reform(|to: usize| Action::Ring(Verb::Go(to)));
    let button = |test: &'static str, word: &'static str, to: Option<usize>| {
        let onclick = act.reform(move |_: MouseEvent| to.unwrap_or(at));
        html! { <button type="button" data-test={test} disabled={to.is_none()} {onclick}>{ word }</button> }
    };
    let column = |change: usize| COLUMNS as f64 * change as f64 / last.max(1) as f64;
    let strokes: String = (1..=last).map(|change| format!("M{:.1} 9v10", column(change))).collect();
    let told = (texts.moment)(at, last);
    let seek = Callback::from({
        let act = act.clone();
        move |event: InputEvent| {
            if let Some(to) = value(&event) {
                act.emit(place(to));
            }
        }
    });
    html! {
        <section class="timebar" aria-label={all.time}>
            { button("ring-back", texts.back, at.checked_sub(1)) }
            { button("ring-on", texts.on, (at < last).then_some(at + 1)) }
            <div class="track">
                <svg viewBox={format!("0 0 {COLUMNS} 28")} preserveAspectRatio="none" aria-hidden="true">
                    <path class="line" d={format!("M0 14H{COLUMNS}")} />
                    <path class="past" d={format!("M0 14H{:.1}", column(at))} />
                    <path class="yours" d={strokes} />
                    <path class="now" d={format!("M{:.1} 1V27", column(at))} />
                </svg>
                <input type="range" min="0" max={last.to_string()} step="1" data-test="ring-seek" disabled={last == 0}
                    value={at.to_string()} aria-label={all.moment} aria-valuetext={told.clone()} oninput={seek} />
            </div>
            <span class="moment figure" data-test="ring-moment">{ told }</span>
        </section>
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a slider's value, at most the changes
fn place(value: f64) -> usize {
    value.max(0.0) as usize
}
