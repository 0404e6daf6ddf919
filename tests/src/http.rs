//! A small client for HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use ureq::Agent;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The context it carries; empty if it carries none.
    pub context: String,
    /// Where it leads; empty if it leads nowhere.
    pub location: String,
    /// What may be remembered of it; empty if it does not say.
    pub cache: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The kind of problem that it tells.
    #[must_use]
    pub fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap_or_default().to_owned();
        kind.trim_start_matches("urn:ennead:problem:").to_owned()
    }

    /// The values of a key: none, one or siblings. None at all if this is no answer about a key.
    #[must_use]
    pub fn values(&self) -> Option<Vec<String>> {
        match self.status {
            200 => Some(vec![self.text()]),
            300 => {
                let list: Vec<String> = serde_json::from_slice(&self.body).ok()?;
                let text = |item: &String| String::from_utf8(STANDARD.decode(item).ok()?).ok();
                list.iter().map(text).collect()
            }
            404 if self.problem() == "no-value" => Some(Vec::new()),
            _ => None,
        }
    }
}

/// A client of one server.
#[derive(Clone, Debug)]
pub struct Http {
    agent: Agent,
    base: String,
    headers: Vec<(String, String)>,
}

impl Http {
    /// A client, with a bound on every wait.
    #[must_use]
    pub fn new(address: SocketAddr, limit: Duration) -> Self {
        let config = Agent::config_builder()
            .proxy(None) // what is asked is on this machine
            .http_status_as_error(false)
            .max_redirects(0) // siblings come with 300, which is none
            .max_redirects_will_error(false)
            .timeout_global(Some(limit))
            .build();
        Self { agent: config.into(), base: format!("http://{address}"), headers: Vec::new() }
    }

    /// The same with a header in every request.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        context: Option<&str>,
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if method == "POST" {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(context) = context {
            request = request.header("X-Ennead-Context", context);
        }
        let mut answer = if matches!(method, "PUT" | "POST" | "PATCH") {
            self.agent.run(request.body(body)?)?
        } else {
            self.agent.run(request.body(())?)?
        };
        let header = |name| {
            let value = answer.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (context, location) = (header("x-ennead-context"), header("location"));
        let cache = header("cache-control");
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        Ok(Answer { status, context, location, cache, body })
    }

    /// `GET`.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn get(&self, path: &str) -> Result<Answer, ureq::Error> {
        self.send("GET", path, None, b"")
    }

    /// `PUT` without a context.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn put(&self, path: &str, body: &str) -> Result<Answer, ureq::Error> {
        self.send("PUT", path, None, body.as_bytes())
    }
}
