//! The rail: the pages, and the settings of the page itself.

use crate::page::action::Action;
use crate::page::look::Look;
use crate::page::{Group, Page};
use yew::prelude::*;

/// The rail.
pub(crate) fn rail(look: &Look) -> Html {
    let Look { interface, act, .. } = look;
    let language = interface.language;
    let texts = language.texts();
    let link = |page: Page| {
        let slug = page.parts().slug;
        let current = (page == interface.page).then_some("page");
        html! {
            <li key={slug}>
                <a href={format!("#/{slug}")} aria-current={current} data-test={format!("page-{slug}")}>
                    { (page.parts().title)(texts) }
                </a>
            </li>
        }
    };
    let group = |(group, word): (Group, &'static str)| {
        let pages = interface.pages().filter(|page| page.group() == group);
        let name = (!word.is_empty()).then(|| html! { <p class="group">{ word }</p> });
        html! { <div key={word}>{ name.unwrap_or_default() }<ul>{ for pages.map(link) }</ul></div> }
    };
    let groups = [
        (Group::Whole, ""),
        (Group::Foundations, texts.foundations),
        (Group::Services, texts.services),
    ];
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
                { for groups.map(group) }
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
