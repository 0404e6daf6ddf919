//! `/v1/registers/{key}`: single keys that are read and changed linearizably.

use super::asked::Path;
use super::body::{self, Body};
use super::problem::Problem;
use super::work;
use crate::kv::{Key, MAX_VALUE, Update, Updated};
use crate::native::host::Host;
use crate::port::{Register, partition};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What a client wants of a register.
fn wanted(body: &Map<String, Value>) -> Option<Update> {
    let text = |name| match body.get(name)? {
        Value::Null => Some(None),
        Value::String(text) => Some(Some(Bytes::from(text.clone()))),
        _ => None,
    };
    match body.len() {
        1 => Some(Update::Add(body.get("add")?.as_i64()?)),
        2 => Some(Update::CompareAndSet { expected: text("expected")?, value: text("value")? }),
        _ => None,
    }
}

/// `GET /v1/registers/{key}`.
pub(super) async fn read(
    State(host): State<Arc<Host>>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Problem> {
    update(&host, &key, Update::Read).await
}

/// `POST /v1/registers/{key}`.
pub(super) async fn change(
    State(host): State<Arc<Host>>,
    Path(key): Path<String>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let expected =
        "{\"expected\": text or null, \"value\": text or null} or {\"add\": whole number}";
    let body: Map<String, Value> = body::json(body, MAX_VALUE, expected)?;
    let change = wanted(&body).ok_or_else(|| {
        Problem::bad_request(format!("the body is not understood: expected {expected}"))
    })?;
    update(&host, &key, change).await
}

async fn update(host: &Arc<Host>, key: &str, update: Update) -> Result<Json<Value>, Problem> {
    let key = Key::new(partition("registers", key), "")?;
    let updated = work(host, |services| async move { services.ports().update(&key, update).await });
    let Updated { applied, value, version } = updated.await??;
    let shown = match value.as_deref().map(std::str::from_utf8) {
        None => json!({"applied": applied, "value": null, "version": version}),
        Some(Ok(text)) => json!({"applied": applied, "value": text, "version": version}),
        Some(Err(_)) => {
            let value = STANDARD.encode(value.unwrap_or_default());
            json!({"applied": applied, "value_base64": value, "version": version})
        }
    };
    Ok(Json(shown))
}
