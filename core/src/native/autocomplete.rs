//! `ennead autocomplete`: lists of queries, without a cluster and into one.

use super::client::{Client, ClientError};
use super::simulate::progress;
use crate::autocomplete::{Bad, List, QueryError, Snapshot, SnapshotError, codec, line, query};
use clap::{Args, Subcommand};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Bad lines that are told one by one.
const TOLD: u64 = 10;
/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 4_096;
/// Lines sent at once.
const LINES: usize = 500;

/// What `ennead autocomplete` is asked.
#[derive(Debug, Args)]
pub(super) struct Autocomplete {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds a snapshot from a list: a query, a tab and a count on each line
    Build {
        /// The list
        file: PathBuf,
        /// Where to [default: FILE.snapshot]
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
        /// Leave out lines that are not understood, instead of failing
        #[arg(long)]
        skip_bad: bool,
    },
    /// Prints the most frequent queries that begin with a prefix, each with a tab and its count
    Query {
        /// A snapshot, or a list
        file: PathBuf,
        /// The beginning of a query
        prefix: String,
        /// How many
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10))]
        limit: u16,
    },
    /// Counts a list in a running cluster
    Load {
        /// The list
        file: PathBuf,
        /// The node to send it to
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
        http: String,
        /// The first line to send, counted from 1
        #[arg(long, value_name = "LINE", default_value_t = 1,
            value_parser = clap::value_parser!(u64).range(1..))]
        from: u64,
        /// Leave out lines that are not understood, instead of failing
        #[arg(long)]
        skip_bad: bool,
    },
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// A file.
    #[error("{path}: {reason}. Check the path, and that the file may be read or written", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// A list with bad lines.
    #[error(
        "{path}: {bad} of {lines} lines are not understood; nothing was built or sent. Mend them, or pass --skip-bad to leave them out",
        path = path.display()
    )]
    Lines {
        /// Which list.
        path: PathBuf,
        /// Bad ones.
        bad: u64,
        /// All.
        lines: u64,
    },
    /// A snapshot.
    #[error("{path}: {reason}", path = path.display())]
    Snapshot {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: SnapshotError,
    },
    /// The prefix.
    #[error("prefix: {0}")]
    Prefix(#[from] QueryError),
    /// A node that was to count a list.
    #[error(
        "{reason}. Lines before {first} are counted, lines {first} to {last} may be; go on with --from {next}, or --from {first} if none of them is",
        next = last + 1
    )]
    Load {
        /// Why.
        reason: ClientError,
        /// The first line of which it is not known.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// Standard output.
    #[error("standard output: {0}")]
    Output(#[from] std::io::Error),
}

/// Runs it.
pub(super) fn run(arguments: &Autocomplete) -> Result<(), Failure> {
    match &arguments.command {
        Command::Build { file, out, skip_bad } => build(file, out.as_deref(), *skip_bad),
        Command::Query { file, prefix, limit } => ask(file, prefix, usize::from(*limit)),
        Command::Load { file, http, from, skip_bad } => load(file, http, *from, *skip_bad),
    }
}

fn build(file: &Path, out: Option<&Path>, skip_bad: bool) -> Result<(), Failure> {
    let lines = read_list(file, skip_bad)?;
    let out = out.map_or_else(|| beside(file), Path::to_path_buf);
    let count = lines.len();
    let snapshot = built(file, lines)?;
    let bytes = codec::encode(&snapshot);
    std::fs::write(&out, &bytes).map_err(|reason| failed(&out, reason))?;
    let (queries, memory) = (snapshot.len(), snapshot.bytes());
    let mut stdout = std::io::stdout();
    writeln!(
        stdout,
        "{count} lines, {queries} queries: {} bytes in {}",
        bytes.len(),
        out.display()
    )?;
    writeln!(stdout, "in memory {memory} bytes, {} nodes of the trie", snapshot.nodes())?;
    Ok(())
}

/// `queries.tsv` gives `queries.tsv.snapshot`.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".snapshot");
    name.into()
}

fn ask(file: &Path, prefix: &str, limit: usize) -> Result<(), Failure> {
    query::fold_prefix(prefix)?; // what is wrong with it is told before the file is read
    let mut head = [0; 8];
    let is_snapshot = {
        let mut opened = File::open(file).map_err(|reason| failed(file, reason))?;
        opened.read_exact(&mut head).is_ok() && codec::is_snapshot(&head)
    };
    let snapshot = if is_snapshot {
        let bytes = std::fs::read(file).map_err(|reason| failed(file, reason))?;
        codec::decode(&bytes).map_err(|reason| Failure::Snapshot { path: file.into(), reason })?
    } else {
        built(file, read_list(file, false)?)?
    };
    let mut stdout = std::io::stdout();
    for found in snapshot.suggest(prefix, limit)? {
        writeln!(stdout, "{}\t{}", found.query, found.count)?;
    }
    Ok(())
}

fn built(file: &Path, list: List) -> Result<Snapshot, Failure> {
    list.build().map_err(|reason| Failure::Snapshot { path: file.into(), reason })
}

fn failed(path: &Path, reason: std::io::Error) -> Failure {
    Failure::File { path: path.into(), reason }
}

fn read_list(file: &Path, skip_bad: bool) -> Result<List, Failure> {
    let mut list = List::default();
    read_lines(file, skip_bad, |_, line| list.push(line))?;
    Ok(list)
}

/// Hands each line that is not empty on, with its number. Those that are bad are told by number.
fn read_lines(
    file: &Path,
    skip_bad: bool,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), Bad>,
) -> Result<(), Failure> {
    let opened = File::open(file).map_err(|reason| failed(file, reason))?;
    let length = opened.metadata().map_or(0, |metadata| metadata.len());
    let bar = progress(length, "{wide_bar} {bytes} of {total_bytes}, {eta} left");
    let (mut reader, mut line) = (BufReader::new(opened), Vec::new());
    let (mut lines, mut bad) = (0, 0);
    loop {
        line.clear();
        let mut limited = reader.by_ref().take(MAX_LINE);
        let read = limited.read_until(b'\n', &mut line).map_err(|reason| failed(file, reason))?;
        if read == 0 {
            break;
        }
        lines += 1;
        bar.inc(read as u64);
        let is_cut = line.pop_if(|last| *last == b'\n').is_none() && read as u64 == MAX_LINE;
        if is_cut {
            // The rest of it is no line of its own.
            bar.inc(reader.skip_until(b'\n').map_err(|reason| failed(file, reason))? as u64);
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Err(reason) = each(lines, &line) {
            bad += 1;
            if bad <= TOLD {
                bar.suspend(|| eprintln!("{}:{lines}: {reason}", file.display()));
            } else if bad == TOLD + 1 {
                bar.suspend(|| eprintln!("further bad lines are not shown"));
            }
        }
    }
    bar.finish_and_clear();
    if bad > 0 && !skip_bad {
        return Err(Failure::Lines { path: file.into(), bad, lines });
    }
    Ok(())
}

fn load(file: &Path, http: &str, from: u64, skip_bad: bool) -> Result<(), Failure> {
    let mut lines: Vec<(u64, Vec<u8>)> = Vec::new();
    read_lines(file, skip_bad, |number, bytes| {
        let (query, _) = line(bytes)?;
        query::fold(query)?;
        if number >= from {
            lines.push((number, bytes.to_vec()));
        }
        Ok(())
    })?;
    let client = Client::new(http);
    let bar = progress(lines.len() as u64, "{wide_bar} {pos} of {len} lines, {eta} left");
    for chunk in lines.chunks(LINES) {
        let body: Vec<u8> =
            chunk.iter().flat_map(|(_, line)| [line, b"\n".as_slice()].concat()).collect();
        let sent = client.post("/v1/queries", "text/tab-separated-values", body);
        if let (Err(reason), [first, ..], [.., last]) = (sent, chunk, chunk) {
            bar.finish_and_clear();
            return Err(Failure::Load { reason, first: first.0, last: last.0 });
        }
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    writeln!(std::io::stdout(), "{} lines are counted", lines.len())?;
    Ok(())
}
