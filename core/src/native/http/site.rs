//! The page: `/` and the files under `/assets/`, from the folder given by `--site`.
//!
//! Bodies that are there compressed (`.br`, `.gz`) are sent so to whoever takes them. Every file is
//! asked for again each time (`no-cache`), so that a new build shows at once. With the page comes the name of the node
//! (`Server-Timing`, which a page can read of itself), so that it knows whether a cluster serves it, without asking a
//! host that has none.

use super::problem::Problem;
use crate::native::host::Host;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use std::path::PathBuf;
use std::sync::Arc;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::{SetResponseHeader, SetResponseHeaderLayer};

/// The routes of the page, or a hint how to build it.
pub(super) fn routes(site: Option<PathBuf>, node: &str) -> Router<Arc<Host>> {
    let Some(site) = site else {
        return Router::new().route("/", get(hint));
    };
    let page = ServeFile::new(site.join("index.html")).precompressed_br().precompressed_gzip();
    let assets = ServeDir::new(site.join("assets"))
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(get(missing));
    let node = HeaderValue::from_str(&format!("ennead;desc=\"{node}\"")).ok();
    let page = SetResponseHeader::overriding(page, HeaderName::from_static("server-timing"), node);
    let no_cache = HeaderValue::from_static("no-cache");
    Router::new()
        .route_service("/", page)
        .nest_service("/assets", assets)
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, no_cache))
}

async fn missing() -> Problem {
    let detail = "the page has no such file: `cargo xtask site` builds it anew";
    Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
}

async fn hint() -> impl IntoResponse {
    Html(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Ennead</title>\
         <h1>This node runs without its page</h1>\
         <p>Build it with <code>cargo xtask site</code>, then start the node with \
         <code>--site target/site</code>; <code>cargo xtask run</code> does both.</p>\
         <p>Meanwhile: <a href=/v1/cluster>the cluster</a>, <a href=/metrics>metrics</a>, \
         <a href=/openapi.json>all calls</a>.</p></html>",
    )
}
