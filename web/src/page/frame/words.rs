//! Small pieces of text: lines with what stands out in them, and terms that explain themselves.

use crate::page::texts::{STRONG, Term};
use yew::prelude::*;

/// Text with what stands out in it.
pub(crate) fn marked(text: &str) -> Html {
    let mut pieces = Vec::new();
    for (i, part) in text.split(STRONG.0).enumerate() {
        match part.split_once(STRONG.1) {
            Some((bold, rest)) if i > 0 => {
                pieces.push(html! { <strong>{ bold.to_string() }</strong> });
                pieces.push(html! { <>{ rest.to_string() }</> });
            }
            _ => pieces.push(html! { <>{ part.to_string() }</> }),
        }
    }
    html! { <span>{ for pieces }</span> }
}

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TermProps {
    pub(crate) term: Term,
}

/// A term with a dotted line under it; pointing at it or moving the focus to it explains it.
#[component]
pub(crate) fn Explained(props: &TermProps) -> Html {
    let Term { word, means } = props.term;
    let id = format!("term-{}", word.replace(' ', "-"));
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        // An explanation in the way can be sent away without moving.
        if event.key() == "Escape"
            && let Some(target) = event.target_dyn_into::<web_sys::HtmlElement>()
        {
            let _ = target.blur();
        }
    });
    html! {
        <span class="explained">
            <button type="button" class="term" aria-describedby={id.clone()} {onkeydown}>{ word }</button>
            <span class="tip" role="tooltip" {id}>{ means }</span>
        </span>
    }
}

/// A verb.
pub(crate) fn button(test: &'static str, word: &str, onclick: Callback<MouseEvent>) -> Html {
    html! { <button type="button" data-test={test} {onclick}>{ word.to_string() }</button> }
}
