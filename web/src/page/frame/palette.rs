//! The command palette: everything that can be done, found by its words.

use super::commands::{Command, commands};
use super::dialog::Dialog;
use crate::page::action::Action;
use crate::page::look::Look;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The most commands shown at once.
const MOST: usize = 12;

/// The palette.
#[component]
pub(crate) fn Palette(look: &Look) -> Html {
    let Look { interface, act, .. } = look;
    let texts = look.texts();
    let onclose = act.reform(|()| Action::Palette(false));
    html! {
        <Dialog open={interface.palette} label={texts.commands} test="commands" {onclose}>
            <Search ..look.clone() />
        </Dialog>
    }
}

#[component]
fn Search(look: &Look) -> Html {
    let act = &look.act;
    let texts = look.texts();
    let words = use_state(String::new);
    let at = use_state(|| 0_usize);
    let wanted = words.to_lowercase();
    let mut found: Vec<(usize, Command)> = commands(look)
        .into_iter()
        .filter_map(|command| Some((rank(&wanted, &command.0)?, command)))
        .collect();
    found.sort_by_key(|&(rank, _)| rank); // stable: equals stay in their order
    found.truncate(MOST);
    let found: Vec<Command> = found.into_iter().map(|(_, command)| command).collect();
    let chosen = (*at).min(found.len().saturating_sub(1));
    let run = {
        let act = act.clone();
        Callback::from(move |action: Action| {
            act.emit(Action::Palette(false));
            act.emit(action);
        })
    };
    let oninput = {
        let (words, at) = (words.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                words.set(input.value());
                at.set(0);
            }
        })
    };
    let onkeydown = {
        let (at, run, count) = (at.clone(), run.clone(), found.len().max(1));
        let action = found.get(chosen).map(|(_, action)| action.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "ArrowDown" => {
                event.prevent_default();
                at.set((chosen + 1) % count);
            }
            "ArrowUp" => {
                event.prevent_default();
                at.set((chosen + count - 1) % count);
            }
            "Enter" => {
                event.prevent_default();
                if let Some(action) = &action {
                    run.emit(action.clone());
                }
            }
            _ => {}
        })
    };
    let options = found.iter().enumerate().map(|(i, (name, action))| {
        let onclick = run.reform({
            let action = action.clone();
            move |_: MouseEvent| action.clone()
        });
        html! {
            <li key={name.clone()} id={format!("command-{i}")} role="option"
                aria-selected={(i == chosen).to_string()} {onclick}>{ name }</li>
        }
    });
    html! {
        <div class="palette">
            <input type="text" role="combobox" aria-label={texts.search_commands} placeholder={texts.search_commands}
                aria-expanded="true" aria-controls="commands-found" aria-autocomplete="list" autofocus=true
                aria-activedescendant={format!("command-{chosen}")} data-test="command"
                value={(*words).clone()} {oninput} {onkeydown} />
            <ul id="commands-found" role="listbox" aria-label={texts.commands}>{ for options }</ul>
            <div>{ if found.is_empty() { html! { <p class="quiet">{ texts.no_command }</p> } } else { Html::default() } }</div>
        </div>
    }
}

/// How well a command's name fits what was typed: how many of the typed words are only parts of the
/// name's words. `None` if one is not in it at all.
fn rank(typed: &str, name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let whole = |word: &str| {
        name.split(|c: char| c.is_whitespace() || matches!(c, '×' | '–')).any(|other| other == word)
    };
    let typed: Vec<&str> = typed.split_whitespace().collect();
    let fits = typed.iter().all(|word| name.contains(word));
    fits.then(|| typed.iter().filter(|word| !whole(word)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_come_before_parts() {
        assert_eq!(rank("", "Speed ×1"), Some(0));
        assert_eq!(rank("speed 1", "Speed ×1"), Some(0));
        assert_eq!(rank("speed 1", "Speed ×0.001"), Some(1));
        assert_eq!(rank("kill a", "Kill B"), None);
    }
}
