//! The fields of a page's verbs: text, choices, and the node to ask.

use crate::page::action::Action;
use crate::page::look::Look;
use ennead::ring::NodeId;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The text of the field in which something was typed.
pub(crate) fn text_of(event: &InputEvent) -> String {
    event.target_dyn_into::<HtmlInputElement>().map_or_else(String::new, |input| input.value())
}

/// Which choice was made, counted from 0.
pub(crate) fn choice_of(event: &Event) -> usize {
    let select = event.target_dyn_into::<HtmlSelectElement>();
    select.and_then(|select| usize::try_from(select.selected_index()).ok()).unwrap_or(0)
}

/// A field for a line of text of at most so many characters. The page's first field is given the
/// look's `field`, so that `/` leads to it.
pub(crate) fn text_field(
    label: &'static str,
    test: &'static str,
    value: &str,
    most: u32,
    field: &NodeRef,
    oninput: Callback<InputEvent>,
) -> Html {
    html! {
        <label><span class="label">{ label }</span>
            <input ref={field} type="text" data-test={test} maxlength={most.to_string()} autocomplete="off"
                autocapitalize="off" spellcheck="false" value={value.to_string()} {oninput} />
        </label>
    }
}

/// A choice of one among a few; `onchange` is given its number.
pub(crate) fn choice_field(
    label: &'static str,
    test: &'static str,
    options: impl IntoIterator<Item = String>,
    chosen: usize,
    onchange: Callback<usize>,
) -> Html {
    let options = options.into_iter().enumerate().map(|(i, word)| {
        html! { <option key={i} selected={i == chosen}>{ word }</option> }
    });
    html! {
        <label><span class="label">{ label }</span>
            <select data-test={test} onchange={onchange.reform(|event: Event| choice_of(&event))}>{ for options }</select>
        </label>
    }
}

/// The choice of the node to ask: any, or one of the cluster's.
pub(crate) fn node_field(look: &Look) -> Html {
    let texts = look.texts().world;
    let names = look.snapshot.view.nodes.iter().map(|node| node.name.clone());
    let options = std::iter::once(texts.any_node.to_string()).chain(names);
    let chosen = look.interface.via.map_or(0, |id| id.index() + 1);
    let onchange = look.act.reform(|choice: usize| {
        let node = choice.checked_sub(1).and_then(|index| u16::try_from(index).ok());
        Action::Via(node.map(NodeId))
    });
    choice_field(texts.at_node, "via", options, chosen, onchange)
}

/// What was answered to what was asked last.
pub(crate) fn answer(look: &Look) -> Html {
    use super::words::marked;
    use crate::page::snapshot::seconds;
    let line = look.snapshot.answer.as_ref().map(|line| {
        html! {
            <span class={line.tone.class()}>
                <time class="figure">{ seconds(line.at.as_micros()) }</time>{ " " }{ marked(&line.words) }
            </span>
        }
    });
    html! { <output class="answer" data-test="answer">{ line.unwrap_or_default() }</output> }
}
