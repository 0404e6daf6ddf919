//! Bodies of requests: bounded, and read as JSON.

use super::problem::Problem;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

/// A body as it arrives; none longer than [`crate::kv::MAX_VALUE`] gets here.
pub(super) type Body = Result<Bytes, BytesRejection>;

/// A body of at most `most` bytes.
pub(super) fn bytes(body: Body, most: usize) -> Result<Bytes, Problem> {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    match body {
        Ok(body) if body.len() <= most => Ok(body),
        Err(rejection) if rejection.status() != status => {
            Err(Problem::bad_request(format!("the body ended early: {rejection}")))
        }
        _ => {
            let detail =
                format!("the body is longer than {most} bytes, the most that is taken here");
            Err(Problem::new(status, "body", "Body too long", detail))
        }
    }
}

/// The value that a body of at most `most` bytes holds as JSON, whatever its type is said to be.
/// `expected` shows whoever was not understood what it is to look like.
pub(super) fn json<T: DeserializeOwned>(
    body: Body,
    most: usize,
    expected: &str,
) -> Result<T, Problem> {
    serde_json::from_slice(&bytes(body, most)?).map_err(|error| {
        Problem::bad_request(format!("the body is not understood: {error}; expected {expected}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wish {
        url: String,
    }

    fn read(body: &'static str) -> Result<Wish, String> {
        let wish = json(Ok(Bytes::from_static(body.as_bytes())), 20, r#"{"url": "..."}"#);
        wish.map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn bodies_are_bounded_and_what_is_wrong_with_them_is_said() {
        assert_eq!(read(r#"{"url": "a"}"#), Ok(Wish { url: "a".into() }));
        for (body, said) in [
            (r#"{"url": "a", "b": 1}"#, "unknown field `b`"),
            (r#"{"url": "a"} 2"#, "trailing characters"),
            ("", r#"expected {\"url\": \"...\"}"#),
            ("{\"url\": \"\u{1}\"}", "control character"),
            (r#"{"url": "a12345678"}"#, "Wish"),
            (r#"{"url": "a123456789"}"#, "longer than 20 bytes"),
        ] {
            let told = read(body).map_or_else(|told| told, |wish| format!("{wish:?}"));
            assert!(told.contains(said), "{body}: {told}");
        }
    }
}
