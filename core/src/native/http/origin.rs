//! Which pages a browser may ask from.
//!
//! The node listens on this machine only, and so do other people's pages: a browser that visits one lets
//! it send requests here. Two checks keep them out. A request that says which page it comes from
//! (`Origin`, which every browser adds to whatever changes something) must come from a page of the same
//! host and port. And the host that a request names must be an address, `localhost` or the node's public
//! one: a name that somebody lets point here for a moment (DNS rebinding) is none of them.
//! Programs that are no browsers send no `Origin` and are not concerned.

use super::problem::Problem;
use crate::native::host::Host;
use axum::extract::{Request, State};
use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// Lets a request through that comes from nowhere else.
pub(super) async fn guarded(
    State(host): State<Arc<Host>>,
    request: Request,
    next: Next,
) -> Response {
    let running = host.running();
    let public = running.as_ref().map(|running| &*running.services.shortener.options().public_url);
    match check(request.headers(), public.unwrap_or_default()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(headers: &HeaderMap, public_url: &str) -> Result<(), Problem> {
    let text = |name: &HeaderName| {
        let value = headers.get(name)?;
        Some(value.to_str().unwrap_or_default())
    };
    // Only programs of old leave it out.
    let Some(named) = text(&HOST) else { return Ok(()) };
    let forbidden =
        |kind, title, detail: String| Err(Problem::new(StatusCode::FORBIDDEN, kind, title, detail));
    let authority: Option<Authority> = named.parse().ok();
    let name = authority.as_ref().map_or("", Authority::host);
    let public: Option<Uri> = public_url.parse().ok();
    let is_public = public.is_some_and(|public| public.host() == Some(name));
    if !is_public && !is_of_this_machine(name) {
        let detail = format!(
            "the request is for the host {named:?}: ask by an address such as 127.0.0.1, by localhost, or by \
             what --public-url says"
        );
        return forbidden("host", "Host not known", detail);
    }
    let Some(origin) = text(&ORIGIN) else { return Ok(()) };
    let is_own = origin.split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(named));
    if is_own {
        return Ok(());
    }
    let detail = format!("the request comes from a page of {origin}, and only own pages may ask");
    forbidden("origin", "Page of another origin", detail)
}

fn is_of_this_machine(name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let name = name.to_ascii_lowercase();
    bare.parse::<IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn r6_18_pages_of_other_origins_are_kept_out() {
        for (host, origin, expected) in [
            ("127.0.0.1:8101", None, true),
            ("[::1]:8101", None, true),
            ("LocalHost:8101", Some("http://localhost:8101"), true),
            ("127.0.0.1:8101", Some("http://127.0.0.1:8101"), true),
            ("short.example", Some("https://short.example"), true),
            ("127.0.0.1:8101", Some("https://evil.example"), false),
            ("127.0.0.1:8101", Some("http://127.0.0.1:8102"), false),
            ("127.0.0.1:8101", Some("null"), false),
            ("evil.example:8101", None, false),
            ("evil.example:8101", Some("http://evil.example:8101"), false),
            ("localhost.evil.example", None, false),
            ("", None, false),
        ] {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            headers.extend(origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))));
            let checked = check(&headers, "https://short.example");
            assert_eq!(checked.is_ok(), expected, "{host} {origin:?}");
        }
    }
}
