//! `/v1/kv`: the store over HTTP.
//!
//! Values are raw bytes. A partition key is the first segment, percent-encoded; the sort key is
//! all that follows the next slash, and may be empty. Every answer about a key carries the header
//! `X-Ennead-Context`; a write that sends it back supersedes exactly what that answer showed.

use super::asked::Query;
use super::problem::Problem;
use super::token;
use crate::base::Span;
use crate::kv::{
    Answer, Context, Key, MAX_DEADLINE, MAX_PAGE, MAX_VALUE, Operation, Quorum, Range, Request,
    Versions, Wishes,
};
use crate::native::host::{Host, Running};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries of a page unless the request says otherwise.
const PAGE: u16 = 100;

type Pairs = Query<Vec<(String, String)>>;

/// A key, or a partition without a slash behind it.
enum Place {
    Key(Key),
    Partition(Bytes),
}

fn place(uri: &Uri) -> Result<Place, Problem> {
    let path = uri.path().strip_prefix("/v1/kv/").unwrap_or_default();
    let bytes = |part: &str| Bytes::from(percent_decode_str(part).collect::<Vec<u8>>());
    let (key, is_whole) = match path.split_once('/') {
        Some((partition, sort)) => (Key::new(bytes(partition), bytes(sort))?, true),
        None => (Key::new(bytes(path), Bytes::new())?, false),
    };
    // They hold people's sessions, words and addresses: only the services themselves know who may see what.
    if key.is_of_service() {
        let detail = "keys that begin with a zero byte belong to services: choose another";
        return Err(Problem::bad_request(detail));
    }
    Ok(if is_whole { Place::Key(key) } else { Place::Partition(key.partition().clone()) })
}

fn key(uri: &Uri) -> Result<Key, Problem> {
    match place(uri)? {
        Place::Key(key) => Ok(key),
        Place::Partition(_) => Err(Problem::bad_request(format!(
            "{} names a partition: add a slash and the sort key, which may be empty",
            uri.path()
        ))),
    }
}

pub(super) fn running(host: &Host) -> Result<Arc<Running>, Problem> {
    host.running().ok_or_else(|| Problem::not_founded(host))
}

/// The parameters that every call takes: `n`, `w`, `r`, `quorum`, `deadline_ms`.
fn wishes(pairs: &[(String, String)], others: &[&str]) -> Result<Wishes, Problem> {
    let mut wishes = Wishes::default();
    for (name, value) in pairs {
        let small = || number::<u8>(name, value).map(Some);
        match name.as_str() {
            "n" => wishes.copies = small()?,
            "w" => wishes.write = small()?,
            "r" => wishes.read = small()?,
            "quorum" => {
                wishes.quorum = Some(match value.as_str() {
                    "strict" => Quorum::Strict,
                    "sloppy" => Quorum::Sloppy,
                    _ => return Err(unexpected(name, value, "strict or sloppy")),
                });
            }
            "deadline_ms" => {
                let deadline = Span::from_millis(number(name, value)?);
                if deadline == Span::ZERO || deadline > MAX_DEADLINE {
                    return Err(unexpected(name, value, "1 to 60000"));
                }
                wishes.deadline = Some(deadline);
            }
            other if others.contains(&other) => {}
            other => {
                return Err(Problem::bad_request(format!(
                    "parameter {other:?} is not known here: expected n, w, r, quorum, deadline_ms{}{}",
                    if others.is_empty() { "" } else { ", " },
                    others.join(", ")
                )));
            }
        }
    }
    Ok(wishes)
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|_| unexpected(name, value, "a whole number in range"))
}

fn unexpected(name: &str, value: &str, expected: &str) -> Problem {
    Problem::bad_request(format!("parameter {name}={value:?}, expected {expected}"))
}

/// What the client says it has seen; nothing if it does not say.
fn seen(headers: &HeaderMap, cluster: u64) -> Result<Option<Context>, Problem> {
    match headers.get(token::HEADER) {
        Some(value) => Ok(Some(token::read(cluster, value.as_bytes())?)),
        None => Ok(None),
    }
}

fn with_token(mut response: Response, cluster: u64, seen: &Context) -> Response {
    if let Ok(value) = HeaderValue::from_str(&token::write(cluster, seen)) {
        response.headers_mut().insert(token::HEADER, value);
    }
    response
}

/// `GET /v1/kv/{partition}/{sort}` and `GET /v1/kv/{partition}`.
pub(super) async fn read(
    State(host): State<Arc<Host>>,
    uri: Uri,
    Query(pairs): Pairs,
) -> Result<Response, Problem> {
    let running = running(&host)?;
    let key = match place(&uri)? {
        Place::Key(key) => key,
        Place::Partition(partition) => return list(&running, partition, &pairs).await,
    };
    let request = Request::get(key).with(wishes(&pairs, &[])?);
    let answer = running.node.ask(request).await?;
    let Answer::Got(versions) = answer else { return Err(strange()) };
    let cluster = running.founding.cluster;
    Ok(with_token(shown(&versions), cluster, versions.context()))
}

fn shown(versions: &Versions) -> Response {
    let values: Vec<_> = versions.values().collect();
    match values.as_slice() {
        [] => Problem::new(StatusCode::NOT_FOUND, "no-value", "No value", "the key has no value")
            .into_response(),
        [value] => {
            let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
            (kind, (*value).clone()).into_response()
        }
        siblings => (StatusCode::MULTIPLE_CHOICES, Json(encoded(siblings))).into_response(),
    }
}

fn encoded(values: &[&Bytes]) -> Vec<String> {
    values.iter().map(|value| STANDARD.encode(value)).collect()
}

fn strange() -> Problem {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Problem::new(status, "internal", "Strange answer", "the store answered another question")
}

/// `PUT /v1/kv/{partition}/{sort}`.
pub(super) async fn write(
    State(host): State<Arc<Host>>,
    uri: Uri,
    Query(pairs): Pairs,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "value",
            "Value too long",
            format!("the body is longer than {MAX_VALUE} bytes, the most that a value may have: split it"),
        ),
        _ => Problem::bad_request(format!("the body ended early: {rejection}")),
    })?;
    // Copied: what is kept must not hold a connection's buffer in memory.
    let value = Bytes::copy_from_slice(&body);
    change(&host, &uri, &pairs, &headers, Some(value)).await
}

/// `DELETE /v1/kv/{partition}/{sort}`.
pub(super) async fn delete(
    State(host): State<Arc<Host>>,
    uri: Uri,
    Query(pairs): Pairs,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    change(&host, &uri, &pairs, &headers, None).await
}

async fn change(
    host: &Host,
    uri: &Uri,
    pairs: &[(String, String)],
    headers: &HeaderMap,
    value: Option<Bytes>,
) -> Result<Response, Problem> {
    let running = running(host)?;
    let cluster = running.founding.cluster;
    let key = key(uri)?;
    let operation = Operation::Put { key, value, seen: seen(headers, cluster)? };
    let request = Request { operation, wishes: wishes(pairs, &[])? };
    let Answer::Written { seen, .. } = running.node.ask(request).await? else {
        return Err(strange());
    };
    Ok(with_token(StatusCode::NO_CONTENT.into_response(), cluster, &seen))
}

/// What a listing is asked for.
struct Listing {
    range: Range,
    limit: usize,
}

fn listing(partition: &Bytes, pairs: &[(String, String)]) -> Result<Listing, Problem> {
    let at = |sort: Bytes| Key::new(partition.clone(), sort);
    let slice = at(Bytes::new())?.slice();
    let mut limit = PAGE;
    let mut range = Range {
        slice,
        partition: Some(partition.clone()),
        from: None,
        until: None,
        after: None,
        limit: 1,
        reverse: false,
    };
    for (name, value) in pairs {
        match name.as_str() {
            "start" => range.from = Some(at(value.clone().into())?),
            "end" => range.until = Some(at(value.clone().into())?),
            "limit" => {
                limit = number(name, value)?;
                if !(1..=MAX_PAGE).contains(&limit) {
                    return Err(unexpected(name, value, &format!("1 to {MAX_PAGE}")));
                }
            }
            "reverse" => {
                range.reverse = match value.as_str() {
                    "true" | "1" | "" => true,
                    "false" | "0" => false,
                    _ => return Err(unexpected(name, value, "true or false")),
                };
            }
            "cursor" => {
                let sort = URL_SAFE_NO_PAD
                    .decode(value)
                    .map_err(|_| unexpected(name, value, "the cursor of an earlier page"))?;
                range.after = Some(at(sort.into())?);
            }
            _ => {}
        }
    }
    Ok(Listing { range, limit: usize::from(limit) })
}

async fn list(
    running: &Running,
    partition: Bytes,
    pairs: &[(String, String)],
) -> Result<Response, Problem> {
    let wishes = wishes(pairs, &["start", "end", "limit", "reverse", "cursor"])?;
    let Listing { mut range, limit } = listing(&partition, pairs)?;
    let mut items: Vec<Value> = Vec::new();
    let mut bytes = 0;
    // A page of the store counts deleted keys, too: go on until this one is full. A page of large
    // values ends early.
    while items.len() < limit && bytes < MAX_VALUE {
        range.limit = u16::try_from(limit - items.len()).unwrap_or(MAX_PAGE);
        let request = Request { operation: Operation::Scan(range.clone()), wishes };
        let Answer::Page { entries, next } = running.node.ask(request).await? else {
            return Err(strange());
        };
        bytes += entries.iter().map(|(_, versions)| versions.value_bytes()).sum::<usize>();
        items.extend(entries.iter().map(|(key, versions)| item(running, key, versions)));
        range.after = next;
        if range.after.is_none() {
            break;
        }
    }
    let cursor = range.after.map(|key| URL_SAFE_NO_PAD.encode(key.sort()));
    Ok(Json(json!({ "items": items, "cursor": cursor })).into_response())
}

fn item(running: &Running, key: &Key, versions: &Versions) -> Value {
    let values: Vec<_> = versions.values().collect();
    let mut item = json!({
        "values": encoded(&values),
        "context": token::write(running.founding.cluster, versions.context()),
    });
    // Sort keys are bytes; most are text, and easier to read as such.
    match std::str::from_utf8(key.sort()) {
        Ok(text) => item["sort"] = text.into(),
        Err(_) => item["sort_base64"] = STANDARD.encode(key.sort()).into(),
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &'static str) -> Result<Key, u16> {
        key(&Uri::from_static(path)).map_err(|problem| problem.into_response().status().as_u16())
    }

    #[test]
    fn r6_14_paths_name_a_partition_key_and_a_sort_key() {
        let key =
            |partition: &'static [u8], sort: &'static [u8]| Key::new(partition, sort).unwrap();
        assert_eq!(of("/v1/kv/city/"), Ok(key(b"city", b"")));
        assert_eq!(of("/v1/kv/city/a/b"), Ok(key(b"city", b"a/b")));
        assert_eq!(of("/v1/kv/a%2Fb/%00%ff"), Ok(key(b"a/b", b"\x00\xff")));
        assert_eq!(of("/v1/kv/city"), Err(400));
        assert_eq!(of("/v1/kv//sort"), Err(400));
    }

    #[test]
    fn r6_18_what_services_keep_can_be_neither_read_nor_listed_nor_written() {
        for path in
            ["/v1/kv/%00accounts%2Fuser%2F1/", "/v1/kv/%00accounts%2Fuser%2F1/x", "/v1/kv/%00feed"]
        {
            assert!(place(&Uri::from_static(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn r6_5_quorums_may_be_chosen_by_request() {
        let pairs = |text: &[(&str, &str)]| -> Vec<(String, String)> {
            text.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let got = wishes(&pairs(&[("n", "3"), ("w", "1"), ("quorum", "strict")]), &[]).unwrap();
        assert_eq!(
            got,
            Wishes {
                copies: Some(3),
                write: Some(1),
                quorum: Some(Quorum::Strict),
                ..Wishes::default()
            }
        );
        for bad in [("n", "x"), ("w", "300"), ("quorum", "lax"), ("deadline_ms", "0"), ("m", "1")] {
            assert!(wishes(&pairs(&[bad]), &[]).is_err(), "{bad:?}");
        }
    }
}
