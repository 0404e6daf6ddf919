//! English: the page *Feed*.

use super::super::{Feed, Term};
use crate::page::feed::view::{Reach, Sums};
use crate::page::frame::facts::count;
use crate::page::world::people::name;
use ennead::feed::Post;
use ennead::port::UserId;
use std::collections::BTreeMap;

/// The words.
pub(super) static FEED: Feed = Feed {
    title: "Feed",
    author: "Who",
    text: "Post",
    publish: "Publish",
    reader: "Feed of",
    read: "Read",
    stage: "People, their friendships, and the way of a post; beside them a feed",
    pushed_way: "pushed: it is in the friend's inbox",
    pulled_way: "pulled: the friend asks when reading",
    waiting_way: "on its way",
    friendship: "friends",
    not_read: "Not read yet. Press Read.",
    empty: "No posts yet.",
    own: "own post",
    by_push: "pushed",
    by_pull: "pulled",
    number: "Number",
    said_at: "Posted at",
    way: Term {
        word: "Way",
        means: "Posts are pushed to friends when they are written; those of people with more than five friends here (500 on servers) are pulled when they are read.",
    },
    pushed_to: "In inboxes",
    belongs_to: "Belongs to",
    held_by: "Held by",
    costs: "What each way costs",
    costs_of: "For the posts and reads of the log: what was done (hybrid), and what push alone or pull alone would have done.",
    ways: ["push", "pull", "both"],
    mean: "mean",
    rows_written: "rows written to inboxes",
    ranges_read: "ranges read",
    counted: "Counted by the nodes",
    fanned_out: Term {
        word: "Fan-outs finished",
        means: "A task waits in a queue before the post is acknowledged, and notes how far it has come. Who takes over from a killed node goes on there.",
    },
    resumed: "Of these, taken over",
    pushed: "Rows pushed",
    skipped: Term {
        word: "Left out",
        means: "Nothing is pushed to friends who have not read for 30 days, or never have. Their feeds are built when they come back.",
    },
    inboxes: "Inboxes read",
    pulled: "Authors' lists read",
    looked_up: "Posts looked up",
    remembered: "Of these, from memory",
    try_this: "Publish as Ana and watch the arrows; then as Mina, who has seven friends. Which arrows are missing, and what does it save? Kill a node while a post is on its way.",
    sentence,
    feed_of: |name| format!("Feed of {name}"),
    post_of: |name| format!("Post of {name}"),
    of_friends: |reached, all| format!("{reached} of {all} friends"),
    graph,
};

fn graph(post: Option<&Post>, reached: &BTreeMap<UserId, Reach>) -> String {
    let Some(post) = post else {
        return "Eight people and their friendships. Nobody has posted yet.".into();
    };
    let author = name(post.author);
    let names = |reach: Reach| {
        let names = reached.iter().filter(|&(_, &is)| is == reach).map(|(&friend, _)| name(friend));
        names.collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    for (reach, word) in [
        (Reach::Pushed, "is in the inboxes of"),
        (Reach::Pulled, "is pulled by"),
        (Reach::Waiting, "is on its way to"),
    ] {
        let names = names(reach);
        if !names.is_empty() {
            parts.push(format!("{word} {names}"));
        }
    }
    format!("The post of {author} {}.", parts.join("; "))
}

fn sentence(sums: &Sums) -> String {
    if !sums.is_peopled {
        return "Eight people sign up and become friends. Any node takes a post, and any node shows a feed.".into();
    }
    let posts = if sums.published == 1 { "post was" } else { "posts were" };
    let reads = if sums.reads == 1 { "feed was" } else { "feeds were" };
    let mut text = format!(
        "Eight people, of whom Mina is everybody's friend. {} {posts} published, and {} {reads} read.",
        count(sums.published),
        count(sums.reads),
    );
    if sums.refused > 0 {
        let requests = if sums.refused == 1 { "request was" } else { "requests were" };
        text += &format!(" {} {requests} refused.", count(sums.refused));
    }
    text
}
