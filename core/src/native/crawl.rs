//! `ennead crawl` and `ennead robots`.
//!
//! A crawl of one machine keeps everything in one folder:
//!
//! | file | what |
//! | --- | --- |
//! | `state/` | a store of one node: plan, progress, one row for each address visited |
//! | `at-HOST/CHECKSUM.html` (or `.txt`) | a page, as it came; no copies, but for what a kill left |
//! | `index.tsv` | for each address visited: what it was, its file, its title |
//!
//! A page is in its file before its row is written, and whole. So a process that is killed loses
//! nothing but what was under way, which `--resume` fetches again.

use super::alone::Alone;
use super::error::HostError;
use super::fetch::{Downloader, file_of};
use crate::base::Span;
use crate::crawler::{
    Address, AddressError, CrawlError, CrawlView, Crawler, End, Filter, Kind, MAX_PAGES,
    MAX_PARALLEL, Order, Outcome, Pace, Plan, Robots, Status,
};
use crate::kv::Key;
use crate::native::engine::DATABASE;
use crate::native::ports::Handle;
use crate::port::{self, Table, partition};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::{BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Pages of a crawl that says nothing of them.
const PAGES: u64 = 1_000;
/// The number of the one crawl of a folder.
const NUMBER: &str = "0000000000000001";
/// Who carries it out: the folder's lock keeps a second process out.
const HOLDER: u64 = 1;

#[derive(Debug, Args)]
pub(super) struct Crawl {
    /// Where to begin; with --resume, where it began or nothing
    #[arg(required_unless_present = "resume")]
    urls: Vec<String>,
    /// The folder for pages and state
    #[arg(long, value_name = "DIR", default_value = "ennead-crawl")]
    out: PathBuf,
    /// Pages at most [default: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_PAGES))]
    max_pages: Option<u64>,
    /// Go on with the crawl of the folder, as it was begun but for what is said anew
    #[arg(long)]
    resume: bool,
    /// In which order [default: polite]
    #[arg(long)]
    order: Option<OrderChoice>,
    /// The least pause between two requests to a host, in milliseconds [default: 1000]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=60_000))]
    delay: Option<u64>,
    /// Stay on this host and those below it; more than once for more [default: the hosts given]
    #[arg(long, value_name = "HOST")]
    domain: Vec<String>,
    /// Go wherever links lead
    #[arg(long, conflicts_with = "domain")]
    any_host: bool,
    /// Leave out addresses that begin so
    #[arg(long, value_name = "PREFIX")]
    deny: Vec<String>,
    /// How the crawler names itself [default: ennead]
    #[arg(long)]
    agent: Option<String>,
    /// Requests at once [default: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=i64::from(MAX_PARALLEL)))]
    parallel: Option<u8>,
    /// Visit private addresses, such as this machine's; remembered for --resume
    #[arg(long)]
    allow_private: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// In which order pages are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OrderChoice {
    /// The nearest first, one request a host at once and a pause after each.
    Polite,
    /// The oldest first, without pauses.
    Breadth,
    /// The newest first, without pauses.
    Depth,
}

impl From<OrderChoice> for Order {
    fn from(choice: OrderChoice) -> Self {
        match choice {
            OrderChoice::Polite => Self::PoliteBreadthFirst,
            OrderChoice::Breadth => Self::BreadthFirst,
            OrderChoice::Depth => Self::DepthFirst,
        }
    }
}

/// Why there was no crawl, or no whole one.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// An address that is none.
    #[error("{text:?}: {error}")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        error: AddressError,
    },
    /// The folder holds a crawl.
    #[error("{} holds a crawl already: go on with it by --resume, or name another folder by --out", folder.display())]
    Taken {
        /// The folder.
        folder: PathBuf,
    },
    /// Something else stands where the state belongs.
    #[error("{} holds something that is no crawl's state: name another folder by --out", folder.display())]
    Foreign {
        /// The folder of the state.
        folder: PathBuf,
    },
    /// The crawl began elsewhere.
    #[error(
        "the crawl of this folder began at {began}, not at {got}: leave addresses out, or name another folder by --out"
    )]
    OtherSeeds {
        /// What was given.
        got: String,
        /// Where it began.
        began: String,
    },
    /// The folder holds none.
    #[error("{} holds no crawl to go on with: begin one by naming addresses", folder.display())]
    Nothing {
        /// The folder.
        folder: PathBuf,
    },
    /// No page came.
    #[error("no page was fetched: {reason}")]
    NoPage {
        /// What came instead.
        reason: String,
    },
    /// The crawler.
    #[error(transparent)]
    Crawl(#[from] CrawlError),
    /// The store.
    #[error(transparent)]
    Port(#[from] port::Error),
    /// The folder, or the system.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Files and streams.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

fn address(text: &str) -> Result<Address, CommandError> {
    Address::parse(text).map_err(|error| CommandError::Address { text: text.to_owned(), error })
}

impl Crawl {
    fn seeds(&self) -> Result<Vec<Address>, CommandError> {
        self.urls.iter().map(|text| address(text)).collect()
    }

    /// A plan with what is said of it here.
    fn change(&self, plan: Plan) -> Result<Plan, CrawlError> {
        let said = Filter::parse(&self.domain, &self.deny)?;
        let (keeps_domains, keeps_deny) =
            (!self.any_host && self.domain.is_empty(), self.deny.is_empty());
        let filter = Filter {
            domains: if keeps_domains { plan.filter.domains } else { said.domains },
            deny: if keeps_deny { plan.filter.deny } else { said.deny },
        };
        let plan = Plan {
            pages: self.max_pages.unwrap_or(plan.pages),
            order: self.order.map_or(plan.order, Order::from),
            pace: Pace {
                delay: self.delay.map_or(plan.pace.delay, Span::from_millis),
                ..plan.pace
            },
            agent: self.agent.clone().unwrap_or(plan.agent),
            parallel: self.parallel.unwrap_or(plan.parallel),
            filter,
            ..plan
        };
        plan.check()?;
        Ok(plan)
    }
}

/// `ennead crawl`.
pub(super) fn run(arguments: &Crawl) -> Result<(), CommandError> {
    let seeds = arguments.seeds()?;
    if !arguments.resume {
        arguments.change(Plan::new(seeds.clone(), PAGES))?; // before anything is made
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(crawl(arguments, seeds));
    runtime.shutdown_background(); // a request may still wait for its answer
    ended
}

async fn crawl(arguments: &Crawl, seeds: Vec<Address>) -> Result<(), CommandError> {
    let folder = &arguments.out;
    std::fs::create_dir_all(folder)?;
    let state = folder.join("state");
    if state.is_dir() && !state.join(DATABASE).is_file() && state.read_dir()?.next().is_some() {
        return Err(CommandError::Foreign { folder: state });
    }
    let alone = Alone::start(&state, "crawl")?;
    let ended = begin_or_go_on(arguments, seeds, &alone).await;
    alone.stop().await?;
    if matches!(ended, Err(CommandError::NoPage { .. })) {
        // Nothing was begun that could be gone on with: the folder may be used again.
        std::fs::remove_file(state.join(DATABASE))?;
        std::fs::remove_dir(&state)?;
    }
    ended
}

async fn begin_or_go_on(
    arguments: &Crawl,
    seeds: Vec<Address>,
    alone: &Alone,
) -> Result<(), CommandError> {
    let folder = || arguments.out.clone();
    // Nothing is fetched before it is known whether private addresses may be visited.
    let ports = alone.ports(Downloader::new(false, None))?;
    let old = match Crawler::new(ports.clone()).look(NUMBER).await {
        Ok(view) => Some(view.plan),
        Err(CrawlError::Unknown { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let private =
        Key::new(partition("crawler", "folder"), "allow-private").map_err(port::Error::from)?;
    let plan = match (arguments.resume, old) {
        (false, Some(_)) => return Err(CommandError::Taken { folder: folder() }),
        (true, None) => return Err(CommandError::Nothing { folder: folder() }),
        (false, None) => Plan::new(seeds, PAGES),
        (true, Some(old)) if seeds.is_empty() || seeds == old.seeds => old,
        (true, Some(old)) => {
            let named =
                |seeds: &[Address]| seeds.iter().map(Address::as_str).collect::<Vec<_>>().join(" ");
            let (got, began) = (named(&seeds), named(&old.seeds));
            return Err(CommandError::OtherSeeds { got, began });
        }
    };
    let plan = arguments.change(plan)?;
    if arguments.allow_private {
        ports.put(&private, Some("yes".into()), None).await?;
    }
    let allow_private = !ports.get(&private).await?.values.is_empty();
    let downloader = Downloader::new(allow_private, Some(folder()));
    let crawler = Crawler::new(alone.ports(downloader)?);
    crawler.open_as(NUMBER, &plan).await?;
    let view = carry_out(arguments, &plan, &crawler).await?;
    tell(arguments, &view, &crawler).await
}

/// Carries the crawl out until it is finished or somebody asks to stop.
async fn carry_out(
    arguments: &Crawl,
    plan: &Plan,
    crawler: &Crawler<Handle>,
) -> Result<CrawlView, CommandError> {
    let bar = bar(plan.pages);
    let run = async {
        // Nobody else has the folder: if the lease ran out, since the process stood still, or was not
        // given back by an earlier one, it is taken again.
        while crawler.take_up(NUMBER, HOLDER).await? != Some(End::Finished) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok::<(), CrawlError>(())
    };
    let (mut run, mut stop) = (std::pin::pin!(run), std::pin::pin!(super::cli::signal()));
    let is_finished = loop {
        tokio::select! {
            biased;
            ended = &mut run => break ended.map(|()| true)?,
            () = &mut stop => break false,
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
        if let Some(progress) = crawler.running().get(NUMBER) {
            bar.set_position(progress.pages);
            bar.set_message(format!("{} wait, {} failed", progress.waiting, progress.failed));
        }
    };
    bar.finish_and_clear();
    if !is_finished {
        let folder = arguments.out.display();
        eprintln!("stopped: go on by `ennead crawl --resume --out {folder}`");
    }
    Ok(crawler.look(NUMBER).await?)
}

fn bar(pages: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} pages ({per_sec}), {msg}");
    ProgressBar::new(pages).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Writes the index and prints the summary.
async fn tell(
    arguments: &Crawl,
    view: &CrawlView,
    crawler: &Crawler<Handle>,
) -> Result<(), CommandError> {
    let failures = write_index(&arguments.out, crawler).await?;
    let p = &view.report.progress;
    let finished = view.report.status == Status::Finished;
    let out = &mut std::io::stdout().lock();
    if arguments.json {
        let object = json!({
            "finished": finished, "pages": p.pages, "copies": p.copies, "near_copies": p.near_copies,
            "moved": p.moved, "unread": p.unread, "refused": p.refused, "failed": p.failed,
            "disallowed": p.disallowed, "waiting": p.waiting, "known": p.known,
            "filtered": p.filtered, "trapped": p.trapped, "dropped": p.dropped,
            "bytes": p.bytes, "requests": p.requests, "depth": p.depth, "runs": view.report.runs,
            "milliseconds": view.report.running.as_millis(),
        });
        writeln!(out, "{object}")?;
    } else {
        writeln!(out, "{} pages in {}", p.pages, arguments.out.display())?;
        writeln!(out, "  copies       {} the same, {} nearly", p.copies, p.near_copies)?;
        writeln!(
            out,
            "  no pages     {} moved, {} unread, {} refused",
            p.moved, p.unread, p.refused
        )?;
        writeln!(out, "  not fetched  {} failed, {} disallowed", p.failed, p.disallowed)?;
        writeln!(out, "  links left   {} filtered, {} trapped", p.filtered, p.trapped)?;
        writeln!(out, "  waiting      {}", p.waiting)?;
        writeln!(out, "  since taken up: {} requests, {}", p.requests, view.report.running)?;
    }
    for (address, reason) in &failures {
        eprintln!("failed: {address}: {reason}");
    }
    if finished && p.pages == 0 {
        let reason = match failures.first() {
            Some((address, reason)) => format!("{address}: {reason}"),
            None if p.disallowed > 0 => format!(
                "{} addresses are out of bounds by robots.txt, or it could not be had",
                p.disallowed
            ),
            None => format!("{} addresses failed, {} were refused", p.failed, p.refused),
        };
        return Err(CommandError::NoPage { reason });
    }
    Ok(())
}

/// Writes what was visited; the first few failures.
async fn write_index(
    folder: &Path,
    crawler: &Crawler<Handle>,
) -> Result<Vec<(Address, String)>, CommandError> {
    let mut failures = Vec::new();
    let unfinished = folder.join("index.unfinished");
    let mut index = BufWriter::new(std::fs::File::create(&unfinished)?);
    writeln!(index, "address\tdepth\toutcome\tfile\ttitle")?;
    let mut after = None;
    loop {
        let (steps, next) = crawler.steps(NUMBER, after).await?;
        for step in steps {
            let (outcome, title) = match &step.outcome {
                Outcome::Page { title, .. } => ("page".to_owned(), title.as_str()),
                Outcome::Moved(to) => (format!("moved to {to}"), ""),
                Outcome::Unread => ("unread".to_owned(), ""),
                Outcome::Refused(status) => (format!("refused: {status}"), ""),
                Outcome::Failed(reason) => {
                    if failures.len() < 5 {
                        failures.push((step.address.clone(), reason.clone()));
                    }
                    ("failed".to_owned(), "")
                }
            };
            let file = [Kind::Html, Kind::Text].map(|kind| file_of(&step.address, kind));
            let file = file.into_iter().find(|file| folder.join(file).is_file());
            let file = file.map(|file| file.display().to_string()).unwrap_or_default();
            let title = title.replace(char::is_control, " ");
            writeln!(index, "{}\t{}\t{outcome}\t{file}\t{title}", step.address, step.depth)?;
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    index.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    std::fs::rename(unfinished, folder.join("index.tsv"))?;
    Ok(failures)
}

#[derive(Debug, Args)]
pub(super) struct RobotsArguments {
    /// The file, as a site serves it; `-` for standard input
    file: PathBuf,
    /// The crawler's name
    #[arg(long, value_name = "A")]
    agent: String,
    /// The page: an address, or a path that begins with /
    url: String,
}

/// `ennead robots`: 0 if it is allowed, 1 if not.
pub(super) fn robots(arguments: &RobotsArguments) -> Result<ExitCode, CommandError> {
    let mut file = Vec::new();
    if arguments.file == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut file)?;
    } else {
        let named = |error: std::io::Error| {
            std::io::Error::new(error.kind(), format!("{}: {error}", arguments.file.display()))
        };
        std::fs::File::open(&arguments.file)
            .and_then(|mut open| open.read_to_end(&mut file))
            .map_err(named)?;
    }
    let target = match arguments.url.starts_with('/') {
        true => arguments.url.split('#').next().unwrap_or_default().to_owned(),
        false => address(&arguments.url)?.target().to_owned(),
    };
    let is_allowed = Robots::parse(&file).is_allowed(&arguments.agent, &target);
    let (word, code) = if is_allowed { ("allowed", 0) } else { ("disallowed", 1) };
    writeln!(std::io::stdout().lock(), "{word}")?;
    Ok(ExitCode::from(code))
}
