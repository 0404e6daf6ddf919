//! English: the page *Chat*.

use super::super::{Chat, Names, Term};
use crate::page::chat::action::PHONES;
use crate::page::chat::view::{AtHand, ChatView, Reach};
use crate::page::frame::facts::count;
use crate::page::world::people::name;

/// The words.
pub(crate) static CHAT: Chat = Chat {
    title: "Chat",
    on: "On",
    to: "To",
    text: "Words",
    say: "Say",
    stage: "Phones, and between them the way of a message",
    is_on: "on-line",
    is_off: "switched off",
    is_deaf: "in a tunnel",
    is_searching: "connecting",
    switch_on: "Switch on",
    switch_off: "Switch off",
    into_tunnel: "Into a tunnel",
    out_of_tunnel: "Out of the tunnel",
    read: "Read",
    waits: "waits",
    hidden: "(hidden)",
    nothing_said: "Nobody has said anything here yet. Press Say.",
    server: "Chat server takes it",
    log: "Log of the conversation",
    queue: "Message sync queue, worker",
    inbox: "Inbox",
    deliver: "Servers give it to devices",
    notify: "Notification",
    done: "done",
    now: "under way",
    later: "not yet",
    aside: "not needed",
    message: "Message",
    author: "Said by",
    number: Term {
        word: "Number",
        means: "The message's place in its conversation. A register gives it, so that all devices show one order, whatever clocks say.",
    },
    none_yet: "none yet",
    id: "Id of the device",
    said_at: "Taken at",
    log_at: "Log's head at",
    worker_at: "Queue's worker",
    devices: "Devices",
    devices_of: "Where each is connected, and the last number that it has of this conversation.",
    counted: "Counted by the nodes",
    sent: "Messages taken",
    known: Term {
        word: "Sent again",
        means: "A device that was not answered sends the message again under the same id, anywhere. The log has it once.",
    },
    given_to: "Given to devices",
    synced: Term {
        word: "Queue items done",
        means: "Each acknowledged message waits in a queue until the inboxes of all members are raised. Its worker may be killed: another takes over.",
    },
    notices: "Notifications",
    connected: "Devices connected",
    cut_off: "Connections ended here",
    try_this: "Say something as Ana and kill the node that her phone is at while it waits. Where does the phone go, and how often is the message there? Then send Ben's phone into a tunnel, say more, and bring it back.",
    phone: |number| match number {
        0 => "Ana's phone".into(),
        1 => "Ben's phone".into(),
        _ => "Ben's computer".into(),
    },
    switch: |phone| format!("Switch {phone} on or off"),
    away: |name| format!("{name} (never on-line)"),
    online: |names| match names {
        [] => "No friend is on-line.".into(),
        names => format!("On-line: {}", names.join(", ")),
    },
    not_there: |name| format!("{name} does not take part in this conversation."),
    number_read: |number| format!("{number}, read"),
    message_of: |name| format!("{name} says"),
    as_number: |number| format!("as number {}", count(number)),
    inbox_at: |name, number| format!("of {name}: at {}", count(number)),
    inbox_of: |name| format!("Inbox of {name}"),
    given: |given, all| format!("{given} of {all} have it"),
    inboxes_at: |raised, all| format!("{raised} of {all} are raised to it"),
    way,
    group: |members| match members {
        None => "A group".into(),
        Some(1) => "The group of one".into(),
        Some(members) => format!("The group of {members}"),
    },
    group_name: "Hikers",
    open_group: "Open the group",
    who_is_in: "Choose friends. Whoever has no phone here is notified.",
    come_and_go: "Press a name to let a friend of somebody in it join, or a member leave.",
    sentence,
};

fn way(at_hand: &AtHand, number: Option<u64>, reach: &Reach) -> String {
    let Reach { with, given, all, without } = reach;
    let Some(number) = number else {
        let author = name(at_hand.author);
        return format!("What {author} says waits on the device until a node has taken it.");
    };
    let mut text = format!("Message {} is in the log", count(number));
    if *all > 0 {
        text += &format!(" and on {given} of {all} devices of {}", with.join(", "));
    }
    text.push('.');
    text += &match without.as_slice() {
        [] => String::new(),
        [only] => format!(" {only} has no device on-line and is notified."),
        many => format!(" {} have no device on-line and are notified.", many.join(", ")),
    };
    text
}

fn sentence(view: &ChatView, names: &Names<'_>) -> String {
    if !view.is_begun() {
        return "Two people sign up, befriend, and take up their phones.".into();
    }
    let places: Vec<String> = view
        .phones
        .iter()
        .enumerate()
        .map(|(number, phone)| {
            let who = (CHAT.phone)(number);
            match phone.node.filter(|_| phone.is_connected) {
                Some(node) => format!("{who} is at {}", names.of(node)),
                None => format!("{who} is off-line"),
            }
        })
        .collect();
    let mut text = format!("{}.", places.join(", "));
    let waiting: usize = view.phones.iter().map(|phone| phone.outbox.len()).sum();
    let last = view.phones.iter().map(|phone| phone.last).max().unwrap_or(0);
    let behind = (0..PHONES.len().min(view.phones.len()))
        .filter(|&number| view.phones[number].takes_part && view.phones[number].last < last)
        .count();
    let all_take_part = view.phones.iter().all(|phone| phone.takes_part);
    text += &match (waiting, behind) {
        (0, _) if last == 0 => String::new(),
        (0, 0) => {
            let who = if all_take_part { "All devices" } else { "All devices that take part" };
            format!(" {who} have the same {} messages.", count(last))
        }
        (0, 1) => " One device is behind.".to_string(),
        (0, behind) => format!(" {behind} devices are behind."),
        (1, _) => " One message waits to be taken.".to_string(),
        (waiting, _) => format!(" {waiting} messages wait to be taken."),
    };
    text
}
