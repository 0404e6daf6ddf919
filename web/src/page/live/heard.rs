//! What the cluster says and what time brings, and what it wishes to be done.

use super::action::{Ask, Frame, Wish, forget, mark_again, pump, seen};
use super::state::{
    Around, Friend, Link, Live, MAX_EARLIER, Node, OptedOut, Person, Place, Post, Problem, Secret,
    Standing,
};
use ennead::chat::{ConversationId, Event, Group, Message};
use ennead::port::UserId;

/// Messages that a device gets at first of a conversation that it does not know.
const BACKLOG: u16 = 50;
/// How long somebody is shown as typing, in milliseconds.
const TYPING_FOR: u64 = 5_000;
/// How often friends and nodes are asked for while somebody looks.
const FRIENDS_EVERY: u64 = 4_000;
const NODES_EVERY: u64 = 10_000;
/// The open socket is asked for a sign after so long without one, and given up if there is none for so long then:
/// beats are rare in a window that nobody sees, so silence alone says nothing.
const PING_AFTER: u64 = 10_000;
const PING_LOST: u64 = 15_000;
/// For so long it may be opened, and a message be on its way.
const SOCKET_LOST: u64 = 25_000;
/// The open feed sends something every 15 seconds.
const FEED_LOST: u64 = 45_000;
/// The first page of posts is asked for again, if it did not come.
const POSTS_AGAIN: u64 = 5_000;
/// Pages of friends that are listed, and after them pages of those who ask.
const FRIEND_PAGES: u8 = 5;
/// Before a message that was refused for now is sent again.
const RETRY_AFTER: u64 = 1_000;
/// Groups and users that are asked about at once.
const MAX_UNKNOWN: usize = 50;
/// Names of users, and numbers of messages with the node that kept them, that are remembered.
const MAX_NOTES: usize = 1_000;
/// The login has ended.
const LOGGED_OUT: u16 = 4001;

/// What an answer says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Done,
    Cluster {
        me: Option<String>,
        nodes: Vec<Node>,
    },
    Me {
        id: UserId,
        name: String,
        email: Option<String>,
    },
    Token(Secret),
    /// The friends of a page, and the last of them if there are more.
    Friends(Vec<Friend>, Option<UserId>),
    Conversations(Vec<(ConversationId, u64)>),
    Messages(Vec<Message>),
    Posts(Vec<Post>, Option<String>),
    Post(Post),
    User(UserId, String),
    Group(ConversationId, Group),
    Settings(OptedOut),
}

/// What is said over the socket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    Welcome {
        node: String,
        online: Vec<UserId>,
    },
    Ack {
        conversation: ConversationId,
        id: String,
        number: u64,
    },
    Event(Event),
    Presence(Vec<(UserId, bool)>),
    Refused {
        id: Option<String>,
        problem: Problem,
    },
    /// Anything else: a sign of life.
    Sign,
}

/// What the open feed sends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FeedEvent {
    /// A post, and how far the feed is shown with it.
    Post(Post, String),
    /// More was missed than it sends: pages have it from this cursor on.
    More(String),
}

/// What is heard.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    /// Some time has passed, or the page is seen again.
    Beat,
    /// The answer to a request that was sent in an epoch.
    Answered(u32, Box<Ask>, Result<Answer, Problem>),
    Told(Told),
    /// The socket is closed, with a code.
    Closed(u16),
    /// The open feed sent something: perhaps events.
    Feed(Vec<FeedEvent>),
    /// The open feed has ended.
    FeedEnded,
    /// A token was kept from before the page was loaded.
    Token(Secret),
}

/// Takes in what is heard.
pub(crate) fn hear(heard: Heard, live: &mut Live, around: Around) -> Vec<Wish> {
    let mut wishes = match heard {
        Heard::Beat => beat(live, around),
        Heard::Token(token) => log_in(live, token, around),
        Heard::Answered(_, ask, answer) if matches!(*ask, Ask::LogOut(_)) => {
            log_out_answered(live, &ask, &answer, around);
            Vec::new()
        }
        Heard::Answered(epoch, ask, answer) if epoch == live.epoch => {
            answered(live, *ask, answer, around)
        }
        Heard::Answered(..) => Vec::new(),
        Heard::Closed(LOGGED_OUT) => {
            live.refuse(Place::Account, Problem { status: 401, ..Problem::default() });
            forget(live)
        }
        heard => match &mut live.person {
            Some(person) => of_person(person, heard, around),
            None => Vec::new(),
        },
    };
    if let Some(person) = &mut live.person {
        wishes.extend(seen(person, around));
    }
    wishes
}

/// A session has ended when the node says so, or that there is none.
fn log_out_answered(live: &mut Live, ask: &Ask, answer: &Result<Answer, Problem>, around: Around) {
    let Ask::LogOut(token) = ask else { return };
    let has_ended = answer.as_ref().map_or_else(|problem| problem.status == 401, |_| true);
    live.ending.retain_mut(|(ending, link)| {
        let is_this = ending == token;
        if is_this {
            link.fail(around);
        }
        !(is_this && has_ended)
    });
}

/// A token is there: whose it is, is asked.
fn log_in(live: &mut Live, token: Secret, around: Around) -> Vec<Wish> {
    live.epoch += 1;
    let (nobody, name) = (UserId(0), live.fields.name.clone());
    let mut person = Person::new(token.clone(), nobody, name, around.random);
    person.socket.begin(around);
    live.person = Some(Box::new(person));
    vec![Wish::Remember(Some(token)), Wish::Ask(Ask::Me)]
}

fn of_person(person: &mut Person, heard: Heard, around: Around) -> Vec<Wish> {
    match heard {
        Heard::Told(told) => {
            person.socket.hear(around);
            told_to(person, told, around)
        }
        Heard::Closed(_) => {
            lose_socket(person, around);
            Vec::new()
        }
        Heard::Feed(events) => {
            // What is posted from now on comes by itself; what was posted before is read now.
            let is_new = !person.feed.is_open();
            person.feed.hear(around);
            for event in events {
                match event {
                    FeedEvent::Post(post, place) => {
                        person.feed_place = Some(place);
                        person.take_posts([post]);
                    }
                    FeedEvent::More(cursor) => person.more_posts = Some(cursor),
                }
            }
            if !is_new {
                return Vec::new();
            }
            (person.posts_asked, person.has_posts) = (around.now, false);
            vec![Wish::Ask(Ask::Feed { cursor: None })]
        }
        Heard::FeedEnded => {
            person.feed.fail(around);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn lose_socket(person: &mut Person, around: Around) {
    person.socket.fail(around);
    person.in_flight = None;
    person.retry_at = 0;
}

fn told_to(person: &mut Person, told: Told, around: Around) -> Vec<Wish> {
    match told {
        Told::Welcome { node, online } => {
            person.socket_node = node;
            person.device.connected(online);
            let mut wishes = vec![Wish::Ask(Ask::Conversations)];
            wishes.extend(pump(person, around));
            wishes
        }
        Told::Ack { conversation, id, number } => {
            let draft = person.device.outbox().find(|draft| draft.id == id).cloned();
            let is_new = number > person.device.last(conversation);
            let node = person.socket_node.clone();
            let talk = person.talk(conversation);
            if let Some(draft) = draft.filter(|_| is_new) {
                talk.kept.push((draft, number));
            }
            talk.kept_by.insert(number, node);
            while talk.kept_by.len() > MAX_NOTES {
                talk.kept_by.pop_first();
            }
            settle(person, &id, around)
        }
        Told::Refused { id: Some(id), problem } if problem.may_pass() => {
            // It keeps its place before the others.
            if problem.kind == "behind" {
                person.device.catch_up(&id);
            }
            person.in_flight = person.in_flight.take().filter(|(sent, _)| *sent != id);
            person.retry_at = around.now + RETRY_AFTER;
            Vec::new()
        }
        Told::Refused { id: Some(id), problem } => {
            let draft = person.device.outbox().find(|draft| draft.id == id).cloned();
            if let Some(draft) = draft {
                person.talk(draft.conversation).refused.push((draft, problem));
            }
            settle(person, &id, around)
        }
        Told::Presence(users) => {
            for (user, is_online) in users {
                let _ = person.device.handle(Event::Presence { user, is_online }); // no gap without messages
            }
            Vec::new()
        }
        Told::Event(event) => of_event(person, event, around),
        Told::Refused { id: None, .. } | Told::Sign => Vec::new(),
    }
}

/// A draft need not be sent again; the next one may.
fn settle(person: &mut Person, id: &str, around: Around) -> Vec<Wish> {
    person.device.settle(id);
    person.in_flight = person.in_flight.take().filter(|(sent, _)| sent != id);
    pump(person, around)
}

fn of_event(person: &mut Person, event: Event, around: Around) -> Vec<Wish> {
    match &event {
        Event::Typing { conversation, user } if *user != person.id => {
            let until = around.now + TYPING_FOR;
            person.talk(*conversation).typing.insert(*user, until);
        }
        Event::Read { conversation, user, number } if *user == person.id => {
            person.confirm_read(*conversation, *number);
        }
        Event::Group { conversation } => return vec![Wish::Ask(Ask::Group(*conversation))],
        _ => {}
    }
    let of = match &event {
        Event::Messages { conversation, messages } => Some((*conversation, messages.clone())),
        _ => None,
    };
    let mut wishes = Vec::new();
    if person.device.handle(event).is_err() {
        // Something is missing: the device says anew how far it is.
        lose_socket(person, around);
        wishes.push(Wish::Disconnect);
    }
    if let Some((conversation, messages)) = of {
        let last = person.device.last(conversation);
        let is_own = person.in_flight.as_ref().is_some_and(|(sent, _)| {
            messages.iter().any(|message| message.author == person.id && message.id == *sent)
        });
        if is_own {
            person.in_flight = None;
            wishes.extend(pump(person, around));
        }
        let talk = person.talk(conversation);
        talk.kept.retain(|(_, number)| *number > last);
        talk.typing.retain(|user, _| messages.iter().all(|message| message.author != *user));
        wishes.extend(unknown(person, conversation));
    }
    wishes
}

/// What is to be learnt of a conversation: its group, or the name of whom one talks to there.
fn unknown(person: &Person, conversation: ConversationId) -> Option<Wish> {
    let Some(other) = conversation.other(person.id) else {
        let is_known = person.talks.get(&conversation).is_some_and(|talk| talk.group.is_some());
        return (!is_known).then_some(Wish::Ask(Ask::Group(conversation)));
    };
    let is_known =
        person.friends.iter().any(|friend| friend.id == other) || person.names.contains_key(&other);
    (!is_known).then_some(Wish::Ask(Ask::User(other)))
}

fn beat(live: &mut Live, around: Around) -> Vec<Wish> {
    let mut wishes = Vec::new();
    let is_served = live.node.is_some();
    if is_served && around.is_seen && around.now.saturating_sub(live.nodes_asked) >= NODES_EVERY {
        live.nodes_asked = around.now;
        wishes.push(Wish::Ask(Ask::Cluster));
    }
    for (token, link) in &mut live.ending {
        if link.begin(around) {
            wishes.push(Wish::Ask(Ask::LogOut(token.clone())));
        }
    }
    let Some(person) = &mut live.person else { return wishes };
    let is_due = around.now.saturating_sub(person.friends_asked) >= FRIENDS_EVERY;
    if person.id == UserId(0) {
        // Whose token it is, could not be learnt yet: until then the link is that of the question.
        if person.socket.begin(around) {
            wishes.push(Wish::Ask(Ask::Me));
        }
        return wishes;
    }
    let since = |moment: u64| around.now.saturating_sub(moment);
    let is_stuck = person.in_flight.as_ref().is_some_and(|&(_, at)| since(at) >= SOCKET_LOST);
    let is_asked = matches!(person.socket, Link::Open { heard } if person.pinged > heard);
    let is_lost = match person.socket.is_open() {
        true => is_asked && since(person.pinged) >= PING_LOST,
        false => person.socket.silence(around) >= SOCKET_LOST,
    };
    if is_lost || is_stuck {
        lose_socket(person, around);
        wishes.push(Wish::Disconnect);
    }
    if person.socket.begin(around) {
        wishes.push(Wish::Connect(person.device.hello(BACKLOG)));
    }
    let is_quiet = person.socket.silence(around) >= PING_AFTER;
    if person.socket.is_open() && is_quiet && !is_asked {
        person.pinged = around.now;
        wishes.push(Wish::Say(Frame::Ping));
    }
    wishes.extend(pump(person, around));
    wishes.extend(mark_again(person, around));
    if person.feed.silence(around) >= FEED_LOST {
        person.feed.fail(around);
        wishes.push(Wish::CloseFeed);
    }
    if person.feed.begin(around) {
        wishes.push(Wish::OpenFeed(person.feed_place.clone()));
    }
    if person.feed.is_open() && !person.has_posts && since(person.posts_asked) >= POSTS_AGAIN {
        person.posts_asked = around.now;
        wishes.push(Wish::Ask(Ask::Feed { cursor: None }));
    }
    for talk in person.talks.values_mut() {
        talk.typing.retain(|_, until| *until > around.now);
    }
    if around.is_seen && is_due && person.socket.is_open() {
        person.friends_asked = around.now;
        wishes.push(Wish::Ask(Ask::FRIENDS));
    }
    wishes
}

fn answered(
    live: &mut Live,
    ask: Ask,
    answer: Result<Answer, Problem>,
    around: Around,
) -> Vec<Wish> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(problem) => return refused(live, ask, problem, around),
    };
    if let Some(place) = ask.place() {
        live.settle(place);
    }
    match (ask, answer) {
        (Ask::Cluster, Answer::Cluster { me, nodes }) => {
            live.nodes = nodes;
            live.node = me.or(live.node.take());
            Vec::new()
        }
        (Ask::SignUp { name, password, .. }, _) => {
            vec![Wish::Ask(Ask::LogIn { name, password })]
        }
        (Ask::LogIn { .. }, Answer::Token(token)) => {
            live.fields.password = Secret::default();
            let mut wishes = log_in(live, token, around);
            wishes.push(Wish::Focus("h1".into())); // the form is gone
            wishes
        }
        (ask, answer) => match &mut live.person {
            Some(person) => of_answer(person, &mut live.fields, ask, answer, around),
            None => Vec::new(),
        },
    }
}

fn refused(live: &mut Live, ask: Ask, problem: Problem, around: Around) -> Vec<Wish> {
    if problem.status == 401 {
        live.refuse(Place::Account, problem);
        return forget(live);
    }
    if let (Ask::Me, Some(person)) = (&ask, &mut live.person)
        && person.id == UserId(0)
    {
        person.socket.fail(around); // it is asked again
    }
    if ask == Ask::Cluster && problem.status == 0 {
        let me = live.node.as_ref();
        live.nodes
            .iter_mut()
            .filter(|node| Some(&node.name) == me)
            .for_each(|node| node.is_up = false);
    }
    if let (Ask::History { conversation, .. }, Some(person)) = (&ask, &mut live.person) {
        person.talk(*conversation).is_loading = false;
    }
    if let (Ask::Group(conversation), Some(person), 404) = (&ask, &mut live.person, problem.status)
    {
        person.talk(*conversation).group = None; // the person was taken out
    }
    if let Some(place) = ask.place() {
        live.refuse(place, problem);
    }
    Vec::new()
}

fn of_answer(
    person: &mut Person,
    fields: &mut super::state::Fields,
    ask: Ask,
    answer: Answer,
    around: Around,
) -> Vec<Wish> {
    let asks = |asks: &[Ask]| asks.iter().cloned().map(Wish::Ask).collect();
    match (ask, answer) {
        (Ask::Me | Ask::Email(_), Answer::Me { id, name, email }) => {
            fields.email = email.clone().unwrap_or_default();
            if person.id == id {
                (person.name, person.email) = (name, email);
                return Vec::new();
            }
            let token = person.token.clone();
            *person = Person { email, ..Person::new(token, id, name, around.random) };
            person.friends_asked = around.now;
            asks(&[Ask::FRIENDS, Ask::Blocks, Ask::Settings])
        }
        (Ask::Friends { only_asks, after, page }, Answer::Friends(friends, next)) => {
            let is_new = |friend: &&Friend| {
                friend.standing == Standing::Friends && !person.friends.contains(friend)
            };
            let new: Vec<UserId> = friends.iter().filter(is_new).map(|friend| friend.id).collect();
            // They are listed by number: the page says all of those after one and up to another.
            let is_of_page = |friend: &Friend| {
                after.is_none_or(|after| friend.id > after)
                    && next.is_none_or(|next| friend.id <= next)
            };
            person
                .friends
                .retain(|friend| friend.standing == Standing::Blocked || !is_of_page(friend));
            person.friends.extend(friends);
            in_order(&mut person.friends);
            let mut wishes = Vec::new();
            if !new.is_empty() && person.socket.is_open() {
                wishes.push(Wish::Say(Frame::Presence(new)));
            }
            let is_last = page + 1 >= FRIEND_PAGES;
            let rest = match (is_last, only_asks) {
                (false, _) => Some((only_asks, page + 1)),
                (true, false) => Some((true, 0)),
                (true, true) => None,
            };
            if let (Some(after), Some((only_asks, page))) = (next, rest) {
                wishes.push(Wish::Ask(Ask::Friends { only_asks, after: Some(after), page }));
            }
            wishes
        }
        (Ask::Blocks, Answer::Friends(blocked, _)) => {
            person.friends.retain(|friend| friend.standing != Standing::Blocked);
            person.friends.extend(blocked);
            in_order(&mut person.friends);
            Vec::new()
        }
        (Ask::Befriend(_), _) => {
            fields.other.clear();
            asks(&[Ask::FRIENDS])
        }
        (Ask::Part(user) | Ask::Block(user), _) => {
            person.posts.retain(|post| post.author != user);
            asks(&[Ask::FRIENDS, Ask::Blocks])
        }
        (Ask::Unblock(_), _) => asks(&[Ask::FRIENDS, Ask::Blocks]),
        (Ask::Conversations, Answer::Conversations(list)) => {
            let mut wishes = Vec::new();
            for (conversation, read) in list {
                person.confirm_read(conversation, read);
                wishes.extend(unknown(person, conversation));
            }
            wishes.truncate(MAX_UNKNOWN); // of the others it is asked once something is said there
            wishes
        }
        (Ask::History { conversation, .. }, Answer::Messages(messages)) => {
            earlier(person, conversation, messages);
            Vec::new()
        }
        (Ask::Feed { cursor }, Answer::Posts(posts, more)) => {
            // The first page, read again, may say nothing of what comes after the last that is here; but if it does
            // not reach down to the newest that is here, what lies between is on the next.
            let last = |posts: &[Post]| posts.last().map_or(u64::MAX, |post| post.id);
            let newest = person.posts.first().map_or(0, |post| post.id);
            let has_gap = last(&posts) > newest;
            person.has_posts |= cursor.is_none();
            if cursor.is_some() || has_gap || last(&posts) <= last(&person.posts) {
                person.more_posts = more;
            }
            person.take_posts(posts);
            Vec::new()
        }
        (Ask::Publish { text, .. }, Answer::Post(post)) => {
            person.post_key = None;
            if fields.post.trim() == text {
                fields.post.clear();
            }
            person.take_posts([post]);
            Vec::new()
        }
        (Ask::User(_), Answer::User(id, name)) => {
            if person.names.len() < MAX_NOTES {
                person.names.insert(id, name);
            }
            Vec::new()
        }
        (Ask::Remove { group, .. }, _) => {
            person.talk(group).group = None;
            person.open = None;
            Vec::new()
        }
        (ask, Answer::Group(conversation, group)) => {
            let others = group.members.iter().copied().filter(|user| *user != person.id);
            let others = others
                .filter_map(|user| unknown(person, ConversationId::between(person.id, user).ok()?));
            let wishes = others.collect();
            person.talk(conversation).group = Some(group);
            if matches!(ask, Ask::Found { .. }) {
                person.open = Some(conversation);
                (fields.group, fields.members) = Default::default();
            }
            wishes
        }
        (Ask::Settings | Ask::OptOut(_), Answer::Settings(out)) => {
            person.opted_out = Some(out);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Those who ask first, then friends, those who were asked, and blocked ones, each by name.
fn in_order(friends: &mut [Friend]) {
    friends.sort_by(|one, other| (one.standing, &one.name).cmp(&(other.standing, &other.name)));
}

/// Messages from the history go before those that are here, without gaps.
fn earlier(person: &mut Person, conversation: ConversationId, messages: Vec<Message>) {
    let mut first = person.messages(conversation).first().map(|message| message.number);
    let talk = person.talk(conversation);
    talk.is_loading = false;
    for message in messages.into_iter().rev() {
        let follows = first.is_none_or(|first| message.number + 1 == first);
        if follows && talk.earlier.len() < MAX_EARLIER {
            first = Some(message.number);
            talk.earlier.push_front(message);
        }
    }
}
