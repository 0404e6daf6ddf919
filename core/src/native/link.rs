//! Frames over one TCP connection.

use super::error::HelloError;
use crate::base::wire::{self, WireError};
use bytes::{Buf, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How long the other side may take to greet.
pub const HELLO_WITHIN: Duration = Duration::from_secs(2);
/// How long a write may be stuck before the connection counts as broken.
pub const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// How long a connection between members may be silent. Gossip speaks far more often.
pub const IDLE_AFTER: Duration = Duration::from_secs(300);
/// The longest greeting, in bytes.
pub const MAX_HELLO: usize = 256 << 10;

/// Why a connection between nodes ended.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The operating system says so.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// What came is no frame.
    #[error("{0}")]
    Wire(#[from] WireError),
    /// The two nodes do not fit each other.
    #[error("{0}")]
    Hello(#[from] HelloError),
    /// The connection ended in the middle of a frame.
    #[error("the connection ended {got} bytes into a frame: the other side stopped while it sent")]
    Cut {
        /// Bytes of the frame that came.
        got: usize,
    },
    /// The connection ended between two frames.
    #[error("the other side closed the connection")]
    Closed,
    /// Nothing came or went for too long.
    #[error("{what} took longer than {} s", limit.as_secs())]
    Slow {
        /// What was waited for.
        what: &'static str,
        /// How long.
        limit: Duration,
    },
    /// A greeting of absurd length.
    #[error("a greeting of more than {MAX_HELLO} bytes: this is not a node")]
    LongHello,
    /// The acceptor spoke although only its greeting was due.
    #[error("the other side spoke out of turn: it is no node of this protocol")]
    Unasked,
    /// This node is stopping.
    #[error("this node is stopping")]
    Stopping,
}

impl LinkError {
    /// Whether this is a peer that is not there, rather than one that misbehaves.
    #[must_use]
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Closed | Self::Stopping)
    }
}

/// Reads frames from a stream.
#[derive(Debug)]
pub struct FrameReader<R> {
    stream: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// A reader at the beginning of a stream.
    pub fn new(stream: R) -> Self {
        Self { stream, buffer: BytesMut::with_capacity(16 << 10) }
    }

    /// The first frame.
    ///
    /// # Errors
    /// [`LinkError`]; the connection is of no further use.
    pub async fn hello<T: DeserializeOwned>(&mut self) -> Result<T, LinkError> {
        let first = self.next_within(HELLO_WITHIN, "the greeting", MAX_HELLO);
        first.await?.ok_or(LinkError::Closed)
    }

    /// The next frame, or none if the stream ended between two.
    ///
    /// # Errors
    /// [`LinkError`]; the connection is of no further use.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, LinkError> {
        self.next_within(IDLE_AFTER, "the next message", usize::MAX).await
    }

    /// Waits for the end of a stream on which nothing more is to come.
    pub async fn ended(&mut self) -> LinkError {
        let mut byte = [0];
        match self.stream.read(&mut byte).await {
            Ok(0) => LinkError::Closed,
            Ok(_) => LinkError::Unasked,
            Err(error) => error.into(),
        }
    }

    async fn next_within<T: DeserializeOwned>(
        &mut self,
        limit: Duration,
        what: &'static str,
        longest: usize,
    ) -> Result<Option<T>, LinkError> {
        loop {
            if let Some((value, used)) = wire::decode(&self.buffer)? {
                self.buffer.advance(used);
                return Ok(Some(value));
            }
            if self.buffer.len() > longest {
                return Err(LinkError::LongHello);
            }
            self.buffer.reserve(16 << 10);
            let read = self.stream.read_buf(&mut self.buffer);
            let got = tokio::time::timeout(limit, read)
                .await
                .map_err(|_| LinkError::Slow { what, limit })??;
            if got == 0 {
                return match self.buffer.len() {
                    0 => Ok(None),
                    got => Err(LinkError::Cut { got }),
                };
            }
        }
    }
}

/// Writes one frame.
///
/// # Errors
/// [`LinkError`].
pub async fn send<T: Serialize, W: AsyncWrite + Unpin>(
    stream: &mut W,
    value: &T,
) -> Result<(), LinkError> {
    let mut bytes = Vec::new();
    wire::encode(value, &mut bytes)?;
    send_bytes(stream, &bytes).await
}

/// Writes frames that are encoded already.
///
/// # Errors
/// [`LinkError`].
pub async fn send_bytes<W: AsyncWrite + Unpin>(
    stream: &mut W,
    bytes: &[u8],
) -> Result<(), LinkError> {
    tokio::time::timeout(WRITE_WITHIN, stream.write_all(bytes))
        .await
        .map_err(|_| LinkError::Slow { what: "writing to the peer", limit: WRITE_WITHIN })??;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Result<Option<String>, LinkError> {
        FrameReader::new(bytes).next().await
    }

    #[tokio::test]
    async fn frames_are_read_and_bad_ones_are_named() {
        let mut good = Vec::new();
        wire::encode("hello", &mut good).unwrap();
        assert_eq!(read(&good).await.unwrap().as_deref(), Some("hello"));
        assert_eq!(read(b"").await.unwrap(), None);
        assert!(matches!(read(&good[..7]).await, Err(LinkError::Cut { got: 7 })));
        assert!(matches!(
            read(b"GET / HTTP/1.1\r\n\r\n").await,
            Err(LinkError::Wire(WireError::Version { got: b'G' }))
        ));
        let mut long = good.clone();
        long[2..6].copy_from_slice(&(wire::MAX_BODY + 1).to_le_bytes());
        assert!(matches!(read(&long).await, Err(LinkError::Wire(WireError::TooLong { .. }))));
        let last = good.len() - 1;
        good[last] ^= 1;
        assert!(matches!(read(&good).await, Err(LinkError::Wire(WireError::Checksum { .. }))));
    }

    #[tokio::test]
    async fn a_greeting_has_a_length_and_a_time() {
        let mut head = vec![wire::VERSION, 0];
        head.extend_from_slice(&(8u32 << 20).to_le_bytes());
        head.extend_from_slice(&[0; 4]);
        head.resize(MAX_HELLO + 64, 0);
        let hello = FrameReader::new(head.as_slice()).hello::<String>().await;
        assert!(matches!(hello, Err(LinkError::LongHello)));
        let (silent, _other) = tokio::io::duplex(8);
        let mut frames = FrameReader::new(silent);
        let hello = frames.next_within::<String>(Duration::from_millis(5), "the greeting", 9).await;
        assert!(matches!(hello, Err(LinkError::Slow { .. })));
    }
}
