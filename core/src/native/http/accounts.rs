//! `/v1/users`, `/v1/sessions`, `/v1/me`: accounts.

use super::asked::{Path, Query};
use super::body::{self, Body};
use super::problem::Problem;
use super::session::Signed;
use super::{chat, services, work};
use crate::accounts::{
    Changes, Device, DeviceId, Error, LoggedIn, Password, Platform, Relation, SignUp, Standing,
    Step, User,
};
use crate::native::host::Host;
use crate::native::ports::Handle;
use crate::port::UserId;
use crate::services::Services;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The longest body, in bytes: many times the longest that is understood.
const MAX_BODY: usize = 16 << 10;
/// How many friends a page shows if it is not said.
const PAGE: u16 = 100;
/// Rows that one request looks at: a page may have fewer than were asked for, and still a next one.
const LOOKED_AT: u16 = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    name: String,
    password: Password,
    display_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    name: String,
    password: Password,
    #[serde(default)]
    device: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDevice {
    platform: Platform,
    token: String,
}

#[derive(Deserialize)]
struct Listed {
    cursor: Option<String>,
    limit: Option<u16>,
    state: Option<String>,
}

/// The routes.
pub(super) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/v1/users", post(sign_up))
        .route("/v1/users/{user}", get(look))
        .route("/v1/sessions", post(log_in))
        .route("/v1/sessions/current", delete(log_out))
        .route("/v1/me", get(me).patch(edit))
        .route("/v1/me/friends", get(friends))
        .route("/v1/me/friends/{user}", put(befriend).delete(part))
        .route("/v1/me/blocks", get(blocks))
        .route("/v1/me/blocks/{user}", put(block).delete(unblock))
        .route("/v1/me/devices", get(devices).post(add_device))
        .route("/v1/me/devices/{device}", delete(remove_device))
}

/// What others see of a user.
pub(super) fn shown(user: &User) -> Value {
    let User { id, name, details, .. } = user;
    json!({ "id": id.to_string(), "name": name, "display_name": details.display_name })
}

/// What a user sees of itself.
fn shown_to_itself(user: &User) -> Value {
    let mut shown = shown(user);
    shown["email"] = json!(user.details.email);
    shown["phone"] = json!(user.details.phone);
    shown["created_at"] = json!(user.created.as_millis());
    shown
}

/// The user of a part of an address: a number, or a name.
pub(super) async fn user_of(services: &Services<Handle>, text: &str) -> Result<UserId, Error> {
    match text.parse::<UserId>() {
        Ok(id) => Ok(id),
        Err(_) => services.accounts.named(text).await,
    }
}

/// `POST /v1/users`.
async fn sign_up(State(host): State<Arc<Host>>, body: Body) -> Result<Response, Problem> {
    let expected = "JSON as {\"name\": \"ana\", \"password\": \"...\"}, and if you like \"display_name\", \
                    \"email\", \"phone\"";
    let Registration { name, password, display_name, email, phone } =
        body::json(body, MAX_BODY, expected)?;
    let details = Changes { display_name, email, phone };
    let wish = SignUp { name, password, details };
    let user = work(&host, |services| async move {
        let id = services.accounts.sign_up(&wish).await?;
        services.accounts.user(id).await
    })
    .await??;
    let location = HeaderValue::from_str(&format!("/v1/users/{}", user.id));
    let mut response = (StatusCode::CREATED, Json(shown_to_itself(&user))).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET /v1/users/{user}`.
async fn look(
    State(host): State<Arc<Host>>,
    Path(text): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user = work(&host, |services| async move {
        let id = user_of(&services, &text).await?;
        services.accounts.user(id).await
    })
    .await??;
    Ok(Json(shown(&user)))
}

/// `POST /v1/sessions`.
async fn log_in(State(host): State<Arc<Host>>, body: Body) -> Result<Response, Problem> {
    let expected = "JSON as {\"name\": \"ana\", \"password\": \"...\"}, and if you like \"device\"";
    let Credentials { name, password, device } = body::json(body, MAX_BODY, expected)?;
    let chat_server = chat::recommended(&host, &*services(&host)?);
    let (opened, user) = work(&host, |services| async move {
        let opened = services.accounts.log_in(&name, &password, &device).await?;
        let user = services.accounts.user(opened.session.user).await?;
        Ok::<_, Error>((opened, user))
    })
    .await??;
    let LoggedIn { token, session } = opened;
    let answer = json!({
        "token": token.secret(),
        "user": shown_to_itself(&user),
        "device": session.device,
        "created_at": session.created.as_millis(),
        "expires_at": session.expires.as_millis(),
        "chat_server": chat_server,
    });
    // The token is in it: no cache may keep it (RFC 6749, section 5.1).
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, uncached, Json(answer)).into_response())
}

/// `DELETE /v1/sessions/current`.
async fn log_out(State(host): State<Arc<Host>>, signed: Signed) -> Result<StatusCode, Problem> {
    work(&host, |services| async move { services.accounts.log_out(signed.session).await })
        .await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/me`.
async fn me(State(host): State<Arc<Host>>, signed: Signed) -> Result<Json<Value>, Problem> {
    let user =
        work(&host, |services| async move { services.accounts.user(signed.user).await }).await??;
    Ok(Json(shown_to_itself(&user)))
}

/// `PATCH /v1/me`.
async fn edit(
    State(host): State<Arc<Host>>,
    signed: Signed,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let expected = "JSON with any of \"display_name\", \"email\", \"phone\"";
    let changes: Changes = body::json(body, MAX_BODY, expected)?;
    let user =
        work(&host, |services| async move { services.accounts.edit(signed.user, changes).await })
            .await??;
    Ok(Json(shown_to_itself(&user)))
}

/// `GET /v1/me/friends`: friends, and those whom one of the two has asked.
async fn friends(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Query(listed): Query<Listed>,
) -> Result<Json<Value>, Problem> {
    let wanted = match listed.state.as_deref() {
        None => vec![Relation::Friends, Relation::Asked, Relation::Asks],
        Some("friends") => vec![Relation::Friends],
        Some("asked") => vec![Relation::Asked],
        Some("asks") => vec![Relation::Asks],
        Some(got) => {
            let detail = format!("state {got:?}, expected friends, asked or asks");
            return Err(Problem::bad_request(detail));
        }
    };
    list(&host, signed, &listed, wanted, "friends").await
}

/// `GET /v1/me/blocks`.
async fn blocks(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Query(listed): Query<Listed>,
) -> Result<Json<Value>, Problem> {
    list(&host, signed, &listed, vec![Relation::Blocked], "blocks").await
}

async fn list(
    host: &Host,
    signed: Signed,
    listed: &Listed,
    wanted: Vec<Relation>,
    name: &'static str,
) -> Result<Json<Value>, Problem> {
    let limit = listed.limit.unwrap_or(PAGE);
    if !(1..=1_000).contains(&limit) {
        return Err(Problem::bad_request(format!("limit {limit}, expected 1 to 1000")));
    }
    let mut after = match listed.cursor.as_deref().map(str::parse::<UserId>) {
        None => None,
        Some(Ok(after)) => Some(after),
        Some(Err(_)) => {
            let detail = "the cursor is not understood: send the \"next\" of the page before";
            return Err(Problem::bad_request(detail));
        }
    };
    let (rows, next) = work(host, |services| async move {
        let accounts = &services.accounts;
        let mut rows = Vec::new();
        for _ in 0..LOOKED_AT / PAGE {
            let (page, next) = accounts.page(signed.user, after, PAGE).await?;
            for (other, standing) in page {
                if rows.len() == usize::from(limit) {
                    return Ok((rows, after));
                }
                if wanted.contains(&standing.relation()) {
                    rows.push(related(&*accounts.user(other).await?, &standing));
                }
                after = Some(other);
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        Ok::<_, Error>((rows, after))
    })
    .await??;
    Ok(Json(json!({ name: rows, "next": next.map(|next| next.to_string()) })))
}

fn related(user: &User, standing: &Standing) -> Value {
    let mut shown = shown(user);
    let relation = standing.relation();
    // When it ended would tell who was blocked, and when.
    let since = if relation == Relation::Strangers { 0 } else { standing.since.as_millis() };
    shown["state"] = json!(relation.to_string());
    shown["since"] = json!(since);
    shown
}

/// `PUT /v1/me/friends/{user}`: asks, or accepts.
async fn befriend(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(other): Path<String>,
) -> Result<Json<Value>, Problem> {
    step(&host, signed, other, Step::Befriend).await
}

/// `DELETE /v1/me/friends/{user}`: ends, declines, or takes a question back.
async fn part(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(other): Path<String>,
) -> Result<Json<Value>, Problem> {
    step(&host, signed, other, Step::Part).await
}

/// `PUT /v1/me/blocks/{user}`.
async fn block(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(other): Path<String>,
) -> Result<Json<Value>, Problem> {
    step(&host, signed, other, Step::Block).await
}

/// `DELETE /v1/me/blocks/{user}`.
async fn unblock(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(other): Path<String>,
) -> Result<Json<Value>, Problem> {
    step(&host, signed, other, Step::Unblock).await
}

async fn step(
    host: &Host,
    signed: Signed,
    other: String,
    step: Step,
) -> Result<Json<Value>, Problem> {
    let shown = work(host, |services| async move {
        let other = user_of(&services, &other).await?;
        // Before it: once it is done, nothing may be refused.
        let user = services.accounts.user(other).await?;
        let standing = services.accounts.step(signed.user, other, step).await?;
        Ok::<_, Error>(related(&user, &standing))
    })
    .await??;
    Ok(Json(shown))
}

/// `GET /v1/me/devices`.
async fn devices(State(host): State<Arc<Host>>, signed: Signed) -> Result<Json<Value>, Problem> {
    let devices =
        work(&host, |services| async move { services.accounts.devices(signed.user).await })
            .await??;
    let shown = |(id, device): &(DeviceId, Device)| {
        let since = device.since.as_millis();
        json!({ "id": id.to_string(), "platform": device.platform, "since": since })
    };
    Ok(Json(json!({ "devices": devices.iter().map(shown).collect::<Vec<_>>() })))
}

/// `POST /v1/me/devices`.
async fn add_device(
    State(host): State<Arc<Host>>,
    signed: Signed,
    body: Body,
) -> Result<Response, Problem> {
    let expected = "JSON as {\"platform\": \"apple\", \"android\" or \"web\", \"token\": \"...\"}";
    let NewDevice { platform, token } = body::json(body, MAX_BODY, expected)?;
    let id = work(&host, |services| async move {
        services.accounts.add_device(signed.user, platform, &token).await
    })
    .await??;
    let shown = json!({ "id": id.to_string(), "platform": platform });
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

/// `DELETE /v1/me/devices/{device}`.
async fn remove_device(
    State(host): State<Arc<Host>>,
    signed: Signed,
    Path(device): Path<String>,
) -> Result<StatusCode, Problem> {
    let device: DeviceId = device.parse()?;
    work(
        &host,
        |services| async move { services.accounts.remove_device(signed.user, device).await },
    )
    .await??;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let (status, kind, title) = match error {
            Error::Port(error) => return error.into(),
            Error::Ids(error) => return error.into(),
            Error::Session => return Self::unauthorised(detail),
            Error::Credentials => (403, "credentials", "Name or password wrong"),
            Error::Name { .. } => (400, "name", "Name not possible"),
            Error::Password { .. } => (400, "password", "Password not possible"),
            Error::Detail { .. } => (400, "detail", "Detail not understood"),
            Error::Oneself { .. } => (400, "oneself", "That is you"),
            Error::Taken { .. } => (409, "taken", "Name taken"),
            Error::Blocked { .. } => (403, "blocked", "Blocked"),
            Error::Closed { .. } => (429, "closed", "No more questions taken"),
            Error::Friends { .. } => (409, "friends", "Too many friends"),
            Error::Asked { .. } => (409, "asked", "Too many unanswered questions"),
            Error::Devices => (409, "devices", "Too many devices"),
            Error::Unknown { .. } => (404, "no-user", "No such user"),
            Error::TooOften { .. } => (429, "too-often", "Too many tries"),
            Error::Contended => (503, "contended", "Others change the same"),
            Error::Damaged => (500, "internal", "Damaged account"),
        };
        let problem = Self::numbered(status, kind, title, detail);
        match error {
            Error::TooOften { wait } => problem.retry_after(wait),
            _ => problem,
        }
    }
}
