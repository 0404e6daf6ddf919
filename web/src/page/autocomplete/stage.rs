//! The stage: the visited part of the trie from left to right, and the best queries at its end.

use super::action::Verb;
use super::view::{FANOUT, Level, View};
use crate::page::action::Action;
use crate::page::frame::facts::count;
use crate::page::look::Look;
use ennead::autocomplete::query::{fold_prefix, show};
use yew::prelude::*;

/// Between two levels, and between two children.
const STEP: (usize, usize) = (124, 62);
/// Around the outermost circles.
const MARGIN: usize = 44;
const RADIUS: usize = 21;
const HEIGHT: usize = (FANOUT - 1) * STEP.1 + 2 * MARGIN;

/// The stage.
pub(crate) fn stage(look: &Look) -> Html {
    let texts = look.texts().autocomplete;
    let Some(view) = &look.snapshot.autocomplete else { return Html::default() };
    if view.node.is_none() {
        return html! { <p class="quiet nobody">{ texts.nobody }</p> };
    }
    // As wide as what is drawn: a short way is shown larger.
    let width = view.levels.len().max(3) * STEP.0 + 2 * MARGIN + 40;
    html! {
        <div class="completion">
            <svg class="stage trie" viewBox={format!("0 0 {width} {HEIGHT}")} role="group" aria-label={texts.stage}>
                { trie(view, look) }
            </svg>
            <section class="suggestions" aria-label={texts.suggestions}>
                <h2>{ texts.suggestions }</h2>
                { suggestions(view, look) }
            </section>
        </div>
    }
}

/// The height of one of `of` children.
fn height(child: usize, of: usize) -> usize {
    HEIGHT / 2 + child * STEP.1 - (of.max(1) - 1) * STEP.1 / 2
}

fn trie(view: &View, look: &Look) -> Html {
    let texts = look.texts().autocomplete;
    let (mut lines, mut nodes) = (Vec::new(), Vec::new());
    let mut from = (MARGIN, HEIGHT / 2);
    let first = view.levels.first().map(|level| level.prefix.as_str()).unwrap_or_default();
    let root = if first.is_empty() { texts.root.to_string() } else { format!("{first}…") };
    nodes.push(html! {
        <g key="root" class="letter taken" aria-hidden="true">
            <circle cx={from.0.to_string()} cy={from.1.to_string()} r={RADIUS.to_string()} />
            <text x={from.0.to_string()} y={(from.1 - RADIUS - 8).to_string()}>{ root }</text>
            <text class="below" x={from.0.to_string()} y={(from.1 + RADIUS + 18).to_string()}>
                { view.levels.first().map_or_else(String::new, |level| count(level.queries)) }
            </text>
        </g>
    });
    for (depth, level) in view.levels.iter().enumerate() {
        let x = MARGIN + (depth + 1) * STEP.0;
        let mut taken = None;
        for (i, &(c, best)) in level.next.iter().enumerate() {
            let y = height(i, level.next.len());
            let is_taken = level.taken == Some(c);
            if is_taken {
                taken = Some((x, y));
            }
            lines.push(html! {
                <path key={format!("{depth}-{c}")} class={classes!("edge", is_taken.then_some("taken"))}
                    d={format!("M{} {}C{} {} {} {y} {} {y}", from.0 + RADIUS, from.1, from.0 + 70, from.1, x - 60, x - RADIUS)} />
            });
            let matching = is_taken.then(|| view.levels.get(depth + 1).map(|next| next.queries));
            nodes.push(letter(level, c, best, (x, y), matching.flatten(), look));
        }
        match taken {
            Some(place) => from = place,
            None => {
                if let Some(c) = level.taken {
                    nodes.push(missing(c, x, look));
                }
                break;
            }
        }
    }
    html! { <><g class="edges" aria-hidden="true">{ for lines }</g>{ for nodes }</> }
}

fn letter(
    level: &Level,
    c: char,
    best: u64,
    (x, y): (usize, usize),
    matching: Option<u64>,
    look: &Look,
) -> Html {
    let texts = look.texts().autocomplete;
    let is_taken = level.taken == Some(c);
    let longer = longer(&level.prefix, c);
    let name = if c == ' ' { "␣".to_string() } else { show(&c.to_string()) };
    let number = count(matching.unwrap_or(best));
    // What is seen comes first in what is read, with the same space between.
    let label = (texts.letter)(&format!("{name} {number}"), &longer);
    let choose = {
        let act = look.act.clone();
        let longer = longer.clone();
        move || act.emit(Action::Autocomplete(Verb::Type(longer.clone())))
    };
    let onclick = {
        let choose = choose.clone();
        Callback::from(move |_: MouseEvent| choose())
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            event.stop_propagation();
            choose();
        }
    });
    // The way goes on to the right of a letter that was typed.
    let place = if is_taken { (x, y + RADIUS + 16) } else { (x + RADIUS + 7, y + 5) };
    html! {
        <g key={longer} class={classes!("letter", is_taken.then_some("taken"))} role="button" tabindex="0"
            aria-label={label} {onclick} {onkeydown}>
            <circle cx={x.to_string()} cy={y.to_string()} r={RADIUS.to_string()} />
            <text class="name" x={x.to_string()} y={(y + 7).to_string()}>{ name }</text>
            { " " }
            <text class="best" x={place.0.to_string()} y={place.1.to_string()}>{ number }</text>
        </g>
    }
}

/// What is typed when a letter is added: letters of one syllable come together.
fn longer(prefix: &str, c: char) -> String {
    let mut key = fold_prefix(prefix).unwrap_or_default();
    key.push(c);
    show(&key)
}

/// A character that no query goes on with.
fn missing(c: char, x: usize, look: &Look) -> Html {
    let texts = look.texts().autocomplete;
    let (x, y) = (x.to_string(), HEIGHT - MARGIN / 2);
    html! {
        <g key="missing" class="letter missing">
            <text class="best" {x} y={y.to_string()} text-anchor="middle">{ (texts.missing)(&show(&c.to_string())) }</text>
        </g>
    }
}

fn suggestions(view: &View, look: &Look) -> Html {
    let texts = look.texts().autocomplete;
    let most = view.top.first().map_or(1, |best| best.count.max(1));
    let typed = look.interface.autocomplete.typed.trim_start().to_lowercase();
    let rows = view.top.iter().take(5).map(|found| {
        let query = found.query.clone();
        let onclick = look.act.reform({
            let query = query.clone();
            move |_: MouseEvent| Action::Autocomplete(Verb::Pick(query.clone()))
        });
        let (typed, rest) = match query.strip_prefix(&typed) {
            Some(rest) => (typed.clone(), rest.to_string()),
            None => (String::new(), query.clone()),
        };
        #[allow(clippy::cast_precision_loss)] // a bar's length
        let part = found.count as f64 / most as f64 * 100.0;
        html! {
            <li key={query}>
                <button type="button" {onclick} title={texts.pick}>
                    <span class="query">{ typed }<strong>{ rest }</strong></span>
                    <span class="figure">{ count(found.count) }</span>
                    <span class="bar" style={format!("width: {part:.1}%")} aria-hidden="true"></span>
                </button>
            </li>
        }
    });
    let rows: Vec<Html> = rows.collect();
    if rows.is_empty() {
        return html! { <p class="quiet" data-test="suggestions">{ texts.nothing }</p> };
    }
    html! { <ol data-test="suggestions">{ for rows }</ol> }
}
