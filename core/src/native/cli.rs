//! The command line.

use super::HostError;
use super::autocomplete::{self, Autocomplete};
use super::bench::{self, Bench};
use super::client::{self, Kv, Status};
use super::cluster::{self, Cluster};
use super::crawl::{self, Crawl, RobotsArguments};
use super::founding::Introduction;
use super::http::limits::Bounds;
use super::ids::{self, Ids};
use super::providers;
use super::serve::{self, Options};
use super::simulate::{self, Simulate};
use crate::kv::{Quorum, Wishes};
use crate::shortener;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Nine classic distributed systems in one program: hash ring, key-value store, ids, URL shortener, crawler,
/// notifications, news feed, chat and autocomplete.
#[derive(Debug, Parser)]
#[command(name = "ennead", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs one node
    Serve(Serve),
    /// Runs several nodes on this machine, each a process of its own
    Cluster(Cluster),
    /// Shows the cluster as one node sees it
    Status(Status),
    /// Reads, writes, deletes and lists keys
    Kv(Kv),
    /// Gives and explains unique ids
    Ids(Ids),
    /// Builds, asks and loads lists of queries for autocomplete
    Autocomplete(Autocomplete),
    /// Fetches pages, politely, from seeds on
    Crawl(Crawl),
    /// Says whether a robots.txt lets a crawler fetch a page
    Robots(RobotsArguments),
    /// Runs worlds from seeds, with faults, and judges them
    Sim(Simulate),
    /// Measures how fast this program is on this machine
    Bench(Bench),
}

/// Whether stand-ins may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QuorumChoice {
    /// Only a key's own replicas count.
    Strict,
    /// Stand-ins count, and hand over later.
    Sloppy,
}

impl From<QuorumChoice> for Quorum {
    fn from(choice: QuorumChoice) -> Self {
        match choice {
            QuorumChoice::Strict => Self::Strict,
            QuorumChoice::Sloppy => Self::Sloppy,
        }
    }
}

/// When a write is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sync {
    /// Before it is acknowledged.
    Always,
}

#[derive(Debug, Args)]
struct Serve {
    /// The node's name, which must not change and is its place on the ring [default: its peer address]
    #[arg(long)]
    name: Option<String>,
    /// Where other nodes reach it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7101")]
    peer_addr: SocketAddr,
    /// Where it answers HTTP
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    http_addr: SocketAddr,
    /// Where it answers RESP
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:6400")]
    resp_addr: SocketAddr,
    /// The data folder [default: ennead-data/NAME under the current folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The peer address of another node; once for each of the others. Used until the cluster is founded
    #[arg(long, value_name = "PEER")]
    join: Vec<SocketAddr>,
    /// What the node may fail together with: a rack, a data centre
    #[arg(long, default_value = "")]
    zone: String,
    /// Its capacity relative to the others, 1 to 64
    #[arg(long, default_value_t = 1)]
    weight: u16,
    /// Copies of each key [default: 3, or the number of nodes if less]
    #[arg(short = 'n', value_name = "N")]
    copies: Option<u8>,
    /// Acknowledgements of a write [default: a majority of the copies]
    #[arg(short = 'w', value_name = "W")]
    write: Option<u8>,
    /// Answers to a read [default: a majority of the copies]
    #[arg(short = 'r', value_name = "R")]
    read: Option<u8>,
    /// Whether stand-ins may count
    #[arg(long, default_value = "sloppy")]
    quorum: QuorumChoice,
    /// When a write is on disk
    #[arg(long, default_value = "always")]
    sync: Sync,
    /// The folder of the page, as `cargo xtask site` builds it
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// The address at which the world sees the shortener [default: http://HTTP-ADDR]
    #[arg(long, value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
    /// Where the shortener's codes come from: counter, crc32, md5 or sha1
    #[arg(long, value_name = "SCHEME", default_value = "counter")]
    codes: shortener::Scheme,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    providers: providers::Options,
    /// Let crawls visit private addresses, such as this machine's
    #[arg(long)]
    allow_private: bool,
    /// End when standard input does: how `ennead cluster` holds its nodes
    #[arg(long, hide = true)]
    until_stdin_ends: bool,
}

/// An address without a slash at its end.
fn public_url(text: &str) -> Result<String, shortener::Error> {
    let text = text.trim_end_matches('/');
    shortener::check_url(text).map(|_| text.to_owned())
}

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(arguments) => told(serve(arguments)),
        Command::Cluster(arguments) => told(run_cluster(&arguments)),
        Command::Status(arguments) => told(client::status(&arguments)),
        Command::Kv(arguments) => told(client::kv(&arguments)),
        Command::Ids(arguments) => told(ids::run(&arguments)),
        Command::Autocomplete(arguments) => told(autocomplete::run(&arguments)),
        Command::Bench(arguments) => {
            bench::run(&arguments).unwrap_or_else(|error| told(Err(error)))
        }
        Command::Crawl(arguments) => told(crawl::run(&arguments)),
        Command::Robots(arguments) => crawl::robots(&arguments).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }),
        Command::Sim(arguments) => {
            simulate::run(&arguments).unwrap_or_else(|error| told(Err(error)))
        }
    }
}

fn told<E: std::fmt::Display>(ended: Result<(), E>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_cluster(arguments: &Cluster) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(cluster::run(arguments))?)
}

fn serve(arguments: Serve) -> Result<(), HostError> {
    log();
    let Sync::Always = arguments.sync;
    let name = arguments.name.unwrap_or_else(|| arguments.peer_addr.to_string());
    let options = Options {
        data: arguments.data.unwrap_or_else(|| PathBuf::from("ennead-data").join(&name)),
        me: Introduction {
            name,
            zone: arguments.zone,
            weight: arguments.weight,
            peer: arguments.peer_addr,
            http: arguments.http_addr,
            resp: arguments.resp_addr,
        },
        join: arguments.join,
        quorums: Wishes {
            copies: arguments.copies,
            write: arguments.write,
            read: arguments.read,
            quorum: Some(arguments.quorum.into()),
            deadline: None,
        },
        site: arguments.site,
        shortener: shortener::Options {
            public_url: arguments
                .public_url
                .unwrap_or_else(|| format!("http://{}", arguments.http_addr)),
            scheme: arguments.codes,
        },
        bounds: arguments.bounds,
        providers: arguments.providers,
        crawl_private: arguments.allow_private,
    };
    let runtime = tokio::runtime::Runtime::new().map_err(|e| HostError::System(e.to_string()))?;
    let ended = runtime.block_on(serve::serve(options, asked_to_end(arguments.until_stdin_ends)));
    runtime.shutdown_background(); // a thread may be reading standard input for ever
    ended
}

fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ENNEAD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr)
        .init();
}

/// Waits for a signal, or for the end of standard input if that counts.
async fn asked_to_end(until_stdin_ends: bool) {
    let stdin_ended = async {
        if until_stdin_ends {
            let (tell, ended) = tokio::sync::oneshot::channel();
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink()); // an error ends it, too
                let _ = tell.send(()); // nobody may be waiting any more
            });
            let _ = ended.await; // the thread always tells
        } else {
            std::future::pending().await
        }
    };
    tokio::select! {
        biased;
        () = signal() => {}
        () = stdin_ended => {}
    }
}

/// Waits for SIGINT or SIGTERM.
#[cfg(unix)]
pub async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                biased;
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
