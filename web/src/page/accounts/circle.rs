//! The circle of people, and what binds each two of them.

use super::action::Verb;
use crate::page::action::Action;
use crate::page::frame::geometry::Point;
use crate::page::look::Look;
use crate::page::world::people::{Bond, Tie};
use ennead::port::UserId;
use std::f64::consts::TAU;
use yew::prelude::*;

/// The picture's width and height, and from its middle to the people, in units of its own.
const SIZE: f64 = 400.0;
const AROUND: f64 = 164.0;
/// Half of what stands for somebody.
const RADIUS: f64 = 29.0;
/// Letters of a name that have room there.
const LETTERS: usize = 6;

/// The circle.
pub(super) fn circle(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let view = &look.snapshot.accounts;
    let count = view.people.len();
    let place = |user: UserId| {
        let number = view.people.iter().position(|&(id, _)| id == user).unwrap_or(0);
        let angle = number as f64 / count.max(1) as f64 * TAU;
        let middle = SIZE / 2.0;
        Point { x: middle + AROUND * angle.sin(), y: middle - AROUND * angle.cos() }
    };
    let chosen = view.pair.as_ref().map(|pair| (pair.one, pair.other));
    let is_chosen = |one, other| chosen == Some((one, other)) || chosen == Some((other, one));
    let bonds = view.bonds.iter().map(|bond| {
        edge(bond, place(bond.one), place(bond.other), is_chosen(bond.one, bond.other), look)
    });
    let people = view.people.iter().map(|(user, name)| {
        let (user, at) = (*user, place(*user));
        let role = match chosen {
            Some((one, _)) if one == user => "author",
            Some((_, other)) if other == user => "reader",
            _ => "",
        };
        let mut shown: String = view.shown(user).chars().take(LETTERS).collect();
        if name.chars().nth(LETTERS).is_some() {
            shown.push('…');
        }
        let onclick = look.act.reform(move |_: MouseEvent| Action::Accounts(Verb::Who(user)));
        html! {
            <g key={user.0} class={classes!("person", role)} {onclick}>
                <circle cx={format!("{:.1}", at.x)} cy={format!("{:.1}", at.y)} r={RADIUS.to_string()} />
                <text x={format!("{:.1}", at.x)} y={format!("{:.1}", at.y + 5.5)} text-anchor="middle">{ shown }</text>
            </g>
        }
    });
    let told = view.who.map(|who| (texts.told)(view, who)).unwrap_or_default();
    html! {
        <svg class="graph" viewBox={format!("0 0 {SIZE} {SIZE}")} role="img" aria-label={told} data-test="circle">
            { for bonds }
            { for people }
        </svg>
    }
}

/// What the circle shows of whoever is looked at, in words, and what its lines mean.
pub(super) fn told(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let view = &look.snapshot.accounts;
    let told = view.who.map(|who| (texts.told)(view, who)).unwrap_or_default();
    html! { <><p class="told" data-test="told">{ told }</p>{ legend(look) }</> }
}

const fn class(tie: Tie) -> &'static str {
    match tie {
        Tie::Friends => "friends-are",
        Tie::Asked => "asked",
        Tie::Blocked => "blocked",
    }
}

/// What binds two people: a line for friends, a dashed arrow for a question, a crossed line for a block.
fn edge(bond: &Bond, from: Point, to: Point, is_chosen: bool, look: &Look) -> Html {
    let cut = (RADIUS + 4.0) / from.distance(to).max(1.0);
    let (a, b) = (from.towards(to, cut), to.towards(from, cut));
    let line = format!("M{:.1} {:.1}L{:.1} {:.1}", a.x, a.y, b.x, b.y);
    let class = classes!("way", class(bond.tie), is_chosen.then_some("chosen"));
    let Bond { one, other, tie } = *bond;
    let onclick = look.act.reform(move |_: MouseEvent| Action::Accounts(Verb::Pair(one, other)));
    html! {
        <g key={format!("{one}-{other}")} class="bond" {onclick}>
            <path class="touch" d={line.clone()} />
            <path {class} d={line} />
            { sign(tie, a, b) }
        </g>
    }
}

/// What tells a question and a block apart from a friendship by its shape.
fn sign(tie: Tie, a: Point, b: Point) -> Html {
    const HALF: f64 = 6.0;
    let far = a.distance(b).max(1.0);
    let along = Point { x: (b.x - a.x) / far, y: (b.y - a.y) / far };
    match tie {
        Tie::Friends => Html::default(),
        Tie::Asked => {
            let back = b.towards(a, 2.0 * HALF / far);
            let (x, y) = (HALF * along.y, HALF * along.x);
            let d = format!(
                "M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z",
                b.x,
                b.y,
                back.x - x,
                back.y + y,
                back.x + x,
                back.y - y
            );
            html! { <path class="arrow asked" {d} /> }
        }
        Tie::Blocked => {
            let Point { x, y } = a.towards(b, 0.5);
            let d = format!("M{:.1} {:.1}l12 12m-12 0l12 -12", x - HALF, y - HALF);
            html! { <path class="way blocked cross" {d} /> }
        }
    }
}

fn legend(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let (a, b) = (Point { x: 2.0, y: 7.0 }, Point { x: 32.0, y: 7.0 });
    let entry = |tie: Tie, word: &'static str| {
        html! {
            <li key={word}>
                <svg viewBox="0 0 34 14" aria-hidden="true">
                    <path class={classes!("way", class(tie))} d="M2 7H32" />
                    { sign(tie, a, b) }
                </svg>
                { word }
            </li>
        }
    };
    html! {
        <ul class="feed-legend">
            { entry(Tie::Friends, texts.friends) }
            { entry(Tie::Asked, texts.asked) }
            { entry(Tie::Blocked, texts.blocked) }
        </ul>
    }
}
