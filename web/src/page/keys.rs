//! The keyboard: what each key means for the page as a whole.

use super::action::{Action, Interface, Selection};
use super::look::Look;
use super::snapshot::Snapshot;
use ennead::ring::NodeId;
use ennead::sim::{Fault, Status};
use web_sys::{Element, KeyboardEvent};

/// Where the focus is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    /// In a field that takes letters.
    Field,
    /// On something that takes the space key.
    Control,
    /// Elsewhere.
    Page,
}

fn focus_of(event: &KeyboardEvent) -> Focus {
    use wasm_bindgen::JsCast;
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return Focus::Page;
    };
    let is_range = target.get_attribute("type").as_deref() == Some("range");
    match target.tag_name().to_ascii_lowercase().as_str() {
        "input" if is_range => Focus::Control,
        "input" | "textarea" | "select" => Focus::Field,
        "button" | "a" | "summary" => Focus::Control,
        _ if target.get_attribute("role").as_deref() == Some("button") => Focus::Control,
        _ => Focus::Page,
    }
}

/// What a key stroke means, if it means something here.
pub(crate) fn meaning(event: &KeyboardEvent, look: &Look) -> Option<Action> {
    let interface = &look.interface;
    let key = event.key();
    if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
        return Some(Action::Palette(!interface.palette));
    }
    let is_modified = event.ctrl_key() || event.meta_key() || event.alt_key();
    if is_modified || interface.palette || interface.help {
        return None;
    }
    let focus = focus_of(event);
    if focus == Focus::Field || (focus == Focus::Control && key == " ") {
        return None;
    }
    let own = (interface.page.parts().key)(&key, look);
    own.or_else(|| match key.as_str() {
        "/" => Some(Action::FocusField),
        "?" => Some(Action::Help(true)),
        "Escape" if interface.notice.is_some() => Some(Action::Dismiss),
        _ if interface.page.parts().has_time => of_world(&key, interface, &look.snapshot),
        _ => None,
    })
}

/// What a key means for the world and its nodes.
fn of_world(key: &str, interface: &Interface, snapshot: &Snapshot) -> Option<Action> {
    if let Some(digit) = key.parse::<u16>().ok().filter(|digit| (1..=9).contains(digit)) {
        let id = NodeId(digit - 1);
        let is_there = snapshot.view.nodes.iter().any(|node| node.id == id);
        return is_there.then_some(Action::Select(Selection::Node(id)));
    }
    let selected = match interface.selection {
        Selection::Node(id) => snapshot.view.nodes.iter().find(|node| node.id == id),
        _ => None,
    };
    match (key, selected) {
        (" ", _) => Some(Action::TogglePlay),
        (".", _) => Some(Action::Step),
        ("l", _) => Some(Action::ToggleLog),
        ("Escape", _) => Some(Action::Select(Selection::Nothing)),
        ("k", Some(node)) => Some(Action::Break(match node.status {
            Status::Down => Fault::Restart(node.id),
            _ => Fault::Kill(node.id),
        })),
        ("p", Some(node)) => match node.status {
            Status::Up => Some(Action::Break(Fault::Pause(node.id))),
            Status::Paused => Some(Action::Break(Fault::Resume(node.id))),
            Status::Down => None,
        },
        ("c", Some(node)) => {
            let touched = super::frame::nodes::is_touched(snapshot, node.id);
            Some(if touched {
                Action::HealNode(node.id)
            } else {
                Action::Break(Fault::CutOff(node.id))
            })
        }
        _ => None,
    }
}
