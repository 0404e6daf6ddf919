//! The list of keys.

use super::dialog::Dialog;
use crate::page::action::Action;
use crate::page::texts::Language;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) open: bool,
    pub(crate) language: Language,
    pub(crate) act: Callback<Action>,
}

/// The list of keys.
#[component]
pub(crate) fn Help(props: &Props) -> Html {
    let texts = props.language.texts();
    let onclose = props.act.reform(|()| Action::Help(false));
    let close = onclose.reform(|_: MouseEvent| ());
    html! {
        <Dialog open={props.open} label={texts.keyboard} test="help" {onclose}>
            <div class="dialog-head">
                <h2>{ texts.keyboard }</h2>
                <button type="button" onclick={close}>{ texts.close }</button>
            </div>
            <dl class="keys-list">
                { for texts.keys_help.iter().map(|(key, what)| html! {
                    <div key={*key}><dt><kbd>{ *key }</kbd></dt><dd>{ *what }</dd></div>
                }) }
            </dl>
        </Dialog>
    }
}
