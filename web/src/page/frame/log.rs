//! The log in words: one line an event, newest first.

use super::words::marked;
use crate::page::action::{Action, Filter, Interface, Lines, Selection};
use crate::page::look::Look;
use crate::page::snapshot::{Line, Snapshot, seconds};
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The log.
#[component]
pub(crate) fn Log(look: &Look) -> Html {
    let Look { snapshot, interface, act, .. } = look;
    let texts = look.texts();
    let chosen = match interface.selection {
        Selection::Line(number) => Some(number),
        _ => None,
    };
    // Lines that are being read or pointed at stay where they are.
    let held = use_state(|| None::<Rc<Snapshot>>);
    let hold = {
        let (held, snapshot, open) = (held.clone(), Rc::clone(snapshot), interface.log_open);
        move || {
            if open && held.is_none() {
                held.set(Some(Rc::clone(&snapshot)));
            }
        }
    };
    let release = {
        let held = held.clone();
        move || held.set(None)
    };
    let shown = held.as_ref().filter(|_| interface.log_open).unwrap_or(snapshot);
    let lines = shown.lines.iter().map(|line| {
        let act = act.clone();
        html! {
            <Entry key={line.number} line={line.clone()} chosen={chosen == Some(line.number)} {act} />
        }
    });
    let class = classes!("log", interface.log_open.then_some("open"));
    html! {
        <section {class} aria-label={texts.log} data-test="log">
            <Filters interface={Rc::clone(interface)} act={act.clone()} held={held.is_some()} />
            <div class="lines" role="log" aria-live="off" aria-label={texts.log} tabindex="0"
                onmouseenter={Callback::from({ let hold = hold.clone(); move |_| hold() })}
                onmouseleave={Callback::from({ let release = release.clone(); move |_| release() })}
                onfocusin={Callback::from(move |_| hold())} onfocusout={Callback::from(move |_| release())}>
                <ol>{ for lines }</ol>
            </div>
            <div class="none">
                { if snapshot.lines.is_empty() { html! { <p>{ texts.no_lines }</p> } } else { Html::default() } }
            </div>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct EntryProps {
    line: Line,
    chosen: bool,
    act: Callback<Action>,
}

#[component]
fn Entry(props: &EntryProps) -> Html {
    let Line { number, at, words, tone, related, .. } = &props.line;
    let (number, chosen) = (*number, props.chosen);
    let onclick = props.act.reform(move |_: MouseEvent| {
        Action::Select(if chosen { Selection::Nothing } else { Selection::Line(number) })
    });
    let class = classes!(tone.class(), related.then_some("related"));
    html! {
        <li {class}>
            <button type="button" class="line" aria-pressed={chosen.to_string()} {onclick}>
                <time class="figure">{ seconds(at.as_micros()) }</time>
                { marked(words) }
            </button>
        </li>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FiltersProps {
    /// Whether the lines stand still.
    held: bool,
    interface: Rc<Interface>,
    act: Callback<Action>,
}

#[component]
fn Filters(props: &FiltersProps) -> Html {
    let FiltersProps { interface, act, held } = props;
    let texts = interface.language.texts();
    let filter = &interface.filter;
    let with_words = {
        let (act, filter) = (act.clone(), filter.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                act.emit(Action::Filter(Filter { words: input.value(), ..filter.clone() }));
            }
        })
    };
    let with_lines = {
        let (act, filter) = (act.clone(), filter.clone());
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let index = select.map_or(0, |select| select.selected_index());
            let lines = usize::try_from(index).ok().and_then(|i| Lines::ALL.get(i).copied());
            act.emit(Action::Filter(Filter { lines: lines.unwrap_or_default(), ..filter.clone() }));
        })
    };
    let only = {
        let filter = filter.clone();
        act.reform(move |_: MouseEvent| {
            Action::Filter(Filter { only_selected: !filter.only_selected, ..filter.clone() })
        })
    };
    html! {
        <div class="filters">
            <select aria-label={texts.kinds} data-test="log-kind" onchange={with_lines}>
                { for Lines::ALL.iter().map(|&lines| html! {
                    <option selected={lines == filter.lines}>{ (texts.lines)(lines) }</option>
                }) }
            </select>
            <input type="search" placeholder={texts.filter} aria-label={texts.filter} data-test="log-words"
                value={filter.words.clone()} oninput={with_words} />
            <button type="button" aria-pressed={filter.only_selected.to_string()} onclick={only}>
                { texts.only_selected }
            </button>
            <span class="quiet held-note">{ if *held { texts.held } else { "" } }</span>
        </div>
    }
}
