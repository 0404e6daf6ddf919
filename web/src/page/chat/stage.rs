//! The stage: the phone of whoever speaks, the way of the message, the phones of whoever is spoken to.

use super::group::group;
use super::phones::phone;
use super::view::{ChatView, PhoneView, Reach};
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use crate::page::world::people::name;
use ennead::port::UserId;
use ennead::ring::NodeId;
use yew::prelude::*;

/// The stage.
pub(super) fn stage(look: &Look) -> Html {
    let view = &look.snapshot.chat;
    let card = |number: usize| view.phones.get(number).map(|seen| phone(number, seen, look));
    html! {
        <div class="chat-place" tabindex="0" role="region" aria-label={look.texts().chat.stage}>
            <div class="hands">{ card(0).unwrap_or_default() }</div>
            <div class="hops" data-test="way">
                { group(look) }
                { way(look, view) }
            </div>
            <div class="hands">
                { card(1).unwrap_or_default() }
                { card(2).unwrap_or_default() }
            </div>
        </div>
    }
}

/// A node's name in its colour.
pub(super) fn chip(node: NodeId, look: &Look) -> Html {
    let name = look.snapshot.names().of(node).to_string();
    html! { <span class={classes!("chip", colour(node))}>{ name }</span> }
}

/// How far a step of the way is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Now,
    Later,
    /// Not on this message's way.
    Aside,
}

impl State {
    const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Later => "later",
            Self::Aside => "aside",
        }
    }
}

/// A step: what it is, where it happens, and how far it is.
fn step(look: &Look, state: State, what: &'static str, more: Html, nodes: &[NodeId]) -> Html {
    let texts = look.texts().chat;
    let word = match state {
        State::Done => texts.done,
        State::Now => texts.now,
        State::Later => texts.later,
        State::Aside => texts.aside,
    };
    html! {
        <li class={classes!("hop", state.class())}>
            <span class="dot" aria-hidden="true"></span>
            <span class="what">{ what }</span>
            <span class="chips">{ for nodes.iter().map(|&node| chip(node, look)) }</span>
            <span class="more">{ more }</span>
            <span class="hop-state">{ word }</span>
        </li>
    }
}

/// The way of the message at hand, hop by hop.
fn way(look: &Look, view: &ChatView) -> Html {
    let texts = look.texts().chat;
    let Some(at_hand) = &view.at_hand else {
        let group = view.group.as_ref().map(|group| group.id);
        let can_say = look.interface.chat.conversation(group).is_some();
        return html! { if can_say { <p class="quiet">{ texts.nothing_said }</p> } };
    };
    let number = view.number();
    let receivers = view.receivers();
    let is_logged = number.is_some();
    let author = view.phones_of(at_hand.author).map(|(_, phone)| phone);
    let sender: Vec<NodeId> = match at_hand.waits_on.and_then(|number| view.phones.get(number)) {
        Some(phone) => phone.node.into_iter().collect(),
        None => author.filter_map(|phone| phone.node).take(1).collect(),
    };
    let to: Vec<&PhoneView> =
        receivers.iter().flat_map(|&user| view.phones_of(user)).map(|(_, phone)| phone).collect();
    let is_there = |phone: &PhoneView| phone.is_connected;
    let online: Vec<NodeId> =
        to.iter().filter(|phone| is_there(phone)).filter_map(|phone| phone.node).collect();
    let has_it = |phone: &&&PhoneView| number.is_some_and(|number| phone.last >= number);
    let given = to.iter().filter(has_it).count();
    let inbox = |user: UserId| view.talk.inboxes.get(&user).copied().unwrap_or(0);
    let is_at = |user: &&UserId| number.is_some_and(|number| inbox(**user) >= number);
    let raised = receivers.iter().filter(is_at).count();
    let is_raised = is_logged && raised == receivers.len();
    let names = |is: &dyn Fn(UserId) -> bool| -> Vec<String> {
        receivers.iter().filter(|&&user| is(user)).map(|&user| name(user)).collect()
    };
    let away = names(&|user| !view.phones_of(user).any(|(_, phone)| is_there(phone)));
    let with = names(&|user| view.phones_of(user).next().is_some());
    let without = names(&|user| view.phones_of(user).next().is_none());
    let then = |before: bool, is_done: bool| match (before, is_done) {
        (_, true) => State::Done,
        (true, false) => State::Now,
        (false, false) => State::Later,
    };
    let at_server = if is_logged { State::Done } else { then(!sender.is_empty(), false) };
    let numbered = number.map(|number| html! { <>{ (texts.as_number)(number) }</> });
    let worker: Vec<NodeId> = view.talk.worker.into_iter().collect();
    let inboxes = match *receivers.as_slice() {
        [only] => (texts.inbox_at)(&name(only), inbox(only)),
        _ => (texts.inboxes_at)(raised, receivers.len()),
    };
    let all_given = !to.is_empty() && given == to.len();
    let delivery = if to.is_empty() { State::Aside } else { then(is_logged, all_given) };
    let telling = if away.is_empty() { State::Aside } else { then(is_logged, is_raised) };
    let told = (texts.way)(at_hand, number, &Reach { with, given, all: to.len(), without });
    html! {
        <>
            <h2>{ (texts.message_of)(&name(at_hand.author)) }</h2>
            <p class="said">{ &at_hand.text }</p>
            <ol>
                { step(look, at_server, texts.server, html! {}, &sender) }
                { step(look, then(at_server == State::Now, is_logged), texts.log, numbered.unwrap_or_default(), &view.talk.owners) }
                { step(look, then(is_logged, is_raised), texts.queue, html! {}, &worker) }
                { step(look, then(is_logged, is_raised), texts.inbox, html! { <>{ inboxes }</> }, &[]) }
                { step(look, delivery, texts.deliver, html! { <>{ (texts.given)(given, to.len()) }</> }, &online) }
                { step(look, telling, texts.notify, html! { <>{ away.join(", ") }</> }, &[]) }
            </ol>
            <p class="told" data-test="told">{ told }</p>
        </>
    }
}
