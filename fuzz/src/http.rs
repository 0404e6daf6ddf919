//! Requests to every endpoint.
//!
//! An input is text: requests with a line `---` between two of them, each a line `POST /v1/urls`, headers, an empty line and
//! a body. `{name}` stands for the member `name` that an answer before had, so that a request can carry the token that
//! the one before it was given. A request that says `x-ennead-app: {key}` is signed with the application's secret.

use super::node;
use ennead::native::inside::{Answer, Inside};
use ennead::notification;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The most requests of an input.
const REQUESTS: usize = 12;
/// The longest answer, in bytes: a page of values, each as long as one may be, would be longer; inputs are not.
const LONGEST: usize = 8 << 20;
/// How long an answer is waited for. Some wait for news: these are let go.
const PATIENCE: Duration = Duration::from_millis(300);

pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    node::with(async |inside| {
        let mut known = BTreeMap::new();
        for request in text.split("\n---\n").take(REQUESTS) {
            ask(inside, request, &mut known).await;
        }
    });
}

async fn ask(inside: &Inside, request: &str, known: &mut BTreeMap<String, String>) {
    let mut request = request.to_owned();
    for (name, value) in known.iter() {
        request = request.replace(&format!("{{{name}}}"), value);
    }
    let (head, body) = request.split_once("\n\n").unwrap_or((&request, ""));
    let mut lines = head.lines();
    let Some((method, target)) = lines.next().and_then(|line| line.split_once(' ')) else { return };
    let mut headers: Vec<(&str, &str)> =
        lines.filter_map(|line| line.split_once(':')).map(|(a, b)| (a, b.trim())).collect();
    let signed = sign(method, target, &headers, body, known);
    if let Some([time, signature]) = &signed {
        headers.extend([("x-ennead-time", time.as_str()), ("x-ennead-signature", signature)]);
    }
    let asked = inside.http(method, target, &headers, body.as_bytes().to_vec());
    let Ok(Some(answer)) = tokio::time::timeout(PATIENCE, asked).await else { return };
    check(method, target, &answer);
    if let Ok(Value::Object(members)) = serde_json::from_slice(&answer.body) {
        for (name, value) in members {
            let text = match value {
                Value::String(text) if !text.contains('{') => text,
                Value::Number(number) => number.to_string(),
                _ => continue,
            };
            known.insert(name, text);
        }
    }
}

/// The headers that make a request an application's: when it is asked, and the proof.
fn sign(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
    known: &BTreeMap<String, String>,
) -> Option<[String; 2]> {
    let of = |wanted: &str| {
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
    };
    let (_, secret) = (of("x-ennead-app")?, known.get("secret")?);
    let event = of("idempotency-key").unwrap_or_default();
    let time = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some([
        time.to_string(),
        notification::sign(secret, method, target, time, event, body.as_bytes()),
    ])
}

fn check(method: &str, target: &str, answer: &Answer) {
    let Answer { status, headers, body } = answer;
    let shown = || format!("{method} {target}: {status} {}", String::from_utf8_lossy(body));
    assert!(*status != 500, "{}", shown());
    assert!(body.len() <= LONGEST, "{method} {target}: {} bytes", body.len());
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_empty = method == "HEAD" && body.is_empty();
    if kind.starts_with("application/") && kind.contains("json") && !is_empty {
        assert!(serde_json::from_slice::<Value>(body).is_ok(), "{}", shown());
    }
    if status.as_u16() < 400 || is_empty {
        return;
    }
    assert_eq!(kind, "application/problem+json", "{}", shown());
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| problem[name].as_str().unwrap_or_default();
    assert!(text("type").starts_with("urn:ennead:problem:"), "{}", shown());
    assert!(!text("title").is_empty() && !text("detail").is_empty(), "{}", shown());
    assert_eq!(problem["status"].as_u64(), Some(u64::from(status.as_u16())), "{}", shown());
}
