//! Who asks: the bearer token of a request (RFC 6750).

use super::problem::Problem;
use super::services;
use crate::accounts::{SessionId, Token};
use crate::native::host::Host;
use crate::port::UserId;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use std::sync::Arc;

/// A user with an open session. As an argument of a handler it lets nobody else in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed {
    /// Who.
    pub(super) user: UserId,
    /// By which session.
    pub(super) session: SessionId,
}

impl FromRequestParts<Arc<Host>> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, host: &Arc<Host>) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        let Some(token) = token else {
            return Err(Problem::unauthorised(
                "no token: log in by POST /v1/sessions, then send Authorization: Bearer and the token",
            ));
        };
        let session = token.parse::<Token>()?.session();
        let user = services(host)?.accounts.check(session).await?.user;
        Ok(Self { user, session })
    }
}
