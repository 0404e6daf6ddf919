//! `/v1/crawls`: open, list, look at and cancel crawls.

use super::asked::{Path, Query};
use super::body::{self, Body};
use super::problem::Problem;
use super::work;
use crate::base::Span;
use crate::crawler::{Address, CrawlError, CrawlView, Filter, MAX_LISTED, Order, Plan, Status};
use crate::kv::MAX_VALUE;
use crate::native::host::Host;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Pages of a crawl unless the request says otherwise.
const PAGES: u64 = 1_000;

/// Crawls on a page unless the request says otherwise.
const LISTED: u16 = 20;

/// Which page of the list is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    limit: Option<u16>,
    cursor: Option<String>,
}

/// What a crawl is asked to do, as JSON says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    seeds: Vec<String>,
    pages: Option<u64>,
    order: Option<OrderWord>,
    domains: Option<Vec<String>>,
    #[serde(default)]
    any_host: bool,
    #[serde(default)]
    deny: Vec<String>,
    delay_ms: Option<u64>,
    parallel: Option<u8>,
    agent: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OrderWord {
    Polite,
    Breadth,
    Depth,
}

impl Wanted {
    fn plan(self) -> Result<Plan, Problem> {
        let read = |text: &String| {
            let problem = |error| Problem::bad_request(format!("seed {text:?}: {error}"));
            Address::parse(text).map_err(problem)
        };
        let seeds: Result<Vec<Address>, Problem> = self.seeds.iter().map(read).collect();
        let mut plan = Plan::new(seeds?, self.pages.unwrap_or(PAGES));
        plan.order = match self.order.unwrap_or(OrderWord::Polite) {
            OrderWord::Polite => Order::PoliteBreadthFirst,
            OrderWord::Breadth => Order::BreadthFirst,
            OrderWord::Depth => Order::DepthFirst,
        };
        let said = Filter::parse(self.domains.as_deref().unwrap_or_default(), &self.deny)
            .map_err(CrawlError::Plan)?;
        plan.filter.deny = said.deny;
        match (self.domains, self.any_host) {
            (None, false) => {}
            (None, true) => plan.filter.domains.clear(),
            (Some(domains), false) if !domains.is_empty() => plan.filter.domains = said.domains,
            (Some(_), _) => {
                let detail = "domains and any_host, or no domains at all: name the domains that the crawl is \
                              confined to, or say any_host, or neither for the hosts of the seeds";
                return Err(Problem::bad_request(detail));
            }
        }
        plan.pace.delay = self.delay_ms.map_or(plan.pace.delay, Span::from_millis);
        plan.parallel = self.parallel.unwrap_or(plan.parallel);
        plan.agent = self.agent.unwrap_or(plan.agent);
        Ok(plan)
    }
}

/// `POST /v1/crawls`.
pub(super) async fn open(State(host): State<Arc<Host>>, body: Body) -> Result<Response, Problem> {
    let expected = r#"an object such as {"seeds": ["http://example.com/"], "pages": 100}"#;
    let wanted: Wanted = body::json(body, MAX_VALUE, expected)?;
    let plan = wanted.plan()?;
    let opened = work(&host, |services| async move { services.crawler.open(&plan).await }).await?;
    let number = opened?;
    let location = format!("/v1/crawls/{number}");
    let body = Json(json!({ "id": number, "status": "waiting" }));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], body).into_response())
}

/// `GET /v1/crawls/{id}`.
pub(super) async fn look(
    State(host): State<Arc<Host>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    let view = work(&host, |services| async move { services.crawler.look(&number).await }).await?;
    Ok(Json(whole(&view?)))
}

/// `DELETE /v1/crawls/{id}`.
pub(super) async fn cancel(
    State(host): State<Arc<Host>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    let view =
        work(&host, |services| async move { services.crawler.cancel(&number).await }).await?;
    Ok(Json(whole(&view?)))
}

/// `GET /v1/crawls`.
pub(super) async fn list(
    State(host): State<Arc<Host>>,
    Query(Page { limit, cursor }): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let limit = limit.unwrap_or(LISTED);
    if !(1..=MAX_LISTED).contains(&limit) {
        let detail = format!("parameter limit={limit}, expected 1 to {MAX_LISTED}");
        return Err(Problem::bad_request(detail));
    }
    let after = cursor.map(Bytes::from);
    let page = work(&host, |services| async move { services.crawler.list(after, limit).await });
    let (crawls, next) = page.await??;
    let crawls: Vec<Value> = crawls.iter().map(shown).collect();
    let cursor = next.map(|next| String::from_utf8_lossy(&next).into_owned());
    Ok(Json(json!({ "crawls": crawls, "cursor": cursor })))
}

/// A crawl with all that it began with.
fn whole(view: &CrawlView) -> Value {
    let seeds: Vec<&str> = view.plan.seeds.iter().map(Address::as_str).collect();
    let mut shown = shown(view);
    shown["seeds"] = json!(seeds);
    shown
}

fn shown(view: &CrawlView) -> Value {
    let status = match view.report.status {
        Status::Waiting => "waiting",
        Status::Running => "running",
        Status::Finished => "finished",
        Status::Cancelled => "cancelled",
    };
    json!({
        "id": view.number,
        "status": status,
        "pages": view.plan.pages,
        "runs": view.report.runs,
        "running_ms": view.report.running.as_millis(),
        "progress": view.report.progress,
    })
}

impl From<CrawlError> for Problem {
    fn from(error: CrawlError) -> Self {
        let detail = error.to_string();
        match error {
            CrawlError::Plan(_) => Self::new(
                StatusCode::BAD_REQUEST,
                "crawl-plan",
                "No such crawl is possible",
                detail,
            ),
            CrawlError::TooMany { .. } => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Self::new(status, "too-many-crawls", "Too many crawls", detail)
            }
            CrawlError::Unknown { .. } => {
                Self::new(StatusCode::NOT_FOUND, "no-crawl", "No such crawl", detail)
            }
            CrawlError::Keep { .. } => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Self::new(status, "not-kept", "Pages cannot be kept", detail)
            }
            CrawlError::Port(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(said: &str) -> Result<Plan, String> {
        let wanted: Wanted = serde_json::from_str(said).unwrap();
        wanted.plan().map_err(|problem| problem.document()["detail"].to_string())
    }

    #[test]
    fn r9_9_a_crawl_is_confined_to_what_was_said_and_to_nothing_that_is_not_understood() {
        let filter = |said: &str| {
            let said = format!(r#"{{"seeds": ["http://a.example/"]{said}}}"#);
            plan(&said).map(|plan| (plan.filter.domains, plan.filter.deny))
        };
        let none = Vec::<String>::new;
        assert_eq!(filter(""), Ok((vec!["a.example".into()], none())));
        assert_eq!(filter(r#", "any_host": true"#), Ok((none(), none())));
        assert_eq!(
            filter(r#", "domains": ["B.Example"], "deny": ["HTTP://b.example:80/x"]"#),
            Ok((vec!["b.example".into()], vec!["http://b.example/x".into()]))
        );
        for refused in [
            r#", "domains": []"#,
            r#", "domains": ["b.example"], "any_host": true"#,
            r#", "domains": ["http://b.example/"]"#,
            r#", "deny": ["/x"]"#,
        ] {
            assert!(filter(refused).is_err(), "{refused}");
        }
    }
}
