//! `ennead bench systems`: what each system does on one node and on three, over HTTP, every write synced.
//!
//! The nodes are real processes on this machine, with their data in a temporary folder; the clients that
//! load them run here and share the same cores. So the figures compare systems with each other and with
//! the design loads of their chapters; they are no limits of a machine that does nothing else.

use super::Bench;
use super::chat;
use super::notices::{self, Sink};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};
use ureq::Body;
use ureq::http::Response;

/// How long the nodes may take to serve.
const START_WITHIN: Duration = Duration::from_secs(60);
/// How long one request may take before it counts as failed.
const LIMIT: Duration = Duration::from_secs(5);
/// How long the crawl may take.
const CRAWL_WITHIN: Duration = Duration::from_secs(120);
/// Requests that make the things that others then ask for.
const PREPARED: u64 = 200;
/// People who are logged in: all of them friends.
const PEOPLE: u64 = 20;
/// What all of them have.
const PASSWORD: &str = "correct horse battery";
/// Of how many keys the store's load chooses.
const KEYS: u64 = 100_000;

/// One kind of request, and what its chapter asks for.
struct Work {
    system: &'static str,
    what: &'static str,
    design: &'static str,
    /// What is asked before, to have something to ask for.
    prepare: Option<fn(u64) -> Asked>,
    ask: fn(u64) -> Asked,
}

/// A request.
pub(super) struct Asked {
    method: &'static str,
    path: String,
    body: String,
    /// Who asks, by the place among the people of the nodes.
    by: Option<u64>,
}

impl Asked {
    /// The same, asked by somebody who is logged in.
    pub(super) const fn by(mut self, person: u64) -> Self {
        self.by = Some(person % PEOPLE);
        self
    }
}

pub(super) fn get(path: impl Into<String>) -> Asked {
    Asked { method: "GET", path: path.into(), body: String::new(), by: None }
}

pub(super) fn post(path: impl Into<String>, body: impl ToString) -> Asked {
    Asked { method: "POST", path: path.into(), body: body.to_string(), by: None }
}

/// A number that looks drawn by chance, the same for the same `i`.
const fn scattered(i: u64) -> u64 {
    i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
}

fn put_key(i: u64) -> Asked {
    let path = format!("/v1/kv/bench-{}/", scattered(i) % KEYS);
    Asked { method: "PUT", path, body: "x".repeat(100), by: None }
}

fn shorten(i: u64) -> Asked {
    post("/v1/urls", json!({"url": format!("https://example.com/{i}/{}", "x".repeat(70))}))
}

fn wish_code(i: u64) -> Asked {
    let url = format!("https://example.com/wished/{i}");
    post("/v1/urls", json!({"url": url, "code": format!("bench-{i}")}))
}

fn record(i: u64) -> Asked {
    // A few queries are asked often, most seldom.
    let rank = 5_000 / (1 + scattered(i) % 5_000);
    post(
        "/v1/queries",
        json!({"query": format!("{} question {rank}", ["how", "what", "why"][(i % 3) as usize])}),
    )
}

fn publish(i: u64) -> Asked {
    post("/v1/me/feed", json!({"text": format!("{i} {}", "words ".repeat(20))})).by(i)
}

const WORKS: &[Work] = &[
    Work { system: "kv", what: "put 100 bytes", design: "", prepare: None, ask: put_key },
    Work {
        system: "kv",
        what: "get",
        design: "",
        prepare: Some(put_key),
        ask: |i| get(format!("/v1/kv/bench-{}/", scattered(i % PREPARED) % KEYS)),
    },
    Work {
        system: "kv",
        what: "update one of 100 registers",
        design: "",
        prepare: None,
        ask: |i| post(format!("/v1/registers/bench-{}", scattered(i) % 100), json!({"add": 1})),
    },
    Work {
        system: "ids",
        what: "Snowflake",
        design: "",
        prepare: None,
        ask: |_| post("/v1/ids/snowflake", ""),
    },
    Work {
        system: "ids",
        what: "UUID",
        design: "",
        prepare: None,
        ask: |_| post("/v1/ids/uuid", ""),
    },
    Work {
        system: "ids",
        what: "ticket, leased ranges",
        design: "",
        prepare: None,
        ask: |_| post("/v1/ids/ticket", ""),
    },
    Work {
        system: "ids",
        what: "multi-master",
        design: "",
        prepare: None,
        ask: |_| post("/v1/ids/multi-master", ""),
    },
    Work {
        system: "shortener",
        what: "shorten a new address",
        design: "1,160/s",
        prepare: None,
        ask: shorten,
    },
    Work {
        system: "shortener",
        what: "follow",
        design: "11,600/s",
        prepare: Some(wish_code),
        ask: |i| get(format!("/bench-{}", i % PREPARED)),
    },
    Work {
        system: "accounts",
        what: "sign up (Argon2id, 19 MiB)",
        design: "",
        prepare: None,
        ask: |i| post("/v1/users", json!({"name": format!("bench-{i}"), "password": PASSWORD})),
    },
    Work {
        system: "accounts",
        what: "check a session",
        design: "",
        prepare: None,
        ask: |i| get("/v1/me").by(i),
    },
    Work {
        system: "accounts",
        what: "list 19 friends",
        design: "",
        prepare: None,
        ask: |i| get("/v1/me/friends").by(i),
    },
    Work {
        system: "feed",
        what: "publish to 19 friends",
        design: "232/s",
        prepare: None,
        ask: publish,
    },
    Work {
        system: "feed",
        what: "read 20 posts",
        design: "1,160/s",
        prepare: Some(publish),
        ask: |i| get("/v1/me/feed").by(i),
    },
    Work {
        system: "autocomplete",
        what: "record a query",
        design: "1,160/s",
        prepare: None,
        ask: record,
    },
    Work {
        system: "autocomplete",
        what: "suggest",
        design: "24,000/s, peak 48,000/s",
        prepare: Some(record),
        ask: |i| {
            get(format!(
                "/v1/autocomplete?q={}",
                ["h", "ho", "how", "w", "wh", "what%20q"][(i % 6) as usize]
            ))
        },
    },
];

/// A cluster of real processes that ends with this value.
struct Nodes {
    cluster: Child,
    http: Vec<SocketAddr>,
    data: PathBuf,
    /// Of people who are logged in and all of them friends.
    tokens: Vec<String>,
}

impl Drop for Nodes {
    fn drop(&mut self) {
        let _ = self.cluster.kill(); // its nodes read a pipe from it, and end with it
        let _ = self.cluster.wait();
        std::thread::sleep(Duration::from_millis(500)); // the nodes notice the broken pipe
        let _ = std::fs::remove_dir_all(&self.data); // it lies in the system's folder for such things
    }
}

pub(super) fn failed(what: impl std::fmt::Display) -> std::io::Error {
    std::io::Error::other(what.to_string())
}

/// Three hundred ports apart from others that are free now.
fn free_base(count: u16) -> std::io::Result<u16> {
    let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    (20_000..30_000_u16)
        .step_by(300)
        .find(|base| (1..=count).all(|i| [0, 1_000, 2_000].iter().all(|o| is_free(base + o + i))))
        .ok_or_else(|| failed("no free ports between 20000 and 32000: end what holds them"))
}

impl Nodes {
    fn start(count: u16, push: &str) -> std::io::Result<Self> {
        let base = free_base(count)?;
        let data = std::env::temp_dir().join(format!("ennead-bench-{}-{base}", std::process::id()));
        let mut cluster = Command::new(std::env::current_exe()?)
            .args(["cluster", "--nodes", &count.to_string(), "--base-port", &base.to_string()])
            // What is measured is the node and not what one client may take of it.
            .args(["--rate", "0", "--allow-private", "--push-webhook", push])
            .arg("--data")
            .arg(&data)
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(output) = cluster.stdout.take() {
            // Its lines must be taken, or it would wait.
            std::thread::spawn(move || BufReader::new(output).lines().for_each(drop));
        }
        let http = (1..=count).map(|i| (Ipv4Addr::LOCALHOST, base + 1_000 + i).into()).collect();
        let mut nodes = Self { cluster, http, data, tokens: Vec::new() };
        nodes.wait()?;
        nodes.invite()?;
        Ok(nodes)
    }

    fn wait(&mut self) -> std::io::Result<()> {
        let began = Instant::now();
        let client = Client::new(&[]);
        for address in self.http.clone() {
            while client.send(address, &get("/healthz")) != Ok(200) {
                if let Some(status) = self.cluster.try_wait()? {
                    return Err(failed(format!("the nodes ended while they started: {status}")));
                }
                if began.elapsed() > START_WITHIN {
                    return Err(failed(format!("{address} does not serve")));
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        Ok(())
    }

    /// Signs people up, logs them in, and makes friends of all of them.
    fn invite(&mut self) -> std::io::Result<()> {
        let at = self.http[0];
        let nobody = Client::new(&[]);
        let name = |i: u64| format!("person-{i}");
        for i in 0..PEOPLE {
            let who = json!({"name": name(i), "password": PASSWORD});
            let _ = nobody.send(at, &post("/v1/users", &who)); // whether it was good, the log-in shows
            let session = nobody.json(at, &post("/v1/sessions", &who)).unwrap_or_default();
            let token = session["token"].as_str();
            self.tokens.push(token.ok_or_else(|| failed("nobody can log in"))?.to_owned());
        }
        let client = Client::new(&self.tokens);
        for one in 0..PEOPLE {
            for other in (0..PEOPLE).filter(|&other| other != one) {
                let path = format!("/v1/me/friends/{}", name(other));
                let wish = Asked { method: "PUT", path, body: String::new(), by: Some(one) };
                if client.send(at, &wish) != Ok(200) {
                    return Err(failed("people do not become friends"));
                }
            }
        }
        // Whoever has read is pushed to, a minute later or by the next node that asks.
        for i in 0..PEOPLE {
            client.send(at, &get("/v1/me/feed").by(i)).map_err(failed)?;
        }
        Ok(())
    }
}

pub(super) struct Client {
    agent: ureq::Agent,
    /// Of the people who are logged in.
    tokens: Vec<String>,
}

impl Client {
    pub(super) fn new(tokens: &[String]) -> Self {
        let config = ureq::Agent::config_builder()
            .proxy(None) // what is asked is on this machine
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(LIMIT))
            .build();
        Self { agent: config.into(), tokens: tokens.to_vec() }
    }

    /// The status of a good answer, or what came instead.
    pub(super) fn send(&self, address: SocketAddr, asked: &Asked) -> Result<u16, String> {
        let mut answer = self.ask(address, asked).map_err(|error| error.to_string())?;
        // All of it, so that the connection can be used again.
        let body = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        match answer.status().as_u16() {
            status @ ..400 => Ok(status),
            status => Err(format!("{status} {body}")),
        }
    }

    /// The answer as JSON, if one came.
    pub(super) fn json(&self, address: SocketAddr, asked: &Asked) -> Option<Value> {
        serde_json::from_slice(&self.ask(address, asked).ok()?.body_mut().read_to_vec().ok()?).ok()
    }

    /// The answer to a `POST` as JSON, if it is a good one.
    pub(super) fn post_json(
        &self,
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Value> {
        let mut request = self.agent.post(format!("http://{address}{path}"));
        request = request.header("Content-Type", "application/json");
        for &(name, value) in headers {
            request = request.header(name, value);
        }
        let mut answer = request.send(body).ok()?;
        let read = answer.body_mut().read_to_vec().ok()?;
        answer.status().is_success().then(|| serde_json::from_slice(&read).ok())?
    }

    fn ask(&self, address: SocketAddr, asked: &Asked) -> Result<Response<Body>, ureq::Error> {
        let request = ureq::http::Request::builder()
            .method(asked.method)
            .uri(format!("http://{address}{}", asked.path))
            .header("Content-Type", "application/json");
        let token = asked.by.and_then(|by| self.tokens.get(usize::try_from(by).ok()?));
        let request = match token {
            Some(token) => request.header("Authorization", format!("Bearer {token}")),
            None => request,
        };
        match asked.method {
            "GET" => self.agent.run(request.body(())?),
            _ => self.agent.run(request.body(asked.body.as_bytes())?),
        }
    }
}

/// Hosts of the web that is crawled: so many loopback addresses.
const HOSTS: u8 = 32;
/// Pages of each.
const PAGES: u64 = 60;

/// A web on loopback: pages of some kilobytes, each leading to the others of its host.
fn web() -> std::io::Result<Vec<String>> {
    let mut seeds = Vec::new();
    for host in 2..2 + HOSTS {
        let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, host), 0))?;
        seeds.push(format!("http://{}/0", listener.local_addr()?));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || serve_pages(stream));
            }
        });
    }
    Ok(seeds)
}

/// Answers requests on one connection until it ends.
fn serve_pages(mut stream: TcpStream) {
    let Ok(reading) = stream.try_clone() else { return };
    let mut lines = BufReader::new(reading).lines();
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
        let number = path[1..].parse::<u64>().ok().filter(|number| *number < PAGES);
        let (status, body) = match number {
            Some(number) => {
                let links: String = (0..PAGES).map(|i| format!("<a href=/{i}>{i}</a> ")).collect();
                let words: String =
                    (0..300).map(|i| format!("{:x} ", scattered(number * 1_000 + i))).collect();
                ("200 OK", format!("<title>{path}</title>{links}<p>{words}"))
            }
            None => ("404 Not Found", String::new()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        if stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()))
            .is_err()
        {
            return;
        }
    }
}

/// Pages a second of one crawl of the whole web on loopback, without politeness between requests.
fn crawl(nodes: &Nodes, seeds: &[String]) -> std::io::Result<f64> {
    let client = Client::new(&nodes.tokens);
    let wanted =
        json!({"seeds": seeds, "pages": u64::from(HOSTS) * PAGES, "delay_ms": 0, "parallel": 64});
    let opened = client
        .json(nodes.http[0], &post("/v1/crawls", wanted))
        .ok_or_else(|| failed("no crawl was opened"))?;
    let path = format!("/v1/crawls/{}", opened["id"].as_str().unwrap_or_default());
    let began = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(200));
        let view = client.json(nodes.http[0], &get(path.clone())).unwrap_or_default();
        if view["status"] == "finished" {
            let pages = &view["progress"]["pages"];
            if *pages != u64::from(HOSTS) * PAGES {
                return Err(failed(format!("the crawl has not found all pages: {view}")));
            }
            let pages = pages.as_f64().unwrap_or_default();
            let millis = view["running_ms"].as_f64().unwrap_or(f64::NAN);
            return Ok(pages * 1_000.0 / millis);
        }
        if began.elapsed() > CRAWL_WITHIN {
            return Err(failed(format!("the crawl has not finished: {view}")));
        }
    }
}

/// What came of a load.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) micros: Vec<u64>,
    pub(super) failures: u64,
    /// What came instead of the first good answer that did not.
    why: Option<String>,
    pub(super) seconds: f64,
}

fn load(nodes: &Nodes, work: &Work, arguments: &Bench) -> std::io::Result<Measured> {
    if let Some(prepare) = work.prepare {
        let client = Client::new(&nodes.tokens);
        for i in 0..PREPARED {
            let asked = prepare(i);
            client.send(nodes.http[0], &asked).map_err(|got| {
                failed(format!("{}, asked before {}, gave {got}", asked.path, work.what))
            })?;
        }
    }
    let next = AtomicU64::new(0);
    let began = Instant::now();
    let end = began + Duration::from_secs(arguments.seconds);
    let each = |client_number: usize| {
        let client = Client::new(&nodes.tokens);
        let mut measured = Measured::default();
        while Instant::now() < end {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let address = nodes.http[client_number % nodes.http.len()];
            let asked = Instant::now();
            match client.send(address, &(work.ask)(i)) {
                Ok(_) => {
                    let took = asked.elapsed().as_micros();
                    measured.micros.push(u64::try_from(took).unwrap_or(u64::MAX));
                }
                Err(got) => measured.fail(got),
            }
        }
        measured
    };
    Ok(std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..arguments.clients).map(|number| scope.spawn(move || each(number))).collect();
        Measured::together(clients, began)
    }))
}

impl Measured {
    pub(super) fn fail(&mut self, why: impl Into<String>) {
        self.failures += 1;
        self.why.get_or_insert_with(|| why.into());
    }

    /// What all clients measured since they began, once the last of them is through.
    pub(super) fn together(clients: Vec<ScopedJoinHandle<'_, Self>>, began: Instant) -> Self {
        let mut all = Self::default();
        for measured in clients.into_iter().filter_map(|client| client.join().ok()) {
            all.micros.extend(measured.micros);
            all.failures += measured.failures;
            all.why = all.why.or(measured.why);
        }
        all.seconds = began.elapsed().as_secs_f64();
        all.micros.sort_unstable();
        all
    }

    #[allow(clippy::cast_precision_loss)] // for people
    fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.seconds
    }

    #[allow(clippy::cast_precision_loss)] // for people
    fn millis(&self, percent: usize) -> f64 {
        let at = self.micros.len().saturating_sub(1) * percent / 100;
        self.micros.get(at).map_or(f64::NAN, |&micros| micros as f64 / 1_000.0)
    }
}

/// Prints what notices were measured at; whether all were taken over.
fn give_notices(
    clusters: [&Nodes; 2],
    sink: &Sink,
    arguments: &Bench,
    out: &mut impl Write,
) -> std::io::Result<bool> {
    let mut cells = [const { String::new() }; 4];
    let mut all_served = true;
    for (i, nodes) in clusters.into_iter().enumerate() {
        let notices::Notices { accepted: m, delivered } =
            notices::measure(&nodes.http, sink, arguments.clients)?;
        all_served &= m.failures == 0;
        if arguments.json {
            for (request, rate) in [("give a notice over", m.rate()), ("deliver it", delivered)] {
                let object = json!({"bench": "systems", "system": "notifications",
                    "request": request, "nodes": nodes.http.len(), "rate": rate,
                    "p50_ms": m.millis(50), "p99_ms": m.millis(99), "failures": m.failures});
                writeln!(out, "{object}")?;
            }
        }
        cells[i] = format!("{:>7.0}/s {:>7.2} ms {:>8.2} ms", m.rate(), m.millis(50), m.millis(99));
        cells[2 + i] = format!("{delivered:>7.0}/s {:>22}", "");
    }
    if !arguments.json {
        let [one, three, one_delivered, three_delivered] = &cells;
        for (what, one, three, design) in [
            ("give a notice over", one, three, ""),
            ("deliver it", one_delivered, three_delivered, "116/s push, 58/s mail, 12/s SMS"),
        ] {
            writeln!(out, "{:<13} {what:<28} {one:>34} {three:>34}  {design}", "notifications")?;
        }
    }
    Ok(all_served)
}

/// Prints a row: what was measured on one node and on three; whether all requests succeeded.
fn show(
    arguments: &Bench,
    out: &mut impl Write,
    (system, what, design): (&str, &str, &str),
    measured: &[Measured; 2],
) -> std::io::Result<bool> {
    let mut all_served = true;
    let cell = |m: &Measured| {
        format!("{:>7.0}/s {:>7.2} ms {:>8.2} ms", m.rate(), m.millis(50), m.millis(99))
    };
    for (nodes, measured) in [1, 3].into_iter().zip(measured) {
        all_served &= measured.failures == 0;
        if measured.failures > 0 {
            eprintln!(
                "error: {system} {what}, {nodes} nodes: {} requests failed, the first one by {}",
                measured.failures,
                measured.why.as_deref().unwrap_or("nobody knows what"),
            );
        }
        if arguments.json {
            let object = json!({"bench": "systems", "system": system, "request": what,
                "nodes": nodes, "clients": arguments.clients, "rate": measured.rate(),
                "p50_ms": measured.millis(50), "p99_ms": measured.millis(99),
                "failures": measured.failures});
            writeln!(out, "{object}")?;
        }
    }
    if !arguments.json {
        let [one, three] = measured.each_ref().map(cell);
        writeln!(out, "{:<13} {:<28} {one:>34} {three:>34}  {}", system, what, design)?;
    }
    out.flush()?;
    Ok(all_served)
}

/// Prints the table; whether all requests succeeded.
pub(super) fn run(arguments: &Bench, out: &mut impl Write) -> std::io::Result<bool> {
    let mut all_served = true;
    if !arguments.json {
        writeln!(
            out,
            "systems: {} clients, {} s each; rate, p50 and p99 over HTTP, writes synced",
            arguments.clients, arguments.seconds
        )?;
        writeln!(
            out,
            "{:<13} {:<28} {:>34} {:>34}  design load",
            "system", "request", "one node", "three nodes"
        )?;
    }
    let sink = Sink::start()?;
    let (one, three) = (Nodes::start(1, &sink.url())?, Nodes::start(3, &sink.url())?);
    for work in WORKS {
        let measured = [load(&one, work, arguments)?, load(&three, work, arguments)?];
        all_served &= show(arguments, out, (work.system, work.what, work.design), &measured)?;
    }
    // Nobody speaks without a pause, so there are more of them than of other clients.
    let pairs = arguments.clients * 4;
    let said = |nodes: &Nodes| chat::load(&nodes.http, pairs, arguments.seconds);
    let measured = [said(&one)?, said(&three)?];
    let row = ("chat", "message to the other's device", "23,000/s");
    all_served &= show(arguments, out, row, &measured)?;
    all_served &= give_notices([&one, &three], &sink, arguments, out)?;
    let seeds = web()?;
    let rates = [crawl(&one, &seeds)?, crawl(&three, &seeds)?];
    if arguments.json {
        for (nodes, rate) in [1, 3].into_iter().zip(rates) {
            let object = json!({"bench": "systems", "system": "crawler", "request": "page",
                "nodes": nodes, "rate": rate});
            writeln!(out, "{object}")?;
        }
    } else {
        let [one, three] = rates.map(|rate| format!("{rate:>7.0}/s {:>22}", ""));
        let design = "400/s, peak 800/s, of 500 kB";
        writeln!(
            out,
            "{:<13} {:<28} {one:>34} {three:>34}  {design}",
            "crawler", "page of 5 kB, 32 hosts"
        )?;
    }
    Ok(all_served)
}
