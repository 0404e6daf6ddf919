//! The inspector: what is chosen, who is logged in, and the nodes.

use super::action::Verb;
use super::stage::{day_and_moment, nodes, words};
use super::state::{Chosen, Live, Person, Place};
use super::verbs::trouble;
use crate::page::action::Action;
use crate::page::frame::facts::{fact_text, facts};
use crate::page::frame::fields::text_of;
use crate::page::look::Look;
use crate::page::world;
use ennead::chat::ConversationId;
use ennead::port::Channel;
use yew::prelude::*;

/// The panels.
pub(super) fn panels(look: &Look) -> Html {
    let live = &look.interface.live;
    let Some(person) = &live.person else {
        return world::try_this(look, look.texts().live.try_this);
    };
    html! {
        <>
            <div>{ chosen(look, person) }</div>
            { account(look, live, person) }
            { settings(look, live, person) }
            { world::try_this(look, look.texts().live.try_this) }
        </>
    }
}

fn chosen(look: &Look, person: &Person) -> Html {
    match person.chosen {
        Chosen::Nothing => Html::default(),
        Chosen::Message(conversation, number) => message(look, person, conversation, number),
        Chosen::Post(id) => post(look, person, id),
    }
}

fn panel(test: &'static str, title: &str, text: &str, rows: Vec<Html>) -> Html {
    html! {
        <section class="panel" data-test={test}>
            <div class="panel-head"><h2>{ title.to_string() }</h2></div>
            <p class="value">{ text.to_string() }</p>
            { facts(rows) }
        </section>
    }
}

fn message(look: &Look, person: &Person, conversation: ConversationId, number: u64) -> Html {
    let texts = look.texts().live;
    let messages = person.messages(conversation);
    let Some(message) = messages.into_iter().find(|message| message.number == number) else {
        return Html::default();
    };
    let mut rows = vec![
        fact_text(texts.by, person.name_of(message.author)),
        fact_text(texts.number, number.to_string()),
        fact_text(texts.kept_at, day_and_moment(look, message.time)),
        fact_text(texts.in_conversation, conversation.to_string()),
        fact_text(texts.id, message.id.clone()),
    ];
    let node = person.talks.get(&conversation).and_then(|talk| talk.kept_by.get(&number));
    rows.extend(node.map(|node| fact_text(texts.kept_by, node.clone())));
    let readers = person.readers(conversation, number);
    let names: Vec<String> = readers.into_iter().map(|user| person.name_of(user)).collect();
    if !names.is_empty() {
        rows.push(fact_text(texts.read_by, names.join(", ")));
    }
    panel("message-facts", texts.message, message.text.as_deref().unwrap_or(texts.hidden), rows)
}

fn post(look: &Look, person: &Person, id: u64) -> Html {
    let texts = look.texts().live;
    let Some(post) = person.posts.iter().find(|post| post.id == id) else { return Html::default() };
    let rows = vec![
        fact_text(texts.by, post.name.clone()),
        fact_text(texts.number, id.to_string()),
        fact_text(texts.posted_at, day_and_moment(look, post.created)),
    ];
    panel("post-facts", texts.post, &words(look, post), rows)
}

fn account(look: &Look, live: &Live, person: &Person) -> Html {
    let texts = look.texts().live;
    let link = |is_open: bool| if is_open { texts.open } else { texts.connecting };
    let rows = vec![
        fact_text(texts.number, person.id.to_string()),
        fact_text(
            texts.chat_at,
            match person.socket.is_open() {
                true => person.socket_node.clone(),
                false => texts.connecting.to_string(),
            },
        ),
        fact_text(texts.feed, link(person.feed.is_open())),
        fact_text(texts.waiting, person.device.outbox().len().to_string()),
    ];
    html! {
        <section class="panel" data-test="account">
            <div class="panel-head"><h2 data-test="who">{ &person.name }</h2></div>
            { facts(rows) }
            { nodes(look, live) }
        </section>
    }
}

/// Where notices go, and what is not to be told.
fn settings(look: &Look, live: &Live, person: &Person) -> Html {
    let texts = look.texts().live;
    let act = look.act.reform(Action::Live);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::SetEmail
    });
    let on_email = act.reform(|event: InputEvent| Verb::Email(text_of(&event)));
    let mail = Channel::ALL.iter().map(|channel| channel.name()).find(|name| *name == "email");
    let is_out =
        |channel: &str| person.opted_out.as_ref().is_some_and(|out| out.channels.contains(channel));
    let choice = |channel: &'static str| {
        let toggle = act.reform(move |_: Event| Verb::Channel(channel.to_string()));
        html! {
            <label class="choice">
                <input type="checkbox" data-test="mail-me" checked={!is_out(channel)} onchange={toggle} />{ texts.mail_me }
            </label>
        }
    };
    html! {
        <section class="panel" data-test="notices">
            <div class="panel-head"><h2>{ texts.notices }</h2></div>
            <form {onsubmit} class="live-email">
                <input type="email" data-test="own-email" aria-label={texts.email} placeholder={texts.email}
                    autocomplete="email" maxlength="120" value={live.fields.email.clone()} oninput={on_email} />
                <button type="submit" data-test="set-email">{ texts.set }</button>
            </form>
            { mail.filter(|_| person.opted_out.is_some()).map(choice).unwrap_or_default() }
            { trouble(look, Place::Settings) }
        </section>
    }
}
