//! The list of keys.

use super::dialog::Dialog;
use crate::page::action::Action;
use crate::page::look::Look;
use yew::prelude::*;

/// The list of keys.
#[component]
pub(crate) fn Help(look: &Look) -> Html {
    let texts = look.texts();
    let page = look.interface.page.parts();
    let own = (page.keys_help)(texts).iter();
    let of_world = texts.world.keys_help.iter().filter(|_| page.has_time);
    let onclose = look.act.reform(|()| Action::Help(false));
    let close = onclose.reform(|_: MouseEvent| ());
    html! {
        <Dialog open={look.interface.help} label={texts.keyboard} test="help" {onclose}>
            <div class="dialog-head">
                <h2>{ texts.keyboard }</h2>
                <button type="button" onclick={close}>{ texts.close }</button>
            </div>
            <dl class="keys-list">
                { for own.chain(of_world).chain(texts.keys_help).map(|(key, what)| html! {
                    <div key={*key}><dt><kbd>{ *key }</kbd></dt><dd>{ *what }</dd></div>
                }) }
            </dl>
        </Dialog>
    }
}
