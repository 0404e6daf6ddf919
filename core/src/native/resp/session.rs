//! One connection: requests in, replies out in the same order.
//!
//! Requests that have come together are under way together, up to [`WINDOW`], so that a pipeline
//! does not pay the way to the replicas once a command. Only where the order shows does a command
//! wait for those before it: a write waits for what reads or writes its keys, a read for what
//! writes them.

use super::clients::{Client, Clients, locked};
use super::commands::{self, Pending};
use super::request::Requests;
use super::table::{self, Command};
use super::value::{Protocol, Value};
use crate::native::host::{Host, Running, count};
use bytes::{Bytes, BytesMut};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Commands of one connection under way at once.
const WINDOW: usize = 256;
/// Replies that gather before they are written, in bytes.
const WRITE_AT: usize = 64 << 10;
/// How long a client may take to accept its replies.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// What a connection is, for its commands.
pub(super) struct Session<'a> {
    /// The process.
    pub(super) host: &'a Arc<Host>,
    /// All connections.
    pub(super) clients: &'a Clients,
    /// This one.
    pub(super) me: Arc<Mutex<Client>>,
    /// What it speaks.
    pub(super) protocol: Protocol,
    /// Whether it ends after this reply.
    pub(super) ends: bool,
    /// The node, once there is one.
    running: Option<Arc<Running>>,
}

/// Serves a connection from one address to another until it ends.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    host: &Arc<Host>,
    clients: &Clients,
    (from, to): (SocketAddr, SocketAddr),
    stream: &mut S,
) -> io::Result<()> {
    let me = clients.enter(from, to);
    let id = locked(&me).id;
    let mut session =
        Session { host, clients, me, protocol: Protocol::Resp2, ends: false, running: None };
    let ended = session.run(stream).await;
    clients.leave(id);
    ended
}

impl Session<'_> {
    async fn run<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut S) -> io::Result<()> {
        let mut requests = Requests::default();
        let mut window = Window::default();
        let mut out = BytesMut::new();
        loop {
            loop {
                match requests.next() {
                    Ok(Some(request)) => {
                        self.start(request, &mut window, &mut out).await;
                        if self.ends {
                            break;
                        }
                        if window.pending.len() >= WINDOW || out.len() >= WRITE_AT {
                            window.finish(self.protocol, &mut out).await;
                            write(stream, &mut out).await?;
                        }
                    }
                    Ok(None) => break,
                    Err(error) => {
                        count(&self.host.counters.bad_resp);
                        window.finish(self.protocol, &mut out).await;
                        Value::err(error).write(self.protocol, &mut out);
                        self.ends = true;
                        break;
                    }
                }
            }
            window.finish(self.protocol, &mut out).await;
            write(stream, &mut out).await?;
            if self.ends {
                return stream.shutdown().await;
            }
            if requests.buffer.is_empty() && requests.buffer.capacity() > 1 << 20 {
                requests.buffer = BytesMut::new(); // one large request shall not stay in memory
            }
            requests.buffer.reserve(16 << 10);
            let got = tokio::select! {
                biased;
                () = self.host.until_stopping() => return Ok(()),
                got = stream.read_buf(&mut requests.buffer) => got?,
            };
            if got == 0 {
                return Ok(());
            }
        }
    }

    /// Checks a request and starts it; its reply takes its place in the window.
    async fn start(&mut self, request: Vec<Bytes>, window: &mut Window, out: &mut BytesMut) {
        count(&self.host.counters.resp_commands);
        let Some(command) = request.first().and_then(|name| Command::find(name)) else {
            return window.push(Pending::Now(table::unknown(&request)));
        };
        if !command.takes(request.len()) {
            return window.push(Pending::Now(table::wrong_number(command.name)));
        }
        locked(&self.me).last = command.name;
        if self.running.is_none() {
            self.running = self.host.running();
        }
        let Some(running) = self.running.clone() else {
            let reply = self.without_node(command, &request);
            window.finish(self.protocol, out).await;
            reply.write(self.protocol, out);
            return;
        };
        let keys = keys(command, &request);
        if window.conflicts(command, &keys) {
            window.finish(self.protocol, out).await;
        }
        let protocol = self.protocol;
        let pending = commands::start(self, &running, command, &request).await;
        if self.protocol != protocol || self.ends {
            // The reply to HELLO is already in the new protocol, those before it are not.
            window.finish(protocol, out).await;
        }
        window.push(pending);
        window.remember(command, keys);
    }

    /// What can be answered while the cluster is not founded.
    fn without_node(&mut self, command: &Command, request: &[Bytes]) -> Value {
        match commands::talk(self, command, request) {
            Some(value) => value,
            None => {
                let missing: Vec<String> =
                    self.host.missing().iter().map(ToString::to_string).collect();
                Value::Error(format!(
                    "LOADING the cluster is not founded yet: waiting for {}",
                    missing.join(", ")
                ))
            }
        }
    }
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, out: &mut BytesMut) -> io::Result<()> {
    if !out.is_empty() {
        let slow = |_| io::Error::new(io::ErrorKind::TimedOut, "the client does not read");
        tokio::time::timeout(WRITE_WITHIN, stream.write_all(out)).await.map_err(slow)??;
        out.clear();
        if out.capacity() > 1 << 20 {
            *out = BytesMut::new();
        }
    }
    Ok(())
}

fn keys(command: &Command, request: &[Bytes]) -> Vec<Bytes> {
    let (first, last, step) = command.keys;
    let (Ok(first), Ok(step)) = (usize::try_from(first), usize::try_from(step)) else {
        return Vec::new();
    };
    if first == 0 || step == 0 {
        return Vec::new();
    }
    let end = if last < 0 { request.len() } else { first + 1 };
    request.iter().take(end).skip(first).step_by(step).cloned().collect()
}

/// Replies that are due, in order, and what they touch.
#[derive(Default)]
struct Window {
    pending: VecDeque<Pending>,
    /// The keys under way, and whether they are written.
    keys: HashMap<Bytes, bool>,
    /// A command over all keys is under way.
    everything: bool,
}

impl Window {
    fn push(&mut self, pending: Pending) {
        self.pending.push_back(pending);
    }

    fn conflicts(&self, command: &Command, keys: &[Bytes]) -> bool {
        if self.pending.is_empty() {
            return false;
        }
        if command.is_over_all() || self.everything {
            return true;
        }
        let writes = command.writes();
        keys.iter().any(|key| self.keys.get(key).is_some_and(|&written| written || writes))
    }

    fn remember(&mut self, command: &Command, keys: Vec<Bytes>) {
        let writes = command.writes();
        for key in keys {
            *self.keys.entry(key).or_default() |= writes;
        }
        self.everything |= command.is_over_all();
    }

    /// Waits for all replies and appends them.
    async fn finish(&mut self, protocol: Protocol, out: &mut BytesMut) {
        while let Some(pending) = self.pending.pop_front() {
            pending.finish().await.write(protocol, out);
        }
        self.keys.clear();
        self.everything = false;
    }
}
