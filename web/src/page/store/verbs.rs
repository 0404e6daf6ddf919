//! The line of verbs above the stage: a key, a value, and what can be done with them.

use super::action::Verb;
use crate::page::action::Action;
use crate::page::frame::fields::{answer, node_field, text_field, text_of};
use crate::page::frame::words::{Explained, button};
use crate::page::look::Look;
use ennead::kv::Quorum;
use yew::prelude::*;

/// The verbs.
pub(crate) fn verbs(look: &Look) -> Html {
    let texts = look.texts().store;
    let fields = &look.interface.store;
    let act = look.act.reform(Action::Store);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Put
    });
    let on_key = act.reform(|event: InputEvent| Verb::Key(text_of(&event)));
    let on_value = act.reform(|event: InputEvent| Verb::Value(text_of(&event)));
    let second = NodeRef::default();
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { text_field(texts.key, "key", &fields.key, 1_024, &look.field, on_key) }
                { text_field(texts.value, "value", &fields.value, 4_096, &second, on_value) }
                { node_field(look) }
                <button type="submit" class="first" data-test="put">{ texts.put }</button>
                { button("get", texts.get, act.reform(|_| Verb::Get)) }
                { button("delete", texts.delete, act.reform(|_| Verb::Delete)) }
                <button type="button" data-test="siblings" title={texts.put_twice_hint}
                    onclick={act.reform(|_| Verb::PutTwice)}>{ texts.put_twice }</button>
            </div>
            <div class="below">
                { answer(look) }
                { quorums(look) }
            </div>
        </form>
    }
}

fn quorums(look: &Look) -> Html {
    let texts = look.texts().store;
    let quorums = look.snapshot.view.quorums;
    let quorum = match quorums.quorum {
        Quorum::Strict => texts.strict,
        Quorum::Sloppy => texts.sloppy,
    };
    let rows = [
        (texts.copies, quorums.copies.to_string()),
        (texts.write, quorums.write.to_string()),
        (texts.read, quorums.read.to_string()),
        (texts.quorum, quorum.to_string()),
    ];
    html! {
        <p class="quorums" data-test="quorums">
            { for rows.into_iter().map(|(term, value)| html! {
                <span key={term.word}><Explained {term} />{ " " }<strong class="figure">{ value }</strong></span>
            }) }
        </p>
    }
}
