//! The stage: people, a conversation, the feed. Before anybody is logged in: the nodes, and what to do.

use super::action::Verb;
use super::state::{Chosen, Friend, Live, Node, Person, Post, Standing};
use super::talk::talk;
use crate::page::action::Action;
use crate::page::frame::words::button;
use crate::page::look::Look;
use ennead::base::Wall;
use ennead::chat::ConversationId;
use yew::prelude::*;

/// The stage.
pub(super) fn stage(look: &Look) -> Html {
    let live = &look.interface.live;
    match &live.person {
        Some(person) => html! {
            <div class="live-place">
                { people(look, live, person) }
                { talk(look, live, person) }
                { feed(look, person) }
            </div>
        },
        None => before(look, live),
    }
}

/// A moment as the browser's clock and language have it, with its day if that is not today.
pub(super) fn moment(look: &Look, time: Wall) -> Html {
    let date = date(time);
    let is_today = date.to_date_string() == js_sys::Date::new_0().to_date_string();
    let words = match is_today {
        true => String::from(date.to_locale_time_string(look.interface.language.code())),
        false => day_and_moment(look, time),
    };
    html! { <time datetime={String::from(date.to_iso_string())}>{ words }</time> }
}

/// The same with its day.
pub(super) fn day_and_moment(look: &Look, time: Wall) -> String {
    let language = look.interface.language.code();
    String::from(date(time).to_locale_string(language, &wasm_bindgen::JsValue::UNDEFINED))
}

fn date(time: Wall) -> js_sys::Date {
    #[allow(clippy::cast_precision_loss)] // milliseconds of a wall clock: below 2^53
    let milliseconds = time.as_millis() as f64;
    js_sys::Date::new(&milliseconds.into())
}

/// The nodes, and what can be tried.
fn before(look: &Look, live: &Live) -> Html {
    let texts = look.texts().live;
    let Some(node) = &live.node else {
        return html! { <div class="live-before"><p>{ texts.nobody }</p></div> };
    };
    html! {
        <div class="live-before">
            <ol class="steps">{ for (texts.steps)(node).into_iter().map(|step| html! { <li key={step.clone()}>{ step }</li> }) }</ol>
            { nodes(look, live) }
        </div>
    }
}

/// The other nodes, each with its page.
pub(super) fn nodes(look: &Look, live: &Live) -> Html {
    let texts = look.texts().live;
    let row = |node: &Node| {
        let is_me = Some(&node.name) == live.node.as_ref();
        let state = if node.is_up { texts.up } else { texts.down };
        let address = node.http.as_ref().map(|http| format!("http://{http}/#/live"));
        let place = match address {
            _ if is_me => html! { <span class="quiet">{ texts.here }</span> },
            Some(href) => html! {
                <a href={href.clone()} target="_blank" rel="noopener" data-test={format!("node-{}", node.name)}>{ node.http.clone() }</a>
            },
            None => Html::default(),
        };
        html! {
            <li key={node.name.clone()} class={if node.is_up { "up" } else { "down" }}>
                <span class="there" aria-hidden="true"></span>
                <strong>{ &node.name }</strong>
                <span class="state">{ state }</span>
                { place }
            </li>
        }
    };
    html! { <ul class="live-nodes" aria-label={texts.nodes}>{ for live.nodes.iter().map(row) }</ul> }
}

fn people(look: &Look, live: &Live, person: &Person) -> Html {
    let texts = look.texts().live;
    let list = |standing: Standing| {
        let those = person.friends.iter().filter(move |friend| friend.standing == standing);
        those.map(|friend| row(look, person, friend)).collect::<Vec<_>>()
    };
    let section = |test: &'static str, word: &'static str, rows: Vec<Html>| {
        if rows.is_empty() {
            return Html::default();
        }
        html! { <><h3>{ word }</h3><ul class="live-people" data-test={test}>{ for rows }</ul></> }
    };
    let groups =
        person.groups().map(|(id, group)| conversation(look, person, id, &group.name, "group"));
    let others = person
        .others()
        .map(|(id, other)| conversation(look, person, id, &person.name_of(other), "other"));
    let has_friends = person.friends.iter().any(|friend| friend.standing == Standing::Friends);
    html! {
        <section class="live-column people" aria-label={texts.people}>
            <h2>{ texts.people }</h2>
            <div class="scrolls" tabindex="0" role="group" aria-label={texts.people}>
                { section("requests", texts.asks, list(Standing::Asks)) }
                if !has_friends {
                    <p class="quiet">{ texts.no_friends }</p>
                }
                { section("friends", texts.friends, list(Standing::Friends)) }
                { section("groups", texts.groups, groups.collect()) }
                { section("others", texts.others, others.collect()) }
                { section("asked", texts.asked, list(Standing::Asked)) }
                { section("blocked", texts.blocked, list(Standing::Blocked)) }
                if has_friends { { found(look, live, person) } }
            </div>
        </section>
    }
}

fn row(look: &Look, person: &Person, friend: &Friend) -> Html {
    let texts = look.texts().live;
    let (id, name) = (friend.id, friend.name.as_str());
    let verb = |test: &'static str, word: &'static str, verb: Verb| {
        let onclick = look.act.reform(move |_: MouseEvent| Action::Live(verb.clone()));
        html! {
            <button type="button" data-test={format!("{test}-{name}")} aria-label={format!("{word}: {name}")} {onclick}>{ word }</button>
        }
    };
    match friend.standing {
        Standing::Friends => match ConversationId::between(person.id, id) {
            Ok(with) => {
                // Without a connection nobody can tell who is there.
                let class = match (person.socket.is_open(), person.device.online().contains(&id)) {
                    (false, _) => "unknown",
                    (true, true) => "online",
                    (true, false) => "offline",
                };
                conversation(look, person, with, name, class)
            }
            Err(_) => Html::default(), // nobody is a friend of themselves
        },
        Standing::Asks => html! {
            <li key={id.0}><span class="who">{ name.to_string() }</span>
                { verb("accept", texts.accept, Verb::Accept(id)) }
                { verb("decline", texts.decline, Verb::Part(id)) }
            </li>
        },
        Standing::Asked => html! {
            <li key={id.0}><span class="who">{ name.to_string() }</span>{ verb("take-back", texts.take_back, Verb::Part(id)) }</li>
        },
        Standing::Blocked => html! {
            <li key={id.0}><span class="who">{ name.to_string() }</span>{ verb("unblock", texts.unblock, Verb::Unblock(id)) }</li>
        },
    }
}

/// A conversation in the list: whether its other side is there, and what is unread.
fn conversation(
    look: &Look,
    person: &Person,
    id: ConversationId,
    name: &str,
    class: &'static str,
) -> Html {
    let texts = look.texts().live;
    let is_open = person.open == Some(id);
    let unread = person.unread(id);
    let state = match class {
        "online" => texts.online,
        "offline" => texts.offline,
        _ => "",
    };
    let onclick = look.act.reform(move |_: MouseEvent| Action::Live(Verb::Open(id)));
    html! {
        <li key={id.to_string()}>
            <button type="button" class={classes!("open-talk", class)} data-test={format!("open-{name}")}
                aria-pressed={is_open.to_string()} {onclick}>
                <span class="there" aria-hidden="true"></span>
                <span class="who">{ name.to_string() }</span>
                <span class="state">{ state }</span>
                if unread > 0 {
                    <span class="unread figure" data-test={format!("unread-{name}")}>{ (texts.unread)(unread) }</span>
                }
            </button>
        </li>
    }
}

/// A new group out of friends.
fn found(look: &Look, live: &Live, person: &Person) -> Html {
    let texts = look.texts().live;
    let act = look.act.reform(Action::Live);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Found
    });
    let friends = person.friends.iter().filter(|friend| friend.standing == Standing::Friends);
    let choice = |friend: &Friend| {
        let (id, is_in) = (friend.id, live.fields.members.contains(&friend.id));
        html! {
            <label key={id.0} class="choice">
                <input type="checkbox" checked={is_in} data-test={format!("member-{}", friend.name)}
                    onchange={act.reform(move |_: Event| Verb::Member(id))} />
                { &friend.name }
            </label>
        }
    };
    let on_name = act
        .reform(|event: InputEvent| Verb::GroupName(crate::page::frame::fields::text_of(&event)));
    html! {
        <details class="new-group">
            <summary data-test="new-group">{ texts.new_group }</summary>
            <form {onsubmit}>
                { crate::page::frame::fields::text_field(texts.group_name, "group-name", &live.fields.group, 40, &NodeRef::default(), on_name) }
                <div class="choices">{ for friends.map(choice) }</div>
                <button type="submit" data-test="found">{ texts.found }</button>
            </form>
        </details>
    }
}

/// What a post says, or what is to be seen there if it says nothing.
pub(super) fn words(look: &Look, post: &Post) -> String {
    match post.text.is_empty() {
        true => (look.texts().live.media)(post.images, post.videos),
        false => post.text.clone(),
    }
}

fn feed(look: &Look, person: &Person) -> Html {
    let texts = look.texts().live;
    let row = |post: &Post| {
        let chosen = Chosen::Post(post.id);
        let onclick = look.act.reform(move |_: MouseEvent| Action::Live(Verb::Choose(chosen)));
        html! {
            <li key={post.id}>
                <button type="button" class="post" aria-pressed={(person.chosen == chosen).to_string()} {onclick}>
                    <span class="by"><strong>{ &post.name }</strong><span class="quiet">{ moment(look, post.created) }</span></span>
                    <span class="said">{ words(look, post) }</span>
                </button>
            </li>
        }
    };
    // It alone is read out by screen readers when it comes.
    let newest = person.posts.iter().find(|post| post.author != person.id);
    let newest = newest.map(
        |post| html! { <span key={post.id}>{ &post.name }{ ": " }{ words(look, post) }</span> },
    );
    let more = look.act.reform(|_: MouseEvent| Action::Live(Verb::MorePosts));
    let has_more = person.more_posts.is_some() && person.posts.len() < super::state::MAX_POSTS;
    html! {
        <section class="live-column feed-column" aria-label={texts.feed}>
            <h2>{ texts.feed }</h2>
            <div class="scrolls" tabindex="0" role="group" aria-label={texts.feed}>
                if person.posts.is_empty() {
                    <p class="quiet">{ if person.has_posts { texts.no_posts } else { texts.connecting } }</p>
                }
                <ol class="posts" data-test="posts">{ for person.posts.iter().map(row) }</ol>
                if has_more { { button("more-posts", texts.more, more) } }
            </div>
            <p class="live-heard" aria-live="polite">{ newest.unwrap_or_default() }</p>
        </section>
    }
}
