//! The line of verbs: a node goes, a node comes.

use super::faults;
use crate::page::action::Action;
use crate::page::frame::words::button;
use crate::page::look::Look;
use yew::prelude::*;

/// The verbs.
pub(super) fn verbs(look: &Look) -> Html {
    let texts = look.texts().overview;
    let names = look.snapshot.names();
    let onsubmit = Callback::from(|event: SubmitEvent| event.prevent_default());
    let faults = faults(&look.snapshot);
    let verbs = faults.into_iter().map(|(kind, fault)| {
        let node = match fault {
            ennead::sim::Fault::Kill(node) | ennead::sim::Fault::Restart(node) => names.of(node),
            _ => "",
        };
        let word = (look.texts().world.node_verb)(texts.fault[kind], node);
        let act = look.act.reform(move |_: MouseEvent| Action::Break(fault.clone()));
        button(["kill-one", "restart-one"][kind], &word, act)
    });
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">{ for verbs }</div>
            <div class="below"><p class="quiet">{ texts.how }</p></div>
        </form>
    }
}
