//! The sentence: what is before you, in plain words. It changes with the world, but no faster than
//! it can be read.

use crate::page::action::{Action, Interface};
use crate::page::clock;
use crate::page::snapshot::{Snapshot, seconds};
use std::rc::Rc;
use yew::prelude::*;

/// Milliseconds that a sentence stands at least.
const STANDS: f64 = 900.0;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) snapshot: Rc<Snapshot>,
    pub(crate) interface: Rc<Interface>,
    pub(crate) act: Callback<Action>,
}

/// The sentence, the world's name and the link to it.
#[component]
pub(crate) fn Sentence(props: &Props) -> Html {
    let Props { snapshot, interface, act } = props;
    let texts = interface.language.texts();
    let shown = use_mut_ref(|| (f64::MIN, interface.language, String::new()));
    let words = {
        let mut shown = shown.borrow_mut();
        let now = clock::milliseconds();
        let is_due = now - shown.0 > STANDS || shown.1 != interface.language;
        if snapshot.progress.is_none() || shown.2.is_empty() {
            let fresh = (texts.sentence)(&snapshot.facts);
            if is_due && fresh != shown.2 {
                *shown = (now, interface.language, fresh);
            }
        }
        shown.2.clone()
    };
    html! {
        <div class="head">
            <h1 class="sentence" data-test="sentence" aria-live="polite">{ words }</h1>
            <p class="about-world">
                <span>{ texts.world }{ " " }<span data-test="seed">{ snapshot.seed }</span></span>
                <span class="figure">{ seconds(snapshot.moment) }{ " s" }</span>
                <button type="button" class="textual" data-test="copy-link" onclick={act.reform(|_| Action::CopyLink)}>
                    { texts.copy_link }
                </button>
            </p>
        </div>
    }
}
