//! Requests, answers and frames as JSON.

use super::action::{Ask, Frame};
use super::heard::{Answer, FeedEvent, Told};
use super::json::{Json, number, object, texts, written};
use super::sse;
use super::state::{Friend, Node, OptedOut, Post, Problem, Secret, Standing};
use ennead::base::Wall;
use ennead::chat::{ConversationId, Event, Group, Hello, Message};
use ennead::port::UserId;
use wasm_bindgen::JsValue;

/// Messages of a page of history, and posts of a page.
const PAGE: u16 = 50;
const POSTS: u16 = 20;
/// Friends of a page, and the most blocked ones that are listed.
const MAX_LISTED: u16 = 200;

/// A request: method, path, body, and the name under which it is done once.
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<String>,
    pub(super) key: Option<String>,
}

/// A request as HTTP has it.
pub(super) fn request(ask: &Ask) -> Request {
    let part = |text: &str| String::from(js_sys::encode_uri_component(text));
    let text = |text: &str| JsValue::from_str(text);
    let plain = |method, path: String| (method, path, None);
    let with = |method, path: &str, body: JsValue| (method, path.to_string(), Some(written(&body)));
    let empty = || object([]);
    let (method, path, body) = match ask {
        Ask::Cluster => plain("GET", "/v1/cluster".into()),
        Ask::SignUp { name, password, email } => {
            let mut members = vec![("name", text(name)), ("password", text(&password.0))];
            if !email.trim().is_empty() {
                members.push(("email", text(email.trim())));
            }
            with("POST", "/v1/users", object(members))
        }
        Ask::LogIn { name, password } => {
            let members =
                [("name", text(name)), ("password", text(&password.0)), ("device", text("page"))];
            with("POST", "/v1/sessions", object(members))
        }
        Ask::LogOut(_) => plain("DELETE", "/v1/sessions/current".into()),
        Ask::Me => plain("GET", "/v1/me".into()),
        Ask::Friends { only_asks, after, .. } => {
            let after = after.map(|after| format!("&cursor={after}")).unwrap_or_default();
            let state = if *only_asks { "&state=asks" } else { "" };
            plain("GET", format!("/v1/me/friends?limit={MAX_LISTED}{state}{after}"))
        }
        Ask::Blocks => plain("GET", format!("/v1/me/blocks?limit={MAX_LISTED}")),
        Ask::Befriend(other) => with("PUT", &format!("/v1/me/friends/{}", part(other)), empty()),
        Ask::Part(user) => plain("DELETE", format!("/v1/me/friends/{user}")),
        Ask::Block(user) => with("PUT", &format!("/v1/me/blocks/{user}"), empty()),
        Ask::Unblock(user) => plain("DELETE", format!("/v1/me/blocks/{user}")),
        Ask::Conversations => plain("GET", "/v1/chat/conversations".into()),
        Ask::History { conversation, before } => {
            let path = format!("/v1/chat/{conversation}/messages?before={before}&limit={PAGE}");
            plain("GET", path)
        }
        Ask::Feed { cursor } => {
            let after = cursor.as_deref().map(|cursor| format!("&cursor={}", part(cursor)));
            plain("GET", format!("/v1/me/feed?limit={POSTS}{}", after.unwrap_or_default()))
        }
        Ask::Publish { text: post, .. } => {
            with("POST", "/v1/me/feed", object([("text", text(post))]))
        }
        Ask::User(user) => plain("GET", format!("/v1/users/{user}")),
        Ask::Group(group) => plain("GET", format!("/v1/chat/groups/{group}")),
        Ask::Found { name, members } => {
            let members = texts(members.iter().map(ToString::to_string));
            with("POST", "/v1/chat/groups", object([("name", text(name)), ("members", members)]))
        }
        Ask::Add { group, user } => {
            with("PUT", &format!("/v1/chat/groups/{group}/members/{user}"), empty())
        }
        Ask::Remove { group, user } => {
            plain("DELETE", format!("/v1/chat/groups/{group}/members/{user}"))
        }
        Ask::Email(email) => with("PATCH", "/v1/me", object([("email", text(email))])),
        Ask::Settings => plain("GET", "/v1/me/notification-settings".into()),
        Ask::OptOut(OptedOut { channels, templates }) => {
            let out = object([
                ("channels", texts(channels.iter().cloned())),
                ("templates", texts(templates.iter().cloned())),
            ]);
            with("PUT", "/v1/me/notification-settings", object([("opted_out", out)]))
        }
    };
    let key = match ask {
        Ask::Publish { key, .. } => Some(key.clone()),
        _ => None,
    };
    Request { method, path, body, key }
}

/// The answer to a request that was done; none if it is not understood.
pub(super) fn answer(ask: &Ask, json: &Json) -> Option<Answer> {
    Some(match ask {
        Ask::Cluster => cluster(json)?,
        Ask::LogIn { .. } => Answer::Token(Secret(json.at("token").text()?)),
        Ask::Me | Ask::Email(_) => Answer::Me {
            id: json.at("id").parsed()?,
            name: json.at("name").text()?,
            email: json.at("email").text(),
        },
        Ask::Friends { .. } => {
            Answer::Friends(json.at("friends").each(friend)?, json.at("next").parsed())
        }
        Ask::Blocks => Answer::Friends(json.at("blocks").each(friend)?, None),
        Ask::Conversations => {
            let read =
                |row: &Json| Some((row.at("conversation").parsed()?, row.at("read").number()?));
            Answer::Conversations(json.at("conversations").each(read)?)
        }
        Ask::History { .. } => Answer::Messages(json.at("messages").each(message)?),
        Ask::Feed { .. } => Answer::Posts(json.at("posts").each(post)?, json.at("next").text()),
        Ask::Publish { .. } => Answer::Post(post(json)?),
        Ask::User(_) => Answer::User(json.at("id").parsed()?, json.at("name").text()?),
        Ask::Group(_) | Ask::Found { .. } | Ask::Add { .. } => Answer::Group(
            json.at("conversation").parsed()?,
            Group {
                name: json.at("name").text()?,
                owner: json.at("owner").parsed()?,
                members: json.at("members").each(Json::parsed)?.into_iter().collect(),
            },
        ),
        Ask::Settings | Ask::OptOut(_) => {
            let out = json.at("opted_out");
            let names = |name| Some(out.at(name).each(Json::text)?.into_iter().collect());
            Answer::Settings(OptedOut {
                channels: names("channels")?,
                templates: names("templates")?,
            })
        }
        Ask::SignUp { .. } | Ask::LogOut(_) | Ask::Befriend(_) | Ask::Part(_) => Answer::Done,
        Ask::Block(_) | Ask::Unblock(_) | Ask::Remove { .. } => Answer::Done,
    })
}

/// Why a request was not done: a problem document, or what little is known without one.
pub(super) fn problem(status: u16, json: &Json) -> Problem {
    let kind = json.text_at("type");
    Problem {
        status,
        kind: kind.rsplit(':').next().unwrap_or_default().to_string(),
        title: json.text_at("title"),
        detail: json.text_at("detail"),
    }
}

fn cluster(json: &Json) -> Option<Answer> {
    let is_me = |line: &Json| line.at("is_me").truth() == Some(true);
    let me = json.at("members").list().find(is_me).map(|line| line.text_at("name"));
    let nodes = json.at("members").each(|line| {
        Some(Node {
            name: line.at("name").text()?,
            http: line.at("http").text(),
            is_up: line.text_at("health") == "up" && line.at("connected").truth() == Some(true),
        })
    })?;
    Some(Answer::Cluster { me, nodes })
}

fn friend(json: &Json) -> Option<Friend> {
    let standing = match json.at("state").text()?.as_str() {
        "friends" => Standing::Friends,
        "asked" => Standing::Asked,
        "asks" => Standing::Asks,
        "blocked" => Standing::Blocked,
        _ => return None,
    };
    Some(Friend { id: json.at("id").parsed()?, name: json.at("name").text()?, standing })
}

/// What the open feed sends, if it is understood.
pub(super) fn feed_event(event: &sse::Event) -> Option<FeedEvent> {
    let json = Json::parse(&event.data);
    match event.kind.as_str() {
        "post" => Some(FeedEvent::Post(post(&json)?, event.id.clone())),
        "more" => Some(FeedEvent::More(json.at("before").text()?)),
        _ => None,
    }
}

fn post(json: &Json) -> Option<Post> {
    let author = json.at("author");
    let media = json.at("media");
    let count = |kind: &str| media.list().filter(|one| one.text_at("kind") == kind).count();
    Some(Post {
        id: json.at("id").parsed()?,
        author: author.at("id").parsed()?,
        name: author.at("name").text()?,
        created: Wall::from_millis(json.at("created_at").number()?),
        text: json.text_at("text"),
        images: count("image"),
        videos: count("video"),
    })
}

fn message(json: &Json) -> Option<Message> {
    Some(Message {
        number: json.at("number").number()?,
        author: json.at("author").parsed()?,
        id: json.at("id").text()?,
        time: Wall::from_millis(json.at("time").number()?),
        text: json.at("text").text(),
    })
}

/// What is said first over the socket.
pub(super) fn hello(hello: &Hello, token: &Secret) -> String {
    let known: Vec<(String, u64)> =
        hello.known.iter().map(|(id, &last)| (id.to_string(), last)).collect();
    let known = object(known.iter().map(|(id, last)| (id.as_str(), number(*last))));
    let members = [
        ("type", "hello".into()),
        ("token", JsValue::from_str(&token.0)),
        ("known", known),
        ("backlog", number(u64::from(hello.backlog))),
    ];
    written(&object(members))
}

/// A frame.
pub(super) fn frame(frame: &Frame) -> String {
    let name = |conversation: &ConversationId| JsValue::from(conversation.to_string());
    let mut members: Vec<(&str, JsValue)> = Vec::new();
    let kind = match frame {
        Frame::Send(draft) => {
            members.push(("conversation", name(&draft.conversation)));
            members.push(("id", JsValue::from_str(&draft.id)));
            members.push(("text", JsValue::from_str(&draft.text)));
            members.extend(draft.after.map(|after| ("after", number(after))));
            "send"
        }
        Frame::Read(conversation, last) => {
            members.push(("conversation", name(conversation)));
            members.push(("number", number(*last)));
            "read"
        }
        Frame::Typing(conversation) => {
            members.push(("conversation", name(conversation)));
            "typing"
        }
        Frame::Presence(users) => {
            let users = users.iter().take(ennead::chat::MAX_ASKED).map(ToString::to_string);
            members.push(("users", texts(users)));
            "presence"
        }
        Frame::Ping => "ping",
    };
    members.push(("type", kind.into()));
    written(&object(members))
}

/// What was said over the socket; whatever is not understood is a sign of life.
pub(super) fn told(text: &str) -> Told {
    read(&Json::parse(text)).unwrap_or(Told::Sign)
}

fn read(json: &Json) -> Option<Told> {
    let conversation = || json.at("conversation").parsed::<ConversationId>();
    let user = || json.at("user").parsed::<UserId>();
    Some(match json.at("type").text()?.as_str() {
        "welcome" => Told::Welcome {
            node: json.text_at("node"),
            online: json.at("online").each(Json::parsed)?,
        },
        "ack" => Told::Ack {
            conversation: conversation()?,
            id: json.at("id").text()?,
            number: json.at("number").number()?,
        },
        "messages" => Told::Event(Event::Messages {
            conversation: conversation()?,
            messages: json.at("messages").each(message)?,
        }),
        "read" => {
            let number = json.at("number").number()?;
            Told::Event(Event::Read { conversation: conversation()?, user: user()?, number })
        }
        "typing" => Told::Event(Event::Typing { conversation: conversation()?, user: user()? }),
        "group" => Told::Event(Event::Group { conversation: conversation()? }),
        "presence" => Told::Presence(
            json.at("users")
                .each(|row| Some((row.at("user").parsed()?, row.at("online").truth()?)))?,
        ),
        "error" => {
            let document = json.at("problem");
            let status = document.at("status").number().and_then(|status| status.try_into().ok());
            let problem = problem(status.unwrap_or(0), &document);
            Told::Refused { id: json.at("id").text(), problem }
        }
        _ => return None,
    })
}
