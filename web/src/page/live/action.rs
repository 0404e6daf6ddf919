//! What a person does, and what it wishes to be done.

use super::state::{Around, Chosen, Fields, Link, Live, Marking, Person, Place, Secret, Standing};
use ennead::chat::{ConversationId, Draft};
use ennead::port::UserId;
use std::collections::BTreeSet;

/// Sessions whose end the node has not confirmed, at most.
const MAX_ENDING: usize = 8;
/// Milliseconds between two words that the person is typing.
const TYPING_EVERY: u64 = 3_000;
/// Conversations of which it is said again at once that they are read: many frames in a second are refused.
const MARKS_AT_ONCE: usize = 4;

/// A verb of the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verb {
    Name(String),
    Password(Secret),
    Email(String),
    SignUp,
    LogIn,
    LogOut,
    Other(String),
    /// Ask whoever is in the field.
    Befriend,
    /// Accept, decline or end, block, unblock.
    Accept(UserId),
    Part(UserId),
    Block(UserId),
    Unblock(UserId),
    Open(ConversationId),
    Text(String),
    Say,
    Earlier,
    PostText(String),
    Publish,
    MorePosts,
    Choose(Chosen),
    GroupName(String),
    /// Into a new group, or not.
    Member(UserId),
    Found,
    /// Into the open group.
    Add(UserId),
    Leave,
    SetEmail,
    /// Use a channel for notices, or do not.
    Channel(String),
}

/// A request to the cluster.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    Cluster,
    SignUp {
        name: String,
        password: Secret,
        email: String,
    },
    LogIn {
        name: String,
        password: Secret,
    },
    LogOut(Secret),
    Me,
    /// Friends, and those whom one of the two has asked, page by page, or only those who ask.
    Friends {
        only_asks: bool,
        after: Option<UserId>,
        page: u8,
    },
    Blocks,
    Befriend(String),
    Part(UserId),
    Block(UserId),
    Unblock(UserId),
    Conversations,
    History {
        conversation: ConversationId,
        before: u64,
    },
    Feed {
        cursor: Option<String>,
    },
    Publish {
        key: String,
        text: String,
    },
    User(UserId),
    Group(ConversationId),
    Found {
        name: String,
        members: BTreeSet<UserId>,
    },
    Add {
        group: ConversationId,
        user: UserId,
    },
    Remove {
        group: ConversationId,
        user: UserId,
    },
    Email(String),
    Settings,
    OptOut(super::state::OptedOut),
}

impl Ask {
    /// The first page of friends.
    pub(crate) const FRIENDS: Self = Self::Friends { only_asks: false, after: None, page: 0 };

    /// Where the answer is to stand; none if nobody asked for it.
    pub(crate) const fn place(&self) -> Option<Place> {
        match self {
            Self::Cluster | Self::Friends { .. } | Self::Blocks | Self::User(_) => None,
            Self::Group(_) | Self::LogOut(_) | Self::Conversations | Self::Settings => None,
            Self::SignUp { .. } | Self::LogIn { .. } | Self::Me => Some(Place::Account),
            Self::Befriend(_) | Self::Part(_) | Self::Block(_) | Self::Unblock(_) => {
                Some(Place::People)
            }
            Self::Found { .. } => Some(Place::People),
            Self::History { .. } | Self::Add { .. } | Self::Remove { .. } => Some(Place::Talk),
            Self::Feed { .. } | Self::Publish { .. } => Some(Place::Feed),
            Self::Email(_) | Self::OptOut(_) => Some(Place::Settings),
        }
    }
}

/// What is said over the socket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    Send(Draft),
    Read(ConversationId, u64),
    Typing(ConversationId),
    Presence(Vec<UserId>),
    Ping,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wish {
    Ask(Ask),
    /// Open the socket and say how far the device is.
    Connect(ennead::chat::Hello),
    Disconnect,
    Say(Frame),
    /// Open the feed after the event with this id.
    OpenFeed(Option<String>),
    CloseFeed,
    /// Lead the keyboard to the first element that a CSS selector finds.
    Focus(String),
    /// Keep a token for the next load of the page, or forget it.
    Remember(Option<Secret>),
}

/// Does what a person says.
pub(crate) fn act(verb: Verb, live: &mut Live, around: Around) -> Vec<Wish> {
    let ask = |ask| vec![Wish::Ask(ask)];
    match verb {
        Verb::Name(name) => live.fields.name = name,
        Verb::Password(password) => live.fields.password = password,
        Verb::Email(email) => live.fields.email = email,
        Verb::Other(other) => live.fields.other = other,
        Verb::PostText(post) => live.fields.post = post,
        Verb::GroupName(name) => live.fields.group = name,
        Verb::SignUp | Verb::LogIn => {
            live.settle(Place::Account);
            let Fields { name, password, email, .. } = live.fields.clone();
            return ask(match verb {
                Verb::SignUp => Ask::SignUp { name, password, email },
                _ => Ask::LogIn { name, password },
            });
        }
        Verb::LogOut => return log_out(live, around),
        _ => return live_on(verb, live, around),
    }
    Vec::new()
}

/// Nobody is logged in any more.
pub(super) fn forget(live: &mut Live) -> Vec<Wish> {
    live.epoch += 1;
    live.person = None;
    live.fields = Fields { name: live.fields.name.clone(), ..Fields::default() };
    vec![Wish::Remember(None), Wish::Disconnect, Wish::CloseFeed]
}

fn log_out(live: &mut Live, around: Around) -> Vec<Wish> {
    let Some(person) = &live.person else { return Vec::new() };
    let token = person.token.clone();
    let mut link = Link::NEW;
    link.begin(around);
    if live.ending.len() < MAX_ENDING {
        live.ending.push((token.clone(), link));
    }
    let mut wishes = vec![Wish::Ask(Ask::LogOut(token))];
    live.trouble = None;
    wishes.extend(forget(live));
    wishes
}

/// What only somebody who is logged in can do.
fn live_on(verb: Verb, live: &mut Live, around: Around) -> Vec<Wish> {
    let Live { person: Some(person), fields, trouble, .. } = live else { return Vec::new() };
    let mut ask = |ask: Ask| {
        // What was refused before at the same place no longer matters.
        if trouble.as_ref().is_some_and(|(at, _)| Some(*at) == ask.place()) {
            *trouble = None;
        }
        vec![Wish::Ask(ask)]
    };
    match verb {
        Verb::Befriend => match fields.other.trim() {
            "" => Vec::new(),
            other => ask(Ask::Befriend(other.to_string())),
        },
        Verb::Accept(user) => {
            let mut wishes = ask(Ask::Befriend(user.to_string()));
            wishes.extend(next_request(person, user));
            wishes
        }
        Verb::Part(user) => {
            let mut wishes = ask(Ask::Part(user));
            wishes.extend(next_request(person, user));
            wishes
        }
        Verb::Block(user) if person.about_to_block != Some(user) => {
            person.about_to_block = Some(user);
            Vec::new()
        }
        Verb::Block(user) => {
            person.about_to_block = None;
            ask(Ask::Block(user))
        }
        Verb::Unblock(user) => ask(Ask::Unblock(user)),
        Verb::Open(conversation) => {
            if person.open != Some(conversation) {
                fields.text.clear();
            }
            person.open = Some(conversation);
            person.about_to_block = None;
            person.talk(conversation);
            seen(person, around)
        }
        Verb::Text(text) => {
            let was_empty = fields.text.is_empty();
            fields.text = text;
            type_on(person, was_empty, around)
        }
        Verb::Say => say(person, std::mem::take(&mut fields.text), around),
        Verb::Earlier => earlier(person).map(ask).unwrap_or_default(),
        Verb::Publish => {
            let text = fields.post.trim().to_string();
            if text.is_empty() {
                return Vec::new();
            }
            // Pressed again after an answer that was lost, it is the same post.
            let known = person.post_key.take().filter(|(before, _)| *before == text);
            let (_, key) =
                known.unwrap_or_else(|| (text.clone(), format!("{:016x}", around.random)));
            person.post_key = Some((text.clone(), key.clone()));
            ask(Ask::Publish { key, text })
        }
        Verb::MorePosts => match person.more_posts.clone() {
            None => Vec::new(),
            cursor => ask(Ask::Feed { cursor }),
        },
        Verb::Choose(chosen) => {
            person.chosen = if person.chosen == chosen { Chosen::Nothing } else { chosen };
            Vec::new()
        }
        Verb::Member(user) => {
            if !fields.members.remove(&user) {
                fields.members.insert(user);
            }
            Vec::new()
        }
        Verb::Found => {
            let (name, members) = (fields.group.trim().to_string(), fields.members.clone());
            ask(Ask::Found { name, members })
        }
        Verb::Add(user) => {
            person.open.map(|group| ask(Ask::Add { group, user })).unwrap_or_default()
        }
        Verb::Leave => {
            let user = person.id;
            person.open.map(|group| ask(Ask::Remove { group, user })).unwrap_or_default()
        }
        Verb::SetEmail => ask(Ask::Email(fields.email.trim().to_string())),
        Verb::Channel(channel) => {
            let Some(mut out) = person.opted_out.clone() else { return Vec::new() };
            if !out.channels.remove(&channel) {
                out.channels.insert(channel);
            }
            ask(Ask::OptOut(out))
        }
        _ => Vec::new(),
    }
}

/// The row of a request goes with its answer: the keyboard goes on to another, or to the list of people.
fn next_request(person: &Person, user: UserId) -> Option<Wish> {
    let mut asks = person.friends.iter().filter(|friend| friend.standing == Standing::Asks);
    let place = asks.clone().position(|friend| friend.id == user)?;
    let after = asks.clone().nth(place + 1);
    let next = after.or_else(|| asks.find(|friend| friend.id != user));
    let list = || ".people .scrolls".to_string();
    Some(Wish::Focus(
        next.map_or_else(list, |friend| format!("[data-test=\"accept-{}\"]", friend.name)),
    ))
}

fn say(person: &mut Person, text: String, around: Around) -> Vec<Wish> {
    let Some(conversation) = person.open.filter(|_| !text.trim().is_empty()) else {
        return Vec::new();
    };
    person.device.say(conversation, &text);
    pump(person, around)
}

fn type_on(person: &mut Person, was_empty: bool, around: Around) -> Vec<Wish> {
    let is_due = was_empty || around.now.saturating_sub(person.typed) >= TYPING_EVERY;
    match person.open.filter(|_| is_due && person.socket.is_open()) {
        Some(conversation) => {
            person.typed = around.now;
            vec![Wish::Say(Frame::Typing(conversation))]
        }
        None => Vec::new(),
    }
}

fn earlier(person: &mut Person) -> Option<Ask> {
    let conversation = person.open?;
    let before = person.messages(conversation).first().map(|message| message.number)?;
    let talk = person.talk(conversation);
    let has_room = talk.earlier.len() < super::state::MAX_EARLIER;
    if before <= 1 || talk.is_loading || !has_room {
        return None;
    }
    talk.is_loading = true;
    Some(Ask::History { conversation, before })
}

/// Sends what waits, one message after the other: so they come in order though one is sent again.
pub(super) fn pump(person: &mut Person, around: Around) -> Vec<Wish> {
    let is_free = person.socket.is_open() && person.in_flight.is_none();
    if !is_free || person.retry_at > around.now {
        return Vec::new();
    }
    let Some(draft) = person.device.outbox().next().cloned() else { return Vec::new() };
    person.in_flight = Some((draft.id.clone(), around.now));
    vec![Wish::Say(Frame::Send(draft))]
}

/// Whatever the person sees of the open conversation is read.
pub(super) fn seen(person: &mut Person, around: Around) -> Vec<Wish> {
    let Some(conversation) = person.open else { return Vec::new() };
    let (last, read) = (person.device.last(conversation), person.read(conversation));
    if !around.is_seen || !person.socket.is_open() || last <= read {
        return Vec::new();
    }
    let talk = person.talk(conversation);
    talk.read = last;
    talk.marking = Some(Marking { number: last, at: around.now, times: 1 });
    vec![Wish::Say(Frame::Read(conversation, last))]
}

/// Says again what was read where the cluster has not confirmed it.
pub(super) fn mark_again(person: &mut Person, around: Around) -> Vec<Wish> {
    if !person.socket.is_open() {
        return Vec::new();
    }
    let unconfirmed = person.talks.iter_mut().filter_map(|(&conversation, talk)| {
        let marking = talk.marking.as_mut().filter(|marking| around.now >= marking.again_at())?;
        (marking.at, marking.times) = (around.now, marking.times + 1);
        Some(Wish::Say(Frame::Read(conversation, marking.number)))
    });
    unconfirmed.take(MARKS_AT_ONCE).collect()
}
