//! The open conversation: what was said, what is on its way, and the field for more.

use super::action::Verb;
use super::stage::moment;
use super::state::{Chosen, Live, MAX_EARLIER, Person, Place, Standing, Talk};
use super::verbs::{trouble, words};
use crate::page::action::Action;
use crate::page::frame::fields::text_of;
use crate::page::look::Look;
use ennead::chat::{ConversationId, Draft, Message};
use ennead::port::UserId;
use yew::prelude::*;

/// The longest message that is typed here, in characters.
const MOST_TEXT: u32 = 2_000;

/// The conversation that is open.
pub(super) fn talk(look: &Look, live: &Live, person: &Person) -> Html {
    let texts = look.texts().live;
    let Some(id) = person.open else {
        return html! {
            <section class="live-column conversation" aria-label={texts.conversation}>
                <h2>{ texts.conversation }</h2>
                <p class="quiet">{ texts.none_open }</p>
            </section>
        };
    };
    let empty = Talk::default();
    let talk = person.talks.get(&id).unwrap_or(&empty);
    let title = person.title_of(id);
    let typing: Vec<String> = talk.typing.keys().map(|&user| person.name_of(user)).collect();
    html! {
        <section class="live-column conversation" aria-label={title.clone()} key={id.to_string()}>
            <div class="talk-head"><h2 data-test="talk-title">{ title }</h2>{ verbs(look, person, id, talk) }</div>
            <div class="scrolls from-below" tabindex="0" role="group" aria-label={texts.conversation}>
                <div>
                    { earlier(look, person, id, talk) }
                    { said(look, person, id, talk) }
                    <p class="typing quiet" data-test="typing">{ (texts.typing)(&typing) }</p>
                </div>
            </div>
            { newest(look, person, id) }
            { compose(look, live) }
            { trouble(look, Place::Talk) }
        </section>
    }
}

/// What can be done to the conversation: of a group, adding and leaving; of two, ending and blocking.
fn verbs(look: &Look, person: &Person, id: ConversationId, talk: &Talk) -> Html {
    let texts = look.texts().live;
    let verb = |test: String, word: String, verb: Verb| {
        let onclick = look.act.reform(move |_: MouseEvent| Action::Live(verb.clone()));
        html! { <button key={test.clone()} type="button" data-test={test} {onclick}>{ word }</button> }
    };
    if let Some(other) = id.other(person.id) {
        let block = match person.about_to_block == Some(other) {
            true => (texts.block_sure)(&person.name_of(other)),
            false => texts.block.to_string(),
        };
        return html! {
            <span class="buttons small">
                { verb("end".into(), texts.end.into(), Verb::Part(other)) }
                { verb("block".into(), block, Verb::Block(other)) }
            </span>
        };
    }
    let Some(group) = &talk.group else { return Html::default() };
    let others = person.friends.iter().filter(|friend| {
        friend.standing == Standing::Friends && !group.members.contains(&friend.id)
    });
    let add = others.map(|friend| {
        verb(format!("add-{}", friend.name), (texts.add)(&friend.name), Verb::Add(friend.id))
    });
    let names: Vec<String> = group.members.iter().map(|&user| person.name_of(user)).collect();
    html! {
        <>
            <span class="quiet" data-test="group-members">{ names.join(", ") }</span>
            <span class="buttons small">
                { for add }
                { verb("leave".into(), texts.leave.into(), Verb::Leave) }
            </span>
        </>
    }
}

fn earlier(look: &Look, person: &Person, id: ConversationId, talk: &Talk) -> Html {
    let texts = look.texts().live;
    let messages = person.messages(id);
    let has_more = messages.first().is_some_and(|first| first.number > 1);
    if !has_more || talk.earlier.len() >= MAX_EARLIER {
        return Html::default();
    }
    let onclick = look.act.reform(|_: MouseEvent| Action::Live(Verb::Earlier));
    html! {
        <p class="earlier">
            <button type="button" data-test="earlier" disabled={talk.is_loading} {onclick}>{ texts.earlier }</button>
        </p>
    }
}

fn said(look: &Look, person: &Person, id: ConversationId, talk: &Talk) -> Html {
    let texts = look.texts().live;
    let waiting = person.device.outbox().filter(|draft| draft.conversation == id);
    html! {
        <ol class="talk live-talk" data-test="talk">
            { for person.messages(id).into_iter().map(|message| bubble(look, person, id, message)) }
            { for talk.kept.iter().map(|(draft, number)| mine(draft, "", (texts.kept)(*number))) }
            { for talk.refused.iter().map(|(draft, problem)| html! {
                <li key={draft.id.clone()} class="mine refused">
                    <span class="text">{ &draft.text }</span>
                    <span class="mark">{ words(look, problem) }</span>
                </li>
            }) }
            { for waiting.map(|draft| mine(draft, "waits", texts.waits.to_string())) }
        </ol>
    }
}

/// The newest message of another, for screen readers: it alone is read out when it comes.
fn newest(look: &Look, person: &Person, id: ConversationId) -> Html {
    let messages = person.messages(id);
    let newest = messages.into_iter().rev().find(|message| message.author != person.id);
    let words = |message: &Message| {
        let text = message.text.as_deref().unwrap_or(look.texts().live.hidden);
        html! { <span key={message.number}>{ person.name_of(message.author) }{ ": " }{ text.to_string() }</span> }
    };
    html! { <p class="live-heard" aria-live="polite">{ newest.map(words).unwrap_or_default() }</p> }
}

fn mine(draft: &Draft, class: &'static str, mark: String) -> Html {
    html! {
        <li key={draft.id.clone()} class={classes!("mine", class)}>
            <span class="text">{ &draft.text }</span>
            <span class="mark figure">{ mark }</span>
        </li>
    }
}

fn bubble(look: &Look, person: &Person, id: ConversationId, message: &Message) -> Html {
    let texts = look.texts().live;
    let is_mine = message.author == person.id;
    let readers: Vec<UserId> = person.readers(id, message.number);
    let mark = match (is_mine, readers.is_empty()) {
        (false, _) => moment(look, message.time),
        (true, true) => (texts.kept)(message.number).into(),
        (true, false) => (texts.read)(message.number).into(),
    };
    let chosen = Chosen::Message(id, message.number);
    let onclick = look.act.reform(move |_: MouseEvent| Action::Live(Verb::Choose(chosen)));
    let author = (!is_mine).then(|| person.name_of(message.author));
    html! {
        <li key={message.id.clone()} class={if is_mine { "mine" } else { "theirs" }}>
            <button type="button" class="message" aria-pressed={(person.chosen == chosen).to_string()} {onclick}>
                if let Some(author) = author { <strong class="author">{ author }</strong>{ " " } }
                <span class="text">{ message.text.as_deref().unwrap_or(texts.hidden) }</span>{ " " }
                <span class="mark figure">{ mark }</span>
            </button>
        </li>
    }
}

fn compose(look: &Look, live: &Live) -> Html {
    let texts = look.texts().live;
    let act = look.act.reform(Action::Live);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Say
    });
    html! {
        <form class="compose" {onsubmit}>
            <input type="text" data-test="say-text" aria-label={texts.message} placeholder={texts.message}
                maxlength={MOST_TEXT.to_string()} autocomplete="off" value={live.fields.text.clone()}
                oninput={act.reform(|event: InputEvent| Verb::Text(text_of(&event)))} />
            <button type="submit" class="first" data-test="say">{ texts.say }</button>
        </form>
    }
}
