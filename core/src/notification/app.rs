//! Applications that may give notices over, and how they sign their requests.
//!
//! ```
//! use ennead::notification::sign;
//!
//! let signed = |event| sign("secret", "POST", "/v1/notifications", 1_767_225_600, event, b"{}");
//! assert_eq!(signed("order 7").len(), 64);
//! // What was signed for one event cannot be given over as another.
//! assert_ne!(signed("order 7"), signed("order 8"));
//! ```

use super::delivery::{read, written};
use super::{Error, Notifications};
use crate::base::{Span, Wall};
use crate::kv::Key;
use crate::port::{self, People, Ports, partition};
use alloc::format;
use alloc::string::String;
use core::fmt::{self, Write as _};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// By how much the clocks of an application and a node may differ.
pub const CLOCKS: Span = Span::from_secs(300);
/// The longest name of an application, in characters.
pub const MAX_APP_NAME: usize = 100;

/// What an application signs with. It is never shown but to who makes the application.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// An application. Its secret has to be kept as it is, since signatures are checked with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct App {
    /// When it was made.
    pub created: Wall,
    /// What people call it.
    pub name: String,
    /// What it calls itself in requests.
    pub key: String,
    /// What it signs with.
    pub secret: Secret,
}

/// A request with the signature that came with it.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The application's key.
    pub key: &'a str,
    /// When it was signed, in seconds since 1970 by the application's clock.
    pub time: u64,
    /// The signature, in hexadecimal digits.
    pub signature: &'a str,
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, and the query if there is one.
    pub path: &'a str,
    /// The event: the header `Idempotency-Key`, empty if there is none.
    pub event: &'a str,
    /// The whole body.
    pub body: &'a [u8],
}

/// The HMAC-SHA256 (RFC 2104) of method, path, time in seconds and event, a line each, and then the body.
fn mac(
    secret: &str,
    (method, path): (&str, &str),
    (time, event): (u64, &str),
    body: &[u8],
) -> Option<Hmac<Sha256>> {
    // It takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{method}\n{path}\n{time}\n{event}\n").as_bytes());
    mac.update(body);
    Some(mac)
}

/// The signature of a request, in 64 hexadecimal digits: what an application computes. The event is what the header
/// `Idempotency-Key` says, and empty without it.
#[must_use]
pub fn sign(secret: &str, method: &str, path: &str, time: u64, event: &str, body: &[u8]) -> String {
    let mac = mac(secret, (method, path), (time, event), body);
    let bytes = mac.map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    hex(&bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a string takes everything
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn app_key(key: &str) -> Result<Key, port::Error> {
    Ok(Key::new(partition("notification", &format!("app/{key}")), "")?)
}

impl<P: Ports, O: People> Notifications<P, O> {
    /// Makes an application.
    ///
    /// # Errors
    /// [`Error::AppName`], [`Error::Port`].
    pub async fn make_app(&self, name: &str) -> Result<App, Error> {
        if name.is_empty() || name.chars().count() > MAX_APP_NAME || name.contains(char::is_control)
        {
            return Err(Error::AppName);
        }
        let random = || self.ports.random();
        let secret = [random(), random(), random(), random()].map(u64::to_be_bytes).concat();
        let app = App {
            created: self.ports.now().wall,
            name: name.into(),
            key: format!("{:016x}", random()),
            secret: Secret(hex(&secret)),
        };
        self.ports.put(&app_key(&app.key)?, written(&app), None).await?;
        Ok(app)
    }

    /// Whose request it is.
    ///
    /// # Errors
    /// [`Error::Signature`], [`Error::Port`].
    pub async fn check_signature(&self, signed: &Signed<'_>) -> Result<App, Error> {
        let wrong = |reason| Error::Signature { reason };
        let now = self.ports.now().wall.as_millis() / 1_000;
        if now.abs_diff(signed.time) > CLOCKS.as_millis() / 1_000 {
            return Err(wrong("the time of the signature is more than five minutes off"));
        }
        if signed.key.len() != 16 || !signed.key.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong("the application is not known"));
        }
        let app: Option<App> = read(&self.ports.get(&app_key(signed.key)?).await?);
        let app = app.ok_or_else(|| wrong("the application is not known"))?;
        let Signed { method, path, time, event, body, .. } = *signed;
        let is_right = || {
            let mac = mac(app.secret.reveal(), (method, path), (time, event), body)?;
            mac.verify_slice(&unhex(signed.signature)?).ok() // in the same time for every wrong one
        };
        is_right().ok_or_else(|| wrong("the signature is wrong"))?;
        Ok(app)
    }
}
