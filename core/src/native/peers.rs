//! TCP between nodes: each node dials every other one and sends there; what it hears comes over the
//! connections that others dialled.
//!
//! Both sides begin with a [`Hello`]. While a node has no cluster the greetings are all there is,
//! repeated until the founding is decided; between two members messages follow, from the dialler
//! to the acceptor. A connection that breaks the protocol is closed and logged, never the server.

use super::founding::Hello;
use super::host::{Host, Running, count};
use super::link::{self, FrameReader, LinkError};
use crate::base::{Random, wire};
use crate::kv::Message;
use crate::ring::NodeId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc};

/// Connections from peers at once; more wait to be accepted.
const MAX_INCOMING: usize = 1_024;
/// Messages in one write.
const WRITE_BATCH: usize = 256;
/// Between two attempts to reach a peer: it grows from the first to the last.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// Accepts connections of peers until the process stops.
pub async fn accept(host: Arc<Host>, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(MAX_INCOMING));
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
                tracing::warn!("cannot accept a peer: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let host = Arc::clone(&host);
        tokio::spawn(async move {
            if let Err(error) = hear(&host, stream).await
                && !error.is_absence()
            {
                count(&host.counters.bad_peers);
                tracing::warn!("connection from {from} closed: {error}");
            }
            drop(place);
        });
    }
}

/// Answers the greeting and delivers the messages that follow.
async fn hear(host: &Host, stream: TcpStream) -> Result<(), LinkError> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut frames = FrameReader::new(reader);
    let hello: Hello = frames.hello().await?;
    let Some(running) = host.running() else {
        link::send(&mut writer, &host.hello()).await?;
        host.handle_hello(&hello);
        return Ok(());
    };
    let checked = hello.check_member(&running.founding);
    // A stranger is told who we are, too: so it can say what is wrong.
    link::send(&mut writer, &host.hello()).await?;
    if let Err(error) = checked {
        // It will try again every second: this logs it once.
        count(&host.counters.bad_peers);
        host.note_problem(hello.me.peer, &error.to_string());
        return Ok(());
    }
    host.introduce(&hello.me);
    if hello.founding.is_none() {
        return Ok(()); // it knows now, and will dial again as a member
    }
    let Some(from) = running.founding.seat(&hello.me.name).map(|seat| seat.member.id) else {
        return Ok(());
    };
    if let Some(outgoing) = running.outgoing.get(&from)
        && !host.is_connected(from)
    {
        outgoing.redial.notify_one(); // it is back: no need to wait for the next attempt
    }
    loop {
        let message: Message = tokio::select! {
            biased;
            () = host.until_stopping() => return Err(LinkError::Stopping),
            next = frames.next() => match next? {
                Some(message) => message,
                None => return Ok(()),
            },
        };
        if running.node.deliver(from, message).await.is_err() {
            return Err(LinkError::Stopping);
        }
    }
}

/// Greets a peer again and again until the cluster is founded.
pub async fn gather(host: Arc<Host>, peer: SocketAddr) {
    let (mut pause, never) = (Pause::new(), Notify::new());
    while host.running().is_none() && !host.is_stopping() {
        match greet(&host, peer).await {
            Ok((_, _, hello)) => {
                host.handle_hello(&hello);
                pause.restart();
            }
            Err(error) if error.is_absence() => {}
            Err(error) => host.note_problem(peer, &error.to_string()),
        }
        pause.sleep(&never).await;
    }
}

type Greeted =
    (FrameReader<tokio::net::tcp::OwnedReadHalf>, tokio::net::tcp::OwnedWriteHalf, Hello);

async fn greet(host: &Host, peer: SocketAddr) -> Result<Greeted, LinkError> {
    let slow = |_| LinkError::Slow { what: "connecting", limit: CONNECT_WITHIN };
    let connecting = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(peer));
    let stream = connecting.await.map_err(slow)??;
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    link::send(&mut writer, &host.hello()).await?;
    let mut frames = FrameReader::new(reader);
    let hello = frames.hello().await?;
    Ok((frames, writer, hello))
}

/// Keeps a connection to a member and sends what its queue holds.
pub async fn dial(
    host: Arc<Host>,
    running: Arc<Running>,
    peer: NodeId,
    mut queue: mpsc::Receiver<Message>,
) {
    let Some(address) =
        running.founding.seats.iter().find(|seat| seat.member.id == peer).map(|seat| seat.peer)
    else {
        return;
    };
    let Some(outgoing) = running.outgoing.get(&peer) else { return };
    let mut pause = Pause::new();
    while !host.is_stopping() {
        let ended = match greet(&host, address).await {
            Ok((frames, writer, hello)) => match hello.check_member(&running.founding) {
                Ok(()) if hello.founding.is_some() => {
                    host.introduce(&hello.me);
                    match hello.check_config(&running.config) {
                        Ok(()) => host.clear_problem(address),
                        Err(error) => host.note_problem(address, &error.to_string()),
                    }
                    host.set_connected(peer, true);
                    pause.restart();
                    let ended = speak(&host, frames, writer, &mut queue).await;
                    host.set_connected(peer, false);
                    ended
                }
                Ok(()) => {
                    pause.sleep(&outgoing.redial).await;
                    continue; // it is about to learn of its cluster
                }
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error),
        };
        let Err(error) = ended else { return };
        // A peer that is only slow may yet do what it was sent; one whose connection closed has
        // ended, or will read nothing more from it.
        let is_slow = matches!(error, LinkError::Slow { .. });
        if !is_slow && running.node.disconnected(peer).await.is_err() {
            return;
        }
        // What the node sent before it knew has been given up, or given to others: it must not
        // arrive late.
        let mut stale = 0;
        while queue.try_recv().is_ok() {
            stale += 1;
        }
        outgoing.dropped.fetch_add(stale, Ordering::Relaxed);
        if error.is_absence() {
            tracing::debug!("peer {address}: {error}");
        } else {
            host.note_problem(address, &error.to_string());
        }
        pause.sleep(&outgoing.redial).await;
    }
}

/// Sends until the connection ends or the process stops.
async fn speak(
    host: &Host,
    mut frames: FrameReader<tokio::net::tcp::OwnedReadHalf>,
    mut writer: tokio::net::tcp::OwnedWriteHalf,
    queue: &mut mpsc::Receiver<Message>,
) -> Result<(), LinkError> {
    let mut messages = Vec::with_capacity(WRITE_BATCH);
    let mut bytes = Vec::new();
    loop {
        tokio::select! {
            biased;
            () = host.until_stopping() => return Ok(()),
            // The acceptor says nothing after its greeting: this is how its end shows.
            closed = frames.ended() => return Err(closed),
            got = queue.recv_many(&mut messages, WRITE_BATCH) => if got == 0 {
                return Ok(());
            },
        }
        bytes.clear();
        for message in messages.drain(..) {
            if let Err(error) = wire::encode(&message, &mut bytes) {
                tracing::warn!("a message was not sent: {error}");
            }
        }
        link::send_bytes(&mut writer, &bytes).await?;
        if bytes.capacity() > 4 << 20 {
            bytes = Vec::new(); // a burst of large values shall not stay in memory
        }
    }
}

/// Growing pauses between attempts, spread at random so that nodes do not dial in step.
struct Pause {
    next: Duration,
    random: Random,
}

impl Pause {
    fn new() -> Self {
        Self { next: RETRY.0, random: Random::new(super::clock::entropy().unwrap_or(1)) }
    }

    fn restart(&mut self) {
        self.next = RETRY.0;
    }

    /// Sleeps, unless woken.
    async fn sleep(&mut self, wake: &Notify) {
        let millis = u64::try_from(self.next.as_millis()).unwrap_or(u64::MAX);
        let spread = self.random.between(millis / 2, millis);
        self.next = (self.next * 2).min(RETRY.1);
        tokio::select! {
            biased;
            () = wake.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(spread)) => {}
        }
    }
}
