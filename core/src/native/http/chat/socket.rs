//! `/v1/chat/socket`: a device's WebSocket (RFC 6455), from its greeting to its end.

use super::frames::{self, Frame};
use super::{MAX_SAID, conversation_of, described, users_of};
use crate::accounts::{self, SessionId, Token};
use crate::chat::{self, Closed, Draft, HEARTBEAT, Hello};
use crate::native::host::Host;
use crate::native::http::problem::Problem;
use crate::native::http::services;
use crate::native::http::session::Signed;
use crate::native::ports::Handle;
use crate::port::UserId;
use crate::services::Services;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, FromRequestParts as _, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, interval_at, timeout};

/// How long a device may take for its greeting, and for taking one frame.
const PATIENCE: Duration = Duration::from_secs(10);
/// Frames of a device that wait to be carried out; then it is not read until there is room.
const WAITING: usize = 16;
/// How often in a row a node may not learn whether a device's login still holds, once a heartbeat; then the device is
/// sent elsewhere.
const UNSURE: u32 = 6;
/// Conversations' last messages that a device gets unless it says how many.
const BACKLOG: u16 = 50;

/// What all sockets of a process share.
pub(super) struct Sockets {
    room: Arc<Semaphore>,
    guard: mpsc::Sender<()>,
}

impl Sockets {
    pub(super) fn new(guard: mpsc::Sender<()>) -> Self {
        Self { room: Arc::new(Semaphore::new(chat::MAX_SESSIONS)), guard }
    }
}

/// Why a socket is closed from this side: a code, and words.
type End = (u16, String);

const STOPPING: u16 = 1012;
const ELSEWHERE: u16 = 1013;
const NOT_UNDERSTOOD: u16 = 1008;
const LOGGED_OUT: u16 = 4001;
const SILENT: u16 = 4002;
const SLOW: u16 = 4003;

/// `GET /v1/chat/socket`.
pub(super) async fn open(
    State(host): State<Arc<Host>>,
    Extension(sockets): Extension<Arc<Sockets>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|error| no_socket(&error))?;
    // The token may be in the header, or else in the greeting: never in the address, which is logged.
    let (mut parts, _) = request.into_parts();
    let signed = match parts.headers.contains_key(header::AUTHORIZATION) {
        true => Some(Signed::from_request_parts(&mut parts, &host).await?),
        false => None,
    };
    let services = services(&host)?;
    let Ok(place) = Arc::clone(&sockets.room).try_acquire_owned() else {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let detail = "all sockets of this node are taken: connect to another";
        return Err(Problem::new(status, "full", "Too many devices on this node", detail));
    };
    let guard = sockets.guard.clone();
    // A text in UTF-8 as JSON escapes it, and what is around it.
    let upgrade = upgrade.max_message_size(MAX_SAID).max_frame_size(MAX_SAID);
    Ok(upgrade.on_upgrade(move |mut socket| async move {
        let (code, reason) = attend(&mut socket, &host, services, signed).await;
        let frame = CloseFrame { code, reason: reason.into() };
        let _ = timeout(PATIENCE, socket.send(Message::Close(Some(frame)))).await; // it may be gone
        drop((place, guard));
    }))
}

/// A request that does not lead to a socket.
fn no_socket(error: &WebSocketUpgradeRejection) -> Problem {
    let detail = format!("{}: this address takes WebSockets (RFC 6455) only", error.body_text());
    Problem::new(error.status(), "no-socket", "Not a WebSocket", detail)
}

async fn attend(
    socket: &mut WebSocket,
    host: &Arc<Host>,
    services: Arc<Services<Handle>>,
    signed: Option<Signed>,
) -> End {
    let greeted = timeout(PATIENCE, greeting(socket, &services, signed)).await;
    let (hello, login) = match greeted {
        Ok(Ok(greeted)) => greeted,
        Ok(Err(end)) => return end,
        Err(_) => return (NOT_UNDERSTOOD, "no hello within ten seconds".into()),
    };
    let user = hello.user;
    let connected = match services.chat.connect(hello).await {
        Ok(connected) => connected,
        Err(error) => {
            let end = match error {
                chat::Error::Known { .. } => (NOT_UNDERSTOOD, error.to_string()),
                _ => (ELSEWHERE, "try again, or at another node".into()),
            };
            let _ = write(socket, &refused(None, error.into())).await; // it is closed anyway
            return end;
        }
    };
    let session = connected.session;
    let online: Vec<String> = connected.online.iter().map(ToString::to_string).collect();
    let welcome = json!({
        "type": "welcome", "user": user.to_string(), "node": host.me.name, "online": online,
    });
    let end = match write(socket, &welcome).await {
        Ok(()) => converse(socket, host, &services, session, user, login).await,
        Err(end) => end,
    };
    services.chat.disconnect(session);
    end
}

/// Who it is, from the first frame.
async fn greeting(
    socket: &mut WebSocket,
    services: &Services<Handle>,
    signed: Option<Signed>,
) -> Result<(Hello, SessionId), End> {
    let text = loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => break text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            _ => return Err((NOT_UNDERSTOOD, "expected a hello as text".into())),
        }
    };
    let Ok(Frame::Hello { token, known, backlog }) = serde_json::from_str(&text) else {
        let reason = "expected {\"type\":\"hello\",\"token\":\"...\"} first";
        return Err((NOT_UNDERSTOOD, reason.into()));
    };
    let signed = match (signed, token) {
        (Some(signed), _) => signed,
        (None, Some(token)) => {
            let session = token.0.parse::<Token>().map_err(not_opened)?.session();
            let user = services.accounts.check(session).await.map_err(not_opened)?.user;
            Signed { user, session }
        }
        (None, None) => return Err((LOGGED_OUT, "no token: log in".into())),
    };
    let mut read = std::collections::BTreeMap::new();
    for (name, number) in known {
        let id = name.parse().map_err(|error: chat::Error| (NOT_UNDERSTOOD, error.to_string()))?;
        read.insert(id, number);
    }
    let login = signed.session.bytes();
    let backlog = backlog.unwrap_or(BACKLOG);
    Ok((Hello { user: signed.user, login, known: read, backlog }, signed.session))
}

/// Why a token opens no connection. Only a login that is none is to be made anew: the store may just not answer.
fn not_opened(error: accounts::Error) -> End {
    match error {
        accounts::Error::Session => (LOGGED_OUT, "the token opens nothing: log in".into()),
        _ => (ELSEWHERE, "this node cannot learn whether the login holds: try another".into()),
    }
}

/// Everything after the greeting.
async fn converse(
    socket: &mut WebSocket,
    host: &Arc<Host>,
    services: &Arc<Services<Handle>>,
    session: chat::SessionId,
    user: UserId,
    login: SessionId,
) -> End {
    let (frames, waiting) = mpsc::channel(WAITING);
    let (replies, mut replied) = mpsc::channel(WAITING);
    // What a device says is carried out in its order, and to its end though the socket is gone.
    let signed = Signed { user, session: login };
    tokio::spawn(carry_out(Arc::clone(services), signed, waiting, replies));
    let every = Duration::from_micros(HEARTBEAT.as_micros());
    let mut beats = interval_at(Instant::now() + every, every);
    let mut unsure = 0;
    // Room for what it says next: without, it is not read.
    let mut room = None;
    // What it is told next is looked for once, however much it says meanwhile.
    let mut next = Box::pin(services.chat.next(session));
    loop {
        let out = tokio::select! {
            () = host.until_stopping() => return (STOPPING, Closed::Draining.to_string()),
            Some(reply) = replied.recv() => Message::Text(reply.to_string().into()),
            _ = beats.tick() => {
                // While it is not listened to, nobody can say that it is silent.
                if room.is_none() {
                    services.chat.heard(session);
                }
                // Word of a log-out may be lost.
                match services.accounts.check(login).await {
                    Ok(_) => unsure = 0,
                    Err(accounts::Error::Session) => {
                        return (LOGGED_OUT, Closed::LoggedOut.to_string());
                    }
                    Err(_) if unsure + 1 >= UNSURE => {
                        let reason = "this node cannot learn whether the login holds: try another";
                        return (ELSEWHERE, reason.into());
                    }
                    Err(_) => unsure += 1,
                }
                Message::Ping(Vec::new().into())
            }
            event = &mut next => match event {
                Ok(event) => {
                    next.set(services.chat.next(session));
                    Message::Text(frames::of_event(&event).to_string().into())
                }
                Err(closed) => return (code(closed), closed.to_string()),
            },
            permit = frames.reserve(), if room.is_none() => match permit {
                Ok(permit) => {
                    room = Some(permit);
                    continue;
                }
                Err(_) => return (ELSEWHERE, "try again, or at another node".into()),
            },
            frame = socket.recv(), if room.is_some() => {
                services.chat.heard(session);
                let text = match frame {
                    Some(Ok(Message::Text(text))) => text,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Binary(_))) => {
                        return (NOT_UNDERSTOOD, "expected text frames".into());
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return (1000, String::new()),
                };
                match serde_json::from_str::<Frame>(&text) {
                    Ok(frame) => {
                        if let Some(room) = room.take() {
                            room.send(frame);
                        }
                        continue;
                    }
                    Err(error) => {
                        let detail = format!("the frame is not understood: {error}");
                        let frame = refused(None, Problem::bad_request(detail));
                        Message::Text(frame.to_string().into())
                    }
                }
            }
        };
        if let Err(end) = push(socket, out).await {
            return end;
        }
    }
}

const fn code(closed: Closed) -> u16 {
    match closed {
        Closed::Silent => SILENT,
        Closed::Slow => SLOW,
        Closed::LoggedOut => LOGGED_OUT,
        Closed::Draining => STOPPING,
        Closed::Gone => 1000,
    }
}

async fn write(socket: &mut WebSocket, frame: &Value) -> Result<(), End> {
    push(socket, Message::Text(frame.to_string().into())).await
}

/// Sends a frame; whoever does not take it in time is cut off.
async fn push(socket: &mut WebSocket, frame: Message) -> Result<(), End> {
    match timeout(PATIENCE, socket.send(frame)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err((1000, String::new())), // it is gone
        Err(_) => Err((SLOW, Closed::Slow.to_string())),
    }
}

fn refused(id: Option<&str>, problem: Problem) -> Value {
    json!({ "type": "error", "id": id, "problem": problem.document() })
}

/// Carries out what a device says, one frame after the other, for as long as its login holds.
async fn carry_out(
    services: Arc<Services<Handle>>,
    signed: Signed,
    mut waiting: mpsc::Receiver<Frame>,
    replies: mpsc::Sender<Value>,
) {
    while let Some(frame) = waiting.recv().await {
        // What came with a login that has ended is not said; the socket is about to be closed. While the node cannot
        // learn whether it has, heartbeats judge.
        let login = services.accounts.check(signed.session).await;
        if matches!(login, Err(accounts::Error::Session)) {
            continue;
        }
        let id = match &frame {
            Frame::Send { id, .. } => Some(id.clone()),
            _ => None,
        };
        let reply = match handle(&services, signed.user, frame).await {
            Ok(reply) => reply,
            Err(problem) => Some(refused(id.as_deref(), problem)),
        };
        if let Some(reply) = reply {
            let _ = replies.send(reply).await; // whoever is gone misses it
        }
    }
}

async fn handle(
    services: &Services<Handle>,
    user: UserId,
    frame: Frame,
) -> Result<Option<Value>, Problem> {
    let conversation = async |name: String| conversation_of(services, user, &name).await;
    Ok(match frame {
        Frame::Hello { .. } => return Err(Problem::bad_request("hello comes first, and once")),
        Frame::Send { conversation: name, id, text, after } => {
            let conversation = conversation(name).await?;
            let draft = Draft { conversation, id, text, after };
            let sent = services.chat.send(user, &draft).await?;
            let mut ack = described(conversation, &draft.id, sent);
            ack["type"] = json!("ack");
            Some(ack)
        }
        Frame::Read { conversation: name, number } => {
            services.chat.read(user, conversation(name).await?, number).await?;
            None
        }
        Frame::Typing { conversation: name } => {
            services.chat.typing(user, conversation(name).await?).await?;
            None
        }
        Frame::Presence { users } => {
            let names: Vec<&str> =
                users.iter().take(chat::MAX_ASKED + 1).map(String::as_str).collect();
            let ids = users_of(services, user, &names).await?;
            let found = services.chat.presence(user, &ids).await?;
            let users: Vec<Value> = found.iter().map(frames::presence).collect();
            Some(json!({ "type": "presence", "users": users }))
        }
        Frame::Ping => Some(json!({ "type": "pong" })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kv, port};

    #[test]
    fn r12_10_only_a_login_that_is_none_is_to_be_made_anew() {
        let unreachable = port::Error::Store(kv::Error::Unreachable { healthy: 1, needed: 2 });
        assert_eq!(not_opened(accounts::Error::Session).0, LOGGED_OUT);
        assert_eq!(not_opened("no token".parse::<Token>().unwrap_err()).0, LOGGED_OUT);
        assert_eq!(not_opened(accounts::Error::Port(unreachable)).0, ELSEWHERE);
    }
}
