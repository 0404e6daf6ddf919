//! How often one client may ask: so often a second for reads, for writes to the store, and for what services
//! are asked to do, each counted apart, so that who writes too fast may still look. Signing up and logging in have
//! a much lower limit of their own, since each is a try at somebody's password and some ten milliseconds of work.
//!
//! A client is an address, or the /64 network of one of IP version 6, since any house has as many
//! addresses as it likes. Behind a proxy all clients have one address: switch this off there (`--rate 0`)
//! and let the proxy count. What watches a node (`/healthz`, `/metrics`) is never refused. RESP is not
//! limited so: its clients are programs that pipeline by design, bounded by the node's queues.

use super::problem::Problem;
use crate::base::{Instant, Rate, RateLimiter, Span};
use crate::native::host::{Host, count};
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use clap::Args;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// Clients that are remembered for each class, in about 10 MB.
const ROOM: usize = 100_000;
/// The longest body that is read of a request that was refused, in bytes.
const MAX_LEFT: usize = 64 << 10;
/// How often one client may sign up and log in, unless it may ask any number of requests: a house or a school
/// has one address.
const LOGINS: Rate = Rate::new(60, Span::from_secs(60), 120);

/// Bounds on one client over HTTP.
#[derive(Clone, Copy, Debug, Args)]
pub struct Bounds {
    // What a node of two slow cores can answer in all: nobody who waits for answers comes near it, and a
    // flood is refused for less than it would cost.
    /// Reads, writes and requests to services, each, that one client may send a second over HTTP; 0 for
    /// any number
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    rate: u32,
    /// How many of each it may send at once [default: twice the rate]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    burst: Option<u32>,
}

impl Bounds {
    /// Any number of requests.
    pub const NONE: Self = Self { rate: 0, burst: None };

    /// The rate of one client in each class, if there is one.
    #[must_use]
    pub fn rate(self) -> Option<Rate> {
        let burst = self.burst.unwrap_or(self.rate.saturating_mul(2));
        (self.rate > 0).then(|| Rate::new(self.rate, Span::from_secs(1), burst))
    }

    /// The same as the arguments of a command.
    #[must_use]
    pub fn arguments(self) -> Vec<String> {
        let burst = self.burst.into_iter().flat_map(|burst| ["--burst".into(), burst.to_string()]);
        ["--rate".into(), self.rate.to_string()].into_iter().chain(burst).collect()
    }
}

/// What kind of work a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Read,
    Write,
    Service,
    Login,
}

/// The classes by number, as [`crate::native::host::HostCounters`] counts those that were refused.
pub(super) const CLASSES: [&str; 4] = ["read", "write", "service", "login"];

impl Class {
    /// Of a request; none if it is never refused.
    fn of(method: &Method, path: &str) -> Option<Self> {
        match path {
            "/healthz" | "/metrics" => None,
            _ if method.is_safe() => Some(Self::Read),
            _ if path.starts_with("/v1/kv/") || path.starts_with("/v1/registers/") => {
                Some(Self::Write)
            }
            "/v1/users" | "/v1/sessions" => Some(Self::Login),
            _ => Some(Self::Service),
        }
    }
}

/// The limits of all clients.
#[derive(Debug)]
pub(super) struct Limits {
    classes: [Mutex<RateLimiter<IpAddr>>; 4],
}

impl Limits {
    /// The same rate for each class but log-ins.
    pub(super) fn new(rate: Rate) -> Self {
        let classes = [rate, rate, rate, LOGINS];
        Self { classes: classes.map(|rate| Mutex::new(RateLimiter::new(rate, ROOM))) }
    }

    fn check(&self, class: Class, client: IpAddr, now: Instant) -> Result<(), Problem> {
        let limiter = &self.classes[class as usize];
        let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.check(client, now).map_err(|wait| {
            let detail = format!(
                "{} requests are taken {} from {client}: wait {wait}, or ask the operator about --rate",
                CLASSES[class as usize],
                limiter.rate()
            );
            let status = StatusCode::TOO_MANY_REQUESTS;
            Problem::new(status, "too-often", "Too many requests", detail).retry_after(wait)
        })
    }
}

/// Whose requests are counted together.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
        address => address,
    }
}

/// Refuses what is too much.
pub(super) async fn limited(
    State((host, limits)): State<(Arc<Host>, Arc<Limits>)>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if let Some(class) = Class::of(request.method(), request.uri().path()) {
        let now = host.started.now().instant;
        if let Err(refused) = limits.check(class, client(from.ip()), now) {
            count(&host.counters.http_limited[class as usize]);
            // A connection on which a body is left over could not be used again.
            let _ = to_bytes(request.into_body(), MAX_LEFT).await; // too long: then it is closed
            return Err(refused);
        }
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_7_requests_are_counted_by_what_they_cost() {
        for (method, path, class) in [
            (Method::GET, "/healthz", None),
            (Method::GET, "/metrics", None),
            (Method::GET, "/", Some(Class::Read)),
            (Method::HEAD, "/v1/kv/a/", Some(Class::Read)),
            (Method::PUT, "/v1/kv/a/", Some(Class::Write)),
            (Method::DELETE, "/v1/kv/a/", Some(Class::Write)),
            (Method::POST, "/v1/registers/a", Some(Class::Write)),
            (Method::POST, "/v1/urls", Some(Class::Service)),
            (Method::DELETE, "/v1/crawls/1", Some(Class::Service)),
            (Method::POST, "/v1/users", Some(Class::Login)),
            (Method::POST, "/v1/sessions", Some(Class::Login)),
            (Method::DELETE, "/v1/sessions/current", Some(Class::Service)),
            (Method::GET, "/aZ09", Some(Class::Read)),
        ] {
            assert_eq!(Class::of(&method, path), class, "{method} {path}");
        }
    }

    #[test]
    fn r8_7_a_client_is_an_address_or_a_network() {
        for (one, other, same) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            let [one, other] = [one, other].map(|text| client(text.parse().unwrap()));
            assert_eq!(one == other, same, "{one} {other}");
        }
    }

    #[test]
    fn r8_7_each_class_has_a_limit_of_its_own() {
        let bounds = Bounds { rate: 2, burst: None };
        let limits = Limits::new(bounds.rate().unwrap());
        let (me, you) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let ok = |class, client| limits.check(class, client, Instant::ZERO).is_ok();
        assert!((0..4).all(|_| ok(Class::Write, me)));
        assert!(!ok(Class::Write, me));
        assert!(ok(Class::Read, me) && ok(Class::Service, me) && ok(Class::Write, you));
        assert!((0..120).all(|_| ok(Class::Login, me)), "however low the rate of others is");
        assert!(!ok(Class::Login, me) && ok(Class::Login, you));
        assert_eq!(Bounds::NONE.rate(), None);
        assert_eq!(bounds.arguments(), ["--rate", "2"]);
        assert_eq!(Bounds { rate: 0, burst: Some(7) }.arguments(), ["--rate", "0", "--burst", "7"]);
    }
}
