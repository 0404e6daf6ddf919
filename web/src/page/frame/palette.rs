//! The command palette: everything that can be done, found by its words.

use super::dialog::Dialog;
use crate::page::action::{Action, Interface, LinkFault, Selection};
use crate::page::snapshot::Snapshot;
use crate::page::store::stage::all_pairs;
use ennead::ring::NodeId;
use ennead::sim::{Fault, Status};
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The most commands shown at once.
const MOST: usize = 12;
/// How many nodes new worlds may have.
pub(crate) const WORLDS: [u16; 6] = [1, 3, 5, 8, 12, 20];

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) snapshot: Rc<Snapshot>,
    pub(crate) interface: Rc<Interface>,
    pub(crate) act: Callback<Action>,
}

/// The palette.
#[component]
pub(crate) fn Palette(props: &Props) -> Html {
    let Props { snapshot, interface, act } = props;
    let texts = interface.language.texts();
    let onclose = act.reform(|()| Action::Palette(false));
    html! {
        <Dialog open={interface.palette} label={texts.commands} test="commands" {onclose}>
            <Search snapshot={Rc::clone(snapshot)} interface={Rc::clone(interface)} act={act.clone()} />
        </Dialog>
    }
}

#[component]
fn Search(props: &Props) -> Html {
    let Props { snapshot, interface, act } = props;
    let texts = interface.language.texts();
    let words = use_state(String::new);
    let at = use_state(|| 0_usize);
    let wanted = words.to_lowercase();
    let mut found: Vec<(usize, (String, Action))> = commands(snapshot, interface)
        .into_iter()
        .filter_map(|command| Some((rank(&wanted, &command.0)?, command)))
        .collect();
    found.sort_by_key(|&(rank, _)| rank); // stable: equals stay in their order
    found.truncate(MOST);
    let found: Vec<(String, Action)> = found.into_iter().map(|(_, command)| command).collect();
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

/// All that can be done now, in words.
fn commands(snapshot: &Snapshot, interface: &Interface) -> Vec<(String, Action)> {
    let texts = interface.language.texts();
    let word = |word: &str, action: Action| (word.to_string(), action);
    let mut list = vec![
        word(if snapshot.playing { texts.pause } else { texts.play }, Action::TogglePlay),
        word(texts.step, Action::Step),
        word(texts.put, Action::Put),
        word(texts.get, Action::Get),
        word(texts.delete, Action::Delete),
        word(texts.put_twice, Action::PutTwice),
    ];
    for node in &snapshot.view.nodes {
        let verb = |verb, action| ((texts.node_verb)(verb, &node.name), action);
        let fault = |name, fault| verb(name, Action::Break(fault));
        match node.status {
            Status::Down => list.push(fault(texts.restart, Fault::Restart(node.id))),
            Status::Paused => {
                list.push(fault(texts.resume, Fault::Resume(node.id)));
                list.push(fault(texts.kill, Fault::Kill(node.id)));
            }
            Status::Up => {
                list.push(fault(texts.kill, Fault::Kill(node.id)));
                list.push(fault(texts.pause_node, Fault::Pause(node.id)));
            }
        }
        list.push(if is_touched(snapshot, node.id) {
            verb(texts.heal, Action::HealNode(node.id))
        } else {
            fault(texts.cut_off, Fault::CutOff(node.id))
        });
        list.push(fault(texts.wipe, Fault::Wipe(node.id)));
        let select = Action::Select(Selection::Node(node.id));
        list.push((format!("{} {}", texts.node, node.name), select));
    }
    list.push(word(texts.split, Action::Split));
    list.push(word(texts.heal_all, Action::HealAll));
    for (a, b) in all_pairs(snapshot).take(60) {
        let names = snapshot.names();
        for fault in [LinkFault::Cut, LinkFault::Slow, LinkFault::Lose, LinkFault::Heal] {
            let words = (texts.link_verb)(fault, names.of(a), names.of(b));
            list.push((words, Action::Link(a, b, fault)));
        }
    }
    for speed in [0.001, 0.01, 0.05, 0.2, 1.0, 10.0, 100.0] {
        let figure = crate::page::snapshot::figure(speed);
        list.push(((texts.go_to_speed)(&figure), Action::Speed(speed)));
    }
    list.push(word(texts.copy_link, Action::CopyLink));
    for nodes in WORLDS {
        let seed = snapshot.seed.wrapping_add(1);
        list.push(((texts.world_of)(nodes), Action::NewWorld(seed, nodes)));
    }
    list.push(word(
        if interface.log_open { texts.close_log } else { texts.open_log },
        Action::ToggleLog,
    ));
    let dark = interface.theme.is_dark();
    list.push(word(
        if dark { texts.light } else { texts.dark },
        Action::Theme(interface.theme.other()),
    ));
    let other = interface.language.other();
    list.push(word(other.texts().this_language, Action::Language(other)));
    list.push(word(texts.keyboard, Action::Help(true)));
    list
}

/// Whether any link of a node is not as at first.
pub(crate) fn is_touched(snapshot: &Snapshot, node: NodeId) -> bool {
    let view = &snapshot.view;
    view.cuts.iter().chain(&view.impaired).any(|&(a, b)| a == node || b == node)
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
