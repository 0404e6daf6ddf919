//! A small client for RESP.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`.
    Simple(String),
    /// `-ERR ...`.
    Error(String),
    /// A number.
    Number(i64),
    /// Bytes, as text.
    Bulk(String),
    /// Nothing.
    Nil,
    /// Several.
    Array(Vec<Reply>),
}

impl Reply {
    /// `+OK`.
    #[must_use]
    pub fn ok() -> Self {
        Self::Simple("OK".into())
    }

    /// A bulk string.
    #[must_use]
    pub fn bulk(text: &str) -> Self {
        Self::Bulk(text.into())
    }

    /// The words of an error; empty if it is none.
    #[must_use]
    pub fn error(&self) -> &str {
        match self {
            Self::Error(words) => words,
            _ => "",
        }
    }
}

/// A connection.
#[derive(Debug)]
pub struct Resp {
    stream: BufReader<TcpStream>,
}

impl Resp {
    /// Connects, with a bound on every wait.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn connect(address: SocketAddr, limit: Duration) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(limit))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a command and reads its reply.
    ///
    /// # Errors
    /// What the operating system says, or a broken reply.
    pub fn ask(&mut self, words: &[&str]) -> Result<Reply> {
        self.send(&command(words))?;
        self.reply()
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads a reply.
    ///
    /// # Errors
    /// What the operating system says, or a broken reply.
    pub fn reply(&mut self) -> Result<Reply> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let broken = || Error::new(ErrorKind::InvalidData, format!("a reply began with {line:?}"));
        let rest = line.get(1..).map(str::trim_end).ok_or_else(broken)?;
        let number = || rest.parse::<i64>().map_err(|_| broken());
        Ok(match line.as_bytes()[0] {
            b'+' => Reply::Simple(rest.into()),
            b'-' => Reply::Error(rest.into()),
            b':' => Reply::Number(number()?),
            b'$' => match usize::try_from(number()?) {
                Err(_) => Reply::Nil,
                Ok(length) => {
                    let mut bytes = vec![0; length + 2];
                    self.stream.read_exact(&mut bytes)?;
                    bytes.truncate(length);
                    Reply::Bulk(String::from_utf8_lossy(&bytes).into_owned())
                }
            },
            b'*' => match usize::try_from(number()?) {
                Err(_) => Reply::Nil,
                Ok(length) => {
                    Reply::Array((0..length).map(|_| self.reply()).collect::<Result<_>>()?)
                }
            },
            _ => return Err(broken()),
        })
    }

    /// Whether the server ends the connection.
    pub fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }
}

/// A command as an array of byte strings.
#[must_use]
pub fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}
