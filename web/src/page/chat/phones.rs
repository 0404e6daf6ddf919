//! A phone, as it lies in somebody's hand.

use super::action::Verb;
use super::stage::chip;
use super::view::PhoneView;
use crate::page::action::Action;
use crate::page::look::Look;
use crate::page::world::people::name;
use ennead::chat::Message;
use yew::prelude::*;

/// The phone of a number.
pub(super) fn phone(number: usize, seen: &PhoneView, look: &Look) -> Html {
    let texts = look.texts().chat;
    let title = (texts.phone)(number);
    let (class, state) = match (seen.is_on, seen.has_reception, seen.is_connected) {
        (false, _, _) => ("off", texts.is_off),
        (true, false, _) => ("deaf", texts.is_deaf),
        (true, true, false) => ("searching", texts.is_searching),
        (true, true, true) => ("on", texts.is_on),
    };
    let button = |test: &'static str, word: &'static str, label: String, verb: Verb| {
        let onclick = look.act.reform(move |_: MouseEvent| Action::Chat(verb.clone()));
        html! { <button type="button" data-test={format!("{test}-{number}")} aria-label={label} {onclick}>{ word }</button> }
    };
    let (switch, carry) = (
        if seen.is_on { texts.switch_off } else { texts.switch_on },
        if seen.has_reception { texts.into_tunnel } else { texts.out_of_tunnel },
    );
    let of = |word: &str| format!("{title}: {word}");
    let online = seen.online.iter().map(|&friend| name(friend)).collect::<Vec<_>>();
    html! {
        <section class={classes!("phone", class)} data-test={format!("phone-{number}")} aria-label={title.clone()}>
            <header>
                <span class="glyph" aria-hidden="true"></span>
                <strong>{ &title }</strong>
                { seen.node.map(|node| chip(node, look)).unwrap_or_default() }
                <span class="state">{ state }</span>
            </header>
            if seen.takes_part {
                <ol class="talk" data-test={format!("talk-{number}")}>
                    { for seen.messages.iter().map(|message| bubble(seen, message, look)) }
                    { for seen.outbox.iter().map(|draft| html! {
                        <li key={draft.id.clone()} class="mine waits">
                            <span class="text">{ &draft.text }</span>
                            <span class="mark">{ texts.waits }</span>
                        </li>
                    }) }
                </ol>
            } else {
                <p class="quiet">{ (texts.not_there)(&name(seen.user)) }</p>
            }
            <p class="friends-there">{ (texts.online)(&online) }</p>
            <div class="buttons">
                { button("switch", switch, of(switch), Verb::Switch(number)) }
                if seen.is_on {
                    { button("carry", carry, of(carry), Verb::Carry(number)) }
                    { button("read", texts.read, of(texts.read), Verb::Read(number)) }
                }
            </div>
        </section>
    }
}

fn bubble(seen: &PhoneView, message: &Message, look: &Look) -> Html {
    let texts = look.texts().chat;
    let is_mine = message.author == seen.user;
    let mark = if is_mine && seen.read >= message.number {
        (texts.number_read)(message.number)
    } else {
        message.number.to_string()
    };
    let class = if is_mine { "mine" } else { "theirs" };
    html! {
        <li key={message.number} {class}>
            <span class="text">{ message.text.as_deref().unwrap_or(texts.hidden) }</span>
            <span class="mark figure">{ mark }</span>
        </li>
    }
}
