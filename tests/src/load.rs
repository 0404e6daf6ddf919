//! A steady load with a ledger: writers and readers that go on at another node where one fails, and
//! remember what was acknowledged.
//!
//! Each key has one writer, whose values count up: so a key must hold, among its siblings perhaps, a
//! number not below the last acknowledged one.

use crate::http::Http;
use crate::resp::{Reply, Resp};
use crate::secs;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long one node is waited for.
const TRY_WITHIN: Duration = Duration::from_millis(1_500);
/// Keys of each writer.
const KEYS: u64 = 40;

/// What a key must hold.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The last number acknowledged.
    pub acknowledged: u64,
    /// Numbers whose writer was not told what came of them.
    pub unsure: BTreeSet<u64>,
}

impl Account {
    /// Whether this may be the greatest number found.
    #[must_use]
    pub fn allows(&self, found: u64, rules: Rules) -> bool {
        found >= self.acknowledged || rules.late_writes && self.unsure.contains(&found)
    }
}

/// What was acknowledged, by key.
pub type Ledger = BTreeMap<String, Account>;

/// What is asked of a cluster under load.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long an operation may take, tried at other nodes where one fails.
    pub within: Duration,
    /// Whether a write whose client was told `TIMEOUT` may happen after others that came later. A
    /// node that stands still and goes on takes such a write out of its queue.
    pub late_writes: bool,
}

impl Rules {
    /// For nodes that are killed: all is served within three seconds, and nothing happens late.
    pub const KILLED: Self = Self { within: Duration::from_secs(3), late_writes: false };
    /// For nodes that stand still: others hold them down only after a while.
    pub const STOPPED: Self = Self { within: Duration::from_secs(6), late_writes: true };
}

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
        rules: Rules,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let mut workers = Vec::new();
        for writer in 0..writers {
            let shared: Arc<Mutex<Ledger>> = Arc::default();
            let mine = |key: &&String| key.starts_with(&format!("w{writer}-"));
            let known = ledger.keys().filter(mine).map(|key| (key.clone(), ledger[key].clone()));
            shared.lock().unwrap().extend(known);
            let worker = || Worker {
                rules,
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
    rules: Rules,
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
            if start.elapsed() > self.rules.within {
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
        let next =
            self.ledger.lock().unwrap().get(key).map_or(1, |account| account.acknowledged + 1);
        let value = next.to_string();
        let done = self.until_served(&format!("SET {key} {value}"), |worker| {
            let error = match worker.resp()?.ask(&["SET", key, &value]) {
                Ok(Reply::Simple(_)) => return Ok(()),
                Ok(other) => format!("{other:?}"),
                Err(error) => error.to_string(),
            };
            let mut ledger = worker.ledger.lock().unwrap();
            ledger.entry(key.to_owned()).or_default().unsure.insert(next);
            Err(error)
        });
        if done.is_some() {
            self.outcome.writes += 1;
            self.ledger.lock().unwrap().entry(key.to_owned()).or_default().acknowledged = next;
        }
    }

    fn read(&mut self, key: &str) {
        let before = self.ledger.lock().unwrap().get(key).cloned();
        let Some(Account { acknowledged: expected @ 1.., .. }) = before else { return };
        let found = self.until_served(&format!("GET {key}"), |worker| {
            let http = Http::new(worker.nodes[worker.at].0, TRY_WITHIN);
            newest(&http, &format!("/v1/kv/{key}/"))
        });
        let Some(found) = found else { return };
        self.outcome.reads += 1;
        // What is unsure by now may have happened meanwhile.
        let unsure = self.ledger.lock().unwrap()[key].unsure.clone();
        if !(Account { acknowledged: expected, unsure }).allows(found, self.rules) {
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
pub fn missing(http: &Http, parameters: &str, ledger: &Ledger, rules: Rules) -> Vec<String> {
    let lacks = |(key, account): (&String, &Account)| {
        let found = newest(http, &format!("/v1/kv/{key}/{parameters}"));
        let is_there = found.as_ref().is_ok_and(|&found| account.allows(found, rules));
        (!is_there)
            .then(|| format!("{key}: {} was acknowledged, found {found:?}", account.acknowledged))
    };
    ledger.iter().filter_map(lacks).collect()
}
