//! The downloader: pages over HTTP, from public addresses only unless others are allowed.
//!
//! A name is resolved here and the connection is made to what was found and checked, so a name that
//! means another address a moment later, or after a redirect, leads nowhere else. Names are kept for
//! [`NAMES_KEPT`]. Redirects are not followed: each one is an address like any other.
//!
//! `ureq` waits in a thread for each request. A crawl has at most 64 under way, and hosts are asked
//! one at a time, so threads are what is cheapest here; the server's own requests wait for none.

use crate::base::Span;
use crate::crawler::{Address, FetchError, Fetched, Kind, MAX_BODY, Wanted, checksum};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// The longest that one request may take.
const TIMEOUT: Span = Span::from_secs(10);
/// How long the addresses of a name are kept.
const NAMES_KEPT: Duration = Duration::from_secs(300);
/// How many names are kept.
const MAX_NAMES: usize = 10_000;

/// Fetches pages, and keeps them in a folder if there is one.
#[derive(Clone, Debug)]
pub struct Downloader {
    agent: Agent,
    folder: Option<Arc<PathBuf>>,
}

/// The resolver, as `ureq` asks it.
#[derive(Debug)]
struct Guarded {
    allow_private: bool,
    look: Look,
    names: Mutex<BTreeMap<String, (Instant, Vec<IpAddr>)>>,
}

/// Where a name is, as far as can be said in time.
type Look = fn(String, &NextTimeout) -> Result<Vec<IpAddr>, ureq::Error>;

/// What the resolver refuses, through `ureq`'s errors.
#[derive(Debug, thiserror::Error)]
#[error("{host} is at {at}")]
struct PrivateAddress {
    host: String,
    at: IpAddr,
}

impl Downloader {
    /// A downloader; pages are kept below `folder` if there is one.
    #[must_use]
    pub fn new(allow_private: bool, folder: Option<PathBuf>) -> Self {
        Self::with(allow_private, folder, resolved)
    }

    fn with(allow_private: bool, folder: Option<PathBuf>, look: Look) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(64)
            .proxy(None) // a proxy would resolve names by itself, past the guard
            .timeout_global(Some(Duration::from_micros(TIMEOUT.as_micros())))
            .build();
        let guarded = Guarded { allow_private, look, names: Mutex::default() };
        let agent = Agent::with_parts(config, DefaultConnector::new(), guarded);
        Self { agent, folder: folder.map(Arc::new) }
    }

    /// Asks once for a page.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch(
        &self,
        address: &Address,
        agent: &str,
        wanted: Wanted,
    ) -> Result<Fetched, FetchError> {
        let this = self.clone();
        let (address, agent) = (address.clone(), agent.to_owned());
        let fetched = tokio::task::spawn_blocking(move || this.get(&address, &agent, wanted)).await;
        fetched.unwrap_or_else(|error| Err(FetchError::Connection { reason: error.to_string() }))
    }

    fn get(&self, address: &Address, agent: &str, wanted: Wanted) -> Result<Fetched, FetchError> {
        let agent = format!("{agent}/{}", env!("CARGO_PKG_VERSION"));
        let request = self.agent.get(address.as_str()).header("User-Agent", agent);
        let mut answer = request
            .header("Accept", "text/html, application/xhtml+xml, text/plain;q=0.5, */*;q=0.1")
            .call()
            .map_err(|error| refused(address, error))?;
        let header = |name: &str| {
            let value = answer.headers().get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let (content_type, location) = (header("content-type"), header("location"));
        let mut body = Vec::new();
        // Of what is not read, no byte is fetched.
        if wanted == Wanted::Rules || Kind::of(content_type.as_deref()).is_some() {
            let reader = answer.body_mut().as_reader();
            reader
                .take(MAX_BODY as u64)
                .read_to_end(&mut body)
                .map_err(|error| refused(address, ureq::Error::from(error)))?;
        }
        let status = answer.status().as_u16();
        Ok(Fetched { status, content_type, location, body: body.into() })
    }

    /// Writes a page into the folder, in one piece.
    ///
    /// # Errors
    /// What the system says.
    pub async fn keep(
        &self,
        _crawl: &str,
        address: &Address,
        kind: Kind,
        body: &Bytes,
    ) -> Result<(), String> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let (path, body) = (folder.join(file_of(address, kind)), body.clone());
        let written = tokio::task::spawn_blocking(move || write(&path, &body)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!("cannot keep a page in {}: {error}", folder.display());
                Err(error.to_string())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Letters of a host that name its folder; file systems take names of 255 bytes.
const MAX_FOLDER: usize = 200;

/// Where a page is kept, below the folder: `at-HOST/CHECKSUM-OF-ITS-ADDRESS.html` or `.txt`.
#[must_use]
pub fn file_of(address: &Address, kind: Kind) -> PathBuf {
    let host: String = address
        .host()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' })
        .collect();
    let name = checksum(address.as_str().as_bytes());
    let extension = match kind {
        Kind::Html => "html",
        Kind::Text => "txt",
    };
    // The longest names of hosts are longer than the name of a folder may be.
    let host = match host.len() {
        ..=MAX_FOLDER => host,
        _ => format!("{}-{:032x}", &host[..MAX_FOLDER], checksum(address.host().as_bytes())),
    };
    // A host may be called `..`, by its owner's DNS: no folder is.
    Path::new(&format!("at-{host}")).join(format!("{name:032x}.{extension}"))
}

/// Under another name first, so that no page is ever half there.
fn write(path: &Path, body: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension("unfinished");
    std::fs::write(&unfinished, body)?;
    std::fs::rename(&unfinished, path)
}

/// A failure in this module's words.
fn refused(address: &Address, error: ureq::Error) -> FetchError {
    let host = address.host().to_owned();
    match error {
        ureq::Error::HostNotFound => FetchError::Unknown { host },
        ureq::Error::Timeout(_) => FetchError::Timeout { after: TIMEOUT },
        ureq::Error::Other(other) => match other.downcast::<PrivateAddress>() {
            Ok(private) => FetchError::Private { host: private.host, at: private.at.to_string() },
            Err(other) => FetchError::Connection { reason: other.to_string() },
        },
        ureq::Error::Io(error) if error.kind() == ErrorKind::TimedOut => {
            FetchError::Timeout { after: TIMEOUT }
        }
        other => FetchError::Connection { reason: other.to_string() },
    }
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default().to_owned();
        let port = uri.port_u16();
        let port = port.unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let found = self.look_up(&host, &timeout)?;
        if !self.allow_private
            && let Some(&at) = found.iter().find(|&&at| is_private(at))
        {
            return Err(ureq::Error::Other(Box::new(PrivateAddress { host, at })));
        }
        let mut addresses = self.empty();
        // The list that `ureq` takes has room for sixteen.
        for at in found.into_iter().take(16) {
            addresses.push(SocketAddr::new(at, port));
        }
        Ok(addresses)
    }
}

impl Guarded {
    fn look_up(&self, host: &str, timeout: &NextTimeout) -> Result<Vec<IpAddr>, ureq::Error> {
        let names = || self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, found)) = names().get(host)
            && *until > Instant::now()
        {
            return Ok(found.clone());
        }
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let found = (self.look)(name.to_owned(), timeout)?;
        if found.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        let mut names = names();
        if names.len() >= MAX_NAMES {
            names.clear(); // to be looked up again costs little
        }
        names.insert(host.to_owned(), (Instant::now() + NAMES_KEPT, found.clone()));
        Ok(found)
    }
}

/// The system's resolver knows no timeout: it is waited for in a thread of its own, which ends when it
/// does.
fn resolved(name: String, timeout: &NextTimeout) -> Result<Vec<IpAddr>, ureq::Error> {
    let (tell, told) = mpsc::channel();
    std::thread::Builder::new().name("resolver".into()).spawn(move || {
        let found = (name.as_str(), 0).to_socket_addrs();
        let found = found.map(|found| found.map(|address| address.ip()).collect());
        let _ = tell.send(found); // nobody may be waiting any more
    })?;
    let found: std::io::Result<Vec<IpAddr>> =
        told.recv_timeout(*timeout.after).map_err(|_| ureq::Error::Timeout(timeout.reason))?;
    found.map_err(|_| ureq::Error::HostNotFound)
}

/// Whether an address is not one of the public internet: this machine, its own network, or kept for
/// something else (RFC 6890).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

fn is_private_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // shared between a provider and its customers
        || (a == 198 && (18..20).contains(&b)) // benchmarks
        || (a == 192 && b == 0 && c == 0)
}

fn is_private_v6(v6: Ipv6Addr) -> bool {
    // Addresses that carry one of version 4: mapped, compatible, translated, 6to4.
    let segments = v6.segments();
    let inner = match segments {
        [0, 0, 0, 0, 0, 0 | 0xFFFF, high, low] | [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => {
            Some((high, low))
        }
        [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = inner {
        return is_private_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    }
    // What is public is 2000::/3 without its documentation and protocol blocks.
    segments[0] >> 13 != 1
        || (segments[0] == 0x2001 && (segments[1] < 0x200 || segments[1] == 0xDB8))
        || segments[0] == 0x3FFF && segments[1] < 0x1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn r9_13_private_addresses_are_told_from_public_ones() {
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.1.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::127.0.0.1",
        ] {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn r9_13_private_addresses_are_refused_by_whatever_name() {
        let downloader = Downloader::new(false, None);
        for text in [
            "http://127.0.0.1:9/",
            "http://localhost:9/",
            "http://[::1]:9/",
            "http://2130706433:9/",
        ] {
            let refused = downloader.get(&Address::parse(text).unwrap(), "ennead", Wanted::Page);
            assert!(matches!(refused, Err(FetchError::Private { .. })), "{text}: {refused:?}");
        }
        let open = Downloader::new(true, None);
        let address = Address::parse("http://127.0.0.1:9/").unwrap();
        let refused = open.get(&address, "ennead", Wanted::Page);
        assert!(matches!(refused, Err(FetchError::Connection { .. })), "{refused:?}");
    }

    #[test]
    fn r9_13_a_name_that_changes_its_address_leads_nowhere_else() {
        let fetch = |downloader: &Downloader, url: &str| {
            downloader.get(&Address::parse(url).unwrap(), "ennead", Wanted::Page)
        };
        // One of several addresses is enough to be refused: which of them is connected to is not known before.
        let both: Look = |_, _| Ok(vec![[8, 8, 8, 8].into(), [127, 0, 0, 1].into()]);
        let refused = fetch(&Downloader::with(false, None, both), "http://both.example:9/");
        assert!(matches!(refused, Err(FetchError::Private { .. })), "{refused:?}");

        // A name that is here first and nowhere from then on: what was found first is connected to, and kept.
        static ASKED: AtomicU64 = AtomicU64::new(0);
        let here_once: Look = |_, _| match ASKED.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(vec![[127, 0, 0, 1].into()]),
            _ => Err(ureq::Error::HostNotFound),
        };
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in server.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).unwrap();
                stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nhere").unwrap();
            }
        });
        let downloader = Downloader::with(true, None, here_once);
        for _ in 0..2 {
            let fetched = fetch(&downloader, &format!("http://once.example:{port}/"));
            assert_eq!(fetched.map(|fetched| fetched.body), Ok(Bytes::from_static(b"here")));
        }
        assert_eq!(ASKED.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn pages_are_kept_under_names_that_lead_nowhere_else() {
        let address = Address::parse("http://[::1]:8080/../../etc/passwd?x=/..").unwrap();
        let path = file_of(&address, Kind::Html);
        assert_eq!(path.components().count(), 2);
        let long = format!("http://{}.example/", "a.".repeat(120));
        let path = file_of(&Address::parse(&long).unwrap(), Kind::Html);
        assert!(path.iter().all(|name| name.len() <= 255), "{}", path.display());
        let path = file_of(&address, Kind::Html);
        assert!(path.starts_with("at-___1_"), "{}", path.display());
    }
}
