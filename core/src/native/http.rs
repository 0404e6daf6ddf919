//! HTTP.

use super::host::Host;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Serves until the process stops. `guard` is held until the last request is answered.
pub async fn serve(
    host: Arc<Host>,
    listener: TcpListener,
    _site: Option<PathBuf>,
    guard: mpsc::Sender<()>,
) {
    let state = Arc::clone(&host);
    let router = Router::new().route(
        "/healthz",
        get(move || async move {
            if state.running().is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
        }),
    );
    let stopping = async move { host.until_stopping().await };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopping).await {
        tracing::error!("HTTP ended: {error}");
    }
    drop(guard);
}
