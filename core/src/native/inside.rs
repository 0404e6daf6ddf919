//! A whole node inside this process, without sockets and files: its clients of HTTP and RESP are calls.
//!
//! For what asks very often and of which nothing is to stay: fuzzing, and tests. Of what services do by themselves
//! only queries are counted: no crawl starts, and no mail leaves.

use super::alone::Alone;
use super::engine::Folder;
use super::error::HostError;
use super::fetch::Downloader;
use super::founding::Introduction;
use super::host::{Host, Running};
use super::{http, resp};
use crate::kv::Config;
use crate::ring::NodeId;
use crate::services::{Services, Setting};
use crate::{accounts, feed, notification, shortener};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

/// Its name.
const NAME: &str = "n1";

/// The node. What it keeps is gone with it.
#[derive(Debug)]
pub struct Inside {
    alone: Alone,
    host: Arc<Host>,
    router: Router,
}

/// What HTTP answers.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Inside {
    /// Starts it. Call this within a runtime of tokio.
    ///
    /// # Errors
    /// [`HostError`]: the system gives no thread or no entropy.
    pub fn start() -> Result<Self, HostError> {
        let alone = Alone::start_on(Folder::in_memory(NAME)?, NAME)?;
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let me = Introduction {
            name: NAME.into(),
            zone: String::new(),
            weight: 1,
            peer: nowhere,
            http: nowhere,
            resp: nowhere,
        };
        let (host, _decisions) = Host::new(me, &[]);
        let setting = Setting {
            node: NodeId(0),
            nodes: 1,
            shortener: shortener::Options::default(),
            accounts: accounts::Options { cost: accounts::Cost::LEAST },
            feed: feed::Options { rate: feed::UNLIMITED, ..feed::Options::default() },
            notifications: notification::Options::default(),
        };
        let ports = alone.ports(Downloader::new(false, None))?;
        let services = Arc::new(Services::new(ports, setting));
        services.autocomplete.activate();
        let counting = Arc::clone(&services);
        tokio::spawn(async move { counting.run_autocomplete().await });
        let founding = alone.founding.clone();
        host.set_running(Arc::new(Running {
            layout: Arc::new(founding.layout()?),
            founding,
            me: NodeId(0),
            config: Config::default(),
            node: alone.node.clone(),
            services,
            outgoing: BTreeMap::new(),
        }));
        let (guard, _gone) = mpsc::channel(1);
        let router = http::router(Arc::clone(&host), None, None, guard);
        Ok(Self { alone, host, router })
    }

    /// The answer to a request; none if its address or a header could not come over a connection, or if
    /// the answer has no end.
    pub async fn http(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Option<Answer> {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).ok()?);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.uri(target).body(Body::from(body)).ok()?;
        let router = TowerToHyperService::new(self.router.clone());
        let Ok(answer) = router.call(request).await;
        let (head, body) = answer.into_parts();
        let is_endless =
            head.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let body =
            if is_endless { Vec::new() } else { to_bytes(body, usize::MAX).await.ok()?.into() };
        Some(Answer { status: head.status, headers: head.headers, body })
    }

    /// Serves one client of RESP until its stream ends.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn resp<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut S) -> io::Result<()> {
        resp::converse(&self.host, stream).await
    }

    /// Stops it.
    ///
    /// # Errors
    /// [`HostError`] if the node had failed.
    pub async fn stop(self) -> Result<(), HostError> {
        self.host.stop();
        self.alone.stop().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What HTTP answers to a request without headers or body, and the kind of its body.
    async fn get(inside: &Inside, target: &str) -> (u16, String) {
        let answer = inside.http("GET", target, &[], Vec::new()).await.expect("an answer");
        let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok());
        (answer.status.as_u16(), kind.unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn r6_18_what_leads_to_no_socket_is_told_in_a_problem_document() {
        let inside = Inside::start().unwrap();
        let problem = "application/problem+json".to_owned();
        assert_eq!(get(&inside, "/v1/chat/socket").await, (400, problem.clone()));
        assert_eq!(get(&inside, "/v1/nothing").await, (404, problem));
        assert_eq!(get(&inside, "/healthz").await.0, 200);
        inside.stop().await.unwrap();
    }
}
