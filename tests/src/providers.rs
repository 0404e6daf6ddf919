//! Those who bring messages to devices, on loopback: a mail server and a webhook, which note what they are given.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Who sends it, by the envelope.
    pub from: String,
    /// Who gets it, by the envelope.
    pub to: String,
    /// Its headers and body, as they came.
    pub text: String,
}

impl Mail {
    /// A header's value; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        let of = |line: &str| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        self.text.lines().take_while(|line| !line.is_empty()).find_map(of).unwrap_or_default()
    }
}

/// A mail server that takes every mail (RFC 5321, as far as that needs it).
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailServer {
    /// Serves until the test ends. It takes each mail after a pause, as one that writes to a disk.
    #[must_use]
    pub fn start(pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&mails);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = Arc::clone(&taken);
                // Whoever goes away in the middle has sent nothing.
                std::thread::spawn(move || receive(stream, pause, &taken).unwrap_or_default());
            }
        });
        Self { address, mails }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// All mails so far.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

fn receive(stream: TcpStream, pause: Duration, taken: &Mutex<Vec<Mail>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes());
    say("220 test ESMTP")?;
    let (mut from, mut to) = (String::new(), String::new());
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_ascii_uppercase();
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        if command.starts_with("EHLO") {
            say("250 test")?;
        } else if command.starts_with("MAIL FROM:") {
            from = address();
            say("250 ok")?;
        } else if command.starts_with("RCPT TO:") {
            to = address();
            say("250 ok")?;
        } else if command == "DATA" {
            say("354 go on")?;
            let mut text = String::new();
            loop {
                let mut line = String::new();
                if lines.read_line(&mut line)? == 0 {
                    return Ok(());
                }
                let line = line.trim_end_matches(['\r', '\n']);
                if line == "." {
                    break;
                }
                text += line.strip_prefix('.').unwrap_or(line);
                text += "\n";
            }
            std::thread::sleep(pause);
            taken.lock().unwrap().push(Mail { from: from.clone(), to: to.clone(), text });
            say("250 taken")?;
        } else if command == "QUIT" {
            return say("221 bye");
        } else {
            say("250 ok")?;
        }
    }
}

/// What was posted to a webhook.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The header `Idempotency-Key`.
    pub key: String,
    /// The body.
    pub body: serde_json::Value,
}

/// What a webhook answers to the n-th of the posts for an address.
pub type Answers = fn(address: &str, times: usize) -> &'static str;

/// A webhook.
#[derive(Debug)]
pub struct Webhook {
    address: SocketAddr,
    posts: Arc<Mutex<Vec<Posted>>>,
}

impl Webhook {
    /// Serves until the test ends; `answers` gives status line and headers, without the last empty line.
    #[must_use]
    pub fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let posts = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&posts);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let all = Arc::clone(&all);
                std::thread::spawn(move || take_post(stream, answers, &all).unwrap_or_default());
            }
        });
        Self { address, posts }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/push", self.address)
    }

    /// All posts so far.
    #[must_use]
    pub fn posts(&self) -> Vec<Posted> {
        self.posts.lock().unwrap().clone()
    }
}

fn take_post(stream: TcpStream, answers: Answers, all: &Mutex<Vec<Posted>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let key = headers.get("idempotency-key").cloned().unwrap_or_default();
    let address = body["address"].as_str().unwrap_or_default().to_owned();
    let times = {
        let mut all = all.lock().unwrap();
        all.push(Posted { key, body });
        all.iter().filter(|posted| posted.body["address"] == address.as_str()).count()
    };
    let head = answers(&address, times);
    out.write_all(
        format!("HTTP/1.1 {head}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok").as_bytes(),
    )
}
