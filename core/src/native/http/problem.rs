//! Errors as RFC 9457 problem documents.

use crate::base::Span;
use crate::ids;
use crate::kv::Error;
use crate::native::host::Host;
use crate::native::node_thread::Stopped;
use crate::port;
use crate::shortener;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// What went wrong, for people and for machines.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    more: Map<String, Value>,
    retry_after: Option<Span>,
}

impl Problem {
    /// A problem of a kind, which names it for good, and a title and detail in words.
    pub(super) fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { status, kind, title, detail: detail.into(), more: Map::new(), retry_after: None }
    }

    /// The same by the number of its status, as the errors of services are told.
    pub(super) fn numbered(
        status: u16,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, kind, title, detail)
    }

    /// A request that is not understood.
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "Request not understood", detail)
    }

    /// Nobody in particular asks, and somebody must.
    pub(super) fn unauthorised(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", "Not logged in", detail)
    }

    /// The same, to be tried again after a while.
    pub(super) const fn retry_after(mut self, wait: Span) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What a request started ended without an answer.
    pub(super) fn ended() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let detail = "what was asked may have happened: look, or ask again";
        Self::new(status, "ended", "The request's work ended early", detail)
            .with("may_have_happened", json!(true))
    }

    /// The same in other words.
    pub(super) fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same with one more member.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// The document itself.
    pub(super) fn document(&self) -> Value {
        let mut document = Map::new();
        document.insert("type".into(), format!("urn:ennead:problem:{}", self.kind).into());
        document.insert("title".into(), self.title.into());
        document.insert("status".into(), self.status.as_u16().into());
        document.insert("detail".into(), self.detail.clone().into());
        document.extend(self.more.clone());
        Value::Object(document)
    }

    /// The cluster is not founded yet, and who is missing.
    pub(super) fn not_founded(host: &Host) -> Self {
        let missing: Vec<String> = host.missing().iter().map(ToString::to_string).collect();
        let problems: Map<String, Value> = host
            .problems()
            .into_iter()
            .map(|(peer, problem)| (peer.to_string(), Value::String(problem)))
            .collect();
        let detail = if missing.is_empty() {
            "all peers are there; the founder is about to say so".to_owned()
        } else {
            format!("waiting for the peers {}: start them, or correct --join", missing.join(", "))
        };
        let title = "The cluster is not founded yet";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-founded", title, detail)
            .with("missing", json!(missing))
            .with("problems", Value::Object(problems))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, kind, title) = match &error {
            Error::KeyLength { .. } => (400, "key", "Key too long or empty"),
            Error::ValueLength { .. } => (413, "value", "Value too long"),
            Error::Context => (400, "context", "Context not understood"),
            Error::Siblings => (409, "siblings", "Too many siblings"),
            Error::Copies { .. } => (400, "copies", "More copies than nodes"),
            Error::Quorum { .. } => (400, "quorum", "Quorum not possible"),
            Error::Unreachable { .. } => (503, "unreachable", "Quorum not reachable"),
            Error::Timeout { .. } => (504, "timeout", "Quorum not reached in time"),
            Error::NoMajority { .. } => (503, "no-majority", "No majority agreed"),
            Error::Overloaded { .. } => (503, "overloaded", "Too many requests under way"),
            Error::StoodStill => (503, "stood-still", "The node stood still"),
            Error::Layout { .. } => (503, "layout", "Nodes hold different layouts"),
            Error::Range { .. } => (400, "range", "Range not understood"),
        };
        let unsure = error.may_have_happened();
        let problem = Self::numbered(status, kind, title, error.to_string());
        if unsure { problem.with("may_have_happened", json!(true)) } else { problem }
    }
}

impl From<Stopped> for Problem {
    fn from(stopped: Stopped) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, "stopping", "The node is stopping", stopped.to_string())
    }
}

impl From<port::Error> for Problem {
    fn from(error: port::Error) -> Self {
        match error {
            port::Error::Store(error) => error.into(),
            port::Error::Busy => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Self::new(status, "busy", "Too much to compute", error.to_string())
            }
            port::Error::Stopped => Self::from(Stopped).with("may_have_happened", json!(true)),
            port::Error::Begun(ref why) => {
                let mut problem = Self::from(port::Error::clone(why));
                problem.detail = error.to_string();
                problem.with("may_have_happened", json!(true))
            }
        }
    }
}

impl From<ids::Error> for Problem {
    fn from(error: ids::Error) -> Self {
        let (status, kind, title) = match error {
            ids::Error::Port(error) => return error.into(),
            ids::Error::Count { .. } => (400, "count", "None or too many ids"),
            ids::Error::Workers { .. } => (503, "workers", "No worker id free"),
            ids::Error::Id(_) => (503, "clock", "No id now"),
        };
        Self::numbered(status, kind, title, error.to_string())
    }
}

impl From<shortener::Error> for Problem {
    fn from(error: shortener::Error) -> Self {
        use shortener::Error;
        let (status, kind, title) = match error {
            Error::Port(error) => return error.into(),
            Error::Url { .. } => (400, "url", "Address refused"),
            Error::Loop { .. } => (400, "loop", "Address of this service"),
            Error::Code { .. } => (400, "code", "Code not possible"),
            Error::Reserved { .. } => (400, "reserved", "Code reserved"),
            Error::Expired { .. } => (400, "expired", "Expiry has passed"),
            Error::Taken { .. } => (409, "taken", "Code taken"),
            Error::Candidates => (409, "candidates", "All candidates taken"),
            Error::Exhausted => (503, "exhausted", "No codes left"),
            Error::Unknown { .. } => (404, "no-link", "No such link"),
            Error::Gone { .. } => (410, "gone", "The link has ended"),
        };
        Self::numbered(status, kind, title, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, self.document().to_string()).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_micros().div_ceil(1_000_000).max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        } else if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"ennead\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn document(problem: Problem) -> (StatusCode, String, Value) {
        let response = problem.into_response();
        let status = response.status();
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, kind, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn r6_18_errors_are_problem_documents() {
        let error = Error::Quorum { which: 'w', got: 4, copies: 3 };
        let (status, kind, body) = document(error.into()).await;
        assert_eq!((status.as_u16(), kind.as_str()), (400, "application/problem+json"));
        assert_eq!(body["type"], "urn:ennead:problem:quorum");
        assert_eq!(body["status"], 400);
        assert_eq!(body["detail"], "w=4, expected 1 to 3, the number of copies n");
    }

    #[tokio::test]
    async fn r8_7_who_is_refused_for_now_is_told_when_to_try_again() {
        for (millis, seconds) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2"), (90_000, "90")] {
            let problem = Problem::bad_request("not now").retry_after(Span::from_millis(millis));
            assert_eq!(problem.into_response().headers()[header::RETRY_AFTER], seconds);
        }
        assert_eq!(Problem::from(Stopped).into_response().headers()[header::RETRY_AFTER], "1");
        let never = Problem::bad_request("no").into_response();
        assert!(!never.headers().contains_key(header::RETRY_AFTER));
    }

    #[tokio::test]
    async fn what_may_have_happened_is_said() {
        let after = Span::from_secs(1);
        let (status, _, body) = document(Error::Timeout { got: 1, needed: 2, after }.into()).await;
        assert_eq!((status.as_u16(), &body["may_have_happened"]), (504, &json!(true)));
        let (status, _, body) = document(Error::Unreachable { healthy: 1, needed: 2 }.into()).await;
        assert_eq!((status.as_u16(), &body["may_have_happened"]), (503, &Value::Null));
    }
}
