//! All that can be done now, in words: what the palette finds.

use super::nodes::{all_pairs, is_touched};
use crate::page::action::{Action, LinkFault, Selection};
use crate::page::look::Look;
use crate::page::snapshot::figure;
use ennead::sim::{Fault, Status};

/// How many nodes new worlds may have.
pub(crate) const WORLDS: [u16; 6] = [1, 3, 5, 8, 12, 20];

/// How many requests a second the clients of new worlds may make.
pub(crate) const LOADS: [u32; 4] = [6, 50, 200, 1_000];

/// A command's words and what it does.
pub(crate) type Command = (String, Action);

fn word(word: &str, action: Action) -> Command {
    (word.to_string(), action)
}

/// The page's own commands first, then those of every page.
pub(crate) fn commands(look: &Look) -> Vec<Command> {
    let (interface, texts) = (&look.interface, look.texts());
    let mut list = (interface.page.parts().commands)(look);
    list.extend(interface.pages().map(|page| {
        let title = (page.parts().title)(texts);
        ((texts.go_to_page)(title), Action::Go(page))
    }));
    list.push(word(texts.copy_link, Action::CopyLink));
    if interface.page.parts().has_time {
        list.extend(of_world(look));
    }
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

/// What can be done to the world: its time, its nodes and links, itself.
fn of_world(look: &Look) -> Vec<Command> {
    let (snapshot, interface, texts) = (&look.snapshot, &look.interface, look.texts());
    let mut list = vec![
        word(if snapshot.playing { texts.pause } else { texts.play }, Action::TogglePlay),
        word(texts.step, Action::Step),
    ];
    list.extend(of_nodes(look));
    for speed in [0.001, 0.01, 0.05, 0.2, 1.0, 10.0, 100.0] {
        list.push(((texts.go_to_speed)(&figure(speed)), Action::Speed(speed)));
    }
    let seed = snapshot.seed.wrapping_add(1);
    for nodes in WORLDS {
        list.push(((texts.world.world_of)(nodes), Action::NewWorld(seed, nodes, snapshot.load)));
    }
    for load in LOADS {
        let nodes = u16::try_from(snapshot.view.nodes.len()).unwrap_or(1);
        list.push(((texts.world.world_under)(load), Action::NewWorld(seed, nodes, load)));
    }
    list.push(word(
        if interface.log_open { texts.close_log } else { texts.open_log },
        Action::ToggleLog,
    ));
    list
}

/// What can be done to nodes and links.
fn of_nodes(look: &Look) -> Vec<Command> {
    let (snapshot, texts) = (&look.snapshot, look.texts().world);
    let mut list = Vec::new();
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
    list
}
