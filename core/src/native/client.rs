//! `ennead status` and `ennead kv`: a node asked over HTTP.

use super::cli::QuorumChoice;
use super::http::cluster::{ClusterView, MemberLine};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::time::Duration;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

/// What stays as it is in a segment of a path or a parameter.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':');
/// The longest answer that is read.
const MAX_ANSWER: u64 = 64 << 20;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers.
    #[error(
        "cannot reach {url}: {reason}. Start a node (`ennead serve`, or `ennead cluster`, whose first node answers at http://127.0.0.1:8101), or pass its address by --http"
    )]
    Unreachable {
        /// Where.
        url: String,
        /// What the operating system says.
        reason: String,
    },
    /// The node refused.
    #[error("{title}: {detail}")]
    Problem {
        /// In short.
        title: String,
        /// In words.
        detail: String,
    },
    /// What answers is no node.
    #[error("{url} answers {got}, expected an answer of an ennead node: check --http")]
    Strange {
        /// Where.
        url: String,
        /// With what.
        got: String,
    },
    /// The key has no value.
    #[error("{key:?} has no value")]
    NoValue {
        /// The key.
        key: String,
    },
    /// Standard input or output fails.
    #[error("standard input or output: {0}")]
    Io(#[from] std::io::Error),
}

#[derive(Debug, Args)]
pub(super) struct Status {
    /// The node to ask
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    http: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Kv {
    #[command(subcommand)]
    command: KvCommand,
    /// The node to ask
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", global = true)]
    http: String,
    /// Copies
    #[arg(short = 'n', value_name = "N", global = true)]
    copies: Option<u8>,
    /// Acknowledgements of a write
    #[arg(short = 'w', value_name = "W", global = true)]
    write: Option<u8>,
    /// Answers to a read
    #[arg(short = 'r', value_name = "R", global = true)]
    read: Option<u8>,
    /// Whether stand-ins may count
    #[arg(long, global = true)]
    quorum: Option<QuorumChoice>,
    /// How long to try, in milliseconds
    #[arg(long, value_name = "MS", global = true)]
    deadline: Option<u32>,
    /// Print JSON, with values in base64 and the context for the next write
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum KvCommand {
    /// Prints the value of a key
    Get(KeyArguments),
    /// Writes a key
    Put {
        #[command(flatten)]
        key: KeyArguments,
        /// The value; without one, standard input is read
        value: Option<String>,
        /// What was seen of the key, as an earlier answer said; `none` to write beside what is there
        #[arg(long, value_name = "TOKEN")]
        context: Option<String>,
    },
    /// Deletes a key
    Delete {
        #[command(flatten)]
        key: KeyArguments,
        /// What was seen of the key, as an earlier answer said
        #[arg(long, value_name = "TOKEN")]
        context: Option<String>,
    },
    /// Lists a partition in the order of its sort keys
    Scan {
        /// The partition key
        partition: String,
        /// The first sort key
        #[arg(long, value_name = "SORT")]
        start: Option<String>,
        /// The first sort key that is no longer listed
        #[arg(long, value_name = "SORT")]
        end: Option<String>,
        /// Keys at most
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// From the end
        #[arg(long)]
        reverse: bool,
        /// Where the page before ended
        #[arg(long)]
        cursor: Option<String>,
    },
}

#[derive(Debug, Args)]
struct KeyArguments {
    /// The key: the partition key, which decides the place
    key: String,
    /// The sort key, which decides the order there
    #[arg(long, default_value = "")]
    sort: String,
}

impl KeyArguments {
    fn path(&self) -> String {
        format!("/v1/kv/{}/{}", encoded(&self.key), encoded(&self.sort))
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A node over HTTP.
pub(super) struct Client {
    agent: Agent,
    base: String,
}

impl Client {
    pub(super) fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .proxy(None) // what is asked is on this machine
            .http_status_as_error(false)
            .max_redirects(0) // 300 means siblings here
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(70)))
            .build();
        Self { agent: config.into(), base: base.trim_end_matches('/').to_owned() }
    }

    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        context: Option<&str>,
        body: &[u8],
    ) -> Result<Response<Body>, ClientError> {
        let url = format!("{}{path}", self.base);
        let unreachable = |reason: &dyn std::fmt::Display| ClientError::Unreachable {
            url: self.base.clone(),
            reason: reason.to_string(),
        };
        let mut request = ureq::http::Request::builder().method(method).uri(&url);
        if let Some(context) = context {
            request = request.header("X-Ennead-Context", context);
        }
        let answer = if matches!(method, "PUT" | "POST") {
            let request = request.body(body).map_err(|error| unreachable(&error))?;
            self.agent.run(request)
        } else {
            let request = request.body(()).map_err(|error| unreachable(&error))?;
            self.agent.run(request)
        };
        answer.map_err(|error| unreachable(&error))
    }

    /// Sends a body of a kind; the body of a successful answer.
    pub(super) fn post(
        &self,
        path: &str,
        kind: &str,
        body: impl Into<Vec<u8>>,
    ) -> Result<Vec<u8>, ClientError> {
        let unreachable = |reason: &dyn std::fmt::Display| ClientError::Unreachable {
            url: self.base.clone(),
            reason: reason.to_string(),
        };
        let request = ureq::http::Request::builder().method("POST");
        let request = request.uri(format!("{}{path}", self.base)).header("Content-Type", kind);
        let request = request.body(body.into()).map_err(|error| unreachable(&error))?;
        let mut answer = self.agent.run(request).map_err(|error| unreachable(&error))?;
        self.success(&mut answer)
    }

    fn bytes(&self, answer: &mut Response<Body>) -> Result<Vec<u8>, ClientError> {
        let bytes = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        bytes.map_err(|error| ClientError::Unreachable {
            url: self.base.clone(),
            reason: error.to_string(),
        })
    }

    /// The body of a successful answer.
    pub(super) fn success(&self, answer: &mut Response<Body>) -> Result<Vec<u8>, ClientError> {
        let status = answer.status();
        let bytes = self.bytes(answer)?;
        if status.is_success() || status == StatusCode::MULTIPLE_CHOICES {
            return Ok(bytes);
        }
        let document: Option<Value> = serde_json::from_slice(&bytes).ok();
        let text = |name: &str| Some(document.as_ref()?.get(name)?.as_str()?.to_owned());
        match (text("title"), text("detail")) {
            (Some(title), Some(detail)) => Err(ClientError::Problem { title, detail }),
            _ => Err(self.strange(&status)),
        }
    }

    fn strange(&self, got: &dyn std::fmt::Display) -> ClientError {
        ClientError::Strange { url: self.base.clone(), got: got.to_string() }
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(
        &self,
        bytes: &[u8],
    ) -> Result<T, ClientError> {
        serde_json::from_slice(bytes).map_err(|error| self.strange(&error))
    }
}

/// Whether a node answers that it serves.
pub(super) fn is_healthy(base: &str) -> bool {
    let client = Client::new(base);
    client.send("GET", "/healthz", None, b"").is_ok_and(|answer| answer.status() == StatusCode::OK)
}

pub(super) fn print(text: &str) -> Result<(), ClientError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// `ennead status`.
pub(super) fn status(arguments: &Status) -> Result<(), ClientError> {
    let client = Client::new(&arguments.http);
    let mut answer = client.send("GET", "/v1/cluster", None, b"")?;
    let bytes = client.success(&mut answer)?;
    let view: ClusterView = client.json(&bytes)?;
    if arguments.json {
        return print(&(serde_json::to_string_pretty(&view).unwrap_or_default() + "\n"));
    }
    print(&table(&view))
}

fn table(view: &ClusterView) -> String {
    let quorums = &view.quorums;
    let mut text = format!(
        "cluster {} as {} sees it: n={} w={} r={} {}, layout {} ({})\n\n",
        view.cluster,
        view.node.name,
        quorums.n,
        quorums.w,
        quorums.r,
        quorums.quorum,
        view.layout.version,
        view.layout.digest
    );
    let head = [
        "NODE", "STATE", "FOR", "ZONE", "WEIGHT", "SLICES", "FIRST", "HINTS", "PEER", "HTTP",
        "RESP",
    ];
    let mut rows: Vec<Vec<String>> = vec![head.map(str::to_owned).to_vec()];
    rows.extend(view.members.iter().map(row));
    let widths: Vec<usize> = (0..head.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        text += line.join("  ").trim_end();
        text += "\n";
    }
    for member in &view.members {
        if let Some(problem) = &member.problem {
            text += &format!("\n{}: {problem}\n", member.name);
        }
    }
    text + &format!(
        "\n{} keys here, {} hints kept, {} requests under way\n",
        view.keys, view.hints, view.operations
    )
}

fn row(member: &MemberLine) -> Vec<String> {
    let or_dash = |text: Option<&String>| match text {
        Some(text) if !text.is_empty() => text.clone(),
        _ => "-".to_owned(),
    };
    vec![
        member.name.clone() + if member.is_me { " *" } else { "" },
        member.health.clone(),
        format!("{} s", member.for_ms / 1000),
        or_dash(Some(&member.zone)),
        member.weight.to_string(),
        member.slices_held.to_string(),
        member.slices_first.to_string(),
        member.hints.to_string(),
        member.peer.clone(),
        or_dash(member.http.as_ref()),
        or_dash(member.resp.as_ref()),
    ]
}

/// `ennead kv`.
pub(super) fn kv(arguments: &Kv) -> Result<(), ClientError> {
    let client = Client::new(&arguments.http);
    match &arguments.command {
        KvCommand::Get(key) => get(&client, arguments, key),
        KvCommand::Put { key, value, context } => {
            let value = match value {
                Some(value) => value.clone().into_bytes(),
                None => {
                    let mut bytes = Vec::new();
                    std::io::stdin().lock().read_to_end(&mut bytes)?;
                    bytes
                }
            };
            change(&client, arguments, "PUT", key, context.as_deref(), &value)
        }
        KvCommand::Delete { key, context } => {
            change(&client, arguments, "DELETE", key, context.as_deref(), b"")
        }
        KvCommand::Scan { partition, start, end, limit, reverse, cursor } => {
            let mut more = vec![("limit", limit.to_string()), ("reverse", reverse.to_string())];
            for (name, value) in [("start", start), ("end", end), ("cursor", cursor)] {
                more.extend(value.as_ref().map(|value| (name, value.clone())));
            }
            scan(&client, arguments, partition, more)
        }
    }
}

/// A path with the wishes, and more parameters.
fn with_wishes(arguments: &Kv, path: &str, mut pairs: Vec<(&str, String)>) -> String {
    let small = [("n", arguments.copies), ("w", arguments.write), ("r", arguments.read)];
    pairs.extend(small.into_iter().filter_map(|(name, value)| Some((name, value?.to_string()))));
    pairs.extend(arguments.deadline.map(|deadline| ("deadline_ms", deadline.to_string())));
    pairs.extend(arguments.quorum.map(|quorum| {
        let word = if quorum == QuorumChoice::Strict { "strict" } else { "sloppy" };
        ("quorum", word.to_owned())
    }));
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

fn context(answer: &Response<Body>) -> Option<String> {
    Some(answer.headers().get("x-ennead-context")?.to_str().ok()?.to_owned())
}

fn get(client: &Client, arguments: &Kv, key: &KeyArguments) -> Result<(), ClientError> {
    let path = with_wishes(arguments, &key.path(), Vec::new());
    let mut answer = client.send("GET", &path, None, b"")?;
    let (status, context) = (answer.status(), context(&answer));
    if status == StatusCode::NOT_FOUND && context.is_some() {
        if arguments.json {
            print(&format!("{}\n", json!({ "values": [], "context": context })))?;
        }
        return Err(ClientError::NoValue { key: key.key.clone() });
    }
    let bytes = client.success(&mut answer)?;
    if status != StatusCode::MULTIPLE_CHOICES && !arguments.json {
        let mut out = std::io::stdout().lock();
        out.write_all(&bytes)?;
        out.write_all(b"\n")?;
        return Ok(out.flush()?);
    }
    let values: Vec<String> = if status == StatusCode::MULTIPLE_CHOICES {
        client.json(&bytes)?
    } else {
        vec![STANDARD.encode(&bytes)]
    };
    if arguments.json {
        return print(&format!("{}\n", json!({ "values": values, "context": context })));
    }
    eprintln!(
        "{} siblings: settle them with `ennead kv put ... --context {}`",
        values.len(),
        context.unwrap_or_default()
    );
    let mut out = std::io::stdout().lock();
    for value in values {
        out.write_all(&STANDARD.decode(&value).unwrap_or_default())?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn change(
    client: &Client,
    arguments: &Kv,
    method: &str,
    key: &KeyArguments,
    seen: Option<&str>,
    value: &[u8],
) -> Result<(), ClientError> {
    let path = with_wishes(arguments, &key.path(), Vec::new());
    let mut answer = client.send(method, &path, seen, value)?;
    let context = context(&answer);
    client.success(&mut answer)?;
    if arguments.json {
        print(&format!("{}\n", json!({ "context": context })))?;
    }
    Ok(())
}

fn scan(
    client: &Client,
    arguments: &Kv,
    partition: &str,
    pairs: Vec<(&str, String)>,
) -> Result<(), ClientError> {
    let path = with_wishes(arguments, &format!("/v1/kv/{}", encoded(partition)), pairs);
    let mut answer = client.send("GET", &path, None, b"")?;
    let bytes = client.success(&mut answer)?;
    let page: Value = client.json(&bytes)?;
    if arguments.json {
        return print(&format!("{page}\n"));
    }
    let mut text = String::new();
    for item in page["items"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let sort = item["sort"].as_str().or(item["sort_base64"].as_str()).unwrap_or_default();
        for value in item["values"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
            text += &format!("{sort}\t{}\n", String::from_utf8_lossy(&bytes));
        }
    }
    print(&text)?;
    if let Some(cursor) = page["cursor"].as_str() {
        eprintln!("more: --cursor {cursor}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_paths() {
        let key = KeyArguments { key: "a/b c".into(), sort: "%é".into() };
        assert_eq!(key.path(), "/v1/kv/a%2Fb%20c/%25%C3%A9");
    }
}
