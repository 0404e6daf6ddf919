//! `/v1/queries` and `/v1/autocomplete`: queries are counted and completed.

use super::asked::{Path, Query};
use super::body::{self, Body};
use super::problem::Problem;
use super::{services, work};
use crate::autocomplete::{BlockError, MAX_TOP, QueryError, ServiceError, line};
use crate::kv::MAX_VALUE;
use crate::native::host::Host;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The most lines of a list that are taken at once.
const MAX_LINES: usize = 10_000;
/// The longest body with one query, in bytes: many times the longest query.
const MAX_BODY: usize = 16 << 10;
/// How long a browser may show what it was told before: whoever types to and fro asks once.
const CACHED: &str = "private, max-age=10";

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Searched {
    query: String,
    count: Option<u32>,
}

/// The routes.
pub(super) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/v1/queries", post(count))
        .route("/v1/autocomplete", get(complete))
        .route("/v1/autocomplete/blocked", get(blocked))
        .route("/v1/autocomplete/blocked/{phrase}", put(block).delete(free))
}

/// `GET /v1/autocomplete?q=`.
async fn complete(
    State(host): State<Arc<Host>>,
    Query(Asked { q, limit }): Query<Asked>,
) -> Result<Response, Problem> {
    let limit = limit.unwrap_or(MAX_TOP / 2);
    let suggestions =
        work(&host, |services| async move { services.autocomplete.suggest(&q, limit).await });
    let suggestions = suggestions.await??;
    let cached = [(header::CACHE_CONTROL, CACHED)];
    Ok((cached, Json(json!({ "suggestions": suggestions }))).into_response())
}

/// `POST /v1/queries`: one as JSON, or a list with tabs.
async fn count(
    State(host): State<Arc<Host>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let queries = match kind.map(|kind| kind.split(';').next().unwrap_or(kind).trim()) {
        Some("text/tab-separated-values") => list(&body::bytes(body, MAX_VALUE)?)?,
        _ => {
            let expected = "{\"query\": \"...\"}, with a \"count\" if it is not 1, or a list of lines as \
                            text/tab-separated-values";
            let Searched { query, count } = body::json(body, MAX_BODY, expected)?;
            match count {
                Some(0) => return Err(Problem::bad_request("count 0, expected 1 or more")),
                count => vec![(query, u64::from(count.unwrap_or(1)))],
            }
        }
    };
    let counted = queries.len();
    work(&host, |services| async move {
        let queries = queries.iter().map(|(query, count)| (query.as_str(), *count));
        services.autocomplete.record_all(queries).await
    })
    .await??;
    Ok(Json(json!({ "counted": counted })).into_response())
}

fn list(body: &[u8]) -> Result<Vec<(String, u64)>, Problem> {
    let mut queries = Vec::new();
    for (number, text) in body.split(|&byte| byte == b'\n').enumerate() {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let (query, count) = line(text)
            .map_err(|error| Problem::bad_request(format!("line {}: {error}", number + 1)))?;
        if queries.len() == MAX_LINES {
            let detail = format!("more than {MAX_LINES} lines: send the list in parts");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Err(Problem::new(status, "lines", "Too many lines", detail));
        }
        queries.push((query.to_owned(), count));
    }
    Ok(queries)
}

/// `GET /v1/autocomplete/blocked`.
async fn blocked(State(host): State<Arc<Host>>) -> Result<Response, Problem> {
    let blocked = services(&host)?.autocomplete.blocked();
    Ok(Json(json!({ "blocked": blocked })).into_response())
}

/// `PUT /v1/autocomplete/blocked/{phrase}`.
async fn block(
    State(host): State<Arc<Host>>,
    Path(phrase): Path<String>,
) -> Result<StatusCode, Problem> {
    set_blocked(&host, phrase, true).await
}

/// `DELETE /v1/autocomplete/blocked/{phrase}`.
async fn free(
    State(host): State<Arc<Host>>,
    Path(phrase): Path<String>,
) -> Result<StatusCode, Problem> {
    set_blocked(&host, phrase, false).await
}

async fn set_blocked(host: &Host, phrase: String, is: bool) -> Result<StatusCode, Problem> {
    work(host, |services| async move { services.autocomplete.set_blocked(&phrase, is).await })
        .await??;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let detail = error.to_string();
        let (status, kind, title) = match error {
            ServiceError::Query(QueryError::Full { .. }) => {
                (StatusCode::SERVICE_UNAVAILABLE, "queries-full", "No room for new queries")
            }
            ServiceError::Query(_) => (StatusCode::BAD_REQUEST, "query", "Query not understood"),
            ServiceError::Block(BlockError::Full) => {
                (StatusCode::CONFLICT, "blocked-full", "Too many blocked words")
            }
            ServiceError::Block(_) => (StatusCode::BAD_REQUEST, "phrase", "Phrase not understood"),
            ServiceError::Port(error) => return error.into(),
            ServiceError::Loading => (StatusCode::SERVICE_UNAVAILABLE, "loading", "Still reading"),
            ServiceError::Behind(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "behind", "Queries are not being stored")
            }
            ServiceError::Overloaded => {
                (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too many queries at once")
            }
            ServiceError::Partly { counted, unsure, error } => {
                return Self::from(*error)
                    .saying(detail)
                    .with("may_have_happened", json!(true))
                    .with("counted", json!(counted))
                    .with("unsure", json!(unsure));
            }
        };
        Self::new(status, kind, title, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv;
    use serde_json::Value;

    #[tokio::test]
    async fn r13_2_a_list_that_was_counted_in_part_is_answered_with_how_far() {
        let cause = kv::Error::Unreachable { healthy: 1, needed: 2 };
        let error = Box::new(ServiceError::from(cause));
        let problem = Problem::from(ServiceError::Partly { counted: 250, unsure: 240, error });
        let response = problem.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["type"], "urn:ennead:problem:unreachable");
        let told = (&body["may_have_happened"], &body["counted"], &body["unsure"]);
        assert_eq!(told, (&json!(true), &json!(250), &json!(240)));
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.starts_with("250 queries are counted; the 240 after them"), "{detail}");
    }

    #[test]
    fn counts_of_a_list_are_bounded() {
        assert_eq!(list(b"a\t1\n\nb\t4294967295\n").unwrap().len(), 2);
        assert!(list(b"a\t18446744073709551615").is_err());
    }
}
