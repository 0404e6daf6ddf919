//! Notices of a signed application, from being given over to a webhook on loopback.

use super::systems::{Client, Measured, failed};
use crate::notification::sign;
use serde_json::json;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Users that are told, and notices for each: as many as a user may be told at once.
const USERS: u64 = 64;
const EACH: u64 = 30;
/// How long all deliveries may take.
const WITHIN: Duration = Duration::from_secs(60);

/// A webhook that takes everything, and counts it.
pub(super) struct Sink {
    address: SocketAddr,
    taken: Arc<AtomicU64>,
}

impl Sink {
    pub(super) fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (address, taken) = (listener.local_addr()?, Arc::new(AtomicU64::new(0)));
        let count = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let count = Arc::clone(&count);
                // A connection that breaks ends its thread.
                std::thread::spawn(move || take(stream, &count).unwrap_or_default());
            }
        });
        Ok(Self { address, taken })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

fn take(stream: TcpStream, taken: &AtomicU64) -> std::io::Result<()> {
    let (mut lines, mut out) = (BufReader::new(stream.try_clone()?), stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        std::io::copy(&mut lines.by_ref().take(length), &mut std::io::sink())?;
        taken.fetch_add(1, Ordering::Relaxed);
        out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
}

/// What was measured: how notices were given over, and how many were delivered a second.
pub(super) struct Notices {
    pub(super) accepted: Measured,
    pub(super) delivered: f64,
}

/// Gives over as many notices as there may be at once, from `clients` clients.
pub(super) fn measure(
    nodes: &[SocketAddr],
    sink: &Sink,
    clients: usize,
) -> std::io::Result<Notices> {
    let none = |what: &'static str| move || failed(what);
    let client = Client::new(&[]);
    let name = json!({"name": "bench"}).to_string();
    let app = client.post_json(nodes[0], "/v1/apps", &[], &name);
    let app = app.ok_or_else(none("no application was made"))?;
    let (key, secret) = (app["key"].as_str().unwrap_or(""), app["secret"].as_str().unwrap_or(""));
    for i in 0..USERS {
        let user = json!({"name": format!("told-{i}"), "password": "correct horse"}).to_string();
        client.post_json(nodes[0], "/v1/users", &[], &user).ok_or_else(none("no sign-up"))?;
        let session = client.post_json(nodes[0], "/v1/sessions", &[], &user);
        let session = session.ok_or_else(none("no log-in"))?;
        let bearer = format!("Bearer {}", session["token"].as_str().unwrap_or_default());
        let device = json!({"platform": "web", "token": format!("device-{i}")}).to_string();
        let headers = [("Authorization", bearer.as_str())];
        let added = client.post_json(nodes[0], "/v1/me/devices", &headers, &device);
        added.ok_or_else(none("no device was added"))?;
    }
    let before = sink.taken.load(Ordering::Relaxed);
    let next = AtomicU64::new(0);
    let began = Instant::now();
    let each = |number: usize| {
        let client = Client::new(&[]);
        let mut measured = Measured::default();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= USERS * EACH {
                return measured;
            }
            let body = json!({"to": format!("told-{}", i % USERS), "template": "message",
                "fields": {"from": "Bench", "text": format!("Notice {i}")}});
            let (path, body, event) = ("/v1/notifications", body.to_string(), format!("{i}"));
            let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let signature = sign(secret, "POST", path, time, &event, body.as_bytes());
            let time = time.to_string();
            let headers = [
                ("X-Ennead-App", key),
                ("X-Ennead-Time", time.as_str()),
                ("X-Ennead-Signature", signature.as_str()),
                ("Idempotency-Key", event.as_str()),
            ];
            let asked = Instant::now();
            match client.post_json(nodes[number % nodes.len()], path, &headers, &body) {
                Some(_) => {
                    let took = asked.elapsed().as_micros();
                    measured.micros.push(u64::try_from(took).unwrap_or(u64::MAX));
                }
                None => measured.fail("no good answer"),
            }
        }
    };
    let accepted = std::thread::scope(|scope| {
        let all: Vec<_> = (0..clients).map(|number| scope.spawn(move || each(number))).collect();
        Measured::together(all, began)
    });
    let expected = accepted.micros.len() as u64;
    while sink.taken.load(Ordering::Relaxed) - before < expected {
        if began.elapsed() > WITHIN {
            return Err(failed("not all notices were delivered"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    #[allow(clippy::cast_precision_loss)] // for people
    let delivered = expected as f64 / began.elapsed().as_secs_f64();
    Ok(Notices { accepted, delivered })
}
