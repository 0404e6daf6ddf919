//! The stage: the phone of whoever speaks, the way of the message, the phones of whoever is spoken to.

use super::phones::phone;
use super::view::ChatView;
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use crate::page::world::people::name;
use ennead::ring::NodeId;
use yew::prelude::*;

/// The stage.
pub(super) fn stage(look: &Look) -> Html {
    let view = &look.snapshot.chat;
    let card = |number: usize| view.phones.get(number).map(|seen| phone(number, seen, look));
    html! {
        <div class="chat-place" tabindex="0" role="region" aria-label={look.texts().chat.stage}>
            <div class="hands">{ card(0).unwrap_or_default() }</div>
            { way(look, view) }
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
        return html! { <div class="hops"><p class="quiet">{ texts.nothing_said }</p></div> };
    };
    let number = view.number();
    let receiver = view.receiver();
    let is_logged = number.is_some();
    let author = view.phones_of(at_hand.author).map(|(_, phone)| phone);
    let sender: Vec<NodeId> = match at_hand.waits_on.and_then(|number| view.phones.get(number)) {
        Some(phone) => phone.node.into_iter().collect(),
        None => author.filter_map(|phone| phone.node).take(1).collect(),
    };
    let to: Vec<(usize, &super::view::PhoneView)> =
        receiver.map(|user| view.phones_of(user).collect()).unwrap_or_default();
    let online: Vec<NodeId> = to
        .iter()
        .filter(|(_, phone)| phone.is_connected)
        .filter_map(|(_, phone)| phone.node)
        .collect();
    let has_it = |phone: &super::view::PhoneView| number.is_some_and(|number| phone.last >= number);
    let given = to.iter().filter(|(_, phone)| has_it(phone)).count();
    let inbox = receiver.and_then(|user| view.talk.inboxes.get(&user).copied()).unwrap_or(0);
    let is_raised = number.is_some_and(|number| inbox >= number);
    let then = |before: bool, is_done: bool| match (before, is_done) {
        (_, true) => State::Done,
        (true, false) => State::Now,
        (false, false) => State::Later,
    };
    let at_server = if is_logged { State::Done } else { then(!sender.is_empty(), false) };
    let numbered = number.map(|number| html! { <>{ (texts.as_number)(number) }</> });
    let worker: Vec<NodeId> = view.talk.worker.into_iter().collect();
    let whom = receiver.map(name).unwrap_or_default();
    let all_given = !to.is_empty() && given == to.len();
    let delivery = if to.is_empty() { State::Aside } else { then(is_logged, all_given) };
    let telling = match (to.is_empty() || online.is_empty(), is_raised) {
        (false, _) => State::Aside,
        (true, raised) => then(is_logged, raised),
    };
    let told = (texts.way)(at_hand, number, &whom, given, to.len());
    html! {
        <div class="hops" data-test="way">
            <h2>{ (texts.message_of)(&name(at_hand.author)) }</h2>
            <p class="said">{ &at_hand.text }</p>
            <ol>
                { step(look, at_server, texts.server, html! {}, &sender) }
                { step(look, then(at_server == State::Now, is_logged), texts.log, numbered.unwrap_or_default(), &view.talk.owners) }
                { step(look, then(is_logged, is_raised), texts.queue, html! {}, &worker) }
                { step(look, then(is_logged, is_raised), texts.inbox, html! { <>{ (texts.inbox_at)(&whom, inbox) }</> }, &[]) }
                { step(look, delivery, texts.deliver, html! { <>{ (texts.given)(given, to.len()) }</> }, &online) }
                { step(look, telling, texts.notify, html! { <>{ &whom }</> }, &[]) }
            </ol>
            <p class="told" data-test="told">{ told }</p>
        </div>
    }
}
