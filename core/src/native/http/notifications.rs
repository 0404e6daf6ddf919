//! `/v1/notifications`, `/v1/templates`, `/v1/dead-letters`, `/v1/apps`, `/v1/me/notification-settings`.
//!
//! What applications ask is signed: `X-Ennead-App` is the application's key, `X-Ennead-Time` the seconds since 1970, and
//! `X-Ennead-Signature` the HMAC-SHA256, under the application's secret, of method, path, time and `Idempotency-Key` (empty
//! without that header), a line each, and the body ([`crate::notification::sign`]). Applications, templates and dead letters are the operator's, and as open as the listener is.

use super::accounts::user_of;
use super::asked::{Path, Query};
use super::body::{self, Body};
use super::problem::Problem;
use super::session::Signed;
use super::work;
use crate::base::Wall;
use crate::native::host::Host;
use crate::notification::{
    App, DeadLetter, Delivery, DeliveryId, Error, NotificationId, Settings, State as Standing,
    Status, Template, Tracked,
};
use crate::port::{Channel, Notice};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The longest body, in bytes: 32 fields of 1,000 characters have room.
const MAX_BODY: usize = 256 << 10;

/// The routes.
pub(super) fn routes() -> Router<Arc<Host>> {
    let template = get(look_template).put(keep_template).delete(drop_template);
    Router::new()
        .route("/v1/apps", post(make_app))
        .route("/v1/notifications", post(notify))
        .route("/v1/notifications/{id}", get(look))
        .route("/v1/notifications/{id}/events", post(track))
        .route("/v1/templates", get(templates))
        .route("/v1/templates/{name}", template)
        .route("/v1/me/notification-settings", get(settings).put(set_settings))
        .route("/v1/dead-letters", get(dead_letters))
        .route("/v1/dead-letters/{name}", delete(discard))
        .route("/v1/dead-letters/{name}/replay", post(replay))
}

/// What of a request is signed, beside its body.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

/// Whose request it is.
async fn signed_by(host: &Host, asked: &Asked, body: &[u8]) -> Result<App, Problem> {
    let text = |name| {
        let value = asked.headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned).ok_or(Error::Signature { reason: "a header is missing" })
    };
    let (key, signature) = (text("x-ennead-app")?, text("x-ennead-signature")?);
    let time = text("x-ennead-time")?.parse();
    let time = time.map_err(|_| Error::Signature { reason: "the time is no number of seconds" })?;
    let path = asked.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let event = text("idempotency-key").unwrap_or_default();
    let (method, body) = (asked.method.as_str().to_owned(), body.to_vec());
    let app = work(host, |services| async move {
        let (method, path, event) = (method.as_str(), path.as_str(), event.as_str());
        let (key, signature, body) = (key.as_str(), signature.as_str(), body.as_slice());
        let signed =
            crate::notification::Signed { key, time, signature, method, path, event, body };
        services.notifications.check_signature(&signed).await
    })
    .await??;
    Ok(app)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewApp {
    name: String,
}

/// `POST /v1/apps`.
async fn make_app(State(host): State<Arc<Host>>, body: Body) -> Result<Response, Problem> {
    let NewApp { name } = body::json(body, MAX_BODY, "JSON as {\"name\": \"shop\"}")?;
    let app = work(&host, |services| async move { services.notifications.make_app(&name).await })
        .await??;
    let shown = json!({ "name": app.name, "key": app.key, "secret": app.secret.reveal() });
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, uncached, Json(shown)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewNotice {
    to: String,
    template: String,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    not_before: Option<u64>,
}

/// `POST /v1/notifications`.
async fn notify(
    State(host): State<Arc<Host>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = body::bytes(body, MAX_BODY)?;
    let event = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let event = event.map(str::to_owned).ok_or_else(|| {
        Problem::bad_request(
            "the header Idempotency-Key is missing: name the event, once and for all",
        )
    })?;
    let app = signed_by(&host, &Asked { method, uri, headers }, &body).await?;
    let expected = "JSON as {\"to\": \"ana\" or a user's id, \"template\": \"message\", \"fields\": {...}}, and if \
                    you like \"not_before\" in milliseconds since 1970";
    let NewNotice { to, template, fields, not_before } = body::json(Ok(body), MAX_BODY, expected)?;
    let accepted = work(&host, |services| async move {
        let to = user_of(&services, &to).await.map_err(Problem::from)?;
        let notice = Notice { event, to, template, fields };
        let not_before = not_before.map(Wall::from_millis);
        let accepted = services.notifications.accept(&app.key, &notice, not_before).await;
        accepted.map_err(Problem::from)
    })
    .await??;
    let id = accepted.id.to_string();
    let location = [(header::LOCATION, format!("/v1/notifications/{id}"))];
    let shown = json!({ "id": id, "new": accepted.is_new, "deliveries": accepted.deliveries });
    let status = if accepted.is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, location, Json(shown)).into_response())
}

fn unknown(got: &str) -> Error {
    Error::Unknown { got: got.chars().take(64).collect() }
}

fn standing(delivery: &Delivery, state: Option<&Standing>) -> Value {
    let mut shown = json!({
        "id": delivery.id().to_string(),
        "channel": delivery.contact.channel.name(),
        "address": delivery.contact.address,
    });
    let Some(Standing { status, .. }) = state else {
        shown["status"] = json!("waiting");
        return shown;
    };
    shown["status"] = json!(status.name());
    match status {
        Status::Waiting { attempts, due, reason, .. } => {
            shown["attempts"] = json!(attempts);
            shown["due"] = json!(due.as_millis());
            shown["reason"] = json!(reason);
        }
        Status::Dead { at, attempts, reason } => {
            shown["at"] = json!(at.as_millis());
            shown["attempts"] = json!(attempts);
            shown["reason"] = json!(reason);
        }
        Status::Gone { at } | Status::OptedOut { at } => shown["at"] = json!(at.as_millis()),
        Status::Sent { at, attempts, receipt } => {
            shown["at"] = json!(at.as_millis());
            shown["attempts"] = json!(attempts);
            shown["receipt"] = json!(receipt);
        }
    }
    shown
}

/// `GET /v1/notifications/{id}`: for the application that gave it over.
async fn look(
    State(host): State<Arc<Host>>,
    Path(text): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let app = signed_by(&host, &Asked { method, uri, headers }, &[]).await?;
    let id = NotificationId::parse(&text).ok_or_else(|| unknown(&text))?;
    let view =
        work(&host, |services| async move { services.notifications.look(id).await }).await??;
    if view.notification.sender != app.key {
        return Err(unknown(&text).into());
    }
    let deliveries = view.deliveries.iter();
    let deliveries: Vec<Value> =
        deliveries.map(|(delivery, state)| standing(delivery, state.as_ref())).collect();
    let tracked = view.tracked.iter().map(|((kind, delivery), at)| {
        json!({ "what": kind.name(), "delivery": delivery.to_string(), "at": at.as_millis() })
    });
    let notification = &view.notification;
    Ok(Json(json!({
        "id": text,
        "event": notification.event,
        "to": notification.to.to_string(),
        "template": notification.template,
        "title": notification.message.title,
        "body": notification.message.body,
        "accepted_at": notification.accepted.as_millis(),
        "due": notification.due.as_millis(),
        "deliveries": deliveries,
        "events": tracked.collect::<Vec<Value>>(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Happened {
    delivery: String,
    what: String,
}

/// `POST /v1/notifications/{id}/events`: what became of a delivery.
async fn track(
    State(host): State<Arc<Host>>,
    Path(text): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let body = body::bytes(body, MAX_BODY)?;
    let app = signed_by(&host, &Asked { method, uri, headers }, &body).await?;
    let expected = "JSON as {\"delivery\": \"...\", \"what\": \"delivered\", \"opened\", \"clicked\" or \
                    \"converted\"}";
    let Happened { delivery, what } = body::json(Ok(body), MAX_BODY, expected)?;
    let kind = Tracked::ALL.into_iter().find(|kind| kind.name() == what);
    let kind = kind.ok_or_else(|| Problem::bad_request(format!("expected {expected}")))?;
    let id = NotificationId::parse(&text).ok_or_else(|| unknown(&text))?;
    let delivery = DeliveryId::parse(&delivery).ok_or_else(|| unknown(&delivery))?;
    let is_new = work(&host, |services| async move {
        let view = services.notifications.look(id).await?;
        if view.notification.sender != app.key {
            return Err(unknown(&text));
        }
        services.notifications.track(id, delivery, kind).await
    })
    .await??;
    Ok(Json(json!({ "new": is_new })))
}

fn shown_template(template: &Template) -> Value {
    let places: BTreeSet<&str> = template.places();
    json!({ "title": template.title(), "body": template.body(), "places": places })
}

/// `GET /v1/templates`.
async fn templates(State(host): State<Arc<Host>>) -> Result<Json<Value>, Problem> {
    let all =
        work(&host, |services| async move { services.notifications.templates().await }).await??;
    let all: Map<String, Value> =
        all.iter().map(|(name, template)| (name.clone(), shown_template(template))).collect();
    Ok(Json(json!({ "templates": all })))
}

/// `GET /v1/templates/{name}`.
async fn look_template(
    State(host): State<Arc<Host>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let template =
        work(&host, |services| async move { services.notifications.template(&name).await })
            .await??;
    Ok(Json(shown_template(&template)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTemplate {
    title: String,
    #[serde(default)]
    body: String,
}

/// `PUT /v1/templates/{name}`.
async fn keep_template(
    State(host): State<Arc<Host>>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let expected = "JSON as {\"title\": \"{from} wrote\", \"body\": \"{text}\"}";
    let NewTemplate { title, body } = body::json(body, MAX_BODY, expected)?;
    let template = Template::new(&title, &body)?;
    let shown = shown_template(&template);
    work(&host, |services| async move {
        services.notifications.set_template(&name, Some(&template)).await
    })
    .await??;
    Ok(Json(shown))
}

/// `DELETE /v1/templates/{name}`.
async fn drop_template(
    State(host): State<Arc<Host>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    work(&host, |services| async move { services.notifications.set_template(&name, None).await })
        .await??;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptedOut {
    #[serde(default)]
    channels: Vec<String>,
    #[serde(default)]
    templates: BTreeSet<String>,
}

fn shown_settings(settings: &Settings) -> Value {
    let channels: Vec<&str> = settings.channels.iter().map(|channel| channel.name()).collect();
    json!({ "opted_out": { "channels": channels, "templates": settings.templates } })
}

/// `GET /v1/me/notification-settings`.
async fn settings(State(host): State<Arc<Host>>, signed: Signed) -> Result<Json<Value>, Problem> {
    let settings =
        work(&host, |services| async move { services.notifications.settings(signed.user).await })
            .await??;
    Ok(Json(shown_settings(&settings)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSettings {
    opted_out: OptedOut,
}

/// `PUT /v1/me/notification-settings`.
async fn set_settings(
    State(host): State<Arc<Host>>,
    signed: Signed,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let expected =
        "JSON as {\"opted_out\": {\"channels\": [\"sms\"], \"templates\": [\"posted\"]}}";
    let NewSettings { opted_out } = body::json(body, MAX_BODY, expected)?;
    let channel = |name: &String| {
        let channel = Channel::ALL.into_iter().find(|channel| channel.name() == name);
        let all = Channel::ALL.map(Channel::name).join(", ");
        channel.ok_or_else(|| {
            Problem::bad_request(format!("the channel {name:?} is none; expected one of {all}"))
        })
    };
    let channels = opted_out.channels.iter().map(channel).collect::<Result<_, _>>()?;
    let settings = Settings { channels, templates: opted_out.templates };
    let shown = shown_settings(&settings);
    work(&host, |services| async move {
        services.notifications.set_settings(signed.user, &settings).await
    })
    .await??;
    Ok(Json(shown))
}

#[derive(Deserialize)]
struct Listed {
    cursor: Option<String>,
}

/// `GET /v1/dead-letters`, the oldest first.
async fn dead_letters(
    State(host): State<Arc<Host>>,
    Query(Listed { cursor }): Query<Listed>,
) -> Result<Json<Value>, Problem> {
    let (letters, next) = work(&host, |services| async move {
        services
            .notifications
            .dead_letters(cursor.map(|cursor| cursor.chars().take(64).collect()))
            .await
    })
    .await??;
    let shown = |letter: &DeadLetter| {
        let delivery = &letter.delivery;
        json!({
            "name": letter.name(),
            "at": letter.at.as_millis(),
            "notification": delivery.notification.to_string(),
            "to": delivery.to.to_string(),
            "channel": delivery.contact.channel.name(),
            "address": delivery.contact.address,
            "title": delivery.message.title,
            "attempts": letter.attempts,
            "reason": letter.reason,
        })
    };
    let letters: Vec<Value> = letters.iter().map(shown).collect();
    Ok(Json(json!({ "dead_letters": letters, "next": next })))
}

/// `POST /v1/dead-letters/{name}/replay`.
async fn replay(
    State(host): State<Arc<Host>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    work(&host, |services| async move { services.notifications.replay(&name).await }).await??;
    Ok(StatusCode::ACCEPTED)
}

/// `DELETE /v1/dead-letters/{name}`.
async fn discard(
    State(host): State<Arc<Host>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    work(&host, |services| async move { services.notifications.discard(&name).await }).await??;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let (status, kind, title) = match error {
            Error::Port(error) => return error.into(),
            Error::Event { .. } => (400, "event", "Event not possible"),
            Error::Reused { .. } => (422, "reused", "Event used for something else"),
            Error::Template { .. } => (400, "template", "Template not understood"),
            Error::Name { .. } => (400, "name", "Name not possible"),
            Error::AppName => (400, "name", "Name not possible"),
            Error::NoTemplate { .. } => (404, "no-template", "No such template"),
            Error::TooManyTemplates { .. } => (409, "templates", "Too many templates"),
            Error::Missing { .. } => (400, "missing", "A field is missing"),
            Error::Fields => (400, "fields", "Fields not possible"),
            Error::TooLong { .. } => (413, "words", "Words too long"),
            Error::Ahead { .. } => (400, "ahead", "Too far ahead"),
            Error::NoUser { .. } => (404, "no-user", "No such user"),
            Error::Settings => (400, "settings", "Settings not possible"),
            Error::Unknown { .. } => (404, "unknown", "No such thing"),
            Error::Signature { .. } => (403, "signature", "Signature refused"),
        };
        Self::numbered(status, kind, title, detail)
    }
}
