//! HTTP: the store, the state of the node, and the page.
//!
//! | file | what |
//! | --- | --- |
//! | `kv.rs` | `/v1/kv`: read, write, delete, list |
//! | `registers.rs` | `/v1/registers`: read and change linearizably |
//! | `ids.rs` | `/v1/ids`: unique ids |
//! | `shortener.rs` | `/v1/urls`, `/{code}`: short addresses |
//! | `autocomplete.rs` | `/v1/queries`, `/v1/autocomplete`: count, complete, block |
//! | `crawls.rs` | `/v1/crawls`: open, list, look at and cancel crawls |
//! | `accounts.rs` | `/v1/users`, `/v1/sessions`, `/v1/me`: accounts, friends, devices |
//! | `feed.rs` | `/v1/me/feed`, `/v1/posts`: the news feed, and its events |
//! | `chat/` | `/v1/chat`: conversations, groups, a device's WebSocket |
//! | `notifications.rs` | `/v1/notifications` and what belongs to it |
//! | `session.rs` | who asks, by bearer token |
//! | `body.rs` | bodies of requests, bounded and as JSON |
//! | `token.rs` | the header `X-Ennead-Context` |
//! | `cluster.rs` | `/healthz`, `/v1/cluster`, `/metrics` |
//! | `site.rs` | `/` and `/assets/`: the page |
//! | `problem.rs` | errors, as RFC 9457 problem documents |
//! | `listener.rs` | connections: how many, and how long they may dawdle |
//! | `limits.rs` | how often one client may ask |
//! | `origin.rs` | which pages a browser may ask from |
//! | `openapi.json` | all of it, for machines |

mod accounts;
mod asked;
mod autocomplete;
mod body;
mod chat;
pub mod cluster;
mod crawls;
mod feed;
mod ids;
mod kv;
pub(super) mod limits;
mod listener;
mod notifications;
mod origin;
mod problem;
mod registers;
mod session;
mod shortener;
mod site;
mod stream;
mod token;

use super::host::{Host, count};
use super::ports::Handle;
use crate::base::Rate;
use crate::kv::MAX_VALUE;
use crate::services::Services;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use limits::Limits;
use listener::Patience;
use problem::Problem;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower_http::timeout::RequestBodyDeadlineLayer;

/// How long the head of a request may take, and its body.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// How long a client may take nothing of what is written to it.
const STALL: Duration = Duration::from_secs(60);

/// Serves until the process stops, each client at a rate if there is one. `guard` is held until the last request is answered.
pub async fn serve(
    host: Arc<Host>,
    listener: TcpListener,
    site: Option<PathBuf>,
    rate: Option<Rate>,
    guard: mpsc::Sender<()>,
) {
    let router = router(Arc::clone(&host), site, rate, guard.clone());
    let patience = Patience { head: READ_WITHIN, stall: STALL };
    listener::accept(host, listener, router, patience, guard).await;
}

pub(super) fn router(
    host: Arc<Host>,
    site: Option<PathBuf>,
    rate: Option<Rate>,
    guard: mpsc::Sender<()>,
) -> Router {
    let store = get(kv::read).put(kv::write).delete(kv::delete);
    let router = Router::new()
        .route("/healthz", get(cluster::health))
        .route("/metrics", get(cluster::metrics))
        .route("/v1/cluster", get(cluster::cluster))
        .route("/v1/kv/{*path}", store)
        .route("/v1/registers/{key}", get(registers::read).post(registers::change))
        .route("/v1/ids/{scheme}", post(ids::issue))
        .route("/v1/urls", post(shortener::shorten))
        .route("/v1/urls/{code}/stats", get(shortener::stats))
        .route("/{code}", get(shortener::follow))
        .route("/v1/crawls", get(crawls::list).post(crawls::open))
        .route("/v1/crawls/{number}", get(crawls::look).delete(crawls::cancel))
        .route("/openapi.json", get(openapi))
        .merge(accounts::routes())
        .merge(feed::routes())
        .merge(autocomplete::routes())
        .merge(chat::routes(guard))
        .merge(notifications::routes())
        .merge(site::routes(site, &host.me.name))
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(MAX_VALUE));
    let router = match rate {
        Some(rate) => {
            let state = (Arc::clone(&host), Arc::new(Limits::new(rate)));
            router.layer(middleware::from_fn_with_state(state, limits::limited))
        }
        None => router,
    };
    router
        .layer(middleware::from_fn_with_state(Arc::clone(&host), origin::guarded))
        .layer(RequestBodyDeadlineLayer::new(READ_WITHIN))
        .layer(middleware::from_fn_with_state(Arc::clone(&host), counted))
        .with_state(host)
}

/// The services of the node, once it runs.
fn services(host: &Host) -> Result<Arc<Services<Handle>>, Problem> {
    Ok(Arc::clone(&kv::running(host)?.services))
}

/// Has the services do something, to its end even if whoever asked goes away.
async fn work<T, F>(host: &Host, ask: impl FnOnce(Arc<Services<Handle>>) -> F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    tokio::spawn(ask(services(host)?)).await.map_err(|_| Problem::ended())
}

async fn counted(State(host): State<Arc<Host>>, request: Request, next: Next) -> Response {
    count(&host.counters.http_requests);
    next.run(request).await
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("openapi.json")).into_response()
}

async fn nowhere(request: Request) -> Problem {
    let detail =
        format!("there is nothing at {}: /openapi.json lists what there is", request.uri().path());
    Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
}

async fn other_method(request: Request) -> Problem {
    let detail = format!(
        "{} does not take {}: /openapi.json lists what it takes",
        request.uri().path(),
        request.method()
    );
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Method not allowed", detail)
}
