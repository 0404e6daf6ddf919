//! A device of the chat: a small client over WebSocket that says and hears JSON.

use crate::secs;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::{Error, Message, WebSocket};

/// A connected device.
#[derive(Debug)]
pub struct Socket {
    inner: WebSocket<TcpStream>,
}

impl Socket {
    /// Connects, greets, and waits for the welcome, which comes second.
    ///
    /// # Errors
    /// Why there is no connection.
    pub fn connect(
        address: SocketAddr,
        token: &str,
        known: &Value,
    ) -> Result<(Self, Value), String> {
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let url = format!("ws://{address}/v1/chat/socket");
        let (inner, _) = handshake(&url, stream)?;
        let mut socket = Self { inner };
        socket.say(&json!({ "type": "hello", "token": token, "known": known, "backlog": 200 }))?;
        let welcome = socket.hear(secs(10))?.ok_or("no welcome")?;
        if welcome["type"] == "welcome" { Ok((socket, welcome)) } else { Err(welcome.to_string()) }
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// Why the connection is broken.
    pub fn say(&mut self, frame: &Value) -> Result<(), String> {
        self.inner.send(Message::Text(frame.to_string().into())).map_err(|error| error.to_string())
    }

    /// The next frame that comes within a while; none if none does.
    ///
    /// # Errors
    /// Why the connection ended: the code, if the other side closed it.
    pub fn hear(&mut self, limit: Duration) -> Result<Option<Value>, String> {
        let until = Instant::now() + limit;
        loop {
            match self.inner.read() {
                Ok(Message::Text(text)) => return Ok(serde_json::from_str(&text).ok()),
                Ok(Message::Close(frame)) => {
                    let code = frame.map_or(1005, |frame| u16::from(frame.code));
                    return Err(code.to_string());
                }
                Ok(_) => {}
                Err(Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    if Instant::now() > until {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// The next frame of a kind, whatever comes before it.
    ///
    /// # Panics
    /// If none comes within ten seconds.
    pub fn hear_kind(&mut self, kind: &str) -> Value {
        let until = Instant::now() + secs(10);
        while Instant::now() < until {
            match self.hear(secs(1)) {
                Ok(Some(frame)) if frame["type"] == kind => return frame,
                Ok(_) => {}
                Err(error) => panic!("no {kind}: the connection ended: {error}"),
            }
        }
        panic!("no {kind} within ten seconds")
    }

    /// The code with which the other side closes the connection.
    ///
    /// # Panics
    /// If it does not within ten seconds.
    pub fn closed(&mut self) -> String {
        let until = Instant::now() + secs(10);
        while Instant::now() < until {
            if let Err(why) = self.hear(secs(1)) {
                return why;
            }
        }
        panic!("not closed within ten seconds")
    }
}

/// The handshake; a stream whose reads give up early is asked again.
fn handshake(
    url: &str,
    stream: TcpStream,
) -> Result<(WebSocket<TcpStream>, tungstenite::handshake::client::Response), String> {
    use tungstenite::HandshakeError;
    let mut attempt = tungstenite::client(url, stream);
    let until = Instant::now() + secs(10);
    loop {
        match attempt {
            Ok(done) => return Ok(done),
            Err(HandshakeError::Interrupted(again)) if Instant::now() < until => {
                attempt = again.handshake();
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}
