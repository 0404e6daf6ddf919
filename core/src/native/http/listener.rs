//! Connections: no more than there is room for, and none that keeps its place by dawdling.

use super::stream::{ClientStream, Watched};
use crate::native::host::Host;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

/// The most connections at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 4_096;

/// How long a client is waited for.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// For the head of a request after the connection was opened or answered the last time, unless it
    /// became a socket.
    pub(super) head: Duration,
    /// For any byte of an answer to be taken.
    pub(super) stall: Duration,
}

/// Accepts connections until the process stops. `guard` is held by every connection until its last request
/// is answered.
pub(super) async fn accept(
    host: Arc<Host>,
    listener: TcpListener,
    router: Router,
    patience: Patience,
    guard: mpsc::Sender<()>,
) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            biased;
            () = host.until_stopping() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, most likely: wait for some to close.
                tracing::warn!("cannot accept an HTTP client: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (host, router, guard) = (Arc::clone(&host), router.clone(), guard.clone());
        tokio::spawn(async move {
            if let Err(error) = serve(&host, stream, from, router, patience).await {
                tracing::debug!("HTTP client {from}: {error}");
            }
            drop((place, guard));
        });
    }
}

async fn serve(
    host: &Host,
    stream: TcpStream,
    from: SocketAddr,
    router: Router,
    patience: Patience,
) -> hyper::Result<()> {
    let _ = stream.set_nodelay(true); // slower without, but right
    let router = TowerToHyperService::new(router);
    let unread = Arc::new(AtomicBool::new(false));
    let stream = ClientStream::new(stream, patience.stall, Arc::clone(&unread));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(from));
        router.call(request.map(|body| Watched::new(body, Arc::clone(&unread))))
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.head)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = host.until_stopping() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::founding::Introduction;
    use crate::native::http::STALL;
    use axum::routing::get;
    use std::time::Instant;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// What comes back for some bytes until the connection is closed, and after how long that is.
    async fn say(to: SocketAddr, bytes: &str) -> (String, Duration) {
        let began = Instant::now();
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        (answer, began.elapsed())
    }

    fn host(at: SocketAddr) -> Arc<Host> {
        let me = Introduction {
            name: "n1".into(),
            zone: String::new(),
            weight: 1,
            peer: at,
            http: at,
            resp: at,
        };
        Host::new(me, &[]).0
    }

    /// Serves one connection of `router`; how that ended, and the client's side.
    async fn one(router: Router, stall: Duration) -> (tokio::task::JoinHandle<bool>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http = listener.local_addr().unwrap();
        let client = TcpStream::connect(http).await.unwrap();
        let (stream, from) = listener.accept().await.unwrap();
        let host = host(http);
        let serving = async move {
            let head = Duration::from_secs(5);
            serve(&host, stream, from, router, Patience { head, stall }).await.is_ok()
        };
        (tokio::spawn(serving), client)
    }

    #[tokio::test]
    async fn who_is_still_writing_when_it_is_refused_reads_why() {
        let refuse = || async { (axum::http::StatusCode::PAYLOAD_TOO_LARGE, "too long") };
        let router = Router::new().route("/", axum::routing::post(refuse));
        let (serving, mut client) = one(router, STALL).await;
        let long = 16 << 20;
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {long}\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..long >> 16 {
            client.write_all(&[b'x'; 1 << 16]).await.unwrap();
        }
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413") && answer.ends_with("too long"), "{answer}");
        drop(client);
        assert!(serving.await.unwrap());
    }

    #[tokio::test]
    async fn who_reads_nothing_is_left() {
        // More than the system's buffers hold.
        let router = Router::new().route("/", get(|| async { vec![b'x'; 64 << 20] }));
        let (serving, mut client) = one(router, Duration::from_millis(300)).await;
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert!(!serving.await.unwrap(), "the connection ended, and not well");
    }

    #[tokio::test]
    async fn who_does_not_finish_a_request_is_closed_and_who_asks_is_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http = listener.local_addr().unwrap();
        let host = host(http);
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            "answered"
        };
        let router = Router::new().route("/", get(slow));
        let (guard, mut gone) = mpsc::channel(1);
        let head = Duration::from_millis(300);
        let patience = Patience { head, stall: STALL };
        tokio::spawn(accept(Arc::clone(&host), listener, router, patience, guard));

        // A head that never ends, and a connection that says nothing.
        for bytes in ["GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", ""] {
            let (answer, after) = say(http, bytes).await;
            assert!(!answer.contains("answered"), "{answer}");
            assert!(after >= head && after < head * 5, "closed after {after:?}");
        }
        // An answer may take longer than a head, and so may the pause before the next request is not.
        let (answer, after) = say(http, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(answer.ends_with("answered"), "{answer}");
        assert!(after >= head + Duration::from_millis(700), "closed after {after:?}");

        // Whoever is being answered while the process stops is answered to the end.
        let asked = tokio::spawn(say(http, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        tokio::time::sleep(Duration::from_millis(100)).await;
        host.stop();
        assert_eq!(gone.recv().await, None, "the guards of all connections are dropped");
        assert!(asked.await.unwrap().0.ends_with("answered"));
        assert!(TcpStream::connect(http).await.is_err(), "nobody is accepted any more");
    }
}
