//! The line of verbs above the stage: a key, a value, and what can be done with them.

use crate::page::action::{Action, Interface};
use crate::page::frame::words::{Explained, button, marked};
use crate::page::snapshot::{Snapshot, seconds};
use crate::page::texts::Term;
use ennead::kv::Quorum;
use ennead::ring::NodeId;
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) snapshot: Rc<Snapshot>,
    pub(crate) interface: Rc<Interface>,
    pub(crate) act: Callback<Action>,
    /// The key field, so that a key stroke can go there.
    pub(crate) key_field: NodeRef,
}

fn text_of(event: &InputEvent) -> String {
    event.target_dyn_into::<HtmlInputElement>().map_or_else(String::new, |input| input.value())
}

/// The verbs.
#[component]
pub(crate) fn Verbs(props: &Props) -> Html {
    let Props { snapshot, interface, act, key_field } = props;
    let texts = interface.language.texts();
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Action::Put
    });
    let on_key = act.reform(|event: InputEvent| Action::Key(text_of(&event)));
    let on_value = act.reform(|event: InputEvent| Action::Value(text_of(&event)));
    let on_node = {
        let (act, nodes) = (act.clone(), snapshot.view.nodes.len());
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let index = select.map_or(0, |select| select.selected_index());
            let chosen = u16::try_from(index - 1).ok().filter(|&i| usize::from(i) < nodes);
            act.emit(Action::Via(chosen.map(NodeId)));
        })
    };
    let nodes = snapshot.view.nodes.iter().map(|node| {
        html! { <option key={node.id.0} selected={interface.via == Some(node.id)}>{ &node.name }</option> }
    });
    let answer = snapshot.answer.as_ref().map(|line| {
        html! {
            <span class={line.tone.class()}>
                <time class="figure">{ seconds(line.at.as_micros()) }</time>{ " " }{ marked(&line.words) }
            </span>
        }
    });
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                <label><span class="label">{ texts.key }</span>
                    <input ref={key_field} type="text" class="key-field" data-test="key" maxlength="1024" autocomplete="off"
                        autocapitalize="off" spellcheck="false" value={interface.key.clone()} oninput={on_key} />
                </label>
                <label><span class="label">{ texts.value }</span>
                    <input type="text" data-test="value" maxlength="4096" autocomplete="off" spellcheck="false"
                        value={interface.value.clone()} oninput={on_value} />
                </label>
                <label><span class="label">{ texts.at_node }</span>
                    <select data-test="via" onchange={on_node}>
                        <option selected={interface.via.is_none()}>{ texts.any_node }</option>
                        { for nodes }
                    </select>
                </label>
                <button type="submit" class="first" data-test="put">{ texts.put }</button>
                { button("get", texts.get, act.reform(|_| Action::Get)) }
                { button("delete", texts.delete, act.reform(|_| Action::Delete)) }
                <button type="button" data-test="siblings" title={texts.put_twice_hint}
                    onclick={act.reform(|_| Action::PutTwice)}>{ texts.put_twice }</button>
            </div>
            <div class="below">
                <output class="answer" data-test="answer">{ answer.unwrap_or_default() }</output>
                { quorums(snapshot, interface) }
            </div>
        </form>
    }
}

fn quorums(snapshot: &Snapshot, interface: &Interface) -> Html {
    let texts = interface.language.texts();
    let language = interface.language;
    let quorums = snapshot.view.quorums;
    let quorum = match quorums.quorum {
        Quorum::Strict => texts.strict,
        Quorum::Sloppy => texts.sloppy,
    };
    let rows = [
        (Term::Copies, texts.copies, quorums.copies.to_string()),
        (Term::Write, texts.write, quorums.write.to_string()),
        (Term::Read, texts.read, quorums.read.to_string()),
        (Term::Quorum, texts.quorum, quorum.to_string()),
    ];
    html! {
        <p class="quorums" data-test="quorums">
            { for rows.into_iter().map(|(term, word, value)| html! {
                <span key={word}><Explained {term} {word} {language} />{ " " }<strong class="figure">{ value }</strong></span>
            }) }
        </p>
    }
}
