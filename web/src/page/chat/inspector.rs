//! The inspector: the message at hand, how far the devices are, and what the nodes have counted.

use super::stage::chip;
use crate::page::frame::facts::{count, fact, fact_of_term, fact_text, facts};
use crate::page::look::Look;
use crate::page::world;
use crate::page::world::people::name;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    html! {
        <>
            <div>{ message(look) }</div>
            <div>{ world::selected(look) }</div>
            { devices(look) }
            { counted(look) }
            { world::try_this(look, look.texts().chat.try_this) }
            { world::nodes(look) }
            { world::network(look) }
            { world::trace(look) }
        </>
    }
}

fn message(look: &Look) -> Html {
    let texts = look.texts().chat;
    let view = &look.snapshot.chat;
    let Some(at_hand) = &view.at_hand else { return Html::default() };
    let chips = |nodes: &mut dyn Iterator<Item = ennead::ring::NodeId>| {
        html! { <span class="chips">{ for nodes.map(|node| chip(node, look)) }</span> }
    };
    let mut rows = vec![fact_text(texts.author, name(at_hand.author))];
    let number = view.number().map_or_else(|| texts.none_yet.to_string(), count);
    rows.push(fact_of_term(texts.number, html! { <>{ number }</> }));
    if let Some(message) = &at_hand.message {
        rows.push(fact_text(texts.id, message.id.clone()));
        rows.push(fact_text(texts.said_at, message.time.to_string()));
    }
    rows.push(fact(texts.log_at, chips(&mut view.talk.owners.iter().copied())));
    rows.push(fact(texts.worker_at, chips(&mut view.talk.worker.into_iter())));
    for (&user, &number) in &view.talk.inboxes {
        rows.push(fact_text(&(texts.inbox_of)(&name(user)), count(number)));
    }
    html! {
        <section class="panel" data-test="message">
            <div class="panel-head"><h2>{ texts.message }</h2></div>
            { facts(rows) }
        </section>
    }
}

fn devices(look: &Look) -> Html {
    let texts = look.texts().chat;
    let rows = look.snapshot.chat.phones.iter().enumerate().map(|(number, phone)| {
        let node = phone.node.map(|node| chip(node, look)).unwrap_or_default();
        let last = count(phone.last);
        fact(&(texts.phone)(number), html! { <span class="chips">{ node }{ last }</span> })
    });
    html! {
        <section class="panel" data-test="devices">
            <div class="panel-head"><h2>{ texts.devices }</h2></div>
            <p class="quiet">{ texts.devices_of }</p>
            { facts(rows.collect()) }
        </section>
    }
}

fn counted(look: &Look) -> Html {
    let texts = look.texts().chat;
    let counters = &look.snapshot.chat.counters;
    let number = |number: u64| html! { <>{ count(number) }</> };
    let rows = vec![
        fact_text(texts.sent, count(counters.sent)),
        fact_of_term(texts.known, number(counters.known)),
        fact_text(texts.given_to, count(counters.given)),
        fact_of_term(texts.synced, number(counters.synced)),
        fact_text(texts.notices, count(counters.notices)),
        fact_text(texts.connected, count(counters.connected)),
        fact_text(texts.cut_off, count(counters.cut_off)),
    ];
    html! {
        <section class="panel" data-test="counted">
            <div class="panel-head"><h2>{ texts.counted }</h2></div>
            { facts(rows) }
        </section>
    }
}
