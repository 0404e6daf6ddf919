//! English: the page *Notifications*.

use super::super::{Notifications, Term};
use crate::page::frame::facts::count;
use crate::page::notifications::view::Sums;
use ennead::port::Channel;

/// The words.
pub(super) static NOTIFICATIONS: Notifications = Notifications {
    title: "Notifications",
    to: "To",
    text: "Words",
    send: "Send",
    send_many: "Send twelve",
    fail: "Let mail fail",
    mend: "Let mail work",
    opt_out: "Opt out of mail",
    opt_in: "Opt in to mail",
    replay: "Replay dead letters",
    stage: "The way of notices, channel by channel, and what came of them",
    channel: "Channel",
    queue: "Queue",
    worker: "Worked by",
    provider: "Provider",
    devices: "Devices",
    idle: "nobody: the queue is idle",
    working: "works",
    failing: "fails",
    left_alone: "fails, and is left alone",
    tried_again: "is tried again",
    kill: "kill",
    arrivals: "Arrived, the latest first",
    dead: "Dead letters, set aside until somebody replays them",
    no_dead: "No dead letters.",
    counted: "Counted by the nodes that run",
    accepted: "Taken over",
    duplicates: Term {
        word: "Known events",
        means: "A notice whose event was given over before. It is acknowledged again, and nothing is delivered twice.",
    },
    sent: "Taken by a provider",
    retried: Term {
        word: "Tried again",
        means: "The provider refused for now or did not answer. The next attempt waits twice as long at most, and chance spreads it.",
    },
    set_aside: Term {
        word: "Set aside",
        means: "After six attempts, or at once if the provider says never, a delivery becomes a dead letter: kept, not lost.",
    },
    taken_back: "Replayed",
    not_wanted: "Not wanted",
    gone: "Devices gone",
    limited: Term {
        word: "Waited in line",
        means: "A user is told at most thirty times at once and then once a second on each channel. The rest waits in line.",
    },
    opted_out: "Has opted out of",
    nothing: "nothing",
    try_this: "Let mail fail and send twelve. What does the queue do, and the worker? Kill the worker's node, let mail work, and replay what is dead: is any of the twelve missing?",
    keys_help: &[("t", "Send")],
    sentence,
    channel_name: |channel| match channel {
        Channel::ApplePush => "Apple push",
        Channel::AndroidPush => "Android push",
        Channel::WebPush => "Web push",
        Channel::Sms => "Text message",
        Channel::Email => "Mail",
    },
    waiting: |waiting, in_hand, later| {
        format!("{} waiting, {} under way, {} later", count(waiting), count(in_hand), count(later))
    },
    refused: |asked, refused| format!("{} of {} failed", count(refused), count(asked)),
    arrived: |arrived, repeated| match repeated {
        0 => format!("{} arrived", count(arrived)),
        _ => format!("{} arrived, {} dropped as known", count(arrived), count(repeated)),
    },
    repeated: |times| format!("came again {times}×"),
    because: |attempts, reason| format!("{attempts}× {reason}"),
    works: |node, queue, in_hand| format!("{node} works queue {queue}, {in_hand} under way"),
};

fn sentence(sums: &Sums) -> String {
    if sums.accepted == 0 && sums.arrived == 0 {
        return "Any node takes a notice over, and some node delivers it. None was given yet."
            .into();
    }
    let mut text = format!(
        "The nodes that run have taken over {} notices; {} messages arrived in all.",
        count(sums.accepted),
        count(sums.arrived)
    );
    if let Some(channel) = sums.down {
        let name = (NOTIFICATIONS.channel_name)(channel);
        text += &format!(" The provider of {} fails.", name.to_lowercase());
    }
    if sums.waiting > 0 {
        text += &format!(" {} wait in their queues.", count(sums.waiting));
    }
    match sums.dead {
        0 => {}
        1 => text += " One is a dead letter.",
        dead => text += &format!(" {} are dead letters.", count(dead as u64)),
    }
    text
}
