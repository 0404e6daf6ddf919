//! English: the page *Live*.

use super::super::Live;
use crate::page::live::state::{Link, Live as State, Standing};

/// The words.
pub(super) static LIVE: Live = Live {
    title: "Live",
    name: "Name",
    password: "Password",
    email: "E-mail",
    email_optional: "E-mail, if you like",
    sign_up: "Sign up",
    log_in: "Log in",
    log_out: "Log out",
    no_answer: "This node does not answer. Try again, or open the page at another node.",
    logged_out: "This login has ended. Log in again.",
    ending: "You are logged out here. The node has not confirmed it yet: leave this window open, the page asks again.",
    nobody: "A node that serves this page lets people talk here. Start three: cargo xtask run.",
    nodes: "Nodes",
    here: "this page",
    up: "up",
    down: "not reached",
    people: "People",
    friend: "Name of a person",
    befriend: "Ask",
    asks: "Friend requests",
    friends: "Friends",
    groups: "Groups",
    others: "Others who wrote",
    asked: "Asked",
    blocked: "Blocked",
    no_friends: "No friends yet. Ask somebody by name.",
    accept: "Accept",
    decline: "Decline",
    take_back: "Take back",
    end: "End friendship",
    block: "Block",
    unblock: "Unblock",
    online: "on-line",
    offline: "off-line",
    new_group: "New group",
    group_name: "Its name",
    found: "Make",
    leave: "Leave",
    conversation: "Conversation",
    none_open: "Choose a friend to talk to.",
    earlier: "Earlier messages",
    message: "Message",
    say: "Say",
    waits: "on its way",
    hidden: "(hidden)",
    feed: "Feed",
    post: "Post",
    publish: "Publish",
    no_posts: "No posts yet by you or your friends.",
    more: "Earlier posts",
    by: "By",
    number: "Number",
    id: "Id",
    in_conversation: "Conversation",
    kept_at: "Kept at",
    kept_by: "Acknowledged by",
    read_by: "Read by",
    posted_at: "Posted at",
    chat_at: "Chat at node",
    open: "open",
    connecting: "connecting",
    waiting: "Waiting to be sent",
    notices: "Notices",
    set: "Set",
    mail_me: "Mail me what I miss",
    try_this: "Open this page at two nodes, sign up as two people, become friends and talk. Then end the process of a third node, and go on. What do you notice? Now end one of your two nodes.",
    sentence,
    steps: |node| {
        vec![
            format!("Sign up here, at node {node}."),
            "Open the page at another node, in another window, and sign up there as somebody else."
                .into(),
            "Ask for friendship by name, accept, and talk. Any node serves anybody.".into(),
        ]
    },
    kept: |number| format!("kept · {number}"),
    read: |number| format!("read · {number}"),
    unread: |count| format!("{count} new"),
    typing: |names| match names {
        [] => String::new(),
        [name] => format!("{name} is typing"),
        names => format!("{} are typing", names.join(", ")),
    },
    add: |name| format!("Add {name}"),
    block_sure: |name| format!("Block {name}?"),
    media: |images, videos| {
        let count = |count: usize, one: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            many => Some(format!("{many} {one}s")),
        };
        let all = [count(images, "image"), count(videos, "video")];
        all.into_iter().flatten().collect::<Vec<_>>().join(", ")
    },
};

fn sentence(live: &State) -> String {
    let Some(node) = &live.node else {
        return "No cluster serves this page: the other pages show simulated ones.".into();
    };
    let place = match live.nodes.len() {
        0 | 1 => format!("node {node}"),
        count => format!("node {node} of {}", small(count)),
    };
    let Some(person) = &live.person else {
        return format!(
            "This is a real cluster, and you are at {place}. Sign up, and talk to somebody at another node."
        );
    };
    // Whose token it is, may not be known yet.
    let name = if person.name.is_empty() { "You" } else { person.name.as_str() };
    let mut text = match person.socket {
        Link::Open { .. } => format!("{name}, at {place}."),
        Link::Due { failures: 1.., .. } | Link::Opening { failures: 1.., .. } => {
            let rest = match person.device.outbox().len() {
                0 => "What was kept is not lost; the page tries again, or open it at another node.".into(),
                1 => "1 message waits in this window and is sent when the node is back: leave it open.".into(),
                count => format!(
                    "{count} messages wait in this window and are sent when the node is back: leave it open."
                ),
            };
            format!("{name}: {place} does not answer. {rest}")
        }
        _ => format!("{name}, connecting to {place}."),
    };
    if !person.socket.is_open() {
        return text; // nobody can tell who is there
    }
    let friends = person.friends.iter().filter(|friend| friend.standing == Standing::Friends);
    let (there, away): (Vec<_>, Vec<_>) =
        friends.partition(|friend| person.device.online().contains(&friend.id));
    let asks = person.friends.iter().find(|friend| friend.standing == Standing::Asks);
    match there.as_slice() {
        [] if away.is_empty() => {}
        [] => text += " No friend is on-line.",
        [one] => text += &format!(" {} is on-line.", one.name),
        [one, other] => text += &format!(" {} and {} are on-line.", one.name, other.name),
        many => text += &format!(" {} friends are on-line.", many.len()),
    }
    if let Some(friend) = asks {
        text += &format!(" {} asks to be your friend.", friend.name);
    }
    text
}

fn small(count: usize) -> String {
    let words =
        ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    words.get(count).map_or_else(|| count.to_string(), |word| (*word).to_string())
}
