//! A steady load with a ledger: writers and readers that go on at another node where one fails, and
//! remember what was acknowledged.
//!
//! Each key has one writer, whose values count up: so a key must hold, among its siblings perhaps, a
//! number not below the last acknowledged one.

use crate::http::Http;
use crate::resp::{Reply, Resp};
use crate::secs;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long one node is waited for.
const TRY_WITHIN: Duration = Duration::from_millis(1_500);
/// Keys of each writer.
const KEYS: u64 = 40;

/// The last number acknowledged, by key.
pub type Ledger = BTreeMap<String, u64>;

/// How long an operation may take, tried at other nodes where one fails, while nodes are killed.
pub const KILLED: Duration = Duration::from_secs(3);
/// The same while nodes stand still: others hold them down only after a while.
pub const STOPPED: Duration = Duration::from_secs(6);

/// What came of a load.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What each key must hold.
    pub ledger: Ledger,
    /// Writes acknowledged.
    pub writes: u64,
    /// Reads answered.
    pub reads: u64,
    /// Tries that failed and were made again at another node.
    pub retries: u64,
    /// Operations that no node served in time, and reads that missed an acknowledged write.
    pub failures: Vec<String>,
    /// The longest operation.
    pub slowest: Duration,
}

impl Outcome {
    /// Panics if an operation failed, and says how it went.
    pub fn check(&self, during: &str) {
        println!(
            "{during}: {} writes and {} reads served, {} tries repeated at another node, slowest {:?}",
            self.writes, self.reads, self.retries, self.slowest
        );
        assert!(self.failures.is_empty(), "{during}: {:#?}", self.failures);
        assert!(self.writes > 20 && self.reads > 20, "{during}: hardly any load: {self:?}");
    }
}

/// A load under way.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<Outcome>>,
    acknowledged: Arc<AtomicU64>,
}

impl Load {
    /// Starts `writers` writers and as many readers on nodes with these HTTP and RESP addresses.
    /// Writers take their numbers up where `ledger` ends.
    #[must_use]
    pub fn start(
        nodes: &[(SocketAddr, SocketAddr)],
        writers: usize,
        ledger: &Ledger,
        within: Duration,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let mut workers = Vec::new();
        for writer in 0..writers {
            let shared: Arc<Mutex<Ledger>> = Arc::default();
            let mine = |key: &&String| key.starts_with(&format!("w{writer}-"));
            let known = ledger.keys().filter(mine).map(|key| (key.clone(), ledger[key]));
            shared.lock().unwrap().extend(known);
            let worker = || Worker {
                within,
                nodes: nodes.to_vec(),
                at: writer % nodes.len(),
                resp: None,
                ledger: Arc::clone(&shared),
                outcome: Outcome::default(),
            };
            let (mut one, mut other) = (worker(), worker());
            let (stop_one, stop_other) = (Arc::clone(&stop), Arc::clone(&stop));
            let acknowledged = Arc::clone(&acknowledged);
            workers.push(std::thread::spawn(move || {
                let mut count = 0;
                while !stop_one.load(Ordering::Relaxed) {
                    count += 1;
                    one.write(&format!("w{writer}-{}", count % KEYS));
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                one.outcome.ledger = one.ledger.lock().unwrap().clone();
                one.outcome
            }));
            workers.push(std::thread::spawn(move || {
                let mut count = 0;
                while !stop_other.load(Ordering::Relaxed) {
                    count += 7;
                    other.read(&format!("w{writer}-{}", count % KEYS));
                    std::thread::sleep(Duration::from_millis(2));
                }
                other.outcome
            }));
        }
        Self { stop, workers, acknowledged }
    }

    /// Lets the load go on for a while.
    pub fn go_on(&self, time: Duration) {
        let (start, before) = (Instant::now(), self.acknowledged.load(Ordering::Relaxed));
        // On a busy machine a moment is not enough: some writes must have happened, too.
        while start.elapsed() < time
            || (self.acknowledged.load(Ordering::Relaxed) < before + 20
                && start.elapsed() < time + secs(20))
        {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the load.
    #[must_use]
    pub fn stop(self) -> Outcome {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Outcome::default();
        for worker in self.workers {
            let one = worker.join().unwrap();
            all.ledger.extend(one.ledger);
            all.failures.extend(one.failures);
            all.writes += one.writes;
            all.reads += one.reads;
            all.retries += one.retries;
            all.slowest = all.slowest.max(one.slowest);
        }
        all
    }
}

struct Worker {
    within: Duration,
    nodes: Vec<(SocketAddr, SocketAddr)>,
    at: usize,
    resp: Option<Resp>,
    ledger: Arc<Mutex<Ledger>>,
    outcome: Outcome,
}

impl Worker {
    /// Tries at one node after the other until one serves.
    fn until_served<T>(
        &mut self,
        what: &str,
        mut attempt: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Option<T> {
        let start = Instant::now();
        let mut errors = Vec::new();
        loop {
            let error = match attempt(self) {
                Ok(served) => {
                    self.outcome.slowest = self.outcome.slowest.max(start.elapsed());
                    return Some(served);
                }
                Err(error) => error,
            };
            errors.push(format!("at {:?} of {}: {error}", start.elapsed(), self.nodes[self.at].1));
            if start.elapsed() > self.within {
                self.outcome.failures.push(format!("{what}: {errors:#?}"));
                return None;
            }
            self.outcome.retries += 1;
            self.resp = None;
            self.at = (self.at + 1) % self.nodes.len();
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn write(&mut self, key: &str) {
        let next = self.ledger.lock().unwrap().get(key).map_or(1, |last| last + 1);
        let value = next.to_string();
        let done = self.until_served(&format!("SET {key} {value}"), |worker| {
            match worker.resp()?.ask(&["SET", key, &value]) {
                Ok(Reply::Simple(_)) => Ok(()),
                Ok(other) => Err(format!("{other:?}")),
                Err(error) => Err(error.to_string()),
            }
        });
        if done.is_some() {
            self.outcome.writes += 1;
            self.ledger.lock().unwrap().insert(key.to_owned(), next);
        }
    }

    fn read(&mut self, key: &str) {
        let Some(expected) = self.ledger.lock().unwrap().get(key).copied() else { return };
        let found = self.until_served(&format!("GET {key}"), |worker| {
            let http = Http::new(worker.nodes[worker.at].0, TRY_WITHIN);
            newest(&http, &format!("/v1/kv/{key}/"))
        });
        let Some(found) = found else { return };
        self.outcome.reads += 1;
        if found < expected {
            let node = self.nodes[self.at].0;
            self.outcome.failures.push(format!(
                "GET {key} at {node} found {found}, but {expected} had been acknowledged before"
            ));
        }
    }

    fn resp(&mut self) -> Result<&mut Resp, String> {
        if self.resp.is_none() {
            let address = self.nodes[self.at].1;
            self.resp =
                Some(Resp::connect(address, TRY_WITHIN).map_err(|error| error.to_string())?);
        }
        Ok(self.resp.as_mut().unwrap())
    }
}

/// The greatest number among the siblings of a key; 0 if there are none.
///
/// # Errors
/// Why there is no answer.
pub fn newest(http: &Http, path: &str) -> Result<u64, String> {
    let answer = http.get(path).map_err(|error| error.to_string())?;
    match answer.values() {
        Some(values) => Ok(values.iter().filter_map(|value| value.parse().ok()).max().unwrap_or(0)),
        None => Err(format!("{} {}", answer.status, answer.text())),
    }
}

/// The entries of a ledger that a node does not hold, read with these parameters.
#[must_use]
pub fn missing(http: &Http, parameters: &str, ledger: &Ledger) -> Vec<String> {
    let lacks = |(key, &acknowledged): (&String, &u64)| {
        let found = newest(http, &format!("/v1/kv/{key}/{parameters}"));
        let is_there = found.as_ref().is_ok_and(|&found| found >= acknowledged);
        (!is_there).then(|| format!("{key}: {acknowledged} was acknowledged, found {found:?}"))
    };
    ledger.iter().filter_map(lacks).collect()
}
