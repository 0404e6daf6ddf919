//! What a request's address says, read into types; what cannot be read is refused in a problem document.

use super::problem::Problem;
use axum::extract::{self, FromRequestParts};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The named segments of the path.
pub(super) struct Path<T>(pub(super) T);

/// The parameters behind the question mark.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = extract::Path::from_request_parts(parts, state).await;
        let extract::Path(segments) =
            read.map_err(|error| Problem::bad_request(error.body_text()))?;
        Ok(Self(segments))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = extract::Query::from_request_parts(parts, state).await;
        let extract::Query(parameters) =
            read.map_err(|error| Problem::bad_request(error.body_text()))?;
        Ok(Self(parameters))
    }
}
