//! The sentence: what is before you, in plain words. It changes with the world, but no faster than
//! it can be read.

use crate::page::action::Action;
use crate::page::clock;
use crate::page::look::Look;
use crate::page::snapshot::seconds;
use yew::prelude::*;

/// Milliseconds that a sentence stands at least.
const STANDS: f64 = 900.0;

/// The sentence, the world's name and the link to it.
#[component]
pub(crate) fn Sentence(look: &Look) -> Html {
    let Look { snapshot, interface, act, .. } = look;
    let texts = look.texts();
    let about = (interface.page, interface.language);
    let shown = use_mut_ref(|| (f64::MIN, about, String::new()));
    let words = {
        let mut shown = shown.borrow_mut();
        let now = clock::milliseconds();
        let is_due = now - shown.0 > STANDS || shown.1 != about;
        if snapshot.progress.is_none() || shown.2.is_empty() {
            let fresh = (interface.page.parts().sentence)(look);
            if is_due && fresh != shown.2 {
                *shown = (now, about, fresh);
            }
        }
        shown.2.clone()
    };
    html! {
        <div class="head">
            <h1 class="sentence" data-test="sentence" tabindex="-1" aria-live="polite">{ words }</h1>
            <p class="about-world">
                if interface.page.parts().has_time {
                    <span>{ texts.world.world }{ " " }<span data-test="seed">{ snapshot.seed }</span></span>
                    <span class="figure">{ seconds(snapshot.moment) }{ " s" }</span>
                }
                <button type="button" class="textual" data-test="copy-link" onclick={act.reform(|_| Action::CopyLink)}>
                    { texts.copy_link }
                </button>
            </p>
        </div>
    }
}
