//! RESP: the protocol of Redis, for any Redis client.
//!
//! | file | what |
//! | --- | --- |
//! | `request.rs` | requests as they come: arrays, lines, and what breaks the protocol |
//! | `value.rs` | replies, as RESP2 and RESP3 write them |
//! | `table.rs` | the commands, and `COMMAND` |
//! | `session.rs` | one connection: its commands in order, several under way at once |
//! | `commands.rs` | what each command does |
//! | `keyspace.rs` | `DBSIZE`, `FLUSHALL` |
//! | `clients.rs`, `admin.rs` | `CLIENT`, `CONFIG`, `INFO` |
//!
//! RESP's key K is partition key K with an empty sort key. A write carries no context: it
//! supersedes what it finds. A key with siblings is shown as their winner (`Versions::winner`); HTTP
//! shows all. `MSET` writes each key by itself, not all or none.

mod admin;
mod clients;
mod commands;
mod keyspace;
mod request;
mod session;
mod table;
mod value;

use super::host::{Host, count};
use clients::Clients;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

/// The most connections at once; more are told so and closed, as Redis does.
pub(crate) const MAX_CLIENTS: usize = 10_000;

/// Accepts clients until the process stops. `guard` is held by every connection.
pub async fn accept(host: Arc<Host>, listener: TcpListener, guard: mpsc::Sender<()>) {
    let room = Arc::new(Semaphore::new(MAX_CLIENTS));
    let clients = Arc::new(Clients::default());
    loop {
        let accepted = tokio::select! {
            biased;
            () = host.until_stopping() => return,
            accepted = listener.accept() => accepted,
        };
        let mut stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, most likely: wait for some to close.
                tracing::warn!("cannot accept a RESP client: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        count(&host.counters.resp_connections);
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            let _ = stream.write_all(b"-ERR max number of clients reached\r\n").await; // it goes anyway
            continue;
        };
        let (host, clients, guard) = (Arc::clone(&host), Arc::clone(&clients), guard.clone());
        tokio::spawn(async move {
            host.counters.resp_clients.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = serve(&host, &clients, &mut stream).await {
                tracing::debug!("RESP client: {error}");
            }
            host.counters.resp_clients.fetch_sub(1, Ordering::Relaxed);
            drop((place, guard));
        });
    }
}

async fn serve(host: &Arc<Host>, clients: &Clients, stream: &mut TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let addresses = (stream.peer_addr()?, stream.local_addr()?);
    session::serve(host, clients, addresses, stream).await
}

/// Serves one client over any stream.
pub(super) async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    host: &Arc<Host>,
    stream: &mut S,
) -> io::Result<()> {
    session::serve(host, &Clients::default(), (host.me.resp, host.me.resp), stream).await
}
