//! One connection's bytes: clients that stop reading are left, and clients that are still writing get to
//! read their answer.
//!
//! A server that answers before it has read a whole body (it is too long, the client asks too often) and
//! then closes has its system reset the connection, and the client may see the reset and never the
//! answer. So what is still on its way is read and thrown away for a while first (RFC 9112, section 9.6).

use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// How long what a client still sends after its answer is read.
const LINGER: Duration = Duration::from_secs(5);

/// A connection that ends when its client stops reading, and whose closing waits for a client that is
/// still sending.
pub(super) struct ClientStream {
    stream: TcpStream,
    stall: Duration,
    /// Set once a body was left unread: more of it may come.
    unread: Arc<AtomicBool>,
    deadline: Pin<Box<Sleep>>,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    /// The client takes nothing; it has until the deadline.
    Stalled,
    /// Nothing more is written; what comes is thrown away until the deadline.
    Lingering,
}

impl ClientStream {
    /// `unread` is what [`Watched`] bodies of this connection set.
    pub(super) fn new(stream: TcpStream, stall: Duration, unread: Arc<AtomicBool>) -> Self {
        Self { stream, stall, unread, deadline: Box::pin(sleep(stall)), state: State::Open }
    }

    fn wait(&mut self, state: State, time: Duration) {
        self.state = state;
        self.deadline.as_mut().reset(Instant::now() + time);
    }

    /// What writing came to, unless it is the client that has not read for too long.
    fn written(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.state = State::Open;
            return written;
        }
        if self.state != State::Stalled {
            self.wait(State::Stalled, self.stall);
        }
        ready!(self.deadline.as_mut().poll(context));
        let told = format!("the client has read nothing for {:?}", self.stall);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, told)))
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, into)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.written(written, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, bytes);
        this.written(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.state != State::Lingering {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
            if !this.unread.load(Ordering::Relaxed) {
                return Poll::Ready(Ok(()));
            }
            this.wait(State::Lingering, LINGER);
        }
        let mut thrown_away = [0; 16 << 10];
        while this.deadline.as_mut().poll(context).is_pending() {
            let mut room = ReadBuf::new(&mut thrown_away);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut room))?;
            if room.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A body that tells its connection when it was not read to its end.
pub(super) struct Watched {
    body: Incoming,
    unread: Arc<AtomicBool>,
}

impl Watched {
    pub(super) fn new(body: Incoming, unread: Arc<AtomicBool>) -> Self {
        Self { body, unread }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            self.unread.store(true, Ordering::Relaxed);
        }
    }
}
