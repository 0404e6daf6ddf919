//! `ennead cluster`: real nodes of one cluster on this machine, held together by one process.
//!
//! Each node is a process of its own with its own ports and data, so that one can be killed. They
//! end when this process does, whatever ends it: each reads its standard input, a pipe from here.

use super::client;
use super::http::limits::Bounds;
use super::providers;
use clap::Args;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long the nodes may take to find each other.
const START_WITHIN: Duration = Duration::from_secs(30);
/// How long they may take to end.
const END_WITHIN: Duration = Duration::from_secs(8);

#[derive(Debug, Args)]
pub(super) struct Cluster {
    /// How many nodes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=99))]
    nodes: u16,
    /// Node i (from 1) has peer port base+i, HTTP base+1000+i, RESP base+2000+i
    #[arg(long, default_value_t = 7100, value_parser = clap::value_parser!(u16).range(1024..=63000))]
    base_port: u16,
    /// The folder of all nodes' data
    #[arg(long, value_name = "DIR", default_value = "ennead-data")]
    data: PathBuf,
    /// The folder of the page, as `cargo xtask site` builds it
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    providers: providers::Options,
    /// Let crawls visit private addresses, such as this machine's
    #[arg(long)]
    allow_private: bool,
}

/// Why the cluster did not come up, or no longer is.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A port is taken.
    #[error(
        "port {port} is in use ({reason}): stop the program that holds it, or choose others with --base-port"
    )]
    Port {
        /// Which.
        port: u16,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// A node could not be started.
    #[error("{name} could not be started: {reason}")]
    Start {
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
    /// A node ended while the cluster came up.
    #[error("{name} ended while the cluster came up ({status}). It said:\n{said}")]
    Ended {
        /// Which.
        name: String,
        /// How.
        status: String,
        /// The end of its log.
        said: String,
    },
    /// The nodes did not find each other in time.
    #[error("{name} does not serve after {} s: see {log}", START_WITHIN.as_secs())]
    Slow {
        /// Which.
        name: String,
        /// Its log.
        log: PathBuf,
    },
    /// All nodes are gone.
    #[error("all nodes have ended")]
    Gone,
}

struct Node {
    name: String,
    http: SocketAddr,
    arguments: Vec<String>,
    log: PathBuf,
    child: Child,
    ended: Option<ExitStatus>,
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush()); // nobody may be reading
}

/// Runs the cluster until a signal comes.
pub(super) async fn run(options: &Cluster) -> Result<(), ClusterError> {
    let base = options.base_port;
    for i in 1..=options.nodes {
        for port in [base + i, base + 1000 + i, base + 2000 + i] {
            TcpListener::bind(address(port))
                .map_err(|reason| ClusterError::Port { port, reason })?;
        }
    }
    let mut nodes = Vec::new();
    let ended = keep(options, &mut nodes).await;
    say("ending all nodes");
    end(&mut nodes).await;
    ended
}

async fn keep(options: &Cluster, nodes: &mut Vec<Node>) -> Result<(), ClusterError> {
    for i in 1..=options.nodes {
        let node = start(options, i)?;
        let ports = [i, 1000 + i, 2000 + i].map(|offset| address(options.base_port + offset));
        say(&format!(
            "{}: process {}, peers {}, HTTP http://{}, RESP {}, log {}",
            node.name,
            node.child.id(),
            ports[0],
            ports[1],
            ports[2],
            node.log.display()
        ));
        nodes.push(node);
    }
    let mut signal = std::pin::pin!(super::cli::signal());
    let started = Instant::now();
    let mut waiting_for = 0;
    loop {
        tokio::select! {
            biased;
            () = &mut signal => return Ok(()),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
        let is_up = waiting_for == nodes.len();
        for node in nodes.iter_mut().filter(|node| node.ended.is_none()) {
            node.ended = node.child.try_wait().ok().flatten();
            let Some(status) = node.ended else { continue };
            if !is_up {
                return Err(ClusterError::Ended {
                    name: node.name.clone(),
                    status: status.to_string(),
                    said: last_lines(&node.log),
                });
            }
            say(&format!(
                "{} has ended ({status}). To start it again on its data:\n  ennead {}",
                node.name,
                node.arguments.join(" ")
            ));
        }
        if is_up {
            if nodes.iter().all(|node| node.ended.is_some()) {
                return Err(ClusterError::Gone);
            }
            continue;
        }
        while let Some(node) = nodes.get(waiting_for) {
            let url = format!("http://{}", node.http);
            let healthy = tokio::task::spawn_blocking(move || client::is_healthy(&url));
            if !healthy.await.unwrap_or(false) {
                break;
            }
            waiting_for += 1;
        }
        match nodes.get(waiting_for) {
            Some(node) if started.elapsed() > START_WITHIN => {
                return Err(ClusterError::Slow { name: node.name.clone(), log: node.log.clone() });
            }
            Some(_) => {}
            None => say(&format!(
                "{} nodes serve. Open http://{}/ - Ctrl-C ends all",
                nodes.len(),
                address(options.base_port + 1001)
            )),
        }
    }
}

fn start(options: &Cluster, i: u16) -> Result<Node, ClusterError> {
    let base = options.base_port;
    let name = format!("n{i}");
    let failed = |reason: &dyn std::fmt::Display| ClusterError::Start {
        name: format!("n{i}"),
        reason: reason.to_string(),
    };
    let data = options.data.join(&name);
    let log = options.data.join(format!("{name}.log"));
    let mut arguments: Vec<String> = ["serve", "--name", &name].map(str::to_owned).to_vec();
    let addresses = [
        ("--peer-addr", base + i),
        ("--http-addr", base + 1000 + i),
        ("--resp-addr", base + 2000 + i),
    ];
    for (flag, port) in addresses {
        arguments.extend([flag.to_owned(), address(port).to_string()]);
    }
    arguments.extend(["--data".to_owned(), data.display().to_string()]);
    for other in (1..=options.nodes).filter(|&other| other != i) {
        arguments.extend(["--join".to_owned(), address(base + other).to_string()]);
    }
    arguments.extend(options.bounds.arguments());
    arguments.extend(options.providers.arguments());
    if options.allow_private {
        arguments.push("--allow-private".to_owned());
    }
    if let Some(site) = &options.site {
        arguments.extend(["--site".to_owned(), site.display().to_string()]);
    }
    std::fs::create_dir_all(&options.data).map_err(|error| failed(&error))?;
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)
        .map_err(|error| failed(&format!("{}: {error}", log.display())))?;
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let mut command = Command::new(program);
    command
        .args(&arguments)
        .arg("--until-stdin-ends")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(file);
    #[cfg(unix)]
    {
        // Ctrl-C in a terminal goes to this process alone; it then ends the nodes.
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    let child = command.spawn().map_err(|error| failed(&error))?;
    Ok(Node { name, http: address(base + 1000 + i), arguments, log, child, ended: None })
}

fn last_lines(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(3)..].join("\n")
}

/// Asks all nodes to end by closing their input, and kills those that do not.
async fn end(nodes: &mut [Node]) {
    for node in nodes.iter_mut() {
        drop(node.child.stdin.take());
    }
    let asked = Instant::now();
    for node in nodes.iter_mut().filter(|node| node.ended.is_none()) {
        while node.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if asked.elapsed() > END_WITHIN {
                say(&format!("{} does not end: killing it", node.name));
                let _ = node.child.kill(); // it may just have ended
                let _ = node.child.wait();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
