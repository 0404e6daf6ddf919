//! `ennead sim`: worlds from seeds, as tests.

use crate::base::Span;
use crate::sim::{self, Options, Report};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The page that opens links, as `ennead cluster` serves it.
const PAGE: &str = "http://127.0.0.1:8101/";

/// What `ennead sim` is asked.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct Simulate {
    /// Runs the world of this seed
    #[arg(long, value_name = "S", group = "which")]
    seed: Option<u64>,
    /// Runs the worlds of the seeds from A up to B, B not included, until one fails
    #[arg(long, value_name = "A..B", group = "which", value_parser = seeds)]
    seeds: Option<(u64, u64)>,
    /// Nodes of a world, if not 3 to 9 as its seed draws them
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    nodes: Option<u16>,
    /// Minutes, on the world's clock, with faults; healing comes after
    #[arg(long, value_name = "M", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=1_440))]
    minutes: u64,
    /// Prints JSON, one object a line
    #[arg(long)]
    json: bool,
}

fn seeds(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("got {text:?}, expected two numbers as in 1..1000, the first one less");
    let (a, b) = text.split_once("..").ok_or_else(wrong)?;
    match (a.parse(), b.parse()) {
        (Ok(a), Ok(b)) if a < b => Ok((a, b)),
        _ => Err(wrong()),
    }
}

/// Runs it: success if nothing was violated.
///
/// # Errors
/// If the standard output cannot be written.
pub fn run(arguments: &Simulate) -> std::io::Result<ExitCode> {
    match (arguments.seed, arguments.seeds) {
        (Some(seed), _) => one(arguments, seed),
        (None, Some((first, end))) => many(arguments, first, end),
        (None, None) => Ok(ExitCode::from(2)), // clap asks for one of them
    }
}

fn options(arguments: &Simulate, seed: u64) -> Options {
    arguments.nodes.map_or_else(|| Options::swarm(seed), |nodes| Options::from_seed(seed, nodes))
}

fn world(arguments: &Simulate, seed: u64) -> (Options, Span) {
    (options(arguments, seed), Span::from_secs(60 * arguments.minutes))
}

fn one(arguments: &Simulate, seed: u64) -> std::io::Result<ExitCode> {
    let (options, span) = world(arguments, seed);
    let mut out = std::io::stdout();
    if !arguments.json {
        writeln!(out, "seed         {seed}\n{options}")?;
    }
    let bar = progress(span.as_millis() / 1_000, "{msg} {wide_bar} {pos} of {len} s");
    bar.set_message("world");
    let report = sim::run(seed, options, span, |now| bar.set_position(now.as_micros() / 1_000_000));
    bar.finish_and_clear();
    tell(arguments, &report, &mut out)?;
    Ok(verdict(report.violations.is_empty()))
}

fn many(arguments: &Simulate, first: u64, end: u64) -> std::io::Result<ExitCode> {
    let bar = progress(end - first, "{wide_bar} {pos} of {len} seeds, {per_sec}, {eta} left");
    let next = AtomicU64::new(first);
    let failed: Mutex<Option<Report>> = Mutex::new(None);
    let lock = || failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            // A lower seed that is still running may fail too; of those that fail the least is told.
            if seed >= end || lock().as_ref().is_some_and(|report| report.seed < seed) {
                return;
            }
            let (options, span) = world(arguments, seed);
            let report = sim::run(seed, options, span, |_| {});
            bar.inc(1);
            let mut failed = lock();
            let is_first = failed.as_ref().is_none_or(|other| report.seed < other.seed);
            if !report.violations.is_empty() && is_first {
                *failed = Some(report);
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let mut out = std::io::stdout();
    let failed = lock().take();
    match failed {
        Some(report) => {
            if !arguments.json {
                writeln!(out, "seed         {}\n{}", report.seed, report.options)?;
            }
            tell(arguments, &report, &mut out)?;
            Ok(verdict(false))
        }
        None if arguments.json => {
            writeln!(out, "{}", json!({"seeds": [first, end], "violations": []}))?;
            Ok(verdict(true))
        }
        None => {
            writeln!(out, "verdict      all {} seeds hold", end - first)?;
            Ok(verdict(true))
        }
    }
}

fn verdict(holds: bool) -> ExitCode {
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A progress bar on standard error, if a person sees it.
pub(super) fn progress(length: u64, template: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn tell(arguments: &Simulate, report: &Report, out: &mut impl Write) -> std::io::Result<()> {
    let Report { seed, options, digest, events, messages, lasted, violations, link } = report;
    let minutes = arguments.minutes;
    let command = format!("ennead sim --seed {seed} --nodes {} --minutes {minutes}", options.nodes);
    let link = format!("{PAGE}#store&world={}", link.to_fragment());
    if arguments.json {
        let violations: Vec<String> = violations.iter().map(ToString::to_string).collect();
        let object = json!({
            "seed": seed, "nodes": options.nodes, "minutes": minutes,
            "digest": format!("{digest:016x}"), "events": events, "messages": messages,
            "lasted_ms": lasted.as_millis(), "violations": violations,
            "command": command, "link": link,
        });
        return writeln!(out, "{object}");
    }
    writeln!(out, "happened     {events} events, {messages} messages in {lasted}")?;
    match &violations[..] {
        [] => {
            writeln!(out, "verdict      holds: nothing acknowledged was lost, all replicas agree")?
        }
        found => {
            writeln!(out, "verdict      {} violations, the first of them:", found.len())?;
            for violation in found.iter().take(10) {
                writeln!(out, "             {violation}")?;
            }
            writeln!(out, "again        {command}")?;
        }
    }
    writeln!(out, "see it       {link}")?;
    writeln!(out, "digest: {digest:016x}")
}
