//! The nodes of a cluster, each a process with a loopback address and data of its own.
//!
//! Addresses come from 127.0.0.0/8 by process and cluster, and ports from below the range that
//! outgoing connections use: so nothing else takes a node's port while it is down, and tests do not
//! meet each other.

use crate::http::Http;
use crate::process::{Process, ennead};
use crate::resp::Resp;
use crate::{secs, within};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// A loopback address that no other cluster of any test has.
#[must_use]
pub fn loopback() -> IpAddr {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let process = std::process::id();
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    let byte = |number: u32| u8::try_from(number % 250 + 1).unwrap();
    IpAddr::V4(Ipv4Addr::new(127, byte(process / 250), byte(process), byte(count)))
}

/// Real nodes.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Option<Process>>,
    host: IpAddr,
    flags: Vec<String>,
    /// Dropped last: the processes write to it, and their logs are shown when a test fails.
    folder: TempDir,
}

impl Cluster {
    /// Starts `count` nodes, each with these flags too, and waits until all serve and see each other.
    #[must_use]
    pub fn start(count: usize, flags: &[&str]) -> Self {
        let mut cluster = Self::prepare(count, flags);
        for i in 0..count {
            cluster.start_node(i);
        }
        for i in 0..count {
            cluster.wait_healthy(i);
        }
        cluster.wait_all_up();
        cluster
    }

    /// The same without any of its nodes running.
    #[must_use]
    pub fn prepare(count: usize, flags: &[&str]) -> Self {
        let flags = flags.iter().map(|&flag| flag.to_owned()).collect();
        let nodes = (0..count).map(|_| None).collect();
        Self { folder: tempfile::tempdir().unwrap(), host: loopback(), flags, nodes }
    }

    /// How many nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn address(&self, base: u16, i: usize) -> SocketAddr {
        SocketAddr::new(self.host, base + 1 + u16::try_from(i).unwrap())
    }

    /// Where node `i` listens to its peers.
    #[must_use]
    pub fn peer(&self, i: usize) -> SocketAddr {
        self.address(7100, i)
    }

    /// Where it answers HTTP.
    #[must_use]
    pub fn http_address(&self, i: usize) -> SocketAddr {
        self.address(8100, i)
    }

    /// Where it answers RESP.
    #[must_use]
    pub fn resp_address(&self, i: usize) -> SocketAddr {
        self.address(9100, i)
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self, i: usize) -> PathBuf {
        self.folder.path().join(format!("n{}", i + 1))
    }

    /// The arguments with which node `i` is started.
    #[must_use]
    pub fn arguments(&self, i: usize) -> Vec<String> {
        let mut arguments: Vec<String> = vec!["serve".into()];
        let mut add = |flag: &str, value: String| arguments.extend([flag.to_owned(), value]);
        add("--name", format!("n{}", i + 1));
        add("--peer-addr", self.peer(i).to_string());
        add("--http-addr", self.http_address(i).to_string());
        add("--resp-addr", self.resp_address(i).to_string());
        add("--data", self.data(i).display().to_string());
        for other in (0..self.nodes.len()).filter(|&other| other != i) {
            add("--join", self.peer(other).to_string());
        }
        arguments.extend(self.flags.iter().cloned());
        arguments
    }

    /// Starts node `i` on its data.
    pub fn start_node(&mut self, i: usize) {
        self.start_node_with(i, &self.arguments(i));
    }

    /// Starts node `i` with other arguments than its own.
    pub fn start_node_with(&mut self, i: usize, arguments: &[String]) {
        let mut command = Command::new(ennead());
        command.args(arguments).arg("--until-stdin-ends");
        let log = self.folder.path().join(format!("n{}.log", i + 1));
        self.nodes[i] = Some(Process::start(&format!("n{}", i + 1), &mut command, &log));
    }

    /// The process of node `i`.
    pub fn node(&mut self, i: usize) -> &mut Process {
        self.nodes[i].as_mut().expect("the node was started")
    }

    /// `kill -9`.
    pub fn kill(&mut self, i: usize) {
        self.node(i).kill();
        self.nodes[i] = None;
    }

    /// Waits until node `i` serves.
    pub fn wait_healthy(&mut self, i: usize) {
        let http = self.http(i);
        let process = self.node(i);
        within(
            secs(20),
            || {
                process.assert_runs();
                http.get("/healthz").is_ok_and(|answer| answer.status == 200).then_some(())
            },
            || format!("n{} does not serve", i + 1),
        );
    }

    /// Waits until all nodes see all others up.
    pub fn wait_all_up(&self) {
        for i in 0..self.nodes.len() {
            let mut seen = String::new();
            let is_up = || {
                let view = self.http(i).get("/v1/cluster").ok()?.json();
                seen = view["members"].to_string();
                let members = view["members"].as_array()?;
                members.iter().all(|m| m["health"] == "up" && m["connected"] == true).then_some(())
            };
            within(secs(20), is_up, || format!("n{} does not see all others up", i + 1));
        }
    }

    /// Waits until no node keeps a hint.
    pub fn wait_no_hints(&self) {
        for i in 0..self.nodes.len() {
            let no_hints = || {
                let view = self.http(i).get("/v1/cluster").ok()?.json();
                (view["hints"] == 0).then_some(())
            };
            within(secs(30), no_hints, || format!("n{} still keeps hints", i + 1));
        }
    }

    /// A client of node `i` over HTTP.
    #[must_use]
    pub fn http(&self, i: usize) -> Http {
        Http::new(self.http_address(i), secs(10))
    }

    /// A client of node `i` over RESP.
    #[must_use]
    pub fn resp(&self, i: usize) -> Resp {
        Resp::connect(self.resp_address(i), Duration::from_secs(10)).unwrap()
    }

    /// The addresses of all nodes: HTTP and RESP.
    #[must_use]
    pub fn addresses(&self) -> Vec<(SocketAddr, SocketAddr)> {
        (0..self.nodes.len()).map(|i| (self.http_address(i), self.resp_address(i))).collect()
    }

    /// Panics if a node that was started has ended.
    pub fn assert_all_run(&mut self) {
        self.nodes.iter_mut().flatten().for_each(Process::assert_runs);
    }
}
