//! The rail: the pages, and the settings of the page itself.

use crate::page::Page;
use crate::page::action::{Action, Interface};
use std::rc::Rc;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) interface: Rc<Interface>,
    pub(crate) act: Callback<Action>,
}

/// The rail.
#[component]
pub(crate) fn Rail(props: &Props) -> Html {
    let Props { interface, act } = props;
    let language = interface.language;
    let texts = language.texts();
    let pages = Page::ALL.into_iter().map(|page| {
        let onclick = {
            let act = act.clone();
            Callback::from(move |event: MouseEvent| {
                event.prevent_default();
                act.emit(Action::Go(page));
            })
        };
        let word = match page {
            Page::Store => texts.store,
        };
        let current = (page == interface.page).then_some("page");
        html! {
            <li key={page.slug()}>
                <a href={format!("#{}", page.slug())} aria-current={current} {onclick}>{ word }</a>
            </li>
        }
    });
    let dark = interface.theme.is_dark();
    let theme = act.reform({
        let other = interface.theme.other();
        move |_: MouseEvent| Action::Theme(other)
    });
    let other = language.other();
    let speak = act.reform(move |_: MouseEvent| Action::Language(other));
    html! {
        <header class="rail">
            <span class="brand">{ "Ennead" }</span>
            <nav aria-label={texts.pages}>
                <p class="group">{ texts.foundations }</p>
                <ul>{ for pages }</ul>
            </nav>
            <div class="settings">
                <button type="button" class="plain" data-test="palette" onclick={act.reform(|_| Action::Palette(true))}>
                    { texts.commands }<kbd>{ "Ctrl K" }</kbd>
                </button>
                <button type="button" class="plain" data-test="help" onclick={act.reform(|_| Action::Help(true))}>
                    { texts.keyboard }<kbd>{ "?" }</kbd>
                </button>
                <button type="button" class="plain" data-test="theme" onclick={theme}>
                    { if dark { texts.light } else { texts.dark } }
                </button>
                <button type="button" class="plain" data-test="language" lang={other.code()} onclick={speak}>
                    { other.texts().this_language }
                </button>
            </div>
        </header>
    }
}
