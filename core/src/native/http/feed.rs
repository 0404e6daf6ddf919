//! `/v1/me/feed`, `/v1/posts`: the news feed.

use super::asked::{Path, Query};
use super::body::{self, Body};
use super::problem::Problem;
use super::session::Signed;
use super::{accounts, services, work};
use crate::accounts::User;
use crate::feed::{Draft, Error, Live, MAX_PAGE, Media, Place, Post, PostId};
use crate::native::host::Host;
use crate::native::ports::Handle;
use crate::port::UserId;
use crate::services::Services;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The longest body, in bytes: the longest post, written with escapes.
const MAX_BODY: usize = 256 << 10;
/// Posts of a page if it is not said.
const PAGE: u16 = 20;
/// Feeds that may be open at one node.
const MAX_OPEN: usize = 1_000;
/// And those of one user: as many as devices, and some that were closed and not yet missed.
const MAX_OPEN_OF_USER: u16 = 16;
/// After which time an open feed asks again when the store refused.
const PAUSE: Duration = Duration::from_secs(1);
static OPEN: Mutex<BTreeMap<UserId, u16>> = Mutex::new(BTreeMap::new());

/// The place of one open feed, given back when it is dropped.
struct OpenPlace(UserId);

impl OpenPlace {
    fn take(user: UserId) -> Result<Self, Problem> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().map(|&count| usize::from(count)).sum::<usize>() >= MAX_OPEN {
            let detail = format!("{MAX_OPEN} feeds are open at this node: ask another one");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(Problem::new(status, "feeds", "Too many open feeds", detail));
        }
        let of_user = open.entry(user).or_default();
        if *of_user >= MAX_OPEN_OF_USER {
            let detail = format!("you have {MAX_OPEN_OF_USER} feeds open at this node: close one");
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Err(Problem::new(status, "feeds", "Too many open feeds", detail));
        }
        *of_user += 1;
        Ok(Self(user))
    }
}

impl Drop for OpenPlace {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut of_user) = open.entry(self.0) {
            *of_user.get_mut() -= 1;
            if *of_user.get() == 0 {
                of_user.remove();
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    #[serde(default)]
    text: String,
    #[serde(default)]
    media: Vec<Media>,
}

#[derive(Deserialize)]
struct Asked {
    cursor: Option<String>,
    limit: Option<u16>,
}

/// The routes.
pub(super) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/v1/me/feed", get(read).post(publish))
        .route("/v1/me/feed/events", get(events))
        .route("/v1/posts/{post}", get(look).delete(delete))
}

/// A post with its author.
async fn shown(services: &Services<Handle>, post: &Post) -> Result<Value, Problem> {
    Ok(shown_by(&*services.accounts.user(post.author).await?, post))
}

fn shown_by(author: &User, post: &Post) -> Value {
    json!({
        "id": post.id.to_string(),
        "author": accounts::shown(author),
        "created_at": post.created.as_millis(),
        "text": post.text,
        "media": post.media,
    })
}

fn post_id(text: &str) -> Result<PostId, Problem> {
    text.parse().map_err(|_| {
        let detail = format!("there is no post {text:?}: posts have numbers");
        Problem::new(StatusCode::NOT_FOUND, "no-post", "No such post", detail)
    })
}

/// `POST /v1/me/feed`.
async fn publish(
    State(host): State<Arc<Host>>,
    signed: Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let expected = "JSON as {\"text\": \"...\"}, and if you like \"media\": [{\"kind\": \"image\" or \"video\", \
                    \"url\": \"https://...\"}]";
    let Posted { text, media } = body::json(body, MAX_BODY, expected)?;
    let key = match headers.get("idempotency-key").map(HeaderValue::to_str) {
        None => None,
        Some(Ok(key)) => Some(key.to_owned()),
        Some(Err(_)) => {
            return Err(Problem::bad_request("Idempotency-Key: expected visible ASCII"));
        }
    };
    let shown = work(&host, move |services| async move {
        // Before it: once there is a post, nothing may be refused.
        let author = services.accounts.user(signed.user).await?;
        let post = services.feed.publish(signed.user, Draft { text, media, key }).await?;
        Ok::<_, Problem>((post.id, shown_by(&author, &post)))
    })
    .await??;
    let (id, shown) = shown;
    let mut response = (StatusCode::CREATED, Json(shown)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/posts/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET /v1/me/feed`.
async fn read(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Query(Asked { cursor, limit }): Query<Asked>,
) -> Result<Json<Value>, Problem> {
    let limit = limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Problem::bad_request(format!("limit {limit}, expected 1 to {MAX_PAGE}")));
    }
    let before = cursor.as_deref().map(str::parse::<PostId>).transpose().map_err(|_| {
        Problem::bad_request("the cursor is not understood: send the \"next\" of the page before")
    })?;
    let (posts, next) = work(&host, move |services| async move {
        let page = services.feed.page(signed.user, before, limit).await?;
        let mut posts = Vec::with_capacity(page.posts.len());
        for post in &page.posts {
            posts.push(shown(&services, post).await?);
        }
        Ok::<_, Problem>((posts, page.next))
    })
    .await??;
    Ok(Json(json!({ "posts": posts, "next": next.map(|next| next.to_string()) })))
}

/// `GET /v1/posts/{post}`.
async fn look(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = post_id(&id)?;
    let shown = work(&host, move |services| async move {
        let post = services.feed.post(signed.user, id).await?;
        shown(&services, &post).await
    })
    .await??;
    Ok(Json(shown))
}

/// `DELETE /v1/posts/{post}`.
async fn delete(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = post_id(&id)?;
    work(&host, move |services| async move { services.feed.delete(signed.user, id).await })
        .await??;
    Ok(StatusCode::NO_CONTENT)
}

/// An open feed and what it has still to send.
struct Sending {
    host: Arc<Host>,
    services: Arc<Services<Handle>>,
    signed: Signed,
    live: Live,
    waiting: Option<Arc<Post>>,
    _open: OpenPlace,
}

/// `GET /v1/me/feed/events`: server-sent events, until the session ends.
async fn events(
    State(host): State<Arc<Host>>,
    signed: Signed,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = headers.get("last-event-id").map(|id| id.to_str().ok()?.parse::<Place>().ok());
    let place = last.map(|last| {
        let detail = "Last-Event-ID is not understood: send the id of the last event, or none";
        last.ok_or_else(|| Problem::bad_request(detail))
    });
    let place = place.transpose()?;
    let open_place = OpenPlace::take(signed.user)?;
    let services = services(&host)?;
    // Before it is answered: whatever is posted after the answer is shown.
    let live = services.feed.open(signed.user, place).await?;
    let sending = Sending { host, services, signed, live, waiting: None, _open: open_place };
    let events = stream::unfold(sending, |mut sending| async move {
        let event = sending.next().await?;
        Some((Ok::<_, Infallible>(event), sending))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

impl Sending {
    /// Waits while the store refuses; none if the node stops meanwhile.
    async fn pause(&self) -> Option<()> {
        tokio::time::timeout(PAUSE, self.host.until_stopping()).await.is_err().then_some(())
    }

    /// The next post as an event; none when the session or the node ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            // Before each event: whoever has logged out is shown nothing more.
            match self.services.accounts.check(self.signed.session).await {
                Ok(_) => {}
                Err(crate::accounts::Error::Session) => return None,
                Err(_) => {
                    self.pause().await?;
                    continue;
                }
            }
            if let Some(before) = self.live.missed() {
                let data = json!({ "before": before.to_string() });
                return Some(Event::default().event("more").data(data.to_string()));
            }
            if let Some(post) = self.waiting.take() {
                let Ok(data) = shown(&self.services, &post).await else {
                    self.waiting = Some(post);
                    self.pause().await?;
                    continue;
                };
                let event = Event::default().event("post").id(self.live.place().to_string());
                return Some(event.data(data.to_string()));
            }
            let host = Arc::clone(&self.host);
            tokio::select! {
                biased;
                () = host.until_stopping() => return None,
                post = self.services.feed.next_post(&mut self.live) => match post {
                    Ok(post) => self.waiting = post,
                    Err(_) => tokio::time::sleep(PAUSE).await,
                },
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let (status, kind, title) = match error {
            Error::Port(error) => return error.into(),
            Error::Ids(error) => return error.into(),
            Error::Empty | Error::Url => (400, "post", "Post not understood"),
            Error::Text { .. } | Error::Media { .. } => (413, "post", "Post too long"),
            Error::Key { .. } => (400, "key", "Key not possible"),
            Error::NotYours { .. } => (403, "not-yours", "Not your post"),
            Error::Unknown { .. } => (404, "no-post", "No such post"),
            Error::TooOften { wait } => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                return Self::new(status, "too-often", "Too many posts", detail).retry_after(wait);
            }
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, kind, title, detail)
    }
}
