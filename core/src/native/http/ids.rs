//! `/v1/ids`: unique ids, as strings, since JavaScript's numbers hold 53 bits only.

use super::asked::{Path, Query};
use super::problem::Problem;
use super::work;
use crate::ids::{Scheme, Variant};
use crate::native::host::Host;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

type Pairs = Query<Vec<(String, String)>>;

/// What is asked for: how ids are made, and how many.
fn wish(scheme: &str, pairs: &[(String, String)]) -> Result<(Variant, u16), Problem> {
    let scheme: Scheme = scheme.parse().map_err(|error: crate::ids::IdError| {
        Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found", error.to_string())
    })?;
    let (mut count, mut variant) = (
        1,
        match scheme {
            Scheme::MultiMaster => Variant::MultiMaster,
            Scheme::Uuid => Variant::UuidV7,
            Scheme::Ticket => Variant::Ticket,
            Scheme::Snowflake => Variant::Snowflake,
        },
    );
    for (name, value) in pairs {
        match (name.as_str(), value.as_str(), scheme) {
            ("count", value, _) => {
                count = value.parse().map_err(|_| {
                    Problem::bad_request(format!("parameter count={value:?}, expected 1 to 10000"))
                })?;
            }
            ("version", "4", Scheme::Uuid) => variant = Variant::UuidV4,
            ("version", "7", Scheme::Uuid) => variant = Variant::UuidV7,
            ("counter", "central", Scheme::Ticket) => variant = Variant::CentralTicket,
            ("counter", "leased", Scheme::Ticket) => variant = Variant::Ticket,
            _ => {
                return Err(Problem::bad_request(format!(
                    "parameter {name}={value:?} is not known here: expected count, for uuid also \
                     version (4 or 7), for ticket also counter (central or leased)"
                )));
            }
        }
    }
    Ok((variant, count))
}

/// `POST /v1/ids/{scheme}`.
pub(super) async fn issue(
    State(host): State<Arc<Host>>,
    Path(scheme): Path<String>,
    Query(pairs): Pairs,
) -> Result<Response, Problem> {
    let (variant, count) = wish(&scheme, &pairs)?;
    let ids = work(&host, |services| async move { services.ids.issue(variant, count).await });
    let ids: Vec<String> = ids.await??.iter().map(ToString::to_string).collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(ids)).into_response())
}
