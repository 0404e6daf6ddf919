//! `/v1/urls` and `/{code}`: the shortener.

use super::asked::Path;
use super::body::{self, Body};
use super::problem::Problem;
use super::work;
use crate::base::Wall;
use crate::native::host::Host;
use crate::shortener::{Link, Redirect, Scheme, Shortened, Wish};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The longest body of a request, in bytes: many times the longest address.
const MAX_BODY: usize = 16 << 10;

/// What is posted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    url: String,
    code: Option<String>,
    redirect: Option<u16>,
    /// In milliseconds since 1970.
    expires_at: Option<u64>,
    scheme: Option<String>,
}

fn wish(body: Body) -> Result<Wish, Problem> {
    let expected = "JSON as {\"url\": \"https://...\"}, and if you like \"code\", \"redirect\", \
                    \"expires_at\", \"scheme\"";
    let posted: Posted = body::json(body, MAX_BODY, expected)?;
    let redirect = match posted.redirect {
        None => Redirect::default(),
        Some(status) => Redirect::of_status(status).ok_or_else(|| {
            Problem::bad_request(format!("redirect {status}, expected 301 or 302"))
        })?,
    };
    let scheme = |name: String| {
        name.parse::<Scheme>()
            .map_err(|expected| Problem::bad_request(format!("scheme {name:?}: {expected}")))
    };
    Ok(Wish {
        url: posted.url,
        code: posted.code,
        redirect,
        expires: posted.expires_at.map(Wall::from_millis),
        scheme: posted.scheme.map(scheme).transpose()?,
    })
}

fn described(code: &str, short_url: &str, link: &Link) -> Value {
    json!({
        "code": code,
        "short_url": short_url,
        "url": link.url,
        "redirect": link.redirect.status(),
        "created_at": link.created.as_millis(),
        "expires_at": link.expires.map(Wall::as_millis),
    })
}

/// The node that an address leads to, if it is one of this cluster.
fn own_address(host: &Host, url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    let name = uri.host()?;
    host.is_of_a_node(name, port).then(|| format!("http://{name}:{port}"))
}

/// `POST /v1/urls`.
pub(super) async fn shorten(
    State(host): State<Arc<Host>>,
    body: Body,
) -> Result<Response, Problem> {
    let wish = wish(body)?;
    if let Some(public_url) = own_address(&host, &wish.url) {
        return Err(crate::shortener::Error::Loop { public_url }.into());
    }
    let (made, short_url) = work(&host, |services| async move {
        let made: Shortened = services.shortener.shorten(&wish).await?;
        let short_url = services.shortener.short_url(&made.code);
        Ok::<_, crate::shortener::Error>((made, short_url))
    })
    .await??;
    let status = if made.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response =
        (status, Json(described(&made.code, &short_url, &made.link))).into_response();
    if made.is_new
        && let Ok(location) = HeaderValue::from_str(&short_url)
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET /{code}`.
pub(super) async fn follow(
    State(host): State<Arc<Host>>,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let (link, now) = work(&host, |services| async move {
        let link = services.shortener.follow(&code).await?;
        Ok::<_, crate::shortener::Error>((link, services.now()))
    })
    .await??;
    let status = StatusCode::from_u16(link.redirect.status()).unwrap_or(StatusCode::FOUND);
    let cache = match link.max_age(now) {
        Some(seconds) => format!("public, max-age={seconds}"),
        None => "no-store".to_owned(), // every click is to come here
    };
    // An address is visible ASCII, or it would not have been shortened.
    let location = HeaderValue::from_str(&link.url).map_err(|_| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Problem::new(status, "internal", "Damaged link", "the stored address is no header")
    })?;
    let mut response = (status, [(header::CACHE_CONTROL, cache)]).into_response();
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// `GET /v1/urls/{code}/stats`.
pub(super) async fn stats(
    State(host): State<Arc<Host>>,
    Path(code): Path<String>,
) -> Result<Json<Value>, Problem> {
    let (described, days) = work(&host, |services| async move {
        let stats = services.shortener.stats(&code).await?;
        let short_url = services.shortener.short_url(&code);
        Ok::<_, crate::shortener::Error>((described(&code, &short_url, &stats.link), stats.days))
    })
    .await??;
    let total: u64 = days.iter().map(|(_, clicks)| clicks).sum();
    let days: Vec<Value> = days
        .iter()
        .map(|(day, clicks)| json!({ "day": day.to_string(), "clicks": clicks }))
        .collect();
    let mut described = described;
    described["clicks"] = json!({ "total": total, "by_day": days });
    Ok(Json(described))
}
