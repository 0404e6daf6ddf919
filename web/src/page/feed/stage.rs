//! The stage: the people and their friendships, the post at hand on its way along them, and the feed of a
//! reader. Whoever is famous stands in the middle.

use super::action::Verb;
use super::view::{FeedView, Reach, at_hand};
use crate::page::action::Action;
use crate::page::frame::nodes::chip;
use crate::page::look::Look;
use crate::page::world::people::name;
use ennead::feed::Post;
use ennead::port::UserId;
use ennead::sim::CAST;
use std::f64::consts::TAU;
use yew::prelude::*;

/// The graph's width and height, and from its middle to the people around it, in units of its own.
const SIZE: (f64, f64) = (420.0, 380.0);
const AROUND: f64 = 140.0;
/// Half of what stands for somebody.
const RADIUS: f64 = 22.0;

/// The stage.
pub(super) fn stage(look: &Look) -> Html {
    html! {
        <div class="feed-place" role="group" aria-label={look.texts().feed.stage}>
            <div class="friends">{ graph(look) }{ legend(look) }</div>
            <div class="feed-of" tabindex="0" role="region" aria-label={(look.texts().feed.feed_of)(&name(look.interface.feed.reader()))}>
                { feed(look) }
            </div>
        </div>
    }
}

/// Where somebody stands: whoever begins as the friend of all in the middle, the others around.
fn place(user: UserId) -> (f64, f64) {
    let (width, height) = SIZE;
    let [others @ .., (_, middle)] = CAST;
    if user == middle {
        return (width / 2.0, height / 2.0);
    }
    let number = others.iter().position(|&(_, other)| other == user).unwrap_or(0);
    let angle = number as f64 / others.len() as f64 * TAU;
    (width / 2.0 + AROUND * angle.sin(), height / 2.0 - AROUND * angle.cos())
}

/// The tip of an arrow from one place to another.
fn tip((ax, ay): (f64, f64), (bx, by): (f64, f64)) -> String {
    const LENGTH: f64 = 12.0;
    const HALF: f64 = 5.0;
    let far = ((bx - ax).powi(2) + (by - ay).powi(2)).sqrt().max(1.0);
    let (dx, dy) = ((bx - ax) / far, (by - ay) / far);
    let (x, y) = (bx - LENGTH * dx, by - LENGTH * dy);
    let ((lx, ly), (rx, ry)) = ((x - HALF * dy, y + HALF * dx), (x + HALF * dy, y - HALF * dx));
    format!("M{bx:.1} {by:.1}L{lx:.1} {ly:.1}L{rx:.1} {ry:.1}Z")
}

/// The class of a way that a post goes.
const fn class(reach: Reach) -> &'static str {
    match reach {
        Reach::Pushed => "pushed",
        Reach::Pulled => "pulled",
        Reach::Waiting => "waiting",
    }
}

fn graph(look: &Look) -> Html {
    let texts = look.texts().feed;
    let view = &look.snapshot.feed;
    let fields = &look.interface.feed;
    let post = at_hand(view, fields);
    let author = post.as_ref().map(|post| post.author);
    let edges = view.friendships.iter().map(|&(one, other)| {
        let (from, to) = if author == Some(other) { (other, one) } else { (one, other) };
        let reach = (author == Some(from)).then(|| view.reached.get(&to).copied()).flatten();
        let ((ax, ay), (bx, by)) = (place(from), place(to));
        let far = ((bx - ax).powi(2) + (by - ay).powi(2)).sqrt().max(1.0);
        let cut = (RADIUS + 4.0) / far;
        let at = |share: f64| (ax + (bx - ax) * share, ay + (by - ay) * share);
        let ((ax, ay), (bx, by)) = (at(cut), at(1.0 - cut));
        let class = reach.map_or("friendship", class);
        // A post goes to the friend; what is pulled is asked for by the friend.
        let tip = match reach {
            Some(Reach::Pushed) => Some(tip((ax, ay), (bx, by))),
            Some(Reach::Pulled) => Some(tip((bx, by), (ax, ay))),
            _ => None,
        };
        html! {
            <g key={format!("{one}-{other}")}>
                <path class={classes!("way", class)} d={format!("M{ax:.1} {ay:.1}L{bx:.1} {by:.1}")} />
                { tip.map(|d| html! { <path class={classes!("arrow", class)} {d} /> }).unwrap_or_default() }
            </g>
        }
    });
    let people = CAST.iter().enumerate().map(|(number, &(_, user))| {
        let (x, y) = place(user);
        let role = if author == Some(user) {
            "author"
        } else if user == fields.reader() {
            "reader"
        } else {
            ""
        };
        let onclick =
            look.act.reform(move |_: MouseEvent| Action::Feed(Verb::Reader(number)));
        html! {
            <g key={user.0} class={classes!("person", role)} {onclick}>
                <circle cx={format!("{x:.1}")} cy={format!("{y:.1}")} r={RADIUS.to_string()} />
                <text x={format!("{x:.1}")} y={format!("{:.1}", y + 4.0)} text-anchor="middle">{ name(user) }</text>
            </g>
        }
    });
    let told = (texts.graph)(post.as_deref(), &view.reached);
    html! {
        <>
            <svg class="graph" viewBox={format!("0 0 {} {}", SIZE.0, SIZE.1)} role="img" aria-label={told.clone()}
                data-test="graph">
                { for edges }
                { for people }
            </svg>
            <p class="told" data-test="told">{ told }</p>
        </>
    }
}

fn legend(look: &Look) -> Html {
    let texts = look.texts().feed;
    let entry = |class: &'static str, word: &'static str| {
        html! {
            <li key={class}>
                <svg viewBox="0 0 32 12" aria-hidden="true"><path class={classes!("way", class)} d="M2 6H30" /></svg>
                { word }
            </li>
        }
    };
    html! {
        <ul class="feed-legend">
            { entry("pushed", texts.pushed_way) }
            { entry("pulled", texts.pulled_way) }
            { entry("waiting", texts.waiting_way) }
            { entry("friendship", texts.friendship) }
        </ul>
    }
}

/// The feed that is looked at.
fn feed(look: &Look) -> Html {
    let texts = look.texts().feed;
    let view: &FeedView = &look.snapshot.feed;
    let reader = look.interface.feed.reader();
    let at_hand = at_hand(view, &look.interface.feed).map(|post| post.id);
    let Some((page, node)) = &view.feed else {
        return html! {
            <>
                <h2>{ (texts.feed_of)(&name(reader)) }</h2>
                <p class="quiet">{ texts.not_read }</p>
            </>
        };
    };
    let row = |post: &Post| {
        let id = post.id;
        let is_chosen = at_hand == Some(id);
        let onclick = look.act.reform(move |_: MouseEvent| Action::Feed(Verb::Choose(id)));
        let way = if post.author == reader {
            texts.own
        } else if view.is_famous(post.author) {
            texts.by_pull
        } else {
            texts.by_push
        };
        html! {
            <li key={id.0}>
                <button type="button" class="post" aria-pressed={is_chosen.to_string()} {onclick}>
                    <span class="by"><strong>{ name(post.author) }</strong><span class="quiet">{ way }</span></span>
                    <span class="said">{ &post.text }</span>
                </button>
            </li>
        }
    };
    html! {
        <>
            <h2>{ (texts.feed_of)(&name(reader)) }{ " " }{ node.map(|node| chip(node, look)).unwrap_or_default() }</h2>
            if page.posts.is_empty() {
                <p class="quiet">{ texts.empty }</p>
            }
            <ol class="posts" data-test="posts">{ for page.posts.iter().map(|post| row(post)) }</ol>
        </>
    }
}
