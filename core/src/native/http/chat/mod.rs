//! `/v1/chat`: the chat.
//!
//! | file | what |
//! | --- | --- |
//! | `mod.rs` | servers, conversations, groups, history: plain requests, polling and long polling |
//! | `socket.rs` | `/v1/chat/socket`: a device's WebSocket |
//! | `frames.rs` | what is said over it, as JSON |

mod frames;
mod socket;

use super::accounts::user_of;
use super::asked::{Path, Query};
use super::body::{self, Body};
use super::problem::Problem;
use super::session::Signed;
use super::{services, work};
use crate::base::Span;
use crate::chat::{
    Change, Conversation, ConversationId, Draft, Error, Group, MAX_ASKED, MAX_GROUP, MAX_PAGE, Part,
};
use crate::kv::MAX_VALUE;
use crate::native::host::Host;
use crate::native::ports::Handle;
use crate::port::{Clock as _, LogError, UserId};
use crate::services::Services;
use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use frames::{described, shown};
use serde::Deserialize;
use serde_json::{Value, json};
use socket::Sockets;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The longest body of a request that says something, or frame, in bytes: the longest text in UTF-8 has room more than
/// twice.
const MAX_SAID: usize = MAX_VALUE;
/// The longest body of any other request, in bytes: a group of a hundred has room.
const MAX_BODY: usize = 16 << 10;
/// The longest wait for a message, in seconds.
const MAX_WAIT: u64 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    id: String,
    text: String,
    after: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Founded {
    name: String,
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renamed {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadTo {
    number: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    after: Option<u64>,
    before: Option<u64>,
    limit: Option<u16>,
    /// In seconds.
    wait: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    users: String,
}

/// The routes. `guard` is held by every socket until it is closed.
pub(super) fn routes(guard: mpsc::Sender<()>) -> Router<Arc<Host>> {
    Router::new()
        .route("/v1/chat/server", get(server))
        .route("/v1/chat/socket", get(socket::open))
        .route("/v1/chat/presence", get(presence))
        .route("/v1/chat/conversations", get(conversations))
        .route("/v1/chat/groups", post(open_group))
        .route("/v1/chat/groups/{group}", get(look_group).patch(rename))
        .route("/v1/chat/groups/{group}/members/{user}", put(add).delete(remove))
        .route("/v1/chat/{conversation}/messages", get(history).post(say))
        .route("/v1/chat/{conversation}/read", put(read))
        .layer(Extension(Arc::new(Sockets::new(guard))))
}

/// The conversation of a part of an address, or of a frame: by its name, or as `@` and the number or the name of
/// whom one talks to.
async fn conversation_of(
    services: &Services<Handle>,
    me: UserId,
    text: &str,
) -> Result<ConversationId, Problem> {
    match text.strip_prefix('@') {
        Some(other) => {
            check_names(services, me, &[other])?;
            Ok(ConversationId::between(me, user_of(services, other).await?)?)
        }
        None => Ok(text.parse()?),
    }
}

/// Names are looked up, unlike numbers: that counts as something said, and is counted first.
fn check_names(services: &Services<Handle>, me: UserId, names: &[&str]) -> Result<(), Error> {
    let is_name = |name: &&str| name.parse::<UserId>().is_err();
    if names.iter().any(is_name) { services.chat.check_rate(me) } else { Ok(()) }
}

/// Users, by their numbers or names.
async fn users_of(
    services: &Services<Handle>,
    me: UserId,
    names: &[&str],
) -> Result<Vec<UserId>, Problem> {
    check_names(services, me, names)?;
    let mut users = Vec::new();
    for name in names {
        users.push(user_of(services, name).await?);
    }
    Ok(users)
}

fn group_of(text: &str) -> Result<u64, Problem> {
    let parsed = text.strip_prefix('g').unwrap_or(text).parse();
    parsed.map_err(|_| Problem::bad_request(format!("group {text:?}, expected its number as g99")))
}

/// The best server for one more device, where it answers, and why.
pub(super) fn recommended(host: &Host, services: &Services<Handle>) -> Value {
    let (node, load) = services.chat.recommended();
    let running = host.running();
    let member = running.as_ref().and_then(|running| {
        let seat = running.founding.seats.iter().find(|seat| seat.member.id == node)?;
        Some(seat.member.name.clone())
    });
    let address = member.as_deref().and_then(|name| host.introduction(name)).map(|it| it.http);
    json!({
        "node": member,
        "http": address.map(|address| format!("http://{address}")),
        "socket": address.map(|address| format!("ws://{address}/v1/chat/socket")),
        "connections": load.connections,
        "criterion": "fewest connections among the servers that are heard of and are not about to stop",
    })
}

fn listed(row: &Conversation) -> Value {
    json!({
        "conversation": row.id.to_string(),
        "last": row.last.number,
        "last_at": row.last.time.as_millis(),
        "read": row.read.number,
        "unread": row.unread(),
    })
}

fn group_shown(conversation: ConversationId, group: &Group) -> Value {
    json!({
        "conversation": conversation.to_string(),
        "name": group.name,
        "owner": group.owner.to_string(),
        "members": group.members.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// `GET /v1/chat/server`.
async fn server(State(host): State<Arc<Host>>) -> Result<Json<Value>, Problem> {
    Ok(Json(recommended(&host, &*services(&host)?)))
}

/// `GET /v1/chat/presence?users=1,ben`.
async fn presence(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Query(About { users }): Query<About>,
) -> Result<Json<Value>, Problem> {
    let found = work(&host, |services| async move {
        let names: Vec<&str> = users.split(',').take(MAX_ASKED + 1).collect();
        let ids = users_of(&services, signed.user, &names).await?;
        Ok::<_, Problem>(services.chat.presence(signed.user, &ids).await?)
    })
    .await??;
    Ok(Json(json!({ "users": found.iter().map(frames::presence).collect::<Vec<_>>() })))
}

/// `GET /v1/chat/conversations`.
async fn conversations(
    State(host): State<Arc<Host>>,
    signed: Signed,
) -> Result<Json<Value>, Problem> {
    let list =
        work(&host, |services| async move { services.chat.conversations(signed.user).await })
            .await??;
    Ok(Json(json!({ "conversations": list.iter().map(listed).collect::<Vec<_>>() })))
}

/// `POST /v1/chat/groups`.
async fn open_group(
    State(host): State<Arc<Host>>,
    signed: Signed,
    body: Body,
) -> Result<Response, Problem> {
    let expected = "JSON as {\"name\": \"climbers\", \"members\": [\"ben\", \"12\"]}";
    let Founded { name, members } = body::json(body, MAX_BODY, expected)?;
    let (conversation, group) = work(&host, |services| async move {
        let names: Vec<&str> = members.iter().take(MAX_GROUP + 1).map(String::as_str).collect();
        let others = users_of(&services, signed.user, &names).await?;
        Ok::<_, Problem>(services.chat.open_group(signed.user, &name, &others).await?)
    })
    .await??;
    let location = HeaderValue::from_str(&format!("/v1/chat/groups/{conversation}"));
    let shown = Json(group_shown(conversation, &group));
    let mut response = (StatusCode::CREATED, shown).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET /v1/chat/groups/{group}`.
async fn look_group(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(group): Path<String>,
) -> Result<Json<Value>, Problem> {
    let number = group_of(&group)?;
    let group =
        work(&host, |services| async move { services.chat.group(signed.user, number).await })
            .await??;
    Ok(Json(group_shown(ConversationId::Group(number), &group)))
}

/// `PATCH /v1/chat/groups/{group}`.
async fn rename(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(group): Path<String>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let Renamed { name } = body::json(body, MAX_BODY, "JSON as {\"name\": \"climbers\"}")?;
    change(&host, signed, &group, Change::Rename(name)).await
}

/// A user, by number or name.
async fn one_user(host: &Host, signed: &Signed, name: &str) -> Result<UserId, Problem> {
    let services = services(host)?;
    check_names(&services, signed.user, &[name])?;
    Ok(user_of(&services, name).await?)
}

/// `PUT /v1/chat/groups/{group}/members/{user}`.
async fn add(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path((group, user)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = one_user(&host, &signed, &user).await?;
    change(&host, signed, &group, Change::Add(user)).await
}

/// `DELETE /v1/chat/groups/{group}/members/{user}`.
async fn remove(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path((group, user)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = one_user(&host, &signed, &user).await?;
    change(&host, signed, &group, Change::Remove(user)).await
}

async fn change(
    host: &Host,
    signed: Signed,
    group: &str,
    change: Change,
) -> Result<Json<Value>, Problem> {
    let number = group_of(group)?;
    let group = work(host, |services| async move {
        services.chat.change_group(signed.user, number, &change).await
    })
    .await??;
    Ok(Json(group_shown(ConversationId::Group(number), &group)))
}

/// `GET /v1/chat/{conversation}/messages`: polling, or with `wait` long polling.
async fn history(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(conversation): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let Wanted { after, before, limit, wait } = wanted;
    if after.is_some() && before.is_some() {
        return Err(Problem::bad_request("after and before: expected one of them, or none"));
    }
    let limit = limit.unwrap_or(50);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Problem::bad_request(format!("limit {limit}, expected 1 to {MAX_PAGE}")));
    }
    if let Some(wait) = wait.filter(|&wait| wait > MAX_WAIT || after.is_none()) {
        let detail =
            format!("wait {wait}, expected 0 to {MAX_WAIT} seconds, and a number in after");
        return Err(Problem::bad_request(detail));
    }
    // Who waits holds no work of the node: it may go away at any time.
    let services = services(&host)?;
    let id = conversation_of(&services, signed.user, &conversation).await?;
    let messages = match (after, wait) {
        (Some(after), Some(wait)) => {
            let until = services.ports().now().instant + Span::from_secs(wait);
            let found = services.chat.history_once_there(signed.user, id, after, limit, until);
            tokio::select! {
                biased;
                found = found => found?,
                () = host.until_stopping() => Vec::new(),
            }
        }
        _ => {
            let part = after.map_or(Part::Before(before), Part::After);
            services.chat.history(signed.user, id, part, limit).await?
        }
    };
    let messages: Vec<Value> = messages.iter().map(shown).collect();
    Ok(Json(json!({ "conversation": id.to_string(), "messages": messages })))
}

/// `POST /v1/chat/{conversation}/messages`: what a socket's `send` does.
async fn say(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(conversation): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let expected = "JSON as {\"id\": \"a UUID\", \"text\": \"...\"}, and if you like \"after\"";
    let Said { id, text, after } = body::json(body, MAX_SAID, expected)?;
    let (conversation, id, sent) = work(&host, |services| async move {
        let conversation = conversation_of(&services, signed.user, &conversation).await?;
        let draft = Draft { conversation, id, text, after };
        let sent = services.chat.send(signed.user, &draft).await?;
        Ok::<_, Problem>((conversation, draft.id, sent))
    })
    .await??;
    let status = if sent.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(described(conversation, &id, sent))).into_response())
}

/// `PUT /v1/chat/{conversation}/read`.
async fn read(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(conversation): Path<String>,
    body: Body,
) -> Result<StatusCode, Problem> {
    let ReadTo { number } = body::json(body, MAX_BODY, "JSON as {\"number\": 17}")?;
    work(&host, |services| async move {
        let conversation = conversation_of(&services, signed.user, &conversation).await?;
        services.chat.read(signed.user, conversation, number).await?;
        Ok::<_, Problem>(())
    })
    .await??;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, kind, title) = match error {
            Error::Port(error) => return error.into(),
            Error::Ids(error) => return error.into(),
            Error::Unsure { ref reason } => {
                let problem = Self::from(reason.clone()).saying(error.to_string());
                return problem.with("may_have_happened", json!(true));
            }
            Error::TooOften { after } => {
                let (status, title) = (StatusCode::TOO_MANY_REQUESTS, "Too much at once");
                return Self::new(status, "rate", title, error.to_string()).retry_after(after);
            }
            Error::Text { .. } => (400, "text", "Text empty or too long"),
            Error::Id { .. } => (400, "message-id", "Not a message's id"),
            Error::Conversation { .. } => (400, "conversation", "Not a conversation"),
            Error::Name { .. } => (400, "group-name", "Not a group's name"),
            Error::Group { .. } => (400, "group", "Too many members, or too few"),
            Error::Alone { .. } => (400, "alone", "Talking to oneself"),
            Error::Known { .. } => (400, "known", "Too many conversations"),
            Error::Asked { .. } => (400, "asked", "Too many users"),
            Error::NoUser { .. } => (404, "no-user", "No such user"),
            Error::NotMember { .. } => (404, "no-conversation", "No such conversation here"),
            Error::NotOwner { .. } => (403, "not-owner", "For the owner only"),
            Error::Blocked { .. } => (403, "blocked", "Not to be written to"),
            Error::NotFriends { .. } => (403, "not-friends", "Not a friend"),
            Error::Full => (503, "full", "Too many devices on this node"),
            Error::Devices => (409, "devices", "Too many devices of this user"),
            Error::NotConnected => (409, "not-connected", "Not connected"),
            Error::Contended => (503, "contended", "Others were faster"),
            Error::Log(LogError::Behind { .. }) => (409, "behind", "Too much was said since"),
            Error::Log(_) => (503, "log", "Not appended or read now"),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, kind, title, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kv, port};

    #[test]
    fn r12_8_a_refusal_says_what_may_have_happened_and_what_to_do() {
        let unreachable = port::Error::Store(kv::Error::Unreachable { healthy: 1, needed: 2 });
        let unsure = Problem::from(Error::Unsure { reason: unreachable.clone() }).document();
        assert_eq!((&unsure["status"], &unsure["may_have_happened"]), (&json!(503), &json!(true)));
        assert!(unsure["detail"].as_str().is_some_and(|words| words.contains("under the same id")));
        let sure = Problem::from(Error::Port(unreachable)).document();
        assert_eq!((&sure["status"], &sure["may_have_happened"]), (&json!(503), &Value::Null));
        let behind = Error::Log(LogError::Behind { after: 1, last: 5_000 });
        let behind = Problem::from(behind).document();
        let kind = (&behind["status"], &behind["type"]);
        assert_eq!(kind, (&json!(409), &json!("urn:ennead:problem:behind")));
        assert!(behind["detail"].as_str().is_some_and(|words| words.contains("Read the log")));
    }
}
