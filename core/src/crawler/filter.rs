//! The URL filter: what is not even asked for, and which answers are worth reading.

use super::address::Address;
use super::error::PlanError;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The most domains and the most denied prefixes of one crawl.
pub const MAX_FILTERS: usize = 1_000;

/// Ends of paths that lead to no page: pictures, sound, archives, programs.
const EXTENSIONS: [&str; 48] = [
    "7z", "aac", "apk", "avi", "avif", "bin", "bmp", "bz2", "css", "deb", "dmg", "doc", "docx",
    "eot", "exe", "flac", "gif", "gz", "ico", "iso", "jar", "jpeg", "jpg", "js", "json", "mkv",
    "mov", "mp3", "mp4", "mpeg", "msi", "ogg", "otf", "pdf", "png", "ppt", "pptx", "rar", "rpm",
    "svg", "tar", "ttf", "wasm", "wav", "webm", "webp", "xls", "zip",
];

/// What a crawl is confined to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Hosts, with all below them, that the crawl may visit; none for all hosts.
    pub domains: Vec<String>,
    /// Starts of addresses that it must not visit.
    pub deny: Vec<String>,
}

/// Why an address is not visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Refusal {
    /// Its host is outside the crawl's domains.
    Domain,
    /// It is on the deny list.
    Denied,
    /// What it names is no page, by its extension.
    Extension,
}

impl Filter {
    /// A filter of what people write: `Example.com` is a domain, `HTTP://example.com:80/a` the start of
    /// addresses, and both are brought into the form that addresses have here.
    ///
    /// # Errors
    /// [`PlanError::Domain`], [`PlanError::Denied`].
    pub fn parse(domains: &[String], deny: &[String]) -> Result<Self, PlanError> {
        let domain = |text: &String| {
            let address = Address::parse(&format!("http://{text}")).ok();
            let host =
                address.filter(|address| address.target() == "/" && !text.contains([':', '/']));
            host.map(|address| address.host().into())
                .ok_or_else(|| PlanError::Domain { got: text.clone() })
        };
        let start = |text: &String| {
            let address = Address::parse(text).map(|address| address.as_str().into());
            address.map_err(|_| PlanError::Denied { got: text.clone() })
        };
        Ok(Self {
            domains: domains.iter().map(domain).collect::<Result<_, _>>()?,
            deny: deny.iter().map(start).collect::<Result<_, _>>()?,
        })
    }

    /// Whether an address may be visited.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, address: &Address) -> Result<(), Refusal> {
        let host = address.host();
        let is_below = |domain: &String| {
            host.strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if !self.domains.is_empty() && !self.domains.iter().any(is_below) {
            return Err(Refusal::Domain);
        }
        if self.deny.iter().any(|prefix| address.as_str().starts_with(prefix.as_str())) {
            return Err(Refusal::Denied);
        }
        let file = address.path().rsplit('/').next().unwrap_or_default();
        let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        if extension.is_some_and(|extension| EXTENSIONS.binary_search(&&*extension).is_ok()) {
            return Err(Refusal::Extension);
        }
        Ok(())
    }
}

/// What kind of content is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A page that may lead on.
    Html,
    /// Text, which leads nowhere.
    Text,
}

impl Kind {
    /// From the header `Content-Type`: none for what is not read. A server that says nothing is
    /// taken to send HTML, as browsers take it.
    #[must_use]
    pub fn of(content_type: Option<&str>) -> Option<Self> {
        let Some(content_type) = content_type else { return Some(Self::Html) };
        let name = content_type.split(';').next().unwrap_or_default().trim();
        match name.to_ascii_lowercase().as_str() {
            "" | "text/html" | "application/xhtml+xml" => Some(Self::Html),
            "text/plain" => Some(Self::Text),
            _ => None,
        }
    }
}
